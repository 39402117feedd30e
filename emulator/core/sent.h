/* SPDX-License-Identifier: MIT */
/* A push or a target that has left the core, until its end is in the state.
 * An end that cannot be written is kept and written later: no row may wait for
 * ever for what is over. What an end means is in deliver.c and attempt.c. */
#ifndef TRAINCTL_EMULATOR_SENT_H
#define TRAINCTL_EMULATOR_SENT_H

#include "common/buf.h"
#include "emulator/core/emu.h"

struct sent;
/* Writes how it ended. Inside a transaction; again if that was rolled back. */
typedef void sent_settle(struct emu *em, const struct sent *s);
/* Says what it is: adds members to an open JSON object. */
typedef void sent_tell(struct emu *em, const struct sent *s, struct buf *b);

/* The first member of what is allocated for a call. */
struct sent {
	struct emu *em;
	sent_settle *settle;
	sent_tell *tell;
	uint64_t epoch;
	int64_t begun_us;	    /* on the emulator's clock */
	struct sent *older, *newer; /* of em->under_way */
	struct sent *next;	    /* of em->begun, or of em->unsettled */
	bool undone;		    /* its rows do not know that it was sent */
	int http;		    /* how it ended: as emu_sent */
	char why[ERR_MSG_MAX];	    /* "" for none */
};

void sent_init(
	struct sent *s, struct emu *em, sent_settle *settle, sent_tell *tell);
/* It is under way: s belongs to the core now. Inside a transaction. */
void sent_begun(struct sent *s);
/* Settles it now, or as soon as the state can be written, and frees it. */
void sent_ended(struct sent *s, int http, const char *why);

/* The transaction is over: those begun in it are in the rows, or not. */
void sent_committed(struct emu *em, bool committed);
/* Settles those that could not be written. Returns 0 or ERR_IO. */
int sent_settle_all(struct emu *em);
/* Frees them without that. */
void sent_drop_all(struct emu *em);

/* A JSON array of what is under way, the newest first, SENT_TOLD_MAX at most.
 * Returns b->failed. */
#define SENT_TOLD_MAX 100
int sent_list(struct emu *em, struct buf *b);
/* Frees one that is under way, without an end. */
void sent_drop(struct sent *s);

#endif
