#!/bin/sh
# SPDX-License-Identifier: MIT
# The ways in which a duplicate or a loss is born, each with the real three
# programs on a virtual clock and the faults that the emulator makes. How many
# jobs, deliveries and acknowledgements are to come of each case stands, with
# the reason, in fixtures/exactly_once/cases.tsv.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"
# shellcheck source=tests/lib_uniquifier.sh
. "$SRCDIR/tests/lib_uniquifier.sh"
export TRAINCTL_PROJECT=p1
HERE=us-central1
NIGHTLY=projects/p1/locations/$HERE/jobs/nightly
CREATE=route=ml.projects.jobs.create
# replica NAME [ARG ...]
replica() {
	replica_name=$1
	shift
	start "$replica_name" train-uniquifier --listen 127.0.0.1:0 \
		--project p1 --allow-unauthenticated --retry-initial 1ms "$@"
}
replica UNIQ --submit-timeout 20s
replica OTHER
job_body train >"$TMP/job.json"
jq '.trainingInput.args = ["--new"]' "$TMP/job.json" >"$TMP/new.json"

# nightly SCHEDULE [OPTION ...]: as people make it, or make it anew
nightly() {
	nightly_schedule=$1
	shift
	trainctl schedule create nightly "$SPEC" --location "$HERE" \
		--schedule "$nightly_schedule" --push-endpoint "$UNIQ_URL/" \
		"$@" >/dev/null || bad "schedule '$nightly_schedule'"
}
# from TIME: a case that begins there, with nothing else around
from() { ctl reset "$1" >/dev/null || bad "reset to $1"; }
at() {
	advance_to "$1"
	json "$name: settled" .settled true
}
push_to() {
	api POST "$P/subscriptions/$1:modifyPushConfig" \
		"{\"pushConfig\":{\"pushEndpoint\":\"$2\"}}"
	ok "$1 to '$2'"
}
# retries N: of a publish that Scheduler is not sure of
retries() {
	api PATCH "/v1/$NIGHTLY?updateMask=retryConfig" \
		"{\"retryConfig\":{\"retryCount\":$1}}"
	ok 'retryConfig'
}
# outcomes WANT: of all that the uniquifiers decided in this case, sorted
outcomes() {
	is "$name: decided" "$(tail -qn "+$((DECIDED_BEFORE + 1))" \
		"$TMP/UNIQ.log" | jq -r 'select(.outcome) | .outcome' |
		sort | tr '\n' ' ')" "$1 "
}

