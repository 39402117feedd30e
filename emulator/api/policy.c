/* SPDX-License-Identifier: MIT */
#include "emulator/api/policy.h"

#include <stdio.h>
#include <string.h>

#include "common/b64.h"
#include "common/hash.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/rules_iam.h"
#include "emulator/api/schema_iam.h"
#include "emulator/core/iam.h"

#define WITHCOND_HEX 20 /* characters of the hash in such a name */

/* The bytes are those of the service, from memory: a 7 and the microseconds, or
 * three of which nothing is known. */
char *policy_etag(int64_t etag) {
	unsigned char bytes[8] = {0, 0x20, 1};
	size_t len = 3;
	if (etag != IAM_NO_POLICY) {
		len = sizeof bytes;
		bytes[0] = 7;
		for (size_t i = 1; i < len; i++)
			bytes[i] = (unsigned char)(etag >> 8 * (len - 1 - i));
	}
	char *text;
	return b64_encode(bytes, len, &text, NULL) ? NULL : text;
}

/* The bindings that have members: the others say nothing. */
static json_t *kept_bindings(const json_t *sent) {
	auto_json json_t *out = json_array();
	size_t i;
	json_t *binding;
	json_array_foreach (json_object_get(sent, "bindings"), i, binding) {
		if (json_object_get(binding, "members") &&
			json_array_append(out, binding))
			return NULL;
	}
	return TAKE(out);
}

json_t *policy_merge(const json_t *stored, const json_t *sent, unsigned mask) {
	json_t *audit = json_object_get(
		mask & IAM_MASK_AUDIT ? sent : stored, "auditConfigs");
	json_t *old = json_object_get(stored, "bindings");
	auto_json json_t *bindings = mask & IAM_MASK_BINDINGS
					     ? kept_bindings(sent)
				     : old ? json_incref(old)
					   : json_array();
	return json_pack(
		"{s:O, s:O*}", "bindings", bindings, "auditConfigs", audit);
}

bool policy_conditional(const json_t *stored) {
	size_t i;
	json_t *binding;
	json_array_foreach (json_object_get(stored, "bindings"), i, binding) {
		if (json_object_get(binding, "condition"))
			return true;
	}
	return false;
}

/* {"role":"ROLE_withcond_HASH","members":[...]} */
static json_t *without_condition(const json_t *binding) {
	auto_free char *condition =
		jsn_canonical(json_object_get(binding, "condition"));
	auto_free char *hex = mem_alloc(HASH_HEX_LEN + 1);
	if (!condition || !hex ||
		hash_hex(condition, strlen(condition), hex, NULL))
		return NULL;
	auto_free char *role = mem_printf("%s_withcond_%.*s",
		json_string_value(json_object_get(binding, "role")),
		WITHCOND_HEX, hex);
	return role ? json_pack("{s:s, s:O}", "role", role, "members",
			      json_object_get(binding, "members"))
		    : NULL;
}

static json_t *shown_bindings(const json_t *bindings) {
	auto_json json_t *out = json_array();
	size_t i;
	json_t *binding;
	json_array_foreach (bindings, i, binding) {
		json_t *shown = json_object_get(binding, "condition")
					? without_condition(binding)
					: json_incref(binding);
		if (json_array_append_new(out, shown))
			return NULL;
	}
	return TAKE(out);
}

json_t *policy_show(const json_t *stored, int64_t etag, int version) {
	auto_free char *text = policy_etag(etag);
	if (!text)
		return NULL;
	if (etag == IAM_NO_POLICY)
		return json_pack("{s:s}", "etag", text);
	bool conditions = version >= IAM_CONDITIONS_VERSION;
	json_t *bindings = json_object_get(stored, "bindings");
	auto_json json_t *shown =
		conditions ? json_incref(bindings) : shown_bindings(bindings);
	if (!shown)
		return NULL;
	return json_pack("{s:i, s:s, s:O*, s:O*}", "version",
		conditions && policy_conditional(stored)
			? IAM_CONDITIONS_VERSION
			: 1,
		"etag", text, "bindings", json_array_size(shown) ? shown : NULL,
		"auditConfigs", json_object_get(stored, "auditConfigs"));
}
