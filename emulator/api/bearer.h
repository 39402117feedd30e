/* SPDX-License-Identifier: MIT */
/* The Authorization header that a service attaches to what it sends for a
 * service account. What is in the token, and how long it lives, is in
 * core/tokens.h. */
#ifndef TRAINCTL_EMULATOR_BEARER_H
#define TRAINCTL_EMULATOR_BEARER_H

#include "emulator/api/headers.h"
#include "emulator/core/emu.h"

#define BEARER_HEADER "Authorization"

/* Adds the header for an oidcToken or an oauthToken that was checked; its
 * audience or scope is `aim` unless it says another. Where no token can be
 * made, h->failed is set, and the log says why. */
void bearer_id(
	struct headers *h, struct emu *em, const json_t *oidc, const char *aim);
void bearer_access(struct headers *h, struct emu *em, const json_t *oauth,
	const char *aim);

#endif
