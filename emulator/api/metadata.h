/* SPDX-License-Identifier: MIT */
/* The metadata server of a machine that runs as a service account. Source:
 * facts auth.md section 6. */
#ifndef TRAINCTL_EMULATOR_METADATA_H
#define TRAINCTL_EMULATOR_METADATA_H

#include "emulator/api/api.h"

#define METADATA_PROJECT "test-project" /* unless something else is set */

/* What it tells. */
struct metadata {
	char *project, *email, *scopes; /* scopes have blanks between them */
};

/* The one of an API, made with its usual contents; NULL: no memory. */
struct metadata *metadata_get(struct api *a);
/* Changes it; NULL leaves what there is, or makes it fit the project. ST_OK or
 * INTERNAL. */
int metadata_set(struct call *c, const char *project, const char *email,
	const char *scopes);
void metadata_drop(struct api *a); /* what was set */

#endif
