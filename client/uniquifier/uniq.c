/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/uniq.h"

#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/jsn.h"
#include "common/mem.h"

#define SPEC_HEX 16
#define KEY_HEX 32
#define TIME_MAX 24

const char *uniq_key_name(enum uniq_key k) {
	switch (k) {
	case UNIQ_OWN:
		return "own";
	case UNIQ_TICK:
		return "tick";
	case UNIQ_MESSAGE:
		return "message";
	}
	return "";
}

/* *ret = NULL when there is none; one that is there says something. */
static int attribute(const struct push *p, const char *name, const char **ret,
	struct err *e) {
	const char *v = push_attribute(p, name);
	if (v && !*v)
		return err_set(
			e, ERR_SHAPE, "message.attributes.%s is empty", name);
	*ret = v;
	return 0;
}

/* ---- the job ---- */

/* The message's data as a job, with what its attributes say instead. What the
 * id begins with is *ret_base. */
static int read_job(const struct push *p, json_t **ret, const char **ret_base,
	struct err *e) {
	const char *base = NULL, *labels = NULL;
	int rc = attribute(p, TRAIN_ATTRIBUTE_JOB_ID, &base, e);
	if (!rc)
		rc = attribute(p, TRAIN_ATTRIBUTE_LABELS, &labels, e);
	if (rc)
		return rc;
	/* strict: of two values for one name, either may be the wrong one */
	auto_json json_t *job = jsn_parse(p->data, p->data_len, true, e);
	if (!job || spec_check(job, e) ||
		(!base && jsn_str(job, "", "jobId", &base, e)))
		return err_wrap(e, "message.data");
	if (labels && spec_set_labels(job, labels, e))
		return err_wrap(
			e, "message.attributes." TRAIN_ATTRIBUTE_LABELS);
	*ret_base = base;
	*ret = TAKE(job);
	return 0;
}

/* The hash of what is asked for: the job but for its name and labels. */
static int spec_hash(
	const json_t *job, char ret[static SPEC_HEX + 1], struct err *e) {
	auto_json json_t *bare = json_copy((json_t *)job);
	if (!bare)
		return err_nomem(e);
	(void)json_object_del(bare, "jobId");
	(void)json_object_del(bare, "labels");
	auto_free char *text = jsn_canonical(bare);
	if (!text)
		return err_nomem(e);
	return hash_digits(text, SPEC_HEX, ret, e);
}

/* What our labels say. */
static int add_own(json_t *job, const struct uniq *u, struct err *e) {
	char spec[SPEC_HEX + 1], hashed[KEY_HEX + 1], at[TIME_MAX];
	const char *key = u->key;
	int rc = spec_hash(job, spec, e);
	if (!rc && !spec_label_value_ok(key)) {
		rc = hash_digits(key, KEY_HEX, hashed, e);
		key = hashed;
	}
	if (!rc)
		rc = spec_set_label(job, TRAIN_LABEL_KEY, key, e);
	if (!rc)
		rc = spec_set_label(job, TRAIN_LABEL_SPEC, spec, e);
	if (!rc)
		rc = spec_set_label(job, TRAIN_LABEL_GROUP, u->group, e);
	/* two publishes of one key of the caller's are one run, and its time is
	 * that of the first to come */
	if (rc || u->at_us == PUSH_NO_TIME)
		return rc;
	(void)snprintf(at, sizeof at, "%lld", (long long)u->at_us);
	return spec_set_label(job, TRAIN_LABEL_TIME, at, e);
}

static int add_labels(json_t *job, const struct uniq *u, struct err *e) {
	/* of a run without a time, what the job came with says nothing */
	(void)json_object_del(json_object_get(job, "labels"), TRAIN_LABEL_TIME);
	int rc = add_own(job, u, e);
	size_t n = json_object_size(json_object_get(job, "labels"));
	if (!rc && n > SPEC_LABELS_MAX)
		rc = err_set(e, ERR_RANGE,
			"a job has at most %d labels, and with ours this one "
			"has %zu",
			SPEC_LABELS_MAX, n);
	return rc;
}

/* ---- the key ---- */

static void add_note(struct uniq *u, const char *what, const char *why) {
	size_t n = strlen(u->note);
	(void)snprintf(u->note + n, sizeof u->note - n, "%s%s%s", n ? "; " : "",
		what, why);
}

/* A name that begins as ours do and is none may be one misspelt. */
static void note_unknown(const struct push *p, struct uniq *u) {
	static const char *const known[] = {TRAIN_ATTRIBUTE_KEY,
		TRAIN_ATTRIBUTE_SCHEDULE, TRAIN_ATTRIBUTE_ZONE,
		TRAIN_ATTRIBUTE_NAME, TRAIN_ATTRIBUTE_TRIGGER,
		TRAIN_ATTRIBUTE_JOB_ID, TRAIN_ATTRIBUTE_LABELS,
		TRAIN_ATTRIBUTE_MAX_LATE, TRAIN_ATTRIBUTE_OVERLAP,
		TRAIN_ATTRIBUTE_FAILED, TRAIN_ATTRIBUTE_MAX_ATTEMPTS};
	const char *name;
	json_t *v;
	json_object_foreach ((json_t *)p->attributes, name, v) {
		size_t i = 0;
		while (i < sizeof known / sizeof known[0] &&
			strcmp(known[i], name) != 0)
			i++;
		if (i < sizeof known / sizeof known[0] ||
			strncmp(name, TRAIN_ATTRIBUTE,
				strlen(TRAIN_ATTRIBUTE)) != 0)
			continue;
		add_note(u, "not a known attribute: ", name);
		u->warn = true;
	}
}

