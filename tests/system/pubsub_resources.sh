#!/bin/sh
# SPDX-License-Identifier: MIT
# Pub/Sub resources beyond create, get and delete, over HTTP. The texts are
# those of the facts about the service (pubsub.md, sections 3 and 4).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"

# patch KIND/NAME MEMBERS MASK
patch() {
	kind=${1%s/*}
	api PATCH "$P/$1" "{\"$kind\":{$2},\"updateMask\":\"$3\"}"
}
unknown() {
	refused "$1" 404 NOT_FOUND "Resource not found (resource=$2)."
}

# topics: what the mask names, and nothing else
api PUT "$P/topics/top" '{"labels":{"a":"b"}}'
patch topics/top '"messageRetentionDuration":"1200s","labels":{"c":"d"}' \
	messageRetentionDuration
want='{"name":"projects/p1/topics/top","labels":{"a":"b"},
	"messageRetentionDuration":"1200s"}'
json 'one field' . "$want"
api GET "$P/topics/top"
json 'is kept' . "$want"
patch topics/top '"name":"projects/p1/topics/top"' labels
json 'what is named and absent is cleared' .labels null
patch topics/top '"labels":{"Upper":"x"}' labels
is 'a bad label' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
patch topics/top '' ''
refused 'no mask' 400 INVALID_ARGUMENT 'The update_mask in the UpdateTopicRequest must be set, and must contain a non-empty paths list.'
patch topics/top '"schemaSettings":{"schema":"projects/p1/schemas/s"}' schemaSettings
is 'a schema' "$HTTP $(field .error.status)" '501 UNIMPLEMENTED'
patch topics/none '' labels
unknown 'no topic' none

# subscriptions
sub one top '"labels":{"a":"b"},"retryPolicy":{},"ackDeadlineSeconds":20'
api GET "$P/subscriptions/one"
json 'the retention of the topic' .topicMessageRetentionDuration '"1200s"'
patch topics/top '' messageRetentionDuration
api GET "$P/subscriptions/one"
json 'and no longer' .topicMessageRetentionDuration null
patch subscriptions/one \
	'"ackDeadlineSeconds":30,"labels":{"x":"y"},"filter":"junk"' \
	ackDeadlineSeconds,labels
want='{
	"name": "projects/p1/subscriptions/one",
	"topic": "projects/p1/topics/top", "pushConfig": {},
	"ackDeadlineSeconds": 30, "messageRetentionDuration": "604800s",
	"labels": {"x": "y"}, "expirationPolicy": {"ttl": "2678400s"},
	"retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "600s"},
	"state": "ACTIVE"}'
json 'two fields' . "$want"
api GET "$P/subscriptions/one"
json 'are kept' . "$want"
patch subscriptions/one '' 'ackDeadlineSeconds,retry_policy,expirationPolicy.ttl'
json 'cleared' '[.ackDeadlineSeconds, .retryPolicy, .expirationPolicy]' \
	'[10, null, {}]'
patch subscriptions/one '"retryPolicy":{"minimumBackoff":"5s"}' \
	retryPolicy.minimumBackoff
json 'a part of a message' .retryPolicy \
	'{"minimumBackoff": "5s", "maximumBackoff": "600s"}'
patch subscriptions/one '"ackDeadlineSeconds":601' ackDeadlineSeconds
has 'the rules of create' "$HTTP $(field .error.message)" \
	'400 Invalid ack deadline given (ack_deadline=601).'
api PATCH "$P/subscriptions/one" '{"subscription":{"labels":{}}}'
refused 'no mask' 400 INVALID_ARGUMENT 'The update_mask in the UpdateSubscriptionRequest must be set, and must contain a non-empty paths list.'
patch subscriptions/one '"enableMessageOrdering":true' enableMessageOrdering
refused 'for ever' 400 INVALID_ARGUMENT "Invalid update_mask provided in the UpdateSubscriptionRequest: the 'enable_message_ordering' field in the Subscription is not mutable."
patch subscriptions/none '' labels
unknown 'no subscription' none
# what the numbers do: the new deadline holds from the next delivery on
patch subscriptions/one '"ackDeadlineSeconds":20' ackDeadlineSeconds
say top x
pull one
advance 19s
pull one
is 'the new deadline' "$BODY" '{}'
advance 6s
pull one
pulled 'and the new retry policy' '["x"]'
ack one "$ack_id"
# to push and back, the rest of the configuration with it
patch subscriptions/one '"pushConfig":{"pushEndpoint":"http://127.0.0.1:9/x",
	"oidcToken":{"audience":"a","serviceAccountEmail":"s@p"}}' pushConfig
api POST "$P/subscriptions/one:pull" '{"maxMessages":1}'
is 'a push one now' "$HTTP $(field .error.status)" '400 FAILED_PRECONDITION'
patch subscriptions/one '"pushConfig":{"pushEndpoint":"http://127.0.0.1:9/y"}' \
	pushConfig.pushEndpoint
json 'the endpoint only' .pushConfig '{"pushEndpoint": "http://127.0.0.1:9/y",
	"oidcToken": {"audience": "a", "serviceAccountEmail": "s@p"}}'
patch subscriptions/one '' pushConfig
json 'none' .pushConfig '{}'
pull one
ok 'a pull one again'
# one without its topic can be changed too
api DELETE "$P/topics/top"
patch subscriptions/one '"labels":{"z":"z"}' labels
json 'without a topic' '[.topic, .labels]' '["_deleted-topic_", {"z": "z"}]'

# snapshots
api PUT "$P/topics/new"
sub two new '"retainAckedMessages":true'
json 'is shown' .retainAckedMessages true
api PUT "$P/snapshots/snap" '{"subscription":"projects/p1/subscriptions/two","labels":{"a":"b"}}'
want='{"name":"projects/p1/snapshots/snap","topic":"projects/p1/topics/new",
	"expireTime":"2026-03-16T00:00:25Z","labels":{"a":"b"}}'
json 'a snapshot' . "$want"
api GET "$P/snapshots/snap"
json 'get' . "$want"
api GET "$P/snapshots"
json 'list' . "{\"snapshots\":[$want]}"
api GET "$P/topics/new/snapshots"
json 'the names at the topic' . '{"snapshots":["projects/p1/snapshots/snap"]}'
api PUT "$P/snapshots/snap" '{"subscription":"projects/p1/subscriptions/two"}'
refused 'twice' 409 ALREADY_EXISTS \
	'Resource already exists in the project (resource=snap).'
api PUT "$P/snapshots/ab" '{"subscription":"projects/p1/subscriptions/two"}'
invalid_name 'a bad name' projects/p1/snapshots/ab
api PUT "$P/snapshots/other" '{"subscription":"projects/p1/subscriptions/none"}'
unknown 'of no subscription' none
patch snapshots/snap '"labels":{"c":"d"}' labels
json 'patched' .labels '{"c": "d"}'
patch snapshots/snap '' labels
json 'cleared' .labels null
patch snapshots/snap '' expireTime
refused 'its end is given' 400 INVALID_ARGUMENT "Invalid update_mask provided in the UpdateSnapshotRequest: the 'expire_time' field in the Snapshot is not mutable."
patch snapshots/none '' labels
unknown 'no snapshot' none
api POST "$P/snapshots/snap:setIamPolicy" '{"policy":{"bindings":[{"role":"roles/viewer","members":["allUsers"]}]}}'
ok 'its policy'
api POST "$P/snapshots/snap:testIamPermissions" '{"permissions":["pubsub.snapshots.seek"]}'
json 'what may be done' .permissions '["pubsub.snapshots.seek"]'

# seek
seek() { api POST "$P/subscriptions/$1:seek" "$2"; }
say new x
pull two
ack two "$ack_id"
seek two '{"snapshot":"projects/p1/snapshots/snap"}'
is 'to a snapshot' "$HTTP $BODY" '200 {}'
pull two
pulled 'what came after it' '["x"]'
ack two "$ack_id"
seek two '{"time":"2026-03-09T00:00:00.5Z"}'
is 'to an instant' "$HTTP $BODY" '200 {}'
pull two
pulled 'what came after that' '["x"]'
seek two '{}'
refused 'nowhere' 400 INVALID_ARGUMENT \
	'No target was specified in the SeekRequest. Must specify either a time or a snapshot'
seek two '{"time":"2026-03-09T00:00:00Z","snapshot":"projects/p1/snapshots/snap"}'
is 'both' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
seek two '{"snapshot":"projects/p1/snapshots/none"}'
unknown 'to no snapshot' none
api PUT "$P/topics/elsewhere"
sub far elsewhere
seek far '{"snapshot":"projects/p1/snapshots/snap"}'
refused "to another topic's snapshot" 400 FAILED_PRECONDITION "The subscription's topic projects/p1/topics/elsewhere is different from that of the snapshot projects/p1/topics/new; they must match in order for Seek work. Note that if a topic is deleted and then re-created with the same name, it is considered a distinct topic for these purposes."
api DELETE "$P/subscriptions/far"
seek none '{"time":"2026-03-09T00:00:00Z"}'
unknown 'of no subscription' none
api DELETE "$P/snapshots/snap"
is 'delete' "$HTTP $BODY" '200 {}'
api GET "$P/snapshots/snap"
unknown 'is gone' snap

# detach
api POST "$P/subscriptions/two:detach"
is 'detach' "$HTTP $BODY" '200 {}'
api GET "$P/subscriptions/two"
json 'is shown' '[.topic, .detached]' '["projects/p1/topics/new", true]'
api POST "$P/subscriptions/two:pull" '{"maxMessages":1}'
is 'gives nothing' "$HTTP $(field .error.status)" '400 FAILED_PRECONDITION'
api GET "$P/topics/new/subscriptions"
json 'is no longer of the topic' . '{}'
patch subscriptions/two '"labels":{"z":"z"}' labels
json 'can be labelled' '[.labels, .detached]' '[{"z": "z"}, true]'
api POST "$P/subscriptions/none:detach"
unknown 'none' none
