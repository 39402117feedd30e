/* SPDX-License-Identifier: MIT */
/* The emulator's own surface under /emulator/v1/: clock, reset, journal,
 * fates, keys, health. Faults are in admin_faults.c. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/admin.h"
#include "emulator/api/faulty.h"
#include "emulator/api/metadata.h"
#include "emulator/core/fates.h"
#include "emulator/core/keys.h"
#include "emulator/core/sent.h"
#include "emulator/core/turn.h"

#define JOURNAL_PAGE 1000
#define ADVANCE_LIMIT_US (120 * US_PER_S) /* of real time, by default */
#define ADVANCE_MAX_US (100 * 366 * US_PER_DAY)

int admin_invalid(struct call *c, const struct err *e) {
	return status_set(&c->st, ST_INVALID_ARGUMENT, "%s", e->msg);
}

int admin_no_rule(struct call *c, const struct err *e) {
	if (e->code == ERR_NOMEM)
		return call_nomem(c);
	if (e->code == ERR_TOOBIG)
		return status_set(&c->st, ST_RESOURCE_EXHAUSTED, "%s", e->msg);
	return admin_invalid(c, e);
}

int admin_body(struct call *c, json_t **ret) {
	size_t len;
	const char *p = req_body(c->req, &len);
	struct err e;
	json_t *j = len ? jsn_parse(p, len, true, &e) : json_object();
	if (!j)
		return len ? admin_invalid(c, &e) : call_nomem(c);
	*ret = j;
	return ST_OK;
}

int admin_known_members(struct call *c, const json_t *o, const char *words) {
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)o, key, v) {
		auto_free char *word = mem_printf(" %s ", key);
		if (!word || !strstr(words, word))
			return status_set(&c->st, ST_INVALID_ARGUMENT,
				"unknown member '%.100s'; known are:%s", key,
				words);
	}
	if (!json_is_object(o))
		return status_set(
			&c->st, ST_INVALID_ARGUMENT, "not a JSON object");
	return ST_OK;
}

int admin_healthz(struct call *c) {
	(void)buf_adds(&c->out, "{\"status\":\"ok\"}");
	return ST_OK;
}

static void add_instant(struct buf *b, const char *key, int64_t us) {
	char text[WHEN_TEXT_MAX];
	when_format(us, -1, text);
	(void)buf_addf(b, "\"%s\":\"%s\"", key, text);
}

static void add_next(struct buf *b, const struct emu *em) {
	struct event next;
	if (!timeline_work(&em->timeline, &next))
		return;
	(void)buf_addc(b, ',');
	add_instant(b, "nextEvent", next.due_us);
}

int admin_clock(struct call *c) {
	struct emu *em = c->em;
	(void)buf_addf(&c->out, "{\"mode\":\"%s\",", em->clock.text);
	add_instant(&c->out, "now", emu_now(em));
	add_next(&c->out, em);
	(void)buf_addf(&c->out, ",\"inFlight\":%d,\"advancing\":%s}",
		em->in_flight, em->advance.active ? "true" : "false");
	return ST_OK;
}

static void advance_done(void *ctx, bool settled) {
	struct call *c = ctx;
	struct emu *em = c->em;
	struct buf *b = &c->out;
	(void)buf_addc(b, '{');
	add_instant(b, "from", em->advance.from_us);
	(void)buf_addc(b, ',');
	add_instant(b, "to", emu_now(em));
	(void)buf_addf(b, ",\"settled\":%s", settled ? "true" : "false");
	if (!settled) {
		(void)buf_adds(b, ",\"underWay\":");
		(void)sent_list(em, b);
		add_next(b, em);
	}
#define X(name)                                                                \
	(void)buf_addf(b, ",\"" #name "\":%" PRId64,                           \
		em->counters.name - em->advance.before.name);
	EMU_COUNTERS(X)
#undef X
	(void)buf_addc(b, '}');
	call_finish(c, ST_OK);
}

