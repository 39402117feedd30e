/* SPDX-License-Identifier: MIT */
#include "emulator/api/page.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

int query_int32(const char *field, const char *s, int *ret, struct status *st) {
	if (!s || !*s) {
		*ret = 0;
		return ST_OK;
	}
	char *end = NULL;
	errno = 0;
	long long n = strtoll(s, &end, 10);
	const char *digits = s + (*s == '-');
	if (*digits < '0' || *digits > '9' || *end || errno || n < INT32_MIN ||
		n > INT32_MAX) {
		status_done(st);
		return status_violation(st, field,
			"Invalid value at '%s' (TYPE_INT32), \"%.200s\"", field,
			s);
	}
	*ret = (int)n;
	return ST_OK;
}

int page_parse(const char *s, int *ret, struct status *st) {
	return query_int32("page_size", s, ret, st);
}
