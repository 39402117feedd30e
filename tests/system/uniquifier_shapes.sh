#!/bin/sh
# SPDX-License-Identifier: MIT
# Every shape in which a message can come, from the emulator's own pushes where
# it makes them: each is one job, however often it comes. Numbers in comments are
# sections of the facts about the services.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq gzip
emu_start
uniq_start --max-body 100000
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"
# shellcheck source=tests/lib_uniquifier.sh
. "$SRCDIR/tests/lib_uniquifier.sh"

# message BASE [ATTRIBUTES]: what is published
message() {
	jq -nc --arg data "$(b64 "$(job_body "$1")")" --argjson a "${2:-{\}}" \
		'{messages: [{data: $data, attributes: $a}]}'
}
# pushed NAME MODE SHAPE [PATH]: a subscription in that mode, whose first
# acknowledgement gets lost
pushed() {
	api PUT "$P/topics/$1"
	sub "$1" "$1" "\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/${4-}\",$2}"
	ok "$1"
	ctl lose-acks 1 >/dev/null || bad lose-acks
	publish "$1" "$(message "$1")"
	ok "$1: published"
	ID=$(field '.messageIds[0]')
	advance 2m
	logged "$1" "$(printf 'created %s message\nadopted %s message' "$3" "$3")"
	ids "$1: one job" "$1_$(stamp)_$ID"
	api GET "$JOBS/$1_$(stamp)_$ID"
	is "$1: labelled" "$(field .labels.train_key)" "$ID"
	ctl reset "$START" >/dev/null || bad reset
}
stamp() { date -u -d "$START" +%Y%m%d_%H%M%S; }

# pubsub.md 8.1, 8.2; function-events.md 2
pushed wrapped '"pubsubWrapper":{}' wrapped
pushed bare '"noWrapper":{"writeMetadata":true}' bare
pushed event '"pubsubWrapper":{}' event \
	'?__GCP_CloudEventsMode=CE_PUBSUB_BINDING'

# a key of the caller's in each shape: it travels as an attribute or a header
for mode in '"pubsubWrapper":{}' '"noWrapper":{"writeMetadata":true}'; do
	api PUT "$P/topics/own"
	sub own own "\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\",$mode}"
	publish own "$(message own '{"train-key":"run_7","other":"x"}')"
	publish own "$(message own '{"train-key":"run_7","train-job-id":"own"}')"
	advance 0s
	logged "own key with $mode" "$(printf 'created own\nadopted own')" \
		'"\(.outcome) \(.keyFrom)"'
	ids 'one job' own_run_7
	ctl reset "$START" >/dev/null || bad reset
done

# without metadata nothing tells a redelivery: refused, and not acknowledged
api PUT "$P/topics/nameless"
sub nameless nameless "\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\",
	\"noWrapper\":{\"writeMetadata\":false}}"
publish nameless "$(message nameless)"
advance 0s
logged 'no metadata' 'ERROR refused bare 400' \
	'"\(.severity) \(.outcome) \(.shape) \(.httpStatus)"'
has 'and why' "$(tail -n 1 "$TMP/UNIQ.log")" 'noWrapper.writeMetadata'
ids 'no job' ''
ctl reset "$START" >/dev/null || bad reset

# scheduler.md 5: an HTTP target; the attempt that is made again (its answer was
# lost) has the headers of the first
jq -nc --arg uri "$UNIQ_URL/" --arg body "$(b64 "$(job_body direct)")" '{
	name: "projects/p1/locations/us-central1/jobs/direct",
	schedule: "0 2 * * *", timeZone: "Etc/UTC",
	httpTarget: {uri: $uri, httpMethod: "POST", body: $body}}' >"$TMP/direct"
api POST "$P/locations/us-central1/jobs" "@$TMP/direct"
ok 'an HTTP target'
advance 1d
call POST "$UNIQ_URL/" "$(job_body direct)" \
	-H 'X-CloudScheduler: true' -H 'X-CloudScheduler-JobName: direct' \
	-H 'X-CloudScheduler-ScheduleTime: 2026-03-08T19:00:00-07:00'
is 'its attempt again' "$HTTP $(field .outcome)" '200 adopted'
advance 1d
logged 'a target' "$(printf 'created scheduler message\nadopted scheduler message\ncreated scheduler message')"
job_ids
is 'a job a tick' "$(echo "$IDS" | sed 's/_[0-9a-f]\{32\}//g')" \
	'direct_20260309_020000 direct_20260310_020000'
api POST "$P/locations/us-central1/jobs/direct:run" '{}'
advance 0s
logged 'forced' 'created scheduler message'
ctl reset "$START" >/dev/null || bad reset

# function-events.md 1 and 2: what functions get, and a body in gzip
job_body hand >"$TMP/job"
jq -nc --arg data "$(b64 "$(job_body hand)")" '{message: {data: $data,
	messageId: "7001", publishTime: "2026-03-09T02:00:03.5Z"},
	subscription: "projects/p1/subscriptions/s"}' >"$TMP/wrapped"
