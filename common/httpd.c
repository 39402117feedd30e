/* SPDX-License-Identifier: MIT */
/* The only file that includes microhttpd. The daemon has no thread of its own:
 * its epoll descriptor and its timeout hang in the loop. Nothing is answered in
 * the library's first call for a request, for that would close the connection
 * after it; only a body that is not even read is, where the close is wanted. */
#include "common/httpd.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/framing.h"
#include "common/hex.h"
#include "common/listen.h"
#include "common/mem.h"
#include "common/spoil.h"

#define HEADERS_MAX 16
#define FORM_MAX 100		  /* arguments in a body */
#define SWALLOW_MAX (64ull << 20) /* of a refused body, to answer after it */
#define FLUSH_TURNS 100		  /* MHD_run calls to get last answers out */
#define SPOIL_BLOCK 4096	  /* of a spoiled body, at a time */

struct req {
	struct httpd *h;
	struct MHD_Connection *conn;
	const char *method;
	char *path;
	struct buf body;
	int64_t due_us; /* when the body has to be there; INT64_MAX: never */
	uint64_t got;	/* bytes of the body */
	size_t held;	/* of them, in body */
	bool over;	/* the body is too big */
	bool crowded;	/* with those of others */
	struct {
		const char *name, *value; /* borrowed */
	} headers[HEADERS_MAX];
	size_t headers_len;
	struct MHD_Response *answer; /* set by req_reply */
	int status;
	bool replied;	     /* req_reply has been called */
	bool handled;	     /* the handler has been called */
	bool suspended;	     /* waiting for req_reply */
	struct spoil *spoil; /* NULL: the answer goes out whole */
	struct req *prev, *next;
};

struct httpd {
	struct httpd_config cfg;
	struct loop *loop;
	struct MHD_Daemon *daemon;
	struct loop_hook hook;
	struct loop_timer slow; /* for bodies that take too long */
	int epoll_fd;
	int listen_fd;
	unsigned port;
	char url[96];
	struct req *reqs;
	unsigned busy;
	size_t held;   /* bytes of all bodies */
	bool again;    /* MHD_run is wanted at once */
	bool watching; /* slow is set */
	bool full;     /* as many connections as may be */
	bool stopping; /* nothing is handled any more */
};

