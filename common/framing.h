/* SPDX-License-Identifier: MIT */
/* Whether a request leaves any doubt where it ends and which headers it has. A
 * proxy in front may decide otherwise than we do: then part of a stranger's
 * request becomes one of its own, whose answer is taken for that of somebody
 * else's. libmicrohttpd takes all of these, or did before 1.0. Pure. */
#ifndef TRAINCTL_COMMON_FRAMING_H
#define TRAINCTL_COMMON_FRAMING_H

#include <stdbool.h>

struct framing { /* zero-initialise */
	unsigned lengths, encodings;
	bool strange;
	bool placed;	  /* framing_begin has been called */
	const char *next; /* where a line must begin; NULL: one is strange */
};

/* For what libmicrohttpd before 1.0 makes of a request, which lies in its
 * buffer as it came, but with NULs for colons, CRs and LFs. The library moves
 * the name of a header whose line is folded, so as to add the rest of the line
 * to it; and it ends a text at a NUL that was received. Either leaves bytes
 * between one header and the next. The version is the request line's, in the
 * buffer; the body begins where the last header ends. Without framing_begin,
 * framing_end does nothing. */
void framing_begin(struct framing *f, const char *version);
void framing_end(struct framing *f, const char *body);

/* To be called for every header of a request; framing is a struct framing. */
void framing_see(void *framing, const char *name, const char *value);
/* False where RFC 9112 lets one refuse: the name of a header is no token
 * (section 5.1), or its value has a CR; there are two Content-Lengths (6.3), or
 * one beside a Transfer-Encoding (6.1); or that is not chunked, once. With
 * framing_begin and framing_end, also where a line is folded (5.2), ends with
 * anything but CR LF (2.2), or has a NUL; but NUL LF passes for CR LF. */
bool framing_ok(const struct framing *f);

#endif
