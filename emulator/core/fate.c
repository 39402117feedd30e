/* SPDX-License-Identifier: MIT */
#include "emulator/core/fate.h"

#include <string.h>

#include "common/when.h"

#define LEN(a) (sizeof(a) / sizeof(a)[0])

static const struct fate usual = {
	.stay_us = {-1, -1, -1, -1, -1, -1, -1, -1}, .at = JOB_RUNNING};

/* The states that a fate can name, and its outcomes, by number. */
static const char *const stages[] = {[JOB_QUEUED] = "queued",
	[JOB_PREPARING] = "preparing",
	[JOB_RUNNING] = "running",
	[JOB_CANCELLING] = "cancelling"};
static const char *const outcomes[] = {[FATE_SUCCESS] = "success",
	[FATE_FAILURE] = "failure",
	[FATE_STUCK] = "stuck",
	[FATE_QUOTA] = "quota"};
static const char *const others[] = {FATE_MATCHERS, "outcome", "at", "exitCode",
	"errorMessage", "jobPosition", "failedTrials"};

static int find_word(const char *const *words, size_t len, const char *word) {
	for (size_t i = 0; i < len; i++)
		if (words[i] && !strcmp(words[i], word))
			return (int)i;
	return -1;
}

static int check_members(const json_t *o, struct err *e) {
	if (!json_is_object(o))
		return err_set(e, ERR_SHAPE, "a fate is a JSON object");
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)o, key, v)
		if (find_word(stages, LEN(stages), key) < 0 &&
			find_word(others, LEN(others), key) < 0)
			return err_set(e, ERR_USAGE,
				"a fate has no member '%.60s'", key);
	return 0;
}

/* A member that is one of the words; dflt when it is absent. */
static int read_word(const json_t *o, const char *key, const char *const *words,
	size_t len, int dflt, int *ret, struct err *e) {
	const char *s;
	int rc = jsn_str_opt(o, "", key, &s, e);
	if (rc)
		return rc;
	*ret = s ? find_word(words, len, s) : dflt;
	return *ret >= 0
		       ? 0
		       : err_set(e, ERR_USAGE, "%s cannot be '%.60s'", key, s);
}

static int read_number(const json_t *o, const char *key, int64_t min,
	int64_t max, int64_t dflt, int64_t *ret, struct err *e) {
	int rc = jsn_i64_opt(o, "", key, dflt, ret, e);
	if (rc || *ret == dflt || (*ret >= min && *ret <= max))
		return rc;
	return err_set(e, ERR_RANGE, "%s must be %lld to %lld", key,
		(long long)min, (long long)max);
}

static int read_stays(const json_t *o, struct fate *f, struct err *e) {
	for (size_t i = 0; i < LEN(stages); i++) {
		const char *s = NULL;
		int rc = stages[i] ? jsn_str_opt(o, "", stages[i], &s, e) : 0;
		if (rc)
			return rc;
		if (s && duration_parse(s, &f->stay_us[i], e))
			return err_wrap(e, "%s", stages[i]);
	}
	return 0;
}

/* Members that would have no effect are refused: they are mistakes. */
static int check_outcome(const json_t *o, const struct fate *f, struct err *e) {
	bool fails = f->outcome == FATE_FAILURE;
	if (json_object_get(o, "at") && !fails && f->outcome != FATE_STUCK)
		return err_set(e, ERR_USAGE,
			"at goes with the outcome failure or stuck");
	if (f->error && !fails)
		return err_set(e, ERR_USAGE,
			"errorMessage goes with the outcome failure");
	if (json_object_get(o, "exitCode") && !(fails && f->at == JOB_RUNNING))
		return err_set(e, ERR_USAGE,
			"exitCode goes with the outcome failure at running");
	return 0;
}

static int read_outcome(const json_t *o, struct fate *f, struct err *e) {
	int outcome, at;
	int rc = read_word(o, "outcome", outcomes, LEN(outcomes), FATE_SUCCESS,
		&outcome, e);
	if (rc)
		return rc;
	int dflt = outcome == FATE_STUCK ? JOB_QUEUED : JOB_RUNNING;
	if ((rc = read_word(o, "at", stages, JOB_RUNNING + 1, dflt, &at, e)) ||
		(rc = read_number(
			 o, "exitCode", 1, 255, 1, &f->exit_code, e)) ||
		(rc = jsn_str_opt(o, "", "errorMessage", &f->error, e)))
		return rc;
	f->outcome = (enum fate_outcome)outcome;
	f->at = (enum job_state)at;
	return check_outcome(o, f, e);
}

int fate_parse(const json_t *o, struct fate *ret, struct err *e) {
	struct fate f = usual;
	int rc;
	if ((rc = check_members(o, e)) || (rc = read_stays(o, &f, e)) ||
		(rc = read_outcome(o, &f, e)) ||
		(rc = read_number(
			 o, "jobPosition", 0, INT64_MAX, 0, &f.position, e)) ||
		(rc = read_number(o, "failedTrials", 0, INT32_MAX, 0,
			 &f.failed_trials, e)))
		return rc;
	*ret = f;
	return 0;
}

int fate_read(const char *text, struct fate *ret, json_t **ret_root) {
	*ret = usual;
	if (!text)
		return 0;
	/* it was checked when it became a rule: what fails is memory */
	json_t *root = jsn_parse(text, strlen(text), false, NULL);
	if (!root || fate_parse(root, ret, NULL)) {
		json_decref(root);
		return ERR_NOMEM;
	}
	*ret_root = root;
	return 0;
}
