/* SPDX-License-Identifier: MIT */
/* The discovery documents of what is emulated, made from the tables: routes.def
 * and methods.c for the methods, schema_*.c for the messages, params.c for the
 * standard parameters. They have no "auth": with it Google's clients would look
 * for credentials, which nobody here asks for.
 * Source: facts googleapiclient-recipe.md section 3. */
#include "emulator/api/discovery.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/jsn.h"
#include "emulator/api/discovery_doc.h"
#include "emulator/api/method_route.h"
#include "emulator/api/origin.h"

#define URL_MAX_LEN 300
#define ID_MAX_LEN 80
#define GOOGLE ".googleapis.com"

static const struct service {
	const char *name, *version, *title, *canonical, *description, *link;
	bool short_names;
} services[] = {
	{"ml", "v1", "AI Platform Training & Prediction API",
		"Cloud Machine Learning Engine",
		"An API to enable creating and using machine learning models.",
		"https://cloud.google.com/ml/", false},
	{"pubsub", "v1", "Cloud Pub/Sub API", "Pubsub",
		"Provides reliable, many-to-many, asynchronous messaging "
		"between applications.",
		"https://cloud.google.com/pubsub/docs", true},
	{"cloudscheduler", "v1", "Cloud Scheduler API", "Cloud Scheduler",
		"Creates and manages jobs run on a regular recurring schedule.",
		"https://cloud.google.com/scheduler/", true},
	{"logging", "v2", "Cloud Logging API", "Logging",
		"Writes log entries and manages your Cloud Logging "
		"configuration.",
		"https://cloud.google.com/logging/docs/", true},
};
#define SERVICES (sizeof services / sizeof services[0])

static void add_values(struct buf *b, const struct param_value *values) {
	doc_open(b, "enum", '[');
	for (const struct param_value *v = values; v->value; v++)
		doc_text(b, NULL, v->value);
	doc_close(b, ']');
	doc_open(b, "enumDescriptions", '[');
	for (const struct param_value *v = values; v->value; v++)
		doc_text(b, NULL, v->description);
	doc_close(b, ']');
}

static void add_standard_parameters(struct buf *b) {
	const struct param_doc *p;
	doc_open(b, "parameters", '{');
	for (size_t i = 0; (p = params_doc(i)); i++) {
		doc_open(b, p->name, '{');
		doc_text(b, "description", p->description);
		doc_text(b, "default", p->dflt);
		if (p->values)
			add_values(b, p->values);
		doc_text(b, "location", "query");
		doc_text(b, "type", p->type);
		doc_close(b, '}');
	}
	doc_close(b, '}');
}

/* A pattern of routes.def in the words of documents: "{project}" becomes the
 * name of the segment before it, as "{projectsId}", or with `any` that text. */
static void add_pattern(
	struct buf *b, const char *from, const char *end, const char *any) {
	const char *segment = from;
	for (const char *p = from; p < end; p++) {
		if (*p == '/' && p + 1 < end && p[1] != '{')
			segment = p + 1;
		if (*p != '{') {
			(void)buf_addc(b, *p);
			continue;
		}
		if (any)
			(void)buf_adds(b, any);
		else
			(void)buf_addf(b, "{%.*sId}",
				(int)strcspn(segment, "/"), segment);
		p = strchr(p, '}');
	}
}

/* The part of a pattern that one variable stands for: all behind the version,
 * up to its last parameter. */
static const char *variable(const struct route *r, const char **ret_end) {
	const char *last = strrchr(r->pattern, '}');
	*ret_end = last ? last + 1 : NULL;
	return last ? strchr(r->pattern + 1, '/') + 1 : NULL;
}

static void add_paths(
	struct buf *b, const struct method *m, const struct route *r) {
	const char *all = r->pattern + 1, *end;
	const char *var = variable(r, &end);
	auto_buf struct buf path, flat;
	buf_init(&path, URL_MAX_LEN);
	buf_init(&flat, URL_MAX_LEN);
	add_pattern(&flat, all, all + strlen(all), NULL);
	doc_text(b, "flatPath", buf_str(&flat));
	if (var)
		(void)buf_addf(&path, "%.*s{+%s}%s", (int)(var - all), all,
			m->parameter, end);
	doc_text(b, "path", var ? buf_str(&path) : all);
}

