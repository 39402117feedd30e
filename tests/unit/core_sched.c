/* SPDX-License-Identifier: MIT */
/* Schedules under test: making them, looking, letting time pass. */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

void core_see_job(void *ctx, const struct sched_job *j) {
	struct core_job *s = ctx;
	s->j = *j;
	(void)snprintf(s->status, sizeof s->status, "%s",
		j->status ? j->status : "(none)");
	size_t len = strlen(s->order);
	(void)snprintf(s->order + len, sizeof s->order - len, "%s ", j->name);
}

int core_add_job(struct core *c, const char *name, const char *target) {
	auto_status struct status st = STATUS_INIT;
	auto_free char *body = mem_printf("{" CORE_HOURLY ",%s}", target);
	return CORE_TX(c, sched_create(c->em, CORE_P, "l", name, body, &st));
}

void core_open_job(struct core *c, const char *target) {
	core_open(c, NULL);
	ck_assert_int_eq(core_add_job(c, "j", target), ST_OK);
}

struct core_job core_get_job(struct core *c, const char *name) {
	auto_status struct status st = STATUS_INIT;
	struct core_job s = {0};
	ck_assert_int_eq(
		sched_get(c->em, CORE_P, "l", name, core_see_job, &s, &st),
		ST_OK);
	return s;
}

int core_act(struct core *c, core_verb *v, const char *name) {
	auto_status struct status st = STATUS_INIT;
	int rc = CORE_TX(c, v(c->em, CORE_P, "l", name, &st));
	core_settle(c);
	return rc;
}

void core_pass(struct core *c, int64_t us) {
	vclock_set(&c->em->clock, emu_now(c->em) + us);
	core_settle(c);
}
