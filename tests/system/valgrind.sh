#!/bin/sh
# SPDX-License-Identifier: MIT
# The three programs under valgrind: a week of nightly ticks with one lost
# acknowledgement, then every command of trainctl, also where it is refused.
# No error, no byte left at the end, and each program ends by itself. Not part
# of a build with the sanitizers, which valgrind cannot run.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need valgrind curl jq

# With an error or a leak a program ends with 97, whatever it would have said.
WRAP="valgrind --quiet --leak-check=full --show-leak-kinds=all \
--errors-for-leak-kinds=all --num-callers=30 --error-exitcode=97 \
--suppressions=$SRCDIR/tests/valgrind.supp --log-file=$TMP/valgrind.%p.log"
export TRAINCTL_PROJECT=p1

# ends STATUS COMMAND ...: the command's exit status; what it prints is in $TMP/out.
ends() {
	ends_want=$1
	shift
	ends_status=0
	"$@" >"$TMP/out" 2>"$TMP/err.log" || ends_status=$?
	is "$*: exit status" "$ends_status" "$ends_want"
}

emu_start
uniq_start
api PUT /v1/projects/p1/topics/train '{}'
is 'topic' "$HTTP" 200
api PUT /v1/projects/p1/subscriptions/push \
	"{\"topic\":\"projects/p1/topics/train\",
	\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\",\"oidcToken\":{
	\"serviceAccountEmail\":\"sa@p1.iam.gserviceaccount.com\"}}}"
is 'subscription' "$HTTP" 200
api POST /v1/projects/p1/locations/us-central1/jobs \
	"@$FIXTURES/scheduler/pubsub.json"
is 'schedule' "$HTTP" 200

ends 0 ctl lose-acks 1
ends 0 ctl fault add effect=duplicate every=3 delay=1h
ends 0 ctl fault add effect=reorder after=1 count=1 delay=25h
ends 0 ctl rotate-keys
ends 0 ctl advance 7d
is 'a week: ticks, deliveries, jobs' \
	"$(jq -c '[.ticks, .deliveries, .jobsCreated]' "$TMP/out")" '[7,10,7]'
call POST "$UNIQ_URL/" '{"message":'
is 'a push that is no JSON' "$HTTP" 400
api POST /v1/projects/p1/jobs '{"jobId":"9lives"}'
is 'a job that is no job' "$HTTP" 400

spec=$FIXTURES/jobspec/custom_image.json
cat >"$TMP/job.yaml" <<'EOF'
trainingInput: {region: us-central1, masterConfig: &i {imageUri: gcr.io/p/i},
  scaleTier: CUSTOM, masterType: &m n1-standard-4, workerConfig: *i,
  workerCount: 1, workerType: *m}
EOF
for effect in close-before lose-reply cut drip 'status status=503' \
	'fail-reply status=503' 'delay delay=10ms'; do
	# shellcheck disable=SC2086 # an effect and its member
	ends 0 ctl fault add probability=1 count=1 route=ml.*.get effect=$effect
done
# each of them, and then the answer
ends 1 trainctl describe nosuch
ends 1 trainctl describe nosuch
ends 1 ctl fault add effect=flood
ends 0 ctl fault list
ends 0 ctl fault clear 1
ends 0 ctl fault clear
ends 0 trainctl submit --job-id by_hand "$spec"
ends 1 trainctl submit --job-id by_hand "$FIXTURES/jobspec/distributed.json"
ends 0 ctl fault add effect=lose-reply count=1 route=ml.*.create
ends 0 trainctl submit --job-id looked_for "$spec"
ends 0 trainctl describe by_hand
ends 0 trainctl cancel by_hand
ends 1 trainctl cancel nosuch
ends 0 trainctl submit --job-id to_wait_for "$spec"
ends 0 ctl advance 1d
ends 0 trainctl wait to_wait_for
ends 1 trainctl wait by_hand
ends 2 trainctl submit
ends 0 trainctl submit --job-id yaml --stream-logs --timeout 1d \
	--poll-interval 1s "$TMP/job.yaml" -- --epochs=3 &
