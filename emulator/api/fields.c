/* SPDX-License-Identifier: MIT */
/* A selection is expanded against the message's table path by path, which is
 * what the service's words for a wrong one suggest it does as well. */
#include "emulator/api/fields.h"

#include <string.h>

#include "common/buf.h"
#include "common/jsn.h"
#include "common/mem.h"

#define DEPTH_MAX 32 /* names of a path */
#define NAME_MAX_LEN 127

/* One name of a path, a piece of the text. */
struct name {
	const char *p;
	size_t len;
};

struct expand {
	const char *text, *at; /* all of it, and where we are */
	const struct proto_message *message;
	json_t *tree;
	struct name path[DEPTH_MAX];
	size_t depth;
	struct status *st;
	bool nomem;
};

static int refuse(const struct expand *x, const char *why, const char *what) {
	status_set(x->st, ST_INVALID_ARGUMENT,
		"Request contains an invalid argument.");
	status_reason(x->st, x->text,
		"Error expanding 'fields' parameter. %s '%.300s'.", why, what);
	return (int)x->st->code;
}

static int refuse_path(const struct expand *x) {
	auto_buf struct buf b;
	buf_init(&b, 300);
	for (size_t i = 0; i < x->depth; i++) {
		if (i)
			(void)buf_addc(&b, '.');
		(void)buf_add(&b, x->path[i].p, x->path[i].len);
	}
	return refuse(x, "Cannot find matching fields for path", buf_str(&b));
}

static bool add(struct expand *x, json_t *node, const struct proto_message *m,
	size_t i);

/* Selects `key` of a node, and what the rest of the path names below it. */
static bool add_below(struct expand *x, json_t *node, const char *key,
	const struct proto_message *m, size_t i) {
	json_t *there = json_object_get(node, key);
	if (i + 1 == x->depth) {
		x->nomem |= json_object_set_new_nocheck(
				    node, key, json_true()) != 0;
		return true;
	}
	/* all of it is selected already: the path is only looked at */
	auto_json json_t *sub =
		json_is_object(there) ? json_incref(there) : json_object();
	if (!sub)
		x->nomem = true;
	else if (!add(x, sub, m, i + 1))
		return false;
	if (sub && !there)
		x->nomem |= json_object_set_nocheck(node, key, sub) != 0;
	return true;
}

static bool add_field(
	struct expand *x, json_t *node, const struct proto_field *f, size_t i) {
	bool is_map = f->type == PROTO_STRING_MAP;
	bool open = f->type == PROTO_ANY_JSON || is_map;
	bool more = i + 1 < x->depth;
	if (more && !open && f->type != PROTO_MESSAGE)
		return false;
	if (is_map && i + 2 < x->depth)
		return false;
	return add_below(x, node, f->name, f->message, i);
}

/* A star. It does not look for the rest of a path in what has any names. */
static bool add_all(struct expand *x, json_t *node,
	const struct proto_message *m, size_t i) {
	const bool last = i + 1 == x->depth;
	bool any = last;
	for (const struct proto_field *f = m->fields; f->name; f++)
		if (last || f->type == PROTO_MESSAGE)
			any |= add_field(x, node, f, i);
	return any;
}

/* Adds the path from its name i on to a node that stands for message m, or for
 * what no table describes. False: there is no such field. */
static bool add(struct expand *x, json_t *node, const struct proto_message *m,
	size_t i) {
	char name[NAME_MAX_LEN + 1];
	const struct name *at = &x->path[i];
	if (at->len > NAME_MAX_LEN)
		return false;
	memcpy(name, at->p, at->len);
	name[at->len] = '\0';
	if (!m)
		return add_below(x, node, name, NULL, i);
	const struct proto_field *f = proto_field(m, name);
	if (f)
		return add_field(x, node, f, i);
	return strcmp(name, "*") == 0 && add_all(x, node, m, i);
}

/* path [ '(' list ')' ], ending before ',' or ')' */
static int item(struct expand *x);

static int list(struct expand *x) {
	const size_t depth = x->depth;
	for (;;) {
		int rc = item(x);
		x->depth = depth;
		if (rc || *x->at != ',')
			return rc;
		x->at++;
	}
}

static int sub_list(struct expand *x) {
	x->at++;
	int rc = list(x);
	if (rc)
		return rc;
	if (*x->at != ')')
		return refuse(x, "A parenthesis is not closed in", x->text);
	x->at++;
	if (*x->at && !strchr(",)", *x->at))
		return refuse(x, "Expected ',' or ')' before", x->at);
	return ST_OK;
}

static int item(struct expand *x) {
	for (;;) {
		size_t len = strcspn(x->at, ",()/.");
		if (len == 0)
			return refuse(x, "Expected a name before", x->at);
		if (x->depth == DEPTH_MAX)
			return refuse(x, "Too many levels in", x->text);
		x->path[x->depth++] = (struct name){x->at, len};
		x->at += len;
		if (*x->at != '/' && *x->at != '.')
			break;
		x->at++;
	}
	if (*x->at == '(')
		return sub_list(x);
	return add(x, x->tree, x->message, 0) ? ST_OK : refuse_path(x);
}

int fields_parse(const char *text, const struct proto_message *m, json_t **ret,
	struct status *st) {
	auto_json json_t *tree = json_object();
	struct expand x = {.text = text,
		.at = text,
		.message = m,
		.tree = tree,
		.st = st,
		.nomem = !tree};
	int rc = x.nomem ? ST_OK : list(&x);
	if (!rc && !x.nomem && *x.at)
		rc = refuse(&x, "No parenthesis is open before", x.at);
	if (rc)
		return rc;
	if (x.nomem)
		return status_nomem(st);
	*ret = TAKE(tree);
	return ST_OK;
}

static json_t *select_array(const json_t *chosen, const json_t *v) {
	auto_json json_t *out = json_array();
	size_t i;
	json_t *item;
	json_array_foreach (v, i, item) {
		json_t *part = fields_select(chosen, item);
		if (!part || json_array_append_new(out, part))
			return NULL;
	}
	return TAKE(out);
}

json_t *fields_select(const json_t *chosen, json_t *v) {
	if (json_is_array(v) && !json_is_true(chosen))
		return select_array(chosen, v);
	if (!json_is_object(v) || json_is_true(chosen))
		return json_incref(v);
	auto_json json_t *out = json_object();
	const char *key;
	json_t *item;
	json_object_foreach (v, key, item) {
		const json_t *sub = json_object_get(chosen, key);
		if (!sub && !(sub = json_object_get(chosen, "*")))
			continue;
		json_t *part = fields_select(sub, item);
		if (!part || json_object_set_new_nocheck(out, key, part))
			return NULL;
	}
	return TAKE(out);
}
