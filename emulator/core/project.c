/* SPDX-License-Identifier: MIT */
#include "emulator/core/project.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LEAST UINT64_C(100000000000) /* of twelve digits */

/* FNV-1a, 64 bits */
static uint64_t hash(const char *s) {
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return h;
}

void project_number(const char *project, char ret[static PROJECT_NUMBER_MAX]) {
	size_t digits = strspn(project, "0123456789");
	if (digits && !project[digits] && digits < PROJECT_NUMBER_MAX)
		memcpy(ret, project, digits + 1);
	else
		(void)snprintf(ret, PROJECT_NUMBER_MAX, "%" PRIu64,
			LEAST + hash(project) % (9 * LEAST));
}
