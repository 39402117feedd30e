/* SPDX-License-Identifier: MIT */
#include "emulator/core/trials.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/rng.h"
#include "common/when.h"
#include "emulator/core/store.h"

#define STEPS 1000 /* of a trial that runs to its end */

struct trial {
	int64_t id; /* from 1 */
	int64_t start_us, end_us;
	const char *state;
	bool early, measured;
	double objective, rank; /* the least rank is the best */
};

/* The whole search. */
struct search {
	const struct trials *t;
	int64_t trials, parallel, rounds;
	int64_t round_us;
	bool grid, minimize, early;
};

static int64_t number(const json_t *spec, const char *key, int64_t dflt) {
	json_int_t n = json_integer_value(json_object_get(spec, key));
	return n > 0 ? n : dflt;
}

static bool is_word(const json_t *o, const char *key, const char *word) {
	const char *s = json_string_value(json_object_get(o, key));
	return s && !strcmp(s, word);
}

static double bound(const json_t *param, const char *key) {
	return json_number_value(json_object_get(param, key));
}

/* How many values a parameter has on a grid. */
static int64_t grid_size(const json_t *p) {
	double n = 1;
	if (is_word(p, "type", "CATEGORICAL"))
		n = (double)json_array_size(
			json_object_get(p, "categoricalValues"));
	else if (is_word(p, "type", "DISCRETE"))
		n = (double)json_array_size(
			json_object_get(p, "discreteValues"));
	else if (is_word(p, "type", "INTEGER"))
		n = bound(p, "maxValue") - bound(p, "minValue") + 1;
	return n < 1 ? 1 : n > TRIALS_MAX ? TRIALS_MAX : (int64_t)n;
}

/* The trials there are: a grid has no more than its points. */
static int64_t count_trials(const json_t *spec, bool grid) {
	int64_t max = number(spec, "maxTrials", 1), points = 1;
	size_t i;
	json_t *p;
	json_array_foreach (json_object_get(spec, "params"), i, p)
		if (grid && points < TRIALS_MAX)
			points *= grid_size(p);
	if (grid && points < max)
		max = points;
	return max < TRIALS_MAX ? max : TRIALS_MAX;
}

/* Trials run in rounds of as many as may at once, each as long as the others.
 */
static struct search plan(const struct trials *t) {
	struct search s = {.t = t,
		.grid = is_word(t->spec, "algorithm", "GRID_SEARCH"),
		.minimize = is_word(t->spec, "goal", "MINIMIZE"),
		.early = json_is_true(
			json_object_get(t->spec, "enableTrialEarlyStopping"))};
	s.trials = count_trials(t->spec, s.grid);
	s.parallel = number(t->spec, "maxParallelTrials", 1);
	if (s.parallel > s.trials)
		s.parallel = s.trials;
	s.rounds = (s.trials + s.parallel - 1) / s.parallel;
	s.round_us = t->plan_us / s.rounds;
	return s;
}

/* When a round begins; what cannot be shared evenly is the last one's. */
static int64_t round_begins(const struct search *s, int64_t n) {
	return s->t->start_us +
	       (n == s->rounds ? s->t->plan_us : n * s->round_us);
}

bool trials_fail(const struct trials *t, int64_t *ret_us) {
	struct search s = plan(t);
	/* without a number of its own: when not one is left */
	int64_t limit = number(t->spec, "maxFailedTrials", s.trials);
	if (limit > s.trials || t->failed < limit)
		return false;
	*ret_us = round_begins(&s, (limit - 1) / s.parallel + 1);
	return true;
}

/* A number from 0 to 1, 1 excluded, that only the names decide. */
static double draw(const char *job_id, int64_t trial, const char *what) {
	uint64_t h = 14695981039346656037ULL; /* FNV-1a */
	char text[32];
	(void)snprintf(text, sizeof text, "/%" PRId64 "/", trial);
	const char *const parts[] = {job_id, text, what};
	for (size_t i = 0; i < 3; i++)
		for (const char *c = parts[i]; *c; c++)
			h = (h ^ (unsigned char)*c) * 1099511628211ULL;
	struct rng r;
	rng_seed(&r, h);
	return (double)(rng_next(&r) >> 11) * 0x1p-53;
}

/* Between two bounds, as the scale spreads them. */
static double scaled(const json_t *p, double u) {
	double min = bound(p, "minValue"), max = bound(p, "maxValue");
	bool reverse = is_word(p, "scaleType", "UNIT_REVERSE_LOG_SCALE");
	if (!(min > 0) ||
		!(reverse || is_word(p, "scaleType", "UNIT_LOG_SCALE")))
		return min + u * (max - min);
	double v = min * pow(max / min, u);
	v = fmax(min, fmin(max, v));
	return reverse ? min + max - v : v;
}

/* The element of a list at u, or at the point of the grid. */
static const json_t *pick(const json_t *list, double u) {
	return json_array_get(
		list, (size_t)(u * (double)json_array_size(list)));
}

static char *number_text(double v) {
	return mem_printf("%.15g", v == 0 ? 0.0 : v);
}

/* The value of a parameter as text; NULL when memory ran out. */
static char *value_text(const json_t *p, double u, bool grid) {
	if (is_word(p, "type", "CATEGORICAL")) {
		const char *s = json_string_value(
			pick(json_object_get(p, "categoricalValues"), u));
		return mem_strdup(s ? s : "");
	}
	if (is_word(p, "type", "DISCRETE"))
		return number_text(json_number_value(
			pick(json_object_get(p, "discreteValues"), u)));
	if (!is_word(p, "type", "INTEGER"))
		return number_text(scaled(p, u));
	/* so that both bounds are as likely as what is between them */
	double min = bound(p, "minValue"), max = bound(p, "maxValue");
	bool logarithmic = is_word(p, "scaleType", "UNIT_LOG_SCALE") ||
			   is_word(p, "scaleType", "UNIT_REVERSE_LOG_SCALE");
	return number_text(logarithmic && !grid
				   ? rint(scaled(p, u))
				   : min + floor(u * (max - min + 1)));
}

