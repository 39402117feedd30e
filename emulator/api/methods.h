/* SPDX-License-Identifier: MIT */
/* What each method takes and gives. Where it is and which query parameters it
 * has stands in routes.def. */
#ifndef TRAINCTL_EMULATOR_METHODS_H
#define TRAINCTL_EMULATOR_METHODS_H

#include "emulator/api/api.h"

struct method {
	const char *id;	       /* "ml.projects.jobs.create" */
	const char *parameter; /* the path's variable: "parent"; "": none */
	const struct proto_message *request; /* NULL: no body */
	const struct proto_message *response;
	/* Where the id is not the name in routes.def: that name, of a route
	 * that services share, and the query parameters that this one has. */
	const char *route, *queries;
};

/* Those of the services that documents describe; ends with id NULL. */
extern const struct method api_methods[];

/* The message that a route answers with, or NULL when no table has it or
 * services share the route. */
const struct proto_message *route_response(const struct route *r);

#endif
