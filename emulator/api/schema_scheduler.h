/* SPDX-License-Identifier: MIT */
/* The messages of Cloud Scheduler v1. */
#ifndef TRAINCTL_EMULATOR_SCHEMA_SCHEDULER_H
#define TRAINCTL_EMULATOR_SCHEMA_SCHEDULER_H

#include "emulator/api/proto.h"

extern const struct proto_message schema_scheduler_job; /* body field "job" */
/* The bodies of :pause, :resume and :run; root "". */
extern const struct proto_message schema_scheduler_pause;
extern const struct proto_message schema_scheduler_resume;
extern const struct proto_message schema_scheduler_run;
extern const struct proto_message schema_scheduler_list_jobs; /* an answer */

#endif
