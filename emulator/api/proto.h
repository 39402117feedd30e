/* SPDX-License-Identifier: MIT */
/* Proto3 JSON by table: checks a request body against a message's fields and
 * brings it into the one form that Google's services answer with. Pure.
 * Source of the rules: facts ml-jobs.md section 9 ("Accepting JSON", "JSON
 * parse / transcoding errors"), pubsub.md sections 2 and 3. */
#ifndef TRAINCTL_EMULATOR_PROTO_H
#define TRAINCTL_EMULATOR_PROTO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emulator/core/status.h"

enum proto_type {
	PROTO_STRING,
	PROTO_BYTES, /* base64; out: standard alphabet, padded */
	PROTO_BOOL,
	PROTO_INT32, /* out: number */
	PROTO_INT64, /* in: number or string; out: string */
	PROTO_DOUBLE,
	PROTO_ENUM, /* in: name or number; out: name */
	PROTO_TIMESTAMP,
	PROTO_DURATION,
	PROTO_MESSAGE,
	PROTO_STRING_MAP, /* map<string, string> */
	PROTO_ANY_JSON,	  /* google.protobuf.Struct, or not modelled */
};

enum {
	PROTO_REPEATED = 1, /* an array of the type */
	PROTO_OUTPUT = 2,   /* output only: taken and dropped */
	PROTO_OPTIONAL = 4, /* has presence: a default value is kept */
	PROTO_PATH = 8,	    /* also given by the path, so not described */
};

struct proto_enum {
	const char *name; /* "google.cloud.ml.v1.TrainingInput.ScaleTier" */
	const char *const *values; /* by number; ends with NULL */
	int step;		   /* between the numbers; 0 is 1 */
};

/* What a number may be, a duration in whole seconds, the length of a list. */
struct proto_limits {
	int64_t min, max; /* INT64_MAX: none */
};

struct proto_message;

struct proto_field {
	const char *name; /* lowerCamelCase; the snake_case is derived */
	enum proto_type type;
	int flags;
	const struct proto_message *message;  /* for PROTO_MESSAGE */
	const struct proto_enum *enumeration; /* for PROTO_ENUM */
	const char *oneof;  /* its group: at most one field of it may be set */
	const char *format; /* in the description, where the type has none */
	const struct proto_limits *limits; /* see limits.h; NULL: none */
};

struct proto_message {
	const char *name; /* "google.cloud.ml.v1.Job" */
	const struct proto_field
		*fields; /* in output order; ends with name NULL */
};

/* A message has at most this many fields. */
#define PROTO_FIELDS_MAX 40

/* Parses body text (len 0 counts as {}) as message m and normalises it: names
 * in lowerCamelCase and in the table's order, default values left out (but
 * empty messages that were set stay as {}), output-only fields and explicit
 * nulls dropped. `root` is the path prefix of error texts: the name of the
 * request's body field ("job"), or "" when the body is the whole request.
 * On success returns ST_OK and *ret is a new object. Else ST_INVALID_ARGUMENT
 * with one line and one violation per error (all of them, at most 32):
 *   Invalid JSON payload received. Unknown name "x" at 'p': Cannot find field.
 *   Invalid JSON payload received. Unknown name "x": Cannot find field.
 *   Invalid value at 'job.training_input.worker_count' (TYPE_INT64), "abc"
 *   Invalid value at 'job.state' (type.googleapis.com/NAME), "HUGE"
 * or, when the text is not JSON, with that alone (scan.h) in one violation
 * without field; or ST_INTERNAL when memory ran out. */
int proto_parse(const struct proto_message *m, const char *p, size_t len,
	const char *root, json_t **ret, struct status *st);

/* The same for the body of a patch: an entry of a map may be null, and stays so
 * in *ret. */
int proto_parse_patch(const struct proto_message *m, const char *p, size_t len,
	const char *root, json_t **ret, struct status *st);

/* A shallow copy of an object of message m with its members in the table's
 * order, so that what a handler added stands where Google puts it. Members the
 * table does not name are left out. NULL when memory ran out. */
json_t *proto_arrange(const struct proto_message *m, const json_t *in);

/* The field of a message by either spelling; NULL when there is none. */
const struct proto_field *proto_field(
	const struct proto_message *m, const char *name);

/* snake_case of a lowerCamelCase name, cut to fit. */
void proto_snake(const char *name, char *ret, size_t max);

/* lowerCamelCase of a snake_case or camelCase path such as
 * "push_config.push_endpoint"; the caller frees it (mem_free). */
char *proto_camel(const char *path);

#endif
