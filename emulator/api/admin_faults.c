/* SPDX-License-Identifier: MIT */
/* The emulator's own surface: the rules by which things fail. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/admin.h"
#include "emulator/api/faulty.h"
#include "emulator/core/faults.h"

int admin_faults(struct call *c) {
	const struct faults *fs = &c->em->faults;
	auto_json json_t *list = faults_list(fs);
	return call_json(c, list ? json_pack("{s:I, s:O}", "seed",
					   (json_int_t)fs->seed, "faults", list)
				 : NULL);
}

/* A pattern that fits no route is a mistake, and so is one for our own only. */
static int check_route(struct call *c, const json_t *o) {
	const char *pattern = json_string_value(json_object_get(o, "route"));
	if (!pattern)
		return ST_OK;
	for (size_t i = 0; i < api_routes_len; i++)
		if (faulty_route(&api_routes[i]) &&
			fnmatch(pattern, api_routes[i].name, 0) == 0)
			return ST_OK;
	return status_set(&c->st, ST_INVALID_ARGUMENT,
		"no route that can fail has a name like '%.60s'; one is "
		"'ml.projects.jobs.create'",
		pattern);
}

/* {"fault":"lose_ack","times":N}, the form before there were rules. */
static int take_old_form(struct call *c, const json_t *o) {
	struct err e = {0};
	const char *fault;
	int64_t times;
	if (admin_known_members(c, o, " fault times "))
		return (int)c->st.code;
	if (jsn_str(o, "", "fault", &fault, &e) ||
		jsn_i64_opt(o, "", "times", 1, &times, &e))
		return admin_invalid(c, &e);
	if (strcmp(fault, "lose_ack") != 0)
		return call_not_emulated(c, "This fault");
	if (times < 0 || times > FAULT_TIMES_MAX)
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"times must be 0 to %d", FAULT_TIMES_MAX);
	return faults_lose_acks(&c->em->faults, times, &e)
		       ? admin_no_rule(c, &e)
		       : ST_OK;
}

int admin_faults_add(struct call *c) {
	auto_json json_t *o = NULL;
	struct err e = {0};
	int64_t id;
	if (admin_body(c, &o))
		return (int)c->st.code;
	if (json_object_get(o, "fault"))
		return take_old_form(c, o);
	if (check_route(c, o))
		return (int)c->st.code;
	if (faults_add(&c->em->faults, o, &id, &e))
		return admin_no_rule(c, &e);
	return call_json(c, faults_get(&c->em->faults, id));
}

int admin_faults_clear(struct call *c) {
	faults_clear(&c->em->faults);
	return ST_OK;
}

int admin_faults_drop(struct call *c) {
	char *end;
	int64_t id = strtoll(c->param[0], &end, 10);
	if (!*end && faults_drop(&c->em->faults, id))
		return ST_OK;
	return status_set(
		&c->st, ST_NOT_FOUND, "there is no fault '%.40s'", c->param[0]);
}
