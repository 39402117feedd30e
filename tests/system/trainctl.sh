#!/bin/sh
# SPDX-License-Identifier: MIT
# Every subcommand of trainctl against the emulator: output, exit status, the
# form of errors; --help and --version of the three programs.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
SPEC=$FIXTURES/jobspec/custom_image.json

# run WANTED_STATUS ARGUMENTS ...: sets OUT and ERR
run() {
	run_want=$1 run_status=0
	shift
	trainctl "$@" >"$TMP/out" 2>"$TMP/err" </dev/null || run_status=$?
	is "status of: $*" "$run_status" "$run_want"
	OUT=$(cat "$TMP/out") ERR=$(cat "$TMP/err")
}
# fails STATUS MESSAGE ARGUMENTS ...: nothing on stdout, "trainctl ..." on stderr
fails() {
	fails_status=$1 fails_message=$2
	shift 2
	run "$fails_status" "$@"
	is 'nothing on stdout' "$OUT" ''
	has "why: $*" "$ERR" "$fails_message"
	case $ERR in
	"trainctl: "*) ;;
	*) bad "the error's form: $ERR" ;;
	esac
}

# without an emulator
fails 2 'no project: use --project, or set TRAINCTL_PROJECT' list
fails 2 'no credentials for https://ml.googleapis.com: set TRAIN_EMULATOR_HOST' \
	list --project p1
TRAIN_EMULATOR_HOST=http://x/y fails 2 \
	"TRAIN_EMULATOR_HOST: 'http://x/y' is not HOST:PORT" list --project p1
TRAIN_EMULATOR_HOST=localhost fails 2 \
	"TRAIN_EMULATOR_HOST: 'localhost' is not HOST:PORT" list --project p1

emu_start --job-life queued=10s,preparing=20s,running=300s,cancelling=5s
export TRAINCTL_PROJECT=p1
run 0 list
is 'an empty table' "$OUT" 'JOB_ID  STATE  CREATED  STARTED  ENDED'
run 0 list --format json
is 'an empty list' "$OUT" '[]'

# submit
run 0 submit "$SPEC"
is 'the id' "$OUT" train_daily
is 'no more words' "$ERR" ''
fails 1 'submit train_daily: Field: job.job_id Error: A job with this id already exists.' \
	submit "$SPEC"
run 0 submit --job-id second --labels k=v,team=own --format=json "$SPEC"
BODY=$OUT
json 'JSON of a submit' '[.jobId, .state, .labels]' \
	'["second", "QUEUED", {"team": "own", "k": "v"}]'
job_body third | trainctl submit - >"$TMP/out" || bad 'a spec on stdin'
is 'its id' "$(cat "$TMP/out")" third
for spec in package distributed; do
	run 0 submit "$FIXTURES/jobspec/$spec.json"
done
fails 1 "jobId 'train-daily' is not legal" submit --job-id train-daily "$SPEC"
fails 1 'No such file' submit "$TMP/none.json"
echo '{"jobId":' >"$TMP/cut.json"
fails 1 'cut.json' submit "$TMP/cut.json"
job_body x | jq 'del(.jobId)' >"$TMP/noid.json"
fails 1 'the spec has no jobId' submit "$TMP/noid.json"
job_body x | jq '.trainingInput.region = "moon-east1"' >"$TMP/moon.json"
fails 1 "The provided GCE region 'moon-east1' is not available" \
	submit "$TMP/moon.json"

# describe and list
run 0 describe train_daily
has 'describe' "$OUT" 'jobId: train_daily'
has 'describe: nested' "$OUT" '  masterType: n1-standard-8'
run 0 describe --format json train_daily
api GET /v1/projects/p1/jobs/train_daily
json 'JSON is what the service says' . "$OUT"
fails 1 'describe none: Field: name Error: The specified job could not be found.' \
	describe none
run 0 list
is 'a table' "$OUT" 'JOB_ID          STATE   CREATED               STARTED  ENDED
distributed_ps  QUEUED  2026-03-09T00:00:00Z  -        -
census_package  QUEUED  2026-03-09T00:00:00Z  -        -
third           QUEUED  2026-03-09T00:00:00Z  -        -
second          QUEUED  2026-03-09T00:00:00Z  -        -
train_daily     QUEUED  2026-03-09T00:00:00Z  -        -'
run 0 list --limit 2 --format json
BODY=$OUT
json 'the newest two' 'length' 2
run 0 list --filter 'jobId:*d* AND state:QUEUED' --format json
BODY=$OUT
json 'those that a filter lets pass' 'map(.jobId)' \
	'["distributed_ps", "third", "second", "train_daily"]'
fails 1 'Field: filter Error: unknown field' list --filter nosuch:1
fails 2 "'0' is not from 1 to 100000" list --limit 0
# more than a page of 100, each once
n=0
while [ $n -lt 101 ]; do
	api POST /v1/projects/many/jobs "$(job_body j$n)"
	n=$((n + 1))
