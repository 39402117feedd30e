#!/bin/sh
# SPDX-License-Identifier: MIT
# What a push looks like, wrapped and not. The numbers in comments are sections
# of the facts about the service (pubsub.md).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
rec_start
emu_start
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"

api PUT "$P/topics/top"
# config MEMBERS: how the subscription pushes from now on
config() {
	api POST "$P/subscriptions/psh:modifyPushConfig" \
		"{\"pushConfig\":{\"pushEndpoint\":\"$REC_URL/p\"${1:+,$1}}}"
	is "config $1" "$HTTP $BODY" '200 {}'
}
# pushed MESSAGE: publishes it, and takes the request that comes of it. Sets ID.
pushed() {
	: >"$REC_FILE"
	publish top "{\"messages\":[$1]}"
	ok "publish $1"
	ID=$(field '.messageIds[0]')
	advance 0s
	is 'one request' "$(calls)" 1
	call_at 1
}
# What every request has that pushes.
AGENT='"accept": "application/json", "from": "noreply@google.com",
	"accept-encoding": "gzip, deflate, br",
	"user-agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)"'
# headers WHAT MEMBERS: all of them
headers() {
	json "$1" '.headers | del(.host)' "{$AGENT,$2}"
}
DATA='"data":"aGVsbG8="'

# 4, 8.2: the forms of a push config
sub psh top "\"pushConfig\":{\"pushEndpoint\":\"$REC_URL/p?token=a%20b&x\",
	\"noWrapper\":{\"writeMetadata\":false},\"pubsubWrapper\":{}}"
is 'both wrappers' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
sub psh top "\"pushConfig\":{\"pushEndpoint\":\"$REC_URL/p?token=a%20b&x\",
	\"noWrapper\":{\"writeMetadata\":false}}"
ok 'without a wrapper'
api GET "$P/subscriptions/psh"
json 'it is shown' '.pushConfig | has("noWrapper")' true

# without metadata: the bytes and nothing else of the message
pushed "{$DATA,\"attributes\":{\"k\":\"v\",\"Content-Type\":\"a/b\"}}"
json 'the request' '[.method, .path, .query, .body]' \
	'["POST", "/p", {"token": "a b", "x": ""}, "hello"]'
headers 'no metadata' '"content-type": "application/octet-stream",
	"content-length": "5"'
pushed '{"data":"AP/+Cg=="}'
json 'bytes that are no text' .body '{"base64": "AP/+Cg=="}'
pushed '{"attributes":{"only":"this"}}'
is 'no data' "$(field .body)" ''
headers 'an empty body' '"content-type": "application/octet-stream",
	"content-length": "0"'

# with metadata
config '"noWrapper":{"writeMetadata":true}'
api GET "$P/subscriptions/psh"
json 'it is shown' .pushConfig.noWrapper '{"writeMetadata": true}'
META='"x-goog-pubsub-subscription-name": "projects/p1/subscriptions/psh",
	"x-goog-pubsub-publish-time": "2026-03-09T00:00:00.000Z"'
pushed "{$DATA}"
headers 'the metadata' "$META, \"x-goog-pubsub-message-id\": \"$ID\",
	\"content-type\": \"application/octet-stream\", \"content-length\": \"5\""
pushed "{$DATA,\"orderingKey\":\"key\",\"attributes\":{\"k\":\"v\",
	\"Content-Type\":\"text/plain\",\"ce-id\":\"1\",\"Empty\":\"\"}}"
is 'the body' "$(field .body)" hello
headers 'key and attributes' "$META, \"x-goog-pubsub-message-id\": \"$ID\",
	\"x-goog-pubsub-ordering-key\": \"key\", \"k\": \"v\", \"ce-id\": \"1\",
	\"empty\": \"\", \"content-type\": \"text/plain\", \"content-length\": \"5\""
# what cannot be a header, or is not the publisher's to say
pushed "{$DATA,\"attributes\":{\"a b\":\"v\",\"line\":\"x\\r\\nevil: 1\",
	\"Host\":\"elsewhere\",\"content-length\":\"99\",\"Connection\":\"close\",
	\"transfer-encoding\":\"chunked\",\"User-Agent\":\"me\",
	\"X-Goog-PubSub-Message-Id\":\"7\"}}"
