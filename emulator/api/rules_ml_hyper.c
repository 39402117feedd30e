/* SPDX-License-Identifier: MIT */
/* HyperparameterSpec (facts ml-jobs.md section 7). A minValue or maxValue of 0
 * cannot be told from an absent one, as in the service: proto3 has no presence
 * for them. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "emulator/api/rules_ml_int.h"

/* guess: the rules behind these texts are documented, their words are not. */
#define PARAMS_MISSING "At least 1 parameter must be specified."
#define NAME_TWICE "The parameter name must be unique: %s"
#define TYPE_MISSING "A parameter type must be specified."
#define RANGE_MISSING "Must be specified for a parameter of type %s."
#define RANGE_EMPTY "Must not be less than min_value."
#define NOT_INTEGRAL "Must be an integer for a parameter of type INTEGER."
#define NOT_FOR "Must not be specified for a parameter of type %s."
#define NOT_INCREASING "Must be in strictly increasing order."
#define NOT_POSITIVE "Must be greater than 0 for the scale type %s."
#define GRID_DOUBLE "Must not be DOUBLE for the algorithm GRID_SEARCH."
#define ID_BAD                                                                 \
	"A name should start with a letter and contain only letters, numbers " \
	"and underscores"

#define PARAMETER_MEMBERS(X)                                                   \
	X(parameterName)                                                       \
	X(minValue)                                                            \
	X(maxValue)                                                            \
	X(type)                                                                \
	X(categoricalValues)                                                   \
	X(discreteValues)                                                      \
	X(scaleType)

struct parameter_members {
	PARAMETER_MEMBERS(RULES_POINTER)
};

#define RULES_STRUCT parameter_members
static const struct rules_member parameter_table[] = {
	PARAMETER_MEMBERS(RULES_MEMBER)};
#undef RULES_STRUCT

struct parameter {
	struct parameter_members m;
	const char *type;
	size_t index;
};

__attribute__((format(printf, 4, 5))) static int refuse_parameter(
	struct status *st, const struct parameter *p, const char *field,
	const char *fmt, ...) {
	char path[80], text[512];
	(void)snprintf(path, sizeof path, "hyperparameters.params[%zu].%s",
		p->index, field);
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return REFUSE(st, path, "%s", text);
}

/* 0 when absent. "NaN" and "Infinity", which are numbers to proto3 JSON, are in
 * no range. */
static double number(const json_t *v) {
	return json_is_string(v) ? (double)NAN : json_number_value(v);
}

/* A range of numbers; `integral` when both ends must be whole. */
static int check_range(
	const struct parameter *p, bool integral, struct status *st) {
	double min = number(p->m.minValue);
	double max = number(p->m.maxValue);
	if (!p->m.minValue && !p->m.maxValue)
		return refuse_parameter(
			st, p, "min_value", RANGE_MISSING, p->type);
	if (integral && floor(min) != min)
		return refuse_parameter(st, p, "min_value", NOT_INTEGRAL);
	if (integral && floor(max) != max)
		return refuse_parameter(st, p, "max_value", NOT_INTEGRAL);
	if (!(min <= max))
		return refuse_parameter(st, p, "max_value", RANGE_EMPTY);
	return ST_OK;
}

static int check_discrete(const struct parameter *p, struct status *st) {
	const json_t *values = p->m.discreteValues;
	if (!values)
		return refuse_parameter(
			st, p, "discrete_values", RANGE_MISSING, p->type);
	size_t n = json_array_size(values);
	for (size_t i = 1; i < n; i++)
		if (!(number(json_array_get(values, i - 1)) <
			    number(json_array_get(values, i))))
			return refuse_parameter(
				st, p, "discrete_values", NOT_INCREASING);
	return ST_OK;
}

static int check_categorical(const struct parameter *p, struct status *st) {
	if (p->m.minValue)
		return refuse_parameter(st, p, "min_value", NOT_FOR, p->type);
	if (p->m.maxValue)
		return refuse_parameter(st, p, "max_value", NOT_FOR, p->type);
	if (!p->m.categoricalValues)
		return refuse_parameter(
			st, p, "categorical_values", RANGE_MISSING, p->type);
	return ST_OK;
}

/* The whole feasible space of a logarithmic scale must be positive. A scale
 * for categories means nothing, and is let pass. */
static int check_scale(const struct parameter *p, struct status *st) {
	const char *scale = json_string_value(p->m.scaleType);
	if (!scale || !strstr(scale, "_LOG_SCALE"))
		return ST_OK;
	if (strcmp(p->type, "DISCRETE") == 0 &&
		number(json_array_get(p->m.discreteValues, 0)) <= 0)
		return refuse_parameter(
			st, p, "discrete_values", NOT_POSITIVE, scale);
	bool range = strcmp(p->type, "DOUBLE") == 0 ||
		     strcmp(p->type, "INTEGER") == 0;
	if (range && number(p->m.minValue) <= 0)
		return refuse_parameter(
			st, p, "min_value", NOT_POSITIVE, scale);
	return ST_OK;
}

static int check_parameter(
	const struct parameter *p, bool grid, struct status *st) {
	int rc;
	if (!p->type)
		return refuse_parameter(st, p, "type", TYPE_MISSING);
	if (strcmp(p->type, "CATEGORICAL") == 0)
		rc = check_categorical(p, st);
	else if (strcmp(p->type, "DISCRETE") == 0)
		rc = check_discrete(p, st);
	else
		rc = check_range(p, strcmp(p->type, "INTEGER") == 0, st);
	if (!rc && grid && strcmp(p->type, "DOUBLE") == 0)
		rc = refuse_parameter(st, p, "type", GRID_DOUBLE);
	return rc ? rc : check_scale(p, st);
}

/* Each name once; `names` has those before. */
static int check_name(
	const struct parameter *p, json_t *names, struct status *st) {
	const char *name = json_string_value(p->m.parameterName);
	if (!name)
		return refuse_parameter(st, p, "parameter_name", RULE_REQUIRED);
	if (json_object_get(names, name))
		return refuse_parameter(
			st, p, "parameter_name", NAME_TWICE, name);
	if (json_object_set_new(names, name, json_true()))
		return status_nomem(st);
	return ST_OK;
}

static int check_parameters(
	const json_t *params, bool grid, struct status *st) {
	auto_json json_t *names = json_object();
	size_t n = json_array_size(params);
	if (!n)
		return REFUSE(st, "hyperparameters.params", PARAMS_MISSING);
	for (size_t i = 0; i < n; i++) {
		struct parameter p = {.index = i};
		rules_members(json_array_get(params, i), parameter_table,
			COUNT_OF(parameter_table), &p.m);
		p.type = json_string_value(p.m.type);
		int rc = check_name(&p, names, st);
		if (!rc)
			rc = check_parameter(&p, grid, st);
		if (rc)
			return rc;
	}
	return ST_OK;
}

/* An absent goal is MAXIMIZE. The numbers of trials have no documented upper
 * bound, nor must those at once be at most all of them. */
int rules_ml_hyperparameters(const json_t *spec, struct status *st) {
	const char *previous = rules_text(spec, "resumePreviousJobId");
	if (previous && !rules_ml_id(previous))
		return REFUSE(
			st, "hyperparameters.resume_previous_job_id", ID_BAD);
	const char *algorithm = rules_text(spec, "algorithm");
	return check_parameters(json_object_get(spec, "params"),
		algorithm && strcmp(algorithm, "GRID_SEARCH") == 0, st);
}
