#!/bin/sh
# SPDX-License-Identifier: MIT
# Deliveries that go wrong by rule, on a virtual clock: messages that come twice,
# late or after the next one, by pull and by push, acknowledgements and answers
# that are lost; and what the uniquifier makes of them.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need curl jq
emu_start
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"
SUBS=$P/subscriptions

# struck WHAT N [RESOURCE]: so often it has, as the list and the journal say
struck() {
	api GET /emulator/v1/faults
	json "$1: struck" ".faults | map(select(.id == $FAULT))[0].struck" "$2"
	api GET /emulator/v1/journal
	json "$1: noted" "[.entries[] | select(.kind == \"fault\" and
		.rule == $FAULT) | .resource] | [length, (unique | .[])]" \
		"[$2, \"projects/p1/${3-subscriptions/mine}\"]"
}
# begin: a topic with two subscriptions that are pulled
begin() {
	ctl reset $START >"$TMP/out" || bad reset
	api PUT "$P/topics/news"
	ok topic
	sub mine news
	sub other news
}
# gets WHAT WANT: what a pull gives; IDS are its ack ids
gets() {
	pull mine
	pulled "$1" "$2"
	IDS=$(field '.receivedMessages // [] | map(.ackId) | tojson')
}
ack_all() {
	api POST "$SUBS/mine:acknowledge" "{\"ackIds\":$IDS}"
	ok acknowledge
}

# duplicate: one message with two ack ids; the other subscription is spared
begin
fault effect=duplicate resource=mine count=1
say news one
say news two
gets 'comes twice' '["one", "one", "two"]'
json 'one id' '[.receivedMessages[].message.messageId] | unique | length' 2
json 'three ack ids' '[.receivedMessages[].ackId] | unique | length' 3
pull other
pulled 'the other has it once' '["one", "two"]'
ack_all
struck 'duplicate' 1
advance 1d
gets 'all are acknowledged' '[]'

# though it was acknowledged: the second comes when the first is done with
begin
fault effect=duplicate resource=projects/p1/subscriptions/mine delay=5m
say news again
gets 'the first' '["again"]'
ack_all
advance 299s
gets 'not yet' '[]'
advance 1s
gets 'though acknowledged' '["again"]'

# delay-delivery, by the topic's name; a pull that waits is woken at its instant
begin
fault effect=delay-delivery delay=1h resource=projects/p1/topics/news count=2
say news late
say news prompt
gets 'late, for both' '["prompt"]'
struck 'by the topic' 2 'subscriptions/mine", "projects/p1/subscriptions/other'
api POST "$SUBS/mine:acknowledge" "{\"ackIds\":$IDS}"
curl -sS -m 60 -o "$TMP/waited" "$EMU_URL$SUBS/mine:pull" \
	-H 'Content-Type: application/json' -d '{"maxMessages":1}' &
waits=$!
advance 59m59s
advance 1s
wait $waits
is 'a pull that waits' "$(jq -r '.receivedMessages[0].message.data' "$TMP/waited")" \
	"$(b64 late)"

# reorder
begin
fault effect=reorder resource=mine
say news 1
gets 'held' '[]'
say news 2
say news 3
gets 'the second first' '["2", "1"]'
advance 9999ms
gets 'the third waits for a fourth' '[]'
clear_faults
advance 1ms
pull mine
is 'but not for ever' "$(field '[.receivedMessages[].message.data | @base64d] |
	index("3") != null')" true

# lose-ack of a pull: answered as if it had counted, and redelivered
begin
fault effect=lose-ack resource=mine count=1
say news x
gets 'x' '["x"]'
ack_all
is 'as if it had counted' "$BODY" '{}'
struck 'lose-ack' 1
advance 9s
gets 'not before its deadline' '[]'
advance 1s
gets 'redelivered' '["x"]'
ack_all
advance 1d
gets 'the second acknowledgement counts' '[]'
# the reply of a pull gets lost: the message comes after its deadline
begin
fault effect=lose-reply route=pubsub.projects.subscriptions.pull count=1
say news y
api POST "$SUBS/mine:pull" '{"maxMessages":1}'
is 'a pull without an answer' "$HTTP" 000
gets 'it is out' '[]'
advance 10s
gets 'and comes again' '["y"]'
# the reply of a publish gets lost: who sends it again has two messages
fault effect=lose-reply route='*.publish' count=1
pull other
say news z
is 'a publish without an answer' "$HTTP" 000
say news z
pull other
pulled 'two of them' '["z", "z"]'

