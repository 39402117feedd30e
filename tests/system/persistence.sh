#!/bin/sh
# SPDX-License-Identifier: MIT
# --data FILE: what a kill at any instant must not lose, repeat or invent.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
rec_start
DATA=$TMP/state.db
P=/v1/projects/p1
LOC=$P/locations/us-central1
# --clock=virtual goes on at the instant that the file says
again() {
	start EMU train-emulator --listen 127.0.0.1:0 --clock=virtual \
		--data "$DATA" --job-life queued=10s,preparing=100s,running=300s
	export TRAIN_EMULATOR_HOST="$EMU_HOST"
}
crash() {
	stop EMU KILL
	again
}
now() {
	api GET /emulator/v1/clock
	is "$1" "$(field .now)" "$2"
}
state() {
	api GET "$P/jobs/$1"
	is "$1" "$(field .state)" "$2"
}
pull() {
	api POST "$P/subscriptions/pulled:pull" \
		'{"maxMessages":10,"returnImmediately":true}'
	ack_id=$(field '.receivedMessages[0].ackId // empty')
}

start EMU train-emulator --listen 127.0.0.1:0 --clock="virtual@$START" \
	--data "$DATA" --job-life queued=10s,preparing=100s,running=300s
api POST "$P/jobs" "$(job_body one)"
crash
now 'the clock stands where it stood' 2026-03-09T00:00:00Z
state one QUEUED
api POST "$P/jobs" "$(job_body one)"
is 'the id is taken' "$HTTP" 409
crash
advance 10s
state one PREPARING
api PATCH "$P/jobs/one?updateMask=labels" '{"labels":{"a":"b"}}'
before=$BODY
api POST "$P/jobs/one:setIamPolicy" '{"policy":{"etag":"ACAB"}}'
policy=$BODY
crash
now 'after an advance' 2026-03-09T00:00:10Z
api GET "$P/jobs/one"
is 'not a byte of it differs' "$BODY" "$before"
api GET "$P/jobs/one:getIamPolicy"
is 'nor of its policy' "$BODY" "$policy"
advance 400s
state one SUCCEEDED
crash
state one SUCCEEDED
api POST "$P/jobs" "$(job_body one)"
is 'taken, after SUCCEEDED' "$HTTP" 409

# topics, subscriptions, schedules, messages
api PUT "$P/topics/tick"
api PUT "$P/subscriptions/pulled" '{"topic":"projects/p1/topics/tick"}'
api POST "$P/topics/tick:publish" '{"messages":[{"data":"YQ=="},{"data":"Yg=="}]}'
api POST "$LOC/jobs" '{"name":"projects/p1/locations/us-central1/jobs/hour",
	"schedule":"0 * * * *","pubsubTarget":{
	"topicName":"projects/p1/topics/tick","data":"dGljaw=="}}'
for path in "$P/topics" "$P/subscriptions" "$LOC/jobs"; do
	api GET "$path"
	cp "$TMP/answer" "$TMP/$(echo "$path" | tr / _)"
done
crash
for path in "$P/topics" "$P/subscriptions" "$LOC/jobs"; do
	api GET "$path"
	cmp "$TMP/answer" "$TMP/$(echo "$path" | tr / _)" || bad "$path"
done
pull
json 'unacknowledged messages' '[.receivedMessages[].message.data]' \
	'["YQ==", "Yg=="]'
api POST "$P/subscriptions/pulled:acknowledge" "{\"ackIds\":[\"$ack_id\"]}"
ok ack
crash
advance 10s
pull
json 'only the other is back after its deadline' \
	'[.receivedMessages[].message.data]' '["Yg=="]'
crash
api POST "$P/subscriptions/pulled:acknowledge" "{\"ackIds\":[\"$ack_id\"]}"
advance 1m
pull
is 'an ack id outlives a crash' "$BODY" '{}'

# a tick that fired does not fire again, the next one does
advance_to 2026-03-09T01:00:00Z
is 'a tick' "$(field .ticks)" 1
crash
advance_to 2026-03-09T01:59:59Z
is 'not again' "$(field .ticks)" 0
advance 1s
is 'the next' "$(field .ticks)" 1
pull
json 'one message each' '[.receivedMessages[].message.data]' \
	'["dGljaw==", "dGljaw=="]'

# killed within an advance, while an endpoint keeps it waiting: what was done
# stays done, at the instant it was done
api DELETE "$LOC/jobs/hour"
api PUT "$P/topics/slow"
api PUT "$P/subscriptions/slow" "{\"topic\":\"projects/p1/topics/slow\",
	\"pushConfig\":{\"pushEndpoint\":\"$REC_URL/hang\"}}"
api POST "$LOC/jobs" '{"name":"projects/p1/locations/us-central1/jobs/slow",
	"schedule":"0 * * * *","pubsubTarget":{
	"topicName":"projects/p1/topics/slow","data":"eA=="}}'
