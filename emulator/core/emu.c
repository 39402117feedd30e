/* SPDX-License-Identifier: MIT */
#include "emulator/core/emu.h"

#include "common/log.h"
#include "common/mem.h"
#include "emulator/core/fates.h"
#include "emulator/core/program.h"
#include "emulator/core/sent.h"

#define TIDY_AGAIN_US US_PER_S /* after a failure */

const struct job_life job_life_default = {
	.queued_us = 5 * US_PER_S,
	.preparing_us = 100 * US_PER_S,
	.running_us = 300 * US_PER_S,
	.cancelling_us = 5 * US_PER_S,
};

int64_t emu_now(const struct emu *em) {
	return vclock_now(&em->clock);
}

void emu_begin(struct emu *em) {
	struct err e = {0};
	em->mark = (struct emu_mark){em->counters, em->journal.next, em->epoch,
		em->clock, em->keys.stored};
	em->auto_waits = false;
	if (store_begin(em->store, &e))
		log_line(LOG_ERROR, "%s", e.msg);
}

void emu_postpone(struct emu *em) {
	em->timeline.incomplete = true;
	em->tidy_mono_us = clock_mono_us() + TIDY_AGAIN_US;
}

/* What was counted and noted since emu_begin did not happen. */
static void take_back(struct emu *em) {
	sent_committed(em, false);
	em->counters = em->mark.counters;
	em->epoch = em->mark.epoch;
	em->clock = em->mark.clock;
	em->keys.stored = em->mark.keys_stored;
	em->job_rows.next = 0;
	em->message_row = 0;
	journal_rewind(&em->journal, em->mark.journal_next);
}

int emu_commit(struct emu *em) {
	struct err e = {0};
	int rc = store_commit(em->store, &e);
	if (!rc) {
		sent_committed(em, true);
		return 0;
	}
	log_line(LOG_ERROR, "%s", e.msg);
	take_back(em);
	emu_postpone(em);
	return rc;
}

void emu_rollback(struct emu *em) {
	store_rollback(em->store);
	take_back(em);
}

/* A clock that can be moved goes on where the file says it stood; an instant
 * given on the command line may put it later, never earlier. */
static void restore_clock(struct emu *em) {
	int64_t at;
	if (!vclock_moves(&em->clock) ||
		!store_one_i64(em->store, Q_META_GET, &at, "t", "clock_us"))
		return;
	if (em->clock.no_instant || at > em->clock.at_us)
		em->clock.at_us = at;
}

/* The other modes have no instant to go on from. */
void emu_save_clock(struct emu *em) {
	if (em->in_file && vclock_moves(&em->clock))
		(void)store_run(
			em->store, Q_META_SET, "ti", "clock_us", emu_now(em));
}

int emu_open(const struct emu_config *cfg, struct emu **ret, struct err *e) {
	struct emu *em = mem_zero(1, sizeof *em);
	if (!em || journal_init(&em->journal, cfg->journal_cap)) {
		mem_free(em);
		return err_nomem(e);
	}
	em->clock = cfg->clock;
	em->in_file = cfg->data != NULL;
	em->life = cfg->life;
	em->runs = cfg->runs;
	em->runs_len = cfg->runs_len;
	em->fates_file = cfg->fates;
	em->strict_cancel = cfg->strict_cancel;
	em->app_engine = cfg->app_engine;
	em->backlog_max = EMU_BACKLOG_MAX;
	em->faults.seed = cfg->fault_seed;
	int rc = store_open(cfg->data, &em->store, e);
	if (!rc)
		rc = keys_open(em, e);
	if (!rc)
		rc = store_begin(em->store, e);
	if (!rc)
		rc = fates_restart(em, e);
	if (!rc) {
		restore_clock(em);
		emu_save_clock(em);
		rc = store_commit(em->store, e);
	}
	if (rc) {
		emu_close(em);
		return rc;
	}
	*ret = em;
	return 0;
}

void emu_close(struct emu *em) {
	if (!em)
		return;
	sent_drop_all(em);
	program_drop_all(em);
	store_close(em->store);
	timeline_done(&em->timeline);
	journal_done(&em->journal);
	parsed_done(&em->parsed);
	tokens_done(&em->tokens);
	keys_done(&em->keys);
	faults_done(&em->faults);
	zones_done(&em->zones);
	mem_free(em);
}

int emu_reset(struct emu *em, const int64_t *now_us, struct err *e) {
	if (now_us && !vclock_moves(&em->clock))
		return err_set(e, ERR_STATE,
			"only a virtual or an auto clock can be put to an "
			"instant");
	int rc = store_wipe(em->store, e);
	if (!rc)
		rc = fates_restart(em, e);
	if (rc)
		return rc;
	if (now_us) {
		em->clock.at_us = *now_us;
		em->clock.mono_us = 0;
	}
	timeline_clear(&em->timeline);
	em->timeline.incomplete = true; /* should it not be committed */
	em->epoch++;
	faults_clear(&em->faults);
	tokens_ways(em, 0, 0);
	em->faults.held_len = 0;
	em->backlog_room = 0; /* numbers begin anew */
	em->job_rows.next = 0;
	em->message_row = 0;
	journal_clear(&em->journal);
	emu_save_clock(em);
	return 0;
}
