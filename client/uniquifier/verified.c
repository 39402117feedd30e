/* SPDX-License-Identifier: MIT */
/* Looked for by hash, not by text: how long a comparison takes then tells
 * nothing of a token, and none is kept. */
#include "client/uniquifier/verified.h"

#include <stdbool.h>
#include <string.h>

static void forget(struct verified *d, unsigned long edition) {
	memset(d->tokens, 0, sizeof d->tokens);
	d->edition = edition;
}

/* Before it was verified it may not have been good: clocks are set back. */
static bool is_known(
	const struct verified *d, const char *hash, int64_t now_s) {
	for (size_t i = 0; i < VERIFIED_MAX; i++)
		if (strcmp(d->tokens[i].hash, hash) == 0 &&
			now_s >= d->tokens[i].from_s &&
			(double)now_s < d->tokens[i].until_s)
			return true;
	return false;
}

static void remember(
	struct verified *d, const char *hash, int64_t from_s, double until_s) {
	memcpy(d->tokens[d->next].hash, hash, HASH_HEX_LEN + 1);
	d->tokens[d->next].from_s = from_s;
	d->tokens[d->next].until_s = until_s;
	d->next = (d->next + 1) % VERIFIED_MAX;
}

enum verify_verdict verified_token(struct verified *d, const char *token,
	const struct keyset *keys, unsigned long edition, int64_t now_s,
	struct err *why) {
	char hash[HASH_HEX_LEN + 1];
	double until_s;
	size_t len = strnlen(token, VERIFY_TOKEN_MAX + 1);
	/* without a hash, and that is without memory, it is verified each time
	 */
	bool hashed =
		len <= VERIFY_TOKEN_MAX && hash_hex(token, len, hash, why) == 0;
	*why = (struct err){0};
	if (d->edition != edition)
		forget(d, edition);
	if (hashed && is_known(d, hash, now_s))
		return VERIFY_GOOD;
	enum verify_verdict v =
		verify_token(token, keys, &d->want, now_s, &until_s, why);
	if (v == VERIFY_GOOD && hashed)
		remember(d, hash, now_s, until_s);
	return v;
}
