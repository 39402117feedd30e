#!/bin/sh
# SPDX-License-Identifier: MIT
# Pub/Sub without push, over HTTP. The numbers in comments are sections of the
# facts about the service (pubsub.md); where Google's emulator and production
# differ, production counts.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"

# 3: topics
api GET "$P/topics"
is 'no topics' "$HTTP $BODY" '200 {}'
api PUT "$P/topics/top" '{"labels":{"a":"b"}}'
json 'a topic echoes what was given' . \
	'{"name":"projects/p1/topics/top","labels":{"a":"b"}}'
api PUT "$P/topics/top"
refused 'a topic twice' 409 ALREADY_EXISTS \
	'Resource already exists in the project (resource=top).'
api PUT "$P/topics/other" '{"name":"projects/p9/topics/x"}'
is 'the name of the path wins' "$(field .name)" projects/p1/topics/other
api GET "$P/topics/top"
json 'get' . '{"name":"projects/p1/topics/top","labels":{"a":"b"}}'
for verb in GET DELETE; do
	api $verb "$P/topics/none"
	refused "$verb of no topic" 404 NOT_FOUND \
		'Resource not found (resource=none).'
done
for id in ab 1abc -abc googx 'a!c'; do
	api PUT "$P/topics/$id"
	invalid_name "the topic $id" "projects/p1/topics/$id"
	# a name that cannot be is refused as such by every method
	api GET "$P/topics/$id"
	invalid_name "get of $id" "projects/p1/topics/$id"
	publish "$id" '{}'
	invalid_name "publish to $id" "projects/p1/topics/$id"
	pull "$id"
	invalid_name "pull from $id" "projects/p1/subscriptions/$id"
	api POST "$P/snapshots/$id:testIamPermissions" '{}'
	invalid_name "policy of $id" "projects/p1/snapshots/$id"
done
id255=$(printf '%0254d' 0)
api PUT "$P/topics/a$id255"
ok 'a name of 255'
api PUT "$P/topics/aa$id255"
invalid_name 'a name of 256' "projects/p1/topics/aa$id255"
api DELETE "$P/topics/a$id255"
is 'delete' "$HTTP $BODY" '200 {}'
api PUT "$P/topics/lab" '{"labels":{"Upper":"x"}}'
refused 'a bad label' 400 INVALID_ARGUMENT 'You have passed an invalid argument to the service (argument=Invalid labels: Invalid field "labels"; key "Upper" does not conform to regular expression "[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}"; first character "U" is not a non-uppercased letter (Unicode character class Ll or Lo)).'
api PUT "$P/topics/ret" '{"messageRetentionDuration":"599s"}'
refused 'a short retention' 400 INVALID_ARGUMENT 'The value for message retention duration is out of bounds. You passed 9m59s in the request, but the value must be between 10m and 744h.'
api PUT "$P/topics/unk" '{"noSuchField":1}'
refused 'an unknown field' 400 INVALID_ARGUMENT \
	'Invalid JSON payload received. Unknown name "noSuchField": Cannot find field.'
api PUT "$P/topics/schema" '{"schemaSettings":{"schema":"projects/p1/schemas/s"}}'
is 'a topic with a schema' "$HTTP $(field .error.status)" '501 UNIMPLEMENTED'
api GET "$P/topics"
json 'sorted by name' '.topics | map(.name)' \
	'["projects/p1/topics/other", "projects/p1/topics/top"]'
api GET "$P/topics?pageSize=1"
json 'one' '.topics | map(.name)' '["projects/p1/topics/other"]'
api GET "$P/topics?pageSize=1&pageToken=$(field '.nextPageToken | @uri')"
json 'the other, no token' '[(.topics | map(.name)), .nextPageToken]' \
	'[["projects/p1/topics/top"], null]'
api GET "$P/topics?pageSize=-1"
refused 'a negative page' 400 INVALID_ARGUMENT 'The value for page_size is out of bounds. You passed -1 in the request, but the value must be between 0 and 1000.'
api GET "$P/topics?pageToken=garbage"
refused 'a bad token' 400 INVALID_ARGUMENT \
	'Invalid page token given (token=garbage).'

# 4: subscriptions
sub one top
json 'a subscription with its defaults' . '{
	"name": "projects/p1/subscriptions/one",
	"topic": "projects/p1/topics/top", "pushConfig": {},
	"ackDeadlineSeconds": 10, "messageRetentionDuration": "604800s",
	"expirationPolicy": {"ttl": "2678400s"}, "state": "ACTIVE"}'
