# SPDX-License-Identifier: MIT
# What runs for us: libtrain.a, trainctl and train-uniquifier.

noinst_LIBRARIES += libtrain.a
libtrain_a_SOURCES = \
	client/lib/apierr.c \
	client/lib/call.c \
	client/lib/cred.c \
	client/lib/jobid.c \
	client/lib/match.c \
	client/lib/ml.c \
	client/lib/retry.c \
	client/lib/spec.c \
	client/lib/submit.c \
	client/lib/target.c \
	client/lib/train.c \
	client/lib/train.h client/lib/train_int.h
