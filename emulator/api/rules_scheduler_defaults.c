/* SPDX-License-Identifier: MIT */
/* What a job gets that does not say it: facts scheduler.md section 1; reports
 * of `gcloud scheduler jobs describe` for the headers, and of the Terraform
 * provider (which must look past them) for those of the tokens. */
#include <string.h>
#include <strings.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/rules_int.h"
#include "emulator/api/rules_scheduler.h"
#include "emulator/api/schema_scheduler.h"
#include "emulator/api/scopes.h"

#define HTTP_AGENT "Google-Cloud-Scheduler"
#define APP_ENGINE_AGENT "AppEngine-Google; (+http://code.google.com/appengine)"

/* Puts the member `key` of the job together: `defaults`, over them what is
 * given, over that `fixed`, in the order of the message's table. Both objects
 * are taken. False when memory ran out. */
static bool fill(
	json_t *job, const char *key, json_t *defaults, json_t *fixed) {
	const struct proto_field *f = proto_field(&schema_scheduler_job, key);
	const json_t *given = json_object_get(job, key);
	auto_json json_t *all = defaults, *last = fixed;
	return all && last &&
	       (!given || !json_object_update(all, (json_t *)given)) &&
	       !json_object_update(all, last) &&
	       !json_object_set_new_nocheck(
		       job, key, proto_arrange(f->message, all));
}

/* A type that was filled in before a patch brought one in other letters. */
static bool is_outdone(const json_t *headers, const char *name) {
	const char *other;
	json_t *v;
	if (strcmp(name, "Content-Type") != 0)
		return false;
	json_object_foreach ((json_t *)headers, other, v)
		if (strcmp(other, name) != 0 && strcasecmp(other, name) == 0)
			return true;
	return false;
}

/* The job's own headers with those of the service, which shows them all. Its
 * name stands in place of the job's own, or after it. */
static json_t *headers_of(
	const json_t *target, const char *agent, bool own_too) {
	auto_json json_t *out = json_object();
	bool good = out, typed = !json_object_get(target, "body");
	json_t *given = json_object_get(target, "headers");
	const char *name, *own = NULL;
	json_t *v;
	json_object_foreach (given, name, v) {
		typed = typed || strcasecmp(name, "Content-Type") == 0;
		if (strcasecmp(name, "User-Agent") == 0)
			own = json_string_value(v);
		else if (!is_outdone(given, name))
			good = good && !json_object_set_nocheck(out, name, v);
	}
	if (!typed)
		good = good && !json_object_set_new_nocheck(out, "Content-Type",
				       json_string("application/octet-stream"));
	/* what a patch leaves alone has it already */
	bool has_it = own && strstr(own, agent);
	auto_free char *text = !own_too || !own ? mem_strdup(agent)
			       : has_it		? mem_strdup(own)
					: mem_printf("%s %s", own, agent);
	good = good && text &&
	       !json_object_set_new_nocheck(
		       out, "User-Agent", json_string(text));
	return good ? TAKE(out) : NULL;
}

static bool fill_token(json_t *target, const char *key, const char *member,
	const char *value) {
	const json_t *given = json_object_get(target, key);
	if (!given || json_object_get(given, member))
		return true;
	auto_json json_t *token = json_copy((json_t *)given);
	return token &&
	       !json_object_set_new_nocheck(
		       token, member, json_string(value)) &&
	       !json_object_set_nocheck(target, key, token);
}

static bool fill_http(json_t *job) {
	const json_t *given = json_object_get(job, "httpTarget");
	if (!given)
		return true;
	if (!fill(job, "httpTarget", json_pack("{s:s}", "httpMethod", "POST"),
		    json_pack("{s:o}", "headers",
			    headers_of(given, HTTP_AGENT, false))))
		return false;
	json_t *target = json_object_get(job, "httpTarget");
	return fill_token(target, "oauthToken", "scope", SCOPE_CLOUD) &&
	       fill_token(target, "oidcToken", "audience",
		       rules_text(target, "uri"));
}

static bool fill_app_engine(json_t *job) {
	const json_t *given = json_object_get(job, "appEngineHttpTarget");
	return !given ||
	       fill(job, "appEngineHttpTarget",
		       json_pack("{s:s, s:{}, s:s}", "httpMethod", "POST",
			       "appEngineRouting", "relativeUri", "/"),
		       json_pack("{s:o}", "headers",
			       headers_of(given, APP_ENGINE_AGENT, true)));
}

static bool fill_retry(json_t *job) {
	return fill(job, "retryConfig",
		json_pack("{s:s, s:s, s:s, s:i}", "maxRetryDuration", "0s",
			"minBackoffDuration", "5s", "maxBackoffDuration",
			"3600s", "maxDoublings", 5),
		json_object());
}

json_t *rules_scheduler_defaults(const json_t *job) {
	bool http = json_object_get(job, "httpTarget") != NULL;
	auto_json json_t *out = json_pack("{s:s, s:s*}", "timeZone", "Etc/UTC",
		"attemptDeadline", http ? "180s" : NULL);
	bool good = out && !json_object_update(out, (json_t *)job) &&
		    fill_retry(out) && fill_http(out) && fill_app_engine(out);
	/* New members stand last until they are put in order. */
	return good ? proto_arrange(&schema_scheduler_job, out) : NULL;
}
