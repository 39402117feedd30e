/* SPDX-License-Identifier: MIT */
/* trainctl: finds the subcommand, prints its error, gives the exit status. */
#include <stdio.h>
#include <string.h>

#include "client/ctl/cmd.h"
#include "common/buf.h"
#include "common/mem.h"
#include "common/std.h"

static const struct cmd *const commands[] = {&cmd_submit, &cmd_describe,
	&cmd_list, &cmd_update, &cmd_cancel, &cmd_wait, &cmd_logs, &cmd_plan,
	&cmd_schedule, &cmd_trigger};
#define COMMANDS (sizeof commands / sizeof commands[0])

static const struct args_opt opts[] = {CTL_OPTS, {0}};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	return ctl_take(ctx, name, value, e);
}

static const struct cmd *find(const char *name) {
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

/* The commands, for --help. */
static int epilog(struct buf *b) {
	(void)buf_adds(b, "Commands:\n  help      the options of a command\n");
	for (size_t i = 0; i < COMMANDS; i++)
		(void)buf_addf(b, "  %-10s%s\n", commands[i]->name,
			commands[i]->about);
	return buf_adds(b, "\nTRAIN_EMULATOR_HOST="
			   "HOST:PORT points every service at an emulator. "
			   "Exit status: 0 done, 1 failed, 2 usage. See "
			   "trainctl(1).");
}

static int parse(
	struct ctl *c, int argc, char **argv, int *ret_first, struct err *e) {
	auto_buf struct buf text;
	buf_init(&text, 4096);
	if (epilog(&text))
		return err_nomem(e);
	const struct args_spec spec = {.program = PROGRAM,
		.usage = "[options] COMMAND [options] ...",
		.about = "Submits ML training jobs and follows them.",
		.epilog = buf_str(&text),
		.opts = opts};
	return args_parse(&spec, argc, argv, 1, take, c, ret_first, e);
}

/* "help" and "help COMMAND" as the options that do it. */
static int help(struct ctl *c, int argc, char **argv, struct err *e) {
	static char option[] = "--help", program[] = PROGRAM;
	if (args_no_operand(argc, argv, 2, e))
		return e->code;
	char *ask[] = {argc > 1 ? argv[1] : program, option, NULL};
	int first;
	if (argc == 1)
		return parse(c, 2, ask, &first, e);
	const struct cmd *cmd = find(argv[1]);
	return cmd ? cmd->run(c, 2, ask, e)
		   : err_set(e, ERR_USAGE, "unknown command '%s'", argv[1]);
}

static int run(struct ctl *c, const struct cmd **ret_cmd, int argc, char **argv,
	struct err *e) {
	int first;
	int rc = parse(c, argc, argv, &first, e);
	if (rc)
		return rc;
	if (first == argc)
		return err_set(e, ERR_USAGE,
			"a command is missing; see " PROGRAM " help");
	argc -= first;
	argv += first;
	if (strcmp(argv[0], "help") == 0)
		return help(c, argc, argv, e);
	const struct cmd *cmd = find(argv[0]);
	if (!cmd)
		return err_set(e, ERR_USAGE,
			"unknown command '%s'; see " PROGRAM " help", argv[0]);
	*ret_cmd = cmd;
	return cmd->run(c, argc, argv, e);
}

int main(int argc, char **argv) {
	std_init();
	mem_init();
	struct ctl c = {0};
	struct err e = {0};
	const struct cmd *cmd = NULL;
	int rc = run(&c, &cmd, argc, argv, &e);
	if (!rc)
		rc = std_flush(&e);
	if (rc > 0)
		(void)fprintf(stderr, PROGRAM ": %s%s%s%s%s%s%s\n",
			cmd ? cmd->name : "", c.verb ? " " : "",
			c.verb ? c.verb : "", *c.subject ? " " : "", c.subject,
			cmd ? ": " : "", e.msg);
	ctl_close(&c);
	return rc <= 0 ? 0 : e.code == ERR_USAGE ? 2 : 1;
}
