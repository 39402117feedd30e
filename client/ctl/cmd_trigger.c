/* SPDX-License-Identifier: MIT */
/* trainctl trigger: publishes a run now. It has a key of its own, so it never
 * stands for a tick, and so it may be published again when an answer was lost:
 * the uniquifier makes one job of both. */
#include <stdio.h>
#include <string.h>

#include "client/ctl/field.h"
#include "client/ctl/print.h"
#include "client/ctl/remote.h"
#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/rng.h"
#include "common/when.h"

struct options {
	struct ctl *ctl;
	const char *location, *topic, *key, *job_id;
};

static const struct args_opt opts[] = {
	{"topic", 0, "TOPIC", "publish the job in FILE to this topic"},
	{"job-id", 0, "ID",
		"what the job's id begins with (default as it is there)"},
	{"key", 0, "KEY",
		"names the run: a second trigger with it runs nothing (default "
		"a new one)"},
	REMOTE_OPTS,
	CTL_OPTS,
	{0},
};
static const struct args_spec spec = {
	.program = PROGRAM " trigger",
	.usage = "[options] NAME | --topic TOPIC FILE",
	.about = "Publishes a run now: that of the schedule NAME, or the job "
		 "in FILE. It is marked as manual and stands for no tick.",
	.opts = opts,
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	const struct {
		const char *name, **at;
	} slots[] = {{"topic", &o->topic}, {"key", &o->key},
		{"job-id", &o->job_id}, {"location", &o->location}};
	for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
		if (strcmp(slots[i].name, name) != 0)
			continue;
		*slots[i].at = value;
		return *value ? 0 : err_set(e, ERR_USAGE, "is empty");
	}
	return ctl_take(o->ctl, name, value, e);
}

/* What is to be published. */
struct run {
	char *topic; /* full name */
	json_t *job, *attributes;
	char key[64];
};

static void run_done(struct run *r) {
	mem_free(r->topic);
	json_decref(r->job);
	json_decref(r->attributes);
}

static int from_file(const struct options *o, const char *file, struct run *r,
	struct err *e) {
	int rc = spec_load(file, &r->job, e);
	if (!rc)
		rc = spec_check_training(r->job, e);
	r->attributes = json_object();
	r->topic = strchr(o->topic, '/')
			   ? mem_strdup(o->topic)
			   : wanted_name(WANTED_TOPIC, o->ctl->project, NULL,
				     o->topic);
	return rc ? rc : r->attributes && r->topic ? 0 : err_nomem(e);
}

/* The message of a Scheduler job, without what names its ticks. */
static int from_schedule(const struct options *o, const char *name,
	struct run *r, struct err *e) {
	auto_free char *full = NULL, *text = NULL;
	auto_json json_t *job = NULL;
	size_t len;
	int rc = remote_job(o->ctl, o->location, name, &full, &job, e);
	if (rc)
		return rc;
	const char *topic =
		json_string_value(field_get(job, "pubsubTarget.topicName"));
	const char *data =
		json_string_value(field_get(job, "pubsubTarget.data"));
	if (!topic || !data)
		return err_set(e, ERR_SHAPE, "it publishes no job");
	rc = b64_decode(data, strlen(data), &text, &len, e);
	if (!rc && !(r->job = jsn_parse(text, len, true, e)))
		rc = e->code;
	if (rc)
		return err_wrap(e, "its message");
	r->topic = mem_strdup(topic);
	json_t *attributes =
		(json_t *)field_get(job, "pubsubTarget.attributes");
	r->attributes = attributes ? json_deep_copy(attributes) : json_object();
	(void)json_object_del(r->attributes, TRAIN_ATTRIBUTE_SCHEDULE);
	(void)json_object_del(r->attributes, TRAIN_ATTRIBUTE_ZONE);
	(void)json_object_del(r->attributes, TRAIN_ATTRIBUTE_NAME);
	return r->topic && r->attributes ? 0 : err_nomem(e);
}

