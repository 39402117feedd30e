/* SPDX-License-Identifier: MIT */
#include "emulator/core/program.h"

#include <fnmatch.h>
#include <stdio.h>

#include "common/mem.h"
#include "emulator/core/sent.h"

#define LAST_LINES_MAX 2048 /* of what a program wrote */

struct program {
	struct sent sent; /* first */
	struct program *next;
	int64_t job;
	program_settle *settle;
	char last_lines[LAST_LINES_MAX];
};

const struct emu_run *program_find(const struct emu *em, const char *image) {
	for (size_t i = 0; i < em->runs_len; i++)
		if (fnmatch(em->runs[i].image, image, 0) == 0)
			return &em->runs[i];
	return NULL;
}

static void settle(struct emu *em, const struct sent *s) {
	const struct program *p = (const void *)s;
	p->settle(em, p->job, s->http, p->last_lines);
}

static void tell(struct emu *em, const struct sent *s, struct buf *b) {
	const struct program *p = (const void *)s;
	struct store_rows *r = store_query(em->store, Q_JOB_BY_ID, "i", p->job);
	(void)buf_adds(b, ",\"kind\":\"program\"");
	if (store_next(r))
		(void)buf_addf(b, ",\"job\":\"projects/%s/jobs/%s\"",
			store_text(r, 1), store_text(r, 2));
	store_end(r);
}

int program_start(struct emu *em, const struct job *j,
	const struct emu_run *run, program_settle *ended) {
	auto_free struct program *p = mem_alloc(sizeof *p);
	if (!p)
		return ERR_NOMEM;
	*p = (struct program){
		.next = em->programs, .job = j->id, .settle = ended};
	sent_init(&p->sent, em, settle, tell);
	struct run r = {.job = j->id,
		.project = j->project,
		.job_id = j->job_id,
		.input = j->input,
		.argv = run->argv};
	int rc = em->ops.run(em->ops.run_ctx, &r);
	if (rc)
		return rc;
	sent_begun(&p->sent);
	em->programs = TAKE(p);
	return 0;
}

/* Takes one out of the list; NULL when there is none of that job. */
static struct program *take(struct emu *em, int64_t job) {
	for (struct program **at = &em->programs; *at; at = &(*at)->next)
		if ((*at)->job == job) {
			struct program *p = *at;
			*at = p->next;
			return p;
		}
	return NULL;
}

void program_ended(
	struct emu *em, int64_t job, int exit_code, const char *last_lines) {
	struct program *p = take(em, job);
	if (!p)
		return;
	(void)snprintf(p->last_lines, sizeof p->last_lines, "%s", last_lines);
	sent_ended(&p->sent, exit_code, NULL);
}

void program_sweep(struct emu *em) {
	struct program *p = em->programs;
	while (p) {
		struct program *next = p->next;
		if (p->sent.undone || p->sent.epoch != em->epoch) {
			em->ops.stop(em->ops.run_ctx, p->job, true);
			program_ended(em, p->job, 0, "");
		}
		p = next;
	}
}

void program_drop_all(struct emu *em) {
	while (em->programs) {
		struct program *p = em->programs;
		em->programs = p->next;
		sent_drop(&p->sent);
	}
}