jq -c '{specversion: "1.0", id: "7001", source: "//pubsub.googleapis.com/t",
	type: "google.cloud.pubsub.topic.v1.messagePublished", data: .}' \
	"$TMP/wrapped" >"$TMP/structured"
jq -c '{context: {eventId: "7001", timestamp: .message.publishTime,
	eventType: "google.pubsub.topic.publish", resource: {name: "t"}},
	data: {attributes: null, data: .message.data}}' \
	"$TMP/wrapped" >"$TMP/background"
jq -c '.context + {data}' "$TMP/background" >"$TMP/flat"
gzip -nc "$TMP/wrapped" >"$TMP/gzip"
head -c 100001 /dev/zero | tr '\0' ' ' | gzip -nc >"$TMP/bomb"
# post FILE [curl option ...]: with no other headers than these
post() {
	post_file=$1
	shift
	HTTP=$(curl -sS -m 60 -o "$TMP/answer" -w '%{http_code}' \
		--data-binary "@$TMP/$post_file" -H 'Content-Type:' "$@" \
		"$UNIQ_URL/") || HTTP=000
	BODY=$(cat "$TMP/answer")
}
want=created
# by_hand SHAPE FILE [curl option ...]
by_hand() {
	hand_shape=$1 hand_file=$2
	shift 2
	post "$hand_file" "$@"
	is "$hand_file" "$HTTP $(field '"\(.outcome) \(.jobId)"')" \
		"200 $want hand_20260309_020003_7001"
	logged "$hand_file" "$want $hand_shape message"
	want=adopted
}
by_hand wrapped wrapped
by_hand event structured -H 'Content-Type: application/cloudevents+json'
by_hand background background
by_hand background flat
by_hand wrapped gzip -H 'Content-Encoding: gzip'
# with the rest of the message in headers
gzip -nc "$TMP/job" >"$TMP/bare_gzip"
by_hand bare bare_gzip -H 'Content-Encoding: x-gzip' \
	-H 'x-goog-pubsub-subscription-name: projects/p1/subscriptions/s' \
	-H 'x-goog-pubsub-message-id: 7001' \
	-H 'x-goog-pubsub-publish-time: 2026-03-09T02:00:03.5Z'
jq -c 'del(.message.messageId, .message.publishTime)' "$TMP/wrapped" |
	gzip -nc >"$TMP/binary_gzip"
by_hand event binary_gzip -H 'Content-Encoding: GZIP' -H 'ce-id: 7001' \
	-H 'Content-Type: application/json' -H 'ce-specversion: 1.0' \
	-H 'ce-source: //pubsub.googleapis.com/t' \
	-H 'ce-time: 2026-03-09T02:00:03.5Z' \
	-H 'ce-type: google.cloud.pubsub.topic.v1.messagePublished'
ids 'one message in all shapes is one job' hand_20260309_020003_7001

# not_taken HTTP REASON FILE [curl option ...]
not_taken() {
	taken_http=$1 taken_reason=$2
	shift 2
	post "$@"
	is "not taken: $taken_reason" "$HTTP $(field .outcome)" \
		"$taken_http refused"
	has 'and why' "$(field .reason)" "$taken_reason"
}
not_taken 415 "content encoding 'br' is not known" wrapped \
	-H 'Content-Encoding: br'
not_taken 400 'not gzip, or damaged' wrapped -H 'Content-Encoding: gzip'
not_taken 413 'over 100000 bytes when inflated' bomb \
	-H 'Content-Encoding: gzip'
not_taken 400 'a batch of CloudEvents is not taken' structured \
	-H 'Content-Type: application/cloudevents-batch+json'
i=0
set --
while [ "$i" -le 64 ]; do
	set -- "$@" -H "train-x$i: v"
	i=$((i + 1))
done
not_taken 400 'over 64 headers of a message' wrapped "$@"
ids 'no other job' hand_20260309_020003_7001

# what the attributes say goes before the job, in a body as in headers
jq -c '.message.messageId = "7002" | .message.attributes =
	{"train-job-id": "other", "train-labels": "team=b,run=x"}' \
	"$TMP/wrapped" >"$TMP/renamed"
post renamed
is 'another name' "$HTTP $(field '"\(.outcome) \(.jobId)"')" \
	'200 created other_20260309_020003_7002'
post job -H 'x-goog-pubsub-subscription-name: projects/p1/subscriptions/s' \
	-H 'x-goog-pubsub-message-id: 7002' -H 'train-job-id: other' \
	-H 'x-goog-pubsub-publish-time: 2026-03-09T02:00:03.5Z' \
	-H 'train-labels: team=b,run=x'
is 'the same in headers' "$HTTP $(field '"\(.outcome) \(.jobId)"')" \
	'200 adopted other_20260309_020003_7002'
api GET "$JOBS/other_20260309_020003_7002"
json 'and its labels' '.labels | [.team, .run, .train_key]' \
	'["b", "x", "7002"]'
jq -c '.message.attributes."train-labels" = "Team=b"' "$TMP/renamed" \
	>"$TMP/mislabelled"
not_taken 400 "message.attributes.train-labels: label key 'Team'" mislabelled
stop UNIQ
is 'SIGTERM' "$STOPPED" 0
