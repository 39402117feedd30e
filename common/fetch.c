/* SPDX-License-Identifier: MIT */
/* The only file that includes curl. The multi's socket interface hangs in the
 * loop, so the cost of a turn does not grow with the calls under way. */
#include "common/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/mem.h"

#define IDLE_MAX 16	 /* finished easy handles kept for reuse */
#define HOST_CONN_MAX 16 /* connections to one host at once */
#define CONNECT_MAX_MS 10000L
/* What is read at once. curl's own 16 KiB, got and given back for each call,
 * are more than mem.h keeps. */
#define READ_MAX 4096L

struct fetch_call {
	struct fetch *f;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body;
	char retry_after[64];
	char keep[FETCH_NAME_MAX + 1]; /* "" for none */
	char kept[64];
	char error[CURL_ERROR_SIZE];
	bool begun;    /* the request is on its way, or was */
	bool again;    /* curl would have sent it a second time */
	bool stranded; /* its socket could not be watched */
	bool headed;   /* the answer's headers came to their end */
	bool lenient;  /* the status counts, see fetch_req */
	fetch_done *done;
	void *ctx;
	struct fetch_call *prev, *next; /* calls under way */
};

struct fetch {
	struct loop *loop;
	CURLM *multi;	       /* NULL before the first call */
	struct loop_hook hook; /* unlike a timer it may run in this turn */
	int64_t due_us;	       /* when curl wants a turn; -1: never */
	bool stranded;	       /* some call is */
	bool stopping;
	struct fetch_call *calls;
	CURL *idle[IDLE_MAX];
	size_t idle_len;
};

static void call_end(struct fetch_call *c) {
	struct fetch *f = c->f;
	if (c->prev)
		c->prev->next = c->next;
	else
		f->calls = c->next;
	if (c->next)
		c->next->prev = c->prev;
	(void)curl_multi_remove_handle(f->multi, c->easy);
	if (f->idle_len < IDLE_MAX) {
		curl_easy_reset(c->easy);
		f->idle[f->idle_len++] = c->easy;
	} else {
		curl_easy_cleanup(c->easy);
	}
	curl_slist_free_all(c->headers);
	buf_done(&c->body);
	mem_free(c);
}

void fetch_cancel(struct fetch_call *c) {
	call_end(c);
}

/* Whether the request can have reached the peer, and if it was time that ran
 * out then. */
static int classify(const struct fetch_call *c, CURLcode rc) {
	switch ((int)rc) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_URL_MALFORMAT:
		return ERR_NOTSENT;
	}
	long sent = 0;
	(void)curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &sent);
	if (sent <= 0 && !c->again)
		return ERR_NOTSENT;
	return rc == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_LOST;
}

/* Whether a call that failed has had the status that it is about. */
static bool counts(const struct fetch_call *c, long status, CURLcode rc) {
	if (!c->lenient || !c->headed)
		return false;
	if (status == 102)
		return rc == CURLE_GOT_NOTHING || rc == CURLE_RECV_ERROR ||
		       rc == CURLE_OPERATION_TIMEDOUT;
	return c->body.failed == ERR_TOOBIG || rc == CURLE_BAD_CONTENT_ENCODING;
}

static void call_finish(struct fetch_call *c, CURLcode rc) {
	struct fetch_res res = {0};
	struct err e = {0};
	const struct fetch_res *ok = NULL;
	long status = 0;
	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if ((rc == CURLE_OK && c->headed) || counts(c, status, rc)) {
		char *type = NULL, *redirect = NULL;
		(void)curl_easy_getinfo(c->easy, CURLINFO_CONTENT_TYPE, &type);
		(void)curl_easy_getinfo(
			c->easy, CURLINFO_REDIRECT_URL, &redirect);
		res.status = (int)status;
		res.body = buf_str(&c->body);
		res.body_len = c->body.len;
		res.content_type = type ? type : "";
		res.retry_after = c->retry_after;
		res.redirect = redirect ? redirect : "";
		res.kept = c->kept;
		ok = &res;
	} else if (c->again || rc == CURLE_OK) {
		/* curl takes headers that are cut for an empty answer */
		err_set(&e, ERR_LOST,
			"the connection was closed before the answer came");
	} else if (c->body.failed == ERR_TOOBIG) {
		err_set(&e, ERR_TOOBIG, "the answer is over %zu bytes",
			c->body.max);
	} else {
		err_set(&e, classify(c, rc), "%s",
			c->error[0] ? c->error : curl_easy_strerror(rc));
	}
	c->done(c->ctx, ok, &e);
	call_end(c);
}