case_ack_lost() {
	nightly '0 2 * * *'
	fault effect=lose-ack resource=nightly-push count=3
	at 2026-03-09T03:00:00Z
	outcomes 'adopted adopted adopted created'
}
# the only case that takes real time: there is no shorter ack deadline
case_ack_late() {
	nightly '0 2 * * *' --ack-deadline 10s
	fault effect=delay delay=11s "$CREATE" count=1
	at 2026-03-09T03:00:00Z
	outcomes 'adopted created'
}
case_tick_twice() {
	nightly '0 2 * * *'
	retries 5
	fault effect=lose-ack resource="$NIGHTLY" count=3
	at 2026-03-09T03:00:00Z
	outcomes 'adopted adopted adopted created'
}
case_tick_late() {
	nightly '0 2 * * *'
	retries 5
	fault effect=lose-ack resource="$NIGHTLY" count=4
	at 2026-03-09T03:00:00Z
}
case_target_again() {
	jq -nc --arg name "$NIGHTLY" --arg uri "$UNIQ_URL/" \
		--arg body "$(b64 "$(job_body train)")" '{
		name: $name, schedule: "0 2 * * *", timeZone: "Etc/UTC",
		retryConfig: {retryCount: 5},
		httpTarget: {uri: $uri, httpMethod: "POST", body: $body}}' \
		>"$TMP/target"
	api POST "$P/locations/$HERE/jobs" "@$TMP/target"
	ok 'an HTTP target'
	fault effect=lose-ack resource="$NIGHTLY" count=2
	at 2026-03-09T03:00:00Z
	outcomes 'adopted adopted created'
	KIND=attempt SENT='(done|failed)'
}
case_reply_lost() {
	nightly '0 2 * * *'
	fault effect=lose-reply "$CREATE" count=1
	at 2026-03-09T03:00:00Z
	outcomes adopted
}
case_reply_never() {
	nightly '0 2 * * *'
	fault effect=lose-reply "$CREATE" count=1
	fault effect=lose-reply route=ml.projects.jobs.get count=4
	at 2026-03-09T03:00:00Z
	outcomes 'adopted later'
}
case_reply_cut() {
	nightly '0 2 * * *'
	fault effect=cut "$CREATE" count=1
	fault effect=cut route=ml.projects.jobs.get count=2
	at 2026-03-09T03:00:00Z
	outcomes adopted
}
case_reply_false() {
	nightly '0 2 * * *'
	fault effect=fail-reply status=503 "$CREATE" count=1
	at 2026-03-09T03:00:00Z
	outcomes adopted
}
case_create_late() {
	replica HASTY --submit-timeout 100ms
	nightly '0 2 * * *'
	push_to nightly-push "$HASTY_URL/"
	fault effect=delay delay=2s "$CREATE" count=2 # it tries twice
	at 2026-03-09T02:00:05Z
	is "$name: given up" "$(jq -r '.outcome // empty' "$TMP/HASTY.log")" later
	stop HASTY
	push_to nightly-push "$UNIQ_URL/"
	at 2026-03-09T03:00:00Z
	outcomes adopted
}
case_look_fails() {
	nightly '0 2 * * *'
	fault effect=lose-reply "$CREATE" count=1
	fault effect=status status=404 route=ml.projects.jobs.get count=2
	at 2026-03-09T03:00:00Z
	outcomes 'adopted later'
}
case_forbidden() {
	nightly '0 2 * * *'
	fault effect=status status=403 "$CREATE" count=3
	at 2026-03-09T03:00:00Z
	outcomes 'created refused refused refused'
}
# Both are stopped when the pushes come, so that neither is done before the
# other has begun.
case_two_replicas() {
	nightly '0 2 * * *'
	sub second nightly
	push_to nightly-push ''
	at 2026-03-09T02:00:30Z
	kill -STOP "$UNIQ_PID" "$OTHER_PID"
	push_to nightly-push "$UNIQ_URL/"
	push_to second "$OTHER_URL/"
	wait_for 'both pushes' under_way 2
	kill -CONT "$UNIQ_PID" "$OTHER_PID"
	at 2026-03-09T03:00:00Z
	told >"$TMP/told"
	is "$name: both were out before one was done" \
		"$(tr '\n' ' ' <"$TMP/told")" 'sent sent acked acked '
}
under_way() {
	api GET /emulator/v1/clock
	[ "$(field .inFlight)" = "$1" ]
}
# The job is there, and its answer would take minutes.
case_replica_dies() {
	replica VICTIM
	nightly '0 2 * * *'
	push_to nightly-push ''
	at 2026-03-09T02:00:30Z
	fault effect=drip bytes=1 pause=1s "$CREATE" count=1
	push_to nightly-push "$VICTIM_URL/"
	wait_for 'the job' jobs_are 1
	stop VICTIM KILL
	push_to nightly-push "$UNIQ_URL/"
	at 2026-03-09T03:00:00Z
	outcomes adopted
}
jobs_are() {
	api GET "$JOBS"
	[ "$(field '.jobs // [] | length')" = "$1" ]
}
case_forced() {
	nightly '0 2 * * *'
	at 2026-03-09T01:59:30Z
	trainctl schedule run nightly --location "$HERE" || bad 'schedule run'
	at 2026-03-09T02:00:30Z
	trainctl trigger nightly --location "$HERE" >/dev/null || bad trigger
	at 2026-03-09T03:00:00Z
}
case_forced_in_minute() {
	nightly '0 2 * * *'
	at 2026-03-09T02:00:30Z
	trainctl schedule run nightly --location "$HERE" || bad 'schedule run'
	at 2026-03-09T03:00:00Z
	outcomes 'adopted created'
}
case_doubled_hour() {
	from 2026-10-31T00:00:00Z
	nightly '30 1 * * *' --time-zone America/New_York
	fault effect=duplicate delay=90m
	at 2026-11-02T00:00:00Z
}
case_skipped_hour() {
	from 2026-03-07T00:00:00Z
	nightly '30 2 * * *' --time-zone America/New_York
	fault effect=duplicate delay=90m
	at 2026-03-10T00:00:00Z
}
case_spec_changed() {
	nightly '0 2 * * *'
	fault effect=lose-ack resource=nightly-push count=1
	at 2026-03-09T02:00:05Z
	SPEC=$TMP/new.json
	nightly '0 2 * * *'
	trainctl schedule run nightly --location "$HERE" || bad 'schedule run'
	at 2026-03-10T03:00:00Z
	outcomes 'adopted created created kept'
	api GET "$JOBS"
	json "$name: each its spec" '[.jobs | sort_by(.jobId)[] |
		.trainingInput.args]' '[null, ["--new"]]'
}
case_outage() {
	nightly '0 * * * *'
	push_to nightly-push http://127.0.0.1:9/
	at 2026-03-10T00:30:00Z
	ids "$name: nothing so far" ''
	push_to nightly-push "$UNIQ_URL/"
	at 2026-03-10T00:45:00Z
}
case_out_of_order() {
	nightly '0 * * * *'
	fault effect=duplicate delay=70m
	at 2026-03-10T00:30:00Z
}
case_all_at_once() {
	nightly '0 * * * *'
	fault effect=lose-ack resource=nightly-push every=2
	fault effect=lose-reply "$CREATE" every=3
	fault effect=status status=503 "$CREATE" every=4
	fault effect=close-before "$CREATE" every=5
	fault effect=status status=429 route=ml.projects.jobs.get every=3
	at 2026-03-10T00:30:00Z
}

