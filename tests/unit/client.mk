# SPDX-License-Identifier: MIT
# Unit programs for client/, one a module.
UNIT_TESTS += \
	tests/unit/check_carriers \
	tests/unit/check_cred \
	tests/unit/check_cred_ask \
	tests/unit/check_cred_chain \
	tests/unit/check_cred_file \
	tests/unit/check_flags \
	tests/unit/check_format \
	tests/unit/check_exchanges \
	tests/unit/check_gunzip \
	tests/unit/check_jobid \
	tests/unit/check_jwks \
	tests/unit/check_metrics \
	tests/unit/check_ml \
	tests/unit/check_policy \
	tests/unit/check_push \
	tests/unit/check_relabel \
	tests/unit/check_retry \
	tests/unit/check_run \
	tests/unit/check_spec \
	tests/unit/check_submit \
	tests/unit/check_target \
	tests/unit/check_ticks \
	tests/unit/check_trace \
	tests/unit/check_turns \
	tests/unit/check_uniq \
	tests/unit/check_verify \
	tests/unit/check_wanted \
	tests/unit/check_yml

CLIENT_UNIT_LIBS = tests/unit/libunit.a libctl.a $(UNIQUIFIER_LIBS) \
	$(CHECK_LIBS)
tests_unit_check_cred_ask_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_cred_file_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_flags_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_format_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_gunzip_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_jwks_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_jobid_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_policy_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_push_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_retry_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_spec_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_target_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_ticks_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_metrics_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_trace_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_turns_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_uniq_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_verify_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_wanted_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_yml_LDADD = $(CLIENT_UNIT_LIBS)

# These talk through recorded exchanges.
WIRE_SOURCES = tests/unit/wire.c tests/unit/wire.h \
	tests/unit/exchange.c tests/unit/exchange.h
tests_unit_check_carriers_SOURCES = tests/unit/check_carriers.c $(WIRE_SOURCES)
tests_unit_check_carriers_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_exchanges_SOURCES = tests/unit/check_exchanges.c \
	$(WIRE_SOURCES)
tests_unit_check_exchanges_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_ml_SOURCES = tests/unit/check_ml.c $(WIRE_SOURCES)
tests_unit_check_ml_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_relabel_SOURCES = tests/unit/check_relabel.c $(WIRE_SOURCES)
tests_unit_check_relabel_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_submit_SOURCES = tests/unit/check_submit.c $(WIRE_SOURCES)
tests_unit_check_submit_LDADD = $(CLIENT_UNIT_LIBS)

# This one has a service of its own.
tests_unit_check_run_SOURCES = tests/unit/check_run.c \
	tests/unit/cloud.c tests/unit/cloud.h
tests_unit_check_run_LDADD = $(CLIENT_UNIT_LIBS)

# These answer token requests by hand.
PEER_SOURCES = tests/unit/token_peer.c tests/unit/token_peer.h
tests_unit_check_cred_SOURCES = tests/unit/check_cred.c $(PEER_SOURCES)
tests_unit_check_cred_LDADD = $(CLIENT_UNIT_LIBS)
tests_unit_check_cred_chain_SOURCES = tests/unit/check_cred_chain.c \
	$(PEER_SOURCES)
tests_unit_check_cred_chain_LDADD = $(CLIENT_UNIT_LIBS)
