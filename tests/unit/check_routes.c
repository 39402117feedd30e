/* SPDX-License-Identifier: MIT */
/* The table of routes: every line can be reached, and by itself only. */
#include <string.h>

#include "common/buf.h"
#include "emulator/api/api.h"
#include "tests/unit/unit.h"

/* A path of the pattern, with `value` for each parameter. */
static void fill(const char *pattern, const char *value, struct buf *ret) {
	for (const char *p = pattern; *p; p++) {
		if (*p != '{') {
			(void)buf_addc(ret, *p);
			continue;
		}
		(void)buf_adds(ret, value);
		p = strchr(p, '}');
		ck_assert_msg(p != NULL, "%s has an open brace", pattern);
	}
}

static size_t count(const char *s, char c) {
	size_t n = 0;
	for (; *s; s++)
		n += *s == c;
	return n;
}

/* The first route that takes it, as the router would; api_routes_len: none. */
static size_t first(const char *method, const char *path, size_t *ret_params) {
	struct route_params params;
	for (size_t i = 0; i < api_routes_len; i++)
		if (!strcmp(api_routes[i].method, method) &&
			route_match(api_routes[i].pattern, path, &params)) {
			*ret_params = params.count;
			return i;
		}
	return api_routes_len;
}

START_TEST(every_route_can_be_reached) {
	static const char *const values[] = {
		"x", "a-b_c.d", "jobs", "projects", "topics", "example.com%"};
	for (size_t i = 0; i < api_routes_len; i++)
		for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
			const struct route *r = &api_routes[i];
			auto_buf struct buf path;
			buf_init(&path, 1000);
			fill(r->pattern, values[v], &path);
			size_t params = 0;
			size_t got = first(r->method, buf_str(&path), &params);
			ck_assert_msg(got == i, "%s %s goes to %s", r->method,
				path.p,
				got < api_routes_len ? api_routes[got].name
						     : "nobody");
			ck_assert_uint_eq(params, count(r->pattern, '{'));
		}
}
END_TEST

START_TEST(no_route_takes_more_than_its_path) {
	for (size_t i = 0; i < api_routes_len; i++) {
		const struct route *r = &api_routes[i];
		static const char *const tails[] = {"/", "//x", ":x", "x:y:z"};
		for (size_t t = 0; t < sizeof tails / sizeof tails[0]; t++) {
			auto_buf struct buf path;
			buf_init(&path, 1000);
			fill(r->pattern, "x", &path);
			(void)buf_adds(&path, tails[t]);
			struct route_params params;
			ck_assert_msg(!route_match(r->pattern, path.p, &params),
				"%s takes %s", r->name, path.p);
		}
	}
}
END_TEST

START_TEST(names_are_unique) {
	for (size_t i = 0; i < api_routes_len; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(strcmp(api_routes[i].name,
					      api_routes[k].name) != 0,
				"%s twice", api_routes[i].name);
}
END_TEST

/* The lists of own parameters are searched as words between blanks. */
START_TEST(lines_are_well_formed) {
	for (size_t i = 0; i < api_routes_len; i++) {
		const struct route *r = &api_routes[i];
		size_t n = strlen(r->queries);
		ck_assert_msg(n == 0 || (n > 2 && r->queries[0] == ' ' &&
						r->queries[n - 1] == ' '),
			"%s: '%s'", r->name, r->queries);
		ck_assert_ptr_null(strstr(r->queries, "  "));
		ck_assert_int_eq(r->pattern[0], '/');
		ck_assert_ptr_nonnull(r->handle);
		ck_assert_uint_le(count(r->pattern, '{'), ROUTE_PARAMS_MAX);
		/* what changes the state is not asked for by GET */
		ck_assert_msg(!(r->flags & ROUTE_WRITE) ||
				      strcmp(r->method, "GET") != 0,
			"%s", r->name);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("routes");
	unit_add(s, every_route_can_be_reached);
	unit_add(s, no_route_takes_more_than_its_path);
	unit_add(s, names_are_unique);
	unit_add(s, lines_are_well_formed);
	return unit_run(s);
}
