/* SPDX-License-Identifier: MIT */
#include "emulator/api/params.h"

#include <string.h>
#include <strings.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/proto.h"

#define QUOTA_USER_MAX 40
#define CALLBACK_MAX 100
#define CALLBACK_CHARS                                                         \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$."

/* One request's parameters on their way. */
struct reading {
	const char *own;
	struct params *ret;
	struct status *st;
	const char *alt; /* one of Google's that is not emulated */
};

typedef void take_param(struct reading *rd, const char *value);

static void take_fields(struct reading *rd, const char *value) {
	rd->ret->fields = *value ? value : NULL;
}

/* From memory: protobuf reads a boolean in a query by these words. */
static void take_pretty(struct reading *rd, const char *value) {
	static const char *const words[] = {
		"false", "true", "f", "t", "no", "yes", "n", "y", "0", "1"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (!strcasecmp(value, words[i])) {
			rd->ret->compact = i % 2 == 0;
			return;
		}
	status_violation(rd->st, "pretty_print",
		"Invalid value at 'pretty_print' (TYPE_BOOL), \"%.100s\"",
		value);
}

static void take_alt(struct reading *rd, const char *value) {
	rd->alt = NULL;
	if (!strcmp(value, "proto") || !strcmp(value, "media"))
		rd->alt = value;
	else if (*value && strcmp(value, "json") != 0)
		/* guess: the words */
		status_violation(rd->st, "alt",
			"Invalid value at 'alt', \"%.100s\"", value);
}

/* A name, or a member of one: nothing that could run by itself. */
static void take_callback(struct reading *rd, const char *value) {
	size_t len = strlen(value);
	rd->ret->callback = NULL;
	if (len > CALLBACK_MAX || strspn(value, CALLBACK_CHARS) != len ||
		(*value >= '0' && *value <= '9'))
		/* guess: the words */
		status_violation(rd->st, "callback",
			"Invalid value at 'callback', \"%.100s\"", value);
	else if (len)
		rd->ret->callback = value;
}

static void take_quota_user(struct reading *rd, const char *value) {
	size_t chars = 0;
	for (const char *p = value; *p; p++)
		chars += ((unsigned char)*p & 0xc0) != 0x80;
	if (chars > QUOTA_USER_MAX)
		/* guess: the words; the limit is documented */
		status_violation(rd->st, "quota_user",
			"Invalid value at 'quota_user': longer than %d "
			"characters.",
			QUOTA_USER_MAX);
}

static void take_error_format(struct reading *rd, const char *value) {
	rd->ret->legacy_errors = !strcmp(value, "1");
}

static const struct param_value error_formats[] = {
	{"1", "v1 error format"}, {"2", "v2 error format"}, {NULL, NULL}};
static const struct param_value alts[] = {
	{"json", "Responses with Content-Type of application/json"},
	{"media", "Media download with context-dependent Content-Type"},
	{"proto", "Responses with Content-Type of application/x-protobuf"},
	{NULL, NULL}};

/* The described ones first and in the order of Google's documents; the rest is
 * taken from any client. Each may have a '$' before its name. */
static const struct {
	struct param_doc doc;
	take_param *take; /* NULL: taken, without effect */
} params[] = {
	{{"$.xgafv", "string", NULL, error_formats, "V1 error format."},
		take_error_format},
	{{"access_token", "string", NULL, NULL, "OAuth access token."}, NULL},
	{{"alt", "string", "json", alts, "Data format for response."},
		take_alt},
	{{"callback", "string", NULL, NULL, "JSONP"}, take_callback},
	{{"fields", "string", NULL, NULL,
		 "Selector specifying which fields to include in a partial "
		 "response."},
		take_fields},
	{{"key", "string", NULL, NULL, "API key."}, NULL},
	{{"oauth_token", "string", NULL, NULL,
		 "OAuth 2.0 token for the current user."},
		NULL},
	{{"prettyPrint", "boolean", "true", NULL,
		 "Returns response with indentations and line breaks."},
		take_pretty},
	{{"quotaUser", "string", NULL, NULL,
		 "Any string that stands for a user in quotas, of at most 40 "
		 "characters."},
		take_quota_user},
	{{"uploadType", "string", NULL, NULL,
		 "Legacy upload protocol for media (e.g. \"media\", "
		 "\"multipart\")."},
		NULL},
	{{"upload_protocol", "string", NULL, NULL,
		 "Upload protocol for media (e.g. \"raw\", \"multipart\")."},
		NULL},
	{{.name = "pp"}, take_pretty},
	{{.name = "apiVersion"}, NULL},
	{{.name = "strict"}, NULL},
	{{.name = "trace"}, NULL},
	{{.name = "userIp"}, NULL},
	{{.name = "userProject"}, NULL},
	{{.name = "userip"}, NULL},
};
#define PARAMS (sizeof params / sizeof params[0])

const struct param_doc *params_doc(size_t i) {
	return i < PARAMS && params[i].doc.type ? &params[i].doc : NULL;
}

static bool take_standard(
	struct reading *rd, const char *name, const char *value) {
	const char *plain = *name == '$' && name[1] != '.' ? name + 1 : name;
	for (size_t i = 0; i < PARAMS; i++) {
		if (strcmp(params[i].doc.name, plain) != 0)
			continue;
		if (params[i].take)
			params[i].take(rd, value);
		return true;
	}
	return false;
}

static bool in_words(const char *words, const char *name) {
	size_t n = strlen(name);
	if (!n || strchr(name, ' '))
		return false;
	for (const char *at = words; (at = strstr(at, name)); at++)
		if (at > words && at[-1] == ' ' && at[n] == ' ')
			return true;
	return false;
}

static bool is_own(const char *own, const char *name) {
	if (in_words(own, name))
		return true;
	auto_free char *camel = proto_camel(name);
	return camel && in_words(own, camel);
}

static void take(void *ctx, const char *name, const char *value) {
	struct reading *rd = ctx;
	if (take_standard(rd, name, value) || is_own(rd->own, name) ||
		in_words(rd->own, "*"))
		return;
	status_violation(rd->st, NULL,
		"Invalid JSON payload received. Unknown name \"%.200s\": "
		"Cannot bind query parameter. Field '%.200s' could not be "
		"found in request message.",
		name, name);
}

bool param_is_text(const char *s) {
	return !s[jsn_text_len(s)];
}

static void see_text(void *ctx, const char *name, const char *value) {
	bool *all = ctx;
	*all = *all && param_is_text(name) && param_is_text(value);
}

bool params_are_text(struct req *r) {
	bool all = true;
	req_each_query(r, see_text, &all);
	return all;
}

/* A page of another site cannot read what we answer, unless it can run it. */
static bool from_elsewhere(const struct req *r) {
	const char *site = req_header(r, "Sec-Fetch-Site");
	return site && !strcmp(site, "cross-site");
}

int params_read(
	struct req *r, const char *own, struct params *ret, struct status *st) {
	struct reading rd = {.own = own, .ret = ret, .st = st};
	*ret = (struct params){.fields = req_header(r, "X-Goog-FieldMask")};
	req_each_query(r, take, &rd);
	if (ret->callback && from_elsewhere(r)) {
		ret->callback = NULL;
		return status_set(st, ST_PERMISSION_DENIED,
			"train-emulator does not answer pages of other sites "
			"by callback.");
	}
	if (!st->code && rd.alt)
		return status_set(st, ST_UNIMPLEMENTED,
			"alt=%s is not emulated by train-emulator.", rd.alt);
	return (int)st->code;
}
