#!/bin/sh
# SPDX-License-Identifier: MIT
# The whole flow with the real gcloud: topic, push subscription and schedule are
# made, the schedule runs by hand and by its tick, and the training jobs show up
# in `gcloud ai-platform`. What gcloud prints is held to recordings of it.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need gcloud curl jq

emu_start
uniq_start
# shellcheck source=tests/clients/gcloud.sh
. "$SRCDIR/tests/clients/gcloud.sh"

image=gcr.io/test-project/img:latest
job=--location=us-central1

g topic pubsub topics create train
g submit ai-platform jobs submit training job_custom_1 --region us-central1 \
	--scale-tier custom --master-machine-type n1-standard-4 \
	--master-image-uri "$image" -- --epochs=3 --name 'x y'
g cancel_404 ai-platform jobs cancel nosuch
done_with topic submit
refused cancel_404
has 'submit says' "$(err submit)" 'Job [job_custom_1] submitted successfully.'
is 'submit prints' "$(out submit)" 'jobId: job_custom_1
state: QUEUED'
has 'cancel of an unknown job' "$(err cancel_404)" \
	'NOT_FOUND: Field: name Error: The specified job could not be found.'

g push pubsub subscriptions create push --topic=train \
	--push-endpoint="$UNIQ_URL/"
g pull pubsub subscriptions create pull --topic=train
g schedule scheduler jobs create pubsub nightly $job --topic=train \
	--schedule='0 3 * * *' --time-zone=Europe/Berlin \
	--message-body-from-file="$FIXTURES/jobspec/custom_image.json"
g submit_409_dup ai-platform jobs submit training job_custom_1 \
	--region us-central1 --master-image-uri gcr.io/a/b
done_with push pull schedule
refused submit_409_dup
has 'the conflict' "$(err submit_409_dup)" "Resource in projects [p1] is the \
subject of a conflict: Field: job.job_id Error: A job with this id already \
exists.
- '@type': type.googleapis.com/google.rpc.BadRequest
  fieldViolations:
  - description: A job with this id already exists.
    field: job.job_id"
# 3 o'clock in Berlin is 2 o'clock UTC before the 29th of March.
has 'the first tick' "$(out schedule)" "scheduleTime: '2026-03-09T02:00:00Z'"

# By hand, then by two ticks; the push is settled when an advance answers.
g run scheduler jobs run nightly $job
g describe ai-platform jobs describe job_custom_1
done_with run describe
# gcloud sends enableWebAccess: false; proto3 JSON leaves a default value out.
is 'describe prints' "$(sed '/^createTime:/d; /^etag:/d' "$TMP/describe.out")" \
	"jobId: job_custom_1
state: QUEUED
trainingInput:
  args:
  - --epochs=3
  - --name
  - x y
  masterConfig:
    imageUri: $image
  masterType: n1-standard-4
  region: us-central1
  scaleTier: CUSTOM
trainingOutput: {}"
ctl advance 1s >"$TMP/hand.json" || bad 'advance after the run by hand'
is 'jobs after the run by hand' \
	"$(trainctl -p p1 --format json list | jq length)" 2
g cancel ai-platform jobs cancel job_custom_1
done_with cancel
ctl advance 2d >"$TMP/ticks.json" || bad 'advance over two ticks'

g list ai-platform jobs list --sort-by=createTime
g ids ai-platform jobs list --filter='jobId:train_daily*' \
	--sort-by=createTime --format='value(jobId,state,createTime)'
g pause scheduler jobs pause nightly $job
g topics pubsub topics list '--format=value(name)'
done_with list ids pause topics
has 'list heads' "$(head -n 1 "$TMP/list.out" | tr -s ' ')" \
	'JOB_ID STATUS CREATED'
has 'the cancelled job' "$(tr -s ' ' <"$TMP/list.out")" \
	'job_custom_1 CANCELLED 2026-03-09T00:00:00'
is 'topics' "$(out topics)" projects/p1/topics/train
is 'ids are distinct' "$(cut -f1 "$TMP/ids.out" | sort -u | wc -l)" 3
is 'states' "$(cut -f2 "$TMP/ids.out" | sort -u)" SUCCEEDED
is 'created by hand and by the ticks' "$(cut -f3 "$TMP/ids.out")" \
	'2026-03-09T00:00:00
2026-03-09T02:00:00
2026-03-10T02:00:00'

# Paused, a day passes without a job. The messages so far wait in `pull`.
ctl advance 1d >"$TMP/paused.json" || bad 'advance over a pause'
id=$(tail -n 1 "$TMP/ids.out" | cut -f1)
g describe_tick ai-platform jobs describe "$id" --format=json
g jobs scheduler jobs list $job
g paused scheduler jobs describe nightly $job '--format=value(state)'
g pulled pubsub subscriptions pull pull --auto-ack --limit=10 --format=json
done_with describe_tick jobs paused pulled
is 'jobs after a paused day' \
	"$(trainctl -p p1 --format json list | jq length)" 4
is 'the job is what the file asked for' \
	"$(jq -S .trainingInput "$TMP/describe_tick.out")" \
	"$(jq -S .trainingInput "$FIXTURES/jobspec/custom_image.json")"
is 'its id' "$(jq -r .jobId "$TMP/describe_tick.out")" "$id"
has 'the schedule' "$(tr -s ' ' <"$TMP/jobs.out")" \
	'nightly us-central1 0 3 * * * (Europe/Berlin) Pub/Sub PAUSED'
is 'the state' "$(out paused)" PAUSED
is 'messages pulled' "$(jq length "$TMP/pulled.out")" 3
is 'a message is the file' \
	"$(jq -r '.[0].message.data | @base64d' "$TMP/pulled.out" | jq -S .)" \
	"$(jq -S . "$FIXTURES/jobspec/custom_image.json")"

# A message that is no job is refused by the uniquifier and is nobody's job.
g publish pubsub topics publish train --message=hello --attribute=a=b
g resume scheduler jobs resume nightly $job
done_with publish resume
g again pubsub subscriptions pull pull --auto-ack --limit=10 --format=json
g resumed scheduler jobs describe nightly $job '--format=value(state)'
done_with again resumed
is 'the acked ones are gone' "$(jq -c \
	'[.[].message | [(.data | @base64d), .attributes]]' \
	"$TMP/again.out")" '[["hello",{"a":"b"}]]'
is 'resumed' "$(out resumed)" ENABLED

g deleted scheduler jobs delete nightly $job
done_with deleted
g none scheduler jobs list $job
done_with none
is 'no schedule is left' "$(out none)" ''
exit $failed
