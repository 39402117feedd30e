/* SPDX-License-Identifier: MIT */
#include "emulator/api/origin.h"

#include <string.h>
#include <strings.h>

#include "common/mem.h"

const char *origin_host(const struct call *c) {
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
	const char *host = req_header(c->req, "Host");
	bool good = host && *host && !host[strspn(host, safe)] &&
		    strlen(host) <= ORIGIN_HOST_MAX;
	return good ? host : NULL;
}

const char *origin_scheme(const struct call *c) {
	const char *scheme = req_header(c->req, "X-Forwarded-Proto");
	return scheme && !strcasecmp(scheme, "https") ? "https" : "http";
}

char *origin_url(const struct call *c) {
	const char *host = origin_host(c);
	return host ? mem_printf("%s://%s", origin_scheme(c), host)
		    : mem_strdup(c->api->self_url);
}