want=$BODY
api GET "$P/subscriptions/one"
json 'get gives the same' . "$want"
sub one top
refused 'a subscription twice' 409 ALREADY_EXISTS \
	'Resource already exists in the project (resource=one).'
sub two none
refused 'of no topic' 404 NOT_FOUND 'Resource not found (resource=none).'
api PUT "$P/subscriptions/two" '{}'
is 'without a topic' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
sub ab top
invalid_name 'a bad name' projects/p1/subscriptions/ab
sub two top '"ackDeadlineSeconds":601'
has 'a long deadline' "$HTTP $(field .error.message)" \
	'400 Invalid ack deadline given (ack_deadline=601).'
sub two top '"ackDeadlineSeconds":9'
is 'a short deadline' "$HTTP" 400
sub two top '"expirationPolicy":{"ttl":"3600s"}'
refused 'a short life' 400 INVALID_ARGUMENT 'The value for expiration duration is too small. You passed 1h in the request, but the minimum value is 24h.'
sub two top '"retryPolicy":{"minimumBackoff":"601s"}'
refused 'a long backoff' 400 INVALID_ARGUMENT 'The value for minimum_backoff is out of bounds. You passed 601s in the request, but the value must be between 0s and 600s.'
# plain http is allowed on purpose (9, item 19)
sub web top '"pushConfig":{"pushEndpoint":"http://127.0.0.1:9/x"}'
ok 'an http endpoint'
json 'the version of pushes' .pushConfig '{
	"pushEndpoint": "http://127.0.0.1:9/x",
	"attributes": {"x-goog-version": "v1"}}'
api GET "$P/subscriptions/web"
json 'is shown by create only' .pushConfig \
	'{"pushEndpoint": "http://127.0.0.1:9/x"}'
for url in ftp://127.0.0.1/x 127.0.0.1:9 http://; do
	sub two top "\"pushConfig\":{\"pushEndpoint\":\"$url\"}"
	refused "the endpoint $url" 400 INVALID_ARGUMENT "Invalid push endpoint given (endpoint=$url). Refer to https://cloud.google.com/pubsub/subscriber#create for more information."
done
api POST "$P/subscriptions/web:pull" '{"maxMessages":1}'
refused 'a pull where pushes go' 400 FAILED_PRECONDITION \
	'This method is not supported for this subscription type.'
api GET "$P/topics/top/subscriptions"
json 'the names at the topic' . '{"subscriptions": [
	"projects/p1/subscriptions/one", "projects/p1/subscriptions/web"]}'
api GET "$P/topics/none/subscriptions"
refused 'those of no topic' 404 NOT_FOUND 'Resource not found (resource=none).'
api GET "$P/subscriptions?pageSize=1"
json 'a list' '.subscriptions | map(.name)' '["projects/p1/subscriptions/one"]'
api DELETE "$P/subscriptions/web"
is 'delete' "$HTTP $BODY" '200 {}'
for request in GET DELETE; do
	api $request "$P/subscriptions/web"
	is "$request of none" "$HTTP $(field '"\(.error.code) \(.error.status)"')" "$NOT_FOUND"
done
for field in '"pushConfig":{"pushEndpoint":"http://h/","attributes":{"x-goog-version":"v1beta1"}}' \
	'"detached":true' '"bigqueryConfig":{"table":"p.d.t"}'; do
	sub two top "$field"
	is "not emulated: $field" "$HTTP $(field .error.status)" \
		'501 UNIMPLEMENTED'
done

# 5: publish
say top hello
json 'one id' '[(.messageIds | length), (.messageIds[0] | test("^2[0-9]{16}$"))]' \
	'[1, true]'
id=$(field '.messageIds[0]')
publish none '{"messages":[{"data":"eA=="}]}'
refused 'to no topic' 404 NOT_FOUND 'Resource not found (resource=none).'
publish top '{}'
refused 'no messages' 400 INVALID_ARGUMENT 'The value for message_count is too small. You passed 0 in the request, but the minimum value is 1.'
for message in '{}' '{"orderingKey":"k"}' '{"data":"","attributes":{}}'; do
	publish top "{\"messages\":[{\"data\":\"eA==\"},$message]}"
	refused "the message $message" 400 INVALID_ARGUMENT 'One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.'
