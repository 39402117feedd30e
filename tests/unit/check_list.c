/* SPDX-License-Identifier: MIT */
/* The paging of lists, without a request: the calls of call.c are the test's.
 */
#include <stdio.h>
#include <string.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/list.h"
#include "tests/unit/unit.h"

static const char *token; /* what the request has, or NULL */

const char *call_query(const struct call *c, const char *name) {
	(void)c;
	ck_assert_str_eq(name, "pageToken");
	return token;
}

int call_nomem(struct call *c) {
	return status_set(&c->st, ST_INTERNAL, "out of memory");
}

static const char *const names[] = {"a", "b", "c \"quoted\"", "d\xc3\xa9",
	"e/f", "projects/p/subscriptions/s", "~"};
#define NAMES (sizeof names / sizeof names[0])

/* One page of at most `size` of the first n names, as a service makes it; the
 * caller frees. NULL when the token was refused. */
static json_t *page(size_t n, int size, int *ret_rc) {
	struct call c = {0};
	struct list l;
	buf_init(&c.out, 100000);
	if (!list_begin(&l, &c, "items", size))
		return NULL;
	int64_t shown = 0;
	for (size_t i = 0; i < n && shown <= l.max; i++) {
		if (strcmp(names[i], l.after) <= 0)
			continue;
		struct buf *b = list_item(&l, names[i]);
		if (b)
			(void)jsn_quote(b, names[i]);
		shown++;
	}
	*ret_rc = list_end(&l);
	struct err e = {0};
	json_t *o = jsn_parse(c.out.len ? c.out.p : "{}",
		c.out.len ? c.out.len : 2, true, &e);
	ck_assert_msg(*ret_rc || o, "%s in %s", e.msg, buf_str(&c.out));
	buf_done(&c.out);
	status_done(&c.st);
	return o;
}

/* Pages of every size show everything once and in order. */
START_TEST(pages_show_all_once) {
	for (size_t n = 0; n <= NAMES; n++)
		for (int size = 1; size <= (int)NAMES + 1; size++) {
			char kept[200] = "";
			size_t seen = 0, pages = 0;
			do {
				int rc;
				token = *kept ? kept : NULL;
				auto_json json_t *o = page(n, size, &rc);
				ck_assert_int_eq(rc, ST_OK);
				json_t *items = json_object_get(o, "items");
				size_t i;
				json_t *v;
				json_array_foreach (items, i, v)
					ck_assert_str_eq(json_string_value(v),
						names[seen++]);
				ck_assert_uint_le(i, (size_t)size);
				const char *next = json_string_value(
					json_object_get(o, "nextPageToken"));
				(void)snprintf(kept, sizeof kept, "%s",
					next ? next : "");
				pages++;
			} while (*kept);
			ck_assert_uint_eq(seen, n);
			size_t want = (n + (size_t)size - 1) / (size_t)size;
			ck_assert_uint_eq(pages, n ? want : 1);
		}
}
END_TEST

START_TEST(an_empty_list_is_an_empty_object) {
	int rc;
	token = "";
	auto_json json_t *o = page(0, 5, &rc);
	ck_assert_uint_eq(json_object_size(o), 0);
	/* and so is one whose token is past the end: base64 of "~~" */
	token = "fn4=";
	auto_json json_t *past = page(NAMES, 5, &rc);
	ck_assert_uint_eq(json_object_size(past), 0);
}
END_TEST

START_TEST(tokens_that_are_none_of_ours) {
	static const char *const bad[] = {
		"garbage!", "a", "YQ==x", "AA==", "YQBi", " YQ=="};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		int rc;
		token = bad[i];
		ck_assert_msg(page(1, 1, &rc) == NULL, "'%s'", bad[i]);
	}
}
END_TEST

/* The longest place, and one more. */
START_TEST(a_place_has_its_ceiling) {
	static char place[LIST_PLACE_MAX + 1];
	memset(place, 'p', LIST_PLACE_MAX);
	for (size_t len = LIST_PLACE_MAX; len >= LIST_PLACE_MAX - 1; len--) {
		auto_free char *text = NULL;
		ck_assert_int_eq(b64_encode(place, len, &text, NULL), 0);
		token = text;
		struct call c = {0};
		struct list l;
		buf_init(&c.out, 100000);
		bool fits = len < LIST_PLACE_MAX;
		ck_assert_int_eq(list_begin(&l, &c, "items", 1), fits);
		/* an item that cannot be come back to is an error, or the
		 * pages would go round for ever */
		token = NULL;
		ck_assert(list_begin(&l, &c, "items", 1));
		place[len] = '\0';
		(void)list_item(&l, place);
		ck_assert_int_eq(c.out.failed, fits ? 0 : ERR_TOOBIG);
		buf_done(&c.out);
	}
}
END_TEST

static int two_pages(void *ctx, struct err *e) {
	(void)ctx;
	struct call c = {0};
	struct list l;
	buf_init(&c.out, 100000);
	token = NULL;
	int rc = list_begin(&l, &c, "items", 1) ? 0 : ERR_NOMEM;
	for (size_t i = 0; i < 2; i++) {
		struct buf *b = list_item(&l, names[i]);
		if (b)
			(void)jsn_quote(b, names[i]);
	}
	if (list_end(&l) || c.out.failed)
		rc = ERR_NOMEM;
	buf_done(&c.out);
	status_done(&c.st);
	return rc ? err_set(e, rc, "list") : 0;
}

START_TEST(out_of_memory) {
	ck_assert_int_ge(unit_nomem(two_pages, NULL), 2);
}
END_TEST

int main(void) {
	Suite *s = suite_create("list");
	unit_add(s, pages_show_all_once);
	unit_add(s, an_empty_list_is_an_empty_object);
	unit_add(s, tokens_that_are_none_of_ours);
	unit_add(s, a_place_has_its_ceiling);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
