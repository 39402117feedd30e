/* SPDX-License-Identifier: MIT */
/* What entries.list and entries.write are made of: pages, and entries on their
 * way into the store. */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/log_filter.h"
#include "emulator/api/log_page.h"
#include "emulator/api/logging_entry.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

static struct log_entry entry(int64_t us, const char *id, const char *log) {
	return (struct log_entry){.project = CORE_P,
		.time_us = us,
		.insert_id = id,
		.log = log,
		.type = "global",
		.body = id};
}

/* Offers entries in this order, as logs_each does: those out of the range that
 * the page has narrowed are not shown. */
static int offer(struct log_page *p, const struct log_entry *en, size_t n) {
	struct logs_range r = {.from_us = INT64_MIN,
		.to_us = INT64_MAX,
		.newest_first = p->newest_first};
	for (size_t i = 0; i < n; i++) {
		if (en[i].time_us < r.from_us || en[i].time_us > r.to_us ||
			!log_page_wants(p, &en[i]))
			continue;
		int rc = log_page_add(p, &en[i], &r);
		if (rc)
			return rc;
	}
	return 0;
}

static void check_page(struct log_page *p, const char *want) {
	char got[200] = "";
	for (size_t i = 0; i < p->len; i++) {
		size_t n = strlen(got);
		(void)snprintf(got + n, sizeof got - n, "%s%s", n ? " " : "",
			p->items[i].text);
	}
	ck_assert_str_eq(got, want);
}

/* By time, insertId, log: "a" comes before "a-", though '-' is less than most.
 */
static const struct {
	int64_t us;
	const char *id, *log;
} offered[] = {{3, "g", "l"}, {1, "b", "l"}, {2, "d", "l"}, {1, "a-", "l"},
	{2, "e", "l"}, {1, "a", "m"}, {2, "c", "l"}, {3, "f", "l"}};
#define OFFERED (sizeof offered / sizeof offered[0])

static void fill(struct log_page *p, size_t max, bool newest_first,
	int64_t after_us, const char *after_key) {
	struct log_entry en[OFFERED];
	for (size_t i = 0; i < OFFERED; i++)
		en[i] = entry(offered[i].us, offered[i].id, offered[i].log);
	ck_assert_int_eq(log_page_init(p, max, newest_first), 0);
	p->after_us = after_us;
	p->after_key = after_key;
	ck_assert_int_eq(offer(p, en, OFFERED), 0);
}

