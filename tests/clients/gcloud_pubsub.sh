#!/bin/sh
# SPDX-License-Identifier: MIT
# The `gcloud pubsub` commands that are on record, run for real. Those of a
# wave do not need each other.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need gcloud curl jq

emu_start
# shellcheck source=tests/clients/gcloud.sh
. "$SRCDIR/tests/clients/gcloud.sh"
P=/v1/projects/p1
show() { api GET "$P/$1"; }

g topic pubsub topics create mytopic --labels=a=b \
	--message-retention-duration=10m
g dlt pubsub topics create dlt
g cross pubsub topics create far --project=other-project
g nope pubsub topics describe nope
g nosuch pubsub subscriptions pull nosuch
g gone pubsub topics delete nosuch
done_with topic dlt cross
for name in nope nosuch gone; do
	refused $name
	has "$name: why" "$(err $name)" 'Resource not found (resource=no'
done

g full pubsub subscriptions create fullsub --topic=mytopic --ack-deadline=60 \
	--labels=l=1 --retain-acked-messages --message-retention-duration=2h \
	--enable-message-ordering --enable-exactly-once-delivery \
	'--message-filter=attributes.k="v"' --dead-letter-topic=dlt \
	--max-delivery-attempts=7 --min-retry-delay=5s --max-retry-delay=60s \
	--expiration-period=2d
g never pubsub subscriptions create neversub --topic=mytopic \
	--expiration-period=never
g pull pubsub subscriptions create pullsub --topic=mytopic
g auth pubsub subscriptions create pushauth --topic=mytopic \
	--push-endpoint=https://127.0.0.1:9/push \
	--push-auth-service-account=sa@p1.iam.gserviceaccount.com \
	--push-auth-token-audience=aud
g bare pubsub subscriptions create pushnw --topic=mytopic \
	--push-endpoint=https://127.0.0.1:9/push --push-no-wrapper
g far pubsub subscriptions create cross --topic=far \
	--topic-project=other-project
g bad pubsub subscriptions create bad2 --topic=mytopic --ack-deadline=700
g page pubsub topics list --limit=1 --page-size=1 '--format=value(name)'
g all pubsub topics list
g describe pubsub topics describe mytopic --format=json
done_with full never pull auth bare far page all describe
refused bad
has 'a long deadline' "$(err bad)" 'Invalid ack deadline given (ack_deadline=700)'
is 'one topic' "$(out page)" projects/p1/topics/dlt
is 'all topics' "$(grep '^name: ' "$TMP/all.out")" 'name: projects/p1/topics/dlt
name: projects/p1/topics/mytopic'
is 'a topic' "$(jq -c .labels "$TMP/describe.out")" '{"a":"b"}'
show subscriptions/fullsub
json 'every option' . '{"name": "projects/p1/subscriptions/fullsub",
	"topic": "projects/p1/topics/mytopic", "pushConfig": {},
	"ackDeadlineSeconds": 60, "retainAckedMessages": true,
	"messageRetentionDuration": "7200s", "labels": {"l": "1"},
	"enableMessageOrdering": true, "expirationPolicy": {"ttl": "172800s"},
	"filter": "attributes.k=\"v\"",
	"deadLetterPolicy": {"deadLetterTopic": "projects/p1/topics/dlt",
		"maxDeliveryAttempts": 7},
	"retryPolicy": {"minimumBackoff": "5s", "maximumBackoff": "60s"},
	"enableExactlyOnceDelivery": true, "state": "ACTIVE",
	"topicMessageRetentionDuration": "600s"}'
show subscriptions/neversub
json 'never' .expirationPolicy '{}'
show subscriptions/pushnw
json 'no wrapper' .pushConfig \
	'{"pushEndpoint": "https://127.0.0.1:9/push", "noWrapper": {}}'

g publish pubsub topics publish mytopic --attribute=only=attr
g update pubsub topics update mytopic --message-retention-duration=20m
g labels pubsub topics update dlt --update-labels=x=y
g subs pubsub topics list-subscriptions mytopic
g list pubsub subscriptions list '--format=value(name)'
g policy pubsub topics get-iam-policy dlt
g sub pubsub subscriptions describe neversub
done_with publish update labels subs list policy sub
show topics/mytopic
json 'updated' '[.labels, .messageRetentionDuration]' '[{"a": "b"}, "1200s"]'
show topics/dlt
json 'labelled' .labels '{"x": "y"}'
has 'the names' "$(out subs)" projects/p1/subscriptions/fullsub

g taken pubsub subscriptions pull pullsub --format=json
g auto pubsub subscriptions pull neversub --auto-ack --limit=5 \
	'--format=value(message.attributes.only)'
done_with taken auto
is 'pulled' "$(out auto)" attr
ack_id=$(jq -r '.[0].ackId' "$TMP/taken.out")
g extend pubsub subscriptions modify-message-ack-deadline pullsub \
	"--ack-ids=$ack_id" --ack-deadline=120
g snap pubsub snapshots create snap1 --subscription=neversub
g message pubsub topics publish mytopic --message=m2
done_with extend snap message

g table pubsub subscriptions pull pullsub
g ack pubsub subscriptions ack pullsub "--ack-ids=$ack_id"
g snaps pubsub snapshots list '--format=value(name)'
g seek pubsub subscriptions seek neversub --snapshot=snap1
g time pubsub subscriptions seek fullsub --time=2020-01-01T00:00:00Z
g dead pubsub subscriptions update fullsub --clear-dead-letter-policy
done_with table ack snaps seek time dead
has 'pulled, as a table' "$(out table)" '│ m2 '
is 'snapshots' "$(out snaps)" projects/p1/snapshots/snap1

g push pubsub subscriptions modify-push-config pullsub \
	--push-endpoint=http://127.0.0.1:9/new
g drop pubsub snapshots delete snap1
g retry pubsub subscriptions update neversub --min-retry-delay=1s \
	--max-retry-delay=2s
g once pubsub subscriptions update fullsub \
	--no-enable-exactly-once-delivery --message-retention-duration=1h
g other pubsub subscriptions update cross --update-labels=q=w
done_with push drop retry once other
show subscriptions/pullsub
json 'pushes' .pushConfig.pushEndpoint '"http://127.0.0.1:9/new"'
show subscriptions/neversub
json 'a retry policy' .retryPolicy \
	'{"minimumBackoff": "1s", "maximumBackoff": "2s"}'
show subscriptions/fullsub
json 'cleared and set' '[.deadLetterPolicy, .messageRetentionDuration,
	.enableExactlyOnceDelivery // false]' '[null, "3600s", false]'
show subscriptions/cross
json 'labels of a subscription' .labels '{"q": "w"}'

g nopush pubsub subscriptions modify-push-config pullsub --push-endpoint=
g noretry pubsub subscriptions update neversub --clear-retry-policy
g detach pubsub topics detach-subscription fullsub
g delete pubsub subscriptions delete pushauth pushnw cross
g unknown pubsub subscriptions delete nosuch
done_with nopush noretry detach delete
refused unknown
show subscriptions/pullsub
json 'pulls again' .pushConfig '{}'
show subscriptions/fullsub
json 'detached' .detached true
show subscriptions/neversub
json 'no retry policy' .retryPolicy null

g pushed pubsub subscriptions update pullsub \
	--push-endpoint=http://127.0.0.1:9/upd
done_with pushed
show subscriptions
json 'what is left' '[.subscriptions[] | [(.name | ltrimstr("projects/p1/subscriptions/")), .pushConfig.pushEndpoint]]' \
	'[["fullsub", null], ["neversub", null], ["pullsub", "http://127.0.0.1:9/upd"]]'