streamed=$!
wait_for 'the job' curl -fs -o "$TMP/job" \
	"$EMU_URL/v1/projects/p1/jobs/yaml"
ctl advance 30m >"$TMP/advanced" || bad 'advance'
wait $streamed || bad 'a log that is followed'
ends 1 trainctl submit --job-id yaml --region=r "$TMP/job.yaml" --kms-key=a/b
ends 0 trainctl logs --format json yaml
ends 0 trainctl update --update-labels a=b yaml
ends 1 trainctl update --clear-labels nosuch
ends 0 trainctl list --sort-by='~jobId' --limit=3 --format='value(jobId,labels)'
ends 0 trainctl --format json list
is 'jobs' "$(jq length "$TMP/out")" 12
ends 0 trainctl plan --time-zone America/New_York --job-id b '30 2 * * *'
ends 2 trainctl plan '0 0 30 2 *'
export TRAINCTL_LOCATION=us-central1
for change in --dry-run --ack-deadline=60s --dead-letter-topic=dead; do
	ends 0 trainctl schedule create set-up "$spec" --schedule '0 2 * * *' \
		--push-endpoint "$UNIQ_URL/" --attributes a=b $change
done
ends 1 trainctl schedule create train-nightly "$spec" --schedule '0 2 * * *' \
	--push-endpoint "$UNIQ_URL/"
ends 2 trainctl schedule create set-up "$spec" --schedule never
ends 0 trainctl schedule list --all
ends 0 trainctl schedule describe set-up
ends 0 trainctl schedule pause set-up
ends 0 trainctl schedule resume set-up
ends 0 trainctl schedule run set-up
ends 0 trainctl trigger set-up
ends 0 trainctl trigger --topic set-up "$spec"
ends 1 trainctl trigger nosuch
ends 0 trainctl schedule delete --all set-up
# the door: who may push, what there is to look at
start DOOR train-uniquifier --listen 127.0.0.1:0 --project p1 \
	--audience aud --sender sa@p1.iam.gserviceaccount.com
api PUT /v1/projects/p1/topics/door '{}'
api PUT /v1/projects/p1/subscriptions/door "{
	\"topic\":\"projects/p1/topics/door\",
	\"pushConfig\":{\"pushEndpoint\":\"$DOOR_URL/\",\"oidcToken\":{
	\"audience\":\"aud\",
	\"serviceAccountEmail\":\"sa@p1.iam.gserviceaccount.com\"}}}"
is 'a subscription with tokens' "$HTTP" 200
api POST /v1/projects/p1/topics/door:publish "{\"messages\":[{\"data\":\"$(
	job_body at_the_door | base64 | tr -d '\n')\"}]}"
ends 0 ctl rotate-keys
ends 0 ctl advance 0s
api GET /v1/projects/p1/jobs
is 'a job of a good token' "$(field '[.jobs[].jobId |
	select(startswith("at_the_door"))] | length')" 1
for token in x a.b.c "$(b64 '{"alg":"none"}').e30.x"; do
	call POST "$DOOR_URL/" '{}' -H "Authorization: Bearer $token"
	is "a bad token: $token" "$HTTP" 401
done
for path in healthz readyz metrics; do
	call GET "$DOOR_URL/$path" '' -H "X-Cloud-Trace-Context: 1/2;o=1"
	is "$path" "$HTTP" 200
done
stop DOOR
is 'the door closes' "$STOPPED" 0
ends 0 ctl journal
ends 0 ctl reset

stop UNIQ
is 'the uniquifier ends' "$STOPPED" 0
stop EMU
is 'the emulator ends' "$STOPPED" 0
for log in "$TMP"/valgrind.*.log; do
	[ ! -s "$log" ] || bad "valgrind has something to say"
done
exit $failed
