/* SPDX-License-Identifier: MIT */
#include "emulator/api/list.h"

#include <string.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"

bool list_begin(struct list *l, struct call *c, const char *key, int size) {
	return list_begin_at(l, c, key, size, call_query(c, "pageToken"));
}

bool list_begin_at(struct list *l, struct call *c, const char *key, int size,
	const char *token) {
	*l = (struct list){.c = c, .key = key, .max = size};
	if (!token || !*token)
		return true;
	auto_free char *place = NULL;
	size_t len;
	if (b64_decode(token, strlen(token), &place, &len, NULL) ||
		strlen(place) != len || !len || len >= sizeof l->after)
		return false;
	memcpy(l->after, place, len + 1);
	return true;
}

struct buf *list_item(struct list *l, const char *place) {
	struct buf *out = &l->c->out;
	if (l->count++ >= l->max)
		return NULL;
	size_t len = strlen(place);
	if (len >= sizeof l->last) {
		/* a page after it would begin before it */
		out->failed = ERR_TOOBIG;
		return NULL;
	}
	memcpy(l->last, place, len + 1);
	if (l->count == 1)
		(void)buf_addf(out, "{\"%s\":[", l->key);
	else
		(void)buf_addc(out, ',');
	return out;
}

int list_end(struct list *l) {
	struct buf *out = &l->c->out;
	if (l->count == 0)
		return ST_OK;
	(void)buf_addc(out, ']');
	if (l->count > l->max) {
		auto_free char *token = NULL;
		if (b64_encode(l->last, strlen(l->last), &token, NULL))
			return call_nomem(l->c);
		(void)buf_adds(out, ",\"nextPageToken\":");
		(void)jsn_quote(out, token);
	}
	(void)buf_addc(out, '}');
	return ST_OK;
}
