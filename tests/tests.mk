# SPDX-License-Identifier: MIT
# Unit programs (Check), system tests (sh), and the tools they need.

UNIT_TESTS =
check_LIBRARIES =
SYSTEM_TESTS = tests/build.sh tests/demo.sh tests/doc_matches.sh
SYSTEM_TESTS += tests/layering.sh
SYSTEM_TESTS += tests/listed.sh
SYSTEM_TESTS += tests/system/auth_rights.sh
SYSTEM_TESTS += tests/system/auth_strict.sh
SYSTEM_TESTS += tests/system/auth_tokens.sh
SYSTEM_TESTS += tests/system/cron_croniter.sh
SYSTEM_TESTS += tests/system/cron_random.sh
SYSTEM_TESTS += tests/system/discovery.sh
SYSTEM_TESTS += tests/system/chaos.sh
SYSTEM_TESTS += tests/system/chaos_policies.sh
SYSTEM_TESTS += tests/system/chaos_pull.sh
SYSTEM_TESTS += tests/system/exactly_once.sh
SYSTEM_TESTS += tests/system/faults.sh
SYSTEM_TESTS += tests/system/faults_deliveries.sh
SYSTEM_TESTS += tests/system/faults_matrix.sh
SYSTEM_TESTS += tests/system/groc_random.sh
SYSTEM_TESTS += tests/system/methods.sh
SYSTEM_TESTS += tests/system/job_life.sh
SYSTEM_TESTS += tests/system/ml_jobs.sh
SYSTEM_TESTS += tests/system/ml_surface.sh
SYSTEM_TESTS += tests/system/params.sh
SYSTEM_TESTS += tests/system/ml_list.sh
SYSTEM_TESTS += tests/system/logging.sh
SYSTEM_TESTS += tests/system/pubsub.sh
SYSTEM_TESTS += tests/system/pubsub_messages.sh
SYSTEM_TESTS += tests/system/pubsub_resources.sh
SYSTEM_TESTS += tests/system/push.sh
SYSTEM_TESTS += tests/system/push_forms.sh
SYSTEM_TESTS += tests/system/push_tokens.sh
SYSTEM_TESTS += tests/system/programs.sh
SYSTEM_TESTS += tests/system/scheduler.sh
SYSTEM_TESTS += tests/system/schedules.sh
SYSTEM_TESTS += tests/system/uniquifier.sh
SYSTEM_TESTS += tests/system/uniquifier_auth.sh
SYSTEM_TESTS += tests/system/uniquifier_door.sh
SYSTEM_TESTS += tests/system/uniquifier_metrics.sh
SYSTEM_TESTS += tests/system/uniquifier_service.sh
SYSTEM_TESTS += tests/system/uniquifier_policies.sh
SYSTEM_TESTS += tests/system/uniquifier_pull.sh
SYSTEM_TESTS += tests/system/uniquifier_shapes.sh
SYSTEM_TESTS += tests/system/uniquifier_ticks.sh
SYSTEM_TESTS += tests/system/tokens_kept.sh
SYSTEM_TESTS += tests/system/trainctl.sh
SYSTEM_TESTS += tests/system/credentials.sh
SYSTEM_TESTS += tests/system/credentials_emulator.sh
SYSTEM_TESTS += tests/system/credentials_sources.sh
SYSTEM_TESTS += tests/system/trainctl_jobs.sh
SYSTEM_TESTS += tests/system/trainctl_output.sh
SYSTEM_TESTS += tests/system/trainctl_plan.sh
SYSTEM_TESTS += tests/system/trainctl_schedule.sh
SYSTEM_TESTS += tests/system/trainctl_submit.sh
SYSTEM_TESTS += tests/system/trainctl_watch.sh
SYSTEM_TESTS += tests/system/persistence.sh
SYSTEM_TESTS += tests/system/schedule_doubt.sh
SYSTEM_TESTS += tests/system/schedule_policies.sh
SYSTEM_TESTS += tests/system/schedule_shared.sh
SYSTEM_TESTS += tests/system/stopping.sh
SYSTEM_TESTS += tests/system/submit_look.sh
SYSTEM_TESTS += tests/system/admin.sh
SYSTEM_TESTS += tests/system/clock.sh
SYSTEM_TESTS += tests/system/rebinding.sh
SYSTEM_TESTS += tests/system/wire.sh
SYSTEM_TESTS += tests/clients/gcloud_auth.sh
SYSTEM_TESTS += tests/clients/gcloud_errors.sh
SYSTEM_TESTS += tests/clients/gcloud_flow.sh
SYSTEM_TESTS += tests/clients/gcloud_labels.sh
SYSTEM_TESTS += tests/clients/gcloud_pubsub.sh
SYSTEM_TESTS += tests/clients/gcloud_logs.sh
SYSTEM_TESTS += tests/clients/gcloud_scheduler.sh
SYSTEM_TESTS += tests/clients/pubsub_differential.sh
SYSTEM_TESTS += tests/clients/gcloud_tokens.sh
SYSTEM_TESTS += tests/clients/google_auth.sh
SYSTEM_TESTS += tests/clients/python_ml.sh
# valgrind cannot run what the sanitizers built.
if !SANITIZE
SYSTEM_TESTS += tests/system/valgrind.sh
endif
include tests/unit/common.mk
include tests/unit/client.mk
include tests/unit/emulator.mk
include tests/bench/bench.mk

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS) $(SYSTEM_TESTS)
EXTRA_DIST += $(SYSTEM_TESTS)

