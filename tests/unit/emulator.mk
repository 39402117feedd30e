# SPDX-License-Identifier: MIT
# Unit programs for emulator/, one a module.
UNIT_TESTS += \
	tests/unit/check_accounts \
	tests/unit/check_api_nomem \
	tests/unit/check_app_engine \
	tests/unit/check_assertion \
	tests/unit/check_attempt \
	tests/unit/check_attr_filter \
	tests/unit/check_bus \
	tests/unit/check_commands \
	tests/unit/check_machines \
	tests/unit/check_dead \
	tests/unit/check_deliver \
	tests/unit/check_deliver_ends \
	tests/unit/check_deliver_hold \
	tests/unit/check_push_send \
	tests/unit/check_emu \
	tests/unit/check_fields \
	tests/unit/check_filter \
	tests/unit/check_iam \
	tests/unit/check_fates \
	tests/unit/check_fault \
	tests/unit/check_misdeliver \
	tests/unit/check_jobs \
	tests/unit/check_journal \
	tests/unit/check_keys \
	tests/unit/check_life \
	tests/unit/check_limits \
	tests/unit/check_list \
	tests/unit/check_logging \
	tests/unit/check_logs \
	tests/unit/check_mask \
	tests/unit/check_order \
	tests/unit/check_parsed \
	tests/unit/check_program \
	tests/unit/check_proto \
	tests/unit/check_publish \
	tests/unit/check_replica \
	tests/unit/check_roles \
	tests/unit/check_routes \
	tests/unit/check_rules_iam \
	tests/unit/check_rules_ml \
	tests/unit/check_rules_pubsub \
	tests/unit/check_rules_scheduler \
	tests/unit/check_scan \
	tests/unit/check_runner \
	tests/unit/check_sched \
	tests/unit/check_sched_ends \
	tests/unit/check_sched_patch \
	tests/unit/check_seek \
	tests/unit/check_status \
	tests/unit/check_store \
	tests/unit/check_tail \
	tests/unit/check_timeline \
	tests/unit/check_tokens \
	tests/unit/check_trials \
	tests/unit/check_turn \
	tests/unit/check_vclock \
	tests/unit/check_window

# What they share: request bodies, and what stands around the core.
check_LIBRARIES += tests/unit/libemu.a
tests_unit_libemu_a_SOURCES = \
	tests/unit/body.c tests/unit/body.h \
	tests/unit/core.c tests/unit/core_bus.c \
	tests/unit/core_sched.c tests/unit/core.h

EMULATOR_UNIT_LIBS = tests/unit/libemu.a tests/unit/libunit.a \
	$(EMULATOR_LIBS) $(CHECK_LIBS)
tests_unit_check_roles_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_accounts_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_api_nomem_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_assertion_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_app_engine_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_attempt_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_attr_filter_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_bus_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_commands_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_machines_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_dead_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_deliver_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_deliver_ends_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_deliver_hold_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_push_send_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_emu_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_fields_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_filter_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_iam_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_fates_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_fault_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_misdeliver_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_jobs_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_journal_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_keys_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_life_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_limits_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_list_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_logging_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_logs_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_mask_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_order_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_parsed_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_program_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_proto_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_publish_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_replica_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_routes_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_rules_iam_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_rules_ml_SOURCES = tests/unit/check_rules_ml.c \
	tests/unit/exchange.c tests/unit/exchange.h
tests_unit_check_rules_ml_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_rules_pubsub_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_rules_scheduler_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_scan_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_runner_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_sched_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_sched_ends_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_sched_patch_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_seek_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_status_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_store_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_tail_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_timeline_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_tokens_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_trials_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_turn_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_vclock_LDADD = $(EMULATOR_UNIT_LIBS)
tests_unit_check_window_LDADD = $(EMULATOR_UNIT_LIBS)
