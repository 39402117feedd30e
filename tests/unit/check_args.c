/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/args.h"
#include "common/buf.h"
#include "common/mem.h"
#include "config.h"
#include "tests/unit/unit.h"

#define ARGC_MAX 16

static const struct args_opt options[] = {
	{"listen", 'l', "ADDR:PORT", "where to listen"},
	{"limit", 0, "N", "how many"},
	{"verbose", 'v', NULL, "say more"},
	{"color", 'c', "[WHEN]", "use colours"},
	{0},
};

static const struct args_spec spec = {
	"trainctl submit", "[options] FILE", "Submits a job.", NULL, options};

/* Writes down what it is given; refuses the limit "bad". */
static int note(void *ctx, const char *name, const char *value, struct err *e) {
	if (value && !strcmp(value, "bad"))
		return err_set(e, ERR_RANGE, "it is bad");
	if (value && !strcmp(value, "oom"))
		return err_nomem(e);
	(void)buf_addf(ctx, "%s=%s;", name, value ? value : "-");
	return 0;
}

struct parsed {
	int rc, argc, first;
	char *argv[ARGC_MAX];
	char *text;	  /* owns argv's strings */
	struct buf noted; /* by the callback */
	struct err e;
};

/* Parses the words of a line. */
static void parse(struct parsed *p, const char *line, int posix) {
	*p = (struct parsed){.text = mem_printf("trainctl %s", line)};
	buf_init(&p->noted, 1000);
	char *save = NULL;
	for (char *w = strtok_r(p->text, " ", &save); w;
		w = strtok_r(NULL, " ", &save))
		p->argv[p->argc++] = w;
	p->first = 77;
	p->rc = args_parse(&spec, p->argc, p->argv, posix, note, &p->noted,
		&p->first, &p->e);
}

static void parsed_done(struct parsed *p) {
	mem_free(p->text);
	buf_done(&p->noted);
}
#define auto_parsed __attribute__((cleanup(parsed_done)))

/* Line, the noted options, then the operands, each with a space before. */
static const char *const good[][3] = {
	{"", "", ""},
	{"a b", "", " a b"},
	{"--listen=:1 a", "listen=:1;", " a"},
	{"--listen :1 a", "listen=:1;", " a"},
	{"-l:1 -l :2", "listen=:1;listen=:2;", ""},
	{"-v --verbose -vv", "verbose=-;verbose=-;verbose=-;verbose=-;", ""},
	{"-vl 3 a", "verbose=-;listen=3;", " a"},
	{"--color --color=x -c -cx a", "color=-;color=x;color=-;color=x;",
		" a"},
	{"--lis=1", "listen=1;", ""},
	{"--limit=", "limit=;", ""},
	{"--limit=-1 --limit -1", "limit=-1;limit=-1;", ""},
	{"-v -- -v --nope", "verbose=-;", " -v --nope"},
	{"- -v", "verbose=-;", " -"},
	{"a -v b --limit 2 c", "verbose=-;limit=2;", " a b c"},
};

START_TEST(options_and_operands) {
	const char *const *want = good[_i];
	auto_parsed struct parsed p;
	parse(&p, want[0], 0);
	ck_assert_msg(p.rc == ARGS_OK, "%s: %s", want[0], p.e.msg);
	ck_assert_str_eq(buf_str(&p.noted), want[1]);
	auto_buf struct buf rest;
	buf_init(&rest, 1000);
	for (int i = p.first; i < p.argc; i++)
		(void)buf_addf(&rest, " %s", p.argv[i]);
	ck_assert_str_eq(buf_str(&rest), want[2]);
}
END_TEST

static const char *const bad[][2] = {
	{"--nope", "unknown option '--nope'"},
	{"--nope=3", "unknown option '--nope'"},
	{"a --nope b", "unknown option '--nope'"},
	{"-x", "unknown option '-x'"},
	{"-vx", "unknown option '-x'"},
	{"--li=1", "ambiguous option '--li'"},
	{"--ver", "ambiguous option '--ver'"},
	{"--listenx", "unknown option '--listenx'"},
	{"--listen", "option '--listen' needs a value"},
	{"-l", "option '--listen' needs a value"},
	{"-vl", "option '--listen' needs a value"},
	{"--limit", "option '--limit' needs a value"},
	{"--verbose=1", "option '--verbose' takes no value"},
	{"--help=1", "option '--help' takes no value"},
	{"--limit=bad", "--limit: it is bad"},
	{"-l bad", "--listen: it is bad"},
};

