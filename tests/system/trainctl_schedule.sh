#!/bin/sh
# SPDX-License-Identifier: MIT
# trainctl schedule and trigger, from the setting up to ticks that train and to
# taking it down again.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
SPEC=$FIXTURES/jobspec/custom_image.json
export TRAINCTL_PROJECT=p1 TRAINCTL_LOCATION=us-central1
P=projects/p1
JOBS=$P/locations/us-central1/jobs

# run STATUS ARGUMENTS ...: sets OUT and ERR
run() {
	run_want=$1 run_status=0
	shift
	trainctl "$@" >"$TMP/out" 2>"$TMP/err" </dev/null || run_status=$?
	OUT=$(cat "$TMP/out") ERR=$(cat "$TMP/err")
	is "status of: $*" "$run_status" "$run_want"
	[ "$run_status" = "$run_want" ] || echo "$ERR"
}
# fails STATUS MESSAGE ARGUMENTS ...: says why on stderr and nothing else
fails() {
	fails_status=$1 fails_message=$2
	shift 2
	run "$fails_status" "$@"
	is 'nothing on stdout' "$OUT" ''
	has "why: $*" "$ERR" "trainctl: $fails_message"
}
# steps WHAT WANT: the actions and resources of a table
steps() {
	is "$1" "$(sed 1d "$TMP/out" | awk '{print $1, $2}' |
		sed "s|$P/||" | tr '\n' ';')" "$2"
}
# create STATUS [OPTION ...]: the schedule of this test
create() {
	create_want=$1
	shift
	run "$create_want" schedule create nightly "$SPEC" \
		--schedule '30 2 * * *' --time-zone America/New_York \
		--push-endpoint "$UNIQ_URL/" "$@"
}
# state: everything that there is, as text
state() {
	for path in topics subscriptions locations/us-central1/jobs; do
		api GET "/v1/$P/$path"
		printf '%s\n' "$BODY"
	done
}
jobs() {
	api GET "/v1/$P/jobs"
	field '.jobs[]?.jobId'
}

START=2024-03-08T00:00:00Z
emu_start
uniq_start

# --- create

# writes: the requests so far that were not for reading
writes() {
	api GET /emulator/v1/journal
	field '.entries[] | select(.kind == "request") | .route |
		select(test("[.](get|list)$") | not)' | sort
}
create 0 --dry-run
is 'a dry run' "$OUT" "ACTION     RESOURCE                                        DETAIL
to create  projects/p1/topics/nightly                      -
to create  projects/p1/subscriptions/nightly-push          -
to create  projects/p1/locations/us-central1/jobs/nightly  -"
is 'changes nothing' "$(state)" "$(printf '{}\n{}\n{}')"
is 'and writes nothing' "$(writes)" ''

create 0
steps 'create' 'created topics/nightly;created subscriptions/nightly-push;created locations/us-central1/jobs/nightly;'
is 'no more words' "$ERR" ''
api GET "/v1/$P/topics/nightly"
json 'the topic' . "{\"name\": \"$P/topics/nightly\",
	\"labels\": {\"made-by\": \"trainctl\"}}"