/* Reads where an advance goes to and how long it may take. */
static int read_advance(
	struct call *c, const json_t *o, int64_t *ret_to, int64_t *ret_limit) {
	struct err e = {0};
	const char *by, *to, *limit;
	if (admin_known_members(c, o, " by to timeout "))
		return (int)c->st.code;
	if (jsn_str_opt(o, "", "by", &by, &e) ||
		jsn_str_opt(o, "", "to", &to, &e) ||
		jsn_str_opt(o, "", "timeout", &limit, &e))
		return admin_invalid(c, &e);
	if (!by == !to)
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"give one of \"by\" (a duration) and \"to\" (an RFC "
			"3339 instant)");
	int64_t us = 0;
	*ret_limit = ADVANCE_LIMIT_US;
	if ((limit && duration_parse(limit, ret_limit, &e)) ||
		(by && duration_parse(by, &us, &e)) ||
		(to && when_parse(to, ret_to, &e)))
		return admin_invalid(c, &e);
	if (by)
		*ret_to = emu_now(c->em) + us;
	if (*ret_to - emu_now(c->em) > ADVANCE_MAX_US)
		return status_set(&c->st, ST_OUT_OF_RANGE,
			"one advance is at most 100 years");
	if (*ret_to > WHEN_MAX_US)
		return status_set(&c->st, ST_OUT_OF_RANGE,
			"the clock ends with the year 9999");
	return ST_OK;
}

int admin_clock_advance(struct call *c) {
	auto_json json_t *o = NULL;
	int64_t to, limit;
	if (admin_body(c, &o) || read_advance(c, o, &to, &limit))
		return (int)c->st.code;
	struct err e = {0};
	if (turn_advance(c->em, to, limit, advance_done, c, &e))
		return status_set(&c->st, ST_FAILED_PRECONDITION, "%s", e.msg);
	return API_LATER;
}

int admin_state_reset(struct call *c) {
	auto_json json_t *o = NULL;
	struct err e = {0};
	const char *text;
	int64_t now = 0;
	if (admin_body(c, &o) || admin_known_members(c, o, " now "))
		return (int)c->st.code;
	if (jsn_str_opt(o, "", "now", &text, &e) ||
		(text && when_parse(text, &now, &e)))
		return admin_invalid(c, &e);
	if (c->em->advance.active)
		return status_set(&c->st, ST_FAILED_PRECONDITION,
			"an advance of the clock is under way");
	int rc = emu_reset(c->em, text ? &now : NULL, &e);
	if (rc == ERR_STATE)
		return status_set(&c->st, ST_FAILED_PRECONDITION, "%s", e.msg);
	if (rc)
		return status_from_err(&c->st, &e);
	faulty_drop(c->api);
	metadata_drop(c->api);
	pubsub_changed(c->api);
	return ST_OK;
}

/* A query parameter that is a whole number of 64 bits; dflt when absent. */
static int query_number(
	struct call *c, const char *name, uint64_t dflt, uint64_t *ret) {
	const char *s = req_query(c->req, name);
	char *end = NULL;
	errno = 0;
	*ret = s && *s ? strtoull(s, &end, 10) : dflt;
	if (end && (*end || *s < '0' || *s > '9'))
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"%s is not a whole number: '%.40s'", name, s);
	if (end && errno)
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"%s is too large: '%.40s'", name, s);
	return ST_OK;
}

int admin_journal(struct call *c) {
	uint64_t from, max;
	if (query_number(c, "from", 0, &from) ||
		query_number(c, "max", JOURNAL_PAGE, &max))
		return (int)c->st.code;
	(void)journal_write(&c->em->journal, from, max, &c->out);
	return ST_OK;
}

int admin_fates(struct call *c) {
	auto_json json_t *list = fates_list(c->em);
	return call_json(c, list ? json_pack("{s:O}", "fates", list) : NULL);
}

int admin_fates_add(struct call *c) {
	auto_json json_t *o = NULL;
	struct err e = {0};
	if (admin_body(c, &o))
		return (int)c->st.code;
	return fates_add(c->em, o, &e) ? admin_no_rule(c, &e) : ST_OK;
}

int admin_fates_clear(struct call *c) {
	fates_clear(c->em);
	return ST_OK;
}

/* {"keys":[...]}: the ids of those that are published; the first signs. */
int admin_keys_rotate(struct call *c) {
	auto_json json_t *o = NULL;
	struct err e = {0};
	if (admin_body(c, &o) || admin_known_members(c, o, " "))
		return (int)c->st.code;
	if (keys_rotate(c->em, &e))
		return status_from_err(&c->st, &e);
	auto_json json_t *ids = json_array();
	for (size_t i = 0; i < c->em->keys.len; i++)
		if (json_array_append_new(
			    ids, json_string(c->em->keys.at[i].id)))
			return call_nomem(c);
	return call_json(c, json_pack("{s:O}", "keys", ids));
}
