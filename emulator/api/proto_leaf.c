/* SPDX-License-Identifier: MIT */
/* Single values of proto3 JSON and the words in which Google's front end
 * refuses them. The values that are already in their output form are shared,
 * not copied: a create request is nearly all strings. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/proto_int.h"

#define ERRORS_MAX 32
#define PATH_MAX_LEN 512
#define VALUE_MAX 300
#define TYPE_MAX 200
#define TYPE_URL "type.googleapis.com/"

/* Integral doubles up to here are exact, and are printed without ".0". */
#define DOUBLE_EXACT 9007199254740992.0

json_t *proto_nomem(struct proto_walk *w) {
	w->nomem = true;
	return NULL;
}

void proto_snake(const char *name, char *ret, size_t max) {
	size_t n = 0;
	for (; *name && n + 3 < max; name++) {
		bool upper = *name >= 'A' && *name <= 'Z';
		if (upper)
			ret[n++] = '_';
		ret[n++] = upper ? (char)(*name - 'A' + 'a') : *name;
	}
	ret[n] = '\0';
}

size_t proto_path(const struct proto_place *at, char *ret, size_t max) {
	if (!at) {
		ret[0] = '\0';
		return 0;
	}
	size_t n = proto_path(at->up, ret, max);
	if (!at->name) {
		int len = snprintf(ret + n, max - n, "[%zu]", at->index);
		return n + (size_t)len < max ? n + (size_t)len : n;
	}
	if (n && *at->name && n + 1 < max)
		ret[n++] = '.';
	proto_snake(at->name, ret + n, max - n);
	return n + strlen(ret + n);
}

static void report(
	struct proto_walk *w, const char *path, const char *fmt, ...) {
	if (w->errors++ >= ERRORS_MAX)
		return;
	char text[STATUS_MSG_MAX / 2];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	(void)status_violation(w->st, path, "%s", text);
}

void proto_unknown(struct proto_walk *w, const struct proto_place *at,
	const char *name, const char *why) {
	char path[PATH_MAX_LEN];
	proto_path(at, path, sizeof path);
	report(w, path,
		"Invalid JSON payload received. "
		"Unknown name \"%.*s\"%s%s%s: %s",
		VALUE_MAX, name, *path ? " at '" : "", path, *path ? "'" : "",
		why);
}

void proto_invalid(struct proto_walk *w, const struct proto_place *at,
	const char *type, const char *fmt, ...) {
	char path[PATH_MAX_LEN];
	proto_path(at, path, sizeof path);
	char text[VALUE_MAX * 2];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	report(w, path, "Invalid value%s%s%s (%s), %s", *path ? " at '" : "",
		path, *path ? "'" : "", type, text);
}

static const char *type_name(const struct proto_field *f) {
	switch (f->type) {
	case PROTO_STRING:
		return "TYPE_STRING";
	case PROTO_BYTES:
		return "TYPE_BYTES";
	case PROTO_BOOL:
		return "TYPE_BOOL";
	case PROTO_INT32:
		return "TYPE_INT32";
	case PROTO_INT64:
		return "TYPE_INT64";
	case PROTO_DOUBLE:
		return "TYPE_DOUBLE";
	case PROTO_TIMESTAMP:
		return "google.protobuf.Timestamp";
	case PROTO_DURATION:
		return "google.protobuf.Duration";
	case PROTO_ENUM:
		return f->enumeration->name;
	case PROTO_MESSAGE:
		return f->message->name;
	case PROTO_STRING_MAP:
		return "Map";
	case PROTO_ANY_JSON:
		break;
	}
	return "google.protobuf.Struct";
}

static void type_url(const struct proto_field *f, char *ret, size_t max) {
	const char *name = type_name(f);
	(void)snprintf(
		ret, max, "%s%s", strchr(name, '.') ? TYPE_URL : "", name);
}

