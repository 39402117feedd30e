/* SPDX-License-Identifier: MIT */
#include "emulator/core/faults.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/emu.h"

struct fault_rule {
	int64_t id, matched, struck;
	json_t *body; /* owned; the texts of f are in it */
	struct fault f;
	struct rng rng; /* its own, so that nothing else changes its chance */
};

static bool is_spent(const struct fault_rule *r) {
	return r->f.count && r->struck >= r->f.count;
}

/* Room for one more. */
static int grow(struct faults *fs) {
	if (fs->len < fs->cap)
		return 0;
	size_t cap = fs->cap ? fs->cap * 2 : 8;
	struct fault_rule *more = mem_resize(fs->at, cap * sizeof *more);
	if (!more)
		return ERR_NOMEM;
	fs->at = more;
	fs->cap = cap;
	return 0;
}

/* A chance can be repeated: what is listed has its seed. */
static int give_seed(const struct faults *fs, json_t *body, int64_t id) {
	uint64_t seed = (fs->seed + (uint64_t)id) % FAULT_SEED_MAX;
	return json_object_set_new(body, "seed", json_integer((json_int_t)seed))
		       ? ERR_NOMEM
		       : 0;
}

int faults_add(
	struct faults *fs, const json_t *o, int64_t *ret_id, struct err *e) {
	struct fault_rule r = {.id = fs->last_id + 1};
	int rc = fault_parse(o, &r.f, e);
	if (rc)
		return rc;
	if (fs->len == FAULTS_MAX)
		return err_set(e, ERR_TOOBIG,
			"there are %d faults, which is as many as can be",
			FAULTS_MAX);
	auto_json json_t *body = json_deep_copy(o);
	if (!body || grow(fs) ||
		(r.f.probability < 1 && r.f.seed < 0 &&
			give_seed(fs, body, r.id)))
		return err_nomem(e);
	/* again: its texts are borrowed */
	if ((rc = fault_parse(body, &r.f, e)))
		return rc;
	r.body = TAKE(body);
	rng_seed(&r.rng, (uint64_t)r.f.seed);
	fs->live[fault_kind(r.f.effect)]++;
	fs->at[fs->len++] = r;
	fs->last_id = *ret_id = r.id;
	return 0;
}

int faults_lose_acks(struct faults *fs, int64_t times, struct err *e) {
	auto_json json_t *rule = json_pack("{s:s, s:s, s:I}", "effect",
		"lose-ack", "resource", "projects/*/subscriptions/*", "count",
		(json_int_t)times);
	(void)faults_drop(fs, fs->lose_acks_id);
	if (!times)
		return 0;
	return rule ? faults_add(fs, rule, &fs->lose_acks_id, e) : err_nomem(e);
}

static json_t *rule_json(const struct fault_rule *r) {
	auto_json json_t *o = json_pack("{s:I}", "id", (json_int_t)r->id);
	auto_json json_t *counts =
		json_pack("{s:I, s:I, s:b}", "matched", (json_int_t)r->matched,
			"struck", (json_int_t)r->struck, "spent", is_spent(r));
	if (!o || !counts || json_object_update(o, r->body) ||
		json_object_update(o, counts))
		return NULL;
	return json_incref(o);
}

json_t *faults_list(const struct faults *fs) {
	auto_json json_t *a = json_array();
	for (size_t i = 0; i < fs->len; i++)
		if (json_array_append_new(a, rule_json(&fs->at[i])))
			return NULL;
	return json_incref(a);
}

/* Its place; len: there is none. */
static size_t find(const struct faults *fs, int64_t id) {
	size_t i = 0;
	while (i < fs->len && fs->at[i].id != id)
		i++;
	return i;
}

json_t *faults_get(const struct faults *fs, int64_t id) {
	size_t i = find(fs, id);
	return i < fs->len ? rule_json(&fs->at[i]) : NULL;
}

bool faults_drop(struct faults *fs, int64_t id) {
	size_t i = find(fs, id);
	if (id == fs->lose_acks_id)
		fs->lose_acks_id = 0;
	if (i == fs->len)
		return false;
	struct fault_rule *r = &fs->at[i];
	fs->live[fault_kind(r->f.effect)] -= !is_spent(r);
	json_decref(r->body);
	memmove(r, r + 1, (--fs->len - i) * sizeof *r);
	return true;
}

void faults_clear(struct faults *fs) {
	for (size_t i = 0; i < fs->len; i++)
		json_decref(fs->at[i].body);
	fs->len = 0;
	fs->last_id = fs->lose_acks_id = 0;
	memset(fs->live, 0, sizeof fs->live);
}

void faults_done(struct faults *fs) {
	faults_clear(fs);
	mem_free(fs->at);
	mem_free(fs->held);
}

static void note(struct emu *em, const struct fault_rule *r, const char *route,
	const char *resource) {
	char id[24];
	(void)snprintf(id, sizeof id, "%lld", (long long)r->id);
	journal_add(&em->journal, emu_now(em), "fault", "#rule", id, "effect",
		fault_name(r->f.effect), "route", route, "resource", resource,
		NULL);
}

const struct fault *faults_strike(struct emu *em, enum fault_kind kind,
	const char *route, const char *resource, const char *other) {
	struct faults *fs = &em->faults;
	for (size_t i = 0; i < fs->len; i++) {
		struct fault_rule *r = &fs->at[i];
		if (fault_kind(r->f.effect) != kind || is_spent(r) ||
			!fault_fits(&r->f, route, resource, other))
			continue;
		r->matched++;
		if (!fault_strikes(&r->f, r->matched, r->struck, &r->rng))
			continue;
		r->struck++;
		fs->live[kind] -= is_spent(r);
		note(em, r, route, resource);
		return &r->f;
	}
	return NULL;
}
