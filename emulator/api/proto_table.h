/* SPDX-License-Identifier: MIT */
/* The words in which the schema_*.c tables are written. */
#ifndef TRAINCTL_EMULATOR_PROTO_TABLE_H
#define TRAINCTL_EMULATOR_PROTO_TABLE_H

#include "emulator/api/proto.h"

#define F_ONE(n, t)                                                            \
	{ .name = n, .type = PROTO_##t }
#define F_LIST(n, t)                                                           \
	{ .name = n, .type = PROTO_##t, .flags = PROTO_REPEATED }
#define F_OUT(n, t)                                                            \
	{ .name = n, .type = PROTO_##t, .flags = PROTO_OUTPUT }
/* A field mask, as text. */
#define F_MASK(n)                                                              \
	{ .name = n, .type = PROTO_STRING, .format = "google-fieldmask" }
/* A number or duration that is not beyond these. */
#define F_WITHIN(n, t, least, most)                                            \
	{                                                                      \
		.name = n, .type = PROTO_##t,                                  \
		.limits = &(const struct proto_limits) {                       \
			least, most                                            \
		}                                                              \
	}
#define F_AT_LEAST(n, t, least) F_WITHIN(n, t, least, INT64_MAX)
/* A list of so many elements at most. */
#define F_LIST_OF(n, t, most)                                                  \
	{                                                                      \
		.name = n, .type = PROTO_##t, .flags = PROTO_REPEATED,         \
		.limits = &(const struct proto_limits) {                       \
			0, most                                                \
		}                                                              \
	}
/* What the path of the request gives may be repeated in its body. */
#define F_PATH(n)                                                              \
	{ .name = n, .type = PROTO_STRING, .flags = PROTO_PATH }
#define F_MSG(n, m)                                                            \
	{ .name = n, .type = PROTO_MESSAGE, .message = &m }
#define F_MSGS(n, m)                                                           \
	{                                                                      \
		.name = n, .type = PROTO_MESSAGE, .flags = PROTO_REPEATED,     \
		.message = &m                                                  \
	}
#define F_MSG_OUT(n, m)                                                        \
	{                                                                      \
		.name = n, .type = PROTO_MESSAGE, .flags = PROTO_OUTPUT,       \
		.message = &m                                                  \
	}
#define F_ENUM(n, e)                                                           \
	{ .name = n, .type = PROTO_ENUM, .enumeration = &e }
#define F_ENUMS(n, e)                                                          \
	{                                                                      \
		.name = n, .type = PROTO_ENUM, .flags = PROTO_REPEATED,        \
		.enumeration = &e                                              \
	}
#define F_ENUM_OUT(n, e)                                                       \
	{                                                                      \
		.name = n, .type = PROTO_ENUM, .flags = PROTO_OUTPUT,          \
		.enumeration = &e                                              \
	}
/* A message that is one of the fields of the oneof g. */
#define F_ONEOF(n, g, m)                                                       \
	{ .name = n, .type = PROTO_MESSAGE, .message = &m, .oneof = g }
/* A scalar that is one. */
#define F_ONEOF_TYPE(n, g, t)                                                  \
	{ .name = n, .type = PROTO_##t, .oneof = g }
#define F_END                                                                  \
	{ .name = NULL }

/* Enumerations by number, from 0. */
#define ENUM(var, full_name, ...)                                              \
	static const struct proto_enum var = {                                 \
		full_name, (const char *const[]){__VA_ARGS__, NULL}}

/* A message: its name, and its fields in output order. */
#define MESSAGE(var, full_name, ...)                                           \
	static const struct proto_message var = {                              \
		full_name, (const struct proto_field[]){__VA_ARGS__, F_END}}
#define MESSAGE_PUBLIC(var, full_name, ...)                                    \
	const struct proto_message var = {                                     \
		full_name, (const struct proto_field[]){__VA_ARGS__, F_END}}

#endif
