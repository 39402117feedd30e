#!/bin/sh
# SPDX-License-Identifier: MIT
# The two stories, told and checked, with the real three programs over real
# sockets on a virtual clock: a week passes in a few seconds. Run by `make demo`
# and, as a test, by `make check`.
: "${SRCDIR:=$(cd "$(dirname "$0")/.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need curl jq

tell() { printf '%s\n' "$*"; }
chapter() { printf '\n== %s\n' "$*"; }

jobs_path=/v1/projects/p1/jobs
sched_path=/v1/projects/p1/locations/us-central1/jobs
export TRAINCTL_PROJECT=p1

count_jobs() {
	trainctl --format json list | jq 'length'
}

chapter "(a) Cloud Scheduler posts straight to the jobs API"
emu_start
tell "An emulator stands in for Google at $EMU_URL."
tell "Its clock stands at $(ctl clock | jq -r .now)."
api POST "$sched_path" "@$FIXTURES/scheduler/direct.json"
is "a Scheduler job posts the same training job every night at 02:00" \
	"$HTTP" 200

tell "... the first night passes"
ctl advance 1d >"$TMP/night"
is "the first tick creates the training job" \
	"$(jq -r .jobsCreated "$TMP/night")" 1
tell "... the second night passes"
ctl advance 1d >"$TMP/night"
is "the second tick came" "$(jq -r .ticks "$TMP/night")" 1
is "and created nothing" "$(jq -r .jobsCreated "$TMP/night")" 0
api GET "$sched_path/train-direct"
why=$(field .status.message)
has "Scheduler notes the refusal" "$why" "HTTP 409"
has "in Google's words" "$why" \
	"Field: job.job_id Error: A job with this id already exists."
call POST "$EMU_URL$jobs_path" "@$FIXTURES/jobspec/custom_image.json"
tell "The whole answer, as Google gives it (HTTP $HTTP):"
tell "$BODY" | sed 's/^/    /'
is "one job after two nights: a run was lost" "$(count_jobs)" 1
stop EMU
is "the emulator stops cleanly" "$STOPPED" 0

chapter "(b) Scheduler -> Pub/Sub -> uniquifier -> jobs API"
emu_start
uniq_start
tell "The uniquifier takes pushes at $UNIQ_URL/."
api PUT /v1/projects/p1/topics/train '{}'
is "a topic" "$HTTP" 200
api PUT /v1/projects/p1/subscriptions/train-push \
	"{\"topic\":\"projects/p1/topics/train\",
	\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\"}}"
is "a push subscription to the uniquifier" "$HTTP" 200
api POST "$sched_path" "@$FIXTURES/scheduler/pubsub.json"
is "a Scheduler job publishes every night at 02:00 in Zurich" "$HTTP" 200

ctl lose-acks 1 >/dev/null
tell "... one acknowledgement will get lost, so one message comes twice"
tell "... a week passes"
ctl advance 7d >"$TMP/week"
is "seven ticks" "$(jq -r .ticks "$TMP/week")" 7
is "eight deliveries: seven messages, one of them twice" \
	"$(jq -r .deliveries "$TMP/week")" 8
is "all seven messages acknowledged" \
	"$(jq -r .deliveriesAcked "$TMP/week")" 7
trainctl --format json list >"$TMP/jobs"
is "seven jobs, not eight" "$(jq length "$TMP/jobs")" 7
is "seven distinct ids" \
	"$(jq -r '.[].jobId' "$TMP/jobs" | sort -u | wc -l | tr -d ' ')" 7
is "each at 02:00 in Zurich, 01:00 UTC in March" \
	"$(jq -r '.[].createTime[11:]' "$TMP/jobs" | sort -u)" 01:00:00Z
is "every one SUCCEEDED" \
	"$(jq -r '.[].state' "$TMP/jobs" | sort -u)" SUCCEEDED
is "the uniquifier saw the redelivery as its own job" \
	"$(grep -c '"outcome":"adopted"' "$TMP/UNIQ.log")" 1

tell
trainctl list
stop UNIQ
is "the uniquifier stops cleanly" "$STOPPED" 0
stop EMU

tell
if [ "$failed" = 0 ]; then
	tell "Both stories hold: two nights, one job and a 409 without the" \
		"uniquifier;"
	tell "a week, seven jobs, nothing lost and nothing twice with it."
else
	tell "The stories do NOT hold; see the lines with FAIL."
fi
