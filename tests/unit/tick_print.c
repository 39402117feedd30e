/* SPDX-License-Identifier: MIT */
/* Reads rows of schedule, zone and instant (tab-separated) on stdin and prints
 * each with the next four ticks, in the format of fixtures/schedule/cron.tsv,
 * or with "refused". It walks back with schedule_prev too, and says so in the
 * row where that does not retrace the ticks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/schedule.h"
#include "common/when.h"

#define TICKS 4
#define LINE_MAX_LEN 4096

/* Where clocks change, the slots that next finds depend on where it began. */
static bool is_slots(const struct schedule *s) {
	return s->english && s->groc.kind == GROC_SLOTS;
}

/* at[0] is where the search began, the others are the ticks from there. */
static int walk_back(const struct schedule *s, const struct zone *z,
	const int64_t *at, struct err *e) {
	for (int i = TICKS; i > 0; i--) {
		int64_t same = 0, before = 0;
		if (schedule_prev(s, z, at[i], &same, e))
			return e->code;
		if (same != at[i])
			return err_set(e, ERR_STATE, "prev misses tick %d", i);
		if (is_slots(s) ||
			schedule_prev(s, z, at[i] - 1, &before, e) == ERR_RANGE)
			continue; /* or it is the first tick for 40 years */
		if (i > 1 ? before != at[i - 1] : before > at[0])
			return err_set(
				e, ERR_STATE, "prev differs before tick %d", i);
	}
	return 0;
}

static int walk(const struct schedule *s, const struct zone *z, int64_t after,
	struct err *e) {
	int64_t at[TICKS + 1] = {after};
	for (int i = 1; i <= TICKS; i++) {
		if (schedule_next(s, z, at[i - 1], &at[i], e))
			return e->code;
		char text[WHEN_TEXT_MAX];
		when_format(at[i], 0, text);
		(void)printf("\t%s", text);
	}
	return schedule_is_fixed(s) ? walk_back(s, z, at, e) : 0;
}

static int print_row(char *line, struct err *e) {
	char *rest = NULL;
	const char *text = strtok_r(line, "\t", &rest);
	const char *name = strtok_r(NULL, "\t", &rest);
	const char *after = strtok_r(NULL, "\t\n", &rest);
	if (!text || !name || !after)
		return err_set(e, ERR_USAGE, "a row needs three columns");
	(void)printf("%s\t%s\t%s", text, name, after);
	struct schedule s;
	struct zone *z = NULL;
	int64_t us = 0;
	if (when_parse(after, &us, e) || zone_open(name, &z, e))
		return e->code;
	int rc = 0;
	if (schedule_parse(text, &s, e))
		(void)printf("\trefused");
	else
		rc = walk(&s, z, us, e);
	zone_close(z);
	return rc;
}

int main(void) {
	char line[LINE_MAX_LEN];
	while (fgets(line, sizeof line, stdin)) {
		struct err e = {0};
		if (print_row(line, &e))
			(void)printf("\t%s", e.msg);
		(void)putchar('\n');
	}
	return EXIT_SUCCESS;
}
