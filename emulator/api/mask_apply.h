/* SPDX-License-Identifier: MIT */
/* An update under a FieldMask as field_mask.proto describes it ("Field Masks in
 * Update Operations"): what the end of a path names is merged, not replaced (as
 * mask_merge does). Pure. */
#ifndef TRAINCTL_EMULATOR_MASK_APPLY_H
#define TRAINCTL_EMULATOR_MASK_APPLY_H

#include "emulator/api/proto.h"

/* Does to `to` what a path asks for, both being normalised objects of message
 * m: a value that `from` does not have is cleared; a message at the end of the
 * path is merged into the one that is there, and so is a map, from which an
 * entry that is null is taken away; a list is replaced. A value in a oneof
 * clears the others of it. Output-only fields stay as they are.
 * Returns 0, ERR_NOTFOUND (no such field: `to` is as it was) or ERR_NOMEM. */
int mask_apply(const struct proto_message *m, const char *path,
	const json_t *from, json_t *to);

#endif
