#!/bin/sh
# SPDX-License-Identifier: MIT
# AI Platform jobs over HTTP. The numbers in comments are sections of the facts
# about the service (ml-jobs.md).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
# states last a round number of seconds each, so that instants can be read
emu_start --job-life queued=10s,preparing=100s,running=300s,cancelling=20s
JOBS=/v1/projects/p1/jobs

create() { api POST "$JOBS" "$(job_body "$1")"; }
state() {
	api GET "$JOBS/$1"
	is "$1 $2" "$(field .state)" "$2"
}

# 2: what the answer to a create has
api GET "$JOBS"
is 'no jobs' "$HTTP $BODY" '200 {}'
create first
ok create
json 'the fields of a new job' 'del(.etag)' '{
	"jobId": "first", "state": "QUEUED",
	"createTime": "2026-03-09T00:00:00Z", "trainingOutput": {},
	"trainingInput": {"region": "us-central1",
		"masterConfig": {"imageUri": "gcr.io/example-project/t:1"}}}'
is 'an etag in base64' "$(field '.etag | test("^[A-Za-z0-9+/]+=*$")')" true
# 1: two blanks a level, a newline at the end; compact when asked
printf '%s\n' "$BODY" | jq --indent 2 . >"$TMP/want"
cmp "$TMP/want" "$TMP/answer" || bad 'not pretty'
api GET "$JOBS/first?prettyPrint=false"
jq -j -c . "$TMP/answer" >"$TMP/want"
cmp "$TMP/want" "$TMP/answer" || bad 'not compact'

# 9: the 409, the whole of it
taken='{
  "error": {
    "code": 409,
    "message": "Field: job.job_id Error: A job with this id already exists.",
    "status": "ALREADY_EXISTS",
    "details": [
      {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [
          {
            "field": "job.job_id",
            "description": "A job with this id already exists."
          }
        ]
      }
    ]
  }
}'
create first
is 'a taken id' "$HTTP" 409
is 'the body of the 409' "$BODY" "$taken"
is 'a newline at its end' "$(tail -c 1 "$TMP/answer" | od -An -c | tr -d ' ')" '\n'
api POST /v1/projects/p2/jobs "$(job_body first)"
ok 'the same id in another project'
api POST "$JOBS" "$(job_body First)"
ok 'ids are case-sensitive'

# 4: states, at the instant and a microsecond before it; 2: times are whole
# seconds, startTime from RUNNING on, endTime at the end
create steps
etag=$(field .etag)
for step in '00:00:10 QUEUED PREPARING' '00:01:50 PREPARING RUNNING' \
	'00:06:50 RUNNING SUCCEEDED'; do
	# shellcheck disable=SC2086
	set -- $step
	before=$(date -u -d "2026-03-09T$1Z - 1 second" +%FT%T).999999Z
	advance_to "$before"
	state steps "$2"
	advance_to "2026-03-09T$1Z"
	state steps "$3"
	[ "$(field .etag)" != "$etag" ] || bad "$3: the etag did not change"
	etag=$(field .etag)
	json "$3: times" '[.startTime, .endTime]' "$(
		case $3 in
		PREPARING) echo '[null, null]' ;;
		RUNNING) echo '["2026-03-09T00:01:50Z", null]' ;;
		*) echo '["2026-03-09T00:01:50Z", "2026-03-09T00:06:50Z"]' ;;
		esac
	)"
done
advance_to 2026-03-09T00:06:50.999999Z
create whole
is 'createTime is cut to the second' "$(field .createTime)" \
	2026-03-09T00:06:50Z

# 3: an id stays taken for ever
create steps
is 'taken after SUCCEEDED' "$HTTP $BODY" "409 $taken"
# 8: cancel; a body {} or none
create cancelled
api POST "$JOBS/cancelled:cancel" '{}'
is 'cancel with {}' "$HTTP $BODY" '200 {}'
state cancelled CANCELLING
api POST "$JOBS/cancelled:cancel"
is 'cancel again, no body' "$HTTP $BODY" '200 {}'
advance 20s
state cancelled CANCELLED
json 'ended, never started' '[.startTime, .endTime]' \
	'[null, "2026-03-09T00:07:10Z"]'
