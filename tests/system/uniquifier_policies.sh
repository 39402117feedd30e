#!/bin/sh
# SPDX-License-Identifier: MIT
# What runs may be: how late, beside which others, again after a failure, of
# which images. Each policy with its limit, a redelivery, a kill in the middle,
# and two replicas.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
# shellcheck source=tests/lib_uniquifier.sh
. "$SRCDIR/tests/lib_uniquifier.sh"
# far from the machine's clock: lateness is by the emulator's
START=2026-03-10T00:00:00Z
DAY=$(date -u -d "$START" +%s)
emu_start
PORT_OF_UNIQ=0
# serve OPTION ...: a uniquifier, at the same place each time
serve() {
	start UNIQ train-uniquifier --listen "127.0.0.1:$PORT_OF_UNIQ" \
		--project p1 --allow-unauthenticated --retry-initial 10ms "$@"
	PORT_OF_UNIQ=${UNIQ_URL##*:}
}
serve_again() {
	stop UNIQ
	is 'SIGTERM' "$STOPPED" 0
	serve "$@"
}
clean() { ctl reset "$START" >/dev/null || bad reset; }
# push_body ID SECONDS [ATTRIBUTES] [JOB]: published at that time of the epoch
push_body() {
	jq -nc --arg id "$1" --arg data "$(b64 "${4:-$(job_body train)}")" \
		--arg at "$(date -u -d "@$2" +%Y-%m-%dT%H:%M:%SZ)" \
		--argjson a "${3:-{\}}" '{message: {attributes: $a, data: $data,
			messageId: $id, publishTime: $at}}'
}
push() { call POST "${TO:-$UNIQ_URL}/" "$(push_body "$@")"; }
# outcome WHAT HTTP OUTCOME [REASON]
outcome() {
	is "$1" "$HTTP $(field .outcome)" "$2 $3"
	[ -z "${4-}" ] || has "$1: why" "$(field .reason)" "$4"
}
# states WHAT WANT: what tells the jobs apart, and their states
states() {
	api GET "$JOBS"
	is "$1" "$(field '[.jobs[]? | "\(.jobId | sub("^train_[0-9]+_[0-9]+_"; ""))=\(.state)"]
		| sort | join(" ")')" "$2"
}
# stamp SECONDS: as in ids
stamp() { date -u -d "@$1" +%Y%m%d_%H%M%S; }
# push_both ID SECONDS: to both replicas at once; both settle it
push_both() {
	fault route=ml.projects.jobs.create effect=delay delay=1s
	(TO=$UNIQ2_URL push "$@" && echo "$HTTP" >"$TMP/second") &
	second=$!
	push "$@"
	is 'the one' "$HTTP" 200
	wait "$second"
	is 'the other' "$(cat "$TMP/second")" 200
	clear_faults
}

# ---- what cannot be
# cannot OPTION REASON [FORMAT]: is not started
cannot() {
	"$BUILDDIR/train-uniquifier" --project p1 --allow-unauthenticated \
		--id-format "${3:-x{key\}}" "$1" \
		2>"$TMP/out"
	is "$1" $? 2
	has "$1: why" "$(cat "$TMP/out")" "$2"
}
cannot --max-late=soon 'neither a duration'
cannot --overlap=wait 'not allow, skip or cancel'
cannot --failed=again 'not keep or retry'
cannot --max-attempts=10 'not a number from 1 to 9'
cannot --allow-image= 'an empty pattern'
# 126 bytes and _a3: no room for the base
cannot --failed=retry 'leaves no room' \
	"$(printf 'x%061d{key}' 0)"

# ---- late runs
serve --max-late 1h
now=$DAY
push 1 $((now - 3000))
outcome 'in time' 200 created
push 2 $((now - 3601))
outcome 'past the limit' 200 skipped ' s late, of at most 3600 s'
logged 'is warned of' "$(printf 'INFO created\nWARNING skipped')" \
	'"\(.severity) \(.outcome)"'
push 2 $((now - 3601))
outcome 'and again' 200 skipped
push 10 $((now - 3600))
outcome 'at the limit' 200 created
push 3 $((now - 7200)) '{"train-max-late":"3h"}'
outcome 'the message allows more' 200 created
push 4 $((now - 700)) '{"train-max-late":"10m"}'
outcome 'or less' 200 skipped
push 5 $((now - 700)) '{"train-max-late":"none"}'
outcome 'or all' 200 created
push 6 $((now + 7200))
outcome 'our clock is behind' 200 created
push 7 "$now" '{"train-max-late":"x"}'
outcome 'a limit that is none' 400 refused message.attributes.train-max-late
# by the tick, not by its publishing
tick=$((now - 3660))
push 8 $((tick + 50)) '{"train-schedule":"* * * * *"}'
outcome 'of a tick just over an hour ago' 200 skipped
job_ids
is 'the others ran' "$(echo "$IDS" | wc -w | tr -d ' ')" 5

