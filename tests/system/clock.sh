#!/bin/sh
# SPDX-License-Identifier: MIT
# Time: the auto clock, what an advance waits for, and what it says when that
# never ends. The other clocks are in admin.sh.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
. "$SRCDIR/tests/lib_pubsub.sh"
need curl jq base64
S=/v1/projects/p1/locations/us-central1/jobs

# an auto clock: a job's 405 s pass by themselves, and not one more
start EMU train-emulator --listen 127.0.0.1:0 --clock="auto@$START"
api POST "$P/jobs" "$(job_body one)"
succeeded() {
	api GET "$P/jobs/$1"
	[ "$(field .state)" = SUCCEEDED ]
}
wait_for 'a job on an auto clock' succeeded one
json 'its life' '[.createTime, .startTime, .endTime]' '[
	"2026-03-09T00:00:00Z", "2026-03-09T00:01:45Z",
	"2026-03-09T00:06:45Z"]'
api GET /emulator/v1/clock
json 'it stands where the last event was' . '{"mode": "auto",
	"now": "2026-03-09T00:06:45Z", "inFlight": 0, "advancing": false}'

# a message that was pulled has its deadline in real time
api PUT "$P/topics/top"
sub pulled top
say top a
pull pulled
pulled 'a message' '["a"]'
kept=$ack_id
api POST "$P/jobs" "$(job_body two)"
api GET /emulator/v1/clock
is 'nothing passes the deadline' "$(field '.now < "2026-03-09T00:06:56Z"')" true
ack pulled "$kept"
wait_for 'a job after the ack' succeeded two
pull pulled
is 'it is not delivered again' "$BODY" '{}'

# it can be moved, put back, and remembers where it stood
advance 1h
is 'an advance' "$HTTP $(field .settled)" '200 true'
api POST /emulator/v1/state:reset "{\"now\":\"$START\"}"
ok 'a reset'
api GET /emulator/v1/clock
is 'put back' "$(field .now)" "$START"
stop EMU
start EMU train-emulator --listen 127.0.0.1:0 --clock="auto@$START" \
	--data "$TMP/state"
api POST "$P/jobs" "$(job_body one)"
wait_for 'a job on an auto clock with a file' succeeded one
stop EMU KILL
start EMU train-emulator --listen 127.0.0.1:0 --clock=auto --data "$TMP/state"
api GET /emulator/v1/clock
is 'it goes on' "$(field .now)" 2026-03-09T00:06:45Z
stop EMU

# an advance waits for what a push causes: the uniquifier's job is made at the
# tick, whose next state is due within the same advance
emu_start
uniq_start
api PUT "$P/topics/train"
sub uniq train "\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\"}"
api POST $S "{\"name\":\"projects/p1/locations/us-central1/jobs/daily\",
	\"schedule\":\"0 3 * * *\",\"pubsubTarget\":{
	\"topicName\":\"projects/p1/topics/train\",
	\"data\":\"$(b64 "$(job_body daily)")\"}}"
ok 'the schedule'
advance 7d
json 'a week' '[.settled, .ticks, .messagesPublished, .deliveriesAcked,
	.jobsCreated, .jobsFinished]' '[true, 7, 7, 7, 7, 7]'
api GET "$P/jobs"
json 'made at its tick' '[.jobs[].createTime] | sort | .[0]' \
	'"2026-03-09T03:00:00Z"'

# a pull that waits has its message when it comes, though time flies
sub waits train
curl -sS -m 60 --trace-ascii "$TMP/poll.trace" -X POST \
	-H 'Content-Type: application/json' -d '{"maxMessages":1}' \
	"$EMU_URL$P/subscriptions/waits:pull" >"$TMP/poll.out" &
poll=$!
# the emulator has taken it once it answers a request that was sent after it
sent() {
	api GET /emulator/v1/healthz
	grep -q '^=> Send data' "$TMP/poll.trace" 2>/dev/null
}
wait_for 'the request' sent
api GET /emulator/v1/journal
next=$(field .next)
advance 30d
wait "$poll"
BODY=$(cat "$TMP/poll.out")
json 'a pull that waits' '.receivedMessages[0].message.publishTime' \
	'"2026-03-16T03:00:00.000Z"'
api GET "/emulator/v1/journal?from=$next"
json 'is answered at once' '[.entries[] | select(.route ==
	"pubsub.projects.subscriptions.pull") | .time]' \
	'["2026-03-16T03:00:00.000000Z"]'

# what never settles: an endpoint that takes the push and says nothing
kill -STOP "$UNIQ_PID"
api POST /emulator/v1/clock:advance '{"by":"30d","timeout":"200ms"}'
is 'given up' "$HTTP $(field .settled)" '200 false'
json 'who it waited for' '.underWay | map(del(.since, .messageId))' '[
	{"kind": "push", "subscription": "projects/p1/subscriptions/uniq",
	"attempt": 1}]'
json 'it stands at that tick' '.to == .underWay[0].since' true
kill -CONT "$UNIQ_PID"
advance 0s
is 'and goes on' "$(field .settled)" true
# 7 ticks in the week, 30 in the month, and this one
api GET "$P/jobs?pageSize=100"
is 'nothing was lost' "$(field '.jobs | length')" 38

# what never settles though all is answered: a push that runs the schedule that
# made it, at the same instant, for ever
stop EMU
emu_start
api PUT "$P/topics/loop"
sub loop loop "\"pushConfig\":{\"pushEndpoint\":\"$EMU_URL$S/again:run\",
	\"noWrapper\":{\"writeMetadata\":false}}"
api POST $S "{\"name\":\"projects/p1/locations/us-central1/jobs/again\",
	\"schedule\":\"0 * * * *\",\"pubsubTarget\":{
	\"topicName\":\"projects/p1/topics/loop\",\"data\":\"$(b64 '{}')\"}}"
api POST /emulator/v1/clock:advance '{"by":"1d","timeout":"300ms"}'
json 'it is given up, at the tick' '[.settled, .to, .ticks,
	.deliveriesAcked > 1, .deliveriesFailed]' \
	'[false, "2026-03-09T01:00:00Z", 1, true, 0]'
api DELETE "$P/subscriptions/loop"
advance 1d
json 'and goes on when the loop is cut' '[.settled, .ticks, .deliveries]' \
	'[true, 24, 0]'
stop EMU

# the calendar ends
START=9999-12-31T23:00:00Z
emu_start
advance 2h
refused 'past the year 9999' 400 OUT_OF_RANGE 'the clock ends with the year 9999'
advance_to 9999-12-31T23:59:59.999999Z
is 'to its end' "$HTTP $(field .to)" '200 9999-12-31T23:59:59.999999Z'
advance 0s
is 'where it stays' "$HTTP" 200
