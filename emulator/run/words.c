/* SPDX-License-Identifier: MIT */
#include "emulator/run/words.h"

#include <string.h>

#include "common/buf.h"
#include "common/mem.h"

#define BLANKS " \t\n"

int words_add(struct words *w, char *word) {
	auto_free char *taken = word;
	if (!taken)
		return ERR_NOMEM;
	if (w->len + 1 >= w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 16;
		char **at = mem_resize(w->at, cap * sizeof *at);
		if (!at)
			return ERR_NOMEM;
		w->at = at;
		w->cap = cap;
	}
	w->at[w->len++] = TAKE(taken);
	w->at[w->len] = NULL;
	return 0;
}

/* Reads what stands between quotes, from after the first to after the second.
 * NULL when there is no second. */
static const char *read_quoted(const char *p, char quote, struct buf *word) {
	while (*p != quote) {
		if (quote == '"' && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		if (!*p)
			return NULL;
		(void)buf_addc(word, *p++);
	}
	return p + 1;
}

/* Reads one word, and returns what follows it. NULL when it does not end. */
static const char *read_word(const char *p, struct buf *word) {
	while (p && *p && !strchr(BLANKS, *p)) {
		if (*p == '\'' || *p == '"') {
			p = read_quoted(p + 1, *p, word);
			continue;
		}
		if (*p == '\\' && !*++p)
			return NULL;
		(void)buf_addc(word, *p++);
	}
	return p;
}

int words_split(struct words *w, const char *text, struct err *e) {
	const char *p = text + strspn(text, BLANKS);
	while (*p) {
		auto_buf struct buf word;
		buf_init(&word, strlen(p));
		p = read_word(p, &word);
		if (word.failed)
			return err_nomem(e);
		if (!p)
			return err_set(e, ERR_USAGE,
				"a quote is not closed, or nothing follows a "
				"backslash, in: %.200s",
				text);
		if (words_add(w, mem_strdup(buf_str(&word))))
			return err_nomem(e);
		p += strspn(p, BLANKS);
	}
	return 0;
}

void words_done(struct words *w) {
	for (size_t i = 0; i < w->len; i++)
		mem_free(w->at[i]);
	mem_free(w->at);
	*w = (struct words){0};
}