static void add_path_parameter(
	struct buf *b, const struct method *m, const struct route *r) {
	const char *end, *var = variable(r, &end);
	if (!var)
		return;
	auto_buf struct buf pattern;
	buf_init(&pattern, URL_MAX_LEN);
	(void)buf_addc(&pattern, '^');
	add_pattern(&pattern, var, end, "[^/]+");
	(void)buf_addc(&pattern, '$');
	doc_open(b, m->parameter, '{');
	doc_text(b, "location", "path");
	doc_text(b, "pattern", buf_str(&pattern));
	doc_true(b, "required");
	doc_text(b, "type", "string");
	doc_close(b, '}');
}

static void add_query_parameter(struct buf *b, const char *name) {
	static const struct {
		const char *name, *type, *format;
	} typed[] = {{"pageSize", "integer", "int32"},
		{"options.requestedPolicyVersion", "integer", "int32"},
		{"updateMask", "string", "google-fieldmask"},
		{NULL, "string", NULL}};
	size_t i = 0;
	while (typed[i].name && strcmp(typed[i].name, name) != 0)
		i++;
	doc_open(b, name, '{');
	doc_text(b, "format", typed[i].format);
	doc_text(b, "location", "query");
	doc_text(b, "type", typed[i].type);
	doc_close(b, '}');
}

static void take_part(char ret[ID_MAX_LEN], const char *p, const char *end) {
	(void)snprintf(ret, ID_MAX_LEN, "%.*s", (int)(end - p), p);
}

static void add_parameters(
	struct buf *b, const struct method *m, const struct route *r) {
	doc_open(b, "parameterOrder", '[');
	doc_text(b, NULL, *m->parameter ? m->parameter : NULL);
	doc_close(b, ']');
	doc_open(b, "parameters", '{');
	add_path_parameter(b, m, r);
	const char *p = method_queries(m);
	for (p += strspn(p, " "); *p;) {
		char name[ID_MAX_LEN];
		const char *end = p + strcspn(p, " ");
		take_part(name, p, end);
		add_query_parameter(b, name);
		p = end + strspn(end, " ");
	}
	doc_close(b, '}');
}

static void add_method(struct buf *b, const struct service *s,
	const struct method *m, const char *name) {
	const struct route *r = method_route(m);
	doc_open(b, name, '{');
	doc_text(b, "id", m->id);
	doc_text(b, "httpMethod", r->method);
	add_paths(b, m, r);
	add_parameters(b, m, r);
	doc_ref(b, "request", s->short_names, m->request);
	doc_ref(b, "response", s->short_names, m->response);
	doc_close(b, '}');
}

/* What follows `prefix` in the id of a method that is emulated, or NULL. */
static const char *below(const struct method *m, const char *prefix) {
	size_t n = strlen(prefix);
	bool is = strncmp(m->id, prefix, n) == 0 && method_route(m);
	return is ? m->id + n : NULL;
}

static bool is_first_below(const struct method *m, const char *prefix) {
	const struct method *first = api_methods;
	while (!below(first, prefix))
		first++;
	return first == m;
}

static void add_methods(
	struct buf *b, const struct service *s, const char *prefix) {
	bool any = false;
	for (const struct method *m = api_methods; m->id; m++) {
		const char *name = below(m, prefix);
		if (!name || strchr(name, '.'))
			continue;
		if (!any)
			doc_open(b, "methods", '{');
		any = true;
		add_method(b, s, m, name);
	}
	if (any)
		doc_close(b, '}');
}

/* The methods' ids are the tree: "ml.projects.jobs.create". */
static void add_resources(
	struct buf *b, const struct service *s, const char *prefix) {
	bool any = false;
	for (const struct method *m = api_methods; m->id; m++) {
		const char *name = below(m, prefix);
		const char *dot = name ? strchr(name, '.') : NULL;
		char inner[ID_MAX_LEN], own[ID_MAX_LEN];
		if (!dot)
			continue;
		take_part(inner, m->id, dot + 1);
		take_part(own, name, dot);
		if (!is_first_below(m, inner))
			continue;
		if (!any)
			doc_open(b, "resources", '{');
		any = true;
		doc_open(b, own, '{');
		add_methods(b, s, inner);
		add_resources(b, s, inner);
		doc_close(b, '}');
	}
	if (any)
		doc_close(b, '}');
}

/* Whether a Host is one of Google's names; *ret_len is its length without the
 * port. */
