/* SPDX-License-Identifier: MIT */
#include "emulator/api/method_route.h"

#include <string.h>

const struct route *method_route(const struct method *m) {
	const char *name = m->route ? m->route : m->id;
	for (size_t i = 0; i < api_routes_len; i++) {
		const struct route *r = &api_routes[i];
		if (!strcmp(r->name, name))
			return r->handle == api_not_emulated ? NULL : r;
	}
	return NULL;
}

const char *method_queries(const struct method *m) {
	return m->queries ? m->queries : method_route(m)->queries;
}
