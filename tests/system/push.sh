#!/bin/sh
# SPDX-License-Identifier: MIT
# Push delivery to a real endpoint on the virtual clock. The numbers in comments
# are sections of the facts about the service (pubsub.md).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
rec_start
emu_start
P=/v1/projects/p1

# topic NAME ENDPOINT [MEMBERS]: a topic with one push subscription NAME-sub
topic() {
	api PUT "$P/topics/$1"
	api PUT "$P/subscriptions/$1-sub" "{\"topic\":\"projects/p1/topics/$1\",
		\"pushConfig\":{\"pushEndpoint\":\"$2\"}${3:+,$3}}"
	ok "topic $1"
}
publish() { api POST "$P/topics/$1:publish" "{\"messages\":[$2]}"; }
say() { publish "$1" "{\"data\":\"$(b64 "$2")\"}"; }
drop() { api DELETE "$P/subscriptions/$1-sub"; }
# Fresh records, and the endpoint's answer.
answers() { : >"$REC_FILE"; rec_answers "$1"; }
# outcomes WHAT WANT: of the deliveries since the last call, from the journal
from=1
outcomes() {
	api GET "/emulator/v1/journal?from=$from"
	json "$1" '[.entries[] | select(.kind == "delivery") | .outcome]' "$2"
	from=$(field .next)
}

# 8.1: the wrapped body and the headers
topic all "$REC_URL/push/here?token=a%20b"
publish all '{"data":"aGVsbG8=","attributes":{"k":"v"},"orderingKey":"key"}'
id=$(field '.messageIds[0]')
settle
outcomes 'sent and acknowledged' '["sent", "acked"]'
called 'one request' 1
call_at 1
is 'method and path' "$(field '"\(.method) \(.path)"')" 'POST /push/here'
json 'the body' '.body | fromjson' "{
	\"message\": {
		\"attributes\": {\"k\": \"v\"}, \"data\": \"aGVsbG8=\",
		\"messageId\": \"$id\", \"message_id\": \"$id\",
		\"orderingKey\": \"key\",
		\"publishTime\": \"2026-03-09T00:00:00.000Z\",
		\"publish_time\": \"2026-03-09T00:00:00.000Z\"},
	\"subscription\": \"projects/p1/subscriptions/all-sub\"}"
json 'the headers, all of them' '.headers | del(.["content-length", "host"])' '{
	"content-type": "application/json", "accept": "application/json",
	"accept-encoding": "gzip, deflate, br", "from": "noreply@google.com",
	"user-agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)"}'
# absent when empty
publish all '{"attributes":{"only":"this"}}'
settle
call_at 2
json 'no data, no ordering key' '.body | fromjson | .message | keys' '[
	"attributes", "messageId", "message_id", "publishTime", "publish_time"]'
publish all '{"data":"eA=="}'
settle
call_at 3
json 'no attributes' '.body | fromjson | .message | has("attributes")' false
drop all
outcomes 'two more' '["sent", "acked", "sent", "acked"]'

# 8.3: what acknowledges (102 is tried in check_fetch and check_deliver: no
# answer of the recorder's ends with it)
topic code "$REC_URL/code"
for code in 200 201 202 204; do
	answers "$code"
	say code "$code"
	settle
	outcomes "$code acknowledges" '["sent", "acked"]'
	advance 1h
	called "$code: once" 1
done
# whatever comes with it
answers 200
head -c 3000000 /dev/zero | tr '\0' x >"$REC_FILE.body"
say code long
settle
outcomes 'an answer of 3 MB acknowledges' '["sent", "acked"]'
rm "$REC_FILE.body"
for code in 203 205 206 301 304 307 400 404 409 429 500 503; do
	answers "$code"
	say code "$code"
	settle
	outcomes "$code does not" '["sent", "failed"]'
	answers 200
	advance 1m
	called "$code: it comes again" 1
	outcomes 'and is taken' '["sent", "acked"]'
done
drop code

# 8.3: the backoff of a subscription doubles from 100 ms to 60 s: 11 failures
answers 500
topic back "$REC_URL/back"
say back x
settle
n=1
called 'the first attempt' $n
for ms in 100 200 400 800 1600 3200 6400 12800 25600 51200 60000 60000; do
	advance "$((ms - 1))ms"
	called "$((ms - 1)) ms after attempt $n" $n
	advance 1ms
	n=$((n + 1))
	called "$ms ms: attempt $n" $n
done
# a success ends it
rec_answers 200
advance 60s
answers 500
say back y
settle
called 'a new failure' 1
advance 100ms
called 'starts at 100 ms' 2
drop back

# the larger of backoff and retry policy: 10 s, 20 s, 20 s
answers 503
topic policy "$REC_URL/policy" \
	'"retryPolicy":{"minimumBackoff":"10s","maximumBackoff":"20s"}'
say policy x
settle
n=1
for s in 10 20 20; do
	advance "$((s * 1000 - 1))ms"
	called "policy: not before $s s" $n
	advance 1ms
	n=$((n + 1))
	called "policy: after $s s" $n
done
drop policy

# every attempt is the same message
jq -s 'map(.body | fromjson | .message) | unique | length' "$REC_FILE" \
	>"$TMP/unique"
