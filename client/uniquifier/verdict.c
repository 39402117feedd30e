/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/verdict.h"

/* A refusal that the same request will meet again. 401 is not one: a new token
 * cures it; nor is 429, nor what a proxy says with 408. */
static bool permanent(int http) {
	return http >= 400 && http < 500 && http != 401 && http != 408 &&
	       http != 429;
}

int verdict_error(const struct train_error *error) {
	const struct err *e = &error->err;
	return e->code == ERR_HTTP && permanent(e->http) ? e->http : 503;
}

int verdict_submit(const struct train_submitted *s) {
	switch (s->outcome) {
	case TRAIN_CREATED:
	case TRAIN_ADOPTED:
	case TRAIN_KEPT:
		return 200;
	case TRAIN_CONFLICT:
		return 409;
	case TRAIN_FAILED:
		break;
	}
	return verdict_error(s->error);
}

int verdict_message(const struct err *e) {
	switch ((enum err_code)e->code) {
	case ERR_SYNTAX:
	case ERR_JSON:
	case ERR_SHAPE:
	case ERR_RANGE:
		return 400;
	case ERR_TOOBIG:
		return 413;
	case ERR_HTTP:
		return e->http;
	case ERR_NOMEM:
	case ERR_USAGE:
	case ERR_IO:
	case ERR_NOTSENT:
	case ERR_LOST:
	case ERR_TIMEOUT:
	case ERR_NOTFOUND:
	case ERR_STATE:
	case ERR_STOPPED:
		break;
	}
	return 503;
}

unsigned verdict_again_s(int http, bool dead_letters, unsigned row) {
	unsigned s = 1;
	if (http < 500)
		return dead_letters ? 0 : VERDICT_REFUSED_S;
	while (--row > 0 && s < VERDICT_AGAIN_MAX_S)
		s *= 2;
	return s < VERDICT_AGAIN_MAX_S ? s : VERDICT_AGAIN_MAX_S;
}