# Tests find the sources, the fixtures and the built programs by these.
AM_TESTS_ENVIRONMENT = \
	SRCDIR='$(abs_top_srcdir)'; export SRCDIR; \
	BUILDDIR='$(abs_top_builddir)'; export BUILDDIR; \
	FIXTURES='$(abs_top_srcdir)/fixtures'; export FIXTURES;

# No test may hang; the slowest takes two minutes on a busy machine.
LOG_COMPILER = timeout -k 10 600

UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
UNIT_LIBS = $(COMMON_LIBS) $(CHECK_LIBS)

# A unit program of one file that needs libcommon.a only is named in UNIT_TESTS
# and nowhere else: automake takes NAME.c, and these flags and libraries.
check_LIBRARIES += tests/unit/libunit.a
tests_unit_libunit_a_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/site.c tests/unit/site.h \
	tests/unit/ticks.c tests/unit/ticks.h
AM_CPPFLAGS += $(CHECK_CFLAGS)
LDADD = tests/unit/libunit.a $(UNIT_LIBS)

EXTRA_DIST += tests/lib.sh tests/lib_auth.sh tests/lib_pubsub.sh
EXTRA_DIST += tests/lib_storm.sh tests/storm_facts.py
EXTRA_DIST += tests/lib_tokens.sh tests/lib_uniquifier.sh
EXTRA_DIST += tests/forge_token.py tests/token_compare.py tests/token_peer.py
EXTRA_DIST += tests/system/valgrind.sh tests/valgrind.supp
EXTRA_DIST += tests/system/keys_server.py tests/system/stranger.py
EXTRA_DIST += tests/system/prometheus.py
EXTRA_DIST += tests/clients/gcloud.sh tests/system/verify_token.py
EXTRA_DIST += tests/clients/google_auth.py
EXTRA_DIST += tests/clients/python_ml.py tests/clients/python_recipe.py

# The two stories of the README, told and checked.
demo: all
	@$(AM_TESTS_ENVIRONMENT) sh '$(srcdir)/tests/demo.sh'
.PHONY: demo

# The storms of faults and kills: SEED, TICKS, ROUND and STORM are in
# doc/reliability.md.
chaos: all
	@$(AM_TESTS_ENVIRONMENT) TICKS=$${TICKS:-6000}; export TICKS; \
	for storm in $${STORM:-chaos chaos_pull chaos_policies}; do \
		sh "$(srcdir)/tests/system/$$storm.sh" || exit 1; done
.PHONY: chaos
