/* SPDX-License-Identifier: MIT */
#include "emulator/api/mask.h"

#include <string.h>

#include "common/err.h"
#include "common/mem.h"
#include "emulator/api/proto.h"

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

static int merge_path(json_t *o, char *path, const json_t *change) {
	for (;;) {
		char *rest = path + strcspn(path, ".");
		bool last = !*rest;
		*rest = '\0';
		json_t *v = json_object_get(change, path);
		if (last) {
			(void)json_object_del(o, path);
			return v && json_object_set(o, path, v) ? ERR_NOMEM : 0;
		}
		json_t *inner = json_object_get(o, path);
		if (!inner && !v)
			return 0;
		if (!inner && json_object_set_new(o, path, json_object()))
			return ERR_NOMEM;
		o = json_object_get(o, path);
		change = v;
		path = rest + 1;
	}
}

int mask_merge(json_t *o, const char *mask, const json_t *change) {
	char path[MASK_PATH_MAX];
	while (mask_next(&mask, path)) {
		auto_free char *camel = proto_camel(path);
		if (!camel || merge_path(o, camel, change))
			return ERR_NOMEM;
	}
	return 0;
}
