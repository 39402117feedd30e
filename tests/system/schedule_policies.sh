#!/bin/sh
# SPDX-License-Identifier: MIT
# Policies that trainctl gives one schedule: options become attributes, and the
# uniquifier acts on them, tick by tick.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
# shellcheck source=tests/lib_uniquifier.sh
. "$SRCDIR/tests/lib_uniquifier.sh"
export TRAINCTL_PROJECT=p1 TRAINCTL_LOCATION=us-central1
job_body train >"$TMP/job.json"

# serve NAME OPTION ...: a uniquifier that was told so of all runs
serve_port=0
serve() {
	serve_name=$1
	shift
	start "$serve_name" train-uniquifier --listen "127.0.0.1:$serve_port" \
		--project p1 --allow-unauthenticated --retry-initial 1ms "$@"
}
serve UNIQ --max-late 1h
serve CANCELS --overlap cancel

# begin [FATE ...]: with nothing there, and jobs that take eight minutes
begin() {
	ctl reset "$START" >/dev/null || bad reset
	ctl fate clear >/dev/null || bad 'fate clear'
	ctl fate add "${@:-outcome=success}" queued=1s preparing=1s \
		running=478s >/dev/null || bad fate
}
# create URL SCHEDULE OPTION ...: of runs that are pushed to URL
create() {
	create_url=$1 create_schedule=$2 status=0
	shift 2
	trainctl schedule create nightly "$TMP/job.json" \
		--schedule "$create_schedule" --push-endpoint "$create_url/" \
		"$@" >"$TMP/out" 2>"$TMP/err" || status=$?
	is "create $*" "$status $(cat "$TMP/err")" '0 '
}
# jobs WHAT WANT: the minute of each tick that has a job, and its state
jobs() {
	api GET "$JOBS?pageSize=100"
	is "$1" "$(field '[.jobs[]? | "\(.jobId |
		capture("_20260309_(?<t>[0-9]{4})00(_t[0-9a-f]+)?(?<a>.*)") |
		.t + .a)=\(.state)"] | sort | join(" ")')" "$2"
}
# carries WHAT WANT: the attributes that are no tick's
carries() {
	trainctl schedule describe nightly --format json >"$TMP/out" ||
		bad describe
	is "$1" "$(jq -cS '.job.pubsubTarget.attributes |
		with_entries(select(.key | test("^train-(schedule|time-zone)") |
			not))' "$TMP/out")" "$2"
}

# --- what they become, and what cannot be

create "$UNIQ_URL" '*/5 * * * *' --max-late none --overlap skip \
	--failed retry --max-attempts 2
carries 'all four, as describe shows them' '{"train-failed":"retry",'\
'"train-max-attempts":"2","train-max-late":"none","train-overlap":"skip"}'
create "$UNIQ_URL" '*/5 * * * *' --max-late 90m --dry-run
is 'a dry run says what would be written' \
	"$(sed -n '$s/  */ /gp' "$TMP/out")" 'to patch '\
'projects/p1/locations/us-central1/jobs/nightly pubsubTarget.attributes'
create "$UNIQ_URL" '*/5 * * * *' --max-late 90m --attributes a=b
carries 'those that are given no more are gone' \
	'{"a":"b","train-max-late":"90m"}'
create "$UNIQ_URL" '*/5 * * * *'
carries 'all of them' '{}'
# refused WHY OPTION ...: in the uniquifier's own words
refused() {
	refused_why=$1 status=0
	shift
	trainctl schedule create nightly "$TMP/job.json" --schedule '0 2 * * *' \
		--push-endpoint "$UNIQ_URL/" "$@" >"$TMP/out" 2>"$TMP/err" ||
		status=$?
	is "refused: $*" "$status $(cat "$TMP/out" "$TMP/err")" \
		"2 trainctl: schedule create: $refused_why"
}
for option in max-late=soon max-late= overlap=wait failed=again \
	max-attempts=0 max-attempts=10; do
	words=$("$BUILDDIR/train-uniquifier" "--$option" 2>&1)
	refused "${words#train-uniquifier: }" "--$option"
	refused "--attributes: train-${option%%=*}${words#*--"${option%%=*}"}" \
		--attributes "a=b,train-$option"
