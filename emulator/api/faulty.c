/* SPDX-License-Identifier: MIT */
#include "emulator/api/faulty.h"

#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/grant.h"
#include "emulator/api/handle.h"
#include "emulator/core/faults.h"

/* How a call goes on that a fault has struck. */
enum course { COURSE_HANDLE, COURSE_REFUSE, COURSE_CLOSE };

/* A call that is delayed. It takes real time, for that is what its client's
 * deadline is in, and none on the emulator's clock: nothing that can be made to
 * wait passes by it meanwhile. */
struct slow {
	struct loop_timer timer;
	struct call *call;
	enum course course;
	struct slow *next;
};

bool faulty_route(const struct route *r) {
	static const char own[] = "emulator.";
	return strncmp(r->name, own, sizeof own - 1) != 0;
}

static void go(struct call *c, enum course course) {
	switch (course) {
	case COURSE_HANDLE:
		handle(c);
		break;
	case COURSE_REFUSE:
		call_finish(c, (int)c->st.code);
		break;
	case COURSE_CLOSE:
		call_close(c);
		break;
	}
}

static void slow_over(void *ctx) {
	struct slow *s = ctx;
	struct call *c = s->call;
	enum course course = s->course;
	struct slow **at = &c->api->slow;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	loop_timer_stop(c->api->loop, &s->timer);
	c->em->in_flight--;
	mem_free(s);
	go(c, course);
}

/* Without memory to wait it goes on at once. */
static void slow_down(struct call *c, enum course course, int64_t us) {
	struct slow *s = mem_zero(1, sizeof *s);
	if (!s) {
		go(c, course);
		return;
	}
	*s = (struct slow){.timer = {.cb = slow_over, .ctx = s},
		.call = c,
		.course = course,
		.next = c->api->slow};
	c->api->slow = s;
	c->em->in_flight++;
	loop_timer_in(c->api->loop, &s->timer, us);
}

void faulty_go_on(struct api *a) {
	while (a->slow)
		slow_over(a->slow);
}

void faulty_drop(struct api *a) {
	for (struct slow *s = a->slow; s; s = s->next)
		s->course = COURSE_CLOSE;
	faulty_go_on(a);
}

/* The resource that a create would make, where its body says it: "" if not. */
static const char *named_in(const json_t *body) {
	const char *id = json_string_value(json_object_get(body, "jobId"));
	const char *name = json_string_value(json_object_get(body, "name"));
	return id ? id : name ? name : "";
}

/* What a request is about: its path without version and verb, as in
 * "projects/p1/jobs/job_1". That of a job to be created is in the body, the
 * account of an OAuth request too. NULL
 * when memory ran out. */
static char *resource_of(struct call *c) {
	static const char jobs[] = "/jobs";
	const char *path = req_path(c->req), *pattern = c->route->pattern;
	const char *second = strchr(path + 1, '/');
	if ((c->route->flags & ROUTE_OAUTH) == ROUTE_OAUTH)
		return grant_account(c);
	if (path[1] == 'v' && path[2] >= '0' && path[2] <= '9' && second)
		path = second;
	const char *verb = strchr(pattern, ':') ? strrchr(path, ':') : NULL;
	size_t len = verb ? (size_t)(verb - path) : strlen(path);
	size_t end = strlen(pattern), tail = sizeof jobs - 1;
	auto_json json_t *body = NULL;
	if (*c->route->method == 'P' && end > tail &&
		!strcmp(pattern + end - tail, jobs)) {
		size_t body_len;
		const char *p = req_body(c->req, &body_len);
		body = jsn_parse(p, body_len, false, NULL);
	}
	const char *name = named_in(body);
	if (strchr(name, '/'))
		return mem_strdup(name);
	return mem_printf(
		"%.*s%s%s", (int)(len - 1), path + 1, *name ? "/" : "", name);
}

static void refuse_with(struct call *c, const struct fault *f) {
	enum status_code code = (enum status_code)f->code;
	status_set(&c->st, code, "%s",
		f->message ? f->message : status_usual(code));
	c->st.http = f->http;
	if (f->quota)
		status_quota(&c->st, c->param[0] ? c->param[0] : "", f->quota);
	if (f->retry_delay_us >= 0)
		status_retry(&c->st, f->retry_delay_us);
	if (f->retry_after_s < 0)
		return;
	(void)snprintf(c->retry_after, sizeof c->retry_after, "%lld",
		(long long)f->retry_after_s);
	(void)req_add_header(c->req, "Retry-After", c->retry_after);
}

/* The same, when it has been handled. */
static int refuse_after(struct call *c, const struct fault *f) {
	c->instead = mem_zero(1, sizeof *c->instead);
	if (!c->instead)
		return ERR_NOMEM;
	refuse_with(c, f);
	*c->instead = c->st;
	c->st = (struct status)STATUS_INIT;
	return 0;
}

/* Makes the call ready for what the fault does to it. */
static enum course strike(struct call *c, const struct fault *f) {
	int rc = 0;
	switch (f->effect) {
	case FAULT_STATUS:
		/* how the answer is wanted; that it may be wrong is not told
		 * any more */
		(void)call_params(c);
		refuse_with(c, f);
		return COURSE_REFUSE;
	case FAULT_FAIL_REPLY:
		rc = refuse_after(c, f);
		break;
	case FAULT_CLOSE_BEFORE:
		return COURSE_CLOSE;
	case FAULT_LOSE_REPLY:
		rc = req_spoil(c->req, REQ_CLOSE, 0, 0);
		break;
	case FAULT_CUT:
		rc = req_spoil(c->req, REQ_CUT, f->bytes, 0);
		break;
	case FAULT_DRIP:
		rc = req_spoil(c->req, REQ_DRIP, f->bytes, f->pause_us);
		break;
	case FAULT_DELAY:
	case FAULT_DUPLICATE:
	case FAULT_REORDER:
	case FAULT_DELAY_DELIVERY:
	case FAULT_LOSE_ACK:
		break;
	}
	return rc ? COURSE_CLOSE : COURSE_HANDLE;
}

bool faulty_take(struct call *c) {
	if (!c->em->faults.live[FAULT_OF_REQUEST] || !faulty_route(c->route))
		return false;
	auto_free char *resource = resource_of(c);
	const struct fault *f = faults_strike(
		c->em, FAULT_OF_REQUEST, c->route->name, resource, NULL);
	if (!f)
		return false;
	/* the rule may be gone when the delay is over */
	int64_t delay_us = f->delay_us;
	enum course course = strike(c, f);
	if (delay_us)
		slow_down(c, course, delay_us);
	else if (course != COURSE_HANDLE)
		go(c, course);
	return delay_us || course != COURSE_HANDLE;
}