json_t *proto_refuse(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, const json_t *v) {
	char type[TYPE_MAX];
	type_url(f, type, sizeof type);
	char text[VALUE_MAX];
	size_t n = json_dumpb(v, text, sizeof text,
		JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	if (json_is_object(v) || json_is_array(v))
		proto_invalid(w, at, type, "%s",
			json_is_object(v) ? "{...}" : "[...]");
	else if (n > 0 && n <= sizeof text)
		proto_invalid(w, at, type, "%.*s", (int)n, text);
	else
		proto_invalid(w, at, type, "\"%.*s...\"", VALUE_MAX - 6,
			json_string_value(v));
	return NULL;
}

/* A new value, or the one given when the text did not change. */
static json_t *text_value(struct proto_walk *w, json_t *v, const char *text) {
	if (json_is_string(v) && strcmp(json_string_value(v), text) == 0)
		return json_incref(v);
	json_t *made = json_string_nocheck(text);
	return made ? made : proto_nomem(w);
}

/* An integer given as a number, an integral real or a decimal string. */
static bool read_int(const json_t *v, int64_t min, int64_t max, int64_t *ret) {
	int64_t n;
	if (json_is_integer(v)) {
		n = json_integer_value(v);
	} else if (json_is_real(v)) {
		double d = json_real_value(v);
		if (!(d >= -0x1p63 && d < 0x1p63) || d != floor(d))
			return false;
		n = (int64_t)d;
	} else if (json_is_string(v)) {
		const char *s = json_string_value(v);
		const char *digits = s + (*s == '-');
		char *end = NULL;
		errno = 0;
		n = strtoll(s, &end, 10);
		if (*digits < '0' || *digits > '9' || *end || errno)
			return false;
	} else {
		return false;
	}
	if (n < min || n > max)
		return false;
	*ret = n;
	return true;
}

static json_t *int32_leaf(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	int64_t n;
	if (!read_int(v, INT32_MIN, INT32_MAX, &n))
		return proto_refuse(w, at, f, v);
	if (json_is_integer(v))
		return json_incref(v);
	json_t *made = json_integer(n);
	return made ? made : proto_nomem(w);
}

static json_t *int64_leaf(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	int64_t n;
	if (!read_int(v, INT64_MIN, INT64_MAX, &n))
		return proto_refuse(w, at, f, v);
	char text[24];
	(void)snprintf(text, sizeof text, "%lld", (long long)n);
	return text_value(w, v, text);
}

static bool read_double(const json_t *v, double *ret) {
	if (json_is_number(v)) {
		*ret = json_number_value(v);
		return true;
	}
	const char *s = json_string_value(v);
	if (!s || !*s || strspn(s, "0123456789+-.eE") != strlen(s))
		return false;
	char *end = NULL;
	*ret = strtod(s, &end);
	return !*end && isfinite(*ret);
}

static json_t *double_leaf(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	const char *s = json_string_value(v);
	if (s && (strcmp(s, "NaN") == 0 || strcmp(s, "Infinity") == 0 ||
			 strcmp(s, "-Infinity") == 0))
		return json_incref(v);
	double d;
	if (!read_double(v, &d))
		return proto_refuse(w, at, f, v);
	bool whole = d == floor(d) && fabs(d) < DOUBLE_EXACT;
	if (json_is_integer(v) || (json_is_real(v) && !whole))
		return json_incref(v);
	json_t *made = whole ? json_integer((json_int_t)d) : json_real(d);
	return made ? made : proto_nomem(w);
}

static json_t *enum_leaf(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	const char *const *values = f->enumeration->values;
	const int step = f->enumeration->step ? f->enumeration->step : 1;
	const char *s = json_string_value(v);
	int64_t n = -1;
	if (!s && !read_int(v, 0, INT32_MAX, &n))
		return proto_refuse(w, at, f, v);
	for (int64_t i = 0; values[i]; i++)
		if (s ? strcmp(values[i], s) == 0 : i * step == n)
			return text_value(w, v, values[i]);
	return proto_refuse(w, at, f, v);
}

static json_t *bytes_leaf(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	if (!json_is_string(v))
		return proto_refuse(w, at, f, v);
	const char *s = json_string_value(v);
	size_t len = json_string_length(v), n;
	auto_free char *bytes = NULL;
	struct err e;
	int rc = b64_decode(s, len, &bytes, &n, &e);
	if (rc == ERR_NOMEM)
		return proto_nomem(w);
	if (rc) {
		proto_invalid(w, at, type_name(f),
			"Base64 decoding failed for \"%.*s%s\"", VALUE_MAX, s,
			len > VALUE_MAX ? "..." : "");
		return NULL;
	}
	/* What the strict decoder took is canonical but for these. */
	if (len % 4 == 0 && !strpbrk(s, "-_"))
		return json_incref(v);
	auto_free char *text = NULL;
	if (b64_encode(bytes, n, &text, &e))
		return proto_nomem(w);
	return text_value(w, v, text);
}

static json_t *timestamp_leaf(struct proto_walk *w,
	const struct proto_place *at, const struct proto_field *f, json_t *v) {
	const char *s = json_string_value(v);
	if (!s)
		return proto_refuse(w, at, f, v);
	int64_t us;
	if (when_parse(s, &us, NULL)) {
		proto_invalid(w, at, TYPE_URL "google.protobuf.Timestamp",
			"Field '%s', Illegal timestamp format; timestamps "
			"must end with 'Z' or have a valid timezone offset.",
			f->name);
		return NULL;
	}
	char text[WHEN_TEXT_MAX];
	when_format(us, -1, text);
	return text_value(w, v, text);
}

static json_t *duration_leaf(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	const char *s = json_string_value(v);
	if (!s)
		return proto_refuse(w, at, f, v);
	int64_t us;
	if (duration_parse_proto(s, &us, NULL)) {
		size_t len = strlen(s);
		proto_invalid(w, at, TYPE_URL "google.protobuf.Duration",
			"Field '%s', %s", f->name,
			len && s[len - 1] == 's'
				? "Invalid duration format, failed to parse "
				  "seconds"
				: "Illegal duration format; duration must end "
				  "with 's'");
		return NULL;
	}
	char text[WHEN_TEXT_MAX];
	duration_format(us, text);
	return text_value(w, v, text);
}

json_t *proto_leaf(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	switch (f->type) {
	case PROTO_STRING:
		return json_is_string(v) ? json_incref(v)
					 : proto_refuse(w, at, f, v);
	case PROTO_BOOL:
		return json_is_boolean(v) ? json_incref(v)
					  : proto_refuse(w, at, f, v);
	case PROTO_BYTES:
		return bytes_leaf(w, at, f, v);
	case PROTO_INT32:
		return int32_leaf(w, at, f, v);
	case PROTO_INT64:
		return int64_leaf(w, at, f, v);
	case PROTO_DOUBLE:
		return double_leaf(w, at, f, v);
	case PROTO_ENUM:
		return enum_leaf(w, at, f, v);
	case PROTO_TIMESTAMP:
		return timestamp_leaf(w, at, f, v);
	case PROTO_DURATION:
		return duration_leaf(w, at, f, v);
	case PROTO_MESSAGE:
	case PROTO_STRING_MAP:
	case PROTO_ANY_JSON:
		break;
	}
	return proto_refuse(w, at, f, v);
}