curl -sS -m 30 -o /dev/null -d '{"by":"10h"}' \
	"$EMU_URL/emulator/v1/clock:advance" 2>/dev/null &
advance_pid=$!
# the command of wait_for
# shellcheck disable=SC2317
pushed() { [ "$(calls)" = "${1:-1}" ]; }
# shellcheck disable=SC2317
pushed_and_asked() {
	api GET /emulator/v1/clock
	pushed "$1"
}
wait_for 'the push' pushed_and_asked 1
api POST /emulator/v1/clock:advance '{"by":"1s"}'
is 'one advance at a time' "$HTTP $(field .error.message)" \
	'400 another advance is under way'
api POST /emulator/v1/state:reset
is 'no reset meanwhile' "$HTTP" 400
stop EMU KILL
wait "$advance_pid" || :
stop REC KILL
rec_start
# the push goes out again, to the endpoint that is there now; it is gone
again
now 'the instant of the tick' 2026-03-09T03:00:00Z
api POST "$P/subscriptions/slow:modifyPushConfig" \
	"{\"pushConfig\":{\"pushEndpoint\":\"$REC_URL/ok\"}}"
advance 1m
is 'no second tick' "$(field .ticks)" 0
wait_for 'the redelivery' pushed 1
api DELETE "$LOC/jobs/slow"

# an overdue tick: the clock has moved on while the emulator was away
api POST "$LOC/jobs" '{"name":"projects/p1/locations/us-central1/jobs/due",
	"schedule":"0 * * * *","pubsubTarget":{
	"topicName":"projects/p1/topics/tick","data":"eA=="}}'
stop EMU
is 'SIGTERM' "$STOPPED" 0
start EMU train-emulator --listen 127.0.0.1:0 --data "$DATA"
api GET "$LOC/jobs/due"
has 'on the real clock' "$(field .lastAttemptTime)" "$(date -u +%Y)"
api GET /emulator/v1/journal
json 'it fired once' '[.entries[] | select(.kind == "tick")] | length' 1

# one emulator a file
status=0
"$BUILDDIR/train-emulator" --listen 127.0.0.1:0 --data "$DATA" \
	>"$TMP/out" 2>"$TMP/err" || status=$?
is 'a second emulator' "$status" 1
is 'is not ready' "$(cat "$TMP/out")" ''
has 'and says why' "$(cat "$TMP/err")" 'used by another'
api GET /emulator/v1/healthz
ok 'the first one goes on'

# a redelivery after a crash meets its own job
stop EMU KILL
again
api POST /emulator/v1/state:reset
is 'reset' "$HTTP $BODY" '200 {}'
for path in "$P/jobs" "$P/topics" "$P/subscriptions" "$LOC/jobs"; do
	api GET "$path"
	is "$path after a reset" "$HTTP $BODY" '200 {}'
done
crash
api GET "$P/jobs"
is 'the reset survives too' "$BODY" '{}'
uniq_start
api PUT "$P/topics/run"
api PUT "$P/subscriptions/run" "{\"topic\":\"projects/p1/topics/run\",
	\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\"}}"
ctl lose-acks 1 >/dev/null || bad 'lose-acks'
api POST "$P/topics/run:publish" \
	"{\"messages\":[{\"data\":\"$(b64 "$(job_body train)")\"}]}"
advance 0s
created() { grep -q '"outcome":"created"' "$TMP/UNIQ.log"; }
created || bad 'no job was made'
stop UNIQ
port=${UNIQ_URL##*:}
crash
start UNIQ train-uniquifier --listen "127.0.0.1:$port" --project p1 \
	--allow-unauthenticated
advance 10m
is 'acknowledged' "$(field .deliveriesAcked)" 1
has 'its own job' "$(tail -n 1 "$TMP/UNIQ.log")" '"outcome":"adopted"'
api GET "$P/jobs"
json 'one job' '.jobs | length' 1

# files that are no state
stop EMU
refuses() {
	refuse_status=0
	"$BUILDDIR/train-emulator" --listen 127.0.0.1:0 --data "$2" \
		>"$TMP/out" 2>"$TMP/err" || refuse_status=$?
	is "$1" "$refuse_status $(cat "$TMP/out")" '1 '
	has "$1: why" "$(cat "$TMP/err")" "$2"
}
head -c 8192 /dev/zero | tr '\0' 'x' >"$TMP/garbage"
cp "$TMP/garbage" "$TMP/garbage.copy"
refuses garbage "$TMP/garbage"
cmp "$TMP/garbage" "$TMP/garbage.copy" || bad 'garbage was overwritten'
refuses 'a folder' "$TMP"
refuses 'no such folder' "$TMP/none/state.db"
