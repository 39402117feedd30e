# SPDX-License-Identifier: MIT
# What runs for us: libtrain.a, trainctl and train-uniquifier.

noinst_LIBRARIES += libtrain.a libctl.a libuniquifier.a
libtrain_a_SOURCES = \
	client/lib/apierr.c \
	client/lib/call.c \
	client/lib/cred.c client/lib/cred.h \
	client/lib/cred_answer.c \
	client/lib/cred_ask.c \
	client/lib/cred_cache.c \
	client/lib/cred_file.c \
	client/lib/cred_find.c \
	client/lib/cred_metadata.c \
	client/lib/emulator.c \
	client/lib/jobid.c \
	client/lib/logging.c \
	client/lib/match.c \
	client/lib/ml.c \
	client/lib/names.c \
	client/lib/pages.c \
	client/lib/policy_set.c client/lib/policy_set.h \
	client/lib/pubsub.c \
	client/lib/relabel.c \
	client/lib/resource.c \
	client/lib/retry.c \
	client/lib/scheduler.c \
	client/lib/spec.c \
	client/lib/spec_images.c \
	client/lib/spec_rules.c \
	client/lib/submit.c \
	client/lib/target.c \
	client/lib/tick.c \
	client/lib/train.c \
	client/lib/url.c \
	client/lib/yml.c \
	client/lib/train.h client/lib/train_int.h
libtrain_a_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS)
TRAIN_LIBS = libtrain.a $(YAML_LIBS) $(COMMON_LIBS)

# The pure parts of trainctl and of the uniquifier, apart so that unit programs can link them.
libctl_a_SOURCES = \
	client/ctl/field.c client/ctl/field.h \
	client/ctl/flags.c client/ctl/flags.h client/ctl/flags.def \
	client/ctl/format.c client/ctl/format.h \
	client/ctl/clean.c client/ctl/clean.h \
	client/ctl/logline.c client/ctl/logline.h \
	client/ctl/print.c client/ctl/print.h \
	client/ctl/ticks.c client/ctl/ticks.h \
	client/ctl/wanted.c client/ctl/wanted.h
libuniquifier_a_SOURCES = \
	client/uniquifier/access.c client/uniquifier/access.h \
	client/uniquifier/gunzip.c client/uniquifier/gunzip.h \
	client/uniquifier/jwks.c client/uniquifier/jwks.h \
	client/uniquifier/keyset.c client/uniquifier/keyset.h \
	client/uniquifier/metrics.c client/uniquifier/metrics.h \
	client/uniquifier/policy.c client/uniquifier/policy.h \
	client/uniquifier/pull.c client/uniquifier/pull.h \
	client/uniquifier/push.c client/uniquifier/push.h \
	client/uniquifier/push_int.h client/uniquifier/push_read.c \
	client/uniquifier/run.c client/uniquifier/run.h \
	client/uniquifier/trace.c client/uniquifier/trace.h \
	client/uniquifier/uniq.c client/uniquifier/uniq.h \
	client/uniquifier/verdict.c client/uniquifier/verdict.h \
	client/uniquifier/verified.c client/uniquifier/verified.h \
	client/uniquifier/verify.c client/uniquifier/verify.h
libuniquifier_a_CFLAGS = $(AM_CFLAGS) $(ZLIB_CFLAGS)
UNIQUIFIER_LIBS = libuniquifier.a $(TRAIN_LIBS) $(ZLIB_LIBS)

bin_PROGRAMS += trainctl train-uniquifier
trainctl_SOURCES = \
	client/ctl/cmd.h \
	client/ctl/cmd_cancel.c \
	client/ctl/cmd_describe.c \
	client/ctl/cmd_list.c \
	client/ctl/cmd_logs.c \
	client/ctl/cmd_plan.c \
	client/ctl/cmd_schedule.c \
	client/ctl/cmd_submit.c \
	client/ctl/cmd_trigger.c \
	client/ctl/cmd_update.c \
	client/ctl/cmd_wait.c \
	client/ctl/ctl.c \
	client/ctl/follow.c \
	client/ctl/look.c \
	client/ctl/main.c \
	client/ctl/progress.c client/ctl/progress.h \
	client/ctl/remote.c client/ctl/remote.h \
	client/ctl/schedule.h \
	client/ctl/schedule_create.c \
	client/ctl/schedule_delete.c \
	client/ctl/schedule_verbs.c \
	client/ctl/steps.c \
	client/ctl/wait.c
trainctl_LDADD = libctl.a $(TRAIN_LIBS)

train_uniquifier_SOURCES = \
	client/uniquifier/answer.c client/uniquifier/answer.h \
	client/uniquifier/front.c client/uniquifier/front.h \
	client/uniquifier/main.c \
	client/uniquifier/server.c client/uniquifier/server.h \
	client/uniquifier/submit.c client/uniquifier/submit.h
train_uniquifier_LDADD = $(UNIQUIFIER_LIBS)
