/* SPDX-License-Identifier: MIT */
#include "emulator/core/sent.h"

#include <stdio.h>

#include "common/mem.h"
#include "common/when.h"

void sent_init(
	struct sent *s, struct emu *em, sent_settle *settle, sent_tell *tell) {
	*s = (struct sent){
		.em = em, .settle = settle, .tell = tell, .epoch = em->epoch};
}

void sent_begun(struct sent *s) {
	struct emu *em = s->em;
	em->in_flight++;
	s->begun_us = emu_now(em);
	s->older = em->under_way;
	if (s->older)
		s->older->newer = s;
	em->under_way = s;
	s->next = em->begun;
	em->begun = s;
}

void sent_committed(struct emu *em, bool committed) {
	while (em->begun) {
		struct sent *s = em->begun;
		em->begun = s->next;
		s->next = NULL;
		s->undone = !committed;
	}
}

/* Returns 0 when nothing is left to write. An end from before a reset, or of a
 * call that the rows know nothing of and that will go out again, has no row. */
static int settle(struct sent *s) {
	struct emu *em = s->em;
	if (s->undone || s->epoch != em->epoch)
		return 0;
	emu_begin(em);
	s->settle(em, s);
	return emu_commit(em);
}

void sent_drop(struct sent *s) {
	if (s->newer)
		s->newer->older = s->older;
	else
		s->em->under_way = s->older;
	if (s->older)
		s->older->newer = s->newer;
	s->em->in_flight--;
	mem_free(s);
}

void sent_ended(struct sent *s, int http, const char *why) {
	struct emu *em = s->em;
	s->http = http;
	(void)snprintf(s->why, sizeof s->why, "%s", why ? why : "");
	if (settle(s) == 0) {
		sent_drop(s);
		return;
	}
	s->next = em->unsettled;
	em->unsettled = s;
}

int sent_settle_all(struct emu *em) {
	while (em->unsettled) {
		struct sent *s = em->unsettled;
		if (settle(s))
			return ERR_IO;
		em->unsettled = s->next;
		sent_drop(s);
	}
	return 0;
}

void sent_drop_all(struct emu *em) {
	while (em->unsettled) {
		struct sent *s = em->unsettled;
		em->unsettled = s->next;
		sent_drop(s);
	}
}

int sent_list(struct emu *em, struct buf *b) {
	const struct sent *s = em->under_way;
	(void)buf_addc(b, '[');
	for (int i = 0; s && i < SENT_TOLD_MAX; s = s->older, i++) {
		char since[WHEN_TEXT_MAX];
		when_format(s->begun_us, -1, since);
		(void)buf_addf(b, "%s{\"since\":\"%s\"", i ? "," : "", since);
		s->tell(em, s, b);
		(void)buf_addc(b, '}');
	}
	return buf_addc(b, ']');
}
