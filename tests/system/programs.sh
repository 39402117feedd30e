#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that run for jobs (--run): what they are told, what comes of their
# end, and that none is left, whatever happens to them or to the emulator. The
# numbers in comments are sections of the facts about the service (ml-jobs.md).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq setsid timeout
JOBS=/v1/projects/p1/jobs
TRAINER=$FIXTURES/run/trainer.sh
IMAGES=gcr.io/example-project
mkfifo "$TMP/out.fifo"

# For the image example-project/HOW the trainer runs in that way.
# The first entry that matches counts.
programs_start() {
	emu_start --run "$IMAGES/missing=/no/such/trainer" \
		--run "$IMAGES/[a-z]*:[0-9]=sh '$TRAINER' record '$TMP/out'" \
		--run "$IMAGES/fail=sh '$TRAINER' fail '$TMP/out'" \
		--run "$IMAGES/stay=sh '$TRAINER' stay '$TMP/out'" \
		--run "$IMAGES/stubborn=sh '$TRAINER' stubborn '$TMP/out'" \
		--run "$IMAGES/s*=false" "$@"
}

# create ID IMAGE [jq filter on the job]
create() {
	api POST "$JOBS" "$(job_body "$1" | jq \
		".trainingInput.masterConfig.imageUri = \"$IMAGES/$2\" | ${3:-.}")"
	ok "create $1"
}
# ends ID STATE
ends() {
	api GET "$JOBS/$1"
	is "$1 ends" "$(field .state)" "$2"
}
# words_of ID LINES: its errorMessage (12) holds the lines
words_of() {
	json "why $1 failed" '.errorMessage | split("To find out more")[0]' "$2"
}
# On the real clock, where a job runs as soon as it is there.
real_start() {
	programs_start --clock real \
		--job-life queued=0s,preparing=0s,cancelling=0s "$@"
}
# stays ID IMAGE: creates a job whose program stays, and waits until it says so.
# Descriptor 8 is the other end of its FIFO.
stays() {
	create "$1" "$2"
	exec 8<"$TMP/out.fifo"
	read -r said <&8
	is "$1 runs" "$said" stays
}
# shellcheck disable=SC2317 # by wait_for
in_state() {
	api GET "$JOBS/$1"
	[ "$(field .state)" = "$2" ]
}
# shellcheck disable=SC2317 # by wait_for
closed() {
	api GET "$JOBS" 2>/dev/null
	[ "$HTTP" = 000 ]
}
# All that had the FIFO open have ended.
all_gone() {
	if timeout 30 cat <&8; then
		echo "ok: $1"
	else
		bad "$1: something is left"
	fi
	exec 8<&-
}

# 6: the environment; 5: args as they are, and --job-dir after them
programs_start
create told train:1 ".trainingInput += {args: [\"--lr\", \"0.1\",
	\"\$(touch $TMP/bad)\", \"; touch $TMP/bad\", \"a b\", \"\"],
	jobDir: \"gs://bucket/dir\"}"
advance 105s
ends told SUCCEEDED
is 'the arguments' "$(cat "$TMP/out.args")" "[--lr]
[0.1]
[\$(touch $TMP/bad)]
[; touch $TMP/bad]
[a b]
[]
[--job-dir]
[gs://bucket/dir]"
[ ! -e "$TMP/bad" ] || bad 'an argument was executed'
is 'where it starts' "$(cat "$TMP/out.pwd")" "$(pwd -P)"
variable() { sed -n "s/^$1=//p" "$TMP/out.env"; }
is 'CLOUD_ML_JOB_ID' "$(variable CLOUD_ML_JOB_ID)" told
is 'CLOUD_ML_PROJECT_ID' "$(variable CLOUD_ML_PROJECT_ID)" p1
is 'no trial' "$(grep -c CLOUD_ML_TRIAL_ID "$TMP/out.env")" 0
is 'PATH is ours' "$(variable PATH)" "$PATH"
BODY=$(variable TF_CONFIG)
json 'TF_CONFIG' 'del(.job)' '{"cluster": {"master": ["127.0.0.1:2222"]},
	"environment": "cloud", "task": {"type": "master", "index": 0}}'