# The same where the uniquifiers pull. Their work takes real time and a lease
# virtual time, so this goes on when they have asked for something so often.
# puller NAME SUBSCRIPTION [ARG ...]
puller() {
	: >"$TMP/$1.log"
	puller_name=$1 puller_from=$2
	shift 2
	start "$puller_name" train-uniquifier --project p1 --subscription \
		"$puller_from" --retry-initial 1ms "$@"
}
asked() {
	[ "$(ctl journal | grep -c "\"route\": \"$1\"")" -ge "$2" ]
}
ACKNOWLEDGE=pubsub.projects.subscriptions.acknowledge
LEASE=pubsub.projects.subscriptions.modifyAckDeadline
# told_outcomes NAME ...: of these
told_outcomes() {
	for told_name; do cat "$TMP/$told_name.log"; done |
		jq -r 'select(.outcome) | .outcome' >"$TMP/decided"
}
pulled() {
	pulled_want=$1
	shift
	told_outcomes "$@"
	is "$name: decided" "$(sort "$TMP/decided" | tr '\n' ' ')" \
		"$pulled_want "
}
# lease_over ATTEMPT: the message of that attempt goes to whoever asks for one.
# A lease is 60 s, and what trainctl makes waits 10 s before the second attempt,
# 20 s before the third.
lease_over() { advance $((60 + (5 << $1)))s; }
case_pull_ack_lost() {
	nightly '0 2 * * *'
	push_to nightly-push ''
	fault effect=lose-ack resource=nightly-push count=3
	puller ONE nightly-push
	at 2026-03-09T02:00:00Z
	for n in 1 2 3; do
		wait_for "acknowledgement $n" asked $ACKNOWLEDGE "$n"
		lease_over "$n"
	done
	wait_for 'the one that counts' asked $ACKNOWLEDGE 4
	stop ONE
	pulled 'adopted adopted adopted created' ONE
}
# One sleeps over its lease, with its create on the way; another gets the
# message, and the first acknowledges what is not its own any more.
case_pull_ack_late() {
	nightly '0 2 * * *'
	push_to nightly-push ''
	fault effect=delay delay=1s "$CREATE" count=1
	puller ONE nightly-push --max-in-flight 1
	at 2026-03-09T02:00:00Z
	wait_for 'a lease' asked $LEASE 1
	kill -STOP "$ONE_PID"
	puller TWO nightly-push
	lease_over 1
	wait_for 'the other' asked $ACKNOWLEDGE 1
	kill -CONT "$ONE_PID"
	wait_for 'the late one' asked $ACKNOWLEDGE 2
	stop ONE
	stop TWO
	pulled 'adopted created' ONE TWO
}
case_pull_two_replicas() {
	nightly '0 2 * * *'
	push_to nightly-push ''
	sub second nightly
	fault effect=delay delay=500ms "$CREATE" count=2
	puller ONE nightly-push
	puller TWO second
	at 2026-03-09T02:00:00Z
	wait_for 'both' asked $ACKNOWLEDGE 2
	stop ONE
	stop TWO
	pulled 'adopted created' ONE TWO
	told >"$TMP/told"
	is "$name: both were out before one was done" \
		"$(tr '\n' ' ' <"$TMP/told")" 'sent sent acked acked '
}
# The job is there, and nobody has been told.
case_pull_replica_dies() {
	nightly '0 2 * * *'
	push_to nightly-push ''
	fault effect=close-before delay=1s route=$ACKNOWLEDGE
	puller ONE nightly-push
	at 2026-03-09T02:00:00Z
	wait_for 'the create' has_decided ONE
	stop ONE KILL
	jobs_are 1 || bad "$name: no job"
	ctl fault clear >/dev/null || bad 'fault clear'
	puller TWO nightly-push
	lease_over 1
	wait_for 'the other' asked $ACKNOWLEDGE 1
	stop TWO
	pulled 'adopted created' ONE TWO
}
has_decided() {
	told_outcomes "$1"
	[ -s "$TMP/decided" ]
}

