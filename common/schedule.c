/* SPDX-License-Identifier: MIT */
#include "common/schedule.h"

#include <string.h>
#include <strings.h>

/* Which of two refusals helps: cron knows no colon, no "of" and no "every". */
static bool looks_english(const char *s) {
	s += strspn(s, " \t\r\n");
	return strncasecmp(s, "every", 5) == 0 || strchr(s, ':') ||
	       strstr(s, " of ");
}

int schedule_parse(const char *s, struct schedule *ret, struct err *e) {
	struct schedule found = {.english = looks_english(s)};
	int rc = found.english ? groc_parse(s, &found.groc, e)
			       : cron_parse(s, &found.cron, e);
	if (!rc)
		*ret = found;
	return rc;
}

bool schedule_is_fixed(const struct schedule *s) {
	return !s->english || s->groc.kind != GROC_AFTER;
}

int schedule_next(const struct schedule *s, const struct zone *z,
	int64_t after_us, int64_t *ret_us, struct err *e) {
	return s->english ? groc_next(&s->groc, z, after_us, ret_us, e)
			  : cron_next(&s->cron, z, after_us, ret_us, e);
}

int schedule_prev(const struct schedule *s, const struct zone *z, int64_t at_us,
	int64_t *ret_us, struct err *e) {
	return s->english ? groc_prev(&s->groc, z, at_us, ret_us, e)
			  : cron_prev(&s->cron, z, at_us, ret_us, e);
}
