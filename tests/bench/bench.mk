# SPDX-License-Identifier: MIT
# make bench: ratios from one run; never part of make check.

EXTRA_PROGRAMS += bench_echo bench_fill bench_ready
bench_echo_SOURCES = tests/bench/echo.c
bench_echo_CFLAGS = $(AM_CFLAGS) $(MHD_CFLAGS)
bench_echo_LDADD = $(MHD_LIBS)
bench_fill_SOURCES = tests/bench/fill.c
bench_fill_LDADD =
bench_ready_SOURCES = tests/bench/ready.c
bench_ready_LDADD =
CLEANFILES += bench_echo bench_fill bench_ready
EXTRA_DIST += tests/bench/lib.sh tests/bench/run.sh tests/bench/growth.sh \
	tests/bench/flow.sh tests/bench/uniquifier.sh tests/bench/create.lua \
	tests/bench/get.lua tests/bench/publish.lua \
	tests/bench/peer/index.js tests/bench/peer/package.json

# after all, which a make of its own makes: beside it they would make the same
bench: all
	@$(MAKE) $(AM_MAKEFLAGS) bench_echo bench_fill bench_ready recorder
	@$(AM_TESTS_ENVIRONMENT) sh '$(srcdir)/tests/bench/run.sh'
	@$(AM_TESTS_ENVIRONMENT) sh '$(srcdir)/tests/bench/growth.sh'
	@$(AM_TESTS_ENVIRONMENT) sh '$(srcdir)/tests/bench/flow.sh'
	@$(AM_TESTS_ENVIRONMENT) sh '$(srcdir)/tests/bench/uniquifier.sh'
.PHONY: bench

distclean-local:
	rm -rf bench_peer
