# SPDX-License-Identifier: MIT
# Unit programs for emulator/, one a module.

UNIT_TESTS += check_proto check_rules_ml check_rules_pubsub \
	check_rules_scheduler check_status

EMULATOR_UNIT_LIBS = $(EMULATOR_LIBS) $(CHECK_LIBS)
RULES_UNIT_SOURCES = tests/unit/body.c tests/unit/body.h \
	tests/unit/unit.c tests/unit/unit.h

check_proto_SOURCES = tests/unit/check_proto.c tests/unit/unit.c \
	tests/unit/unit.h
check_proto_CFLAGS = $(UNIT_CFLAGS)
check_proto_LDADD = $(EMULATOR_UNIT_LIBS)

check_rules_ml_SOURCES = tests/unit/check_rules_ml.c $(RULES_UNIT_SOURCES)
check_rules_ml_CFLAGS = $(UNIT_CFLAGS)
check_rules_ml_LDADD = $(EMULATOR_UNIT_LIBS)

check_rules_pubsub_SOURCES = tests/unit/check_rules_pubsub.c \
	$(RULES_UNIT_SOURCES)
check_rules_pubsub_CFLAGS = $(UNIT_CFLAGS)
check_rules_pubsub_LDADD = $(EMULATOR_UNIT_LIBS)

check_rules_scheduler_SOURCES = tests/unit/check_rules_scheduler.c \
	$(RULES_UNIT_SOURCES)
check_rules_scheduler_CFLAGS = $(UNIT_CFLAGS)
check_rules_scheduler_LDADD = $(EMULATOR_UNIT_LIBS)

check_status_SOURCES = tests/unit/check_status.c tests/unit/unit.c \
	tests/unit/unit.h
check_status_CFLAGS = $(UNIT_CFLAGS)
check_status_LDADD = $(EMULATOR_UNIT_LIBS)

# The core by plain calls: libcore.a holds what stands around it.
UNIT_TESTS += \
	tests/unit/check_emu \
	tests/unit/check_jobs \
	tests/unit/check_attempt \
	tests/unit/check_bus \
	tests/unit/check_deliver \
	tests/unit/check_sched \
	tests/unit/check_journal \
	tests/unit/check_list \
	tests/unit/check_routes \
	tests/unit/check_store \
	tests/unit/check_timeline \
	tests/unit/check_vclock

check_LIBRARIES += tests/unit/libcore.a
tests_unit_libcore_a_SOURCES = tests/unit/core.c tests/unit/core_bus.c \
	tests/unit/core.h
CORE_UNIT_LIBS = tests/unit/libcore.a tests/unit/libunit.a \
	$(EMULATOR_UNIT_LIBS)
tests_unit_check_journal_LDADD = $(CORE_UNIT_LIBS)
tests_unit_check_store_LDADD = $(CORE_UNIT_LIBS)
tests_unit_check_timeline_LDADD = $(CORE_UNIT_LIBS)
tests_unit_check_vclock_LDADD = $(CORE_UNIT_LIBS)
tests_unit_check_emu_LDADD = $(CORE_UNIT_LIBS)
tests_unit_check_jobs_LDADD = $(CORE_UNIT_LIBS)
tests_unit_check_attempt_LDADD = $(CORE_UNIT_LIBS)
tests_unit_check_bus_LDADD = $(CORE_UNIT_LIBS)
tests_unit_check_deliver_LDADD = $(CORE_UNIT_LIBS)
tests_unit_check_sched_LDADD = $(CORE_UNIT_LIBS)

# The API's pure parts.
API_UNIT_LIBS = tests/unit/libunit.a $(EMULATOR_UNIT_LIBS)
tests_unit_check_list_LDADD = $(API_UNIT_LIBS)
tests_unit_check_routes_LDADD = $(API_UNIT_LIBS)
