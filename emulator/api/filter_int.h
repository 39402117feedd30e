/* SPDX-License-Identifier: MIT */
/* A parsed filter, between the parser and the matcher. */
#ifndef TRAINCTL_EMULATOR_FILTER_INT_H
#define TRAINCTL_EMULATOR_FILTER_INT_H

#include "emulator/api/filter.h"

enum filter_op { OP_HAS, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };
enum { STAR_BEFORE = 1, STAR_AFTER = 2 };

struct filter_leaf {
	struct filter_field field;
	struct filter_path path;
	enum filter_op op;
	char *text; /* the value without its stars */
	unsigned stars;
	bool there; /* "field:*" */
	bool is_number;
	double number;
	int64_t us;
};

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_LEAF };

/* Children are a chain of siblings, so that a long AND is not deep. */
struct filter_node {
	enum node_kind kind;
	int first, next; /* -1: none */
	struct filter_leaf leaf;
};

struct filter {
	struct filter_node *nodes;
	size_t len, cap;
	int root;    /* -1: everything fits */
	char *texts; /* of names and values */
};

/* Reads a leaf's value as its field's type wants it. Returns 0, or ERR_SHAPE
 * with a message that does not say where. */
int filter_read_value(struct filter_leaf *l, bool stars, struct err *e);

#endif