# pushes: twice though acknowledged, late, and in another order
rec_start
push_sub() {
	api PUT "$SUBS/pushed" "{\"topic\":\"projects/p1/topics/news\",
		\"pushConfig\":{\"pushEndpoint\":\"$REC_URL/\"}}"
	: >"$REC_FILE"
}
# came WHAT WANT: the data of all pushes in their order
came() {
	is "$1" "$(jq -r '.body | fromjson | .message.data | @base64d' \
		"$REC_FILE" | tr '\n' ' ')" "$2"
}
begin
push_sub
fault effect=duplicate resource=pushed delay=1m count=1
fault effect=delay-delivery resource=pushed delay=10m count=1
say news a
say news b
advance 59s
came 'once so far' 'a '
advance 1s
came 'twice, though acknowledged' 'a a '
advance 9m
came 'late' 'a a b '
json 'nothing failed' '[.settled, .deliveriesFailed]' '[true, 0]'
begin
push_sub
fault effect=reorder resource=pushed delay=3h
api POST "$P/locations/us-central1/jobs" '{
	"name": "projects/p1/locations/us-central1/jobs/hourly",
	"schedule": "0 * * * *", "timeZone": "Etc/UTC", "pubsubTarget":
	{"topicName": "projects/p1/topics/news", "data": "aG91cg=="}}'
ok schedule
advance 150m
jq -r '.body | fromjson | .message.publishTime' "$REC_FILE" >"$TMP/times"
is 'the second tick before the first' "$(tr '\n' ' ' <"$TMP/times")" \
	'2026-03-09T02:00:00.000Z 2026-03-09T01:00:00.000Z '
is 'at the instant of the second' "$(field .deliveries)" 2

# an HTTP target whose answer is lost is tried again
begin
: >"$REC_FILE"
api POST "$P/locations/us-central1/jobs" "{
	\"name\": \"projects/p1/locations/us-central1/jobs/direct\",
	\"schedule\": \"0 * * * *\", \"timeZone\": \"Etc/UTC\",
	\"retryConfig\": {\"retryCount\": 1, \"minBackoffDuration\": \"10s\"},
	\"httpTarget\": {\"uri\": \"$REC_URL/direct\"}}"
ok 'a direct schedule'
fault effect=lose-ack resource=direct count=1
advance 1h
is 'the first attempt' "$(calls)" 1
json 'counts as failed' '[.attempts, .attemptsFailed]' '[1, 1]'
struck 'a target' 1 locations/us-central1/jobs/direct
advance 10s
is 'the second' "$(calls)" 2
advance 30m
is 'no third' "$(calls)" 2

# and so is the publish of a schedule, though its message is out: twice
begin
api POST "$P/locations/us-central1/jobs" '{
	"name": "projects/p1/locations/us-central1/jobs/publisher",
	"schedule": "0 * * * *", "timeZone": "Etc/UTC",
	"retryConfig": {"retryCount": 1, "minBackoffDuration": "10s"},
	"pubsubTarget": {"topicName": "projects/p1/topics/news",
	"data": "aG91cg=="}}'
ok 'a schedule that publishes'
fault effect=lose-ack resource=publisher count=1
advance 1h
json 'it counts as failed' '[.attempts, .attemptsFailed, .messagesPublished]' \
	'[1, 1, 1]'
struck 'a publish' 1 locations/us-central1/jobs/publisher
api GET "$P/locations/us-central1/jobs/publisher"
json 'and says so' .status.code 14
advance 10s
advance 30m
gets 'the same twice' '["hour", "hour"]'
api GET "$P/locations/us-central1/jobs/publisher"
json 'the second counts' '.status' '{}'

# one tick, one job, whatever the rules do to its message and its create
begin
uniq_start
api PUT "$P/topics/train"
api PUT "$SUBS/uniq" "{\"topic\":\"projects/p1/topics/train\",
	\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\"}}"
ok 'a subscription of the uniquifier'
api POST "$P/locations/us-central1/jobs" "@$FIXTURES/scheduler/pubsub.json"
ok 'a nightly schedule'
fault effect=duplicate every=2 delay=1h
fault effect=lose-ack every=3
fault effect=lose-reply route=ml.projects.jobs.create every=2
fault effect=status status=503 route=ml.projects.jobs.create count=1 after=1
advance 7d
json 'a week' '[.settled, .ticks, .jobsCreated]' '[true, 7, 7]'
is 'more deliveries than messages' "$(field '.deliveries > .messagesPublished')" \
	true
api GET "$P/jobs"
is 'seven jobs' "$(field '.jobs | length')" 7
