/* SPDX-License-Identifier: MIT */
/* train-emulator ctl: the verbs of the admin surface on the command line. Each
 * is one request; the answer is printed as it comes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/clock.h"
#include "common/fetch.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/peer.h"
#include "common/when.h"
#include "emulator/emulator.h"

#define TIMEOUT_US (10 * US_PER_MIN) /* an advance may take its time */
#define KEY_FILE_MAX (64u << 10)
#define ANSWER_MAX (256u << 20)

static const struct args_opt opts[] = {
	{"url", 'u', "URL",
		"the emulator's address (http://$TRAIN_EMULATOR_HOST)"},
	{"timeout", 0, "DURATION", "real time that 'advance' may take (120s)"},
	{"key", 0, "FILE", "a key that 'service-account add' takes over"}, {0}};

static const struct args_spec spec = {.program = "train-emulator ctl",
	.usage = "[options] VERB [ARGUMENT ...]",
	.about = "Talks to a running train-emulator.",
	.epilog =
		"Verbs:\n"
		"  clock                the clock's mode and time\n"
		"  advance DURATION     let a virtual clock pass by DURATION\n"
		"  advance TIME         ... to an RFC 3339 instant\n"
		"  reset [TIME]         forget every resource; the clock is "
		"TIME\n"
		"  journal [FROM]       what happened, from entry FROM on\n"
		"  lose-acks N          lose the next N "
		"acknowledgements\n"
		"  fault add MEMBER=VALUE ...\n"
		"                       a rule by which things fail, such as "
		"effect=lose-reply\n"
		"  fault list           the rules, and how often each has "
		"struck\n"
		"  fault clear [ID]     drop them all, or one\n"
		"  fate add MEMBER=VALUE ...\n"
		"                       a rule for jobs, such as "
		"outcome=failure\n"
		"  fate list            the rules, in the order they are "
		"tried\n"
		"  fate clear           drop them all\n"
		"  service-account add EMAIL\n"
		"                       register one; prints its key file\n"
		"  user add EMAIL       register a person; prints credentials\n"
		"  account list         who is registered\n"
		"  account drop EMAIL   forget one\n"
		"  grant PROJECT ROLE MEMBER\n"
		"                       let one do what a role may do\n"
		"  revoke PROJECT ROLE MEMBER\n"
		"                       no longer\n"
		"  tokens [lifetime=DURATION] [skew=DURATION]\n"
		"                       how long tokens are good, and how "
		"wrong "
		"the clock is\n"
		"  metadata [MEMBER=VALUE ...]\n"
		"                       what the metadata server tells\n"
		"  rotate-keys          sign tokens with a new key; the last "
		"one "
		"stays good\n"
		"  healthz              whether it runs",
	.opts = opts};

struct ctl {
	const char *url, *timeout, *key;
	char *base; /* what url means; owned */
	const char *method, *path;
	char *body;
	char *tail; /* of the path; owned */
	struct loop *loop;
	int exit_status;
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct ctl *c = ctx;
	if (!strcmp(name, "url")) {
		c->url = value;
		return 0;
	}
	if (!strcmp(name, "key")) {
		c->key = value;
		return 0;
	}
	int64_t us;
	c->timeout = value;
	return duration_parse(value, &us, e);
}

static int want_argument(const char *verb, const char *arg, struct err *e) {
	if (arg)
		return 0;
	return err_set(e, ERR_USAGE, "'%s' needs an argument", verb);
}

static int plan_advance(struct ctl *c, const char *arg, struct err *e) {
	if (want_argument("advance", arg, e))
		return e->code;
	int64_t us;
	const char *key = "by";
	if (duration_parse(arg, &us, NULL)) {
		if (when_parse(arg, &us, NULL))
			return err_set(e, ERR_USAGE,
				"'%.60s' is neither a duration such as 6h nor "
				"an RFC 3339 instant",
				arg);
		key = "to";
	}
	c->method = "POST";
	c->path = "/emulator/v1/clock:advance";
	c->body = mem_printf("{\"%s\":\"%s\",\"timeout\":\"%s\"}", key, arg,
		c->timeout ? c->timeout : "120s");
	return c->body ? 0 : err_nomem(e);
}

static int plan_reset(struct ctl *c, const char *arg, struct err *e) {
	int64_t us;
	if (arg && when_parse(arg, &us, NULL))
		return err_set(
			e, ERR_USAGE, "'%.60s' is no RFC 3339 instant", arg);
	c->method = "POST";
	c->path = "/emulator/v1/state:reset";
	c->body = arg ? mem_printf("{\"now\":\"%s\"}", arg) : mem_strdup("{}");
	return c->body ? 0 : err_nomem(e);
}

static int want_number(const char *arg, struct err *e) {
	if (*arg && !arg[strspn(arg, "0123456789")])
		return 0;
	return err_set(e, ERR_USAGE, "'%.40s' is not a number", arg);
}

