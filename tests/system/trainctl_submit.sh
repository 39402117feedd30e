#!/bin/sh
# SPDX-License-Identifier: MIT
# What trainctl submit sends: the job that gcloud was recorded to send for the
# same options, options over a file in JSON or YAML, and what is refused before
# anything is sent.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
rec_start
export TRAINCTL_PROJECT=test-project TRAIN_EMULATOR_HOST="$REC_HOST"

# submits ARGUMENTS ...: sets SENT to the body of the one request that it makes.
# It says NOTE, and nothing else, on stderr.
NOTE=
submits() {
	submits_before=$(calls) status=0
	trainctl submit "$@" >"$TMP/out" 2>"$TMP/err" </dev/null || status=$?
	is "status of: $*" "$status $(cat "$TMP/err")" "0 $NOTE"
	is 'one request' "$(calls)" $((submits_before + 1))
	call_at "$(calls)"
	is 'to' "$(field '"\(.method) \(.path)"')" \
		'POST /v1/projects/test-project/jobs'
	SENT=$(field .body)
}
# refuses STATUS MESSAGE ARGUMENTS ...: and nothing is sent
refuses() {
	refuses_want=$1 refuses_why=$2 status=0
	shift 2
	refuses_before=$(calls)
	trainctl submit "$@" >"$TMP/out" 2>"$TMP/err" </dev/null || status=$?
	is "status of: $*" "$status" "$refuses_want"
	has "why: $*" "$(cat "$TMP/err")" "$refuses_why"
	is 'nothing is sent' "$(calls) $(cat "$TMP/out")" "$refuses_before "
}
# sent WHAT JSON: what was sent, compared as JSON
sent() {
	BODY=$SENT
	json "$1" . "$2"
}

# --- as gcloud: its recorded requests, for the options that they came from

# recorded CASE: the job, without what says nothing
recorded() {
	sed '1,/^$/d' "$FIXTURES/wire/ml/$1/request.http" | jq -c \
		'if .trainingInput.enableWebAccess then . else
			del(.trainingInput.enableWebAccess) end'
}
submits --job-id job_custom_1 --region us-central1 --scale-tier custom \
	--master-machine-type n1-standard-4 \
	--master-image-uri gcr.io/test-project/img:latest \
	-- --epochs=3 --name 'x y'
sent 'a custom image' "$(recorded gcloud_submit_custom_image)"
submits --job-id job_dist_1 --region us-central1 --scale-tier custom \
	--master-machine-type n1-standard-8 \
	--master-image-uri gcr.io/test-project/img:latest \
	--master-accelerator type=nvidia-tesla-t4,count=2 \
	--worker-machine-type n1-standard-8 --worker-count 3 \
	--worker-image-uri gcr.io/test-project/w:latest \
	--worker-accelerator type=nvidia-tesla-v100,count=1 \
	--parameter-server-machine-type n1-standard-4 \
	--parameter-server-count 2 \
	--parameter-server-image-uri gcr.io/test-project/ps:latest \
	--use-chief-in-tf-config true --labels env=prod,owner=alice \
	--service-account sa@test-project.iam.gserviceaccount.com \
	--enable-web-access
sent 'workers and accelerators' "$(recorded gcloud_submit_workers_accel)"
is 'the id is printed' "$(cat "$TMP/out")" job_dist_1

# --- a file, in both languages, and options over it

cat >"$TMP/job.yaml" <<'EOF'
# as in gcloud's help, with an image
jobId: my_job
labels:
  type: prod
trainingInput:
  scaleTier: CUSTOM
  masterType: n1-standard-4
  worker_count: 2
  workerType: n1-standard-4
  region: us-east1
  args: [--epochs, "3", yes]
  masterConfig: &image {imageUri: gcr.io/p/i}
  workerConfig: *image
EOF
input='"scaleTier":"CUSTOM","workerType":"n1-standard-4",
	"workerConfig":{"imageUri":"gcr.io/p/i"}'
submits "$TMP/job.yaml"
sent 'YAML' '{"jobId":"my_job","labels":{"type":"prod"},"trainingInput":{
	'"$input"',"masterType":"n1-standard-4","worker_count":2,
	"region":"us-east1","args":["--epochs","3","yes"],
	"masterConfig":{"imageUri":"gcr.io/p/i"}}}'
as_yaml=$SENT
printf '%s' "$SENT" >"$TMP/job.json"
submits --config="$TMP/job.json"
sent 'JSON' "$as_yaml"
submits "$TMP/job.yaml" --job-id=other --labels=owner=bob --region=us-west1 \
	--master-machine-type=n1-highmem-2 --worker-count=5 \
	--master-accelerator=count=1,type=tpu-v2 \
	--max-running-time=90m -- --epochs=4
sent 'options over a file' '{"jobId":"other",
	"labels":{"type":"prod","owner":"bob"},"trainingInput":{
	'"$input"',"masterType":"n1-highmem-2","worker_count":"5",
	"region":"us-west1","args":["--epochs=4"],
	"scheduling":{"maxRunningTime":"5400s"},
	"masterConfig":{"imageUri":"gcr.io/p/i",
		"acceleratorConfig":{"count":"1","type":"TPU_V2"}}}}'
sed '/jobId/d' "$TMP/job.yaml" |
	trainctl submit --job-id=piped --config=- >"$TMP/out" || bad 'stdin'
is 'YAML on stdin' "$(cat "$TMP/out")" piped
submits --job-id=key --region=r --master-image-uri=i --kms-key=k \
	--kms-keyring=ring --kms-location=us
sent 'a key' '{"jobId":"key","trainingInput":{"region":"r",
	"masterConfig":{"imageUri":"i"},"encryptionConfig":{"kmsKeyName":
	"projects/test-project/locations/us/keyRings/ring/cryptoKeys/k"}}}'

