/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/answer.h"

#include "common/jsn.h"

#define ANSWER_MAX 4096
#define JSON_TYPE "application/json; charset=UTF-8"

void answer(struct req *r, int http, const char *outcome, const char *job_id,
	const char *reason) {
	auto_buf struct buf b;
	buf_init(&b, ANSWER_MAX);
	(void)buf_adds(&b, "{\"outcome\":");
	(void)jsn_quote(&b, outcome);
	if (job_id) {
		(void)buf_adds(&b, ",\"jobId\":");
		(void)jsn_quote(&b, job_id);
	}
	if (reason) {
		(void)buf_adds(&b, ",\"reason\":");
		(void)jsn_quote(&b, reason);
	}
	(void)buf_adds(&b, "}\n");
	req_reply(r, http, JSON_TYPE, &b);
}
