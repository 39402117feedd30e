/* SPDX-License-Identifier: MIT */
/* OAuth's scopes: what a token may be used for, in lists with blanks between.
 * Pure. */
#ifndef TRAINCTL_EMULATOR_SCOPES_H
#define TRAINCTL_EMULATOR_SCOPES_H

#include <stdbool.h>
#include <string.h>

#define SCOPE(name) "https://www.googleapis.com/auth/" name
#define SCOPE_CLOUD SCOPE("cloud-platform")
#define SCOPE_EMAIL SCOPE("userinfo.email")

/* Whether a list has that one. */
static inline bool scope_in(const char *list, const char *one) {
	size_t n = strlen(one);
	for (const char *s = list; (s = strstr(s, one)); s += n)
		if ((s == list || s[-1] == ' ') && (!s[n] || s[n] == ' '))
			return true;
	return false;
}

#endif