# --- labels by which train-uniquifier knows its runs come from no file or option

ours='"train_key":"8412","train_spec":"8247389b7039c6a5",
	"train_group":"f6e12a5f03044dbc","train_time":"1773021600000000"'
NOTE='trainctl: submit copy: left out labels that are train-uniquifier'"'"'s'
input='"trainingInput":{"region":"r","masterConfig":{"imageUri":"i"}}'
printf '%s' '{"jobId":"copy","labels":{"a":"b",'"$ours"',"train_keys":"c"},
	'"$input}" >"$TMP/copy.json"
submits "$TMP/copy.json"
sent 'without those of a run' \
	'{"jobId":"copy","labels":{"a":"b","train_keys":"c"},'"$input}"
printf '%s' '{"jobId":"copy","labels":{'"$ours"'},'"$input}" >"$TMP/copy.json"
submits "$TMP/copy.json"
sent 'there were no others' '{"jobId":"copy",'"$input}"
submits "$TMP/copy.json" --labels=train_key=k,d=e
sent 'nor by option' '{"jobId":"copy","labels":{"d":"e"},'"$input}"
NOTE=

# --- refused before anything is sent

image=--master-image-uri=gcr.io/a/b
refuses 2 'no job: name its FILE, or say it in options'
refuses 1 'no region: use --region' --job-id=a $image
refuses 1 'nothing to run: give an image' --job-id=a --region=r
refuses 1 'packages without a module to run: use --module-name' --job-id=a \
	--region=r --packages=gs://b/p.tar.gz
refuses 1 'an image and a runtime version exclude each other' --job-id=a \
	--region=r $image --runtime-version=2.11
refuses 1 'scale tier CUSTOM needs a machine type: use --master-machine-type' \
	--job-id=a --region=r $image --scale-tier=custom
refuses 1 'workerCount without a machine type: use --worker-machine-type' \
	--job-id=a --region=r $image --worker-count=2
refuses 1 'the spec has no jobId: add one or use --job-id' --region=r $image
refuses 1 "jobId '1bad-id!' is not legal" --job-id='1bad-id!' --region=r $image
refuses 2 "--packages: 'dist/p.tar.gz' is not on Cloud Storage: upload it first" \
	--job-id=a --region=r --packages=dist/p.tar.gz
refuses 2 "--scale-tier: 'huge' is not one of basic, basic-gpu" \
	--job-id=a --region=r $image --scale-tier=huge
refuses 2 "--master-accelerator: 'foo' is not one of nvidia-tesla-a100" \
	--job-id=a --region=r $image --master-accelerator=type=foo,count=1
refuses 2 "--labels: label key 'A'" --job-id=a --region=r $image --labels=A=b
refuses 2 'belong to --kms-key' --job-id=a --region=r $image --kms-keyring=r
refuses 2 "'$TMP/job.json' is a second file: --config names the first" \
	--config="$TMP/job.yaml" "$TMP/job.json"
refuses 2 "unexpected argument 'b'" a b -- c
refuses 1 "spec '$TMP/none': cannot open: No such file" "$TMP/none"
refuses 1 'No such file or directory (a job'"'"'s id is given with --job-id)' \
	my_job --region=r $image
printf 'trainingInput:\n  region: r\n  region: s\n' >"$TMP/twice.yaml"
refuses 1 "twice.yaml': line 3 column 3: a key that was there before" \
	"$TMP/twice.yaml"
printf '{"trainingInput":\n{"region" "r"}}' >"$TMP/cut.json"
refuses 1 "cut.json': line 2 column 13: " "$TMP/cut.json"
printf 'trainingInput: {region: r, runtimeVersion: 2.10}\n' >"$TMP/number.yaml"
refuses 1 "number.yaml': trainingInput.runtimeVersion must be a string" \
	"$TMP/number.yaml"
printf 'predictionInput: {}\n' >"$TMP/both.yaml"
refuses 1 'the job has trainingInput and predictionInput' --region=r \
	"$TMP/both.yaml"
# a log that could not be read is found out before the job is made
unset TRAIN_EMULATOR_HOST
refuses 2 'no credentials for https://logging.googleapis.com' \
	--endpoint=ml="$REC_URL" --stream-logs "$TMP/job.yaml"

# --- a copy of a run of train-uniquifier's is a job like any other

emu_start
uniq_start --overlap cancel
TRAINCTL_PROJECT=p1
# message ID TIME: one is pushed and makes a job
message() {
	call POST "$UNIQ_URL/" "$(jq -nc --arg id "$1" --arg at "$2" \
		--arg data "$(b64 "$(job_body train)")" \
		'{message: {data: $data, messageId: $id, publishTime: $at}}')"
	ok "message $1"
}
# copies WANT ARGUMENT: the status of a submit of the run with this argument
copies() {
	status=0
	jq --arg a "$2" '.trainingInput.args = [$a]' "$TMP/run.json" |
		trainctl submit --job-id=mine - >"$TMP/out" 2>"$TMP/err" ||
		status=$?
	is "a copy with $2" "$status" "$1"
}
message 1 2026-03-08T23:50:00Z
run=$(field .jobId)
trainctl describe --format=json "$run" >"$TMP/run.json" || bad 'describe'
copies 0 --lr=9
copies 1 --lr=10
has 'another job has the id' "$(cat "$TMP/err")" 'already exists'
message 2 2026-03-08T23:55:00Z
api GET "/v1/projects/p1/jobs/$run"
is 'the next run cancels the one before' "$(field .state)" CANCELLING
api GET /v1/projects/p1/jobs/mine
is 'and no copy' "$(field '"\(.state) \(.trainingInput.args)"')" \
	'QUEUED ["--lr=9"]'