/* Whether the message names a schedule whose tick it may be of. */
static int schedule_of(const struct push *p, struct tick_schedule *ret,
	bool *ret_is, struct err *e) {
	const char *trigger = NULL;
	int rc = attribute(p, TRAIN_ATTRIBUTE_SCHEDULE, &ret->text, e);
	if (!rc)
		rc = attribute(p, TRAIN_ATTRIBUTE_ZONE, &ret->zone, e);
	if (!rc)
		rc = attribute(p, TRAIN_ATTRIBUTE_NAME, &ret->name, e);
	if (!rc)
		rc = attribute(p, TRAIN_ATTRIBUTE_TRIGGER, &trigger, e);
	if (rc)
		return rc;
	if (!ret->zone)
		ret->zone = "Etc/UTC"; /* as Cloud Scheduler has it */
	*ret_is = ret->text && p->publish_us != PUSH_NO_TIME &&
		  !(trigger && strcmp(trigger, TRAIN_TRIGGER_MANUAL) == 0);
	return 0;
}

/* Takes the tick as the key if the message is of one. If it cannot be told,
 * the message's id serves: rather a run of its own than none. */
static int take_tick(const struct push *p, const struct uniq_rules *rules,
	struct uniq *u, struct err *e) {
	struct tick_schedule schedule = {0};
	struct err why = {0};
	bool is = false;
	int rc = schedule_of(p, &schedule, &is, e);
	if (rc || !is)
		return rc;
	rc = tick_of(rules->zones, &schedule, p->publish_us,
		rules->tolerance_us, &u->at_us, &why);
	if (rc == ERR_NOMEM)
		return err_nomem(e);
	if (rc) {
		add_note(u, "of no tick: ", why.msg);
		u->warn |= rc == ERR_SYNTAX || rc == ERR_NOTFOUND;
		return 0;
	}
	u->from = UNIQ_TICK;
	u->key = u->tick;
	return tick_key(&schedule, u->at_us, u->tick, e);
}

static int take_key(const struct push *p, const struct uniq_rules *rules,
	struct uniq *u, struct err *e) {
	const char *own = NULL;
	int rc = attribute(p, TRAIN_ATTRIBUTE_KEY, &own, e);
	u->from = own ? UNIQ_OWN : UNIQ_MESSAGE;
	u->key = own ? own : p->message_id;
	u->at_us = p->publish_us;
	if (!rc && !own)
		rc = take_tick(p, rules, u, e);
	if (!rc && !u->key)
		rc = err_set(e, ERR_SHAPE,
			"the push has no message id, so a second delivery "
			"could not be told from a second message: it needs the "
			"metadata of the message (noWrapper.writeMetadata) or "
			"a header " TRAIN_ATTRIBUTE_KEY);
	return rc;
}

/* ---- the id ---- */

/* What the ids of this run and attempt look like. */
static int take_format(const struct uniq_rules *rules, enum uniq_key from,
	struct jobid_format *ret, struct err *e) {
	struct jobid_format f;
	if (rules->format)
		f = *rules->format;
	else if (jobid_format_parse(from == UNIQ_MESSAGE ? JOBID_FORMAT
							 : JOBID_FORMAT_OWN_KEY,
			 &f, e))
		return e->code;
	if (rules->attempt > 1 &&
		jobid_format_attempt(&f, rules->attempt, &f, e)) {
		e->code = ERR_RANGE; /* it will never fit */
		return ERR_RANGE;
	}
	*ret = f;
	return 0;
}

/* Runs of one schedule follow each other, and so do those of one base that name
 * none. */
static int make_group(
	const char *base, const char *schedule, struct uniq *u, struct err *e) {
	auto_free char *text =
		mem_printf("%s\n%s", base, schedule ? schedule : "");
	return text ? hash_digits(text, UNIQ_GROUP_LEN, u->group, e)
		    : err_nomem(e);
}

static int make_id(const struct push *p, const struct uniq_rules *rules,
	const char *base, struct uniq *u, struct err *e) {
	struct jobid_format f;
	int rc = take_key(p, rules, u, e);
	const char *name = push_attribute(p, TRAIN_ATTRIBUTE_NAME);
	if (!rc)
		rc = make_group(base, name, u, e);
	if (!rc)
		rc = take_format(rules, u->from, &f, e);
	if (rc)
		return rc;
	if (f.has_time && u->at_us == PUSH_NO_TIME)
		return err_set(e, ERR_SHAPE, "message.publishTime is missing");
	return jobid_make(&f, base, u->at_us, u->key, u->job_id, e);
}

int uniq_make(const struct push *p, const struct uniq_rules *rules,
	struct uniq **ret, struct err *e) {
	auto_uniq struct uniq *u = mem_zero(1, sizeof *u);
	if (!u)
		return err_nomem(e);
	const char *base = NULL;
	int rc = read_job(p, &u->job, &base, e);
	if (!rc)
		rc = make_id(p, rules, base, u, e);
	if (!rc)
		rc = add_labels(u->job, u, e);
	if (!rc)
		rc = spec_set_id(u->job, u->job_id, e);
	if (rc)
		return rc;
	note_unknown(p, u);
	*ret = TAKE(u);
	return 0;
}

void uniq_free(struct uniq *u) {
	if (!u)
		return;
	json_decref(u->job);
	mem_free(u);
}
