/* SPDX-License-Identifier: MIT */
#include "emulator/api/bearer.h"

#include "common/log.h"
#include "common/mem.h"

typedef int make_token(struct emu *em, const char *email, const char *aim,
	int64_t now_us, char **ret, struct err *e);

static void add(struct headers *h, struct emu *em, const json_t *who,
	const char *member, const char *aim, make_token *make) {
	const char *email =
		json_string_value(json_object_get(who, "serviceAccountEmail"));
	const char *own = json_string_value(json_object_get(who, member));
	auto_free char *token = NULL;
	struct err e = {0};
	if (make(em, email, own ? own : aim, clock_now_us(&clock_real), &token,
		    &e)) {
		log_line(LOG_ERROR, "token: %s", e.msg);
		h->failed = true;
		return;
	}
	headers_line(h, mem_printf(BEARER_HEADER ": Bearer %s", token));
}

void bearer_id(struct headers *h, struct emu *em, const json_t *oidc,
	const char *aim) {
	add(h, em, oidc, "audience", aim, tokens_id);
}

void bearer_access(struct headers *h, struct emu *em, const json_t *oauth,
	const char *aim) {
	add(h, em, oauth, "scope", aim, tokens_access);
}
