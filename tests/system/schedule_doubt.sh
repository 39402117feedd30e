#!/bin/sh
# SPDX-License-Identifier: MIT
# trainctl schedule when the service fails: what it says was done was done.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
export TRAINCTL_PROJECT=p1 TRAINCTL_LOCATION=us-central1
JOBS=projects/p1/locations/us-central1/jobs
ROUTE=cloudscheduler.projects.locations.jobs
job_body train >"$TMP/job.json"
trainctl schedule create nightly "$TMP/job.json" --schedule '0 2 * * *' \
	--push-endpoint http://127.0.0.1:9/ >"$TMP/out" || bad create

# verb STATUS VERB STATE [OPTION ...]: how it ends, and what the job is then
verb() {
	verb_want=$1 verb=$2 verb_state=$3 status=0
	shift 3
	trainctl schedule "$verb" nightly "$@" >"$TMP/out" 2>"$TMP/err" ||
		status=$?
	is "status of $verb" "$status" "$verb_want"
	api GET "/v1/$JOBS/nightly"
	is "the job after $verb" "$(field .state)" "$verb_state"
}
# refuses VERB: fails in a way that leaves in doubt whether it was done, and is
# refused when it is sent again
refuses() {
	fault "route=$ROUTE.$1" effect=status status=UNAVAILABLE count=1
	fault "route=$ROUTE.$1" effect=status status=PERMISSION_DENIED
}
# says VERB: why the second request failed, and nothing else
says() {
	is "$1 tells nothing as done" "$(cat "$TMP/out")" ''
	has "$1 says why" "$(cat "$TMP/err")" \
		"trainctl: schedule $1 nightly: after 2 attempts: "
}

# --- what was not done

refuses pause
verb 1 pause ENABLED --format 'value(state)'
says pause
clear_faults
verb 0 pause PAUSED
refuses resume
verb 1 resume PAUSED --format 'value(state)'
says resume
clear_faults

# --- what was done, and its answer lost

fault "route=$ROUTE.resume" effect=lose-reply count=1
verb 0 resume ENABLED --format 'value(state)'
is 'resumed all the same' "$(cat "$TMP/out" "$TMP/err")" ENABLED
clear_faults
fault "route=$ROUTE.pause" effect=lose-reply count=1
verb 0 pause PAUSED --format 'value(state)'
is 'paused all the same' "$(cat "$TMP/out" "$TMP/err")" PAUSED
clear_faults

# every one of its answers is lost
fault "route=$ROUTE.resume" effect=lose-reply
verb 0 resume ENABLED --format 'value(state)'
is 'resumed, and seen' "$(cat "$TMP/out" "$TMP/err")" ENABLED
clear_faults
# none of its requests arrives
fault "route=$ROUTE.pause" effect=close-before
verb 1 pause ENABLED
is 'nothing is told as done' "$(cat "$TMP/out")" ''
has 'why it failed' "$(cat "$TMP/err")" \
	'trainctl: schedule pause nightly: after 5 attempts: '
clear_faults
trainctl schedule pause nightly || bad 'pause'

# --- what cannot be looked at, or is gone

for status in PERMISSION_DENIED NOT_FOUND; do
	refuses resume
	fault "route=$ROUTE.get" after=1 count=1 effect=status \
		"status=$status"
	verb 1 resume PAUSED
	says resume
	clear_faults
done
