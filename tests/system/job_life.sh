#!/bin/sh
# SPDX-License-Identifier: MIT
# Jobs whose life is not the usual one: fates by the admin surface, by ctl and by
# --fates, time limits, tuning jobs, and what they show of it, on the virtual
# clock. Facts: ml-jobs.md sections 2, 4, 7, 9 and 12.
# shellcheck source=tests/lib.sh
. "${SRCDIR:-.}/tests/lib.sh"
need curl jq

JOBS=/v1/projects/p1/jobs
create() { api POST $JOBS "$(job_body "$1")"; }
# with_input ID MEMBERS: a job with further members of its trainingInput.
with_input() {
	api POST $JOBS "$(job_body "$1" | jq -c ".trainingInput += {$2}")"
	ok "create $1"
}
# state WHAT ID WANT
state() {
	api GET "$JOBS/$2"
	is "$1" "$(field .state)" "$3"
}

cat >"$TMP/fates.json" <<'END'
{"fates":[{"jobId":"slow_*","running":"2h"},
 {"label":"kind=bad","outcome":"failure","exitCode":"9","count":1}]}
END
emu_start --fates "$TMP/fates.json" --strict-cancel

# 1: rules of a file, and what is left of them
api GET /emulator/v1/fates
json 'rules of the file' . "$(cat "$TMP/fates.json")"
create slow_1
api POST $JOBS "$(job_body bad | jq -c '.labels = {kind:"bad"}')"
advance 405s
state 'a slow job goes on' slow_1 RUNNING
state 'a bad one has failed' bad FAILED
has 'with its exit status' "$(field .errorMessage)" \
	'The replica master 0 exited with a non-zero status of 9. '
json 'and has consumed' .trainingOutput '{"consumedMLUnits":0.06}'
api GET /emulator/v1/fates
json 'the used one is gone' '[.fates[].jobId]' '["slow_*"]'
advance 115m
state 'a slow job ends' slow_1 SUCCEEDED

# 2: ctl
ctl fate add jobId=stuck outcome=stuck jobPosition=4 >"$TMP/out" || bad 'fate add'
ctl fate add 'image=gcr.io/*' outcome=quota count=1 >"$TMP/out" || bad 'fate add'
BODY=$(ctl fate list)
json 'the order of rules' '[.fates[].outcome]' '[null,"stuck","quota"]'
for words in 'add outcome' 'add colour=red' 'list all' 'clear all' 'drop' ''; do
	# shellcheck disable=SC2086
	if ctl fate $words >"$TMP/out" 2>"$TMP/err"; then
		bad "ctl fate $words: no failure"
	fi
done
api POST /emulator/v1/fates '{"outcome":"failed"}'
refused 'a rule that is none' 400 INVALID_ARGUMENT \
	"outcome cannot be 'failed'"

# 3: no quota, in the words of the facts; once
api POST $JOBS "$(job_body gpus | jq -c '.trainingInput += {
	scaleTier:"CUSTOM", masterType:"n1-standard-8"} |
	.trainingInput.masterConfig.acceleratorConfig =
	{count:"2", type:"NVIDIA_TESLA_K80"}')"
asked='The request for 2 K80 accelerators exceeds the allowed maximum of 0 A100, 0 K80, 0 P100, 0 P4, 0 T4, 0 TPU_V2, 0 TPU_V2_POD, 0 TPU_V3, 0 TPU_V3_POD, 0 V100 accelerators.'
refused 'no quota' 429 RESOURCE_EXHAUSTED \
	"Quota failure for project p1. $asked To read more about Cloud ML Engine quota, see https://cloud.google.com/ml-engine/quotas."
json 'and its detail' .error.details \
	"[{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"subject\":\"p1\",\"description\":\"$asked\"}]}]"
create gpus
ok 'the next one passes'

# 4: a place in the queue, and the longest wait
with_input stuck 'scheduling:{maxWaitTime:"3600s"}'
json 'a place in the queue' .jobPosition '"4"'
advance 3599s
state 'within its maxWaitTime' stuck QUEUED
advance 1s
state 'at its maxWaitTime' stuck CANCELLING
advance 5s
state 'and after it' stuck CANCELLED
has 'the reason' "$(field .errorMessage)" 'maxWaitTime of 3600s'
json 'it never began' '[has("startTime"), has("endTime"), has("jobPosition")]' \
	'[false,true,false]'
ctl fate clear >/dev/null || bad 'fate clear'
api GET /emulator/v1/fates
json 'cleared' . '{"fates":[]}'

# 5: the longest run
with_input long 'scheduling:{maxRunningTime:"100s"}'
advance 204s
state 'within its maxRunningTime' long RUNNING
advance 1s
state 'at its maxRunningTime' long CANCELLING
advance 5s
state 'and after it' long CANCELLED
has 'the reason' "$(field .errorMessage)" 'maxRunningTime of 100s'
api POST "$JOBS/long:cancel" '{}'
is 'a strict cancel' "$HTTP $(field .error.status)" '400 FAILED_PRECONDITION'

# 6: trials
with_input tuning 'hyperparameters:{goal:"MINIMIZE", maxTrials:6,
	maxParallelTrials:3, hyperparameterMetricTag:"loss", params:[
	{parameterName:"lr", type:"DOUBLE", minValue:0.001, maxValue:0.1,
	 scaleType:"UNIT_LOG_SCALE"},
	{parameterName:"opt", type:"CATEGORICAL", categoricalValues:["a","b"]}]}'
json 'a tuning job' .trainingOutput \
	'{"isHyperparameterTuningJob":true,"hyperparameterMetricTag":"loss"}'
advance 255s
api GET "$JOBS/tuning"
json 'after one round' '.trainingOutput |
	[.completedTrialCount, ([.trials[].state] | sort)]' \
	'["3",["RUNNING","RUNNING","RUNNING","SUCCEEDED","SUCCEEDED","SUCCEEDED"]]'
advance 150s
state 'a tuning job ends' tuning SUCCEEDED
json 'best first' '.trainingOutput.trials | [.[].finalMetric.objectiveValue] |
	. == sort' true
json 'values are strings' '[.trainingOutput.trials[].hyperparameters[] | type] |
	unique' '["string"]'
first=$BODY
api GET "$JOBS?pageSize=1"
is 'a list shows the same' "$(field '.jobs[0].trainingOutput')" \
	"$(printf '%s' "$first" | jq -r .trainingOutput)"

# 7: a reset brings the file's rules back
api POST /emulator/v1/state:reset '{}'
api GET /emulator/v1/fates
json 'after a reset' . "$(cat "$TMP/fates.json")"
stop EMU
is 'stopped' "$STOPPED" 0

# 8: rules and fates survive a restart
emu_start --data "$TMP/state"
ctl fate add outcome=failure count=2 >/dev/null || bad 'fate add'
create early
stop EMU
emu_start --data "$TMP/state"
create late
create last
advance 405s
state 'before the restart' early FAILED
state 'after it' late FAILED
state 'the count goes on' last SUCCEEDED
stop EMU

# 9: files that are none
echo '{"fates":[{"at":"queued"}]}' >"$TMP/bad.json"
if "$BUILDDIR/train-emulator" --fates "$TMP/bad.json" >"$TMP/out" 2>"$TMP/err"; then
	bad 'a bad file of fates was taken'
fi
has 'what is wrong with it' "$(cat "$TMP/err")" \
	'fates[0]: at goes with the outcome failure or stuck'