START_TEST(bad_command_lines) {
	auto_parsed struct parsed p;
	struct unit_capture c;
	unit_capture_start(&c, STDERR_FILENO);
	parse(&p, bad[_i][0], 0);
	auto_free char *printed = unit_capture_end(&c);
	ck_assert_int_eq(p.rc, ERR_USAGE);
	ck_assert_int_eq(p.e.code, ERR_USAGE);
	ck_assert_str_eq(p.e.msg, bad[_i][1]);
	ck_assert_int_eq(p.first, 77);
	ck_assert_str_eq(printed, "");
}
END_TEST

START_TEST(posix_stops_at_the_first_operand) {
	auto_parsed struct parsed p;
	parse(&p, "-v submit -v --nope", 1);
	ck_assert_int_eq(p.rc, ARGS_OK);
	ck_assert_str_eq(buf_str(&p.noted), "verbose=-;");
	ck_assert_str_eq(p.argv[p.first], "submit");
	/* The rest is a command line of its own: argv[0] is its name. */
	auto_buf struct buf noted;
	buf_init(&noted, 100);
	int first = 77;
	int rc = args_parse(&spec, p.argc - p.first, p.argv + p.first, 0, note,
		&noted, &first, &p.e);
	ck_assert_int_eq(rc, ERR_USAGE);
	ck_assert_str_eq(buf_str(&noted), "verbose=-;");
	ck_assert_str_eq(p.e.msg, "unknown option '--nope'");
}
END_TEST

START_TEST(a_failed_parse_leaves_nothing_behind) {
	auto_parsed struct parsed p, q;
	parse(&p, "-vxvvv a", 0);
	ck_assert_int_eq(p.rc, ERR_USAGE);
	parse(&q, "-v b", 0);
	ck_assert_int_eq(q.rc, ARGS_OK);
	ck_assert_str_eq(buf_str(&q.noted), "verbose=-;");
	ck_assert_str_eq(q.argv[q.first], "b");
}
END_TEST

START_TEST(version) {
	auto_parsed struct parsed p;
	struct unit_capture c;
	unit_capture_start(&c, STDOUT_FILENO);
	parse(&p, "-v --version --nope", 0);
	auto_free char *got = unit_capture_end(&c);
	ck_assert_int_eq(p.rc, ARGS_EXIT);
	ck_assert_int_eq(p.first, 77);
	ck_assert_str_eq(got, "trainctl " PACKAGE_VERSION "\n");
}
END_TEST

START_TEST(help) {
	auto_parsed struct parsed p;
	struct unit_capture c;
	unit_capture_start(&c, STDOUT_FILENO);
	parse(&p, "a --help --nope", 0);
	auto_free char *got = unit_capture_end(&c);
	ck_assert_int_eq(p.rc, ARGS_EXIT);
	ck_assert_str_eq(got,
		"Usage: trainctl submit [options] FILE\n"
		"\n"
		"Submits a job.\n"
		"\n"
		"Options:\n"
		"  -l, --listen=ADDR:PORT  where to listen\n"
		"      --limit=N           how many\n"
		"  -v, --verbose           say more\n"
		"  -c, --color[=WHEN]      use colours\n"
		"  -h, --help              print this help and end\n"
		"  -V, --version           print the version and end\n");
}
END_TEST

/* Words of nine letters, so that the places of the breaks can be counted: a
 * line has at most 79 columns. */
#define NINE "ninewords "
#define THREE NINE NINE NINE

START_TEST(short_help_and_version) {
	auto_parsed struct parsed p, q;
	struct unit_capture c;
	unit_capture_start(&c, STDOUT_FILENO);
	parse(&p, "-V", 0);
	parse(&q, "-h", 0);
	auto_free char *got = unit_capture_end(&c);
	ck_assert_int_eq(p.rc, ARGS_EXIT);
	ck_assert_int_eq(q.rc, ARGS_EXIT);
	static const char want[] = "trainctl " PACKAGE_VERSION "\nUsage: ";
	ck_assert_int_eq(strncmp(got, want, sizeof want - 1), 0);
}
END_TEST

START_TEST(help_is_wrapped) {
	const struct args_opt opts[] = {
		{"f", 'f', NULL, THREE THREE "79"},
		{"g", 'g', NULL, THREE THREE "_80"},
		{"an-option-wider-than-the-others", 0, "X", "below"},
		{0},
	};
	const struct args_spec wide = {"p", "X",
		THREE THREE NINE "ninewords ninewordst",
		"One.\nTwo " THREE "end", opts};
	struct unit_capture c;
	unit_capture_start(&c, STDOUT_FILENO);
	args_help(&wide, stdout);
	auto_free char *got = unit_capture_end(&c);
	ck_assert_str_eq(got, "Usage: p X\n"
			      "\n" THREE THREE NINE "ninewords\n"
			      "ninewordst\n"
			      "\n"
			      "Options:\n"
			      "  -f, --f        " THREE THREE "79\n"
			      "  -g, --g        " THREE NINE NINE "ninewords\n"
			      "                 _80\n"
			      "      --an-option-wider-than-the-others=X\n"
			      "                 below\n"
			      "  -h, --help     print this help and end\n"
			      "  -V, --version  print the version and end\n"
			      "\n"
			      "One.\n"
			      "Two " THREE "end\n");
}
END_TEST

