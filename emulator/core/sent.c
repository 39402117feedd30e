/* SPDX-License-Identifier: MIT */
#include "emulator/core/sent.h"

#include <stdio.h>

#include "common/mem.h"

void sent_init(struct sent *s, struct emu *em, sent_settle *settle) {
	*s = (struct sent){.em = em, .settle = settle, .epoch = em->epoch};
}

void sent_begun(struct sent *s) {
	struct emu *em = s->em;
	em->in_flight++;
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

static void done(struct sent *s) {
	s->em->in_flight--;
	mem_free(s);
}

void sent_ended(struct sent *s, int http, const char *why) {
	struct emu *em = s->em;
	s->http = http;
	(void)snprintf(s->why, sizeof s->why, "%s", why ? why : "");
	if (settle(s) == 0) {
		done(s);
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
		done(s);
	}
	return 0;
}

void sent_drop_all(struct emu *em) {
	while (em->unsettled) {
		struct sent *s = em->unsettled;
		em->unsettled = s->next;
		done(s);
	}
}