json 'its job' '.job | fromjson | [.region, .job_dir, .master_config]' \
	"[\"us-central1\", \"gs://bucket/dir\",
	{\"image_uri\": \"$IMAGES/train:1\"}]"
is 'CLOUD_ML_JOB is that' "$(variable CLOUD_ML_JOB)" "$(field .job)"
is 'CLUSTER_SPEC' "$(variable CLUSTER_SPEC)" "$BODY"
# 12: what it prints
api POST /v2/entries:list '{"resourceNames": ["projects/p1"], "filter":
	"resource.labels.job_id=\"told\" AND resource.labels.task_name=\"master-replica-0\""}'
ok 'its log'
json 'its lines' '[.entries[] | select(.jsonPayload.message |
		test("epoch|GPU")) | [.severity, .jsonPayload.message]] | sort' \
	'[["ERROR", "GPU not found"], ["INFO", "epoch 1: loss 0.5"]]'
create command train:2 '.trainingInput.masterConfig += {
	containerCommand: ["python", "x.py"], containerArgs: ["-v"]}'
advance 105s
is 'a command is arguments' "$(tr '\n' ' ' <"$TMP/out.args")" \
	'[python] [x.py] [-v] '

# 12: failures; the program that the first entry names counts
create fails fail
create missing missing
create false sfalse
create simulated other/image
advance 105s
ends fails FAILED
words_of fails '"The replica master 0 exited with a non-zero status of 3. \nTraceback (most recent call last):\nValueError: no data\n"'
ends missing FAILED
words_of missing '"The replica master 0 exited with a non-zero status of 127. \ncannot start /no/such/trainer: No such file or directory\n"'
ends false FAILED
ends simulated RUNNING
# an argument that the system does not take
jq -n '{jobId: "long", trainingInput: {region: "us-central1",
	masterConfig: {imageUri: "'"$IMAGES"'/train:1"},
	args: ["x" * 200000]}}' >"$TMP/long"
api POST "$JOBS" "@$TMP/long"
ok 'create long'
advance 105s
ends long FAILED
words_of long '"The replica master 0 exited with a non-zero status of 126. \ncannot start sh: Argument list too long\n"'

stop EMU

# cancel: SIGTERM, and SIGKILL 5 s later
real_start
stays polite stay
api POST "$JOBS/polite:cancel"
ok cancel
all_gone 'cancelled'
wait_for 'the end of polite' in_state polite CANCELLED
stays stubborn stubborn
api POST "$JOBS/stubborn:cancel"
ends stubborn CANCELLING
all_gone 'cancelled, though it ignores SIGTERM'
wait_for 'the end of stubborn' in_state stubborn CANCELLED
# a reset ends programs too
stays reset stay
api POST /emulator/v1/state:reset
ok reset
all_gone 'reset'

# whatever ends the emulator ends them
stays last stay
stop EMU
is 'SIGTERM' "$STOPPED" 0
all_gone 'SIGTERM'
real_start --data "$TMP/state"
stays lost stubborn
stop EMU KILL
all_gone 'SIGKILL'
# and what would have become of the job is unknown then
real_start --data "$TMP/state"
ends lost FAILED
has 'why' "$(field .errorMessage)" 'train-emulator ended while'
# the first signal waits for what ignores it, the second does not
stays again stubborn
kill "$EMU_PID"
wait_for 'the first signal' closed
stop EMU
is 'a second SIGTERM' "$STOPPED" 0
all_gone 'a second SIGTERM'

# what is no command
for run in '' image =sh image= "image=sh 'x"; do
	status=0
	"$BUILDDIR/train-emulator" --listen 127.0.0.1:0 --run "$run" \
		>"$TMP/out" 2>"$TMP/refused" || status=$?
	is "--run '$run'" "$status" 2
done
has 'its message' "$(cat "$TMP/refused")" "a quote is not closed"
exit 0
