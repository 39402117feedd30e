/* SPDX-License-Identifier: MIT */
#include "emulator/run/runner.h"

#include <signal.h>
#include <string.h>

#include "common/child.h"
#include "common/log.h"
#include "common/mem.h"
#include "emulator/core/jobs.h"
#include "emulator/core/log_lines.h"
#include "emulator/core/logs.h"
#include "emulator/run/replica.h"
#include "emulator/run/tail.h"

/* As a shell says of what it cannot start, and of what SIGTERM ended. */
#define STATUS_NOT_STARTED 126
#define STATUS_TERMINATED (128 + SIGTERM)

/* The program of one job: waiting, begun, or over without having begun. */
struct running {
	struct runner *runner;
	struct running *next;
	struct run run; /* with copies of its texts */
	uint64_t epoch; /* the emulator's: a reset forgets the job */
	struct child *child;
	bool over;
	int status;	  /* of one that is over */
	struct tail tail; /* of its standard error */
};

struct runner {
	struct emu *em;
	struct loop *loop;
	const char *const *env;
	struct running *first, *last; /* as they came */
	size_t begun;
	struct loop_hook hook;
	bool stopping;
};

static void running_free(struct running *p) {
	if (!p)
		return;
	child_kill(p->child);
	mem_free((char *)p->run.project);
	mem_free((char *)p->run.job_id);
	mem_free((char *)p->run.input);
	mem_free(p);
}

static void add(struct runner *rn, struct running *p) {
	if (rn->last)
		rn->last->next = p;
	else
		rn->first = p;
	rn->last = p;
}

static void take_out(struct runner *rn, struct running *p) {
	struct running *before = NULL;
	for (struct running *at = rn->first; at != p; at = at->next)
		before = at;
	if (before)
		before->next = p->next;
	else
		rn->first = p->next;
	if (rn->last == p)
		rn->last = before;
	rn->begun -= p->child != NULL;
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
			p->run.job_id);
		return;
	}
	replace_nuls(copy, len);
	if (fd == 2)
		tail_add(&p->tail, copy, len);
	(void)logs_line(em, p->run.project, p->run.job_id, LOG_TASK_MASTER,
		fd == 2 ? LOG_AT_ERROR : LOG_AT_INFO, copy);
}

/* The job's end; the child is gone. */
static void settle(struct running *p, int status) {
	if (!p->runner->stopping)
		jobs_exited(p->runner->em, p->run.job, status, p->tail.text);
	running_free(p);
}

static void ended(void *ctx, const struct child_end *end) {
	struct running *p = ctx;
	if (end->why)
		tail_add(&p->tail, end->why, strlen(end->why));
	take_out(p->runner, p);
	p->child = NULL;
	settle(p, end->status);
}

static const struct child_ops child_calls = {line, batch, ended};

static int start(struct running *p, struct err *e) {
	struct replica rep;
	int rc = replica_init(&rep, &p->run, p->runner->env, e);
	struct child_spec spec = {.argv = (const char *const *)rep.argv.at,
		.env = (const char *const *)rep.env.at};
	if (!rc)
		rc = child_start(
			p->runner->loop, &spec, &child_calls, p, &p->child, e);
	replica_done(&rep);
	return rc;
}

static void begin(struct running *p) {
	struct err e = {0};
	if (start(p, &e) == 0) {
		p->runner->begun++;
		return;
	}
	tail_add(&p->tail, e.msg, strlen(e.msg));
	p->over = true;
	p->status = STATUS_NOT_STARTED;
}

/* The first that can be begun or settled. */
static struct running *first_to_do(const struct runner *rn) {
	bool room = rn->begun < RUNNER_MAX;
	struct running *p = rn->first;
	while (p && !p->over && (p->child || !room))
		p = p->next;
	return p;
}

static int64_t hook_due(void *ctx) {
	return first_to_do(ctx) ? 0 : -1;
}

/* Outside of every transaction, which run and stop are not. */
static void hook_run(void *ctx) {
	struct runner *rn = ctx;
	for (struct running *p; (p = first_to_do(rn));) {
		if (!p->over) {
			begin(p);
			continue;
		}
		take_out(rn, p);
		settle(p, p->status);
	}
}

static int run(void *run_ctx, const struct run *r) {
	struct runner *rn = run_ctx;
	/* it would have to end at once: its job is one whose program is gone */
	if (rn->stopping)
		return 0;
	struct running *p = mem_zero(1, sizeof *p);
	if (!p)
		return ERR_NOMEM;
	p->runner = rn;
	p->epoch = rn->em->epoch;
	p->run = *r;
	p->run.project = mem_strdup(r->project);
	p->run.job_id = mem_strdup(r->job_id);
	p->run.input = mem_strdup(r->input);
	if (!p->run.project || !p->run.job_id || !p->run.input) {
		running_free(p);
		return ERR_NOMEM;
	}
	add(rn, p);
	return 0;
}

static void ask_to_end(struct running *p) {
	if (p->child) {
		child_stop(p->child, RUNNER_GRACE_US);
	} else if (!p->over) {
		p->over = true;
		p->status = STATUS_TERMINATED;
	}
}

static void stop(void *run_ctx, int64_t job, bool now) {
	struct runner *rn = run_ctx;
	struct running *p = rn->first;
	while (p && p->run.job != job)
		p = p->next;
	if (p && now) {
		take_out(rn, p);
		running_free(p);
	} else if (p) {
		ask_to_end(p);
	}
}

int runner_new(struct emu *em, struct loop *l, const char *const *env,
	struct runner **ret, struct err *e) {
	struct runner *rn = mem_zero(1, sizeof *rn);
	if (!rn)
		return err_nomem(e);
	*rn = (struct runner){.em = em,
		.loop = l,
		.env = env,
		.hook = {hook_due, hook_run, rn, NULL}};
	loop_hook_add(l, &rn->hook);
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
	loop_hook_del(rn->loop, &rn->hook);
	mem_free(rn);
}

void runner_stop(struct runner *rn) {
	rn->stopping = true;
	for (struct running *p = rn->first; p; p = p->next)
		ask_to_end(p);
}

bool runner_busy(const struct runner *rn) {
	return rn->first != NULL;
}