START_TEST(pages_hold_the_first_in_order) {
	static const struct {
		size_t max;
		bool newest_first;
		int64_t after_us;
		const char *after_key, *want;
	} cases[] = {
		{20, false, 0, NULL, "a a- b c d e f g"},
		{8, true, 0, NULL, "g f e d c b a- a"},
		{3, false, 0, NULL, "a a- b"},
		{1, false, 0, NULL, "a"},
		{4, true, 0, NULL, "g f e d"},
		{3, false, 1, "a-\1l\1p1", "b c d"},
		{3, false, 1, "a\1m\1p1", "a- b c"},
		{3, true, 2, "d\1l\1p1", "c b a-"},
		{3, false, 2, "zzz", "f g"},
		{3, false, 3, "g\1l\1p1", ""},
		{3, true, 1, "a\1m\1p1", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct log_page p;
		fill(&p, cases[i].max, cases[i].newest_first, cases[i].after_us,
			cases[i].after_key);
		check_page(&p, cases[i].want);
		log_page_done(&p);
	}
}
END_TEST

/* The last entry's key is the token with which the next page goes on. */
START_TEST(a_page_goes_on_after_the_one_before) {
	for (size_t max = 1; max <= OFFERED; max++) {
		char all[200] = "", key[100] = "";
		int64_t us = 0;
		for (bool more = true; more;) {
			struct log_page p;
			fill(&p, max, false, us, *key ? key : NULL);
			more = p.len > 0;
			for (size_t i = 0; i < p.len; i++) {
				(void)strcat(all, p.items[i].text);
				us = p.items[i].time_us;
				(void)snprintf(
					key, sizeof key, "%s", p.items[i].key);
			}
			log_page_done(&p);
		}
		ck_assert_str_eq(all, "aa-bcdefg");
	}
}
END_TEST

static int make_page(void *ctx, struct err *e) {
	(void)ctx;
	struct log_page p;
	struct log_entry en[] = {
		entry(2, "b", "l"), entry(1, "a", "l"), entry(0, "c", "l")};
	int rc = log_page_init(&p, 2, false);
	if (!rc)
		rc = offer(&p, en, 3);
	log_page_done(&p);
	return rc ? err_set(e, rc, "failed") : 0;
}

static int filter_entry(void *ctx, struct err *e) {
	struct core *c = ctx;
	auto_filter struct filter *f = NULL;
	auto_status struct status st = STATUS_INIT;
	if (log_filter_parse(c->em,
		    "resource.type=global labels.a=\"1\" severity>=INFO "
		    "insertId:x hello",
		    &f, &st))
		return err_nomem(e);
	struct log_entry en = entry(1, "x", "l");
	en.severity = LOG_AT_ERROR;
	en.body = "{\"labels\":{\"a\":\"1\"},\"textPayload\":\"Hello\"}";
	bool fits = false;
	int rc = log_filter_match(f, &en, &fits);
	ck_assert(rc != 0 || fits);
	return rc ? err_set(e, rc, "failed") : 0;
}

static json_t *json(const char *text) {
	json_t *j = jsn_parse(text, strlen(text), true, NULL);
	ck_assert_msg(j != NULL, "no JSON: %s", text);
	return j;
}

struct writing {
	struct core core;
	json_t *request, *entry;
};

static int make_entry(void *ctx, struct err *e) {
	struct writing *w = ctx;
	auto_status struct status st = STATUS_INIT;
	auto_logging_entry struct logging_entry le;
	emu_begin(w->core.em);
	int rc = logging_entry_make(w->core.em, w->request, w->entry, &le, &st);
	emu_rollback(w->core.em);
	ck_assert_msg(rc == ST_OK || rc == ST_INTERNAL, "%s", st.message);
	if (rc)
		return err_nomem(e);
	ck_assert_str_eq(le.en.job_id, "j");
	ck_assert_str_eq(le.en.log, "a%2Fb");
	ck_assert_int_eq(le.en.severity, 400);
	ck_assert_ptr_nonnull(strstr(le.body, "\"timestamp\":\"2026-03-09T00:"
					      "00:00.000000000Z\""));
	return 0;
}

START_TEST(out_of_memory) {
	struct writing w;
	core_open(&w.core, NULL);
	w.request = json("{\"logName\":\"projects/p1/logs/a%2Fb\","
			 "\"labels\":{\"a\":\"1\"}}");
	w.entry = json("{\"textPayload\":\"x\",\"severity\":\"WARNING\","
		       "\"labels\":{\"b\":\"2\"},\"resource\":{\"type\":"
		       "\"ml_job\",\"labels\":{\"job_id\":\"j\"}}}");
	ck_assert_int_gt(unit_nomem(make_entry, &w), 10);
	ck_assert_int_gt(unit_nomem(make_page, NULL), 5);
	ck_assert_int_gt(unit_nomem(filter_entry, &w.core), 5);
	json_decref(w.request);
	json_decref(w.entry);
	core_close(&w.core);
}
END_TEST

/* The clock of the core is a virtual one, of 2026-03-09. */
START_TEST(only_the_real_present_means_now) {
	struct core c;
	core_open(&c, NULL);
	int64_t real = clock_now_us(&clock_real);
	ck_assert(log_means_now(c.em, real));
	ck_assert(log_means_now(c.em, real - 59 * US_PER_S));
	ck_assert(!log_means_now(c.em, real - 2 * US_PER_MIN));
	ck_assert(!log_means_now(c.em, real + 2 * US_PER_MIN));
	c.em->clock.mode = VCLOCK_REAL;
	ck_assert(!log_means_now(c.em, real));
	core_close(&c);
}
END_TEST

int main(void) {
	Suite *s = suite_create("logging");
	unit_add(s, pages_hold_the_first_in_order);
	unit_add(s, a_page_goes_on_after_the_one_before);
	unit_add(s, only_the_real_present_means_now);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