done
run 0 list --project many --format json
BODY=$OUT
json 'pages are put together' '[length, (map(.jobId) | unique | length)]' \
	'[101, 101]'

# cancel
run 0 cancel third
is 'says nothing' "$OUT$ERR" ''
api GET /v1/projects/p1/jobs/third
is 'cancelled' "$(field .state)" CANCELLING
run 0 cancel --format json third
is 'JSON of a cancel' "$OUT" '{}'
fails 1 'cancel none: Field: name Error:' cancel none

# wait: the clock is moved while it looks; what it says of states is the sign
: >"$TMP/states" # it is looked at before trainctl may have been started
trainctl wait --poll-interval 10ms train_daily >"$TMP/wait" 2>"$TMP/states" &
waiter=$!
for step in '10s QUEUED' '20s PREPARING' '300s RUNNING'; do
	wait_for "${step#* }" grep -q "train_daily ${step#* }" "$TMP/states"
	ctl advance "${step% *}" >/dev/null || bad 'advance'
done
status=0
wait "$waiter" || status=$?
is 'wait of a job that succeeds' "$status" 0
has 'prints it' "$(cat "$TMP/wait")" \
	'train_daily  SUCCEEDED  2026-03-09T00:00:00Z  2026-03-09T00:00:30Z  2026-03-09T00:05:30Z'
is 'and its states' "$(cat "$TMP/states")" 'train_daily QUEUED
train_daily PREPARING
train_daily RUNNING
train_daily SUCCEEDED'
run 0 wait --format json train_daily
BODY=$OUT
json 'JSON of a wait' '[.jobId, .state]' '["train_daily", "SUCCEEDED"]'
run 1 wait third
has 'wait of a cancelled job' "$ERR" \
	'trainctl: wait third: the job ended CANCELLED'
has 'prints it all the same' "$OUT" ' CANCELLED '
run 0 submit --job-id slow "$SPEC"
run 1 wait --timeout 20ms --poll-interval 5ms slow
has 'the time is up' "$ERR" \
	'trainctl: wait slow: still QUEUED when the time was up'
fails 1 'wait none: Field: name Error:' wait none
run 1 submit --wait --timeout 10ms --job-id slower "$SPEC"
is 'the id comes before the wait' "$OUT" slower

# usage
fails 2 "the job's ID is missing" describe
fails 2 "unexpected argument 'b'" describe a b
fails 2 "describe a/b: jobId 'a/b' is not legal" describe a/b
fails 2 "cancel x-y: jobId 'x-y' is not legal" cancel x-y
fails 2 "wait 1x: jobId '1x' is not legal" wait 1x
fails 2 'a command is missing' --project p1
fails 2 "unknown command 'frobnicate'" frobnicate
fails 2 "'xml' is not table or json" list --format xml
fails 2 bogus list --bogus
fails 2 "'P 1' is not the id of a project" list --project 'P 1'
fails 2 'is not an http or https base URL' --endpoint ml=ftp://x list
fails 2 "unknown service in 'aux=http://x'" --endpoint aux=http://x list
fails 2 'timeout' wait --timeout soon x

# where the project comes from: the option, then these in order
unset TRAINCTL_PROJECT
for name in TRAINCTL_PROJECT GOOGLE_CLOUD_PROJECT CLOUDSDK_CORE_PROJECT; do
	BODY=$(env "$name=many" "$BUILDDIR/trainctl" list --limit 1 --format json)
	json "$name" length 1
done
BODY=$(TRAINCTL_PROJECT=p9 GOOGLE_CLOUD_PROJECT=many trainctl list --format json)
json 'the first one wins' length 0
BODY=$(TRAINCTL_PROJECT=p9 trainctl --project many list --limit 1 --format json)
json 'the option wins' length 1

# help and version
for line in trainctl train-uniquifier train-emulator 'train-emulator ctl' \
	'trainctl submit' 'trainctl describe' 'trainctl list' \
	'trainctl update' 'trainctl cancel' 'trainctl wait' 'trainctl logs' \
	'trainctl plan' 'trainctl schedule' 'trainctl schedule create' \
	'trainctl schedule list' 'trainctl schedule describe' \
	'trainctl schedule pause' 'trainctl schedule resume' \
	'trainctl schedule run' 'trainctl schedule delete' \
	'trainctl trigger'; do
	for option in --help --version; do
		# shellcheck disable=SC2086
		"$BUILDDIR"/$line $option >"$TMP/out" 2>"$TMP/err" ||
			bad "$line $option: status $?"
		[ -s "$TMP/out" ] || bad "$line $option says nothing"
		[ ! -s "$TMP/err" ] || bad "$line $option writes to stderr"
	done
	# shellcheck disable=SC2086
	has "$line --help" "$("$BUILDDIR"/$line --help | head -n 1)" \
		"${line%% *}"
done
