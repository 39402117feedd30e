/* SPDX-License-Identifier: MIT */
/* Telling what was done to the resources of a schedule. */
#include "client/ctl/print.h"
#include "client/ctl/schedule.h"

int steps_add(json_t *rows, const char *action, const char *resource,
	const char *detail, struct err *e) {
	json_t *row = json_pack("{s:s, s:s, s:s*}", "action", action,
		"resource", resource, "detail", *detail ? detail : NULL);
	return json_array_append_new(rows, row) ? err_nomem(e) : 0;
}

int steps_print(struct ctl *c, const json_t *rows, int rc, struct err *e) {
	if (rc && json_array_size(rows) == 0)
		return rc;
	int printed = print_rows(&c->format, STEPS_TABLE, rows, rc ? NULL : e);
	return rc ? rc : printed;
}