api GET "/v1/$P/subscriptions/nightly-push"
json 'the subscription' '[.topic, .pushConfig.pushEndpoint,
	.ackDeadlineSeconds, .labels, .expirationPolicy, .retryPolicy,
	.deadLetterPolicy]' "[\"$P/topics/nightly\", \"$UNIQ_URL/\", 60,
	{\"made-by\": \"trainctl\"}, {},
	{\"minimumBackoff\": \"10s\", \"maximumBackoff\": \"600s\"}, null]"
api GET "/v1/$JOBS/nightly"
json 'the Scheduler job' '[.schedule, .timeZone, .state, .scheduleTime,
	.pubsubTarget.topicName, .pubsubTarget.attributes]' "[\"30 2 * * *\",
	\"America/New_York\", \"ENABLED\", \"2024-03-08T07:30:00Z\",
	\"$P/topics/nightly\", {\"train-schedule\": \"30 2 * * *\",
	\"train-schedule-name\": \"nightly\",
	\"train-time-zone\": \"America/New_York\"}]"
is 'what is published' "$(field .pubsubTarget.data | base64 -d | jq -S .)" \
	"$(jq -S . "$SPEC")"

before=$(state)
create 0
steps 'a second time' 'unchanged topics/nightly;unchanged subscriptions/nightly-push;unchanged locations/us-central1/jobs/nightly;'
jq -S --tab . "$SPEC" >"$TMP/laid_out.json"
run 0 schedule create nightly "$TMP/laid_out.json" --schedule '30 2 * * *' \
	--time-zone America/New_York --push-endpoint "$UNIQ_URL/" --format json
BODY=$OUT
json 'a file that is laid out otherwise' 'map(.action)' \
	'["unchanged", "unchanged", "unchanged"]'
is 'changes nothing' "$(state)" "$before"
is 'and writes nothing' "$(writes)" 'cloudscheduler.projects.locations.jobs.create
pubsub.projects.subscriptions.create
pubsub.projects.topics.create'

# what differs is written, and nothing else
create 0 --service-account sa@p1.iam.gserviceaccount.com --ack-deadline 30s \
	--dead-letter-topic dead --attributes a=b,c=d --dry-run
is 'what a change would be' "$(sed 1d "$TMP/out" | tr -s ' ')" "to create $P/topics/dead -
to create $P/subscriptions/dead-keep -
unchanged $P/topics/nightly -
to patch $P/subscriptions/nightly-push pushConfig,ackDeadlineSeconds,deadLetterPolicy
to patch $JOBS/nightly pubsubTarget.attributes"
is 'a dry run changes nothing' "$(state)" "$before"
create 0 --service-account sa@p1.iam.gserviceaccount.com --ack-deadline 30s \
	--dead-letter-topic dead --attributes a=b,c=d
steps 'a change' 'created topics/dead;created subscriptions/dead-keep;unchanged topics/nightly;patched subscriptions/nightly-push;patched locations/us-central1/jobs/nightly;'
api GET "/v1/$P/subscriptions/nightly-push"
json 'OIDC, deadline, dead letters' '[.pushConfig, .ackDeadlineSeconds,
	.deadLetterPolicy]' "[{\"pushEndpoint\": \"$UNIQ_URL/\",
	\"oidcToken\": {\"serviceAccountEmail\": \"sa@p1.iam.gserviceaccount.com\",
	\"audience\": \"$UNIQ_URL/\"}}, 30, {\"deadLetterTopic\":
	\"$P/topics/dead\", \"maxDeliveryAttempts\": 5}]"
api GET "/v1/$P/subscriptions/dead-keep"
json 'dead letters are kept' '[.topic, .expirationPolicy]' \
	"[\"$P/topics/dead\", {}]"
create 0
steps 'and back' 'unchanged topics/nightly;patched subscriptions/nightly-push;patched locations/us-central1/jobs/nightly;'
api GET "/v1/$P/subscriptions/nightly-push"
json 'no more OIDC, no dead letters' \
	'[.pushConfig, .ackDeadlineSeconds, .deadLetterPolicy]' \
	"[{\"pushEndpoint\": \"$UNIQ_URL/\"}, 60, null]"
is 'as it was' "$(state | grep -v userUpdateTime |
	jq -s '.[2].jobs[0].pubsubTarget')" \
	"$(printf '%s' "$before" | grep -v userUpdateTime |
		jq -s '.[2].jobs[0].pubsubTarget')"

# --- list and describe

