/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

START_TEST(additions_follow_each_other) {
	auto_buf struct buf b;
	buf_init(&b, 100);
	ck_assert_str_eq(buf_str(&b), "");
	ck_assert_int_eq(buf_add(&b, "a\0b", 3), 0);
	ck_assert_int_eq(buf_adds(&b, "cd"), 0);
	ck_assert_int_eq(buf_addc(&b, 'e'), 0);
	ck_assert_int_eq(buf_addf(&b, "%d%s", 42, "!"), 0);
	ck_assert_int_eq(buf_add(&b, NULL, 0), 0);
	ck_assert_uint_eq(b.len, 9);
	ck_assert_mem_eq(buf_str(&b), "a\0bcde42!", 10);
}
END_TEST

START_TEST(ceiling_is_exact_and_sticks) {
	auto_buf struct buf b;
	buf_init(&b, 5);
	ck_assert_int_eq(buf_adds(&b, "12345"), 0);
	ck_assert_int_eq(buf_addc(&b, '6'), ERR_TOOBIG);
	ck_assert_int_eq(buf_add(&b, "", 0), ERR_TOOBIG);
	ck_assert_str_eq(buf_str(&b), "12345");
	ck_assert_ptr_null(buf_take(&b, NULL));

	buf_clear(&b);
	ck_assert_str_eq(buf_str(&b), "");
	ck_assert_int_eq(buf_addf(&b, "%s", "123456"), ERR_TOOBIG);
	ck_assert_int_eq(b.failed, ERR_TOOBIG);
	ck_assert_uint_eq(b.len, 0);
	buf_clear(&b);
	ck_assert_int_eq(buf_addf(&b, "%s", "12345"), 0);
	ck_assert_str_eq(buf_str(&b), "12345");
}
END_TEST

START_TEST(ceiling_of_nothing) {
	auto_buf struct buf b;
	buf_init(&b, 0);
	ck_assert_int_eq(buf_add(&b, "", 0), 0);
	ck_assert_int_eq(buf_addc(&b, 'x'), ERR_TOOBIG);
}
END_TEST

START_TEST(grows_past_its_first_size) {
	auto_buf struct buf b;
	buf_init(&b, 100000);
	for (size_t i = 0; i < 100000; i++)
		ck_assert_int_eq(buf_addc(&b, (char)('a' + i % 26)), 0);
	ck_assert_int_eq(buf_addc(&b, 'x'), ERR_TOOBIG);
	for (size_t i = 0; i < 100000; i++)
		ck_assert_int_eq(b.p[i], (char)('a' + i % 26));
	ck_assert_int_eq(b.p[100000], '\0');
}
END_TEST

START_TEST(reserve_is_one_step_and_no_promise) {
	auto_buf struct buf b;
	buf_init(&b, 2000);
	buf_reserve(&b, 1500);
	const char *p = buf_str(&b);
	ck_assert_str_eq(p, "");
	for (int i = 0; i < 1500; i++)
		ck_assert_int_eq(buf_addc(&b, 'x'), 0);
	ck_assert_ptr_eq(b.p, p);
	buf_reserve(&b, 501); /* over the ceiling: not yet a failure */
	ck_assert_int_eq(b.failed, 0);
	mem_fail_after(0);
	buf_reserve(&b, 500);
	mem_fail_off();
	ck_assert_int_eq(b.failed, 0);
	ck_assert_uint_eq(b.len, 1500);
	ck_assert_int_eq(buf_adds(&b, "y"), 0);
}
END_TEST

START_TEST(take_empties) {
	auto_buf struct buf b;
	buf_init(&b, 10);
	size_t len = 99;
	auto_free char *none = buf_take(&b, &len);
	ck_assert_str_eq(none, "");
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(buf_adds(&b, "abc"), 0);
	auto_free char *some = buf_take(&b, &len);
	ck_assert_str_eq(some, "abc");
	ck_assert_uint_eq(len, 3);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_int_eq(buf_adds(&b, "1234567890"), 0);
	buf_done(&b);
	ck_assert_int_eq(buf_adds(&b, "1234567890"), 0);
	ck_assert_int_eq(buf_addc(&b, '1'), ERR_TOOBIG);
}
END_TEST

/* A new file of the given text; the name is freed with mem_free. */
static char *new_file(const char *text) {
	const char *dir = getenv("TMPDIR");
	char *name = mem_printf("%s/check_buf.XXXXXX", dir ? dir : "/tmp");
	int fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	ssize_t n = (ssize_t)strlen(text);
	ck_assert_int_eq(write(fd, text, (size_t)n), n);
	(void)close(fd);
	return name;
}

static int load(const char *path, size_t max, struct err *e) {
	auto_buf struct buf b;
	buf_init(&b, max);
	int rc = buf_add_file(&b, path, e);
	ck_assert_int_eq(rc, rc ? e->code : 0);
	if (!rc)
		ck_assert_str_eq(buf_str(&b), "12345678");
	return rc;
}

START_TEST(files) {
	auto_free char *name = new_file("12345678");
	struct err e = {0};
	ck_assert_int_eq(load(name, 8, &e), 0);
	ck_assert_int_eq(load(name, 7, &e), ERR_TOOBIG);
	ck_assert_str_eq(e.msg, "larger than 7 bytes");
	ck_assert_ptr_nonnull(freopen(name, "rb", stdin));
	ck_assert_int_eq(load("-", 8, &e), 0);

	(void)unlink(name);
	ck_assert_int_eq(load(name, 8, &e), ERR_IO);
	ck_assert_str_eq(e.msg, "cannot open: No such file or directory");
	ck_assert_int_eq(load("/", 8, &e), ERR_IO);
	ck_assert_str_eq(e.msg, "cannot read: Is a directory");
}
END_TEST

static int load_it(void *ctx, struct err *e) {
	return load(ctx, 8, e);
}

static int add_much(void *ctx, struct err *e) {
	(void)ctx;
	auto_buf struct buf b;
	buf_init(&b, 5000);
	for (size_t i = 0; i < 1000; i++)
		(void)buf_addf(&b, "%04zu,", i);
	size_t len = 77;
	auto_free char *text = buf_take(&b, &len);
	if (!text) {
		ck_assert_uint_eq(len, 77);
		return err_set(e, b.failed, "buf");
	}
	ck_assert_uint_eq(len, 5000);
	return 0;
}

START_TEST(out_of_memory) {
	ck_assert_int_ge(unit_nomem(add_much, NULL), 2);
	auto_free char *name = new_file("12345678");
	ck_assert_int_ge(unit_nomem(load_it, name), 1);
	(void)unlink(name);
}
END_TEST

int main(void) {
	Suite *s = suite_create("buf");
	unit_add(s, additions_follow_each_other);
	unit_add(s, ceiling_is_exact_and_sticks);
	unit_add(s, ceiling_of_nothing);
	unit_add(s, grows_past_its_first_size);
	unit_add(s, reserve_is_one_step_and_no_promise);
	unit_add(s, take_empties);
	unit_add(s, files);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
