/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "common/mem.h"
#include "common/peer.h"
#include "tests/unit/unit.h"

static void row(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	auto_free char *url = NULL;
	int rc = peer_url(cols[0], &url, &e);
	if (strcmp(cols[1], "!err") == 0) {
		ck_assert_msg(rc == ERR_USAGE, "'%s': %d", cols[0], rc);
		ck_assert_ptr_null(url);
		ck_assert_ptr_nonnull(strstr(e.msg, "HOST:PORT"));
		return;
	}
	ck_assert_msg(rc == 0, "'%s': %s", cols[0], e.msg);
	ck_assert_str_eq(url, cols[1]);
}

START_TEST(urls) {
	unit_tsv("peer/urls.tsv", 2, row, NULL);
}
END_TEST

START_TEST(empty) {
	char *url = NULL;
	struct err e = {0};
	ck_assert_int_eq(peer_url("", &url, &e), ERR_USAGE);
	ck_assert_ptr_null(url);
}
END_TEST

static int make(void *ctx, struct err *e) {
	(void)ctx;
	char *url = NULL;
	int rc = peer_url("localhost:1", &url, e);
	ck_assert_int_eq(url == NULL, rc != 0);
	mem_free(url);
	return rc;
}

START_TEST(out_of_memory) {
	ck_assert_int_ge(unit_nomem(make, NULL), 1);
}
END_TEST

int main(void) {
	Suite *s = suite_create("peer");
	unit_add(s, urls);
	unit_add(s, empty);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
