/* SPDX-License-Identifier: MIT */
#include "emulator/api/labels.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <wctype.h>

#define LENGTH_MAX 63 /* characters of a key or of a value */

/* One code point of text that jansson has found to be UTF-8. */
static size_t next_char(const char *s, wint_t *ret) {
	const unsigned char *u = (const unsigned char *)s;
	if (u[0] < 0x80) {
		*ret = u[0];
		return 1;
	}
	size_t n = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
	wint_t c = u[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++)
		c = (c << 6) | (u[i] & 0x3fU);
	*ret = c;
	return n;
}

/* Letters and digits of other scripts. The C library's classes stand in for
 * Unicode's, whatever the program's locale is: upper case is refused, other
 * letters and numbers are taken. Without such a locale all of them are. */
static bool foreign_allowed(wint_t c, bool letter) {
	locale_t l = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!l)
		return true;
	bool good = !iswupper_l(c, l) &&
		    (letter ? iswalpha_l(c, l) : iswalnum_l(c, l));
	freelocale(l);
	return good;
}

static bool letter_allowed(wint_t c) {
	return c < 0x80 ? c >= 'a' && c <= 'z' : foreign_allowed(c, true);
}

static bool char_allowed(wint_t c) {
	if (c >= 0x80)
		return foreign_allowed(c, false);
	return letter_allowed(c) || (c >= '0' && c <= '9') || c == '_' ||
	       c == '-';
}

/* The length in characters; *bad is the first one not allowed, or NULL. */
static size_t scan(const char *s, const char **bad) {
	size_t count = 0;
	*bad = NULL;
	for (size_t n; *s; s += n, count++) {
		wint_t c;
		n = next_char(s, &c);
		if (!*bad && !char_allowed(c))
			*bad = s;
	}
	return count;
}

static void quote_char(const char *s, struct label_problem *ret) {
	wint_t c;
	size_t n = next_char(s, &c);
	memcpy(ret->character, s, n);
	ret->character[n] = '\0';
}

static enum label_fault check_key(const char *key, struct label_problem *ret) {
	if (!*key)
		return LABEL_KEY_EMPTY;
	wint_t first;
	(void)next_char(key, &first);
	if (!letter_allowed(first)) {
		quote_char(key, ret);
		return LABEL_KEY_FIRST;
	}
	const char *bad;
	size_t len = scan(key, &bad);
	if (bad) {
		quote_char(bad, ret);
		return LABEL_KEY_CHAR;
	}
	return len > LENGTH_MAX ? LABEL_KEY_LONG : LABEL_FINE;
}

static enum label_fault check_value(
	const char *value, struct label_problem *ret) {
	const char *bad;
	size_t len = scan(value, &bad);
	if (bad) {
		quote_char(bad, ret);
		return LABEL_VALUE_CHAR;
	}
	return len > LENGTH_MAX ? LABEL_VALUE_LONG : LABEL_FINE;
}

enum label_fault labels_check(const json_t *labels, struct label_problem *ret) {
	*ret = (struct label_problem){.key = "", .value = ""};
	if (json_object_size(labels) > LABELS_MAX)
		return LABEL_TOO_MANY;
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)labels, key, v) {
		ret->key = key;
		ret->value = json_string_value(v);
		enum label_fault fault = check_key(key, ret);
		if (!fault)
			fault = check_value(ret->value, ret);
		if (fault)
			return fault;
	}
	return LABEL_FINE;
}
