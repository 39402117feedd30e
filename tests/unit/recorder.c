/* SPDX-License-Identifier: MIT */
/* An endpoint for the system tests: appends every request to FILE as one line
 * of JSON, with the headers' names in lower case, the query's arguments, and a
 * body that is no text as base64. It answers 200, or the status
 * in FILE.status, or the one that the path ends with (/status/503), with what
 * is in FILE.body. The path /moved/307/rest leads to /rest, and /round to
 * itself; one that begins with /hang is never answered. */
#include <ctype.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/b64.h"
#include "common/httpd.h"
#include "common/mem.h"

struct recorder {
	const char *file;
	char *status_file, *body_file;
	struct loop *loop;
};

static void add_header(void *ctx, const char *name, const char *value) {
	auto_free char *lower = mem_strdup(name);
	for (char *s = lower; s && *s; s++)
		*s = (char)tolower((unsigned char)*s);
	if (lower)
		(void)json_object_set_new(ctx, lower, json_string(value));
}

static void add_query(void *ctx, const char *name, const char *value) {
	(void)json_object_set_new(ctx, name, json_string(value));
}

static json_t *body_of(const struct req *r) {
	size_t len;
	const char *body = req_body(r, &len);
	json_t *text = json_stringn(body, len);
	auto_free char *coded = NULL;
	if (!text && b64_encode(body, len, &coded, NULL) == 0)
		text = json_pack("{s:s}", "base64", coded);
	return text;
}

static int record(const struct recorder *rec, struct req *r) {
	json_t *headers = json_object(), *query = json_object();
	req_each_header(r, add_header, headers);
	req_each_query(r, add_query, query);
	json_t *line = json_pack("{s:s, s:s, s:o, s:o, s:o}", "method",
		req_method(r), "path", req_path(r), "query", query, "headers",
		headers, "body", body_of(r));
	FILE *f = line ? fopen(rec->file, "a") : NULL;
	int rc = f ? json_dumpf(line, f, JSON_COMPACT) : -1;
	if (f) {
		(void)fputc('\n', f);
		rc |= fclose(f);
	}
	json_decref(line);
	return rc;
}

static int status_for(const struct recorder *rec, const char *path) {
	int status = 200;
	FILE *f = fopen(rec->status_file, "r");
	if (f && fscanf(f, "%d", &status) != 1)
		status = 500;
	if (f)
		(void)fclose(f);
	(void)sscanf(path, "/status/%d", &status);
	return status;
}

/* The status of a redirect, and where it leads; 0 for another path. */
static int redirect_for(const char *path, char ret_to[static 256]) {
	int status = 0;
	if (strcmp(path, "/round") == 0)
		return strcpy(ret_to, path) ? 302 : 0;
	return sscanf(path, "/moved/%d%255s", &status, ret_to) == 2 ? status
								    : 0;
}

static void handle(void *ctx, struct req *r) {
	const struct recorder *rec = ctx;
	const char *path = req_path(r);
	if (record(rec, r) != 0) {
		(void)fprintf(stderr, "recorder: cannot write %s\n", rec->file);
		exit(1);
	}
	if (strncmp(path, "/hang", 5) == 0)
		return;
	auto_buf struct buf body;
	buf_init(&body, 4 << 20);
	char to[256];
	int moved = redirect_for(path, to);
	if (moved) {
		(void)req_add_header(r, "Location", to);
		req_reply(r, moved, "text/plain", &body);
		return;
	}
	if (access(rec->body_file, F_OK) == 0 &&
		buf_add_file(&body, rec->body_file, NULL))
		(void)fprintf(stderr, "recorder: %s\n", rec->body_file);
	req_reply(r, status_for(rec, path), "application/json", &body);
}

static void on_signal(void *ctx, int signo) {
	(void)signo;
	struct recorder *rec = ctx;
	loop_stop(rec->loop);
}

int main(int argc, char **argv) {
	if (argc != 2) {
		(void)fputs("usage: recorder FILE\n", stderr);
		return 2;
	}
	mem_init();
	struct recorder rec = {.file = argv[1],
		.status_file = mem_printf("%s.status", argv[1]),
		.body_file = mem_printf("%s.body", argv[1])};
	struct httpd *h = NULL;
	struct err e = {0};
	int rc = loop_new(&rec.loop, &e);
	struct httpd_config cfg = {.host = "127.0.0.1",
		.body_max = 16u << 20,
		.conn_max = 200,
		.idle_s = 60,
		.handle = handle,
		.ctx = &rec};
	if (!rc)
		rc = httpd_start(rec.loop, &cfg, &h, &e);
	if (!rc)
		rc = loop_signal(rec.loop, SIGTERM, on_signal, &rec, &e);
	if (!rc) {
		(void)printf("ready %s\n", httpd_url(h));
		(void)fflush(stdout);
		rc = loop_run(rec.loop, &e);
	}
	if (rc)
		(void)fprintf(stderr, "recorder: %s\n", e.msg);
	httpd_free(h);
	loop_free(rec.loop);
	mem_free(rec.status_file);
	mem_free(rec.body_file);
	return rc ? 1 : 0;
}
