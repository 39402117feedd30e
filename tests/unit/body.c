/* SPDX-License-Identifier: MIT */
#include "tests/unit/body.h"

#include <string.h>

#include "common/buf.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define TEXT_MAX (1 << 20)

json_t *body_make(const struct proto_message *m, const char *root,
	const char *base, const char *patch) {
	struct err e = {0};
	auto_json json_t *all = jsn_parse(base, strlen(base), true, &e);
	ck_assert_msg(all != NULL, "%s: %s", base, e.msg);
	auto_json json_t *change = jsn_parse(patch, strlen(patch), true, &e);
	ck_assert_msg(change != NULL, "%s: %s", patch, e.msg);
	ck_assert_int_eq(json_object_update_recursive(all, change), 0);
	auto_status struct status st = STATUS_INIT;
	json_t *body = NULL;
	auto_free char *text = jsn_compact(all);
	int rc = proto_parse(m, text, strlen(text), root, &body, &st);
	ck_assert_msg(rc == ST_OK, "%s: %s", patch, st.message);
	return body;
}

char *body_map(const char *key, int n, const char *value) {
	auto_buf struct buf b;
	buf_init(&b, TEXT_MAX);
	(void)buf_addc(&b, '{');
	for (int i = 0; i < n; i++)
		(void)buf_addf(
			&b, "%s\"%s%d\":\"%s\"", i ? "," : "", key, i, value);
	(void)buf_addc(&b, '}');
	return buf_take(&b, NULL);
}

char *body_repeat(char c, size_t n) {
	char *s = mem_alloc(n + 1);
	memset(s, c, n);
	s[n] = '\0';
	return s;
}

void body_expect(const char *name, int rc, const struct status *st,
	enum status_code code, const char *message) {
	ck_assert_msg(rc == (int)code, "%s: got %s (%s), want %s", name,
		status_name((enum status_code)rc), st->message,
		status_name(code));
	ck_assert_int_eq(st->code, code);
	ck_assert_msg(strcmp(st->message, message) == 0,
		"%s:\n got %s\nwant %s", name, st->message, message);
}

void body_expect_filled(const char *name, json_t *in,
	json_t *(*fill)(const json_t *in), const char *want) {
	auto_json json_t *given = in;
	auto_json json_t *before = json_deep_copy(given);
	auto_json json_t *out = fill(given);
	auto_free char *got = jsn_compact(out);
	ck_assert_msg(strcmp(got, want) == 0, "%s:\n got %s\nwant %s", name,
		got, want);
	ck_assert(json_equal(given, before));
}
