# SPDX-License-Identifier: MIT
# What stands in for Google: train-emulator. All but main.c is a library, so
# that unit programs can link the parts.

noinst_LIBRARIES += libemulator.a
libemulator_a_SOURCES = \
	emulator/core/status.c emulator/core/status.h