# ---- images
serve_again --allow-image 'gcr.io/example-project/' --allow-image gcr.io/x/y:1
clean
push 1 "$now"
outcome 'an image that is listed' 200 created
push 2 "$now" '{}' "$(job_body train |
	jq '.trainingInput.masterConfig.imageUri = "gcr.io/x/y:1"')"
outcome 'another one' 200 created
push 3 "$now" '{}' "$(job_body train |
	jq '.trainingInput.masterConfig.imageUri = "gcr.io/x/y:12"')"
outcome 'one that is not' 403 refused \
	"the image 'gcr.io/x/y:12' is not allowed here"
is 'and an error' "$(tail -n 1 "$TMP/UNIQ.log" |
	jq -r '"\(.severity) \(.outcome) \(.httpStatus)"')" 'ERROR refused 403'
push 4 "$now" '{}' "$(job_body train |
	jq '.trainingInput.workerConfig.imageUri = "gcr.io/x/z:1"')"
outcome "of a worker's" 403 refused
push 5 "$now" '{}' '{"jobId":"t","trainingInput":{"packageUris":["gs://b/p"]}}'
outcome 'none at all' 403 refused 'no image'
job_ids
is 'two ran' "$(echo "$IDS" | wc -w | tr -d ' ')" 2

# ---- overlap: skip
serve_again --overlap skip
clean
push 1 $((DAY - 600))
outcome 'the first' 200 created
push 2 $((DAY - 300))
outcome 'the second meets it' 200 skipped '1 is still going'
push 1 $((DAY - 600))
outcome 'the first comes again' 200 adopted
push 3 $((DAY - 200)) '{"train-overlap":"allow"}'
outcome 'one that may' 200 created
push 4 $((DAY - 200)) '{"train-schedule-name":"other"}'
outcome 'another schedule' 200 created
push 5 $((DAY - 200)) '{"train-overlap":"cancel"}'
outcome 'cancelling is for the service to allow' 400 refused train-overlap
advance 1h
push 1 $((DAY - 600))
outcome 'over, and again' 200 adopted
push 2 $((DAY - 300))
outcome 'what was skipped comes again' 200 created
states 'these ran' '1=SUCCEEDED 2=QUEUED 3=SUCCEEDED 4=SUCCEEDED'
# two replicas get one message at once, and neither is in its own way
clean
start UNIQ2 train-uniquifier --listen 127.0.0.1:0 --project p1 \
	--allow-unauthenticated --overlap skip --retry-initial 10ms
push_both 1 $((DAY - 600))
ids 'one job' "train_$(stamp $((DAY - 600)))_1"
# a run of the group is in hand: the next one must wait
clean
fault route=ml.projects.jobs.create effect=delay delay=1s count=1
(push 1 $((DAY - 600)) && echo "$HTTP" >"$TMP/second") &
second=$!
in_hand() { ctl journal | grep -q '"ml.projects.jobs.list"'; }
wait_for 'the first to look' in_hand
push 2 $((DAY - 600))
outcome 'one at a time' 503 later 'another run of its group is in hand'
wait "$second"
is 'the first' "$(cat "$TMP/second")" 200
push 2 $((DAY - 600))
outcome 'then skipped' 200 skipped
# the look is refused, or gets no answer: nothing is created meanwhile
clean
fault route=ml.projects.jobs.list effect=status status=UNAVAILABLE
push 1 $((DAY - 600))
outcome 'no list' 503 later 'looking for runs that are going'
clear_faults
fault route=ml.projects.jobs.get effect=status status=403 count=1
push 1 $((DAY - 600))
outcome 'no look' 403 refused "looking for the run's own job"
clear_faults
ids 'nothing ran' ''
push 1 $((DAY - 600))
outcome 'then it runs' 200 created

