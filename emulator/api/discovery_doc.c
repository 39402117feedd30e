/* SPDX-License-Identifier: MIT */
#include "emulator/api/discovery_doc.h"

#include <string.h>

#include "common/jsn.h"

static void doc_key(struct buf *b, const char *key) {
	if (b->len && !strchr("{[", b->p[b->len - 1]))
		(void)buf_addc(b, ',');
	if (!key)
		return;
	(void)jsn_quote(b, key);
	(void)buf_addc(b, ':');
}

void doc_open(struct buf *b, const char *key, char bracket) {
	doc_key(b, key);
	(void)buf_addc(b, bracket);
}

void doc_close(struct buf *b, char bracket) {
	(void)buf_addc(b, bracket);
}

void doc_text(struct buf *b, const char *key, const char *text) {
	if (!text)
		return;
	doc_key(b, key);
	(void)jsn_quote(b, text);
}

void doc_true(struct buf *b, const char *key) {
	doc_key(b, key);
	(void)buf_adds(b, "true");
}
