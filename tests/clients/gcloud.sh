#!/bin/sh
# SPDX-License-Identifier: MIT
# Shared by the tests with the real gcloud (sourced after the servers are
# started): gcloud is led to the emulator, and commands that do not need each
# other run at the same time: each takes gcloud about a second, nearly all of it
# its own start.
# shellcheck shell=sh disable=SC2034

for service in ML PUBSUB CLOUDSCHEDULER LOGGING; do
	export "CLOUDSDK_API_ENDPOINT_OVERRIDES_$service=$EMU_URL/"
done
export CLOUDSDK_CORE_PROJECT=p1 CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true
export CLOUDSDK_CORE_DISABLE_PROMPTS=1 CLOUDSDK_SURVEY_DISABLE_PROMPTS=1
export CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=true
export CLOUDSDK_CORE_CHECK_GCE_METADATA=false
export CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=true
export CLOUDSDK_CORE_DISABLE_FILE_LOGGING=true
servers=$PIDS

# g NAME ARG ...: starts one gcloud with settings of its own.
g() {
	g_name=$1
	shift
	CLOUDSDK_CONFIG=$TMP/$g_name.config gcloud "$@" \
		>"$TMP/$g_name.out" 2>"$TMP/$g_name.log" &
	PIDS="$PIDS $!"
	eval "${g_name}_PID=$!"
}

# done_with NAME ...: waits for these, which must have succeeded.
done_with() {
	for g_name; do
		eval "wait \$${g_name}_PID" || bad "gcloud: $g_name failed"
	done
	PIDS=$servers
}

# refused NAME: waits for it; it must have ended with status 1.
refused() {
	g_status=0
	eval "wait \$${1}_PID" || g_status=$?
	is "$1: exit status" "$g_status" 1
}

out() { cat "$TMP/$1.out"; }
err() { cat "$TMP/$1.log"; }
