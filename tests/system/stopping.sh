#!/bin/sh
# SPDX-License-Identifier: MIT
# The emulator told to stop with calls under way that nobody answers: it ends
# well and leaks nothing (lib.sh looks for what the sanitizers say), and what
# has no known end goes out again after a restart.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
rec_start
P=/v1/projects/p1
JOBS=$P/locations/us-central1/jobs

want=0
# shellcheck disable=SC2317 # by wait_for
has_come() { [ "$(calls)" = "$want" ]; }
# Until one more call has come to the endpoint.
wait_call() {
	want=$((want + 1))
	wait_for "call $want" has_come
}
# shellcheck disable=SC2317
advancing() {
	api GET /emulator/v1/clock
	[ "$(field .advancing)" = true ]
}
# Begins an advance that cannot end; its answer goes to a file.
advance_behind() {
	curl -sS -m 60 -d '{"by":"1h"}' "$EMU_URL/emulator/v1/clock:advance" \
		>"$TMP/advanced" &
	behind=$!
	wait_for 'the advance' advancing
}
advanced() {
	wait "$behind"
	is "$1: the advance is answered" "$(jq -r .settled "$TMP/advanced")" false
}

# a push, and an advance that waits for it
emu_start --data "$TMP/state"
api PUT "$P/topics/top"
api PUT "$P/subscriptions/sub" "{\"topic\":\"projects/p1/topics/top\",
	\"ackDeadlineSeconds\":600,
	\"pushConfig\":{\"pushEndpoint\":\"$REC_URL/hang\"}}"
ok 'the subscription'
api POST "$P/topics/top:publish" '{"messages":[{"data":"eA=="}]}'
wait_call
advance_behind
stop EMU
is 'SIGTERM during a push' "$STOPPED" 0
advanced SIGTERM

# it comes again, at its deadline
for signal in INT TERM; do
	emu_start --data "$TMP/state"
	advance_behind
	wait_call
	stop EMU "$signal"
	is "SIG$signal during a push that came again" "$STOPPED" 0
	advanced "SIG$signal"
done
call_at 1
first=$(field '.body | fromjson | .message.messageId')
call_at "$want"
is 'the same message' "$(field '.body | fromjson | .message.messageId')" "$first"

# a Scheduler target: one run by force, and one of the schedule in an advance
for signal in TERM INT; do
	emu_start
	api POST "$JOBS" "{\"name\":\"projects/p1/locations/us-central1/jobs/j\",
		\"schedule\":\"* * * * *\",\"attemptDeadline\":\"1800s\",
		\"httpTarget\":{\"uri\":\"$REC_URL/hang\"}}"
	ok 'the job'
	api POST "$JOBS/j:run"
	wait_call
	stop EMU "$signal"
	is "SIG$signal during a target" "$STOPPED" 0
	emu_start
	api POST "$JOBS" "{\"name\":\"projects/p1/locations/us-central1/jobs/j\",
		\"schedule\":\"* * * * *\",\"attemptDeadline\":\"1800s\",
		\"httpTarget\":{\"uri\":\"$REC_URL/hang\"}}"
	ok 'the job'
	advance_behind
	wait_call
	stop EMU "$signal"
	is "SIG$signal during a tick" "$STOPPED" 0
	advanced "SIG$signal"
done
exit 0