create cancelled
is 'taken after CANCELLED' "$HTTP $BODY" "409 $taken"
api POST "$JOBS/steps:cancel" '{}'
is 'cancel of a finished job' "$HTTP $BODY" '200 {}'
state steps SUCCEEDED
create running
advance 200s
state running RUNNING
api POST "$JOBS/running:cancel"
advance 1h
state running CANCELLED
json 'started and ended' '[.startTime, .endTime]' \
	'["2026-03-09T00:09:00Z", "2026-03-09T00:10:50Z"]'

# 9: a guess in the house style
missing='Field: name Error: The specified job could not be found.'
api GET "$JOBS/none"
refused 'get of no job' 404 NOT_FOUND "$missing"
api POST "$JOBS/none:cancel" '{}'
refused 'cancel of no job' 404 NOT_FOUND "$missing"
api GET /v1/projects/p3/jobs/first
refused "another project's job" 404 NOT_FOUND "$missing"

# 8: lists: newest first, 20 a page by default; a page token stays good when
# jobs are added
LIST=/v1/projects/lists/jobs
for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21; do
	api POST "$LIST" "$(job_body "j$n")"
done
api GET "$LIST"
json 'a page of 20' '[.jobs | length, .[0].jobId, .[19].jobId]' \
	'[20, "j21", "j02"]'
api GET "$LIST?pageToken=$(field '.nextPageToken | @uri')"
json 'the last page' '[(.jobs | map(.jobId)), .nextPageToken]' '[["j01"], null]'
api GET "$LIST?pageSize=3"
json 'three' '.jobs | map(.jobId)' '["j21", "j20", "j19"]'
token=$(field '.nextPageToken | @uri')
api POST "$LIST" "$(job_body j22)"
api GET "$LIST?pageSize=2&pageToken=$token"
json 'two more after an insert' '.jobs | map(.jobId)' '["j18", "j17"]'
api GET "$LIST?page_size=1"
json 'a query in snake_case' '.jobs | map(.jobId)' '["j22"]'
api GET "$LIST?pageSize=22"
json 'exactly all: no token' '[(.jobs | length), .nextPageToken]' '[22, null]'
api GET "$LIST?pageSize=1000"
json 'the largest page is 100' '.jobs | length' 22
api GET "$LIST?pageToken=rubbish"
is 'a bad token' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
api GET "$LIST?pageSize=-1"
is 'a negative size' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
api GET "$LIST?pageSize=many"
refused 'a size of letters' 400 INVALID_ARGUMENT \
	"Invalid value at 'page_size' (TYPE_INT32), \"many\""
# 3: lists hide jobs after 90 days; the id stays taken
create_us='2026-03-09T01:10:30'
api GET "$LIST/j01"
is 'when the list was made' "$(field .createTime)" "${create_us}Z"
advance_to 2026-06-07T01:10:30.999998Z
api GET "$LIST?pageSize=50"
json 'almost 90 days' '.jobs | length' 22
advance_to 2026-06-07T01:10:30.999999Z
api GET "$LIST"
is '90 days' "$HTTP $BODY" '200 {}'
api GET "$LIST/j01"
ok 'get after 90 days'
api POST "$LIST" "$(job_body j01)"
is 'taken after 90 days' "$HTTP $BODY" "409 $taken"

# 3: ids
long=$(printf '%0127d' 0)
create "a$long"
ok 'an id of 128 characters'
create "a0$long"
is 'an id of 129' "$HTTP $(field .error.details[0].fieldViolations[0].field)" \
	'400 job.job_id'
for id in train-daily 1st _x 'a b' 'ü1' 'a.b'; do
	create "$id"
	refused "the id '$id'" 400 INVALID_ARGUMENT "Field: job.job_id Error: A name should start with a letter and contain only letters, numbers and underscores"