/* manual_20260309_020000_1a2b3c4d */
static int make_key(const struct options *o, struct run *r, struct err *e) {
	if (o->key) {
		(void)snprintf(r->key, sizeof r->key, "%s", o->key);
		return strlen(o->key) < sizeof r->key
			       ? 0
			       : err_set(e, ERR_USAGE,
					 "--key is over %zu characters",
					 sizeof r->key - 1);
	}
	struct rng rng;
	struct civil c;
	int rc = rng_seed_system(&rng, e);
	if (rc)
		return rc;
	when_civil(clock_now_us(&clock_real), &c);
	(void)snprintf(r->key, sizeof r->key,
		TRAIN_TRIGGER_MANUAL "_%04d%02d%02d_%02d%02d%02d_%08lx", c.year,
		c.month, c.day, c.hour, c.minute, c.second,
		(unsigned long)(rng_next(&rng) >> 32));
	return 0;
}

/* The id that the uniquifier will make, unless it was given a format. */
static int job_id(const struct options *o, const struct run *r,
	char ret[static JOBID_MAX + 1], struct err *e) {
	const char *base = o->job_id;
	struct jobid_format f;
	int rc = spec_check(r->job, e);
	if (base)
		(void)json_object_del(r->attributes, TRAIN_ATTRIBUTE_JOB_ID);
	else
		base = json_string_value(
			json_object_get(r->attributes, TRAIN_ATTRIBUTE_JOB_ID));
	if (!rc && !base)
		rc = jsn_str(r->job, "", "jobId", &base, e);
	if (!rc)
		rc = jobid_format_parse(JOBID_FORMAT_OWN_KEY, &f, e);
	if (!rc)
		rc = jobid_make(&f, base, 0, r->key, ret, e);
	if (!rc && o->job_id &&
		json_object_set_new(r->job, "jobId", json_string(base)))
		rc = err_nomem(e);
	return rc;
}

static int publish(
	struct ctl *c, const struct run *r, json_t **ret, struct err *e) {
	auto_free char *data = NULL;
	int rc = wanted_data(r->job, &data, e);
	if (rc)
		return rc;
	auto_json json_t *message = json_pack(
		"{s:s, s:O}", "data", data, "attributes", r->attributes);
	if (!message ||
		json_object_set_new(r->attributes, TRAIN_ATTRIBUTE_KEY,
			json_string(r->key)) ||
		json_object_set_new(r->attributes, TRAIN_ATTRIBUTE_TRIGGER,
			json_string(TRAIN_TRIGGER_MANUAL)))
		return err_nomem(e);
	struct ctl_answer a = {.loop = c->loop};
	rc = train_pubsub_publish(c->train, r->topic, message, true,
		CTL_TIMEOUT_US, ctl_done, &a, e);
	return rc ? rc : ctl_run(c, &a, ret, e);
}

static int trigger(const struct options *o, const char *operand, struct run *r,
	struct err *e) {
	struct ctl *c = o->ctl;
	char id[JOBID_MAX + 1];
	auto_json json_t *answer = NULL;
	int rc = o->topic ? from_file(o, operand, r, e)
			  : from_schedule(o, operand, r, e);
	if (!rc)
		rc = make_key(o, r, e);
	if (!rc)
		rc = job_id(o, r, id, e);
	if (!rc)
		rc = publish(c, r, &answer, e);
	if (rc)
		return rc;
	auto_json json_t *row = json_pack("{s:s, s:s, s:s, s:O*}", "jobId", id,
		"key", r->key, "topic", r->topic, "messageId",
		json_array_get(json_object_get(answer, "messageIds"), 0));
	auto_json json_t *rows = json_pack("[O]", row);
	if (!row || !rows)
		return err_nomem(e);
	return c->format.kind == FORMAT_JSON
		       ? print_json(row, e)
		       : print_rows(&c->format, "table(jobId,messageId,topic)",
				 rows, e);
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {.ctl = c};
	struct run r = {0};
	int first;
	int rc = args_parse(&spec, argc, argv, 0, take, &o, &first, e);
	if (!rc)
		rc = ctl_operand(c, argc, argv, first,
			o.topic ? "the job's FILE" : "the schedule's NAME", e);
	if (!rc && !o.topic)
		rc = wanted_check_name(argv[first], e);
	if (!rc && o.topic)
		rc = remote_open_pubsub(c, e);
	else if (!rc)
		rc = remote_open(c, &o.location, e);
	if (!rc)
		rc = trigger(&o, argv[first], &r, e);
	run_done(&r);
	return rc;
}

const struct cmd cmd_trigger = {"trigger", "publish a run now", run};