api POST "/v1/$JOBS" "@$FIXTURES/scheduler/pubsub.json"
other=$(field .name)
run 0 schedule list
is 'list' "$OUT" 'NAME     SCHEDULE    TIME_ZONE         STATE    NEXT                  LAST
nightly  30 2 * * *  America/New_York  ENABLED  2024-03-08T07:30:00Z  -'
run 0 schedule list --all --format 'value(id)'
is 'those of others' "$OUT" "$(printf 'nightly\n%s' "${other##*/}" | sort)"
run 0 schedule describe nightly --format json
BODY=$OUT
json 'describe' '[.job.name, .topic.name, (.subscriptions | map(.name))]' \
	"[\"$JOBS/nightly\", \"$P/topics/nightly\",
	[\"$P/subscriptions/nightly-push\"]]"
run 0 schedule describe nightly
has 'describe as a tree' "$OUT" '  schedule: 30 2 * * *'

# --- ticks, pause, resume, run, trigger

advance_to 2024-03-09T00:00:00Z
# 8 digits of the name's sha256sum
is 'a tick is a job' "$(jobs)" train_daily_20240308_073000_t2a3b62b5
run 0 schedule pause nightly
is 'pause says nothing' "$OUT$ERR" ''
run 0 schedule pause nightly --format 'value(state)'
is 'it is so already' "$OUT" PAUSED
advance 3d
is 'no tick while paused' "$(jobs | wc -l | tr -d ' ')" 1
run 0 schedule run nightly
advance 0s
is 'a run by hand' "$(jobs | wc -l | tr -d ' ')" 2
run 0 schedule resume nightly --format 'value(state,scheduleTime)'
is 'resumed' "$OUT" "$(printf 'ENABLED\t2024-03-12T06:30:00Z')"
run 0 schedule resume nightly

run 0 trigger nightly --format json
BODY=$OUT
id=$(field .jobId)
has 'the id has the mark of a manual run' "$id" train_daily_manual_
advance 0s
has 'and that is the job' "$(jobs)" "$id"
run 0 trigger nightly --key once --format 'value(jobId,key)'
is 'a key of our own' "$OUT" "$(printf 'train_daily_once\tonce')"
run 0 trigger nightly --key once
advance 0s
is 'twice is once' "$(jobs | grep -c once)" 1
run 0 trigger --topic nightly --job-id by-file "$SPEC" --format 'value(jobId,topic)'
has 'from a file' "$OUT" "$(printf '\tprojects/p1/topics/nightly')"
advance 0s
has 'the job of it' "$(jobs)" "${OUT%%	*}"
# attributes say what ids begin with, of ticks and of runs by hand
create 0 --attributes train-job-id=re-named
run 0 trigger nightly --key one --format 'value(jobId)'
is 'an id that begins otherwise' "$OUT" re_named_one
run 0 trigger nightly --key two --job-id mine --format 'value(jobId)'
is 'and as the option says' "$OUT" mine_two
advance 0s
has 'the job of the first' "$(jobs)" re_named_one
has 'of the second' "$(jobs)" mine_two
create 0
# what goes over the wire
api PUT "/v1/$P/subscriptions/look" "{\"topic\":\"$P/topics/nightly\"}"
run 0 trigger nightly --key seen
api POST "/v1/$P/subscriptions/look:pull" '{"maxMessages":10}'
json 'marked, and of no tick' '[.receivedMessages[].message.attributes]' \
	'[{"train-key": "seen", "train-trigger": "manual"}]'
api DELETE "/v1/$P/subscriptions/look"

# --- what is refused

fails 1 "schedule describe none: there is no schedule $JOBS/none" \
	schedule describe none
fails 1 'schedule delete none: there is no schedule' schedule delete none
fails 1 'trigger none: there is no schedule' trigger none
fails 1 'trigger ' trigger --topic nosuch "$SPEC"
fails 1 "schedule delete ${other##*/}: not made by trainctl: use --force" \
	schedule delete "${other##*/}"
fails 1 "schedule create ${other##*/}: $other is there, was not made by trainctl, and differs in" \
	schedule create "${other##*/}" "$SPEC" --schedule '0 2 * * *' \
	--push-endpoint "$UNIQ_URL/"
api GET "/v1/$P/topics/${other##*/}"
is 'and nothing of it was made' "$HTTP" 404
fails 1 "schedule create other: $P/subscriptions/nightly-push belongs to the topic $P/topics/nightly" \
	schedule create other "$SPEC" --schedule '0 2 * * *' \
	--push-endpoint "$UNIQ_URL/" --subscription nightly-push
api POST "/v1/$P/subscriptions/nightly-push:detach"
fails 1 "schedule create nightly: $P/subscriptions/nightly-push is detached from its topic, for good: delete it" \
	schedule create nightly "$SPEC" --schedule '0 2 * * *' \
	--push-endpoint "$UNIQ_URL/"
api DELETE "/v1/$P/subscriptions/nightly-push"
create 0
steps 'made again' 'unchanged topics/nightly;created subscriptions/nightly-push;unchanged locations/us-central1/jobs/nightly;'
fails 2 'schedule: a verb is missing' schedule
fails 2 "schedule: unknown verb 'frob'" schedule frob
fails 2 "schedule create: the job's FILE is missing" schedule create nightly
fails 2 'schedule create nightly: --schedule is missing' \
	schedule create nightly "$SPEC"
fails 2 'schedule create nightly: --push-endpoint is missing' \
	schedule create nightly "$SPEC" --schedule '0 2 * * *'
# refused STATUS MESSAGE OPTION ...: on an otherwise good line
refused_option() {
	refused_status=$1 refused_message=$2
	shift 2
	fails "$refused_status" "schedule create$refused_message" \
		schedule create x-1 "$SPEC" --schedule '0 2 * * *' \
		--push-endpoint http://localhost:1/ "$@"
}
refused_option 2 " x-1: --schedule '0 0 30 2 *': " --schedule '0 0 30 2 *'
refused_option 2 " x-1: --schedule '0 2 * * *': 'EST' is not" --time-zone EST
refused_option 2 " x-1: --push-endpoint 'x' is not" --push-endpoint x
refused_option 2 ' x-1: --audience belongs to --service-account' --audience a
refused_option 2 ' x-1: --max-delivery-attempts is from 5' \
	--max-delivery-attempts 4
refused_option 2 ": --max-delivery-attempts: '101' is not" \
	--max-delivery-attempts 101
refused_option 2 ' x-1: an ack deadline is from 10s' --ack-deadline 9s
refused_option 2 ' x-1: an ack deadline is from 10s' --ack-deadline 601s
refused_option 2 ' x-1: a backoff is at most' --min-backoff 20s --max-backoff 10s
refused_option 2 " x-1: 'go' cannot name a topic" --topic go
refused_option 2 " x-1: the dead letter topic cannot be" --dead-letter-topic x-1
refused_option 2 ": --attributes: 'a' is not KEY=VALUE" --attributes a
refused_option 2 ": --topic: is empty" --topic ''
refused_option 1 " x-1: jobId '9' does not begin with a letter" --job-id 9
refused_option 2 " x-1: 'a/b' is not a location" --location a/b
TRAINCTL_LOCATION='' refused_option 2 ' x-1: no location: use --location'
fails 2 "schedule create a/b: 'a/b' cannot be a schedule's name" \
	schedule create a/b "$SPEC" --schedule '0 2 * * *' \
	--push-endpoint http://localhost:1/
fails 2 "trigger: the schedule's NAME is missing" trigger
fails 2 "trigger: the job's FILE is missing" trigger --topic t

# --- delete

run 0 schedule delete nightly --dry-run --all
steps 'what would go' 'to delete;to delete;to delete;'
before=$(state)
api POST "/v1/$JOBS" "{\"name\":\"$JOBS/user\",\"schedule\":\"0 0 1 1 *\",
	\"pubsubTarget\":{\"topicName\":\"$P/topics/nightly\",\"data\":\"Z28=\"}}"
run 0 schedule delete nightly --topic --dry-run
is 'what others use is kept' "$(sed 1d "$TMP/out" | tr -s ' ')" "kept $P/subscriptions/nightly-push used by $JOBS/user
kept $P/topics/nightly used by $JOBS/user
to delete $JOBS/nightly -"
api DELETE "/v1/$JOBS/user"
is 'dry runs change nothing' "$(state)" "$before"

run 0 schedule delete nightly
steps 'the Scheduler job alone' 'deleted locations/us-central1/jobs/nightly;'
api GET "/v1/$P/topics/nightly"
is 'the topic stays' "$HTTP" 200
create 0 --dead-letter-topic dead
steps 'made again' 'unchanged topics/dead;unchanged subscriptions/dead-keep;unchanged topics/nightly;patched subscriptions/nightly-push;created locations/us-central1/jobs/nightly;'
api PUT "/v1/$P/subscriptions/mine" "{\"topic\":\"$P/topics/nightly\"}"
run 0 schedule create second "$SPEC" --schedule '0 3 * * *' \
	--push-endpoint "$UNIQ_URL/" --dead-letter-topic dead
run 0 schedule delete nightly --all
is 'all of it, but for what others made or use' \
	"$(sed 1d "$TMP/out" | tr -s ' ')" "kept $P/subscriptions/dead-keep used by $P/subscriptions/second-push
kept $P/topics/dead used by $P/subscriptions/second-push
kept $P/subscriptions/mine not made by trainctl
deleted $P/subscriptions/nightly-push -
kept $P/topics/nightly used by $P/subscriptions/mine
deleted $JOBS/nightly -"
run 0 schedule delete second --all --format 'value(action,resource)'
is 'all of it' "$OUT" "$(printf 'deleted\t%s\n' \
	"$P/subscriptions/dead-keep" "$P/topics/dead" \
	"$P/subscriptions/second-push" "$P/topics/second" "$JOBS/second")"
api GET "/v1/$P/subscriptions"
json 'what is left' '[.subscriptions[].name]' "[\"$P/subscriptions/mine\"]"
run 0 schedule delete "${other##*/}" --force
steps 'by force' "deleted ${other#"$P"/};"

# --- a service that refuses, and none at all

rec_start
rec_answers 403
echo '{"error":{"code":403,"message":"Not you.","status":"PERMISSION_DENIED"}}' \
	>"$REC_FILE.body"
fails 1 'schedule list: Not you.' \
	schedule list --endpoint "scheduler=$REC_URL"
fails 1 "schedule create night: $P/topics/night: Not you." \
	schedule create night "$SPEC" --schedule '0 2 * * *' \
	--push-endpoint "$UNIQ_URL/" --endpoint "pubsub=$REC_URL"
call_at 1
json 'where and as whom' '[.method, .path, .headers["user-agent"][:9]]' \
	"[\"GET\", \"/v1/$JOBS\", \"trainctl/\"]"
is 'looked, and gave up' "$(calls)" 2
api GET "/v1/$JOBS/night"
is 'nothing was made' "$HTTP" 404
# what was done before a failure is told
rec_answers 404
run 1 schedule create night "$SPEC" --schedule '0 2 * * *' \
	--push-endpoint "$UNIQ_URL/" --endpoint "scheduler=$REC_URL"
steps 'as far as it came' 'created topics/night;created subscriptions/night-push;'
has 'and why no further' "$ERR" \
	"trainctl: schedule create night: $JOBS/night: Not you."
run 0 schedule create night "$SPEC" --schedule '0 2 * * *' \
	--push-endpoint "$UNIQ_URL/"
steps 'the rest of it' 'unchanged topics/night;unchanged subscriptions/night-push;created locations/us-central1/jobs/night;'

unset TRAIN_EMULATOR_HOST
fails 2 'schedule list: no credentials for https://pubsub.googleapis.com' \
	schedule list
fails 2 'trigger x.json: no credentials for https://pubsub.googleapis.com' \
	trigger --topic t x.json
