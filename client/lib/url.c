/* SPDX-License-Identifier: MIT */
/* What URLs are made of, and where they lead. Pure. */
#include <string.h>
#include <strings.h>

#include "client/lib/train_int.h"

int url_escape(struct buf *b, const char *s) {
	static const char keep[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	for (; *s; s++) {
		int rc = strchr(keep, *s)
				 ? buf_addc(b, *s)
				 : buf_addf(b, "%%%02X", (unsigned char)*s);
		if (rc)
			return rc;
	}
	return b->failed;
}

int path_error(const struct buf *b, struct err *e) {
	if (b->failed == ERR_TOOBIG)
		return err_set(e, ERR_USAGE, "the URL would be over %u bytes",
			URL_MAX);
	return err_nomem(e);
}

bool url_loopback(const char *url) {
	static const char *const safe[] = {"localhost", "127.0.0.1", "[::1]"};
	url += strcspn(url, ":");
	url += strncmp(url, "://", 3) == 0 ? 3 : 0;
	for (size_t i = 0; i < sizeof safe / sizeof safe[0]; i++) {
		size_t n = strlen(safe[i]);
		if (strncmp(url, safe[i], n) == 0 &&
			(!url[n] || url[n] == ':' || url[n] == '/'))
			return true;
	}
	return false;
}

bool url_in_clear(const char *url) {
	return strncasecmp(url, "http://", 7) == 0 && !url_loopback(url);
}

bool project_ok(const char *s) {
	/* ids, numbers, and the old domain-scoped example.com:id */
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-.:";
	return *s && !s[strspn(s, chars)];
}