static json_t *values(const struct search *s, const struct trial *t) {
	auto_json json_t *o = json_object();
	int64_t point = t->id - 1;
	size_t i;
	json_t *p;
	json_array_foreach (json_object_get(s->t->spec, "params"), i, p) {
		const char *name =
			json_string_value(json_object_get(p, "parameterName"));
		int64_t size = grid_size(p);
		double u =
			s->grid ? ((double)(point % size) + 0.5) / (double)size
				: draw(s->t->job_id, t->id, name);
		point /= size;
		auto_free char *text = value_text(p, u, s->grid);
		json_t *v = text ? json_string(text) : NULL;
		if (json_object_set_new(o, name ? name : "", v))
			return NULL;
	}
	return json_incref(o);
}

/* The k-th trial as it is at until_us. False when it has not begun by then.
 * mean: of the objectives of earlier rounds, NAN for none. */
static bool look(
	const struct search *s, int64_t k, double mean, struct trial *ret) {
	const struct trials *t = s->t;
	int64_t round = k / s->parallel;
	int64_t start = round_begins(s, round);
	int64_t end = round_begins(s, round + 1);
	if (start > t->until_us || (t->stopped && start == t->until_us))
		return false;
	bool fails = k < t->failed;
	*ret = (struct trial){.id = k + 1, .start_us = start};
	ret->objective =
		floor(draw(t->job_id, ret->id, "/objective") * 1e4) / 1e4;
	ret->rank = s->minimize ? ret->objective : -ret->objective;
	/* the comparison with NAN is false */
	ret->early =
		s->early && !fails && ret->rank > (s->minimize ? mean : -mean);
	if (ret->early)
		end -= (end - start) / 2;
	if (end <= t->until_us) {
		ret->measured = !fails;
		ret->state = fails ? "FAILED" : "SUCCEEDED";
	} else {
		ret->state = t->stopped ? "CANCELLED" : "RUNNING";
		ret->early = false;
		end = t->stopped ? t->until_us : STORE_NULL;
	}
	ret->end_us = end;
	return true;
}

/* All that have begun by then, in the order of their ids. */
static size_t look_at_all(const struct search *s, struct trial *ret) {
	double sum = 0, mean = NAN;
	int64_t measured = 0;
	if (s->t->start_us == STORE_NULL)
		return 0;
	for (int64_t k = 0; k < s->trials; k++) {
		if (k % s->parallel == 0 && measured)
			mean = sum / (double)measured;
		if (!look(s, k, mean, &ret[k]))
			return (size_t)k;
		measured += ret[k].measured;
		sum += ret[k].measured ? ret[k].objective : 0;
	}
	return (size_t)s->trials;
}

/* Best first; those without a measurement come last, as they began. */
static int compare(const void *a, const void *b) {
	const struct trial *x = a, *y = b;
	if (x->measured != y->measured)
		return y->measured - x->measured;
	if (x->measured && x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->id < y->id ? -1 : 1;
}

static int set(json_t *o, const char *key, json_t *value) {
	return json_object_set_new(o, key, value);
}

static int set_time(json_t *o, const char *key, int64_t us) {
	char text[WHEN_TEXT_MAX];
	if (us == STORE_NULL)
		return 0;
	when_format(us, 0, text);
	return set(o, key, json_string(text));
}

static json_t *int64_json(int64_t n) {
	char text[24];
	(void)snprintf(text, sizeof text, "%" PRId64, n);
	return json_string(text);
}

static json_t *trial_json(const struct search *s, const struct trial *t) {
	auto_json json_t *o = json_object();
	int rc = set(o, "trialId", int64_json(t->id));
	rc |= set(o, "hyperparameters", values(s, t));
	if (t->measured)
		rc |= set(o, "finalMetric",
			json_pack("{s:o, s:f}", "trainingStep",
				int64_json(t->early ? STEPS / 2 : STEPS),
				"objectiveValue", t->objective));
	if (t->early)
		rc |= set(o, "isTrialStoppedEarly", json_true());
	rc |= set(o, "state", json_string(t->state));
	rc |= set_time(o, "startTime", t->start_us);
	rc |= set_time(o, "endTime", t->end_us);
	return rc ? NULL : json_incref(o);
}

static int add_trials(const struct search *s, struct trial *all, size_t len,
	json_t *out, int64_t *ret_busy_us) {
	int64_t completed = 0, busy = 0;
	auto_json json_t *list = json_array();
	qsort(all, len, sizeof *all, compare);
	for (size_t i = 0; i < len; i++) {
		const struct trial *t = &all[i];
		completed += t->measured;
		busy += (t->end_us == STORE_NULL ? s->t->until_us : t->end_us) -
			t->start_us;
		if (json_array_append_new(list, trial_json(s, t)))
			return ERR_NOMEM;
	}
	int rc = 0;
	if (completed)
		rc = set(out, "completedTrialCount", int64_json(completed));
	if (len)
		rc |= json_object_set(out, "trials", list);
	if (rc)
		return ERR_NOMEM;
	*ret_busy_us = busy;
	return 0;
}

int trials_output(const struct trials *t, json_t *out, int64_t *ret_busy_us) {
	struct search s = plan(t);
	auto_free struct trial *all = mem_zero((size_t)s.trials, sizeof *all);
	if (!all)
		return ERR_NOMEM;
	return add_trials(&s, all, look_at_all(&s, all), out, ret_busy_us);
}
