/* SPDX-License-Identifier: MIT */
/* Job ids. The part outside the base is what makes an id unique, so it is never
 * cut, and all of it is a function of the message: a redelivery must meet the
 * id of the first delivery. Source: facts ml-jobs.md section 3. */
#include <stdio.h>
#include <string.h>

#include "client/lib/train_int.h"
#include "common/hash.h"
#include "common/when.h"

#define KEY_MAX 64
#define KEY_HEX 32
#define MESSAGE_ID_USUAL "20000000000000000" /* 17 digits: pubsub.md, 2 */
#define TIME_LEN 15			     /* 20261123_021500 */
#define UNIX_MAX 12			     /* the end of the year 9999 */

enum part { PART_BASE, PART_TIME, PART_UNIX, PART_KEY, PART_COUNT };

static const struct {
	const char *name;
	size_t max;
} parts[PART_COUNT] = {
	[PART_BASE] = {"{base}", 0},
	[PART_TIME] = {"{time}", TIME_LEN},
	[PART_UNIX] = {"{unix}", UNIX_MAX},
	[PART_KEY] = {"{key}", KEY_MAX},
};

/* Not isalpha(): that follows the locale. */
static bool letter(char c) {
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool legal(char c) {
	return letter(c) || (c >= '0' && c <= '9') || c == '_';
}

/* The placeholder that s begins with, or PART_COUNT. */
static enum part part_at(const char *s) {
	enum part p = PART_BASE;
	while (p < PART_COUNT &&
		strncmp(s, parts[p].name, strlen(parts[p].name)) != 0)
		p++;
	return p;
}

static int check_format(
	const struct jobid_format *f, unsigned bases, struct err *e) {
	if (!letter(f->text[0]) && part_at(f->text) != PART_BASE)
		return err_set(e, ERR_USAGE,
			"id format '%s' must begin with {base} or a letter",
			f->text);
	if (bases > 1)
		return err_set(e, ERR_USAGE,
			"id format '%s' has {base} more than once", f->text);
	if (!f->has_key && !f->has_time)
		return err_set(e, ERR_USAGE,
			"id format '%s' gives all runs one id: it needs {key}, "
			"{time} or {unix}",
			f->text);
	if (f->rest_max >= JOBID_MAX)
		return err_set(e, ERR_USAGE,
			"id format '%s' leaves no room for the base in %d "
			"characters",
			f->text, JOBID_MAX);
	return 0;
}

int jobid_format_parse(const char *s, struct jobid_format *ret, struct err *e) {
	struct jobid_format f = {0};
	unsigned bases = 0;
	if (strlen(s) > JOBID_FORMAT_MAX)
		return err_set(e, ERR_USAGE,
			"id format is longer than %d characters",
			JOBID_FORMAT_MAX);
	(void)snprintf(f.text, sizeof f.text, "%s", s);
	while (*s) {
		enum part p = part_at(s);
		if (p == PART_COUNT && *s == '{')
			return err_set(e, ERR_USAGE,
				"id format '%s': unknown placeholder at '%s' "
				"(known: {base} {time} {unix} {key})",
				f.text, s);
		if (p == PART_COUNT && !legal(*s))
			return err_set(e, ERR_USAGE,
				"id format '%s': '%s' begins with a character "
				"other than a letter, a digit or '_'",
				f.text, s);
		f.rest_max += p == PART_COUNT ? 1 : parts[p].max;
		f.has_key |= p == PART_KEY;
		f.has_time |= p == PART_TIME || p == PART_UNIX;
		bases += p == PART_BASE;
		s += p == PART_COUNT ? 1 : strlen(parts[p].name);
	}
	int rc = check_format(&f, bases, e);
	if (rc)
		return rc;
	*ret = f;
	return 0;
}

int jobid_format_attempt(const struct jobid_format *f, unsigned attempt,
	struct jobid_format *ret, struct err *e) {
	char text[sizeof f->text + 16];
	(void)snprintf(text, sizeof text, "%s_a%u", f->text, attempt);
	return jobid_format_parse(text, ret, e);
}

static int make_key(
	const char *key, char ret[static KEY_MAX + 1], struct err *e) {
	size_t n = 0;
	while (legal(key[n]))
		n++;
	if (!*key)
		return err_set(e, ERR_RANGE, "the key is empty");
	if (!key[n] && n <= KEY_MAX) {
		memcpy(ret, key, n + 1);
		return 0;
	}
	return hash_digits(key, KEY_HEX, ret, e);
}

/* At most `room` characters, one for each of the base's (UTF-8). Returns how
 * many. */
static size_t put_base(const char *base, size_t room, char *ret) {
	size_t n = 0;
	for (; *base && n < room; base++)
		if (((unsigned char)*base & 0xc0) != 0x80)
			ret[n++] = legal(*base) ? *base : '_';
	return n;
}

/* Writes the id, or only counts its bytes when ret is NULL. text[PART_BASE] is
 * cut to `room`. rest_max has made sure that all the others fit. */
static size_t put_all(const struct jobid_format *f, const char *const text[],
	size_t room, char *ret) {
	size_t n = 0;
	for (const char *s = f->text; *s;) {
		enum part p = part_at(s);
		char *at = ret ? ret + n : NULL;
		size_t len = p == PART_COUNT ? 1 : strlen(text[p]);
		if (p == PART_BASE)
			len = at ? put_base(text[p], room, at) : 0;
		else if (at)
			memcpy(at, p == PART_COUNT ? s : text[p], len);
		n += len;
		s += p == PART_COUNT ? 1 : strlen(parts[p].name);
	}
	return n;
}

/* `as_long` is what the base makes room for; `key` is what is put there. */
static int make(const struct jobid_format *f, const char *base, int64_t time_us,
	const char *key, const char *as_long, char ret[static JOBID_MAX + 1],
	struct err *e) {
	if (!letter(*base))
		return err_set(e, ERR_RANGE,
			"jobId '%s' does not begin with a letter", base);
	if (f->has_time && time_us < 0)
		return err_set(
			e, ERR_RANGE, "the publish time lies before 1970");
	char time_text[80] = "", unix_text[24] = "";
	if (f->has_time) {
		struct civil c;
		when_civil(time_us, &c);
		(void)snprintf(time_text, sizeof time_text,
			"%04d%02d%02d_%02d%02d%02d", c.year, c.month, c.day,
			c.hour, c.minute, c.second);
		(void)snprintf(unix_text, sizeof unix_text, "%lld",
			(long long)(time_us / US_PER_S));
	}
	const char *text[PART_COUNT] = {base, time_text, unix_text, as_long};
	size_t rest = put_all(f, text, 0, NULL);
	text[PART_KEY] = key;
	ret[put_all(f, text, JOBID_MAX - rest, ret)] = '\0';
	return 0;
}

int jobid_make(const struct jobid_format *f, const char *base, int64_t time_us,
	const char *key, char ret[static JOBID_MAX + 1], struct err *e) {
	char text[KEY_MAX + 1];
	int rc = make_key(key, text, e);
	return rc ? rc : make(f, base, time_us, text, text, ret, e);
}

int jobid_show(const struct jobid_format *f, const char *base, int64_t time_us,
	char ret[static JOBID_MAX + 1], struct err *e) {
	return make(f, base, time_us, parts[PART_KEY].name, MESSAGE_ID_USUAL,
		ret, e);
}

int jobid_check(const char *id, struct err *e) {
	size_t n = 0;
	while (legal(id[n]))
		n++;
	if (!letter(id[0]) || id[n] || n > JOBID_MAX)
		return err_set(e, ERR_RANGE,
			"jobId '%s' is not legal: a letter, then at most 127 "
			"letters, digits or '_'",
			id);
	return 0;
}
