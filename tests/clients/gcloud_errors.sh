#!/bin/sh
# SPDX-License-Identifier: MIT
# What the commands of `gcloud ai-platform jobs` print and how they end when the
# emulator refuses them, all of it, as recordings have it; and those of their
# forms that no other test has (prediction, --summarize, pages); and what it
# makes of a service that fails, by rules (facts client-retry.md: any 5xx is
# tried five times in all, 429 once, 403 with Retry-After again). Refusals of
# submit as a conflict, and of stream-logs, are in gcloud_flow and gcloud_logs.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need gcloud curl jq

emu_start
# shellcheck source=tests/clients/gcloud.sh
. "$SRCDIR/tests/clients/gcloud.sh"
JOBS=/v1/projects/p1/jobs
image='--region us-central1 --master-image-uri gcr.io/a/b'
unauthenticated='This command is unauthenticated because the [auth/disable_credentials] property is True.'

# says NAME STATUS TEXT: how it ended and all that it said, on stderr only
says() {
	says_status=0
	eval "wait \$${1}_PID" || says_status=$?
	is "$1: exit status" "$says_status" "$2"
	is "$1: its words" "$(err "$1")" "$3"
	is "$1: nothing on stdout" "$(out "$1")" ''
}
# violation COMMAND FIELD TEXT [END]: the words for a refused field
violation() {
	printf 'ERROR: (gcloud.ai-platform.jobs.%s: Field: %s Error: %s%s\n' \
		"$1" "$2" "$3" "${4+. $4}"
	printf -- "- '@type': type.googleapis.com/google.rpc.BadRequest\n"
	printf '  fieldViolations:\n  - description: %s\n    field: %s\n' \
		"$3${4+.}" "$2"
}
# missing COMMAND: the words for a job that is not there
missing() {
	violation "$1) NOT_FOUND" name \
		'The specified job could not be found' "$unauthenticated"
}

# failing ID MEMBER=VALUE ...: a create of that job goes wrong, by rule
failing() {
	failing_id=$1
	shift
	ctl fault add route=ml.projects.jobs.create "resource=$failing_id" "$@" \
		>"$TMP/rule" || bad "fault add $*"
	# shellcheck disable=SC2086 # $image is a list of words
	g "$failing_id" ai-platform jobs submit training "$failing_id" $image \
		--project=p2
}
# these take gcloud up to half a minute, beside all the others, in a project
# of their own
failing down effect=status status=500
failing twice effect=status status=503 count=2
failing later effect=status status=403 retryAfter=1s count=1
failing lost effect=lose-reply count=1
failing rate effect=status status=429 message='Slow down.' quota='1 a minute' \
	retryDelay=3s
failing who effect=status status=401 message='Nobody knows you.'
failing forbidden effect=status status=403

printf '%s\n' 'bogusTop: 1' 'trainingInput:' '  nosuch: {deep: 1}' \
	'  masterConfig:' '    imageUri: gcr.io/a/b' >"$TMP/unknown.yaml"
ctl fate add jobId='quota*' outcome=quota >/dev/null || bad 'a fate'

# shellcheck disable=SC2086 # $image is a list of words
g bad_id ai-platform jobs submit training 1bad-id! $image
g unknown ai-platform jobs submit training u1 --region us-central1 \
	--config "$TMP/unknown.yaml"
# shellcheck disable=SC2086
g quota ai-platform jobs submit training quota_1 $image \
	--scale-tier custom --master-machine-type n1-standard-8 \
	--master-accelerator type=nvidia-tesla-k80,count=2
g none ai-platform jobs list
# gcloud folds the description where its line is full
says bad_id 1 "$(violation 'submit.training) INVALID_ARGUMENT' job.job_id \
	'A name should start with a letter and contain only letters, numbers and underscores' |
	sed 's/^\(  - .* numbers\) /\1\n      /')"
says unknown 1 "ERROR: (gcloud.ai-platform.jobs.submit.training) \
INVALID_ARGUMENT: Invalid JSON payload received. Unknown name \"bogusTop\" at \
'job': Cannot find field.
Invalid JSON payload received. Unknown name \"nosuch\" at 'job.training_input': \
Cannot find field.
- '@type': type.googleapis.com/google.rpc.BadRequest
  fieldViolations:
  - description: \"Invalid JSON payload received. Unknown name \\\"bogusTop\\\" at 'job':\\
      \\ Cannot find field.\"
    field: job
  - description: \"Invalid JSON payload received. Unknown name \\\"nosuch\\\" at 'job.training_input':\\
      \\ Cannot find field.\"
    field: job.training_input"
refused quota
has 'quota' "$(err quota)" "ERROR: (gcloud.ai-platform.jobs.submit.training) \
RESOURCE_EXHAUSTED: Quota failure for project p1. The request for 2 K80 \
accelerators exceeds the allowed maximum of 0 A100, 0 K80,"
has 'its details' "$(err quota)" "
- '@type': type.googleapis.com/google.rpc.QuotaFailure
  violations:
  - description: The request for 2 K80 accelerators exceeds"
says none 0 'Listed 0 items.'
api GET "$JOBS"
is 'nothing was created' "$BODY" '{}'

