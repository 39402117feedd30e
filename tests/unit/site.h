/* SPDX-License-Identifier: MIT */
/* httpd with fetch as its client, on one loop; and a bare socket where a client
 * must misbehave. The server echoes what it understood, but for some paths:
 * /keep is kept, /release answers the oldest of those and then itself, /headers
 * shows the headers with status 299, /nothing is a 204. */
#ifndef TRAINCTL_TESTS_SITE_H
#define TRAINCTL_TESTS_SITE_H

#include "common/fetch.h"
#include "common/httpd.h"

#define SITE_BODY_MAX 1000
#define SITE_KEPT_MAX 64

struct site {
	struct loop *l;
	struct httpd *h;
	struct fetch *f;
	struct loop_timer guard;
	struct req *kept[SITE_KEPT_MAX]; /* requests to /keep */
	size_t kept_len;
	int handled;
	bool too_big_called;
	/* the client's side */
	int answers, failures, want; /* stops the loop at so many of both */
	int status, code;
	char body[70000], type[64];
};

/* Only body_max, bodies_max, conn_max and too_big are taken from cfg. */
struct site *site_open(struct httpd_config cfg);
void site_close(struct site *s);

/* Runs the loop until `want` more calls have ended. */
void site_run(struct site *s, int want);
/* Lets the loop run for a while in which nothing may end it. */
void site_idle(struct site *s, int64_t us);

/* Runs the loop until the condition holds. */
#define SITE_UNTIL(s, condition)                                               \
	do {                                                                   \
		for (int n_ = 0; !(condition); n_++) {                         \
			ck_assert_msg(n_ < 4000, "never: %s", #condition);     \
			site_idle(s, 5000);                                    \
		}                                                              \
	} while (0)

/* Starts a call to the server itself; its end is counted in the site. */
struct fetch_call *site_start(struct site *s, const char *method,
	const char *path, const char *const *headers, const char *body,
	size_t len);
/* One whole GET; fails the test unless the answer is `want`. */
void site_get(struct site *s, const char *path, const char *want);
/* Posts len bytes and gives the status, or 0 when no answer came. */
int site_post(struct site *s, size_t len, bool chunked);
/* For site_start's calls, but with a request of one's own. */
void site_ended(void *ctx, const struct fetch_res *res, const struct err *e);
void site_reply(struct req *r, int status, const char *text);

/* A socket of our own, with these bytes sent. */
int site_connect(struct site *s, const char *bytes);
/* What has come back on it so far. */
const char *site_read(struct site *s, int fd);

#endif
