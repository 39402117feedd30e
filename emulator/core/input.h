/* SPDX-License-Identifier: MIT */
/* What the core reads of a job's input, which it otherwise only keeps. */
#ifndef TRAINCTL_EMULATOR_INPUT_H
#define TRAINCTL_EMULATOR_INPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct input {
	json_t *root;
	const json_t *training; /* trainingInput, or NULL; borrowed from root */
	const json_t *tuning;	/* its hyperparameters, or NULL; borrowed */
	const char *image;	/* masterConfig.imageUri, or ""; borrowed */
};

/* Reads the text of struct job. Returns 0 or ERR_NOMEM. */
int input_read(const char *text, struct input *ret);
void input_done(struct input *in);
#define auto_input __attribute__((cleanup(input_done)))

/* Whether a member, as it is written with the beginning of its value, is in the
 * text: so cheap that what follows from it need not be a column. A string that
 * looks like one has its quotes escaped and does not count. */
bool input_has(const char *text, const char *member);
#define INPUT_TUNING "\"hyperparameters\":{"
#define INPUT_WEB_ACCESS "\"enableWebAccess\":true"

/* The limits of its scheduling; INT64_MAX when there is none. */
struct limits {
	int64_t wait_us; /* maxWaitTime, in QUEUED and PREPARING together */
	int64_t run_us;	 /* maxRunningTime, in RUNNING */
};
int input_limits(const char *text, struct limits *ret); /* 0 or ERR_NOMEM */

#endif
