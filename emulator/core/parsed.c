/* SPDX-License-Identifier: MIT */
#include "emulator/core/parsed.h"

#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"

static void drop(struct parsed_text *t) {
	json_decref(t->json);
	mem_free(t->text);
	*t = (struct parsed_text){0};
}

/* Without memory for it the next one is parsed anew. */
static void keep(struct parsed *p, const char *text, json_t *j) {
	char *copy = mem_strdup(text);
	if (!copy)
		return;
	struct parsed_text *t = &p->at[p->next];
	drop(t);
	*t = (struct parsed_text){copy, json_incref(j)};
	p->next = (p->next + 1) % PARSED_MAX;
}

json_t *parsed_get(struct parsed *p, const char *text, struct err *e) {
	for (size_t i = 0; i < PARSED_MAX && p->at[i].text; i++)
		if (!strcmp(p->at[i].text, text))
			return json_incref(p->at[i].json);
	size_t len = strlen(text);
	json_t *j = jsn_parse(text, len, false, e);
	if (j && len <= PARSED_TEXT_MAX)
		keep(p, text, j);
	return j;
}

void parsed_done(struct parsed *p) {
	for (size_t i = 0; i < PARSED_MAX; i++)
		drop(&p->at[i]);
}
