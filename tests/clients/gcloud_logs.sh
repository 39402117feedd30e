#!/bin/sh
# SPDX-License-Identifier: MIT
# The real gcloud follows the logs of jobs: on the real clock, and on a virtual
# one that is years ahead while gcloud asks for what was up to five seconds ago.
# gcloud looks whether the job is over at its start and ten seconds later, which
# is how long this takes; so all run at once.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need gcloud curl jq
TAB=$(printf '\t')

printf 'echo step 1\necho out of luck >&2\nexit 3\n' >"$TMP/train.sh"
start REAL train-emulator --listen 127.0.0.1:0 \
	--job-life queued=0s,preparing=0s,running=0s,cancelling=0s \
	--run "gcr.io/test-project/fail=sh '$TMP/train.sh'"
START=2099-03-09T00:00:00Z
emu_start --job-life queued=10s,preparing=100s,running=300s,cancelling=20s
# shellcheck source=tests/clients/gcloud.sh
. "$SRCDIR/tests/clients/gcloud.sh"
export CLOUDSDK_ML_ENGINE_POLLING_INTERVAL=1 TZ=UTC
JOBS=/v1/projects/p1/jobs

# python NAME: a submit of a package that is followed to its end
python() {
	g "$1" ai-platform jobs submit training "$1" --region us-central1 \
		--packages gs://bkt/p.tar.gz --module-name trainer.task \
		--runtime-version 2.11 --python-version 3.7 \
		--job-dir gs://bkt/out --stream-logs -- --epochs=3
}
# lines FILE: the log lines without their times, each "SEVERITY task text"
lines() {
	sed -n "s/^\([A-Z]*\)${TAB}[0-9-]* [0-9:]* +0000${TAB}\([a-z0-9-]*\)${TAB}${TAB}/\1 \2 /p" \
		"$1"
}
# shellcheck disable=SC2317 # called by wait_for
polls() {
	api GET '/emulator/v1/journal?max=100000'
	field '[.entries[] | select(.route == "logging.entries.list")] | length'
}
# shellcheck disable=SC2317
polled() { [ "$(polls)" -ge "$1" ]; }
# shellcheck disable=SC2317
exists() {
	api GET "$JOBS/$1"
	[ "$HTTP" = 200 ]
}

# begin JOB
begin() {
	cat <<LINES
INFO service Validating job requirements...
INFO service Job creation request has been successfully validated.
INFO service Job $1 is queued.
INFO service Waiting for job to be provisioned.
INFO service Waiting for training program to start.
INFO master-replica-0 Running command: python3 -m trainer.task --epochs=3 --job-dir gs://bkt/out
LINES
}
end='INFO service Tearing down training program.
INFO service Finished tearing down training program.'
well='INFO master-replica-0 Module completed; cleaning up.
INFO master-replica-0 Clean up finished.
INFO master-replica-0 Task completed successfully.
'"$end"'
INFO service Job completed successfully.'

# Two emulators, one gcloud configuration: the first follows the real clock.
for service in ML LOGGING; do
	export "CLOUDSDK_API_ENDPOINT_OVERRIDES_$service=$REAL_URL/"
done
python real_1
g failed_1 ai-platform jobs submit training failed_1 --region us-central1 \
	--master-image-uri gcr.io/test-project/fail --stream-logs
for service in ML LOGGING; do
	export "CLOUDSDK_API_ENDPOINT_OVERRIDES_$service=$EMU_URL/"
done
python good_1
python bad_1
api POST "$JOBS" "$(job_body seen_1)"
g stream ai-platform jobs stream-logs seen_1 --task-name service
g nothing ai-platform jobs stream-logs nosuch

# Time passes while they look on; what is written then is seen too.
wait_for 'good_1' exists good_1
wait_for 'bad_1' exists bad_1
wait_for 'a look at each' polled 4
advance 111s
api POST /v2/entries:write '{"logName":"projects/p1/logs/master-replica-0",
	"resource":{"type":"ml_job","labels":{"job_id":"good_1",
		"task_name":"master-replica-0"}},"entries":[
	{"severity":"WARNING","jsonPayload":{"message":"epoch 1\nloss 0.5"}},
	{"severity":"ERROR","textPayload":"epoch 2"}]}'
ok 'entries of a program'
api POST "$JOBS/bad_1:cancel" '{}'
wait_for 'a second look at each' polled 12
advance 1h

done_with stream real_1 good_1
refused bad_1
refused failed_1
refused nothing
is 'on the real clock' "$(lines "$TMP/real_1.log")" "$(begin real_1)
$well"
has 'which ends well' "$(out real_1)" 'state: SUCCEEDED'
# the errorMessage has several lines, the last one with a link
is 'a program that fails, after the lines about its start' \
	"$(lines "$TMP/failed_1.log" | sed '1,5d; s/ check the logs:.*//; s/ *$//')" \
	"INFO master-replica-0 step 1
ERROR master-replica-0 out of luck
INFO master-replica-0 Clean up finished.
ERROR service The replica master 0 exited with a non-zero status of 3.
ERROR service out of luck
ERROR service To find out more about why your job exited please
$end
ERROR service Job failed."
has 'it ends as failed' "$(out failed_1)" 'state: FAILED'
is 'on a clock far ahead, with the lines of a program' \
	"$(lines "$TMP/good_1.log")" "$(begin good_1)
WARNING master-replica-0 epoch 1
WARNING master-replica-0 loss 0.5
ERROR master-replica-0 epoch 2
$well"
has 'the time of a line' "$(err good_1)" \
	"INFO${TAB}2099-03-09 00:00:00 +0000${TAB}service${TAB}${TAB}Validating"
has 'it ends well' "$(out good_1)" 'state: SUCCEEDED'
is 'a job that is cancelled' "$(lines "$TMP/bad_1.log")" "$(begin bad_1)
INFO master-replica-0 Clean up finished.
$end
INFO service Job cancelled."
has 'does not end well' "$(out bad_1)" 'state: CANCELLED'
is 'one task of a job of an image' "$(lines "$TMP/stream.out")" \
	"$(printf '%s\n%s\n%s' "$(begin seen_1)" "$end" \
		'INFO service Job completed successfully.' | grep ' service ')"
has 'a job that is not there' "$(err nothing)" NOT_FOUND
exit $failed