/* Ends every call that has come to its end. One a look: a callback may start
 * or cancel others. */
static void reap(struct fetch *f) {
	int left;
	CURLMsg *m;
	while ((m = curl_multi_info_read(f->multi, &left))) {
		if (m->msg != CURLMSG_DONE)
			continue;
		struct fetch_call *c = NULL;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
		call_finish(c, m->data.result);
	}
}

static void socket_ready(void *ctx, int fd, int events) {
	struct fetch *f = ctx;
	int running;
	int mask = (events & LOOP_IN ? CURL_CSELECT_IN : 0) |
		   (events & LOOP_OUT ? CURL_CSELECT_OUT : 0);
	(void)curl_multi_socket_action(f->multi, fd, mask, &running);
	reap(f);
}

/* Ends the calls that nothing would ever wake. */
static void end_stranded(struct fetch *f) {
	f->stranded = false;
	for (struct fetch_call *c = f->calls; c;) {
		if (c->stranded) {
			call_finish(c, CURLE_OUT_OF_MEMORY);
			c = f->calls; /* the callback may end others */
		} else {
			c = c->next;
		}
	}
}

static int64_t hook_due(void *ctx) {
	const struct fetch *f = ctx;
	if (f->stranded)
		return 0;
	if (f->due_us < 0)
		return -1;
	int64_t left = f->due_us - clock_mono_us();
	return left > 0 ? left : 0;
}

static void hook_run(void *ctx) {
	struct fetch *f = ctx;
	int running;
	if (f->stranded)
		end_stranded(f);
	f->due_us = -1;
	(void)curl_multi_socket_action(
		f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	reap(f);
}

static int on_socket(
	CURL *easy, curl_socket_t fd, int what, void *ctx, void *per_socket) {
	(void)per_socket;
	struct fetch *f = ctx;
	if (what == CURL_POLL_REMOVE) {
		loop_fd_del(f->loop, fd);
		return 0;
	}
	int events = (what & CURL_POLL_IN ? LOOP_IN : 0) |
		     (what & CURL_POLL_OUT ? LOOP_OUT : 0);
	struct fetch_call *c = NULL;
	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &c);
	if (loop_fd_set(f->loop, fd, events, socket_ready, f, NULL) && c) {
		/* told of it, curl would fail every call there is */
		c->stranded = true;
		f->stranded = true;
	}
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *ctx) {
	(void)multi;
	struct fetch *f = ctx;
	f->due_us = ms < 0 ? -1 : clock_mono_us() + ms * US_PER_MS;
	return 0;
}

int fetch_new(struct loop *l, struct fetch **ret, struct err *e) {
	struct fetch *f = mem_zero(1, sizeof *f);
	if (!f)
		return err_nomem(e);
	f->loop = l;
	f->due_us = -1;
	f->hook = (struct loop_hook){hook_due, hook_run, f, NULL};
	loop_hook_add(l, &f->hook);
	*ret = f;
	return 0;
}

void fetch_free(struct fetch *f) {
	if (!f)
		return;
	f->stopping = true;
	while (f->calls) {
		struct fetch_call *c = f->calls;
		struct err e = {0};
		(void)err_set(
			&e, ERR_STOPPED, "stopped before the answer came");
		c->done(c->ctx, NULL, &e);
		call_end(c);
	}
	while (f->idle_len)
		curl_easy_cleanup(f->idle[--f->idle_len]);
	if (f->multi) {
		(void)curl_multi_cleanup(f->multi);
		curl_global_cleanup();
	}
	loop_hook_del(f->loop, &f->hook);
	mem_free(f);
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx) {
	struct fetch_call *c = ctx;
	return buf_add(&c->body, p, size * n) ? 0 : size * n;
}

