/* SPDX-License-Identifier: MIT */
#include "emulator/api/handle.h"

#include <string.h>
#include <strings.h>

#include "emulator/api/guard.h"
#include "emulator/core/turn.h"

/* A form is more of the query, of whatever method. So is JSON that is said to
 * be one, as `curl -d` says without more: the services then know no parameter
 * of that name (VBA-tools/VBA-Web#332). What is not Google's is not so strict.
 */
static int take_form(struct req *r, const struct route *route) {
	static const char form[] = "application/x-www-form-urlencoded";
	if (strncmp(route->pattern, "/v", 2) != 0 || req_method(r)[0] == 'G')
		return 0;
	const char *type = req_header(r, "Content-Type");
	bool is = type && !strncasecmp(type, form, sizeof form - 1);
	return is ? req_take_form(r) : 0;
}

static int run_handler(struct call *c) {
	if (!(c->route->flags & ROUTE_WRITE))
		return c->route->handle(c);
	/* one that comes while something is under way may be caused by that */
	if (!(c->route->flags & ROUTE_POLL) && c->em->in_flight == 0)
		turn_rest(c->em);
	emu_begin(c->em);
	int rc = c->route->handle(c);
	if (rc > 0 && !c->keep)
		emu_rollback(c->em);
	else if (emu_commit(c->em) && rc != API_LATER)
		rc = status_set(&c->st, ST_INTERNAL,
			"Internal error: the state could not be written.");
	return rc;
}

/* What is no text can be no project's name, nor that of anything new; other
 * things of such a name are just not there. */
static bool is_text(const struct call *c) {
	bool new = c->route->flags &ROUTE_WRITE;
	return params_are_text(c->req) &&
	       (!c->param[0] || param_is_text(c->param[0])) &&
	       (!new || param_is_text(req_path(c->req)));
}

void handle(struct call *c) {
	int rc = take_form(c->req, c->route)
			 ? status_set(&c->st, ST_INVALID_ARGUMENT,
				   "The request has too many parameters.")
			 : call_params(c);
	/* in whose words a service says so is not known */
	if (!rc && !is_text(c))
		rc = status_set(&c->st, ST_INVALID_ARGUMENT,
			"The request's URL is not valid UTF-8.");
	if (!rc && c->api->strict)
		rc = guard_check(c);
	if (!rc)
		rc = pubsub_check_path(c);
	if (!rc)
		rc = run_handler(c);
	if (rc != API_LATER)
		call_finish(c, rc);
}
