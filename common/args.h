/* SPDX-License-Identifier: MIT */
/* Command-line options from a table: parsing (getopt_long), --help and
 * --version come from the same lines, so they cannot disagree. */
#ifndef TRAINCTL_COMMON_ARGS_H
#define TRAINCTL_COMMON_ARGS_H

#include <stdio.h>

#include "common/err.h"

/* One option. A table ends with an entry whose name is NULL. */
struct args_opt {
	const char *name; /* long name without dashes */
	char letter;	  /* short form, or 0 */
	const char
		*arg; /* "ADDR:PORT"; NULL for a flag; "[TEXT]" if optional */
	const char *help; /* one sentence without a full stop */
};

/* What a program or a subcommand takes. */
struct args_spec {
	const char *program; /* as shown in errors: "trainctl submit" */
	const char *usage;   /* after the program's name: "[options] FILE" */
	const char *about;   /* one paragraph for --help */
	const char *epilog;  /* further text for --help, or NULL */
	const struct args_opt *opts; /* --help and --version are added */
};

/* Called for each option in order. `value` is NULL for a flag. Returns 0, or
 * an error with its message, which is shown with the option's name. */
typedef int args_take(
	void *ctx, const char *name, const char *value, struct err *e);

enum { ARGS_OK = 0, ARGS_EXIT = -1 }; /* else an enum err_code */

/* Parses argv[1..]. Options end at the first operand if `posix` is non-zero
 * (for programs with subcommands), else anywhere. *ret_first is the index of
 * the first operand. Returns ARGS_OK; ARGS_EXIT when --help or --version was
 * printed to stdout and the program should end with status 0; ERR_IO when that
 * could not be printed; or ERR_USAGE. */
int args_parse(const struct args_spec *spec, int argc, char **argv, int posix,
	args_take *take, void *ctx, int *ret_first, struct err *e);

/* Nothing may stand where operands begin: ERR_USAGE names what does. */
int args_no_operand(int argc, char **argv, int first, struct err *e);

/* The text of --help. */
void args_help(const struct args_spec *spec, FILE *out);

/* Parses "ADDR:PORT", ":PORT", "PORT" or "[IPv6]:PORT". An empty ADDR gives
 * "127.0.0.1". The host is copied to ret_host (without brackets). Returns 0 or
 * ERR_USAGE. */
int args_listen(const char *s, char *ret_host, size_t host_max,
	unsigned *ret_port, struct err *e);

#endif