/* Called before each request that goes out: curl repeats one by itself when a
 * kept connection was closed under it, but it may have arrived. */
static int on_request(
	void *ctx, char *ip, char *local_ip, int port, int local_port) {
	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	struct fetch_call *c = ctx;
	c->again = c->begun;
	c->begun = true;
	return c->again ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* Copies the value if the line is of that header. */
static void keep_value(
	const char *p, size_t len, const char *name, char *ret, size_t max) {
	size_t skip = strlen(name);
	if (!skip || len <= skip || p[skip] != ':' ||
		strncasecmp(p, name, skip) != 0)
		return;
	skip++;
	while (skip < len && p[skip] == ' ')
		skip++;
	size_t n = 0;
	while (skip + n < len && p[skip + n] >= ' ' && n + 1 < max)
		n++;
	while (n > 0 && p[skip + n - 1] == ' ')
		n--;
	memcpy(ret, p + skip, n);
	ret[n] = '\0';
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx) {
	struct fetch_call *c = ctx;
	size_t len = size * n;
	if (len > 5 && memcmp(p, "HTTP/", 5) == 0)
		c->headed = false; /* there may be a 100 Continue before */
	else if (len > 0 && (*p == '\r' || *p == '\n'))
		c->headed = true;
	keep_value(
		p, len, "retry-after", c->retry_after, sizeof c->retry_after);
	keep_value(p, len, c->keep, c->kept, sizeof c->kept);
	return len;
}

/* The URL's host, or NULL when it is not an absolute http(s) URL. Freed with
 * curl_free. */
static char *url_host(const char *url) {
	/* curl would take http:/host and http:///host as well */
	const char *at = url + strcspn(url, ":");
	if (strncmp(at, "://", 3) != 0 || at[3] == '/')
		return NULL;
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL;
	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		(!strcmp(scheme, "http") || !strcmp(scheme, "https")))
		(void)curl_url_get(u, CURLUPART_HOST, &host, 0);
	curl_free(scheme);
	curl_url_cleanup(u);
	if (host && !*host) {
		curl_free(host);
		host = NULL;
	}
	return host;
}

bool fetch_url_ok(const char *url) {
	char *host = url_host(url);
	curl_free(host);
	return host != NULL;
}

static bool is_loopback(const char *host) {
	return !strcmp(host, "localhost") || !strncmp(host, "127.", 4) ||
	       !strcmp(host, "[::1]");
}

static int set_headers(struct fetch_call *c, const struct fetch_req *rq) {
	/* no wait for 100 Continue: our peers take the body at once */
	c->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; c->headers && rq->headers && rq->headers[i]; i++) {
		struct curl_slist *more =
			curl_slist_append(c->headers, rq->headers[i]);
		if (!more)
			return ERR_NOMEM;
		c->headers = more;
	}
	return c->headers ? 0 : ERR_NOMEM;
}

