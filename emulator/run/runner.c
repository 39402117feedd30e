/* SPDX-License-Identifier: MIT */
#include "emulator/run/runner.h"

#include <string.h>

#include "common/child.h"
#include "common/log.h"
#include "common/mem.h"
#include "emulator/core/jobs.h"
#include "emulator/core/log_lines.h"
#include "emulator/core/logs.h"
#include "emulator/run/replica.h"
#include "emulator/run/tail.h"

/* As a shell says of what it cannot start. */
#define STATUS_NOT_STARTED 126

/* The program of one job. */
struct running {
	struct runner *runner;
	struct running *next;
	int64_t job;
	uint64_t epoch; /* the emulator's: a reset forgets the job */
	char *project, *job_id;
	struct child *child; /* NULL: it could not be started */
	struct tail tail;    /* of its standard error */
	struct loop_timer not_started;
};

struct runner {
	struct emu *em;
	struct loop *loop;
	const char *const *env;
	struct running *first;
	bool stopping;
};

static void running_free(struct running *p) {
	if (!p)
		return;
	child_kill(p->child);
	loop_timer_stop(p->runner->loop, &p->not_started);
	mem_free(p->project);
	mem_free(p->job_id);
	mem_free(p);
}

/* Takes one out of the list. */
static void take_out(struct running *p) {
	struct running **at = &p->runner->first;
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
}

static void batch(void *ctx, bool begins) {
	const struct running *p = ctx;
	if (begins)
		emu_begin(p->runner->em);
	else
		(void)emu_commit(p->runner->em);
}

/* The service cannot show a NUL either. */
static void replace_nuls(char *text, size_t len) {
	for (size_t i = 0; i < len; i++)
		if (!text[i])
			text[i] = '?';
}

static void line(void *ctx, int fd, const char *text, size_t len) {
	struct running *p = ctx;
	struct emu *em = p->runner->em;
	if (p->epoch != em->epoch)
		return;
	auto_free char *copy = mem_dup(text, len);
	if (!copy) {
		log_line(LOG_ERROR, "a line of job %s is lost: out of memory",
			p->job_id);
		return;
	}
	replace_nuls(copy, len);
	if (fd == 2)
		tail_add(&p->tail, copy, len);
	(void)logs_line(em, p->project, p->job_id, LOG_TASK_MASTER,
		fd == 2 ? LOG_AT_ERROR : LOG_AT_INFO, copy);
}

/* The job's end. */
static void settle(struct running *p, int status) {
	take_out(p);
	if (!p->runner->stopping)
		jobs_exited(p->runner->em, p->job, status, p->tail.text);
	running_free(p);
}

static void ended(void *ctx, const struct child_end *end) {
	struct running *p = ctx;
	p->child = NULL;
	if (end->why)
		tail_add(&p->tail, end->why, strlen(end->why));
	settle(p, end->status);
}

static void not_started(void *ctx) {
	settle(ctx, STATUS_NOT_STARTED);
}

static const struct child_ops child_calls = {line, batch, ended};

static struct running *running_new(struct runner *rn, const struct run *r) {
	struct running *p = mem_zero(1, sizeof *p);
	if (!p)
		return NULL;
	p->runner = rn;
	p->job = r->job;
	p->epoch = rn->em->epoch;
	p->project = mem_strdup(r->project);
	p->job_id = mem_strdup(r->job_id);
	p->not_started.cb = not_started;
	p->not_started.ctx = p;
	if (p->project && p->job_id)
		return p;
	running_free(p);
	return NULL;
}

static int start(struct running *p, const struct run *r, struct err *e) {
	struct runner *rn = p->runner;
	struct replica rep;
	int rc = replica_init(&rep, r, rn->env, e);
	struct child_spec spec = {.argv = (const char *const *)rep.argv.at,
		.env = (const char *const *)rep.env.at};
	if (!rc)
		rc = child_start(
			rn->loop, &spec, &child_calls, p, &p->child, e);
	replica_done(&rep);
	return rc;
}

static int run(void *run_ctx, const struct run *r) {
	struct runner *rn = run_ctx;
	/* it would have to end at once: its job is one whose program is gone */
	if (rn->stopping)
		return 0;
	struct running *p = running_new(rn, r);
	if (!p)
		return ERR_NOMEM;
	struct err e = {0};
	int rc = start(p, r, &e);
	if (rc && rc != ERR_NOMEM) {
		/* the job says why, as of one that fails a moment later */
		tail_add(&p->tail, e.msg, strlen(e.msg));
		rc = loop_timer_in(rn->loop, &p->not_started, 0);
	}
	if (rc) {
		running_free(p);
		return rc;
	}
	p->next = rn->first;
	rn->first = p;
	return 0;
}

static struct running *find(struct runner *rn, int64_t job) {
	struct running *p = rn->first;
	while (p && p->job != job)
		p = p->next;
	return p;
}

static void stop(void *run_ctx, int64_t job, bool now) {
	struct running *p = find(run_ctx, job);
	if (p && now) {
		take_out(p);
		running_free(p);
	} else if (p && p->child) {
		child_stop(p->child, RUNNER_GRACE_US);
	}
}

int runner_new(struct emu *em, struct loop *l, const char *const *env,
	struct runner **ret, struct err *e) {
	struct runner *rn = mem_zero(1, sizeof *rn);
	if (!rn)
		return err_nomem(e);
	*rn = (struct runner){.em = em, .loop = l, .env = env};
	em->ops.run = run;
	em->ops.stop = stop;
	em->ops.run_ctx = rn;
	*ret = rn;
	return 0;
}

void runner_free(struct runner *rn) {
	if (!rn)
		return;
	while (rn->first) {
		struct running *p = rn->first;
		rn->first = p->next;
		running_free(p);
	}
	mem_free(rn);
}

void runner_stop(struct runner *rn) {
	rn->stopping = true;
	for (struct running *p = rn->first; p; p = p->next)
		if (p->child)
			child_stop(p->child, RUNNER_GRACE_US);
}

bool runner_busy(const struct runner *rn) {
	return rn->first != NULL;
}
