# SPDX-License-Identifier: MIT
# Unit programs (Check), system tests (sh), and the tools they need.

UNIT_TESTS =
SYSTEM_TESTS =
SYSTEM_TESTS += tests/system/cron_random.sh
include tests/unit/common.mk
include tests/unit/client.mk
include tests/unit/emulator.mk

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS) $(SYSTEM_TESTS)
EXTRA_DIST += $(SYSTEM_TESTS)

# Tests find the sources, the fixtures and the built programs by these.
AM_TESTS_ENVIRONMENT = \
	SRCDIR='$(abs_top_srcdir)'; export SRCDIR; \
	BUILDDIR='$(abs_top_builddir)'; export BUILDDIR; \
	FIXTURES='$(abs_top_srcdir)/fixtures'; export FIXTURES;

UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
UNIT_LIBS = $(COMMON_LIBS) $(CHECK_LIBS)
