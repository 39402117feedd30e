/* SPDX-License-Identifier: MIT */
#include "emulator/api/forms.h"

#include "common/jsn.h"

void forms_metadata(struct call *c, int rc) {
	const char *type = c->type ? c->type : "application/json";
	struct req *r = c->req;
	if (rc) {
		type = "text/html; charset=UTF-8";
		buf_clear(&c->out);
		(void)buf_addf(&c->out,
			"<!DOCTYPE html>\n<html lang=en>\n"
			"  <title>Error %d</title>\n  <p>%s\n",
			status_http(&c->st), c->st.message);
	}
	(void)req_add_header(r, "Metadata-Flavor", "Google");
	(void)req_add_header(r, "Server", "Metadata Server for VM");
	(void)req_add_header(r, "X-XSS-Protection", "0");
	(void)req_add_header(r, "X-Frame-Options", "SAMEORIGIN");
	req_reply(r, rc ? status_http(&c->st) : 200, type, &c->out);
}

/* What a fault's status is called here, so that `fault add` makes any of them;
 * the names of the last two are those that clients try again. */
static const char *usual_error(enum status_code code) {
	if (code == ST_INVALID_ARGUMENT || code == ST_NOT_FOUND ||
		code == ST_FAILED_PRECONDITION)
		return "invalid_grant";
	if (code == ST_UNAUTHENTICATED)
		return "invalid_client";
	if (code == ST_PERMISSION_DENIED)
		return "access_denied";
	if (code == ST_RESOURCE_EXHAUSTED)
		return "rate_limit_exceeded";
	return code == ST_UNAVAILABLE ? "temporarily_unavailable"
				      : "internal_failure";
}

void forms_oauth(struct call *c) {
	buf_clear(&c->out);
	auto_json json_t *o = json_pack("{s:s, s:s}", "error",
		c->oauth ? c->oauth : usual_error(c->st.code),
		"error_description", c->st.message);
	(void)jsn_add(&c->out, o);
}
