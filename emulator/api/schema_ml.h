/* SPDX-License-Identifier: MIT */
/* The messages of ml.googleapis.com v1 jobs. */
#ifndef TRAINCTL_EMULATOR_SCHEMA_ML_H
#define TRAINCTL_EMULATOR_SCHEMA_ML_H

#include "emulator/api/proto.h"

extern const struct proto_message schema_ml_job; /* body field "job" */
extern const struct proto_message schema_ml_training_input;
extern const struct proto_message schema_ml_prediction_input;
extern const struct proto_message schema_ml_cancel;	/* CancelJobRequest */
extern const struct proto_message schema_ml_list_jobs;	/* ...Response */
extern const struct proto_message schema_ml_get_config; /* ...Response */
extern const struct proto_message schema_ml_location;
extern const struct proto_message schema_ml_list_locations; /* ...Response */

#endif