static int socket_of(const struct req *r) {
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(
		r->conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	return i ? i->connect_fd : -1;
}

/* Ends those whose time for the body is over, and comes again when the next
 * one's is. A byte now and then would keep a connection, and all that it has
 * sent, for ever. */
static void watch_bodies(void *ctx) {
	struct httpd *h = ctx;
	int64_t next = INT64_MAX, now = loop_now_us(h->loop);
	for (struct req *r = h->reqs; r; r = r->next) {
		if (r->handled)
			continue;
		if (r->due_us <= now)
			(void)shutdown(socket_of(r), SHUT_RDWR);
		else if (r->due_us < next)
			next = r->due_us;
	}
	h->watching = next != INT64_MAX;
	if (h->watching)
		loop_timer_at(h->loop, &h->slow, next);
}

static struct req *req_new(struct httpd *h, struct MHD_Connection *conn,
	const char *method, const char *path) {
	struct req *r = mem_zero(1, sizeof *r);
	char *copy = r ? mem_strdup(path) : NULL;
	if (!copy) {
		mem_free(r);
		return NULL;
	}
	r->h = h;
	r->due_us = h->cfg.body_us ? loop_now_us(h->loop) + h->cfg.body_us
				   : INT64_MAX;
	r->conn = conn;
	r->method = method;
	r->path = copy;
	buf_init(&r->body, h->cfg.body_max);
	r->next = h->reqs;
	if (h->reqs)
		h->reqs->prev = r;
	h->reqs = r;
	h->busy++;
	if (h->cfg.body_us && !h->watching)
		watch_bodies(h);
	return r;
}

static void drop_body(struct req *r) {
	r->h->held -= r->held;
	r->held = 0;
	buf_done(&r->body);
}

static void req_free(struct req *r) {
	if (r->prev)
		r->prev->next = r->next;
	else
		r->h->reqs = r->next;
	if (r->next)
		r->next->prev = r->prev;
	r->h->busy--;
	if (r->answer)
		MHD_destroy_response(r->answer);
	if (r->spoil) {
		loop_timer_stop(r->h->loop, &r->spoil->timer);
		spoil_free(r->spoil);
	}
	drop_body(r);
	mem_free(r->path);
	mem_free(r);
}

static void on_completed(void *ctx, struct MHD_Connection *conn, void **state,
	enum MHD_RequestTerminationCode how) {
	(void)ctx;
	(void)conn;
	(void)how;
	if (*state)
		req_free(*state);
	*state = NULL;
}

static enum MHD_Result queue(struct req *r) {
	return MHD_queue_response(r->conn, (unsigned)r->status, r->answer);
}

static void call_too_big(struct req *r) {
	r->handled = true;
	if (r->h->cfg.too_big) {
		r->h->cfg.too_big(r->h->cfg.ctx, r);
		return;
	}
	struct buf b;
	buf_init(&b, 128);
	(void)buf_addf(&b, "request body over %zu bytes\n", r->h->cfg.body_max);
	req_reply(r, 413, "text/plain; charset=utf-8", &b);
	buf_done(&b);
}

/* Whether a body that is announced over the ceiling is refused at once. One
 * that is on its way already is read first: the connection would be reset with
 * it, and the answer lost. */
static bool refuse_at_once(struct req *r) {
	const char *len = req_header(r, "Content-Length");
	const char *expect = req_header(r, "Expect");
	unsigned long long n = len ? strtoull(len, NULL, 10) : 0;
	r->over = n > r->h->cfg.body_max;
	return n > SWALLOW_MAX || (r->over && expect);
}

/* Over the ceiling the rest is swallowed, then answered. */
static enum MHD_Result take_body(
	struct req *r, const char *data, size_t *data_len) {
	struct httpd *h = r->h;
	size_t n = r->over ? 0 : *data_len;
	r->got += *data_len;
	r->crowded |= h->cfg.bodies_max && h->held + n > h->cfg.bodies_max;
	if (r->crowded || buf_add(&r->body, data, n) == ERR_TOOBIG) {
		r->over = true;
		drop_body(r);
	} else {
		r->held += n;
		h->held += n;
	}
	*data_len = 0;
	return r->got > SWALLOW_MAX + h->cfg.body_max ? MHD_NO : MHD_YES;
}

static void call_handler(struct req *r) {
	r->handled = true;
	if (r->h->stopping)
		req_reply(r, 503, NULL, NULL);
	else
		r->h->cfg.handle(r->h->cfg.ctx, r);
}

/* Before 1.0 the library takes what framing_begin is for; strictness would not
 * change that, but answer twice what has no Host. */
static bool is_lenient(void) {
	return strncmp(MHD_get_version(), "0.", 2) == 0;
}

static bool is_clear(struct req *r, const char *version) {
	struct framing f = {0};
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(
		r->conn, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	if (is_lenient())
		framing_begin(&f, version);
	req_each_header(r, framing_see, &f);
	framing_end(&f, i ? r->method + i->header_size : NULL);
	return framing_ok(&f);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *conn,
	const char *path, const char *method, const char *version,
	const char *data, size_t *data_len, void **state) {
	struct req *r = *state;
	if (!r) {
		r = req_new(ctx, conn, method, path);
		*state = r;
		if (!r)
			return MHD_NO;
		bool clear = is_clear(r, version);
		if (clear && !refuse_at_once(r))
			return MHD_YES;
		r->handled = true;
		if (clear)
			call_too_big(r);
		else /* it is closed then, whatever else is on it */
			req_reply(r, 400, NULL, NULL);
		return r->answer ? queue(r) : MHD_NO;
	}
	if (*data_len)
		return take_body(r, data, data_len);
	if (!r->handled && r->over)
		call_too_big(r);
	else if (!r->handled && r->body.failed)
		return MHD_NO;
	else if (!r->handled)
		call_handler(r);
	if (r->replied) /* without an answer memory ran out: close */
		return r->answer ? queue(r) : MHD_NO;
	r->suspended = true;
	MHD_suspend_connection(conn);
	return MHD_YES;
}

bool req_gone(const struct req *r) {
	char next;
	ssize_t n = recv(socket_of(r), &next, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void free_body(void *p) {
	mem_free(p);
}

static void add_headers(
	struct MHD_Response *m, struct req *r, const char *content_type) {
	if (content_type)
		(void)MHD_add_response_header(m, "Content-Type", content_type);
	for (size_t i = 0; i < r->headers_len; i++)
		(void)MHD_add_response_header(
			m, r->headers[i].name, r->headers[i].value);
}

int req_spoil(
	struct req *r, enum req_spoil how, int64_t bytes, int64_t pause_us) {
	if (!r->spoil)
		r->spoil = mem_zero(1, sizeof *r->spoil);
	if (!r->spoil)
		return ERR_NOMEM;
	r->spoil->how = how;
	r->spoil->bytes = bytes;
	r->spoil->pause_us = pause_us;
	return 0;
}

/* A drip that sleeps goes on. */
static void wake(void *ctx) {
	struct req *r = ctx;
	if (!r->spoil || !r->spoil->asleep)
		return;
	r->spoil->asleep = false;
	r->h->again = true;
	MHD_resume_connection(r->conn);
}

/* Whether it is too early for the next drip; then the connection sleeps. */
static bool drip_waits(struct req *r) {
	struct spoil *s = r->spoil;
	int64_t now = loop_now_us(r->h->loop);
	if (r->h->listen_fd < 0)
		return false;
	if (now >= s->due_us) {
		s->due_us = now + s->pause_us;
		return false;
	}
	s->timer.cb = wake;
	s->timer.ctx = r;
	loop_timer_at(r->h->loop, &s->timer, s->due_us);
	s->asleep = true;
	MHD_suspend_connection(r->conn);
	return true;
}

/* How much the library asks read_spoiled for. */
static size_t spoiled_block(const struct spoil *s) {
	return s->how == REQ_DRIP ? (size_t)s->bytes : SPOIL_BLOCK;
}

static ssize_t read_spoiled(void *ctx, uint64_t pos, char *to, size_t max) {
	struct req *r = ctx;
	if (r->spoil->how == REQ_DRIP && drip_waits(r))
		return 0;
	ssize_t n = spoil_next(r->spoil, pos, to, max);
	return n < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : n;
}

/* Takes the body. NULL: there is no answer, the connection is closed. */
static struct MHD_Response *make_answer(struct req *r, char *body, size_t len) {
	if (r->spoil)
		return spoil_begin(r->spoil, body, len)
			       ? MHD_create_response_from_callback(len,
					 spoiled_block(r->spoil), read_spoiled,
					 r, NULL)
			       : NULL;
	if (!body)
		return MHD_create_response_from_buffer(
			0, NULL, MHD_RESPMEM_PERSISTENT);
	struct MHD_Response *m =
		MHD_create_response_from_buffer_with_free_callback(
			len, body, free_body);
	if (!m)
		mem_free(body);
	return m;
}

void req_reply(
	struct req *r, int status, const char *content_type, struct buf *b) {
	size_t len = 0;
	char *body = b ? buf_take(b, &len) : NULL;
	if (b && !body) {
		/* the answer could not be built: say so rather than lie */
		status = 500;
		content_type = NULL;
	}
	r->answer = make_answer(r, body, len);
	r->status = status;
	r->replied = true;
	if (r->answer)
		add_headers(r->answer, r, content_type);
	if (r->suspended) {
		r->suspended = false;
		r->h->again = true;
		MHD_resume_connection(r->conn);
	}
}

const char *req_method(const struct req *r) {
	return r->method;
}

const char *req_path(const struct req *r) {
	return r->path;
}

const char *req_query(const struct req *r, const char *name) {
	return MHD_lookup_connection_value(
		r->conn, MHD_GET_ARGUMENT_KIND, name);
}

const char *req_header(const struct req *r, const char *name) {
	return MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, name);
}

bool req_crowded(const struct req *r) {
	return r->crowded;
}

const char *req_body(const struct req *r, size_t *ret_len) {
	*ret_len = r->body.len;
	return r->body.p ? r->body.p : "";
}

/* Decodes in place, as the library does, but leaves %00: it would end the text
 * and make another path of it. */
static size_t unescape(void *ctx, struct MHD_Connection *conn, char *s) {
	(void)ctx;
	(void)conn;
	char *to = s;
	for (const char *from = s; *from;) {
		int c = *from == '%' ? hex_pair(from + 1) : -1;
		*to++ = (char)(c > 0 ? c : *from);
		from += c > 0 ? 3 : 1;
	}
	*to = '\0';
	return (size_t)(to - s);
}

static void unescape_form(char *s) {
	for (char *p = s; *p; p++)
		if (*p == '+')
			*p = ' ';
	(void)unescape(NULL, NULL, s);
}

int req_take_form(struct req *r) {
	int count = 0;
	if (!r->body.len)
		return 0;
	for (char *at = r->body.p; at && *at;) {
		char *next = at + strcspn(at, "&");
		if (*next)
			*next++ = '\0';
		char *value = strchr(at, '=');
		if (value)
			*value++ = '\0';
		unescape_form(at);
		unescape_form(value ? value : at + strlen(at));
		/* they go into the memory that the answer's head needs too */
		if (++count > FORM_MAX)
			return ERR_TOOBIG;
		if (*at && MHD_set_connection_value(r->conn,
				   MHD_GET_ARGUMENT_KIND, at, value) != MHD_YES)
			return ERR_TOOBIG;
		at = next;
	}
	r->body.len = 0;
	return 0;
}

struct each {
	void (*cb)(void *ctx, const char *name, const char *value);
	void *ctx;
};

static enum MHD_Result each_value(void *ctx, enum MHD_ValueKind kind,
	const char *name, const char *value) {
	(void)kind;
	const struct each *it = ctx;
	it->cb(it->ctx, name, value ? value : "");
	return MHD_YES;
}

void req_each_query(struct req *r,
	void (*cb)(void *ctx, const char *name, const char *value), void *ctx) {
	struct each it = {cb, ctx};
	(void)MHD_get_connection_values(
		r->conn, MHD_GET_ARGUMENT_KIND, each_value, &it);
}

void req_each_header(struct req *r,
	void (*cb)(void *ctx, const char *name, const char *value), void *ctx) {
	struct each it = {cb, ctx};
	(void)MHD_get_connection_values(
		r->conn, MHD_HEADER_KIND, each_value, &it);
}

int req_add_header(struct req *r, const char *name, const char *value) {
	if (r->headers_len == HEADERS_MAX)
		return ERR_NOMEM;
	r->headers[r->headers_len].name = name;
	r->headers[r->headers_len].value = value;
	r->headers_len++;
	return 0;
}

/* Without a thread of its own the library neither signals a resumed connection
 * on its descriptor nor, in 0.9.75, by its timeout. */
static int64_t mhd_due(void *ctx) {
	const struct httpd *h = ctx;
	if (h->again)
		return 0;
	MHD_UNSIGNED_LONG_LONG ms;
	if (MHD_get_timeout(h->daemon, &ms) != MHD_YES)
		return -1;
	return (int64_t)ms * US_PER_MS;
}

/* A place that became free lets the library accept again only in its next run,
 * which nothing else would bring about. */
static void mhd_run(void *ctx) {
	struct httpd *h = ctx;
	bool was_full = h->full;
	h->again = false;
	(void)MHD_run(h->daemon);
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(
		h->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
	h->full = info && info->num_connections >= h->cfg.conn_max;
	if (was_full && !h->full)
		h->again = true;
}

static void mhd_ready(void *ctx, int fd, int events) {
	(void)fd;
	(void)events;
	mhd_run(ctx);
}

int httpd_start(struct loop *l, const struct httpd_config *cfg,
	struct httpd **ret, struct err *e) {
	struct httpd *h = mem_zero(1, sizeof *h);
	if (!h)
		return err_nomem(e);
	h->cfg = *cfg;
	h->loop = l;
	h->slow = (struct loop_timer){.cb = watch_bodies, .ctx = h};
	int rc = listen_open(cfg->host, cfg->port, &h->listen_fd, e);
	if (rc) {
		mem_free(h);
		return rc;
	}
	listen_name(h->listen_fd, h->url, sizeof h->url, &h->port);
	h->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME,
		0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET,
		h->listen_fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
		MHD_OPTION_CONNECTION_LIMIT, cfg->conn_max,
		MHD_OPTION_CONNECTION_TIMEOUT, cfg->idle_s,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		cfg->conn_held ? cfg->conn_held : HTTPD_HELD,
		MHD_OPTION_STRICT_FOR_CLIENT, !is_lenient(),
		MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_END);
	const union MHD_DaemonInfo *info =
		h->daemon ? MHD_get_daemon_info(
				    h->daemon, MHD_DAEMON_INFO_EPOLL_FD)
			  : NULL;
	if (!info) {
		rc = err_set(e, ERR_IO, "cannot start the HTTP server");
		(void)close(h->listen_fd);
		mem_free(h);
		return rc;
	}
	h->epoll_fd = info->epoll_fd;
	h->hook = (struct loop_hook){mhd_due, mhd_run, h, NULL};
	loop_hook_add(l, &h->hook);
	rc = loop_fd_set(l, h->epoll_fd, LOOP_IN, mhd_ready, h, e);
	if (rc) {
		httpd_free(h);
		return rc;
	}
	*ret = h;
	return 0;
}

unsigned httpd_port(const struct httpd *h) {
	return h->port;
}

const char *httpd_url(const struct httpd *h) {
	return h->url;
}

unsigned httpd_busy(const struct httpd *h) {
	return h->busy;
}

void httpd_quiesce(struct httpd *h) {
	if (h->listen_fd < 0)
		return;
	(void)MHD_quiesce_daemon(h->daemon);
	(void)close(h->listen_fd);
	h->listen_fd = -1;
	for (struct req *r = h->reqs; r; r = r->next)
		wake(r);
}

void httpd_free(struct httpd *h) {
	if (!h)
		return;
	httpd_quiesce(h);
	/* a request that waited behind a kept one must not be kept in its turn:
	 * the library cannot be stopped with one */
	h->stopping = true;
	for (struct req *r = h->reqs; r; r = r->next)
		if (r->suspended)
			req_reply(r, 503, NULL, NULL);
	for (int i = 0; i < FLUSH_TURNS && h->busy; i++)
		(void)MHD_run(h->daemon);
	loop_fd_del(h->loop, h->epoll_fd);
	loop_timer_stop(h->loop, &h->slow);
	loop_hook_del(h->loop, &h->hook);
	MHD_stop_daemon(h->daemon);
	mem_free(h);
}
