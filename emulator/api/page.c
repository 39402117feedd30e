/* SPDX-License-Identifier: MIT */
#include "emulator/api/page.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

int page_parse(const char *s, int *ret, struct status *st) {
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
		return status_violation(st, "page_size",
			"Invalid value at 'page_size' (TYPE_INT32), \"%.200s\"",
			s);
	}
	*ret = (int)n;
	return ST_OK;
}