START_TEST(no_options_of_its_own) {
	const struct args_spec bare = {"prog", "", "About.", NULL, NULL};
	char name[] = "prog", operand[] = "a";
	char *argv[] = {name, operand, NULL};
	int first = 77;
	struct err e = {0};
	ck_assert_int_eq(
		args_parse(&bare, 2, argv, 0, note, NULL, &first, &e), ARGS_OK);
	ck_assert_int_eq(first, 1);
}
END_TEST

static void listen_on(void *ctx, char *const *cols) {
	(void)ctx;
	char host[16] = "kept";
	unsigned port = 77;
	struct err e = {0};
	int rc = args_listen(cols[0], host, sizeof host, &port, &e);
	if (!strcmp(cols[1], "-")) {
		ck_assert_msg(rc == ERR_USAGE, "'%s': %d", cols[0], rc);
		ck_assert_msg(
			strstr(e.msg, cols[2]), "'%s': %s", cols[0], e.msg);
		ck_assert_str_eq(host, "kept");
		ck_assert_uint_eq(port, 77);
		return;
	}
	ck_assert_msg(rc == 0, "'%s': %s", cols[0], e.msg);
	ck_assert_str_eq(host, cols[1]);
	ck_assert_uint_eq(port, strtoul(cols[2], NULL, 10));
}

START_TEST(addresses) {
	unit_tsv("args/listen.tsv", 3, listen_on, NULL);
	char host[16];
	unsigned port = 0;
	ck_assert_int_eq(
		args_listen("", host, sizeof host, &port, NULL), ERR_USAGE);
}
END_TEST

static int parse_once(void *ctx, struct err *e) {
	(void)ctx;
	char name[] = "prog", flag[] = "-v";
	char *argv[] = {name, flag, NULL};
	auto_buf struct buf noted;
	buf_init(&noted, 100);
	int first = 77;
	int rc = args_parse(&spec, 2, argv, 0, note, &noted, &first, e);
	ck_assert_int_eq(first, rc ? 77 : 2);
	/* What the callback itself could not store is not args' business. */
	return rc ? rc : noted.failed;
}

START_TEST(no_operands_wanted) {
	static const struct {
		const char *line, *text; /* NULL: there is nothing to refuse */
	} cases[] = {{"", NULL}, {"-v", NULL}, {"-v --", NULL},
		{"a", "unexpected argument 'a'"},
		{"a -v b", "unexpected argument 'a'"},
		{"-v -- --nope", "unexpected argument '--nope'"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		auto_parsed struct parsed p;
		parse(&p, cases[i].line, 0);
		ck_assert_int_eq(p.rc, 0);
		ck_assert_int_eq(args_no_operand(p.argc, p.argv, p.first, &p.e),
			cases[i].text ? ERR_USAGE : 0);
		if (cases[i].text)
			ck_assert_str_eq(p.e.msg, cases[i].text);
	}
}
END_TEST

START_TEST(out_of_memory) {
	ck_assert_int_ge(unit_nomem(parse_once, NULL), 2);
	auto_parsed struct parsed p;
	parse(&p, "--limit=oom", 0);
	ck_assert_int_eq(p.rc, ERR_NOMEM);
	ck_assert_int_eq(p.e.code, ERR_NOMEM);
}
END_TEST

int main(void) {
	Suite *s = suite_create("args");
	TCase *table = tcase_create("tables");
	tcase_add_loop_test(table, options_and_operands, 0,
		(int)(sizeof good / sizeof good[0]));
	tcase_add_loop_test(
		table, bad_command_lines, 0, (int)(sizeof bad / sizeof bad[0]));
	suite_add_tcase(s, table);
	unit_add(s, posix_stops_at_the_first_operand);
	unit_add(s, a_failed_parse_leaves_nothing_behind);
	unit_add(s, version);
	unit_add(s, help);
	unit_add(s, short_help_and_version);
	unit_add(s, help_is_wrapped);
	unit_add(s, no_options_of_its_own);
	unit_add(s, addresses);
	unit_add(s, no_operands_wanted);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
