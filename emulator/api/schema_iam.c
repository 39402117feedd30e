/* SPDX-License-Identifier: MIT */
/* Source: facts ml-jobs.md section 1 (the fields of Policy); those of the
 * messages in it, and the order by tag number, from google/iam/v1/policy.proto.
 */
#include "emulator/api/schema_iam.h"

#include "emulator/api/proto_table.h"

#define IAM "google.iam.v1."

ENUM(log_type, IAM "AuditLogConfig.LogType", "LOG_TYPE_UNSPECIFIED",
	"ADMIN_READ", "DATA_WRITE", "DATA_READ");

MESSAGE(expr, "google.type.Expr", F_ONE("expression", STRING),
	F_ONE("title", STRING), F_ONE("description", STRING),
	F_ONE("location", STRING));

MESSAGE(binding, IAM "Binding", F_ONE("role", STRING),
	F_LIST("members", STRING), F_MSG("condition", expr));

MESSAGE(audit_log_config, IAM "AuditLogConfig", F_ENUM("logType", log_type),
	F_LIST("exemptedMembers", STRING));

MESSAGE(audit_config, IAM "AuditConfig", F_ONE("service", STRING),
	F_MSGS("auditLogConfigs", audit_log_config));

MESSAGE_PUBLIC(schema_iam_policy, IAM "Policy", F_ONE("version", INT32),
	F_ONE("etag", BYTES), F_MSGS("bindings", binding),
	F_MSGS("auditConfigs", audit_config));

MESSAGE(get_options, IAM "GetPolicyOptions",
	F_ONE("requestedPolicyVersion", INT32));

MESSAGE_PUBLIC(schema_iam_get, IAM "GetIamPolicyRequest", F_PATH("resource"),
	F_MSG("options", get_options));

MESSAGE_PUBLIC(schema_iam_set, IAM "SetIamPolicyRequest", F_PATH("resource"),
	F_MSG("policy", schema_iam_policy), F_MASK("updateMask"));

MESSAGE_PUBLIC(schema_iam_test, IAM "TestIamPermissionsRequest",
	F_PATH("resource"), F_LIST("permissions", STRING));

MESSAGE_PUBLIC(schema_iam_tested, IAM "TestIamPermissionsResponse",
	F_LIST("permissions", STRING));

/* Booleans that clients send as "true" are any JSON here (facts auth.md,
 * section 5). */
#define CRED "google.iam.credentials.v1."

MESSAGE_PUBLIC(schema_iam_access_token, CRED "GenerateAccessTokenRequest",
	F_PATH("name"), F_LIST("delegates", STRING), F_LIST("scope", STRING),
	F_ONE("lifetime", DURATION));

MESSAGE_PUBLIC(schema_iam_id_token, CRED "GenerateIdTokenRequest",
	F_PATH("name"), F_LIST("delegates", STRING), F_ONE("audience", STRING),
	F_ONE("includeEmail", ANY_JSON), F_ONE("useEmailAzp", ANY_JSON),
	F_ONE("organizationNumberIncluded", ANY_JSON));

MESSAGE_PUBLIC(schema_iam_sign_blob, CRED "SignBlobRequest", F_PATH("name"),
	F_LIST("delegates", STRING), F_ONE("payload", BYTES));

MESSAGE_PUBLIC(schema_iam_sign_jwt, CRED "SignJwtRequest", F_PATH("name"),
	F_LIST("delegates", STRING), F_ONE("payload", STRING));
