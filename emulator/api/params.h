/* SPDX-License-Identifier: MIT */
/* The query parameters that every method of Google's takes. One table says how
 * each is checked and how documents describe it.
 * Source: facts ml-jobs.md sections 1 and 9. */
#ifndef TRAINCTL_EMULATOR_PARAMS_H
#define TRAINCTL_EMULATOR_PARAMS_H

#include <stdbool.h>

#include "common/httpd.h"
#include "emulator/core/status.h"

/* How the caller wants its answer. The texts are the request's. */
struct params {
	bool compact;	      /* prettyPrint=false */
	bool legacy_errors;   /* $.xgafv=1 */
	const char *fields;   /* partial response; NULL: all of it */
	const char *callback; /* JSONP; NULL: JSON */
};

/* Reads them, and refuses what is neither one of them nor in `own` (" filter
 * pageSize ", as in routes.def). Returns ST_OK, or a code with *st set; *ret is
 * filled as far as it goes, for the answer that says so. */
int params_read(
	struct req *r, const char *own, struct params *ret, struct status *st);

/* Whether something, and all parameters, can be text: UTF-8. */
bool param_is_text(const char *s);
bool params_are_text(struct req *r);

struct param_value {
	const char *value, *description;
};

/* As documents describe one. */
struct param_doc {
	const char *name;
	const char *type;		  /* "string" */
	const char *dflt;		  /* or NULL */
	const struct param_value *values; /* ends with value NULL; or NULL */
	const char *description;
};

/* Those that documents have, in their order; NULL past the last. */
const struct param_doc *params_doc(size_t i);

#endif