done
for data in '"!"' '"eA==eA=="' '"a"' '7'; do
	publish top "{\"messages\":[{\"data\":$data}]}"
	is "the data $data" "$HTTP $(field .error.status)" \
		'400 INVALID_ARGUMENT'
done
jq -nc '{messages: [range(1001) | {attributes: {n: tostring}}]}' >"$TMP/many"
publish top "@$TMP/many"
refused 'too many' 400 INVALID_ARGUMENT 'The value for message_count is too large. You passed 1001 in the request, but the maximum value is 1000.'
jq -c '{messages: .messages[:1000]}' "$TMP/many" >"$TMP/most"

# 6: pull and acknowledge
pull one
json 'one message, as it was sent' 'del(.receivedMessages[].ackId)' "{
	\"receivedMessages\": [{\"message\": {
		\"data\": \"aGVsbG8=\", \"messageId\": \"$id\",
		\"publishTime\": \"2026-03-09T00:00:00.000Z\"}}]}"
first_ack=$ack_id
pull one
is 'out: nothing more' "$HTTP $BODY" '200 {}'
api POST "$P/subscriptions/one:pull" '{}'
refused 'no maximum' 400 INVALID_ARGUMENT \
	'You have passed an invalid argument to the service (argument=max_messages).'
api POST "$P/subscriptions/none:pull" '{"maxMessages":1}'
refused 'of none' 404 NOT_FOUND 'Resource not found (resource=none).'
# the deadline of 10 s, to the microsecond; then it comes again
advance_to 2026-03-09T00:00:09.999999Z
pull one
is 'before the deadline' "$BODY" '{}'
advance_to 2026-03-09T00:00:10Z
pull one
pulled 'at the deadline' '["hello"]'
ack one "$first_ack"
is 'a stale id' "$HTTP $BODY" '200 {}'
[ "$ack_id" != "$first_ack" ] || bad 'the ack id is the old one'
deadline one "$ack_id" 600
is 'extended' "$HTTP $BODY" '200 {}'
advance 599s
pull one
is 'held' "$BODY" '{}'
advance 1s
pull one
pulled 'the stale id did nothing' '["hello"]'
deadline one "$ack_id" 0
is 'given back' "$HTTP $BODY" '200 {}'
pull one
pulled 'again, at once' '["hello"]'
ack one "$ack_id"
is 'acknowledged' "$HTTP $BODY" '200 {}'
ack one "$ack_id"
is 'twice' "$HTTP $BODY" '200 {}'
advance 1h
pull one
is 'gone for good' "$BODY" '{}'
ack one '*bogus*'
is 'a malformed id' "$HTTP $(field .error.message)" \
	'400 You have passed an invalid ack ID to the service (ack_id=*bogus*).'
api POST "$P/subscriptions/one:acknowledge" '{}'
refused 'no ids' 400 INVALID_ARGUMENT \
	'You have not specified an ack ID in the request.'
deadline one x 601
has 'too long' "$HTTP $(field .error.message)" \
	'The ack deadline must be between 0 and 600 seconds.'
# a malformed id leaves the good one beside it alone
say top x
pull one
api POST "$P/subscriptions/one:acknowledge" \
	"{\"ackIds\":[\"$ack_id\",\"*bogus*\"]}"
is 'a bad one among them' "$HTTP" 400
advance 10s
pull one
pulled 'none was applied' '["x"]'
ack one "$ack_id"
# nor beside one of another subscription's; words from
# GoogleCloudPlatform/ruby-docs-samples#688
say top mine
pull one
sub two top
api POST "$P/subscriptions/two:acknowledge" "{\"ackIds\":[\"$ack_id\"]}"
refused "another subscription's id" 400 INVALID_ARGUMENT 'You have passed a subscription that does not belong to the given ack ID (resource=projects/p1/subscriptions/two).'
deadline two "$ack_id" 60
is "another subscription's deadline" "$HTTP $(field .error.status)" \
	'400 INVALID_ARGUMENT'
api DELETE "$P/subscriptions/two"
ack one "$ack_id"
# 1000 messages, in order, each once
publish top "@$TMP/most"
json '1000 ids, all different' '.messageIds | [length, (unique | length)]' \
	'[1000, 1000]'
