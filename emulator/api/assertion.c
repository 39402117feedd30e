/* SPDX-License-Identifier: MIT */
#include "emulator/api/assertion.h"

#include <string.h>

bool assertion_timely(const struct jwt *t, int64_t now_s) {
	int64_t iat, exp;
	return jwt_time(t, "iat", &iat) && jwt_time(t, "exp", &exp) &&
	       exp > iat && exp - iat <= ASSERTION_LIFE_S &&
	       iat <= now_s + ASSERTION_SKEW_S &&
	       exp > now_s - ASSERTION_SKEW_S;
}

/* Clients say Google's, wherever the key file sends them. */
bool assertion_for_tokens(const struct jwt *t, const char *own) {
	static const char *const known[] = {
		"https://oauth2.googleapis.com/token",
		"https://www.googleapis.com/oauth2/v4/token",
		"https://www.googleapis.com/oauth2/v3/token",
		"https://accounts.google.com/o/oauth2/token"};
	const char *aud = jwt_claim(t, "aud");
	if (!aud)
		return false;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (!strcmp(aud, known[i]))
			return true;
	return !strcmp(aud, own);
}
