/* SPDX-License-Identifier: MIT */
/* What the rules_ml*.c files share: reading the members of a normalised object
 * in one walk, and refusing in the service's house style. */
#ifndef TRAINCTL_EMULATOR_RULES_ML_INT_H
#define TRAINCTL_EMULATOR_RULES_ML_INT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "emulator/api/rules_int.h"
#include "emulator/core/status.h"

#define REFUSE(st, ...) status_field(st, ST_INVALID_ARGUMENT, __VA_ARGS__)

/* guess: the rules behind these texts are documented, their words are not. */
#define RULE_NEGATIVE "Must not be negative."
#define RULE_REQUIRED "Must be specified."
#define RULE_PATH "Must be a Cloud Storage path: gs://BUCKET/PATH"

/* Where a walk puts the member of that name: a const json_t * at that offset.
 */
struct rules_member {
	const char *name;
	size_t offset;
};

/* Sets what the table names and the object (NULL is an empty one) has; the rest
 * of *ret stays as it is. It is fastest when the table is in the order of the
 * object's members, as that of their message is. */
void rules_members(
	const json_t *o, const struct rules_member *table, size_t n, void *ret);

/* A list of members, X(name), makes a struct of pointers and its table. */
#define RULES_POINTER(name) const json_t *name;
#define RULES_MEMBER(name) {#name, offsetof(struct RULES_STRUCT, name)},

/* gs://BUCKET or gs://BUCKET/PATH; with `below`, the PATH must be there. */
bool rules_ml_storage(const char *uri, bool below);
/* gs://BUCKET/PATH for each element, the first of which must not be missing. */
int rules_ml_storage_list(
	const json_t *uris, const char *field, struct status *st);

/* The length of a name of letters, digits and underscores that begins with a
 * letter; 0 when it is none. */
size_t rules_ml_id_len(const char *id);
#define RULES_ML_ID_MAX 128
/* Whether it is one of at most RULES_ML_ID_MAX bytes. */
bool rules_ml_id(const char *id);

/* True when s is the pattern with a name, [^/]+, for each '*', and a number for
 * each '#'. */
bool rules_ml_name(const char *s, const char *pattern);

int rules_ml_check_region(
	const json_t *region, const char *field, struct status *st);
int rules_ml_accelerator(
	const json_t *accelerator_config, const char *field, struct status *st);

/* A TrainingInput, its HyperparameterSpec, a PredictionInput. */
int rules_ml_training(const json_t *in, struct status *st);
int rules_ml_hyperparameters(const json_t *spec, struct status *st);
int rules_ml_prediction(const json_t *in, struct status *st);

#endif
