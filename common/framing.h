/* SPDX-License-Identifier: MIT */
/* Whether a request leaves any doubt where it ends and which headers it has. A
 * proxy in front may decide otherwise than we do: then part of a stranger's
 * request becomes one of its own, whose answer is taken for that of somebody
 * else's. libmicrohttpd takes all of these. Pure. */
#ifndef TRAINCTL_COMMON_FRAMING_H
#define TRAINCTL_COMMON_FRAMING_H

#include <stdbool.h>

struct framing { /* zero-initialise */
	unsigned lengths, encodings;
	bool strange;
};

/* To be called for every header of a request; framing is a struct framing. */
void framing_see(void *framing, const char *name, const char *value);
/* False where RFC 9112 lets one refuse: the name of a header is no token
 * (section 5.1); there are two Content-Lengths (6.3), or one beside a
 * Transfer-Encoding (6.1); or that is not chunked, once. */
bool framing_ok(const struct framing *f);

#endif
