/* SPDX-License-Identifier: MIT */
#include "emulator/core/journal.h"

#include <inttypes.h>
#include <stdarg.h>

#include "common/err.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

#define ENTRY_MAX 4096

int journal_init(struct journal *j, size_t cap) {
	*j = (struct journal){.cap = cap, .first = 1, .next = 1};
	j->ring = mem_zero(cap, sizeof *j->ring);
	return j->ring ? 0 : ERR_NOMEM;
}

void journal_clear(struct journal *j) {
	for (size_t i = 0; j->ring && i < j->cap; i++) {
		mem_free(j->ring[i].text);
		j->ring[i].text = NULL;
	}
	j->first = j->next;
}

void journal_rewind(struct journal *j, uint64_t from) {
	while (j->next > from && j->next > j->first) {
		struct journal_entry *e = &j->ring[--j->next % j->cap];
		mem_free(e->text);
		e->text = NULL;
	}
}

void journal_done(struct journal *j) {
	journal_clear(j);
	mem_free(j->ring);
	j->ring = NULL;
}

void journal_add(struct journal *j, int64_t now_us, const char *kind, ...) {
	struct buf b;
	buf_init(&b, ENTRY_MAX);
	(void)buf_adds(&b, ",\"kind\":\"");
	(void)buf_adds(&b, kind);
	(void)buf_addc(&b, '"');
	va_list ap;
	va_start(ap, kind);
	for (const char *key; (key = va_arg(ap, const char *));) {
		const char *value = va_arg(ap, const char *);
		if (!value)
			continue;
		(void)buf_add(&b, ",\"", 2);
		(void)buf_adds(&b, key + (*key == '#'));
		(void)buf_add(&b, "\":", 2);
		if (*key == '#')
			(void)buf_adds(&b, value);
		else
			(void)jsn_quote(&b, value);
	}
	va_end(ap);
	(void)buf_addc(&b, '}');
	struct journal_entry *e = &j->ring[j->next++ % j->cap];
	mem_free(e->text);
	*e = (struct journal_entry){now_us, buf_take(&b, NULL)};
	buf_done(&b);
}

int journal_write(
	const struct journal *j, uint64_t from, size_t max, struct buf *ret) {
	uint64_t oldest = j->first, to = j->next;
	if (to - oldest > j->cap)
		oldest = to - j->cap;
	from = from < oldest ? oldest : from < to ? from : to;
	if (to - from > max)
		to = from + max;
	(void)buf_adds(ret, "{\"entries\":[");
	const char *sep = "";
	for (; from < to; from++) {
		const struct journal_entry *e = &j->ring[from % j->cap];
		if (!e->text)
			continue;
		char time[WHEN_TEXT_MAX];
		when_format(e->time_us, 6, time);
		(void)buf_addf(ret, "%s{\"seq\":%" PRIu64 ",\"time\":\"%s\"",
			sep, from, time);
		(void)buf_adds(ret, e->text);
		sep = ",";
	}
	return buf_addf(ret, "],\"next\":%" PRIu64 "}", from);
}
