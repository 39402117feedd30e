# SPDX-License-Identifier: MIT
# Unit programs for common/, one a module.

# Cron and zones; cron_print is for tests/system/cron_random.sh.
UNIT_TESTS += check_cron check_zone
check_PROGRAMS += cron_print
check_cron_SOURCES = tests/unit/check_cron.c tests/unit/unit.c tests/unit/unit.h
check_cron_CFLAGS = $(UNIT_CFLAGS)
check_cron_LDADD = $(UNIT_LIBS)
check_zone_SOURCES = tests/unit/check_zone.c tests/unit/unit.c tests/unit/unit.h
check_zone_CFLAGS = $(UNIT_CFLAGS)
check_zone_LDADD = $(UNIT_LIBS)
cron_print_SOURCES = tests/unit/cron_print.c
cron_print_CFLAGS = $(AM_CFLAGS)
cron_print_LDADD = $(COMMON_LIBS)
EXTRA_DIST += tests/unit/cron_oracle.py

# The endpoint that tests/system/*.sh let pushes and HTTP targets go to.
check_PROGRAMS += recorder
recorder_SOURCES = tests/unit/recorder.c
recorder_CFLAGS = $(AM_CFLAGS)
recorder_LDADD = $(COMMON_LIBS)
UNIT_TESTS += \
	tests/unit/check_args \
	tests/unit/check_b64 \
	tests/unit/check_buf \
	tests/unit/check_clock \
	tests/unit/check_err \
	tests/unit/check_fetch \
	tests/unit/check_hash \
	tests/unit/check_heap \
	tests/unit/check_httpd \
	tests/unit/check_httpd_ends \
	tests/unit/check_jsn \
	tests/unit/check_log \
	tests/unit/check_loop \
	tests/unit/check_mem \
	tests/unit/check_rng \
	tests/unit/check_route \
	tests/unit/check_when
