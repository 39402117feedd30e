/* SPDX-License-Identifier: MIT */
#include "emulator/core/iam.h"

void iam_get(
	struct emu *em, const struct iam_resource *r, iam_see *see, void *ctx) {
	struct store_rows *rows = store_query(em->store, Q_POLICY_GET, "tttt",
		r->service, r->project, r->collection, r->name);
	if (store_next(rows))
		see(ctx, store_text(rows, 0), store_i64(rows, 1));
	else
		see(ctx, NULL, IAM_NO_POLICY);
	store_end(rows);
}

/* Etags are the time, as in production, but a clock that stands still must not
 * give one twice, and neither must a name that is used again. */
static int64_t next_etag(struct emu *em) {
	int64_t last = IAM_NO_POLICY, now = emu_now(em);
	(void)store_one_i64(em->store, Q_META_GET, &last, "t", "policy_etag");
	int64_t etag = now > last ? now : last + 1;
	(void)store_run(em->store, Q_META_SET, "ti", "policy_etag", etag);
	return etag;
}

int64_t iam_set(
	struct emu *em, const struct iam_resource *r, const char *policy) {
	int64_t etag = next_etag(em);
	(void)store_run(em->store, Q_POLICY_SET, "ttttti", r->service,
		r->project, r->collection, r->name, policy, etag);
	return etag;
}

void iam_forget(struct emu *em, const struct iam_resource *r) {
	(void)store_run(em->store, Q_POLICY_DEL, "tttt", r->service, r->project,
		r->collection, r->name);
}
