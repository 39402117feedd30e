/* SPDX-License-Identifier: MIT */
/* What ml.googleapis.com refuses beyond the shape of a body. Pure; the words
 * are those of the facts (ml-jobs.md sections 3, 5, 8, 9) where they are known.
 * Each returns ST_OK, or INVALID_ARGUMENT with the first fault found. */
#ifndef TRAINCTL_EMULATOR_RULES_ML_H
#define TRAINCTL_EMULATOR_RULES_ML_H

#include <jansson.h>

#include "emulator/core/status.h"

/* A normalised Job that a create request brings. */
int rules_ml_job(const json_t *job, struct status *st);

/* The labels of a normalised Job. */
int rules_ml_labels(const json_t *job, struct status *st);

/* What a patch request's updateMask lets through. */
enum ml_mask { ML_MASK_LABELS = 1, ML_MASK_ETAG = 2 };

/* The mask (NULL: none) and the normalised Job of a patch request. *ret_mask:
 * bits of ml_mask. */
int rules_ml_patch(const char *mask, const json_t *job, unsigned *ret_mask,
	struct status *st);

/* The i-th region in alphabetical order, NULL after the last. */
const char *rules_ml_region(size_t i);

/* The pageSize of a list query as text: NULL, "" or "0" give dflt, more than
 * max gives max. *ret is written only on success. */
int rules_page(const char *page_size_text, int dflt, int max, int *ret,
	struct status *st);
int rules_bad_page_token(struct status *st);

#endif
