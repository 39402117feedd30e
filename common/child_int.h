/* SPDX-License-Identifier: MIT */
/* What child.c and keeper.c say to each other, over a socket whose end tells
 * each that the other is gone. */
#ifndef TRAINCTL_COMMON_CHILD_INT_H
#define TRAINCTL_COMMON_CHILD_INT_H

/* A keeper's arguments: this name, the folder ("": here), the program's. */
#define KEEPER_NAME "child-keeper"
#define KEEPER_FD 3

/* From the keeper's side, one packet each; after one that says that the program
 * was not started, what follows says nothing more. */
enum keeper_word {
	KEEPER_STARTED,	   /* value: process id of what becomes the program */
	KEEPER_NO_DIR,	   /* value: errno */
	KEEPER_NO_PROGRAM, /* value: errno */
	KEEPER_EXITED,	   /* value: as from waitpid */
};
struct keeper_note {
	int word; /* enum keeper_word */
	int value;
};

/* To the keeper, one byte. The end of the socket means KEEPER_KILL. */
enum keeper_order {
	KEEPER_TERM = 'T', /* SIGTERM to the program's group */
	KEEPER_KILL = 'K', /* SIGKILL to all that came of it */
};

#endif