g describe ai-platform jobs describe nosuch
g cancel ai-platform jobs cancel nosuch
g update ai-platform jobs update nosuch --update-labels a=b
g stream ai-platform jobs stream-logs nosuch
says describe 1 "$(missing describe)"
says cancel 1 "$(missing cancel)"
says update 1 "$(missing update)"
says stream 1 "$(missing stream-logs)"

# What gcloud refuses by itself, and one that the emulator takes.
g no_region ai-platform jobs submit training r1 --master-image-uri gcr.io/a/b
# shellcheck disable=SC2086
g no_type ai-platform jobs submit training t1 $image --scale-tier custom
# shellcheck disable=SC2086
g bad_tier ai-platform jobs submit training t1 $image --scale-tier huge
g predict ai-platform jobs submit prediction p1 --region us-central1 \
	--data-format text --input-paths gs://b/in --output-path gs://b/out \
	--model m --version v
done_with predict
refused no_region
refused no_type
# shellcheck disable=SC2016 # these are no substitutions
is 'no machine' "$(err no_type)" 'ERROR: (gcloud.ai-platform.jobs.submit.training) --master-machine-type is required if scale-tier is set to `CUSTOM`.'
status=0
# shellcheck disable=SC2154 # set by g
wait "$bad_tier_PID" || status=$?
is 'a wrong option: exit status' $status 2
is 'submit prints' "$(out predict)" 'jobId: p1
state: QUEUED'
api GET "$JOBS/p1"
json 'a prediction' .predictionInput '{"dataFormat": "TEXT",
	"inputPaths": ["gs://b/in"], "outputPath": "gs://b/out",
	"region": "us-central1", "versionName":
	"projects/p1/models/m/versions/v"}'

# A tuning job, told in short when it is over; a list in pages.
api POST "$JOBS" "$(job_body hp_1 | jq '.trainingInput.hyperparameters = {
	maxTrials: 2, params: [{parameterName: "units", type: "DISCRETE",
		discreteValues: [16]}]}')"
ok hp_1
advance 1h
g summary ai-platform jobs describe hp_1 --summarize
g pages ai-platform jobs list --page-size=1 --limit=2 \
	--format='value(jobId,state)'
g region ai-platform jobs submit training m1 --region moon-east1 \
	--master-image-uri gcr.io/a/b
g over ai-platform jobs cancel hp_1
done_with summary pages over
has 'the trials' "$(tr -s ' ' <"$TMP/summary.out")" ' 1000 │ units=16 │'
is 'how many' "$(grep -c 'units=16' "$TMP/summary.out")" 2
is 'pages' "$(out pages)" "$(printf 'hp_1\tSUCCEEDED\np1\tSUCCEEDED')"
refused region
has 'a region' "$(err region)" "ERROR: (gcloud.ai-platform.jobs.submit.training) \
INVALID_ARGUMENT: Field: region Error: The provided GCE region 'moon-east1' is \
not available. Options are [asia-east1, "
is 'a cancel of what is over says nothing' "$(out over)$(err over)" ''

# A service that fails: how often gcloud asked, and what it says in the end.
done_with twice later
is 'twice 503, then it is done' "$(out twice)" "$(printf 'jobId: twice\nstate: QUEUED')"
is '403 with Retry-After, too' "$(out later)" "$(printf 'jobId: later\nstate: QUEUED')"
said="ERROR: (gcloud.ai-platform.jobs.submit.training)"
says rate 1 "$said RESOURCE_EXHAUSTED: Slow down.
- '@type': type.googleapis.com/google.rpc.QuotaFailure
  violations:
  - description: 1 a minute
    subject: p2
- '@type': type.googleapis.com/google.rpc.RetryInfo
  retryDelay: 3s"
says who 1 "$said UNAUTHENTICATED: Nobody knows you. $unauthenticated"
says forbidden 1 "$said [None] does not have permission to access projects \
instance [p2] (or it may not exist): The caller does not have permission. \
${unauthenticated%.}"
# the lost answer was a success: gcloud finds its own job in the way
refused lost
has 'lost' "$(err lost)" "$said Resource in projects [p2] is the subject of a \
conflict: Field: job.job_id Error: A job with this id already exists."
refused down
has 'down' "$(err down)" "$said HttpError accessing <$EMU_URL/v1/projects/p2/jobs?alt=json>: response: <{"
has 'the status' "$(err down)" "'status': 500}>, content <{
  \"error\": {
    \"code\": 500,
    \"message\": \"Internal error encountered.\",
    \"status\": \"INTERNAL\"
  }
}
>
This may be due to network connectivity issues. "
api GET /emulator/v1/faults
json 'how often each was struck' \
	'.faults | map({(.resource): .struck}) | add' '{"down": 5, "twice": 2,
	"later": 1, "lost": 1, "rate": 1, "who": 1, "forbidden": 1}'
json 'and asked' '.faults | map(select(.count | not) | .matched)' '[5, 1, 1, 1]'
for id in twice later lost; do
	api GET "/v1/projects/p2/jobs/$id"
	ok "$id is there"
done
exit $failed
