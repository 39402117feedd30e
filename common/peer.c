/* SPDX-License-Identifier: MIT */
#include "common/peer.h"

#include <stdbool.h>
#include <string.h>

#include "common/fetch.h"
#include "common/mem.h"

/* Whether the last colon is followed by digits to the end; those of an IPv6
 * address stand in brackets. */
static bool has_port(const char *host, size_t n) {
	size_t digits = 0;
	while (digits < n && host[n - 1 - digits] >= '0' &&
		host[n - 1 - digits] <= '9')
		digits++;
	return digits > 0 && digits < n && host[n - 1 - digits] == ':' &&
	       n - digits > 1;
}

int peer_url(const char *s, char **ret, struct err *e) {
	const char *scheme = strstr(s, "://");
	const char *host = scheme ? scheme + 3 : s;
	size_t n = strlen(host);
	while (n && host[n - 1] == '/')
		n--;
	auto_free char *url = mem_printf("%s%.*s", scheme ? "" : "http://",
		(int)(host - s + (long)n), s);
	if (!url)
		return err_nomem(e);
	if (!n || memchr(host, '/', n) || strpbrk(host, "?#@ \t\r\n") ||
		(!scheme && !has_port(host, n)) || !fetch_url_ok(url))
		return err_set(e, ERR_USAGE,
			"'%.200s' is not HOST:PORT or http://HOST:PORT", s);
	*ret = TAKE(url);
	return 0;
}
