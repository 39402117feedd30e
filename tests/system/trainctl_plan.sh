#!/bin/sh
# SPDX-License-Identifier: MIT
# trainctl plan: what it prints, that the ticks are those of the emulator, that
# the ids are those of the uniquifier, and what is refused. Asks no service.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq

# plan ARGUMENTS ...: sets OUT and ERR
plan() {
	trainctl plan "$@" >"$TMP/out" 2>"$TMP/err" || bad "plan $*: status $?"
	OUT=$(cat "$TMP/out") ERR=$(cat "$TMP/err")
}
# fails MESSAGE ARGUMENTS ...
fails() {
	fails_why=$1 status=0
	shift
	trainctl plan "$@" >"$TMP/out" 2>"$TMP/err" || status=$?
	is "status of: plan $*" "$status $(cat "$TMP/out")" '2 '
	has "why: plan $*" "$(cat "$TMP/err")" "trainctl: plan$fails_why"
}

plan --time-zone America/New_York --from 2024-03-09T12:00:00Z --count 2 \
	--job-id train-daily '30 2 * * *'
is 'a table' "$OUT" 'LOCAL                      UTC                   JOB_ID                             NOTE
2024-03-11T02:30:00-04:00  2024-03-11T06:30:00Z  train_daily_20240311_063000_{key}  skipped by the clocks: 02:30 on 2024-03-10
2024-03-12T02:30:00-04:00  2024-03-12T06:30:00Z  train_daily_20240312_063000_{key}  -'
is 'what cannot be known' "$ERR" "trainctl: plan: {key} is the message's id, which is known when it is published
trainctl: plan: the time in an id is that of publishing, seconds after the tick
trainctl: plan: give the --name of a schedule that schedule create made for the ids as they will be"
plan --time-zone America/New_York --from 2024-11-02T12:00:00Z -n 2 \
	'every day 01:30' --format json
BODY=$OUT
json 'JSON' . '[{"local": "2024-11-03T01:30:00-04:00",
	"utc": "2024-11-03T05:30:00Z", "note": "first pass of 01:30"},
	{"local": "2024-11-03T01:30:00-05:00",
	"utc": "2024-11-03T06:30:00Z", "note": "second pass of 01:30"}]'
is 'nothing to add' "$ERR" ''
plan --from "$START" --format 'value(utc)' 'every 12 hours' -n 2
is 'by value' "$OUT" '2026-03-09T12:00:00Z
2026-03-10T00:00:00Z'
has 'a schedule that counts' "$ERR" 'counts from its last run'
# 8 digits of the name's sha256sum
plan --from "$START" -n 1 --name nightly --format 'value(jobId)' '0 2 * * *'
is 'an id that is known' "$OUT$ERR" nightly_20260309_020000_t2a3b62b5
plan --from "$START" -n 1 --name nightly --job-id a-b --id-format '{base}_{unix}' \
	--format 'value(jobId)' '0 2 * * *'
is 'in another form' "$OUT$ERR" "a_b_$(date -u -d 2026-03-09T02:00:00Z +%s)"
plan --from "$START" -n 1 --name half --format 'value(jobId)' 'every 12 hours'
is 'a schedule that counts names no tick' "$OUT" 'half_20260309_120000_{key}'
plan '* * * * *' --format 'value(utc)'
is 'ten, from now on' "$(wc -l <"$TMP/out" | tr -d ' ')" 10

fails " 0 0 30 2 *: day of month" '0 0 30 2 *'
fails " 0 2 * *:" '0 2 * *'
fails " every day: " 'every day'
fails " 0 2 * * *: 'EST' is not an IANA time zone name" \
	'0 2 * * *' --time-zone EST
fails ": --from: 'soon' is not" '0 2 * * *' --from soon
fails ": --count: '0' is not from 1 to 10000" '0 2 * * *' --count 0
fails ": --count: '10001' is not from 1 to 10000" '0 2 * * *' --count 10001
fails ": --id-format: id format '-'" '0 2 * * *' --id-format -
fails ": --id-format: id format 'x_{base}' gives all runs one id" '0 2 * * *' \
	--id-format 'x_{base}'
fails " 0 2 * * *: '9 lives'" '0 2 * * *' --name '9 lives'
fails ': the SCHEDULE is missing'
fails ": unexpected argument '2'" 0 2

# the plan of a week in which clocks change, and what then comes to pass
START=2024-03-08T00:00:00Z
emu_start
uniq_start
export TRAINCTL_PROJECT=p1
api PUT /v1/projects/p1/topics/train
api PUT /v1/projects/p1/subscriptions/push "{
	\"topic\":\"projects/p1/topics/train\",
	\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\"}}"
ok 'subscription'
jq '.schedule = "30 2 * * *" | .timeZone = "America/New_York"' \
	"$FIXTURES/scheduler/pubsub.json" >"$TMP/job.json"
api POST /v1/projects/p1/locations/us-central1/jobs "@$TMP/job.json"
ok 'schedule'
base=$(jq -r .pubsubTarget.data "$TMP/job.json" | base64 -d | jq -r .jobId)
advance 7d
plan --time-zone America/New_York --from "$START" -n 6 --job-id "$base" \
	'30 2 * * *' --format 'value(jobId)'
api GET /v1/projects/p1/jobs
is 'the ids to come, but for their keys' \
	"$(field '.jobs[].jobId' | sed 's/_[0-9]*$/_{key}/' | sort)" \
	"$(sort "$TMP/out")"

# the same of a schedule that trainctl made: its ids are known before. At the end
# of this week an hour comes twice.
trainctl schedule create daily "$FIXTURES/jobspec/custom_image.json" \
	--location us-central1 --schedule '30 1,2 * * *' \
	--time-zone America/New_York --push-endpoint "$UNIQ_URL/" >/dev/null ||
	bad 'schedule create'
trainctl schedule pause daily --location us-central1
api DELETE /v1/projects/p1/locations/us-central1/jobs/train-nightly
ok 'only one schedule'
advance_to 2024-10-31T00:00:00Z
trainctl schedule resume daily --location us-central1
advance_to 2024-11-05T00:00:00Z
plan --time-zone America/New_York --from 2024-10-31T00:00:00Z -n 11 \
	--name daily --job-id "$base" --format 'value(jobId)' '30 1,2 * * *'
is 'the ids to come' "$(trainctl list --format 'value(jobId)' | sort)" \
	"$(sort "$TMP/out")"
is 'of ticks' "$(jq -r 'select(.keyFrom == "tick") | .outcome' \
	"$TMP/UNIQ.log" | sort | uniq -c | tr -s ' ')" ' 11 created'
