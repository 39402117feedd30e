/* SPDX-License-Identifier: MIT */
#include "common/framing.h"

#include <string.h>
#include <strings.h>

/* RFC 9110, section 5.6.2 */
static const char TOKEN[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "!#$%&'*+-.^_`|~";

/* Behind the line whose last text this is, where CR and LF were; NULL: they
 * were not, but a bare LF, or a NUL and more. */
static const char *line_end(const char *text) {
	const char *end = text + strlen(text);
	return end[1] ? NULL : end + 2;
}

/* The header lies where it was received if its name is where the line before
 * ends, and its value behind a colon, which became a NUL, and blanks. */
static bool in_place(const char *next, const char *name, const char *value) {
	if (name != next)
		return false;
	const char *text = name + strlen(name) + 1;
	return text + strspn(text, " \t") == value;
}

void framing_begin(struct framing *f, const char *version) {
	f->placed = true;
	f->next = line_end(version);
}

void framing_see(void *framing, const char *name, const char *value) {
	struct framing *f = framing;
	if (f->placed)
		f->next =
			in_place(f->next, name, value) ? line_end(value) : NULL;
	f->strange |= !*name || name[strspn(name, TOKEN)];
	f->strange |= strchr(value, '\r') != NULL;
	f->lengths += !strcasecmp(name, "Content-Length");
	if (strcasecmp(name, "Transfer-Encoding") != 0)
		return;
	f->encodings++;
	f->strange |= strcasecmp(value, "chunked") != 0;
}

void framing_end(struct framing *f, const char *body) {
	if (f->placed)
		f->strange |= !f->next || *f->next || line_end(f->next) != body;
}

bool framing_ok(const struct framing *f) {
	return !f->strange && f->lengths + f->encodings <= 1;
}