static int plan_number(
	struct ctl *c, const char *verb, const char *arg, struct err *e) {
	if (arg && want_number(arg, e))
		return e->code;
	if (!strcmp(verb, "journal")) {
		c->path = "/emulator/v1/journal?from=";
		c->tail = mem_strdup(arg ? arg : "0");
		return c->tail ? 0 : err_nomem(e);
	}
	if (want_argument(verb, arg, e))
		return e->code;
	c->method = "POST";
	c->path = "/emulator/v1/faults";
	c->body = mem_printf("{\"fault\":\"lose_ack\",\"times\":%s}", arg);
	return c->body ? 0 : err_nomem(e);
}

/* The words MEMBER=VALUE of a rule as a JSON object; what they mean is for the
 * emulator to say. */
static int plan_rule_add(struct ctl *c, char **words, struct err *e) {
	auto_json json_t *o = json_object();
	for (; *words; words++) {
		char *eq = strchr(*words, '=');
		if (!eq)
			return err_set(e, ERR_USAGE,
				"'%.60s' is not MEMBER=VALUE", *words);
		*eq = '\0';
		if (json_object_set_new(o, *words, json_string(eq + 1)))
			return err_set(e, ERR_USAGE,
				"'%.60s' is not UTF-8 text", *words);
	}
	c->method = "POST";
	c->body = jsn_compact(o);
	return c->body ? 0 : err_nomem(e);
}

/* The number of the one rule that is to be dropped. */
static int plan_rule_drop(struct ctl *c, const char *id, struct err *e) {
	int rc = want_number(id, e);
	if (rc)
		return rc;
	c->tail = mem_printf("/%s", id);
	return c->tail ? 0 : err_nomem(e);
}

/* fault, fate: add, list or clear. */
static int plan_rules(
	struct ctl *c, const char *verb, char **words, struct err *e) {
	const char *what = *words ? *words++ : "";
	bool faults = !strcmp(verb, "fault"), clears = !strcmp(what, "clear");
	c->path = faults ? "/emulator/v1/faults" : "/emulator/v1/fates";
	if (!strcmp(what, "add"))
		return plan_rule_add(c, words, e);
	if (clears)
		c->method = "DELETE";
	else if (strcmp(what, "list") != 0)
		return err_set(e, ERR_USAGE,
			"'%s' needs one of add, list and clear", verb);
	if (faults && clears && *words && !words[1])
		return plan_rule_drop(c, *words, e);
	return *words ? err_set(e, ERR_USAGE, "'%s %s' takes no argument", verb,
				what)
		      : 0;
}

/* The body that registers somebody. */
static int plan_account_add(struct ctl *c, const char *email, struct err *e) {
	auto_buf struct buf key;
	buf_init(&key, KEY_FILE_MAX);
	if (c->key && buf_add_file(&key, c->key, e))
		return err_wrap(e, "'%.200s'", c->key);
	auto_json json_t *o = json_pack("{s:s, s:s*}", "email", email, "key",
		c->key ? buf_str(&key) : NULL);
	if (!o)
		return err_set(e, ERR_USAGE, "this is not UTF-8 text");
	c->method = "POST";
	c->body = jsn_compact(o);
	return c->body ? 0 : err_nomem(e);
}

static int plan_account(
	struct ctl *c, const char *verb, char **words, struct err *e) {
	const char *what = *words ? *words++ : "", *who = *words;
	bool any = !strcmp(verb, "account");
	if (who && words[1])
		return err_set(
			e, ERR_USAGE, "'%s %s' takes one argument", verb, what);
	c->path = !any ? !strcmp(verb, "user") ? "/emulator/v1/users"
					       : "/emulator/v1/serviceAccounts"
		       : "/emulator/v1/accounts";
	if (!any && !strcmp(what, "add") && who)
		return plan_account_add(c, who, e);
	if (any && !strcmp(what, "list") && !who)
		return 0;
	if (any && !strcmp(what, "drop") && who) {
		c->method = "DELETE";
		c->tail = mem_printf("/%s", who);
		return c->tail ? 0 : err_nomem(e);
	}
	return err_set(e, ERR_USAGE, "'%s' needs %s", verb,
		any ? "list, or drop and an address" : "add and an address");
}

/* grant, revoke: a binding of a project's policy. */
static int plan_binding(
	struct ctl *c, const char *verb, char **words, struct err *e) {
	if (!words[0] || !words[1] || !words[2] || words[3])
		return err_set(e, ERR_USAGE,
			"'%s' needs a project, a role such as roles/ml.viewer "
			"and a member such as user:jo@example.com",
			verb);
	auto_json json_t *o =
		json_pack("{s:s, s:s}", "role", words[1], "member", words[2]);
	if (!o)
		return err_set(e, ERR_USAGE, "this is not UTF-8 text");
	c->method = "POST";
	c->path = "/emulator/v1/projects/";
	c->tail = mem_printf("%s:%s", words[0], verb);
	c->body = jsn_compact(o);
	return c->tail && c->body ? 0 : err_nomem(e);
}

/* tokens, metadata: shown, or set. */
static int plan_setting(
	struct ctl *c, const char *path, char **words, struct err *e) {
	c->path = path;
	return *words ? plan_rule_add(c, words, e) : 0;
}