# ---- overlap: cancel the previous
serve_again --overlap cancel
clean
push 1 $((DAY - 600))
push 2 $((DAY - 300))
outcome 'the second' 200 created
states 'cancels the first' '1=CANCELLING 2=QUEUED'
push 1 $((DAY - 600))
outcome 'the first comes again' 200 adopted
push 2 $((DAY - 300))
outcome 'and the second' 200 adopted
states 'nothing more is cancelled' '1=CANCELLING 2=QUEUED'
# what comes late has been overtaken, and does not take the place
push 0 $((DAY - 900))
outcome 'overtaken' 200 skipped '2 is a later run, and going'
states 'which goes on' '1=CANCELLING 2=QUEUED'
push 3 $((DAY - 300)) '{"train-overlap":"skip"}'
outcome 'a message may be modest' 200 skipped
# those with keys of their own follow each other by when they were published
clean
push ka $((DAY - 600)) '{"train-key":"ka"}'
push kb $((DAY - 300)) '{"train-key":"kb"}'
outcome 'the newer one' 200 created
push kc $((DAY - 450)) '{"train-key":"kc"}'
outcome 'one that it has overtaken' 200 skipped 'train_kb is a later run'
push kb $((DAY - 100)) '{"train-key":"kb"}'
outcome 'the newer one again' 200 adopted
states 'one goes' 'train_ka=CANCELLING train_kb=QUEUED'

# the cancel has no effect, or no answer
clean
push 1 $((DAY - 600))
fault route=ml.projects.jobs.cancel effect=status status=UNAVAILABLE
push 2 $((DAY - 300))
outcome 'not cancelled, not created' 503 later 'cancelling the previous run'
clear_faults
states 'as before' '1=QUEUED'
fault route=ml.projects.jobs.cancel effect=lose-reply count=1
push 2 $((DAY - 300))
outcome 'the answer is lost' 200 created
states 'both are done' '1=CANCELLING 2=QUEUED'
clear_faults
# killed between the cancel and the create: the redelivery goes on from there
clean
push 1 $((DAY - 600))
LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
fault route=ml.projects.jobs.create effect=close-before delay=2s
(push 2 $((DAY - 300))) 2>/dev/null &
second=$!
cancelled() {
	api GET "$JOBS"
	[ "$(field '.jobs[0].state')" = CANCELLING ]
}
wait_for 'the cancel' cancelled
stop UNIQ KILL
wait "$second"
logged 'it had no answer' '' .outcome
clear_faults
states 'cancelled, and nothing there' '1=CANCELLING'
serve --overlap cancel
push 2 $((DAY - 300))
outcome 'after the kill' 200 created
push 2 $((DAY - 300))
outcome 'and again' 200 adopted
states 'one each' '1=CANCELLING 2=QUEUED'
# killed after the create
push 3 $((DAY - 200))
stop UNIQ KILL
serve --overlap cancel
push 3 $((DAY - 200))
outcome 'its own job is there' 200 adopted
states 'and goes on' '1=CANCELLING 2=CANCELLING 3=QUEUED'
# two replicas
stop UNIQ2
start UNIQ2 train-uniquifier --listen 127.0.0.1:0 --project p1 \
	--allow-unauthenticated --overlap cancel --retry-initial 10ms
clean
push 1 $((DAY - 600))
push_both 2 $((DAY - 300))
states 'one job, one cancelled' '1=CANCELLING 2=QUEUED'

# ---- failed runs
serve_again
clean
ctl fate add outcome=failure >/dev/null || bad fate
push 1 $((DAY - 600))
advance 1h
push 1 $((DAY - 600))
outcome 'kept' 200 adopted 'it has failed, and is not tried again'
serve_again --failed retry
push 1 $((DAY - 600))
outcome 'tried again' 200 created
is 'under a name of its own' "$(field .jobId)" \
	"train_$(stamp $((DAY - 600)))_1_a2"
push 1 $((DAY - 600))
outcome 'never two at once' 200 adopted
is 'of the second attempt' "$(field .jobId)" \
	"train_$(stamp $((DAY - 600)))_1_a2"
advance 1h
# killed in the middle, and the answer lost: still the third
fault route=ml.projects.jobs.create effect=lose-reply after=3 count=1
push 1 $((DAY - 600)) '{"train-failed":"keep"}'
outcome 'a message may keep it' 200 adopted 'is not tried again'
push 1 $((DAY - 600))
outcome 'a third time' 200 adopted
stop UNIQ KILL
serve --failed retry --overlap skip
push 1 $((DAY - 600))
outcome 'found after the kill' 200 adopted
clear_faults
states 'three attempts' '1=FAILED 1_a2=FAILED 1_a3=QUEUED'
advance 1h
push 1 $((DAY - 600))
outcome 'the limit' 200 adopted 'it has failed, and so has every attempt'
states 'three, and no fourth' '1=FAILED 1_a2=FAILED 1_a3=FAILED'
push 2 $((DAY - 600)) '{"train-max-attempts":"4"}'
outcome 'no more than the service allows' 400 refused train-max-attempts
push 2 $((DAY - 600)) '{"train-max-attempts":"1"}'
outcome 'but less' 200 created
advance 1h
push 2 $((DAY - 600)) '{"train-max-attempts":"1"}'
outcome 'is one' 200 adopted 'and so has every attempt'
# failed before anybody could tell that it is there
ctl fate add jobId='train_*_now' outcome=failure queued=0s preparing=0s \
	running=0s >/dev/null || bad fate
