# SPDX-License-Identifier: MIT
# What stands in for Google: train-emulator. All but main.c and ctl.c is a
# library, so that unit programs can link the parts.

noinst_LIBRARIES += libemulator.a
libemulator_a_SOURCES = \
	emulator/api/admin.c emulator/api/admin.h \
	emulator/api/access.c emulator/api/access.def emulator/api/access.h \
	emulator/api/admin_accounts.c \
	emulator/api/api.h emulator/api/call.c \
	emulator/api/assertion.c emulator/api/assertion.h \
	emulator/api/bearer.c emulator/api/bearer.h \
	emulator/api/discovery.c emulator/api/discovery.h \
	emulator/api/discovery_doc.c emulator/api/discovery_doc.h \
	emulator/api/discovery_schema.c \
	emulator/api/admin_faults.c \
	emulator/api/faulty.c emulator/api/faulty.h \
	emulator/api/fields.c emulator/api/fields.h \
	emulator/api/forms.c emulator/api/forms.h \
	emulator/api/filter.c emulator/api/filter.h \
	emulator/api/filter_int.h emulator/api/filter_match.c \
	emulator/api/filter_json.c emulator/api/filter_json.h \
	emulator/api/grant.c emulator/api/grant.h \
	emulator/api/allow.c emulator/api/allow.h \
	emulator/api/guard.c emulator/api/guard.h \
	emulator/api/handle.c emulator/api/handle.h \
	emulator/api/headers.c emulator/api/headers.h \
	emulator/api/iam.c emulator/api/iamcredentials.c \
	emulator/api/labels.c emulator/api/labels.h \
	emulator/api/list.c emulator/api/list.h \
	emulator/api/limits.c emulator/api/limits.h \
	emulator/api/mask.c emulator/api/mask.h \
	emulator/api/mask_apply.c emulator/api/mask_apply.h \
	emulator/api/log_filter.c emulator/api/log_filter.h \
	emulator/api/log_page.c emulator/api/log_page.h \
	emulator/api/logging.c emulator/api/logging_write.c \
	emulator/api/logging_entry.c emulator/api/logging_entry.h \
	emulator/api/schema_logging.c emulator/api/schema_logging.h \
	emulator/api/ml.c emulator/api/ml.h \
	emulator/api/metadata.c emulator/api/metadata.h \
	emulator/api/method_route.c emulator/api/method_route.h \
	emulator/api/methods.c emulator/api/methods.h \
	emulator/api/ml_list.c \
	emulator/api/ml_project.c \
	emulator/api/oauth.c emulator/api/oauth.h \
	emulator/api/origin.c emulator/api/origin.h \
	emulator/api/outbound.c emulator/api/outbound.h \
	emulator/api/page.c emulator/api/page.h \
	emulator/api/params.c emulator/api/params.h \
	emulator/api/policy.c emulator/api/policy.h \
	emulator/api/projects.c \
	emulator/api/proto.c emulator/api/proto.h \
	emulator/api/proto_leaf.c emulator/api/proto_int.h \
	emulator/api/proto_table.h emulator/api/rules_int.h \
	emulator/api/pubsub.c emulator/api/pubsub.h \
	emulator/api/pull.c \
	emulator/api/push.c \
	emulator/api/router.c \
	emulator/api/routes.c emulator/api/routes.def \
	emulator/api/rules_iam.c emulator/api/rules_iam.h \
	emulator/api/rules_messages.c \
	emulator/api/rules_ml.c emulator/api/rules_ml.h \
	emulator/api/rules_ml_hyper.c emulator/api/rules_ml_int.h \
	emulator/api/rules_ml_parts.c \
	emulator/api/rules_ml_patch.c \
	emulator/api/rules_ml_prediction.c \
	emulator/api/rules_ml_training.c \
	emulator/api/rules_pubsub.c emulator/api/rules_pubsub.h \
	emulator/api/rules_scheduler.c emulator/api/rules_scheduler.h \
	emulator/api/rules_scheduler_defaults.c \
	emulator/api/rules_scheduler_patch.c \
	emulator/api/scan.c emulator/api/scan.h \
	emulator/api/scopes.h emulator/api/sts.c \
	emulator/api/scheduler.c \
	emulator/api/schema_google.c emulator/api/schema_google.h \
	emulator/api/schema_iam.c emulator/api/schema_iam.h \
	emulator/api/schema_ml.c emulator/api/schema_ml.h \
	emulator/api/schema_pubsub.c emulator/api/schema_pubsub.h \
	emulator/api/schema_scheduler.c emulator/api/schema_scheduler.h \
	emulator/api/target.c emulator/api/tokeninfo.c \
	emulator/api/snapshots.c \
	emulator/api/url.c emulator/api/url.h \
	emulator/core/accounts.c emulator/core/accounts.h \
	emulator/core/app_engine.c emulator/core/app_engine.h \
	emulator/core/attr_filter.c emulator/core/attr_filter.h \
	emulator/core/attempt.c emulator/core/attempt.h \
	emulator/core/bus.c emulator/core/bus.h \
	emulator/core/dead.c emulator/core/dead.h \
	emulator/core/deliver.c emulator/core/deliver.h \
	emulator/core/emu.c emulator/core/emu.h \
	emulator/core/fate.c emulator/core/fate.h \
	emulator/core/fates.c emulator/core/fates.h \
	emulator/core/fault.c emulator/core/fault.h \
	emulator/core/faults.c emulator/core/faults.h \
	emulator/core/iam.c emulator/core/iam.h \
	emulator/core/input.c emulator/core/input.h \
	emulator/core/job_rows.c emulator/core/job_rows.h \
	emulator/core/jobs.c emulator/core/jobs.h \
	emulator/core/journal.c emulator/core/journal.h \
	emulator/core/keys.c emulator/core/keys.h \
	emulator/core/life.c emulator/core/life.h \
	emulator/core/log_lines.c emulator/core/log_lines.h \
	emulator/core/logs.c emulator/core/logs.h \
	emulator/core/machines.c emulator/core/machines.h \
	emulator/core/output.c emulator/core/output.h \
	emulator/core/misdeliver.c emulator/core/misdeliver.h \
	emulator/core/order.c emulator/core/order.h \
	emulator/core/parsed.c emulator/core/parsed.h \
	emulator/core/program.c emulator/core/program.h \
	emulator/core/project.c emulator/core/project.h \
	emulator/core/publish.c emulator/core/publish.h \
	emulator/core/queries.def emulator/core/schema.h \
	emulator/core/quota.c emulator/core/quota.h \
	emulator/core/reason.c emulator/core/reason.h \
	emulator/core/managed.c emulator/core/managed.h \
	emulator/core/roles.c emulator/core/roles.h \
	emulator/core/sched.c emulator/core/sched.h \
	emulator/core/seek.c emulator/core/seek.h \
	emulator/core/sent.c emulator/core/sent.h \
	emulator/core/snapshots.c emulator/core/snapshots.h \
	emulator/core/status.c emulator/core/status.h \
	emulator/core/store.c emulator/core/store.h \
	emulator/core/timeline.c emulator/core/timeline.h \
	emulator/core/tokens.c emulator/core/tokens.h \
	emulator/core/trials.c emulator/core/trials.h \
	emulator/core/turn.c emulator/core/turn.h \
	emulator/core/vclock.c emulator/core/vclock.h \
	emulator/run/tf_config.c emulator/run/tf_config.h \
	emulator/run/commands.c emulator/run/commands.h \
	emulator/run/replica.c emulator/run/replica.h \
	emulator/run/runner.c emulator/run/runner.h \
	emulator/run/tail.c emulator/run/tail.h \
	emulator/run/words.c emulator/run/words.h
libemulator_a_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)

EMULATOR_LIBS = libemulator.a $(COMMON_LIBS) $(SQLITE_LIBS) -lm

# For programs that use Google's Python client (README.md).
sitedir = $(pkgdatadir)/python
dist_site_DATA = emulator/python/sitecustomize.py

bin_PROGRAMS += train-emulator
train_emulator_SOURCES = emulator/main.c emulator/ctl.c emulator/emulator.h
train_emulator_LDADD = $(EMULATOR_LIBS)
