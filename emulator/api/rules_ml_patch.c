/* SPDX-License-Identifier: MIT */
/* What a patch of a job may change: facts ml-jobs.md section 8. */
#include <string.h>

#include "emulator/api/mask.h"
#include "emulator/api/rules_ml.h"
#include "emulator/api/schema_ml.h"

/* guess: that it is refused is documented, or likely; the words are not. */
#define MASK_MISSING "An update mask must be specified."
#define PATH_UNKNOWN "The path \"%s\" is no field of a job."
#define PATH_FIXED                                                             \
	"The path \"%s\" cannot be updated: only labels and etag can."

#define refuse(st, ...)                                                        \
	status_field(st, ST_INVALID_ARGUMENT, "update_mask", __VA_ARGS__)

static int check_path(const char *path, unsigned *mask, struct status *st) {
	char top[MASK_PATH_MAX];
	size_t len = strcspn(path, ".");
	memcpy(top, path, len);
	top[len] = '\0';
	const struct proto_field *f = proto_field(&schema_ml_job, top);
	if (!f)
		return refuse(st, PATH_UNKNOWN, path);
	bool whole = !path[len];
	if (whole && strcmp(f->name, "labels") == 0)
		*mask |= ML_MASK_LABELS;
	else if (whole && strcmp(f->name, "etag") == 0)
		*mask |= ML_MASK_ETAG;
	else
		return refuse(st, PATH_FIXED, path);
	return ST_OK;
}

int rules_ml_patch(const char *mask, const json_t *job, unsigned *ret_mask,
	struct status *st) {
	if (!mask || !*mask)
		return refuse(st, MASK_MISSING);
	unsigned bits = 0;
	char path[MASK_PATH_MAX];
	while (mask_next(&mask, path)) {
		int rc = check_path(path, &bits, st);
		if (rc)
			return rc;
	}
	*ret_mask = bits;
	return bits & ML_MASK_LABELS ? rules_ml_labels(job, st) : ST_OK;
}