fault route=ml.projects.jobs.create effect=lose-reply count=1
push 4 $((DAY - 600)) '{"train-key":"a_now","train-failed":"keep"}'
outcome 'is left so' 200 adopted 'is not tried again'
fault route=ml.projects.jobs.create effect=lose-reply count=1
push 5 $((DAY - 600)) '{"train-key":"b_now"}'
outcome 'or tried at once' 200 created
is 'as the second attempt' "$(field .jobId)" train_b_now_a2
advance 1h
# another attempt is a run like others: skipped while one is going
ctl fate clear >/dev/null || bad fate
push 3 $((DAY - 600))
outcome 'a run that goes' 200 created
push 2 $((DAY - 600))
outcome 'is in the way of an attempt' 200 skipped
# mended: the attempt has the spec of now
advance 1h
push 2 $((DAY - 600)) '{}' "$(job_body train | jq '.trainingInput.args = ["-x"]')"
outcome 'another spec after a failure' 200 created
api GET "$JOBS/train_$(stamp $((DAY - 600)))_2_a2"
json 'is what is tried' .trainingInput.args '["-x"]'

# ---- ids that meet (doc/reliability.md, "What is not promised")
serve_again --failed retry
clean
ctl fate add outcome=failure >/dev/null || bad fate
push 1 $((DAY - 600)) '{"train-key":"k"}' "$(job_body my-model)"
outcome 'a name made legal' 200 created
push 2 $((DAY - 600)) '{"train-key":"k"}' "$(job_body my_model)"
outcome 'is as one that is' 200 adopted
push 3 $((DAY - 600)) '{"train-key":"k_a2"}' "$(job_body my_model)"
outcome 'a key like an attempt' 200 created
advance 1h
push 1 $((DAY - 600)) '{"train-key":"k"}' "$(job_body my-model)"
outcome 'which has no place then' 409 conflict 'not ours'
push 4 $((DAY - 600)) '{"train-key":"eu_1"}' "$(job_body train)"
outcome 'a key that begins as a name ends' 200 created
push 5 $((DAY - 600)) '{"train-key":"1"}' "$(job_body train_eu)"
outcome 'is in the way of that name' 409 conflict 'not ours'
ctl fate clear >/dev/null || bad fate

# ---- dry runs
serve_again --dry-run --overlap cancel --failed retry --max-late 3h
clean
api POST "$JOBS" "$(job_body "train_$(stamp $((DAY - 600)))_9")"
push 1 $((now - 60))
outcome 'what would be created' 503 dry-run 'would create it'
push 1 $((now - 20000))
outcome 'what would be late' 503 dry-run ' s late'
push 9 $((DAY - 600)) '{"train-max-late":"none"}'
outcome 'what would be a conflict' 503 dry-run 'a job that is not ours'
push 1 "$now" '{}' '{}'
outcome 'what can never be' 400 refused
TO=$UNIQ2_URL push 5 $((now - 120))
outcome 'a run' 200 created
push 6 $((now - 60))
outcome 'what would be cancelled' 503 dry-run 'would create it, and first cancel train_'
push 5 $((now - 120))
outcome 'what is there' 503 dry-run 'its job is there'
job_ids
is 'nothing was done' "$(echo "$IDS" | wc -w | tr -d ' ')" 2
api GET "$JOBS"
is 'nor cancelled' "$(field '[.jobs[].state] | unique | join(" ")')" QUEUED

stop UNIQ2

# ---- an emulator whose time cannot be had: none of its runs is judged
rec_start
TRAIN_EMULATOR_HOST=$REC_HOST serve_again --max-late 1h
push 1 "$now"
outcome 'no time' 503 later 'the emulator does not tell its time'
rec_answers 403
push 1 "$now"
outcome 'no answer' 403 refused 'asking the emulator for its time: '
is 'what was asked for' "$(jq -r '"\(.method) \(.path)"' "$REC_FILE" |
	sort | uniq -c | tr -s ' ')" \
	' 2 GET /emulator/v1/clock'

stop UNIQ
is 'SIGTERM' "$STOPPED" 0
