/* SPDX-License-Identifier: MIT */
/* The messages of a discovery document, from the tables by which bodies are
 * checked. */
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulator/api/discovery.h"
#include "emulator/api/discovery_doc.h"
#include "emulator/api/limits.h"
#include "emulator/api/method_route.h"

#define SCHEMAS_MAX 200 /* messages of one service */
#define NAME_MAX_LEN 160

/* "google.cloud.ml.v1.HyperparameterOutput.HyperparameterMetric" is
 * HyperparameterMetric, or, by long names,
 * GoogleCloudMlV1_HyperparameterOutput_HyperparameterMetric; a message that is
 * not within another has an empty name in that place: GoogleCloudMlV1__Job. */
static void schema_name(const struct proto_message *m, bool short_names,
	char ret[NAME_MAX_LEN + 1]) {
	const char *last = strrchr(m->name, '.') + 1;
	size_t n = 0;
	bool package = true;
	for (const char *p = m->name; !short_names && p < last; p++) {
		bool first = p == m->name || p[-1] == '.';
		assert(n + strlen(last) + 2 < NAME_MAX_LEN);
		if (first && package && !islower((unsigned char)*p)) {
			package = false;
			ret[n++] = '_';
		}
		if (*p == '.' && !package)
			ret[n++] = '_';
		else if (*p != '.')
			ret[n++] =
				(char)(first ? toupper((unsigned char)*p) : *p);
	}
	if (!short_names && package) {
		ret[n++] = '_';
		ret[n++] = '_';
	}
	memcpy(ret + n, last, strlen(last) + 1);
}

void doc_ref(struct buf *b, const char *key, bool short_names,
	const struct proto_message *m) {
	char name[NAME_MAX_LEN + 1];
	if (!m)
		return;
	schema_name(m, short_names, name);
	if (key)
		doc_open(b, key, '{');
	doc_text(b, "$ref", name);
	if (key)
		doc_close(b, '}');
}

static void add_enum(struct buf *b, const struct proto_enum *e) {
	doc_text(b, "type", "string");
	doc_open(b, "enum", '[');
	for (size_t i = 0; e->values[i]; i++)
		doc_text(b, NULL, e->values[i]);
	doc_close(b, ']');
}

static void add_map(struct buf *b, const char *of) {
	doc_text(b, "type", "object");
	doc_open(b, "additionalProperties", '{');
	doc_text(b, "type", of);
	doc_close(b, '}');
}

/* {"type":...,"format":...} of a field's single value, without the braces. */
static void add_type(
	struct buf *b, bool short_names, const struct proto_field *f) {
	static const struct {
		const char *type, *format;
	} plain[] = {[PROTO_STRING] = {"string", NULL},
		[PROTO_BYTES] = {"string", "byte"},
		[PROTO_BOOL] = {"boolean", NULL},
		[PROTO_INT32] = {"integer", "int32"},
		[PROTO_INT64] = {"string", "int64"},
		[PROTO_DOUBLE] = {"number", "double"},
		[PROTO_TIMESTAMP] = {"string", "google-datetime"},
		[PROTO_DURATION] = {"string", "google-duration"}};
	switch (f->type) {
	case PROTO_STRING:
	case PROTO_BYTES:
	case PROTO_BOOL:
	case PROTO_INT32:
	case PROTO_INT64:
	case PROTO_DOUBLE:
	case PROTO_TIMESTAMP:
	case PROTO_DURATION:
		doc_text(b, "type", plain[f->type].type);
		doc_text(b, "format",
			f->format ? f->format : plain[f->type].format);
		return;
	case PROTO_ENUM:
		add_enum(b, f->enumeration);
		return;
	case PROTO_MESSAGE:
		doc_ref(b, NULL, short_names, f->message);
		return;
	case PROTO_STRING_MAP:
		add_map(b, "string");
		return;
	case PROTO_ANY_JSON:
		add_map(b, "any");
		return;
	}
}

/* In words; and in numbers, where a discovery document has a place for them. */
static void add_limits(struct buf *b, const struct proto_field *f) {
	char text[LIMITS_TEXT_MAX];
	limits_text(f, text);
	doc_text(b, "description", text);
	if (f->type != PROTO_INT32 || f->flags & PROTO_REPEATED)
		return;
	(void)snprintf(text, sizeof text, "%" PRId64, f->limits->min);
	doc_text(b, "minimum", text);
	if (f->limits->max == INT64_MAX)
		return;
	(void)snprintf(text, sizeof text, "%" PRId64, f->limits->max);
	doc_text(b, "maximum", text);
}

static void add_property(
	struct buf *b, bool short_names, const struct proto_field *f) {
	doc_open(b, f->name, '{');
	if (f->flags & PROTO_REPEATED) {
		doc_text(b, "type", "array");
		doc_open(b, "items", '{');
		add_type(b, short_names, f);
		doc_close(b, '}');
	} else {
		add_type(b, short_names, f);
	}
	if (f->limits)
		add_limits(b, f);
	if (f->flags & PROTO_OUTPUT)
		doc_true(b, "readOnly");
	doc_close(b, '}');
}

static void add_schema(
	struct buf *b, bool short_names, const struct proto_message *m) {
	char name[NAME_MAX_LEN + 1];
	schema_name(m, short_names, name);
	doc_open(b, name, '{');
	doc_text(b, "id", name);
	doc_text(b, "type", "object");
	doc_open(b, "properties", '{');
	for (const struct proto_field *f = m->fields; f->name; f++)
		if (!(f->flags & PROTO_PATH))
			add_property(b, short_names, f);
	doc_close(b, '}');
	doc_close(b, '}');
}

struct found {
	const struct proto_message *at[SCHEMAS_MAX];
	size_t len;
};

static void find(struct found *s, const struct proto_message *m) {
	for (size_t i = 0; i < s->len; i++)
		if (s->at[i] == m)
			return;
	if (!m)
		return;
	assert(s->len < SCHEMAS_MAX);
	s->at[s->len++] = m;
	for (const struct proto_field *f = m->fields; f->name; f++)
		find(s, f->message);
}

static int by_name(const void *a, const void *b) {
	const struct proto_message *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

void doc_schemas(struct buf *b, bool short_names, const char *service) {
	struct found s = {.len = 0};
	for (const struct method *m = api_methods; m->id; m++) {
		if (strncmp(m->id, service, strlen(service)) != 0 ||
			!method_route(m))
			continue;
		find(&s, m->request);
		find(&s, m->response);
	}
	qsort(s.at, s.len, sizeof s.at[0], by_name);
	doc_open(b, "schemas", '{');
	for (size_t i = 0; i < s.len; i++)
		add_schema(b, short_names, s.at[i]);
	doc_close(b, '}');
}
