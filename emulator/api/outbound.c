/* SPDX-License-Identifier: MIT */
#include "emulator/api/outbound.h"

#include <string.h>
#include <strings.h>

#include "common/jsn.h"
#include "common/mem.h"

struct outbound {
	emu_sent *done;
	void *ctx;
};

/* The words of a refusal in Google's form. */
static const char *refusal(const json_t *answer) {
	return json_string_value(
		json_object_get(json_object_get(answer, "error"), "message"));
}

void outbound_tell(emu_sent *done, void *ctx, const struct fetch_res *res,
	const struct err *e) {
	if (!res) {
		done(ctx, e->code == ERR_TIMEOUT ? SENT_LATE : 0, e->msg);
		return;
	}
	auto_json json_t *answer =
		res->status < 400
			? NULL
			: jsn_parse(res->body, res->body_len, false, NULL);
	done(ctx, res->status, refusal(answer));
}

static void ended(void *ctx, const struct fetch_res *res, const struct err *e) {
	struct outbound *o = ctx;
	outbound_tell(o->done, o->ctx, res, e);
	mem_free(o);
}

char *outbound_reroute(const struct api *a, const char *uri) {
	static const char google[] = ".googleapis.com";
	const char *host = strstr(uri, "://");
	host = host ? host + 3 : uri;
	size_t len = strcspn(host, "/?#:"), tail = sizeof google - 1;
	if (len > tail && !strncasecmp(host + len - tail, google, tail))
		return mem_printf(
			"%s%s", a->self_url, host + strcspn(host, "/?#"));
	return mem_strdup(uri);
}

int outbound_start(
	struct api *a, const struct fetch_req *rq, emu_sent *done, void *ctx) {
	auto_free char *url = outbound_reroute(a, rq->url);
	struct outbound *o = url ? mem_alloc(sizeof *o) : NULL;
	if (!o)
		return ERR_NOMEM;
	*o = (struct outbound){done, ctx};
	struct fetch_req to = *rq;
	to.url = url;
	int rc = fetch_start(a->fetch, &to, ended, o, NULL, NULL);
	if (rc)
		mem_free(o);
	return rc;
}
