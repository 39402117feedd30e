/* SPDX-License-Identifier: MIT */
#include "emulator/api/log_page.h"

#include <string.h>

#include "common/mem.h"

#define KEY_MAX 100000

int log_page_init(struct log_page *p, size_t max, bool newest_first) {
	*p = (struct log_page){.max = max, .newest_first = newest_first};
	buf_init(&p->key, KEY_MAX);
	p->items = mem_alloc((max + 1) * sizeof *p->items);
	return p->items ? 0 : ERR_NOMEM;
}

static void item_done(struct log_item *i) {
	mem_free(i->key);
	mem_free(i->text);
}

void log_page_done(struct log_page *p) {
	while (p->len > 0)
		item_done(&p->items[--p->len]);
	mem_free(p->items);
	buf_done(&p->key);
}

/* insertId, log and project; the separator sorts before what they are made of,
 * so that a shorter one comes first. */
static const char *make_key(struct log_page *p, const struct log_entry *en) {
	buf_clear(&p->key);
	(void)buf_adds(&p->key, en->insert_id);
	(void)buf_addc(&p->key, '\1');
	(void)buf_adds(&p->key, en->log);
	(void)buf_addc(&p->key, '\1');
	(void)buf_adds(&p->key, en->project);
	return buf_str(&p->key);
}

/* Negative when the entry on offer belongs before the place given. */
static int order(const struct log_page *p, int64_t us, int64_t place_us,
	const char *place_key) {
	int o = (us > place_us) - (us < place_us);
	if (o == 0)
		o = strcmp(p->key.p, place_key);
	return p->newest_first ? -o : o;
}

static bool is_full(const struct log_page *p) {
	return p->len == p->max;
}

bool log_page_wants(struct log_page *p, const struct log_entry *en) {
	(void)make_key(p, en);
	if (p->key.failed)
		return true; /* log_page_add says so */
	if (p->after_key &&
		order(p, en->time_us, p->after_us, p->after_key) <= 0)
		return false;
	const struct log_item *last = &p->items[p->max - 1];
	return !is_full(p) ||
	       order(p, en->time_us, last->time_us, last->key) < 0;
}

/* The place of the entry on offer. */
static size_t find_place(const struct log_page *p, int64_t us) {
	size_t from = 0, to = p->len;
	/* most come in order */
	if (to && order(p, us, p->items[to - 1].time_us,
			  p->items[to - 1].key) >= 0)
		return to;
	while (from < to) {
		size_t mid = (from + to) / 2;
		if (order(p, us, p->items[mid].time_us, p->items[mid].key) < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return from;
}

int log_page_add(
	struct log_page *p, const struct log_entry *en, struct logs_range *r) {
	auto_buf struct buf text;
	buf_init(&text, LOGS_ENTRY_MAX);
	int rc = p->key.failed ? p->key.failed : logs_write(en, &text);
	if (rc)
		return rc;
	struct log_item item = {
		.time_us = en->time_us, .key = mem_strdup(p->key.p)};
	if (!item.key)
		return ERR_NOMEM;
	item.text = buf_take(&text, NULL);
	size_t at = find_place(p, en->time_us);
	if (is_full(p))
		item_done(&p->items[--p->len]);
	memmove(&p->items[at + 1], &p->items[at],
		(p->len - at) * sizeof *p->items);
	p->items[at] = item;
	p->len++;
	if (is_full(p))
		*(p->newest_first ? &r->from_us : &r->to_us) =
			p->items[p->len - 1].time_us;
	return 0;
}
