/* SPDX-License-Identifier: MIT */
/* An entry of entries.write on its way into the store: checked, with what it
 * left out filled in from the request, the clock and the store. */
#ifndef TRAINCTL_EMULATOR_LOGGING_ENTRY_H
#define TRAINCTL_EMULATOR_LOGGING_ENTRY_H

#include <jansson.h>

#include "emulator/core/logs.h"
#include "emulator/core/status.h"

struct logging_entry {
	struct log_entry en; /* what it borrows is below */
	json_t *json;
	char *project, *log, *body;
	char id[LOGS_ID_MAX];
};

/* Whether a name is one of a parent that the emulator does not have: an
 * organization, a folder, a billing account. */
bool logging_other_parent(const char *name);

/* The project in the name of a log; NULL: it is no such name. Borrowed. */
const char *logging_project(const char *name, size_t *ret_len);

/* request: a WriteLogEntriesRequest, entry: one of its entries, both
 * normalised. Inside a transaction. Returns ST_OK, ST_INVALID_ARGUMENT,
 * ST_UNIMPLEMENTED or ST_INTERNAL (memory ran out); to be freed in any case.
 * ret->project is set as soon as it is known. */
int logging_entry_make(struct emu *em, const json_t *request,
	const json_t *entry, struct logging_entry *ret, struct status *st);
void logging_entry_done(struct logging_entry *le);
#define auto_logging_entry __attribute__((cleanup(logging_entry_done)))

#endif
