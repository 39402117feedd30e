/* SPDX-License-Identifier: MIT */
#include "emulator/run/tail.h"

#include <string.h>

/* Makes room for n more bytes. */
static void drop_first(struct tail *t, size_t n) {
	size_t at = 0;
	while (t->len - at + n > TAIL_MAX)
		at += strcspn(t->text + at, "\n") + 1;
	t->len -= at;
	memmove(t->text, t->text + at, t->len);
}

void tail_add(struct tail *t, const char *line, size_t len) {
	if (len > TAIL_MAX - 1) {
		line += len - (TAIL_MAX - 1);
		len = TAIL_MAX - 1;
		/* not from the middle of a UTF-8 character on */
		while (len > 0 && ((unsigned char)*line & 0xc0) == 0x80) {
			line++;
			len--;
		}
	}
	drop_first(t, len + 1);
	memcpy(t->text + t->len, line, len);
	t->len += len;
	t->text[t->len++] = '\n';
	t->text[t->len] = '\0';
}
