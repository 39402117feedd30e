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

/* ---- what a message says ---- */

int policy_of(const struct policy *service, const struct push *m,
	struct policy *ret, struct err *e) {
	struct policy p = *service;
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		const char *name = policy_attributes[i];
		const char *v = push_attribute(m, name);
		if (v && policy_set(&p, name + strlen(TRAIN_ATTRIBUTE), v, e)) {
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
