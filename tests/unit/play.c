/* SPDX-License-Identifier: MIT */
/* Plays the exchanges of fixtures/wire against a running emulator on a virtual
 * clock: sends each case's request and compares the answer with the recorded
 * one. doc/hacking.md says how a case is written. */
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/exchange.h"
#include "tests/unit/plain_http.h"
#include "tests/unit/same.h"

/* When every case begins. */
#define NOW "2026-11-23T11:48:40Z"

struct play {
	const char *host, *folder;
	struct same same; /* of the case being played */
	const char *name;
	bool failed; /* the case being played */
	int failures;
};

static void fail(struct play *p, const char *where, const char *what) {
	p->failed = true;
	(void)printf(
		"FAIL: %s: %s%s%s\n", p->name, where, *where ? ": " : "", what);
}

/* A request of ours that is not part of what is tested. */
static void prepare(struct play *p, const char *method, const char *target,
	const char *body) {
	struct answer a;
	struct err e = {0};
	if (plain_http(p->host, method, target,
		    "Content-Type: application/json\n", body, &a, &e)) {
		fail(p, target, e.msg);
		return;
	}
	if (a.status / 100 != 2)
		fail(p, target, a.body);
	answer_done(&a);
}

static void check_headers(struct play *p, const char *where,
	const struct exchange *x, const struct answer *a) {
	for (const char *at = x->res_headers; *at;
		at += strcspn(at, "\n") + 1) {
		char name[64], want[256] = "", got[256] = "(none)";
		(void)snprintf(
			name, sizeof name, "%.*s", (int)strcspn(at, ":\n"), at);
		(void)exchange_header(at, name, want, sizeof want);
		(void)exchange_header(a->headers, name, got, sizeof got);
		if (strcmp(want, got) == 0)
			continue;
		auto_free char *text =
			mem_printf("%s is '%s', want '%s'", name, got, want);
		fail(p, where, text);
	}
}

static void check_answer(struct play *p, const char *where,
	const struct exchange *x, const struct answer *a) {
	if (a->status != x->status) {
		auto_free char *text = mem_printf(
			"HTTP %d, want %d: %s", a->status, x->status, a->body);
		fail(p, where, text);
		return;
	}
	check_headers(p, where, x, a);
	auto_free char *why = same_body(&p->same, x->res_body, a->body,
		strstr(x->target, "prettyPrint=false") == NULL);
	if (why)
		fail(p, where, why);
}

static void exchange(struct play *p, const char *name) {
	auto_free char *folder = mem_printf("%s/%s", p->folder, name);
	const char *where = strcmp(name, p->name) == 0 ? "" : name;
	struct exchange x;
	struct answer a;
	struct err e = {0};
	if (exchange_load(folder, &x, &e)) {
		fail(p, where, e.msg);
		return;
	}
	auto_free char *target = same_current(&p->same, x.target);
	auto_free char *body = same_current(&p->same, x.body);
	if (plain_http(p->host, x.method, target, x.headers, body, &a, &e)) {
		fail(p, where, e.msg);
	} else {
		check_answer(p, where, &x, &a);
		answer_done(&a);
	}
	exchange_done(&x);
}

/* One line of a case's file `before`. */
static void before(struct play *p, char *line) {
	char *target = strchr(line, ' ');
	if (!target) {
		exchange(p, line);
		return;
	}
	*target++ = '\0';
	char *body = strchr(target, ' ');
	if (body)
		*body++ = '\0';
	prepare(p, line, target, body ? body : "");
}

static void play_case(void *ctx, const char *name) {
	struct play *p = ctx;
	p->name = name;
	p->failed = false;
	same_init(&p->same);
	prepare(p, "POST", "/emulator/v1/state:reset", "{\"now\":\"" NOW "\"}");
	auto_free char *folder = mem_printf("%s/%s", p->folder, name);
	auto_free char *lines = exchange_file(folder, "before", NULL);
	for (char *line = lines, *next; line && *line && !p->failed;
		line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (*line && *line != '#')
			before(p, line);
	}
	if (!p->failed)
		exchange(p, name);
	same_done(&p->same);
	p->failures += p->failed;
}

int main(int argc, char **argv) {
	if (argc < 3) {
		(void)fputs(
			"usage: play HOST:PORT FOLDER [CASE ...]\n", stderr);
		return 2;
	}
	mem_init();
	struct play p = {.host = argv[1], .folder = argv[2]};
	int n = argc - 3;
	for (int i = 0; i < n; i++)
		play_case(&p, argv[3 + i]);
	if (!n)
		n = exchange_each(p.folder, play_case, &p);
	(void)printf("%d cases, %d failed\n", n, p.failures);
	return n > 0 && !p.failures ? 0 : 1;
}
