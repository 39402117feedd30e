/* SPDX-License-Identifier: MIT */
#include "emulator/core/attempt.h"

#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/app_engine.h"
#include "emulator/core/misdeliver.h"
#include "emulator/core/publish.h"
#include "emulator/core/sent.h"

#define DEADLINE_HTTP_US (180 * US_PER_S)
#define DEADLINE_APP_ENGINE_US (10 * US_PER_MIN) /* guess */
#define RETRY_LEAST_US (100 * US_PER_MS)
/* Without memory to read the rule: rather one run too many than too few. */
#define RETRY_BLIND_US (5 * US_PER_S)

/* An HTTP target under way. */
struct target_call {
	struct sent sent; /* first */
	int64_t id;
	bool forced;
	attempt_ended *ended;
};

int attempt_code(int http) {
	static const struct {
		int http, code;
	} known[] = {{400, ST_INVALID_ARGUMENT}, {401, ST_UNAUTHENTICATED},
		{403, ST_PERMISSION_DENIED}, {404, ST_NOT_FOUND},
		{409, ST_ABORTED}, {429, ST_RESOURCE_EXHAUSTED},
		{499, ST_CANCELLED}, {500, ST_INTERNAL},
		{501, ST_UNIMPLEMENTED}, {503, ST_UNAVAILABLE},
		{504, ST_DEADLINE_EXCEEDED}};
	if (http >= 200 && http < 300)
		return ST_OK;
	if (http == SENT_LATE)
		return ST_DEADLINE_EXCEEDED;
	if (http == 0)
		return ST_UNAVAILABLE;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].http == http)
			return known[i].code;
	return http >= 500 ? ST_INTERNAL : ST_FAILED_PRECONDITION;
}

bool attempt_again(
	const struct retry_rule *r, int64_t attempt, int64_t since_us) {
	bool count_left = attempt - 1 < r->count;
	bool time_left = since_us < r->total_us;
	return count_left || time_left;
}

int64_t attempt_backoff_us(
	int64_t min_us, int64_t max_us, int64_t doublings, int64_t n) {
	int64_t us = min_us, i = 0;
	for (; i < doublings && i < n && us < max_us; i++)
		us *= 2;
	/* from here it grows by the last step each time */
	for (int64_t step = us; i < n && us < max_us && step > 0; i++)
		us += step;
	return us < max_us ? us : max_us;
}

static struct retry_rule rule_of(const json_t *body) {
	const json_t *c = json_object_get(body, "retryConfig");
	const json_t *doublings = json_object_get(c, "maxDoublings");
	return (struct retry_rule){
		.count = json_integer_value(json_object_get(c, "retryCount")),
		.total_us = jsn_duration(c, "maxRetryDuration", 0),
		.min_us = jsn_duration(c, "minBackoffDuration", 5 * US_PER_S),
		.max_us = jsn_duration(c, "maxBackoffDuration", US_PER_HOUR),
		.doublings = doublings ? json_integer_value(doublings) : 5};
}

/* App Engine's 503 is a fault of the system: retried whatever the rule, and not
 * counted. */
static bool is_system_error(const json_t *body, int code) {
	return code == ST_UNAVAILABLE &&
	       json_object_get(body, "appEngineHttpTarget");
}

/* No execution of a paused job begins, so no retry either. */
static void plan_retry(struct emu *em, struct sched_job *j, int code) {
	if (j->state != SCHED_ENABLED)
		return;
	auto_json json_t *body = parsed_get(&em->parsed, j->body, NULL);
	int64_t now = emu_now(em), wait = RETRY_BLIND_US;
	if (body) {
		struct retry_rule r = rule_of(body);
		if (is_system_error(body, code))
			j->attempt--;
		else if (!attempt_again(&r, j->attempt, now - j->first_us))
			return;
		wait = attempt_backoff_us(
			r.min_us, r.max_us, r.doublings, j->attempt - 1);
	}
	/* on a clock that stands still, one at the same instant would be
	 * followed by another for ever */
	j->retry_us = now + (wait > RETRY_LEAST_US ? wait : RETRY_LEAST_US);
}

static void write_status(struct sched_job *j, int code, const char *why) {
	struct buf b;
	buf_init(&b, sizeof j->status_buf - 1);
	if (code) {
		(void)buf_addf(&b, "{\"code\":%d", code);
		(void)buf_adds(&b, ",\"message\":");
		(void)jsn_quote(&b, why);
		(void)buf_addc(&b, '}');
	}
	/* a message too long to keep leaves the code alone */
	if (b.failed)
		(void)snprintf(j->status_buf, sizeof j->status_buf,
			"{\"code\":%d}", code);
	else
		(void)snprintf(j->status_buf, sizeof j->status_buf, "%s",
			code ? buf_str(&b) : "{}");
	buf_done(&b);
	j->status = j->status_buf;
}