static void set_common(CURL *h, struct fetch_call *c, int64_t timeout_us) {
	long ms = (long)((timeout_us + US_PER_MS - 1) / US_PER_MS);
	(void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(h, CURLOPT_BUFFERSIZE, READ_MAX);
	(void)curl_easy_setopt(h, CURLOPT_PRIVATE, c);
	(void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->error);
	(void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(h, CURLOPT_WRITEDATA, c);
	(void)curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(h, CURLOPT_HEADERDATA, c);
	(void)curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, on_request);
	(void)curl_easy_setopt(h, CURLOPT_PREREQDATA, c);
	(void)curl_easy_setopt(h, CURLOPT_HTTPHEADER, c->headers);
	(void)curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "");
	(void)curl_easy_setopt(
		h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, ms > 0 ? ms : 1L);
	(void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS,
		ms < CONNECT_MAX_MS ? ms : CONNECT_MAX_MS);
	/* of older ones some library lets 1.0 pass (RFC 8996) */
	(void)curl_easy_setopt(
		h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
#if LIBCURL_VERSION_NUM >= 0x075500
	(void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	(void)curl_easy_setopt(
		h, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/* Returns 0 or ERR_NOMEM. */
static int set_request(CURL *h, const struct fetch_req *rq) {
	CURLcode rc = curl_easy_setopt(h, CURLOPT_URL, rq->url);
	if (!strcmp(rq->method, "HEAD")) {
		(void)curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
		return rc ? ERR_NOMEM : 0;
	}
	if (rq->body) {
		(void)curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)rq->body_len);
		if (!rc)
			rc = curl_easy_setopt(h, CURLOPT_COPYPOSTFIELDS,
				rq->body_len ? rq->body : "");
	}
	if (!rc && (rq->body || strcmp(rq->method, "GET") != 0))
		rc = curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, rq->method);
	return rc ? ERR_NOMEM : 0;
}

/* curl takes some 20 blocks for a request, from where the rest of the program
 * takes its own; when there is none it deals with that itself. */
static char *raw_dup(const char *s) {
	size_t n = strlen(s) + 1;
	char *copy = mem_raw_alloc(n);
	return copy ? memcpy(copy, s, n) : NULL;
}

static void *raw_zero(size_t count, size_t size) {
	size_t n;
	if (__builtin_mul_overflow(count, size, &n))
		return NULL;
	void *p = mem_raw_alloc(n);
	return p ? memset(p, 0, n) : NULL;
}

/* curl and what it loads (TLS, SSH, LDAP) take 2 MiB of memory, so they are set
 * up with the first call: a server that calls nobody goes without. */
static int set_up(struct fetch *f) {
	if (f->multi)
		return 0;
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_raw_alloc,
		    mem_raw_free, mem_raw_resize, raw_dup,
		    raw_zero) != CURLE_OK)
		return ERR_NOMEM;
	f->multi = curl_multi_init();
	if (!f->multi) {
		curl_global_cleanup();
		return ERR_NOMEM;
	}
	CURLM *m = f->multi;
	(void)curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, on_socket);
	(void)curl_multi_setopt(m, CURLMOPT_SOCKETDATA, f);
	(void)curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, on_timer);
	(void)curl_multi_setopt(m, CURLMOPT_TIMERDATA, f);
	(void)curl_multi_setopt(
		m, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONN_MAX);
	return 0;
}

static CURL *take_easy(struct fetch *f) {
	if (set_up(f))
		return NULL;
	return f->idle_len ? f->idle[--f->idle_len] : curl_easy_init();
}

int fetch_start(struct fetch *f, const struct fetch_req *rq, fetch_done *done,
	void *ctx, struct fetch_call **ret, struct err *e) {
	if (f->stopping)
		return err_set(e, ERR_STOPPED, "stopping");
	char *host = url_host(rq->url);
	if (!host)
		return err_set(e, ERR_USAGE,
			"'%.200s' is not an http or https URL", rq->url);
	bool direct = rq->direct || is_loopback(host);
	curl_free(host);
	struct fetch_call *c = mem_zero(1, sizeof *c);
	CURL *h = c ? take_easy(f) : NULL;
	if (!h) {
		mem_free(c);
		return err_nomem(e);
	}
	*c = (struct fetch_call){.f = f,
		.easy = h,
		.lenient = rq->status_counts,
		.done = done,
		.ctx = ctx,
		.next = f->calls};
	if (f->calls)
		f->calls->prev = c;
	f->calls = c;
	buf_init(&c->body, rq->answer_max);
	(void)snprintf(c->keep, sizeof c->keep, "%s", rq->keep ? rq->keep : "");
	int rc = set_headers(c, rq);
	set_common(h, c, rq->timeout_us);
	/* a proxy named in the environment cannot reach our own loopback, nor
	 * the link of this machine */
	if (direct)
		(void)curl_easy_setopt(h, CURLOPT_PROXY, "");
	if (!rc)
		rc = set_request(h, rq);
	if (!rc && curl_multi_add_handle(f->multi, h) != CURLM_OK)
		rc = ERR_NOMEM;
	if (rc) {
		call_end(c);
		return err_nomem(e);
	}
	if (ret)
		*ret = c;
	return 0;
}
