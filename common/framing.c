/* SPDX-License-Identifier: MIT */
#include "common/framing.h"

#include <string.h>
#include <strings.h>

/* RFC 9110, section 5.6.2 */
static const char TOKEN[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "!#$%&'*+-.^_`|~";

void framing_see(void *framing, const char *name, const char *value) {
	struct framing *f = framing;
	f->strange |= !*name || name[strspn(name, TOKEN)];
	f->lengths += !strcasecmp(name, "Content-Length");
	if (strcasecmp(name, "Transfer-Encoding") != 0)
		return;
	f->encodings++;
	f->strange |= strcasecmp(value, "chunked") != 0;
}

bool framing_ok(const struct framing *f) {
	return !f->strange && f->lengths + f->encodings <= 1;
}