done
api POST "$JOBS" "$(job_body x | jq 'del(.jobId)')"
is 'no id' "$HTTP $(field .error.details[0].fieldViolations[0].field)" \
	'400 job.job_id'

# 5, 9: what the job must have
api POST "$JOBS" "$(job_body x | jq 'del(.trainingInput.region)')"
is 'no region' "$HTTP $(field .error.details[0].fieldViolations[0].field)" \
	'400 region'
api POST "$JOBS" "$(job_body x | jq '.trainingInput.region = "moon-east1"')"
has 'an unknown region' "$(field .error.message)" \
	"Field: region Error: The provided GCE region 'moon-east1' is not available. Options are [asia-east1, "
api POST "$JOBS" "$(job_body x | jq '.trainingInput.scaleTier = "CUSTOM"')"
refused 'CUSTOM without a master' 400 INVALID_ARGUMENT \
	'Field: master_type Error: Master type must be specified for the CUSTOM scale tier.'
api POST "$JOBS" '{"jobId":"x"}'
is 'no input' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'

# 9: JSON that is not a job
api POST "$JOBS" "$(job_body x | jq '.trainingInput.job_spec = 1')"
refused 'an unknown nested field' 400 INVALID_ARGUMENT "Invalid JSON payload received. Unknown name \"job_spec\" at 'job.training_input': Cannot find field."
json 'its violation' '.error.details[0].fieldViolations' "[{\"field\": \"job.training_input\", \"description\": \"Invalid JSON payload received. Unknown name \\\"job_spec\\\" at 'job.training_input': Cannot find field.\"}]"
api POST "$JOBS" "$(job_body x | jq '.parameter_server_type = "x"')"
refused 'an unknown field' 400 INVALID_ARGUMENT "Invalid JSON payload received. Unknown name \"parameter_server_type\" at 'job': Cannot find field."
api POST "$JOBS" "$(job_body x | jq '.trainingInput.workerCount = "abc"')"
refused 'a wrong type' 400 INVALID_ARGUMENT \
	"Invalid value at 'job.training_input.worker_count' (TYPE_INT64), \"abc\""
api POST "$JOBS" "$(job_body x | jq '.trainingInput.scaleTier = "HUGE"')"
refused 'a bad enum' 400 INVALID_ARGUMENT "Invalid value at 'job.training_input.scale_tier' (type.googleapis.com/google.cloud.ml.v1.TrainingInput.ScaleTier), \"HUGE\""
for body in '{"jobId":' '[]' '"x"' 'nonsense'; do
	api POST "$JOBS" "$body"
	is "the body $body" "$HTTP $(field .error.status)" \
		'400 INVALID_ARGUMENT'
done
api POST "$JOBS" '{"jobId":'
has 'malformed' "$(field .error.message)" 'Invalid JSON payload received.'
head -c 10485761 /dev/zero | tr '\0' ' ' >"$TMP/big"
api POST "$JOBS" "@$TMP/big"
is 'a body over 10 MiB' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'

# 1: query parameters
api GET "$JOBS/first?alt=json&\$.xgafv=2&key=k&quotaUser=u&trace=t"
ok 'standard parameters'
api GET "$JOBS/first?foo=1"
refused 'an unknown parameter' 400 INVALID_ARGUMENT "Invalid JSON payload received. Unknown name \"foo\": Cannot bind query parameter. Field 'foo' could not be found in request message."

# 9: paths and methods that do not exist; what is not emulated says so
for request in 'GET /v1/projects/p1/job' 'GET /' "DELETE $JOBS/first" \
	"PUT $JOBS" "POST $JOBS/first:stop" "GET $JOBS/first/x"; do
	# shellcheck disable=SC2086
	api $request
	is "$request" "$HTTP" 404
	has "$request is a page" "$BODY" '<title>Error 404 (Not Found)!!1</title>'
done
stop EMU
is 'SIGTERM' "$STOPPED" 0
