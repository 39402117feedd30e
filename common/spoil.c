/* SPDX-License-Identifier: MIT */
#include "common/spoil.h"

#include <string.h>

#include "common/clock.h"
#include "common/mem.h"

bool spoil_begin(struct spoil *s, char *body, size_t len) {
	s->body = body;
	s->len = len;
	if (s->how == REQ_CLOSE || !len)
		return false;
	int64_t most = (int64_t)len - 1;
	if (s->how == REQ_CUT) {
		if (s->bytes < 0)
			s->bytes = (int64_t)len / 2;
		if (s->bytes > most)
			s->bytes = most;
		return true;
	}
	/* so many at a time that the pauses come to no more than the longest */
	int64_t pauses =
		s->pause_us > 0 ? SPOIL_LONGEST_US / s->pause_us : most;
	int64_t least = (int64_t)len / (pauses + 1) + 1;
	if (s->bytes < least)
		s->bytes = least;
	return true;
}

ssize_t spoil_next(const struct spoil *s, uint64_t pos, char *to, size_t max) {
	size_t n = (size_t)s->bytes, left = s->len - pos;
	if (s->how == REQ_CUT) {
		if (pos >= n)
			return -1;
		n -= pos;
	}
	if (n > left)
		n = left;
	if (n > max)
		n = max;
	memcpy(to, s->body + pos, n);
	return (ssize_t)n;
}

void spoil_free(struct spoil *s) {
	if (!s)
		return;
	mem_free(s->body);
	mem_free(s);
}
