/* SPDX-License-Identifier: MIT */
/* routes.def as a table, and the handler of what is not emulated. */
#include "emulator/api/api.h"

const struct route api_routes[] = {
#define ROUTE(method, pattern, handler, name, queries, flags)                  \
	{method, pattern, handler, name, queries, flags},
#include "emulator/api/routes.def"
#undef ROUTE
};
const size_t api_routes_len = sizeof api_routes / sizeof api_routes[0];

int api_not_emulated(struct call *c) {
	return call_not_emulated(c, c->route->name);
}
