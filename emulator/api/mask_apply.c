/* SPDX-License-Identifier: MIT */
#include "emulator/api/mask_apply.h"

#include <string.h>

#include "common/err.h"
#include "emulator/api/mask.h"

static bool is_message(const struct proto_field *f) {
	return f->type == PROTO_MESSAGE && !(f->flags & PROTO_REPEATED);
}

/* Clears what may not be set beside f. */
static void drop_rivals(const struct proto_message *m,
	const struct proto_field *f, json_t *to) {
	for (const struct proto_field *o = m->fields; f->oneof && o->name; o++)
		if (o != f && o->oneof && strcmp(o->oneof, f->oneof) == 0)
			(void)json_object_del(to, o->name);
}

/* The object that is member f of `to`, made if it is missing; NULL when memory
 * ran out. */
static json_t *member(const struct proto_field *f, json_t *to) {
	if (!json_object_get(to, f->name) &&
		json_object_set_new_nocheck(to, f->name, json_object()))
		return NULL;
	return json_object_get(to, f->name);
}

static int merge_map(const json_t *from, json_t *to) {
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)from, key, v) {
		if (json_is_null(v))
			(void)json_object_del(to, key);
		else if (json_object_set_nocheck(to, key, v))
			return ERR_NOMEM;
	}
	return 0;
}

static int set_field(const struct proto_message *m, const struct proto_field *f,
	const json_t *from, json_t *to);

static int merge_message(
	const struct proto_message *m, const json_t *from, json_t *to) {
	int rc = 0;
	for (const struct proto_field *f = m->fields; !rc && f->name; f++)
		if (json_object_get(from, f->name))
			rc = set_field(m, f, from, to);
	return rc;
}

static int set_field(const struct proto_message *m, const struct proto_field *f,
	const json_t *from, json_t *to) {
	json_t *v = json_object_get(from, f->name);
	if (f->flags & PROTO_OUTPUT)
		return 0;
	if (!v) {
		(void)json_object_del(to, f->name);
		return 0;
	}
	drop_rivals(m, f, to);
	bool is_map = f->type == PROTO_STRING_MAP;
	if (!is_map && !is_message(f))
		return json_object_set_nocheck(to, f->name, v) ? ERR_NOMEM : 0;
	json_t *inner = member(f, to);
	if (!inner)
		return ERR_NOMEM;
	if (!is_map)
		return merge_message(f->message, v, inner);
	int rc = merge_map(v, inner);
	if (!json_object_size(inner))
		(void)json_object_del(to, f->name);
	return rc;
}

int mask_apply(const struct proto_message *m, const char *path,
	const json_t *from, json_t *to) {
	char name[MASK_PATH_MAX];
	size_t len = strcspn(path, ".");
	if (len >= sizeof name)
		return ERR_NOTFOUND;
	memcpy(name, path, len);
	name[len] = '\0';
	const struct proto_field *f = proto_field(m, name);
	if (!f)
		return ERR_NOTFOUND;
	if (!path[len])
		return set_field(m, f, from, to);
	if (!is_message(f))
		return ERR_NOTFOUND;
	bool was_there = json_object_get(to, f->name) != NULL;
	json_t *inner = member(f, to);
	if (!inner)
		return ERR_NOMEM;
	int rc = mask_apply(f->message, path + len + 1,
		json_object_get(from, f->name), inner);
	if (was_there)
		return rc;
	/* clearing a part of what is not there makes nothing */
	if (json_object_size(inner))
		drop_rivals(m, f, to);
	else
		(void)json_object_del(to, f->name);
	return rc;
}
