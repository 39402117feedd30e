# SPDX-License-Identifier: MIT
# Unit programs for common/, one a module.
UNIT_TESTS += \
	tests/unit/check_args \
	tests/unit/check_b64 \
	tests/unit/check_buf \
	tests/unit/check_child \
	tests/unit/check_clock \
	tests/unit/check_cron \
	tests/unit/check_err \
	tests/unit/check_fetch \
	tests/unit/check_groc \
	tests/unit/check_hash \
	tests/unit/check_heap \
	tests/unit/check_hex \
	tests/unit/check_httpd \
	tests/unit/check_httpd_ends \
	tests/unit/check_jsn \
	tests/unit/check_jsn_quick \
	tests/unit/check_log \
	tests/unit/check_loop \
	tests/unit/check_mem \
	tests/unit/check_peer \
	tests/unit/check_rng \
	tests/unit/check_route \
	tests/unit/check_rsa \
	tests/unit/check_schedule \
	tests/unit/check_spoil \
	tests/unit/check_when \
	tests/unit/check_zone

# For tests/system/*_random.sh: prints ticks to compare with an oracle's.
check_PROGRAMS += tick_print
tick_print_SOURCES = tests/unit/tick_print.c
tick_print_LDADD = $(COMMON_LIBS)
EXTRA_DIST += tests/unit/cron_oracle.py tests/unit/groc_oracle.py

# The endpoint that tests/system/*.sh let pushes and HTTP targets go to.
check_PROGRAMS += recorder
recorder_SOURCES = tests/unit/recorder.c
recorder_LDADD = $(COMMON_LIBS)

# For tests/system/wire.sh: plays fixtures/wire against the emulator.
check_PROGRAMS += play
play_SOURCES = tests/unit/play.c tests/unit/exchange.c tests/unit/exchange.h \
	tests/unit/plain_http.c tests/unit/plain_http.h \
	tests/unit/same.c tests/unit/same.h
play_LDADD = $(COMMON_LIBS)