is 'the same message each time' "$(cat "$TMP/unique")" 1

# nobody listens there
topic dead http://127.0.0.1:1/
say dead x
settle
advance 1s
json 'a dead endpoint: again at 100, 300 and 700 ms' \
	'[.settled, .deliveries, .deliveriesFailed]' '[true, 3, 3]'
ctl journal >"$TMP/journal"
has 'the journal says why' "$(jq -r '.entries[] | select(.kind == "delivery" and .outcome == "failed") | .why' "$TMP/journal")" onnect
drop dead

# an endpoint that does not answer: the advance gives up, the clock stays
topic hang "$REC_URL/hang"
say hang x
api POST /emulator/v1/clock:advance '{"by":"1h","timeout":"200ms"}'
is 'given up' "$HTTP $(field .settled)" '200 false'
is 'the clock stays' "$(field '.to == .from')" true
api GET /emulator/v1/clock
json 'in flight' '[.inFlight, .advancing]' '[1, false]'
drop hang
api POST /emulator/v1/state:reset '{}'
ok 'reset with a push in flight'
stop REC KILL
PIDS=" $EMU_PID"
advance 1h
json 'its late end is no one'"'"'s' '[.settled, .deliveriesFailed]' '[true, 0]'
rec_start

# fault: acknowledgements that are lost
answers 200
topic lost "$REC_URL/lost"
ctl lose-acks 2 >/dev/null || bad lose-acks
say lost x
settle
advance 1m
called 'two acks lost: three attempts' 3
json 'the summary' '[.settled, .deliveries, .deliveriesAcked]' '[true, 2, 1]'
drop lost

# retention: an undelivered message goes after 10 minutes
answers 500
topic keep "$REC_URL/keep" '"messageRetentionDuration":"600s"'
say keep x
settle
advance 10m
at_end=$(calls)
json 'not yet' .messagesExpired 0
advance 1m
is 'expired' "$(field .messagesExpired)" 1
advance 1h
called 'no more attempts' "$at_end"
drop keep

# order: first published, first pushed, each once, more than go out at once
answers 200
topic many "$REC_URL/many"
messages=$(jq -nc '[range(100) | {attributes: {n: tostring}}]')
api POST "$P/topics/many:publish" "{\"messages\":$messages}"
settle
called 'a hundred' 100
jq -s 'map(.body | fromjson | .message.attributes.n | tonumber) | sort
	== [range(100)]' "$REC_FILE" >"$TMP/each"
is 'each once' "$(cat "$TMP/each")" true
drop many
# one after the other in time: in order
answers 200
topic order "$REC_URL/order"
for n in 1 2 3 4 5 6 7 8 9; do
	say order $n
	settle
done
BODY=$(jq -s '.' "$REC_FILE")
json 'in order' 'map(.body | fromjson | .message.data | @base64d | tonumber)' \
	'[1, 2, 3, 4, 5, 6, 7, 8, 9]'

# 4: modifyPushConfig, both ways. What failed to be pushed is pulled.
answers 500
say order stop
settle
api POST "$P/subscriptions/order-sub:modifyPushConfig" '{"pushConfig":{}}'
is 'to pull' "$HTTP $BODY" '200 {}'
api GET "$P/subscriptions/order-sub"
json 'seen' .pushConfig '{}'
pull() {
	api POST "$P/subscriptions/order-sub:pull" \
		'{"maxMessages":9,"returnImmediately":true}'
}
pull
json 'there is no backoff for a pull' \
	'[.receivedMessages[].message.data | @base64d]' '["stop"]'
advance 1m
called 'no more pushes' 1
pull
json 'pulled again' '[.receivedMessages[].message.data | @base64d]' '["stop"]'
# and what was pulled but not acknowledged is pushed, after its deadline
answers 200
say order go
api POST "$P/subscriptions/order-sub:modifyPushConfig" \
	"{\"pushConfig\":{\"pushEndpoint\":\"$REC_URL/again\"}}"
is 'to push' "$HTTP $BODY" '200 {}'
settle
BODY=$(jq -s . "$REC_FILE")
json 'what waited is pushed' 'map(.path, (.body | fromjson | .message.data | @base64d))' \
	'["/again", "go"]'
advance 10s
BODY=$(jq -s . "$REC_FILE")
json 'and what was out' 'map(.body | fromjson | .message.data | @base64d)' \
	'["go", "stop"]'
api POST "$P/subscriptions/order-sub:modifyPushConfig" \
	'{"pushConfig":{"pushEndpoint":"ftp://x/"}}'
is 'a bad endpoint' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
api POST "$P/subscriptions/none:modifyPushConfig" '{"pushConfig":{}}'
is 'of none' "$HTTP $(field .error.status)" '404 NOT_FOUND'

# with a dead letter policy it says which attempt it is
topic dlp "$REC_URL/" '"deadLetterPolicy":{"deadLetterTopic":"projects/p1/topics/all"}'
answers 200
say dlp x
settle
call_at 1
json 'the attempt' '.body | fromjson | .deliveryAttempt' 1
drop dlp
stop EMU
is 'SIGTERM' "$STOPPED" 0