pull one 600
cp "$TMP/answer" "$TMP/page1"
pull one 600
jq -s '[.[].receivedMessages[].message.attributes.n | tonumber]
	== [range(1000)]' "$TMP/page1" "$TMP/answer" >"$TMP/same"
is 'all of them in order' "$(cat "$TMP/same")" true
jq -s '{ackIds: [.[].receivedMessages[].ackId]}' "$TMP/page1" "$TMP/answer" \
	>"$TMP/acks"
api POST "$P/subscriptions/one:acknowledge" "@$TMP/acks"
ok '1000 acks'
advance 1h
pull one
is 'all gone' "$BODY" '{}'

# 6: a retry policy delays what comes back: 10 s, 20 s
sub slow top '"retryPolicy":{"minimumBackoff":"10s","maximumBackoff":"15s"}'
say top again
for wait in 10 15 15; do
	pull slow
	pulled "after the wait" '["again"]'
	deadline slow "$ack_id" 0
	advance "$((wait - 1))s"
	pull slow
	is "not within $wait s" "$BODY" '{}'
	advance 1s
done
api DELETE "$P/subscriptions/slow"
pull one
ack one "$ack_id"

# 6: a long poll is answered by a later publish. curl says when it has sent
# the request.
long_poll() {
	rm -f "$TMP/$1.trace" "$TMP/$1.out"
	curl -sS -m 20 -X POST --trace-ascii "$TMP/$1.trace" -o "$TMP/$1.out" \
		-H 'Content-Type: application/json' \
		-d '{"maxMessages":1}' "$EMU_URL$P/subscriptions/one:pull" &
	eval "$1=\$!"
	wait_for 'the request' sent "$1"
}
sent() {
	api GET /emulator/v1/healthz
	grep -q '^=> Send data' "$TMP/$1.trace" 2>/dev/null
}
long_poll poll1
say top late
wait "$poll1"
BODY=$(cat "$TMP/poll1.out")
pulled 'a long poll' '["late"]'
ack one "$(field '.receivedMessages[0].ackId')"
# two of them, two messages: one each
long_poll poll1
long_poll poll2
publish top '{"messages":[{"data":"YQ=="},{"data":"Yg=="}]}'
wait "$poll1" "$poll2"
BODY=$(cat "$TMP/poll1.out" "$TMP/poll2.out")
is 'two long polls' "$(field '.receivedMessages[].message.data' | sort | tr '\n' ' ')" \
	'YQ== Yg== '
for id in $(field '.receivedMessages[].ackId'); do ack one "$id"; done
# a redelivery wakes it too
say top back
pull one
long_poll poll1
advance 10s
wait "$poll1"
BODY=$(cat "$TMP/poll1.out")
pulled 'a redelivery' '["back"]'
ack one "$(field '.receivedMessages[0].ackId')"
# a client that has gone takes nothing with it
long_poll poll1
kill "$poll1"
wait "$poll1" 2>/dev/null
say top left
pull one
pulled 'a client that has gone' '["left"]'
ack one "$ack_id"
# nor does it keep it from one that waits behind it
long_poll poll1
long_poll poll2
kill "$poll2"
wait "$poll2" 2>/dev/null
say top next
wait "$poll1"
BODY=$(cat "$TMP/poll1.out")
pulled 'the one behind it' '["next"]'
ack one "$(field '.receivedMessages[0].ackId')"
# what it waits for goes away
long_poll poll1
api DELETE "$P/subscriptions/one"
wait "$poll1"
BODY=$(cat "$TMP/poll1.out")
is 'a subscription that goes' "$(field .error.code)" 404

# 3: a deleted topic leaves its subscriptions and what they hold
sub left top
say top kept
api DELETE "$P/topics/top"
api GET "$P/subscriptions/left"
is 'the topic is gone' "$(field .topic)" _deleted-topic_
api GET "$P/subscriptions"
is 'in the list too' "$(field '.subscriptions[].topic')" _deleted-topic_
pull left
pulled 'the backlog is not' '["kept"]'
api PUT "$P/topics/top"
say top new
deadline left "$ack_id" 0
pull left
pulled 'a new topic of that name is another' '["kept"]'

# retention: unacknowledged messages go after 7 days
deadline left "$ack_id" 0
advance 8d
pull left
is 'past the retention' "$BODY" '{}'
stop EMU
is 'SIGTERM' "$STOPPED" 0
