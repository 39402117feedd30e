/* SPDX-License-Identifier: MIT */
/* Which images a job would run. All members of that name are looked at, at any
 * depth: one that is not known today is not a way round the list. */
#include <string.h>

#include "client/lib/train_int.h"

struct search {
	spec_image_ok *allowed;
	void *ctx;
	struct err *e;
};

static int forbidden(struct err *e) {
	e->http = 403;
	return e->code;
}

static int check_image(const struct search *s, const json_t *v) {
	const char *image = json_string_value(v);
	if (!image)
		return err_set(s->e, ERR_SHAPE, "an imageUri is not a string");
	if (s->allowed(s->ctx, image))
		return 0;
	(void)err_set(
		s->e, ERR_HTTP, "the image '%s' is not allowed here", image);
	return forbidden(s->e);
}

/* Depth is bounded by what the parser has let in. */
static int check_all(const struct search *s, const json_t *v) {
	const char *key;
	size_t i;
	json_t *x;
	int rc = 0;
	json_array_foreach (v, i, x) {
		rc = check_all(s, x);
		if (rc)
			return rc;
	}
	json_object_foreach ((json_t *)v, key, x) {
		rc = name_same(key, "imageUri") && !json_is_null(x)
			     ? check_image(s, x)
			     : check_all(s, x);
		if (rc)
			return rc;
	}
	return 0;
}

/* In whichever of two spellings of the input: the service may take either. */
static bool has_packages(const json_t *job) {
	const char *key;
	json_t *input;
	json_object_foreach ((json_t *)job, key, input)
		if (name_same(key, "trainingInput") &&
			(name_get(input, "packageUris", NULL) ||
				name_get(input, "pythonModule", NULL)))
			return true;
	return false;
}

int spec_check_images(
	const json_t *job, spec_image_ok *allowed, void *ctx, struct err *e) {
	const struct search s = {allowed, ctx, e};
	const json_t *input = name_get(job, "trainingInput", NULL);
	const json_t *master = name_get(input, "masterConfig", NULL);
	if (!name_get(master, "imageUri", NULL)) {
		(void)err_set(e, ERR_HTTP,
			"only jobs of listed images are allowed here, and this "
			"one has no image");
		return forbidden(e);
	}
	if (has_packages(job)) {
		(void)err_set(e, ERR_HTTP,
			"only jobs of listed images are allowed here, and this "
			"one has packages");
		return forbidden(e);
	}
	return check_all(&s, job);
}
