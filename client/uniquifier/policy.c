/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/policy.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

void policy_init(struct policy *p) {
	*p = (struct policy){.late_us = POLICY_NO_LIMIT,
		.overlap = POLICY_ALLOW,
		.attempts_max = POLICY_ATTEMPTS};
}

/* ---- what is said ---- */

static int set_late(struct policy *p, const char *s, struct err *e) {
	int64_t us = POLICY_NO_LIMIT;
	if (strcmp(s, "none") != 0 && duration_parse(s, &us, e))
		return err_set(e, ERR_USAGE,
			"'%s' is neither a duration such as 30m nor none", s);
	p->late_us = us;
	return 0;
}

static int set_overlap(struct policy *p, const char *s, struct err *e) {
	static const char *const names[] = {[POLICY_ALLOW] = "allow",
		[POLICY_SKIP] = "skip",
		[POLICY_CANCEL] = "cancel"};
	for (int i = POLICY_ALLOW; i <= POLICY_CANCEL; i++)
		if (strcmp(s, names[i]) == 0) {
			p->overlap = (enum policy_overlap)i;
			return 0;
		}
	return err_set(e, ERR_USAGE, "'%s' is not allow, skip or cancel", s);
}

static int set_failed(struct policy *p, const char *s, struct err *e) {
	bool retry = strcmp(s, "retry") == 0;
	if (!retry && strcmp(s, "keep") != 0)
		return err_set(e, ERR_USAGE, "'%s' is not keep or retry", s);
	p->retry = retry;
	return 0;
}

static int set_attempts(struct policy *p, const char *s, struct err *e) {
	if (s[0] < '1' || s[0] > '0' + JOBID_ATTEMPTS_MAX || s[1])
		return err_set(e, ERR_USAGE,
			"'%s' is not a number from 1 to %d", s,
			JOBID_ATTEMPTS_MAX);
	p->attempts_max = (unsigned)(s[0] - '0');
	return 0;
}

/* An attribute is called as the option, behind "train-". */
static const struct {
	const char *attribute;
	int (*set)(struct policy *p, const char *s, struct err *e);
} settings[] = {
	{TRAIN_ATTRIBUTE_MAX_LATE, set_late},
	{TRAIN_ATTRIBUTE_OVERLAP, set_overlap},
	{TRAIN_ATTRIBUTE_FAILED, set_failed},
	{TRAIN_ATTRIBUTE_MAX_ATTEMPTS, set_attempts},
};
#define SETTINGS (sizeof settings / sizeof settings[0])

int policy_set(
	struct policy *p, const char *name, const char *value, struct err *e) {
	for (size_t i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].attribute + strlen(TRAIN_ATTRIBUTE),
			    name) == 0)
			return settings[i].set(p, value, e);
	return err_set(e, ERR_NOTFOUND, "no policy is called '%s'", name);
}

int policy_of(const struct policy *service, const struct push *m,
	struct policy *ret, struct err *e) {
	struct policy p = *service;
	for (size_t i = 0; i < SETTINGS; i++) {
		const char *name = settings[i].attribute;
		const char *v = push_attribute(m, name);
		if (v && settings[i].set(&p, v, e)) {
			(void)err_wrap(e, "message.attributes.%s", name);
			e->code = ERR_SHAPE;
			return ERR_SHAPE;
		}
	}
	if (p.overlap == POLICY_CANCEL && service->overlap != POLICY_CANCEL)
		return err_set(e, ERR_SHAPE,
			"message.attributes." TRAIN_ATTRIBUTE_OVERLAP
			": this service cancels nothing (--overlap)");
	if (p.attempts_max > service->attempts_max)
		return err_set(e, ERR_SHAPE,
			"message.attributes." TRAIN_ATTRIBUTE_MAX_ATTEMPTS
			": over the service's own %u (--max-attempts)",
			service->attempts_max);
	*ret = p;
	return 0;
}

/* ---- images ---- */

int policy_add_image(
	struct policy_images *images, const char *pattern, struct err *e) {
	if (!*pattern)
		return err_set(e, ERR_USAGE, "an empty pattern");
	if (images->len == POLICY_IMAGES_MAX)
		return err_set(
			e, ERR_USAGE, "over %d patterns", POLICY_IMAGES_MAX);
	images->at[images->len++] = pattern;
	return 0;
}

