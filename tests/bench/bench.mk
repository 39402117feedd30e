# SPDX-License-Identifier: MIT
# make bench: ratios from one run; never part of make check.

EXTRA_PROGRAMS += bench_echo bench_ready
bench_echo_SOURCES = tests/bench/echo.c
bench_echo_CFLAGS = $(AM_CFLAGS) $(MHD_CFLAGS)
bench_echo_LDADD = $(MHD_LIBS)
bench_ready_SOURCES = tests/bench/ready.c
bench_ready_LDADD =
CLEANFILES += bench_echo bench_ready
EXTRA_DIST += tests/bench/run.sh tests/bench/create.lua

bench: all bench_echo bench_ready
	@$(AM_TESTS_ENVIRONMENT) sh '$(srcdir)/tests/bench/run.sh'
.PHONY: bench
