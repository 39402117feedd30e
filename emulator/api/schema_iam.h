/* SPDX-License-Identifier: MIT */
/* The messages of google.iam.v1, which several services have. */
#ifndef TRAINCTL_EMULATOR_SCHEMA_IAM_H
#define TRAINCTL_EMULATOR_SCHEMA_IAM_H

#include "emulator/api/proto.h"

extern const struct proto_message schema_iam_policy;
extern const struct proto_message schema_iam_get;  /* GetIamPolicyRequest */
extern const struct proto_message schema_iam_set;  /* SetIamPolicyRequest */
extern const struct proto_message schema_iam_test; /* TestIamPermissionsReq. */
extern const struct proto_message schema_iam_tested; /* ...Response */

/* Those of iamcredentials */
extern const struct proto_message schema_iam_access_token;
extern const struct proto_message schema_iam_id_token;
extern const struct proto_message schema_iam_sign_blob;
extern const struct proto_message schema_iam_sign_jwt;

#endif
