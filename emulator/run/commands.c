/* SPDX-License-Identifier: MIT */
#include "emulator/run/commands.h"

#include <string.h>

#include "common/mem.h"
#include "emulator/run/words.h"

static int add(struct commands *c, const char *image, size_t image_len,
	struct words *command, struct err *e) {
	struct emu_run *at = mem_resize(c->at, (c->len + 1) * sizeof *at);
	if (!at)
		return err_nomem(e);
	c->at = at;
	char *copy = mem_dup(image, image_len);
	if (!copy)
		return err_nomem(e);
	at[c->len++] =
		(struct emu_run){copy, (const char *const *)TAKE(command->at)};
	*command = (struct words){0};
	return 0;
}

int commands_add(struct commands *c, const char *text, struct err *e) {
	const char *is = strchr(text, '=');
	if (!is || is == text)
		return err_set(
			e, ERR_USAGE, "'%.200s' is not IMAGE=COMMAND", text);
	struct words w = {0};
	int rc = words_split(&w, is + 1, e);
	if (!rc && (w.len == 0 || !*w.at[0]))
		rc = err_set(e, ERR_USAGE, "'%.200s' names no program", text);
	if (!rc)
		rc = add(c, text, (size_t)(is - text), &w, e);
	words_done(&w);
	return rc;
}

void commands_done(struct commands *c) {
	for (size_t i = 0; i < c->len; i++) {
		struct emu_run *r = &c->at[i];
		struct words w = {.at = (char **)r->argv};
		while (w.at[w.len])
			w.len++;
		words_done(&w);
		mem_free((char *)r->image);
	}
	mem_free(c->at);
	*c = (struct commands){0};
}
