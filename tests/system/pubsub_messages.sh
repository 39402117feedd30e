#!/bin/sh
# SPDX-License-Identifier: MIT
# What a subscription's settings do to its messages, over HTTP: facts
# pubsub.md, sections 6 and 7. Every turn of each is tried without HTTP, in
# tests/unit.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"
api PUT "$P/topics/top"

# 7: filters
sub filtered top '"filter":"attributes.kind = \"run\" OR attributes:all"'
json 'a filter is shown' .filter '"attributes.kind = \"run\" OR attributes:all"'
publish top '{"messages":[{"data":"YQ==","attributes":{"kind":"run"}},
	{"data":"Yg==","attributes":{"kind":"stop"}},{"data":"Yw=="},
	{"data":"ZA==","attributes":{"all":""}}]}'
json 'each message has its id' '.messageIds | length' 4
pull filtered
pulled 'those that fit' '["a", "d"]'
sub broken top '"filter":"attributes.kind = \"run\" AND AND"'
refused 'a filter that breaks' 400 INVALID_ARGUMENT 'Invalid filter expression: failed to parse (syntax error at line 1, column 29, token '"'AND')."
json 'the details of it' '.error.details' '[{
	"@type": "type.googleapis.com/google.rpc.ErrorInfo",
	"reason": "FILTER_EXPRESSION_FAILED_TO_PARSE",
	"domain": "pubsub.googleapis.com", "metadata": {"line": "1",
	"column": "29", "token": "AND", "message": "syntax error"}}]'

# 6: ordering keys
sub ordered top '"enableMessageOrdering":true'
json 'is shown' .enableMessageOrdering true
publish top '{"messages":[{"data":"YTE=","orderingKey":"a"},
	{"data":"YTI=","orderingKey":"a"},{"data":"YjE=","orderingKey":"b"}]}'
pull ordered
pulled 'both keys, in order' '["a1", "a2", "b1"]'
json 'with their keys' '[.receivedMessages[].message.orderingKey]' \
	'["a", "a", "b"]'
deadline ordered "$ack_id" 0
pull ordered
pulled 'a nack, and what follows it' '["a1", "a2"]'
pull ordered
is 'until then nothing of the key' "$BODY" '{}'

# 6: dead letters
api PUT "$P/topics/dead"
sub letters dead
sub five top '"deadLetterPolicy":{"deadLetterTopic":"projects/p1/topics/dead"}'
json 'five attempts when nothing is said' .deadLetterPolicy \
	'{"deadLetterTopic": "projects/p1/topics/dead", "maxDeliveryAttempts": 5}'
publish top '{"messages":[{"data":"eA==","orderingKey":"k","attributes":{"a":"b"}}]}'
for n in 1 2 3 4 5; do
	pull five
	json "attempt $n" '.receivedMessages[0].deliveryAttempt' "$n"
	deadline five "$ack_id" 0
done
pull five
is 'no sixth' "$BODY" '{}'
pull letters
json 'the letter' '.receivedMessages[0].message |
	[.data, .orderingKey, .attributes]' '["eA==", "k", {"a": "b",
	"CloudPubSubDeadLetterSourceDeliveryCount": "5",
	"CloudPubSubDeadLetterSourceSubscription": "five",
	"CloudPubSubDeadLetterSourceSubscriptionProject": "p1",
	"CloudPubSubDeadLetterSourceTopicPublishTime":
		"2026-03-09T00:00:00.000+00:00"}]'

# 6: exactly once: an acknowledgement that comes too late is refused, the others
# of its request count
sub once top '"enableExactlyOnceDelivery":true'
json 'is shown' .enableExactlyOnceDelivery true
say top one
pull once
late=$ack_id
advance 10s
say top two
pull once
pulled 'both' '["one", "two"]'
good=$ack_id
api POST "$P/subscriptions/once:acknowledge" "{\"ackIds\":[\"$late\",\"$good\"]}"
refused 'one of two' 400 INVALID_ARGUMENT 'Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or the acknowledgement ids were malformed.'
json 'which' .error.details "[{
	\"@type\": \"type.googleapis.com/google.rpc.ErrorInfo\",
	\"reason\": \"EXACTLY_ONCE_ACKID_FAILURE\",
	\"domain\": \"pubsub.googleapis.com\",
	\"metadata\": {\"$late\": \"PERMANENT_FAILURE_INVALID_ACK_ID\"}}]"
deadline once "$good" 60
is 'the other was acknowledged' "$HTTP $(field '.error.details[0].metadata | keys[0]')" "400 $good"
deadline once '*bogus*' 60
is 'a malformed one' "$HTTP $(field .error.message)" \
	'400 You have passed an invalid ack ID to the service (ack_id=*bogus*).'
# a batch of a key that is nacked at once: the first one's nack is also that of
# those after it
sub both top '"enableExactlyOnceDelivery":true,"enableMessageOrdering":true'
publish top '{"messages":[{"data":"YTE=","orderingKey":"a"},
	{"data":"YTI=","orderingKey":"a"}]}'
pull both
api POST "$P/subscriptions/both:modifyAckDeadline" "$(printf '%s' "$BODY" |
	jq -c '{ackIds: [.receivedMessages[].ackId], ackDeadlineSeconds: 0}')"
is 'both are nacked' "$HTTP $BODY" '200 {}'
pull both
pulled 'and come again' '["a1", "a2"]'

# 48 MiB of messages are in an answer, and the rest in the next: 9,333,336 bytes
# of base64 each, so five
api PUT "$P/topics/large"
sub large large
head -c 7000000 /dev/zero | base64 -w 0 >"$TMP/data"
jq -cn --rawfile d "$TMP/data" '{messages: [{data: $d}]}' >"$TMP/large"
for i in 1 2 3 4 5 6 7; do
	publish large "@$TMP/large"
	ok "publish $i"
done
pull large 1000
json 'as many as fit' '[.receivedMessages | length]' '[5]'
pull large 1000
json 'the others' '[.receivedMessages | length]' '[2]'