static bool image_ok(void *ctx, const char *image) {
	const struct policy_images *images = ctx;
	for (size_t i = 0; i < images->len; i++) {
		const char *s = images->at[i];
		size_t n = strlen(s);
		if (fnmatch(s, image, FNM_NOESCAPE) == 0 ||
			(s[n - 1] == '/' && strncmp(s, image, n) == 0))
			return true;
	}
	return false;
}

int policy_check_images(
	const struct policy_images *images, const json_t *job, struct err *e) {
	return images->len ? spec_check_images(job, image_ok, (void *)images, e)
			   : 0;
}

/* ---- time ---- */

bool policy_late(const struct policy *p, int64_t at_us, int64_t now_us) {
	return p->late_us != POLICY_NO_LIMIT && at_us != PUSH_NO_TIME &&
	       now_us > at_us && now_us - at_us > p->late_us;
}

/* ---- other runs ---- */

static const char *const going[] = {"QUEUED", "PREPARING", "RUNNING"};

void policy_filter(const struct uniq *u, char ret[static POLICY_FILTER_MAX]) {
	(void)snprintf(ret, POLICY_FILTER_MAX,
		"labels." TRAIN_LABEL_GROUP "=\"%s\" AND (state=%s OR state=%s "
		"OR state=%s)",
		u->group, going[0], going[1], going[2]);
}

static const char *label(const json_t *job, const char *name) {
	return jsn_text(json_object_get(job, "labels"), name);
}

/* A filter that another service understands otherwise must not cost a job. */
static bool of_group(const json_t *job, const struct uniq *u) {
	const char *state = jsn_text(job, "state");
	bool is = false;
	for (size_t i = 0; i < sizeof going / sizeof going[0]; i++)
		is |= strcmp(state, going[i]) == 0;
	return is && *jsn_text(job, "jobId") &&
	       strcmp(label(job, TRAIN_LABEL_GROUP), u->group) == 0 &&
	       strcmp(label(job, TRAIN_LABEL_KEY),
		       label(u->job, TRAIN_LABEL_KEY)) != 0;
}

/* When the run was meant to be. */
static int64_t time_of(const json_t *job) {
	const char *s = label(job, TRAIN_LABEL_TIME);
	char *end;
	errno = 0;
	int64_t us = strtoll(s, &end, 10);
	struct err e;
	if (*s && !*end && !errno)
		return us;
	return when_parse(jsn_text(job, "createTime"), &us, &e) ? INT64_MIN
								: us;
}

/* Two runs of one instant have an order, too, so that one of them gives way. */
static bool is_later(const json_t *job, const struct uniq *u, int64_t now_us) {
	int64_t ours = u->at_us == PUSH_NO_TIME ? now_us : u->at_us;
	int64_t theirs = time_of(job);
	if (theirs != ours)
		return theirs > ours;
	return strcmp(label(job, TRAIN_LABEL_KEY),
		       label(u->job, TRAIN_LABEL_KEY)) > 0;
}

int policy_judge(enum policy_overlap overlap, const struct uniq *u,
	int64_t now_us, const json_t *jobs, struct policy_others *ret,
	struct err *e) {
	struct policy_others o = {0};
	auto_json json_t *cancel = json_array();
	size_t i;
	json_t *job;
	if (!cancel)
		return err_nomem(e);
	json_array_foreach ((json_t *)jobs, i, job) {
		if (!of_group(job, u) || o.in_the_way)
			continue;
		o.later = is_later(job, u, now_us);
		if (overlap == POLICY_SKIP || o.later)
			o.in_the_way = jsn_text(job, "jobId");
		else if (json_array_append(cancel, job))
			return err_nomem(e);
	}
	if (!o.in_the_way && json_array_size(cancel))
		o.cancel = TAKE(cancel);
	*ret = o;
	return 0;
}

bool policy_again(const struct policy *p, const json_t *job, unsigned attempt) {
	return p->retry && attempt < p->attempts_max &&
	       strcmp(jsn_text(job, "state"), "FAILED") == 0;
}