# All that the journal says of deliveries, or of the attempts of an HTTP target:
# an outcome a line.
told() {
	told_from=1 told_next=0
	while [ "$told_from" != "$told_next" ]; do
		api GET "/emulator/v1/journal?from=$told_from&max=1000"
		field ".entries[] | select(.kind == \"$KIND\") | .outcome"
		told_next=$told_from told_from=$(field .next)
	done
}
# The schedule is paused, and what is late comes. After that nothing comes for a
# day, so nothing is left under way.
rest() {
	trainctl schedule pause nightly --location "$HERE" >/dev/null ||
		bad pause
	advance 2h
	advance 1d
	json "$name: a day of rest" '[.settled, .deliveries, .attempts]' \
		'[true, 0, 0]'
}

tab=$(printf '\t')
while IFS=$tab read -r name jobs sent acked why; do
	case $name in '#'*) continue ;; esac
	echo "-- $name: $why"
	from "$START"
	KIND=delivery SENT=sent SPEC=$TMP/job.json
	DECIDED_BEFORE=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
	"case_$name" </dev/null
	rest
	api GET "$JOBS?pageSize=100&fields=jobs(jobId,state)"
	json "$name: jobs, all trained" '[.jobs[].state] |
		[length, unique]' "[$jobs, [\"SUCCEEDED\"]]"
	told >"$TMP/told"
	is "$name: acknowledged" "$(grep -cE '^(acked|done)$' "$TMP/told")" \
		"$acked"
	[ "$sent" = - ] || is "$name: sent" \
		"$(grep -cE "^$SENT\$" "$TMP/told")" "$sent"
done <"$FIXTURES/exactly_once/cases.tsv"
# every case that is here has a row
is 'rows and cases' "$(grep -vc '^#' "$FIXTURES/exactly_once/cases.tsv")" \
	"$(grep -c '^case_' "$0")"
