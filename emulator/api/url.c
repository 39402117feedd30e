/* SPDX-License-Identifier: MIT */
#include "emulator/api/url.h"

#include <string.h>
#include <strings.h>

#include "common/mem.h"

bool url_is_http(const char *url) {
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	size_t scheme = strncasecmp(url, "http://", 7) == 0    ? 7
			: strncasecmp(url, "https://", 8) == 0 ? 8
							       : 0;
	if (!scheme)
		return false;
	const char *host = url + scheme;
	size_t len = strcspn(host, "/?#");
	const char *user = memchr(host, '@', len);
	if (user) {
		len -= (size_t)(user + 1 - host);
		host = user + 1;
	}
	return len && *host != ':';
}

/* Up to the path. */
static size_t server_len(const char *url) {
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	return (size_t)(host - url) + strcspn(host, "/?#");
}

bool url_same_server(const char *a, const char *b) {
	size_t len = server_len(a);
	return len == server_len(b) && !strncasecmp(a, b, len);
}

size_t url_encoded_len(const char *url) {
	size_t len = 0;
	for (; *url; url++)
		len += (unsigned char)*url < 0x80 ? 1 : 3;
	return len;
}

char *url_encode(const char *url) {
	static const char hex[] = "0123456789ABCDEF";
	char *out = mem_zero(url_encoded_len(url) + 1, 1);
	for (char *to = out; to && *url; url++) {
		unsigned char c = (unsigned char)*url;
		if (c < 0x80) {
			*to++ = *url;
			continue;
		}
		*to++ = '%';
		*to++ = hex[c >> 4];
		*to++ = hex[c & 15];
	}
	return out;
}
