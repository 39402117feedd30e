/* SPDX-License-Identifier: MIT */
#include "common/framing.h"

#include <string.h>
#include <strings.h>

#include "common/httpd.h"

/* RFC 9110, section 5.6.2 */
static const char TOKEN[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "!#$%&'*+-.^_`|~";

struct seen {
	unsigned lengths, encodings;
	bool strange;
};

static void see(void *ctx, const char *name, const char *value) {
	struct seen *s = ctx;
	s->strange |= !*name || name[strspn(name, TOKEN)];
	s->lengths += !strcasecmp(name, "Content-Length");
	if (strcasecmp(name, "Transfer-Encoding") != 0)
		return;
	s->encodings++;
	s->strange |= strcasecmp(value, "chunked") != 0;
}

bool framing_ok(struct req *r) {
	struct seen s = {0};
	req_each_header(r, see, &s);
	return !s.strange && s.lengths + s.encodings <= 1;
}