headers 'no others' "$META, \"x-goog-pubsub-message-id\": \"$ID\",
	\"content-type\": \"application/octet-stream\", \"content-length\": \"5\""
json 'the host' .headers.host "\"$REC_HOST\""

# a CloudEvent in binary mode is a matter of attributes
pushed '{"data":"e30=","attributes":{"Content-Type":"application/json",
	"ce-id":"1","ce-source":"//s","ce-specversion":"1.0","ce-type":"t"}}'
json 'a CloudEvent' '[.body, .headers["content-type", "ce-id", "ce-source",
	"ce-specversion", "ce-type"]]' \
	'["{}", "application/json", "1", "//s", "1.0", "t"]'

# 8.1: wrapped. What is empty is absent.
config '"pubsubWrapper":{}'
pushed '{"attributes":{"k":"v"},"data":"","orderingKey":""}'
json 'no data' '.body | fromjson' "{\"message\": {
	\"attributes\": {\"k\": \"v\"}, \"messageId\": \"$ID\",
	\"message_id\": \"$ID\", \"publishTime\": \"2026-03-09T00:00:00.000Z\",
	\"publish_time\": \"2026-03-09T00:00:00.000Z\"},
	\"subscription\": \"projects/p1/subscriptions/psh\"}"
pushed "{$DATA,\"attributes\":{}}"
json 'no attributes' '.body | fromjson | .message | keys' '["data", "messageId",
	"message_id", "publishTime", "publish_time"]'
is 'members in order' "$(field .body | sed 's/:.*//')" '{"message"'
is 'one line' "$(field .body | wc -l | tr -d ' ')" 1

# deliveryAttempt: with a dead letter policy, from 1 on
api PUT "$P/topics/dead"
api PATCH "$P/subscriptions/psh" '{"subscription":{"deadLetterPolicy":{
	"deadLetterTopic":"projects/p1/topics/dead"}},
	"updateMask":"deadLetterPolicy"}'
ok 'a dead letter policy'
rec_answers 500
pushed "{$DATA}"
advance 100ms
BODY=$(jq -s . "$REC_FILE")
json 'told' 'map(.body | fromjson | .deliveryAttempt)' '[1, 2]'
json 'at the top' '.[0].body | fromjson | keys' \
	'["deliveryAttempt", "message", "subscription"]'
# a message that waits for its next attempt goes in the form of then
config '"noWrapper":{"writeMetadata":true}'
rec_answers 200
: >"$REC_FILE"
advance 1m
call_at 1
is 'the same message' "$(field '.headers["x-goog-pubsub-message-id"]')" "$ID"
is 'bare' "$(field .body)" hello
json 'no attempt is told' '[.headers | keys[] | select(test("attempt"))]' '[]'

# a CloudEvent, as Eventarc's subscriptions have it (function-events.md, 2)
sub event top "\"pushConfig\":{
	\"pushEndpoint\":\"$REC_URL/?__GCP_CloudEventsMode=CE_PUBSUB_BINDING\"}"
ok 'as Eventarc subscribes'
api DELETE "$P/subscriptions/psh"
pushed "{$DATA,\"attributes\":{\"k\":\"v\"}}"
json 'the event' '.headers | with_entries(select(.key | test("^ce-|-type$")))' "{
	\"content-type\": \"application/json\", \"ce-id\": \"$ID\",
	\"ce-source\": \"//pubsub.googleapis.com/projects/p1/topics/top\",
	\"ce-specversion\": \"1.0\", \"ce-time\": \"$(field '.body | fromjson | .message.publishTime')\",
	\"ce-type\": \"google.cloud.pubsub.topic.v1.messagePublished\"}"
json 'its data' '.body | fromjson | [.subscription, .message.data, .message.attributes]' \
	'["projects/p1/subscriptions/event", "aGVsbG8=", {"k": "v"}]'
