/* SPDX-License-Identifier: MIT */
#include "client/ctl/format.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "client/ctl/field.h"
#include "common/mem.h"

void format_done(struct format *f) {
	for (size_t i = 0; i < f->len; i++) {
		mem_free(f->fields[i].path);
		mem_free(f->fields[i].title);
	}
	*f = (struct format){0};
}

/* JOB_ID for trainingInput.jobId. */
static char *default_title(const char *path) {
	const char *last = strrchr(path, '.');
	last = last ? last + 1 : path;
	auto_buf struct buf b;
	buf_init(&b, 2 * FIELD_PATH_MAX);
	for (const char *s = last; *s; s++) {
		if (isupper((unsigned char)*s) && s > last)
			(void)buf_addc(&b, '_');
		(void)buf_addc(&b, (char)toupper((unsigned char)*s));
	}
	return buf_take(&b, NULL);
}

/* "path" or "path:label=TITLE" at *s, which moves behind it. Returns NULL, or
 * what is wrong; "" when memory ran out. */
static const char *add_field(struct format *f, const char **s) {
	size_t n = field_path(*s);
	if (!n)
		return "a field's name is wanted at";
	if (f->len == FORMAT_FIELDS_MAX)
		return "too many fields, from";
	struct format_field *at = &f->fields[f->len++];
	at->path = mem_dup(*s, n);
	*s += n;
	if (!at->path)
		return "";
	if (strncmp(*s, ":label=", 7) == 0) {
		*s += 7;
		n = strcspn(*s, ",:()");
		while (n && (*s)[n - 1] == ' ')
			n--;
		if (!n)
			return "a title is wanted at";
		at->title = mem_dup(*s, n);
		*s += n;
	} else {
		at->title = default_title(at->path);
	}
	return at->title ? NULL : "";
}

/* The fields in brackets; s is behind the first one. */
static int parse_fields(
	const char *whole, const char *s, struct format *f, struct err *e) {
	for (;;) {
		s += strspn(s, " ");
		const char *wrong = add_field(f, &s);
		s += strspn(s, " ");
		if (!wrong && strcmp(s, ")") == 0)
			return 0;
		if (!wrong && *s == ',') {
			s++;
			continue;
		}
		if (wrong && !*wrong)
			return err_nomem(e);
		return err_set(e, ERR_USAGE, "'%s': %s '%s'", whole,
			wrong ? wrong : "',' or ')' is wanted at", s);
	}
}

bool format_is_own(const struct format *f) {
	return f->kind == FORMAT_TABLE && !f->len;
}

int format_parse(const char *s, struct format *ret, struct err *e) {
	struct format f = {0};
	bool bracket = s[strcspn(s, "(")] == '(';
	size_t n = strcspn(s, "(");
	if (strcmp(s, "json") == 0)
		f.kind = FORMAT_JSON;
	else if (n == 5 && strncmp(s, "value", n) == 0 && bracket)
		f.kind = FORMAT_VALUE;
	else if (n != 5 || strncmp(s, "table", n) != 0)
		return err_set(e, ERR_USAGE,
			"'%s' is not table or json, table(FIELD,...) or "
			"value(FIELD,...)",
			s);
	int rc = bracket ? parse_fields(s, s + n + 1, &f, e) : 0;
	if (rc) {
		format_done(&f);
		return rc;
	}
	format_done(ret);
	*ret = f;
	return 0;
}
