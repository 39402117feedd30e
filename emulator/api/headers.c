/* SPDX-License-Identifier: MIT */
#include "emulator/api/headers.h"

#include <string.h>
#include <strings.h>

#include "common/err.h"
#include "common/mem.h"

#define TCHAR_ALNUM                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

int headers_init(struct headers *h, size_t max) {
	*h = (struct headers){.at = mem_zero(max + 1, sizeof *h->at)};
	return h->at ? 0 : ERR_NOMEM;
}

void headers_done(struct headers *h) {
	while (h->len)
		mem_free(h->at[--h->len]);
	mem_free(h->at);
}

void headers_line(struct headers *h, char *line) {
	if (line)
		h->at[h->len++] = line;
	else
		h->failed = true;
}

/* curl takes "Name:" for the wish to leave a header of its own out, and sends
 * an empty one for "Name;". */
void headers_add(struct headers *h, const char *name, const char *value) {
	if (value[strspn(value, " \t")])
		headers_line(h, mem_printf("%s: %s", name, value));
	else
		headers_line(h, mem_printf("%s;", name));
}

void headers_drop(struct headers *h, const char *begins) {
	size_t kept = 0;
	for (size_t i = 0; i < h->len; i++)
		if (!strncasecmp(h->at[i], begins, strlen(begins)))
			mem_free(h->at[i]);
		else
			h->at[kept++] = h->at[i];
	h->len = kept;
	h->at[kept] = NULL;
}

bool headers_name_ok(const char *name) {
	return *name && !name[strspn(name, TCHAR_ALNUM "!#$%&'*+-.^_`|~")];
}

/* Without a line's end a value cannot become a header of its own. */
bool headers_value_ok(const char *value) {
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

bool headers_has(const json_t *own, const char *name) {
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)own, key, v)
		if (!strcasecmp(key, name))
			return true;
	return false;
}

bool headers_reserved(const char *name) {
	static const char *const whole[] = {"host", "content-length", "expect",
		"transfer-encoding", "connection", "keep-alive", "upgrade",
		"te", "trailer", "proxy-connection"};
	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
		if (!strcasecmp(name, whole[i]))
			return true;
	return false;
}
