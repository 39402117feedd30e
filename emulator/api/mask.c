/* SPDX-License-Identifier: MIT */
#include "emulator/api/mask.h"

#include <string.h>

bool mask_next(const char **at, char ret[static MASK_PATH_MAX]) {
	const char *path = *at;
	if (!path)
		return false;
	size_t len = strcspn(path, ",");
	size_t kept = len < MASK_PATH_MAX ? len : MASK_PATH_MAX - 1;
	memcpy(ret, path, kept);
	ret[kept] = '\0';
	*at = path[len] ? path + len + 1 : NULL;
	return true;
}
