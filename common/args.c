/* SPDX-License-Identifier: MIT */
#include "common/args.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/std.h"
#include "config.h"

#define HELP_COLUMNS 79
#define HELP_GAP_MAX 32 /* options wider than this get a line of their own */
#define LONG_BASE 256	/* getopt's value of table entry i is LONG_BASE + i */

static const struct args_opt own[] = {
	{"help", 'h', NULL, "print this help and end"},
	{"version", 'V', NULL, "print the version and end"},
};
#define OWN_LEN (sizeof own / sizeof own[0])

static size_t table_len(const struct args_opt *opts) {
	size_t n = 0;
	while (opts && opts[n].name)
		n++;
	return n;
}

/* The spec's options and our own as one list. */
static const struct args_opt *at(const struct args_spec *spec, size_t i) {
	size_t n = table_len(spec->opts);
	if (i < n)
		return &spec->opts[i];
	return i - n < OWN_LEN ? &own[i - n] : NULL;
}

/* Text in lines of HELP_COLUMNS; `column` is where the cursor is, `indent`
 * where the following lines begin. Newlines in the text are kept. */
static void put_wrapped(
	FILE *out, const char *text, size_t column, size_t indent) {
	bool first = true; /* in its line */
	while (*text) {
		size_t n = strcspn(text, " \n");
		if (!first && column + 1 + n > HELP_COLUMNS) {
			(void)fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		(void)fprintf(out, "%s%.*s", first ? "" : " ", (int)n, text);
		column += n + !first;
		first = false;
		text += n;
		if (*text == '\n') {
			(void)fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		text += *text != '\0';
	}
	(void)fputc('\n', out);
}

static bool is_optional(const struct args_opt *o) {
	return o->arg && o->arg[0] == '[';
}

/* The option as --help shows it; returns its width. With out NULL nothing is
 * printed. */
static size_t put_option(FILE *out, const struct args_opt *o) {
	bool optional = is_optional(o);
	size_t arg_len = o->arg ? strlen(o->arg) - 2 * optional : 0;
	const char *open = !o->arg ? "" : optional ? "[=" : "=";
	const char *shut = optional ? "]" : "";
	char letter[] = {'-', o->letter, ',', ' ', '\0'};
	if (out)
		(void)fprintf(out, "  %s--%s%s%.*s%s",
			o->letter ? letter : "    ", o->name, open,
			(int)arg_len, o->arg ? o->arg + optional : "", shut);
	return 8 + strlen(o->name) + strlen(open) + arg_len + strlen(shut);
}

void args_help(const struct args_spec *spec, FILE *out) {
	const struct args_opt *o;
	size_t widest = 0;
	for (size_t i = 0; (o = at(spec, i)); i++) {
		size_t w = put_option(NULL, o);
		if (w > widest && w + 2 <= HELP_GAP_MAX)
			widest = w;
	}
	(void)fprintf(out, "Usage: %s %s\n\n", spec->program, spec->usage);
	put_wrapped(out, spec->about, 0, 0);
	(void)fputs("\nOptions:\n", out);
	for (size_t i = 0; (o = at(spec, i)); i++) {
		size_t w = put_option(out, o);
		if (w > widest) {
			(void)fputc('\n', out);
			w = 0;
		}
		(void)fprintf(out, "%*s", (int)(widest + 2 - w), "");
		put_wrapped(out, o->help, widest + 2, widest + 2);
	}
	if (spec->epilog) {
		(void)fputc('\n', out);
		put_wrapped(out, spec->epilog, 0, 0);
	}
}

static void print_version(const struct args_spec *spec) {
	(void)printf("%.*s %s\n", (int)strcspn(spec->program, " "),
		spec->program, PACKAGE_VERSION);
}

/* getopt's two descriptions of the table, made anew for each parse. */
struct grammar {
	struct option *longs;
	char *shorts;
};

static void grammar_done(struct grammar *g) {
	mem_free(g->longs);
	mem_free(g->shorts);
}

static int grammar_init(struct grammar *g, const struct args_spec *spec,
	int posix, struct err *e) {
	size_t n = table_len(spec->opts) + OWN_LEN;
	*g = (struct grammar){
		mem_zero(n + 1, sizeof *g->longs), mem_alloc(3 * n + 3)};
	if (!g->longs || !g->shorts) {
		grammar_done(g);
		return err_nomem(e);
	}
	char *p = g->shorts;
	if (posix)
		*p++ = '+';
	*p++ = ':'; /* a missing value gives ':', not '?' */
	for (size_t i = 0; i < n; i++) {
		const struct args_opt *o = at(spec, i);
		int has_arg = is_optional(o) ? optional_argument
			      : o->arg	     ? required_argument
					     : no_argument;
		g->longs[i] = (struct option){
			o->name, has_arg, NULL, LONG_BASE + (int)i};
		if (!o->letter)
			continue;
		*p++ = o->letter;
		for (int colons = has_arg; colons > 0; colons--)
			*p++ = ':';
	}
	*p = '\0';
	return 0;
}

/* The table entry for a value of getopt's, or NULL. */
static const struct args_opt *find(const struct args_spec *spec, int value) {
	if (value >= LONG_BASE)
		return at(spec, (size_t)(value - LONG_BASE));
	const struct args_opt *o = NULL;
	for (size_t i = 0; value && (o = at(spec, i)) && o->letter != value;)
		i++;
	return o;
}

/* What is wrong with an option that getopt refused; `word` is the argument it
 * stands in. */
static int refused(
	const struct args_spec *spec, int c, const char *word, struct err *e) {
	const struct args_opt *o = find(spec, optopt);
	if (o)
		return err_set(e, ERR_USAGE, "option '--%s' %s", o->name,
			c == ':' ? "needs a value" : "takes no value");
	if (optopt)
		return err_set(e, ERR_USAGE, "unknown option '-%c'", optopt);
	size_t n = strcspn(word, "=");
	size_t like = 0;
	for (size_t i = 0; (o = at(spec, i)); i++)
		like += !strncmp(o->name, word + 2, n - 2);
	return err_set(e, ERR_USAGE, "%s option '%.*s'",
		like > 1 ? "ambiguous" : "unknown", (int)n, word);
}

/* Handles one option. Returns ARGS_OK to go on. */
static int take_one(const struct args_spec *spec, const struct args_opt *o,
	args_take *take, void *ctx, struct err *e) {
	if (o->name == own[0].name) {
		args_help(spec, stdout);
		return std_flush(e) ? e->code : ARGS_EXIT;
	}
	if (o->name == own[1].name) {
		print_version(spec);
		return std_flush(e) ? e->code : ARGS_EXIT;
	}
	if (take(ctx, o->name, optarg, e) == 0)
		return ARGS_OK;
	(void)err_wrap(e, "--%s", o->name);
	/* Whatever a value was refused for, it is the command line's fault. */
	if (e->code != ERR_NOMEM)
		e->code = ERR_USAGE;
	return e->code;
}

int args_parse(const struct args_spec *spec, int argc, char **argv, int posix,
	args_take *take, void *ctx, int *ret_first, struct err *e) {
	struct grammar g;
	int rc = grammar_init(&g, spec, posix, e);
	if (rc)
		return rc;
	optind = 0; /* starts getopt anew, whatever an earlier parse left */
	opterr = 0;
	int c;
	while (!rc &&
		(c = getopt_long(argc, argv, g.shorts, g.longs, NULL)) != -1) {
		rc = c == '?' || c == ':'
			     ? refused(spec, c, argv[optind - 1], e)
			     : take_one(spec, find(spec, c), take, ctx, e);
	}
	grammar_done(&g);
	if (!rc)
		*ret_first = optind;
	return rc;
}

int args_no_operand(int argc, char **argv, int first, struct err *e) {
	return first < argc ? err_set(e, ERR_USAGE, "unexpected argument '%s'",
				      argv[first])
			    : 0;
}

static bool port_of(const char *s, unsigned *ret) {
	size_t n = strspn(s, "0123456789");
	if (n == 0 || n > 5 || s[n])
		return false;
	unsigned long v = strtoul(s, NULL, 10);
	if (v > 65535)
		return false;
	*ret = (unsigned)v;
	return true;
}

int args_listen(const char *s, char *ret_host, size_t host_max,
	unsigned *ret_port, struct err *e) {
	const char *host = s, *port = s;
	size_t len = 0;
	if (*s == '[') {
		host = s + 1;
		len = strcspn(host, "]");
		port = !strncmp(host + len, "]:", 2) && len ? host + len + 2
							    : "";
	} else if (strchr(s, ':')) {
		len = strcspn(s, ":");
		port = s + len + 1;
	}
	unsigned n = 0;
	if (!port_of(port, &n))
		return err_set(e, ERR_USAGE,
			"'%s' is not ADDR:PORT, [IPV6]:PORT or PORT with a "
			"port from 0 to 65535",
			s);
	if (len == 0) {
		host = "127.0.0.1";
		len = strlen(host);
	}
	if (len >= host_max)
		return err_set(
			e, ERR_USAGE, "the address in '%s' is too long", s);
	memcpy(ret_host, host, len);
	ret_host[len] = '\0';
	*ret_port = n;
	return 0;
}