done
refused '--attributes: train-key: all ticks would be one run, and only the '\
'first would have a job' --attributes a=b,train-key=x
for name in schedule time-zone schedule-name trigger; do
	refused "--attributes: train-$name is for trainctl to set" \
		--attributes "train-$name=x"
done
for name in overlp '' Key; do
	refused "--attributes: train-uniquifier knows no attribute train-$name" \
		--attributes "train-$name=skip"
done
carries 'nothing was written' '{}'
create "$UNIQ_URL" '*/5 * * * *' \
	--attributes train-job-id=other,train-labels=a=b,trainer=x
carries 'what a schedule may say' \
	'{"train-job-id":"other","train-labels":"a=b","trainer":"x"}'

# --- lateness, by the emulator's clock

# outage: nobody answers from 1:30 to five past four
outage() {
	advance_to 2026-03-09T01:30:00Z
	stop UNIQ
	advance_to 2026-03-09T04:05:00Z
	serve_port=${UNIQ_URL##*:}
	serve UNIQ --max-late 1h
	advance_to 2026-03-09T05:30:00Z
}
begin
create "$UNIQ_URL" '0 * * * *'
outage
jobs 'what is too late for the service' \
	'0100=SUCCEEDED 0400=SUCCEEDED 0500=SUCCEEDED'
begin
create "$UNIQ_URL" '0 * * * *' --max-late none
outage
jobs 'but not for a schedule that may' '0100=SUCCEEDED 0200=SUCCEEDED '\
'0300=SUCCEEDED 0400=SUCCEEDED 0500=SUCCEEDED'
begin
create "$UNIQ_URL" '0 * * * *' --max-late 1s
outage
jobs 'or may less' '0100=SUCCEEDED 0500=SUCCEEDED'

# --- overlap

begin
create "$UNIQ_URL" '*/5 * * * *' --max-late none
advance_to 2026-03-09T00:31:00Z
jobs 'all are let' '0005=SUCCEEDED 0010=SUCCEEDED 0015=SUCCEEDED '\
'0020=SUCCEEDED 0025=RUNNING 0030=RUNNING'
begin
create "$UNIQ_URL" '*/5 * * * *' --max-late none --overlap skip
advance_to 2026-03-09T00:36:00Z
jobs 'skip' '0005=SUCCEEDED 0015=SUCCEEDED 0025=SUCCEEDED 0035=RUNNING'
begin
create "$CANCELS_URL" '*/5 * * * *' --overlap skip
advance_to 2026-03-09T00:11:00Z
jobs 'skip where all others cancel' '0005=RUNNING'
begin
create "$CANCELS_URL" '*/5 * * * *' --overlap cancel
advance_to 2026-03-09T00:16:00Z
jobs 'cancel' '0005=CANCELLED 0010=CANCELLED 0015=RUNNING'
begin
create "$UNIQ_URL" '*/5 * * * *' --max-late none --overlap cancel
advance_to 2026-03-09T00:06:00Z
jobs 'a service that cancels nothing refuses it' ''
has 'and says so' "$(tail -n 1 "$TMP/UNIQ.log" | jq -r .reason)" \
	'train-overlap: this service cancels nothing (--overlap)'

# --- a failed run that is published again within its minute

begin outcome=failure at=queued
create "$UNIQ_URL" '0 2 * * *' --max-late none
# again SECOND: a run by hand, and what comes of it by the second before the next
again() {
	advance_to "2026-03-09T02:00:$1Z"
	trainctl schedule run nightly >/dev/null || bad run
	advance 0s
}
again 20
jobs 'kept where nothing is said' '0200=FAILED'
begin outcome=failure at=queued
create "$UNIQ_URL" '0 2 * * *' --max-late none --failed retry --max-attempts 2
again 20
jobs 'tried again' '0200=FAILED 0200_a2=QUEUED'
again 40
jobs 'twice and no more' '0200=FAILED 0200_a2=FAILED'
