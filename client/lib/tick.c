/* SPDX-License-Identifier: MIT */
/* Which tick a message is of, and what the run of a tick is called. A plan
 * (trainctl) and the run itself (train-uniquifier) must say the same, so both
 * ask here. Source: facts scheduler.md, section 4: Cloud Scheduler publishes
 * what the schedule says and nothing of the tick. */
#include <stdio.h>
#include <string.h>

#include "client/lib/train.h"
#include "common/hash.h"
#include "common/mem.h"
#include "common/schedule.h"
#include "common/when.h"

#define DIGITS 8

/* The tick is told in UTC: the two passes of an hour that comes twice are two
 * ticks. What tells schedules apart is the name; without one, what it says. */
int tick_key(const struct tick_schedule *s, int64_t tick_us,
	char ret[static TICK_KEY_LEN + 1], struct err *e) {
	char digits[DIGITS + 1];
	auto_free char *said =
		s->name ? NULL : mem_printf("%s\n%s", s->text, s->zone);
	const char *text = s->name ? s->name : said;
	if (!text)
		return err_nomem(e);
	int rc = hash_digits(text, DIGITS, digits, e);
	if (rc)
		return rc;
	struct civil c;
	when_civil(tick_us, &c);
	/* each field is bounded, which the compiler cannot know */
	(void)snprintf(ret, TICK_KEY_LEN + 1, "%04u%02u%02u_%02u%02u%02u_t%s",
		(unsigned)c.year % 10000, (unsigned)c.month % 100,
		(unsigned)c.day % 100, (unsigned)c.hour % 100,
		(unsigned)c.minute % 100, (unsigned)c.second % 100, digits);
	return 0;
}

int tick_job_id(const struct jobid_format *f, const char *base,
	const struct tick_schedule *s, int64_t tick_us,
	char ret[static JOBID_MAX + 1], struct err *e) {
	struct jobid_format dflt;
	char key[TICK_KEY_LEN + 1];
	int rc = f ? 0 : jobid_format_parse(JOBID_FORMAT_OWN_KEY, &dflt, e);
	if (!rc)
		rc = tick_key(s, tick_us, key, e);
	return rc ? rc : jobid_make(f ? f : &dflt, base, tick_us, key, ret, e);
}

int tick_of(struct zones *zones, const struct tick_schedule *s,
	int64_t publish_us, int64_t tolerance_us, int64_t *ret_us,
	struct err *e) {
	struct schedule schedule;
	const struct zone *zone;
	int64_t us;
	int rc = schedule_parse(s->text, &schedule, e);
	if (!rc)
		rc = zones_get(zones, s->zone, &zone, e);
	if (!rc && !schedule_is_fixed(&schedule))
		return err_set(e, ERR_STATE,
			"the ticks of '%s' count from the last run", s->text);
	if (!rc)
		rc = schedule_prev(&schedule, zone, publish_us, &us, e);
	if (rc)
		return rc;
	if (publish_us - us >= tolerance_us) {
		char text[WHEN_TEXT_MAX];
		when_format(us, 0, text);
		return err_set(e, ERR_RANGE,
			"published %lld s after the last tick, %s",
			(long long)((publish_us - us) / US_PER_S), text);
	}
	*ret_us = us;
	return 0;
}
