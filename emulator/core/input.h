/* SPDX-License-Identifier: MIT */
/* What the core reads of a job's input, which it otherwise only keeps. */
#ifndef TRAINCTL_EMULATOR_INPUT_H
#define TRAINCTL_EMULATOR_INPUT_H

#include <jansson.h>

struct input {
	json_t *root;
	const json_t *training; /* trainingInput, or NULL; borrowed from root */
	const char *image;	/* masterConfig.imageUri, or ""; borrowed */
};

/* Reads the text of struct job. Returns 0 or ERR_NOMEM. */
int input_read(const char *text, struct input *ret);
void input_done(struct input *in);
#define auto_input __attribute__((cleanup(input_done)))

#endif
