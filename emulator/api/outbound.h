/* SPDX-License-Identifier: MIT */
/* Requests that leave the emulator: what pushes (push.c) and Scheduler targets
 * (target.c) share. */
#ifndef TRAINCTL_EMULATOR_OUTBOUND_H
#define TRAINCTL_EMULATOR_OUTBOUND_H

#include "common/fetch.h"
#include "emulator/api/api.h"

#define OUTBOUND_ANSWER_MAX (1u << 20) /* of which only errors are read */
#define OUTBOUND_ENCODINGS "gzip, deflate, br"

/* Google's own addresses lead back here: the emulator stands in for them, and
 * nothing of a test may reach the real ones. The caller frees (mem_free). */
char *outbound_reroute(const struct api *a, const char *uri);

/* Hands an outcome, as fetch_done has it, to the core. */
void outbound_tell(emu_sent *done, void *ctx, const struct fetch_res *res,
	const struct err *e);

/* Sends it, and hands its outcome to the core. Returns 0 or an err_code. */
int outbound_start(
	struct api *a, const struct fetch_req *rq, emu_sent *done, void *ctx);

/* emu_ops.push; ctx is the struct api. */
int push_send(void *ctx, const struct push *p, emu_sent *done, void *done_ctx);
/* emu_ops.target; ctx is the struct api. */
int target_send(
	void *ctx, const struct target *t, emu_sent *done, void *done_ctx);

#endif
