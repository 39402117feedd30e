/* SPDX-License-Identifier: MIT */
#include "tests/unit/exchange.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/mem.h"

#define FILE_MAX (1 << 20)

char *exchange_file(const char *folder, const char *name, struct err *e) {
	auto_free char *path = mem_printf("%s/%s", folder, name);
	FILE *f = path ? fopen(path, "rb") : NULL;
	if (!f) {
		(void)err_errno(e, "cannot open %s/%s", folder, name);
		return NULL;
	}
	auto_buf struct buf b;
	buf_init(&b, FILE_MAX);
	char part[4096];
	for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
		(void)buf_add(&b, part, n);
	bool broken = ferror(f) != 0;
	(void)fclose(f);
	char *text = broken  ? NULL
		     : b.len ? buf_take(&b, NULL)
			     : mem_strdup("");
	if (!text)
		(void)err_set(e, b.failed ? b.failed : ERR_IO,
			"cannot read %s/%s", folder, name);
	return text;
}

static int by_name(const void *a, const void *b) {
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int exchange_each(const char *folder, void (*fn)(void *ctx, const char *name),
	void *ctx) {
	static char *names[EXCHANGES_MAX];
	size_t n = 0;
	DIR *d = opendir(folder);
	const struct dirent *item = NULL;
	while (d && n < EXCHANGES_MAX && (item = readdir(d)))
		if (item->d_name[0] != '.')
			names[n++] = mem_strdup(item->d_name);
	if (d)
		(void)closedir(d);
	qsort(names, n, sizeof names[0], by_name);
	for (size_t i = 0; i < n; i++) {
		fn(ctx, names[i]);
		mem_free(names[i]);
	}
	return d && !item ? (int)n : -1;
}

/* Cuts a text into its first line, its headers and its body. */
static int cut(char *text, const char **ret_headers, const char **ret_body) {
	char *headers = strchr(text, '\n');
	char *end = headers ? strstr(headers, "\n\n") : NULL;
	if (!end)
		return -1;
	*headers = '\0';
	end[1] = '\0';
	*ret_headers = end == headers ? "" : headers + 1;
	*ret_body = end + 2;
	return 0;
}

/* "METHOD TARGET HTTP/1.1" */
static int cut_request(struct exchange *x) {
	if (cut(x->request, &x->headers, &x->body))
		return -1;
	char *target = strchr(x->request, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;
	if (!version || strcmp(version, " HTTP/1.1") != 0)
		return -1;
	*target = *version = '\0';
	x->method = x->request;
	x->target = target + 1;
	char *last = strrchr(x->body, '\n');
	if (last && !last[1])
		*last = '\0';
	return 0;
}

static int cut_response(struct exchange *x) {
	if (cut(x->response, &x->res_headers, &x->res_body) ||
		strncmp(x->response, "HTTP/1.1 ", 9) != 0)
		return -1;
	x->status = (int)strtol(x->response + 9, NULL, 10);
	return x->status < 200 || x->status > 599;
}

int exchange_load(const char *folder, struct exchange *ret, struct err *e) {
	struct exchange x = {
		.request = exchange_file(folder, "request.http", e)};
	if (x.request)
		x.response = exchange_file(folder, "response.http", e);
	int rc = x.response ? 0 : e->code;
	if (!rc && cut_request(&x))
		rc = err_set(e, ERR_SYNTAX,
			"%s/request.http is no HTTP request", folder);
	if (!rc && cut_response(&x))
		rc = err_set(e, ERR_SYNTAX,
			"%s/response.http is no HTTP answer", folder);
	if (rc)
		exchange_done(&x);
	else
		*ret = x;
	return rc;
}

void exchange_done(struct exchange *x) {
	mem_free(x->request);
	mem_free(x->response);
	*x = (struct exchange){0};
}

bool exchange_header(
	const char *headers, const char *name, char *ret, size_t max) {
	size_t n = strlen(name);
	for (const char *at = headers; *at; at += strcspn(at, "\n") + 1) {
		if (strncasecmp(at, name, n) != 0 || at[n] != ':')
			continue;
		const char *value = at + n + 1 + strspn(at + n + 1, " ");
		(void)snprintf(
			ret, max, "%.*s", (int)strcspn(value, "\r\n"), value);
		return true;
	}
	return false;
}