static bool is_googles(const char *host, size_t *ret_len) {
	const size_t tail = strlen(GOOGLE);
	*ret_len = strcspn(host, ":");
	return *ret_len > tail &&
	       !strncasecmp(host + *ret_len - tail, GOOGLE, tail);
}

/* Where the client finds the service: here, under the name by which it came. Of
 * Google's names each service has its own. */
static void root_url(
	const struct call *c, const struct service *s, char ret[URL_MAX_LEN]) {
	const char *host = origin_host(c), *scheme = origin_scheme(c);
	size_t len;
	if (!host)
		(void)snprintf(ret, URL_MAX_LEN, "%s/", c->api->self_url);
	else if (is_googles(host, &len))
		(void)snprintf(ret, URL_MAX_LEN, "%s://%s" GOOGLE "%s/", scheme,
			s->name, host + len);
	else
		(void)snprintf(ret, URL_MAX_LEN, "%s://%s/", scheme, host);
}

static void add_names(
	struct buf *b, const struct service *s, const char *kind) {
	char id[ID_MAX_LEN];
	(void)snprintf(id, sizeof id, "%s:%s", s->name, s->version);
	doc_text(b, "kind", kind);
	doc_text(b, "id", id);
	doc_text(b, "name", s->name);
	doc_text(b, "version", s->version);
	doc_text(b, "title", s->title);
	doc_text(b, "description", s->description);
	doc_text(b, "documentationLink", s->link);
}

static int write_document(struct call *c, const struct service *s) {
	struct buf *b = &c->out;
	char url[URL_MAX_LEN], prefix[ID_MAX_LEN];
	root_url(c, s, url);
	(void)snprintf(prefix, sizeof prefix, "%s.", s->name);
	doc_open(b, NULL, '{');
	add_names(b, s, "discovery#restDescription");
	doc_text(b, "canonicalName", s->canonical);
	doc_text(b, "discoveryVersion", "v1");
	doc_text(b, "ownerDomain", "google.com");
	doc_text(b, "ownerName", "Google");
	doc_text(b, "protocol", "rest");
	doc_text(b, "rootUrl", url);
	doc_text(b, "servicePath", "");
	doc_text(b, "baseUrl", url);
	doc_text(b, "basePath", "");
	doc_text(b, "batchPath", "batch");
	doc_true(b, "fullyEncodeReservedExpansion");
	doc_true(b, "version_module");
	add_standard_parameters(b);
	add_resources(b, s, prefix);
	doc_schemas(b, s->short_names, prefix);
	doc_close(b, '}');
	return ST_OK;
}

static int answer(struct call *c, const char *name, const char *version) {
	for (size_t i = 0; i < SERVICES; i++) {
		const struct service *s = &services[i];
		if (!strcmp(s->name, name) &&
			(!version || !strcmp(s->version, version)))
			return write_document(c, s);
	}
	return status_set(&c->st, ST_NOT_FOUND,
		"Discovery document not found for API service: "
		"%.100s" GOOGLE " format: rest version: %.100s",
		name, version ? version : "");
}

int discovery_get(struct call *c) {
	return answer(c, c->param[0], c->param[1]);
}

/* Which service is told by the host alone; here all have one. */
int discovery_of_host(struct call *c) {
	const char *host = req_header(c->req, "Host");
	char name[ID_MAX_LEN] = "ml";
	size_t len;
	if (host && is_googles(host, &len))
		take_part(name, host, host + len - strlen(GOOGLE));
	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return answer(c, name, call_query(c, "version"));
}

int discovery_list(struct call *c) {
	struct buf *b = &c->out;
	const char *name = call_query(c, "name");
	doc_open(b, NULL, '{');
	doc_text(b, "kind", "discovery#directoryList");
	doc_text(b, "discoveryVersion", "v1");
	doc_open(b, "items", '[');
	for (size_t i = 0; i < SERVICES; i++) {
		const struct service *s = &services[i];
		char url[URL_MAX_LEN], rest[2 * URL_MAX_LEN];
		if (name && strcmp(name, s->name) != 0)
			continue;
		root_url(c, s, url);
		(void)snprintf(rest, sizeof rest,
			"%sdiscovery/v1/apis/%s/%s/rest", url, s->name,
			s->version);
		doc_open(b, NULL, '{');
		add_names(b, s, "discovery#directoryItem");
		doc_text(b, "discoveryRestUrl", rest);
		doc_true(b, "preferred");
		doc_close(b, '}');
	}
	doc_close(b, ']');
	doc_close(b, '}');
	return ST_OK;
}