/* Turns the verb and its arguments, which end with NULL, into a request. */
static int plan(struct ctl *c, const char *verb, char **args, struct err *e) {
	const char *arg = *args;
	c->method = "GET";
	if (!strcmp(verb, "fault") || !strcmp(verb, "fate"))
		return plan_rules(c, verb, args, e);
	if (!strcmp(verb, "service-account") || !strcmp(verb, "user") ||
		!strcmp(verb, "account"))
		return plan_account(c, verb, args, e);
	if (!strcmp(verb, "grant") || !strcmp(verb, "revoke"))
		return plan_binding(c, verb, args, e);
	if (!strcmp(verb, "tokens"))
		return plan_setting(c, "/emulator/v1/tokens", args, e);
	if (!strcmp(verb, "metadata"))
		return plan_setting(c, "/emulator/v1/metadata", args, e);
	if (arg && args[1])
		return err_set(e, ERR_USAGE, "give one verb and its argument");
	if (!strcmp(verb, "advance"))
		return plan_advance(c, arg, e);
	if (!strcmp(verb, "journal") || !strcmp(verb, "lose-acks"))
		return plan_number(c, verb, arg, e);
	if (!strcmp(verb, "reset"))
		return plan_reset(c, arg, e);
	if (arg)
		return err_set(e, ERR_USAGE, "'%s' takes no argument", verb);
	if (!strcmp(verb, "clock")) {
		c->path = "/emulator/v1/clock";
	} else if (!strcmp(verb, "healthz")) {
		c->path = "/emulator/v1/healthz";
	} else if (!strcmp(verb, "rotate-keys")) {
		c->method = "POST";
		c->path = "/emulator/v1/keys:rotate";
	} else {
		return err_set(e, ERR_USAGE, "unknown verb '%.40s'", verb);
	}
	return 0;
}

/* Google's error message in an answer; what is not one, is no emulator's. */
static void print_refusal(const struct ctl *c, const struct fetch_res *res) {
	auto_json json_t *j = jsn_parse(res->body, res->body_len, false, NULL);
	const char *why = json_string_value(
		json_object_get(json_object_get(j, "error"), "message"));
	(void)fprintf(stderr, "train-emulator ctl: %s: HTTP %d: %s\n", c->base,
		res->status, why ? why : "is that a train-emulator?");
}

static void answered(
	void *ctx, const struct fetch_res *res, const struct err *e) {
	struct ctl *c = ctx;
	c->exit_status = EXIT_FAILURE;
	if (!res) {
		(void)fprintf(stderr, "train-emulator ctl: %s: %s\n", c->base,
			e->msg);
	} else if (res->status != 200) {
		print_refusal(c, res);
	} else {
		(void)fputs(res->body, stdout);
		if (fflush(stdout) == 0)
			c->exit_status = EXIT_SUCCESS;
	}
	loop_stop(c->loop);
}

static int request(struct ctl *c, struct err *e) {
	static const char *const headers[] = {
		"Content-Type: application/json", NULL};
	struct fetch *f = NULL;
	auto_free char *url =
		mem_printf("%s%s%s", c->base, c->path, c->tail ? c->tail : "");
	int rc = url ? loop_new(&c->loop, e) : err_nomem(e);
	if (!rc)
		rc = fetch_new(c->loop, &f, e);
	if (!rc) {
		struct fetch_req rq = {.method = c->method,
			.url = url,
			.headers = headers,
			.body = c->body,
			.body_len = c->body ? strlen(c->body) : 0,
			.timeout_us = TIMEOUT_US,
			.answer_max = ANSWER_MAX};
		rc = fetch_start(f, &rq, answered, c, NULL, e);
	}
	if (!rc)
		rc = loop_run(c->loop, e);
	fetch_free(f);
	loop_free(c->loop);
	return rc;
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	int first;
	int rc = args_parse(&spec, argc, argv, 0, take, c, &first, e);
	if (rc)
		return rc;
	if (!c->url)
		c->url = getenv("TRAIN_EMULATOR_HOST");
	if (argc - first < 1)
		return err_set(e, ERR_USAGE, "give one verb and its argument");
	if (!c->url)
		return err_set(e, ERR_USAGE,
			"no emulator: give --url or set TRAIN_EMULATOR_HOST");
	rc = peer_url(c->url, &c->base, e);
	if (rc)
		return rc;
	rc = plan(c, argv[first], argv + first + 1, e);
	return rc ? rc : request(c, e);
}

int ctl_main(int argc, char **argv) {
	struct err e = {0};
	struct ctl c = {.exit_status = EXIT_SUCCESS};
	int rc = run(&c, argc, argv, &e);
	mem_free(c.base);
	mem_free(c.body);
	mem_free(c.tail);
	if (rc == 0 || rc == ARGS_EXIT)
		return c.exit_status;
	(void)fprintf(stderr, "train-emulator ctl: %s\n", e.msg);
	if (rc != ERR_USAGE)
		return EXIT_FAILURE;
	(void)fprintf(stderr, "Try 'train-emulator ctl --help'.\n");
	return 2;
}