void attempt_finish(struct emu *em, struct sched_job *j, bool forced, int code,
	const char *why) {
	write_status(j, code, why);
	char text[24];
	(void)snprintf(text, sizeof text, "%d", code);
	journal_add(&em->journal, emu_now(em), "attempt", "job", j->name,
		"outcome", code ? "failed" : "done", "#code", text, "why",
		code ? why : NULL, NULL);
	if (code)
		em->counters.attemptsFailed++;
	if (forced) {
		(void)store_run(
			em->store, Q_SCHED_FORCED, "ii", (int64_t)-1, j->id);
		return;
	}
	j->running = false;
	/* a job that was paused meanwhile has no executions */
	if (code && j->state == SCHED_ENABLED)
		plan_retry(em, j, code);
}

static void publish(struct emu *em, struct sched_job *j, const json_t *target,
	bool forced) {
	auto_status struct status st = STATUS_INIT;
	const char *full =
		json_string_value(json_object_get(target, "topicName"));
	char project[256], topic[256], id[BUS_ID_MAX];
	if (!full || sscanf(full, "projects/%255[^/]/topics/%255[^/]", project,
			     topic) != 2) {
		attempt_finish(em, j, forced, ST_INVALID_ARGUMENT,
			"the topic's name is not valid");
		return;
	}
	auto_json json_t *message = json_object();
	const char *const keys[] = {"data", "attributes"};
	for (size_t i = 0; i < 2; i++) {
		json_t *v = json_object_get(target, keys[i]);
		if (v && json_object_set(message, keys[i], v)) {
			attempt_finish(
				em, j, forced, ST_INTERNAL, "out of memory");
			return;
		}
	}
	int code = bus_publish(em, project, topic, message, id, &st);
	if (!code && misdeliver_run(em, j->project, j->location, j->name))
		attempt_finish(em, j, forced, ST_UNAVAILABLE, MISDELIVER_WHY);
	else
		attempt_finish(em, j, forced, code, st.message);
}

static void settle(struct emu *em, const struct sent *s) {
	const struct target_call *c = (const void *)s;
	char text[ERR_MSG_MAX + 40];
	(void)snprintf(text, sizeof text, "the target answered HTTP %d%s%s",
		s->http, *s->why ? ": " : "", s->why);
	c->ended(em, c->id, c->forced, attempt_code(s->http),
		s->http > 0 ? text : s->why);
}

static void tell(struct emu *em, const struct sent *s, struct buf *b) {
	const struct target_call *c = (const void *)s;
	struct store_rows *r =
		store_query(em->store, Q_SCHED_BY_ID, "i", c->id);
	(void)buf_adds(b, ",\"kind\":\"target\"");
	if (store_next(r))
		(void)buf_addf(b,
			",\"job\":\"projects/%s/locations/%s/jobs/%s\"",
			store_text(r, 1), store_text(r, 2), store_text(r, 3));
	store_end(r);
}

static void target_ended(void *ctx, int http, const char *why) {
	const struct target_call *c = ctx;
	if (!attempt_code(http) && misdeliver_target(c->sent.em, c->id)) {
		http = 0;
		why = MISDELIVER_WHY;
	}
	sent_ended(ctx, http, why);
}

/* Sends what is in the job's member `key`; `app` as in struct target. */
static void call_target(struct emu *em, struct sched_job *j, const json_t *body,
	const char *key, const char *app, bool forced, attempt_ended *ended) {
	auto_free char *http = jsn_compact(json_object_get(body, key));
	auto_free struct target_call *c = mem_alloc(sizeof *c);
	int64_t usual = app ? DEADLINE_APP_ENGINE_US : DEADLINE_HTTP_US;
	int64_t deadline = jsn_duration(body, "attemptDeadline", usual);
	if (c && http) {
		*c = (struct target_call){
			.id = j->id, .forced = forced, .ended = ended};
		sent_init(&c->sent, em, settle, tell);
		struct target t = {.job_id = j->name,
			.http = http,
			.app = app,
			.schedule_us = j->tick_us,
			.forced = forced,
			.deadline_us = deadline ? deadline : usual};
		if (em->ops.target(em->ops.ctx, &t, target_ended, c) == 0) {
			sent_begun(&c->sent);
			j->running = !forced;
			c = NULL;
			return;
		}
	}
	attempt_finish(
		em, j, forced, ST_UNAVAILABLE, "the request could not be sent");
}

static void call_app(struct emu *em, struct sched_job *j, const json_t *body,
	bool forced, attempt_ended *ended) {
	static const char key[] = "appEngineHttpTarget";
	const json_t *target = json_object_get(body, key);
	auto_free char *host = app_engine_host(target, j->project);
	if (!host) {
		attempt_finish(em, j, forced, ST_INTERNAL, "out of memory");
		return;
	}
	app_engine_note(em, j, target, host);
	if (em->app_engine)
		call_target(em, j, body, key, host, forced, ended);
	else
		attempt_finish(em, j, forced, ST_OK, "");
}

void attempt_start(struct emu *em, struct sched_job *j, bool forced,
	attempt_ended *ended) {
	j->attempt++;
	j->last_us = emu_now(em);
	em->counters.attempts++;
	auto_json json_t *body = parsed_get(&em->parsed, j->body, NULL);
	const json_t *topic = json_object_get(body, "pubsubTarget");
	if (topic)
		publish(em, j, topic, forced);
	else if (json_object_get(body, "appEngineHttpTarget"))
		call_app(em, j, body, forced, ended);
	else
		call_target(em, j, body, "httpTarget", NULL, forced, ended);
}
