/* SPDX-License-Identifier: MIT */
/* Which route a method is: what documents tell stands in both tables. The
 * methods themselves know nothing of routes, for each answer looks at them. */
#ifndef TRAINCTL_EMULATOR_METHOD_ROUTE_H
#define TRAINCTL_EMULATOR_METHOD_ROUTE_H

#include "emulator/api/methods.h"

/* NULL when it is not emulated. */
const struct route *method_route(const struct method *m);
/* Its own query parameters, as a route has them. */
const char *method_queries(const struct method *m);

#endif
