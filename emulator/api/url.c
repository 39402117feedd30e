/* SPDX-License-Identifier: MIT */
#include "emulator/api/url.h"

#include <string.h>
#include <strings.h>

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
