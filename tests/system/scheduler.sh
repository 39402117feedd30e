#!/bin/sh
# SPDX-License-Identifier: MIT
# Cloud Scheduler over HTTP on the virtual clock. The numbers in comments are
# sections of the facts about the service (scheduler.md).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
rec_start
# two days before the clocks go forward in New York, 2024-03-10 07:00 UTC
START=2024-03-08T00:00:00Z
emu_start --app-engine "$REC_URL/apps/"
LOC=/v1/projects/p1/locations/us-central1
NAME=projects/p1/locations/us-central1/jobs
TARGET='"pubsubTarget":{"topicName":"projects/p1/topics/ticks","data":"Z28=","attributes":{"a":"b"}}'

# create ID SCHEDULE TARGET [MEMBERS]
create() {
	api POST "$LOC/jobs" "{\"name\":\"$NAME/$1\",\"schedule\":\"$2\",$3${4:+,$4}}"
}
delete() {
	api DELETE "$LOC/jobs/$1"
	is "delete $1" "$HTTP $BODY" '200 {}'
}
job() { api GET "$LOC/jobs/$1"; }
verb() { api POST "$LOC/jobs/$1:$2" '{}'; }
http() {
	printf '"httpTarget":{"uri":"%s/%s"%s}' "$REC_URL" "$1" "${2:+,$2}"
}
pulled() {
	api POST /v1/projects/p1/subscriptions/ticks-sub:pull \
		'{"maxMessages":1000,"returnImmediately":true}'
	json "$1" '[.receivedMessages[]?.message.publishTime]' "$2"
	pulled_body=$BODY
	acks=$(field '{ackIds: [.receivedMessages[]?.ackId]}')
	api POST /v1/projects/p1/subscriptions/ticks-sub:acknowledge "$acks"
	BODY=$pulled_body
}
clear_calls() { : >"$REC_FILE"; }

api PUT /v1/projects/p1/topics/ticks
# nobody pulls for months on end: it must not expire
api PUT /v1/projects/p1/subscriptions/ticks-sub \
	'{"topic":"projects/p1/topics/ticks","ackDeadlineSeconds":600,
	"expirationPolicy":{}}'

# 1: create, get, list, delete
api GET "$LOC/jobs"
is 'no jobs' "$HTTP $BODY" '200 {}'
create night '0 2 * * *' "$TARGET" '"description":"d"'
ok 'create'
want='{
	"name": "projects/p1/locations/us-central1/jobs/night",
	"description": "d",
	"pubsubTarget": {"topicName": "projects/p1/topics/ticks",
		"data": "Z28=", "attributes": {"a": "b"}},
	"userUpdateTime": "2024-03-08T00:00:00Z", "state": "ENABLED",
	"scheduleTime": "2024-03-08T02:00:00Z",
	"retryConfig": {"maxRetryDuration": "0s", "minBackoffDuration": "5s",
		"maxBackoffDuration": "3600s", "maxDoublings": 5},
	"schedule": "0 2 * * *", "timeZone": "Etc/UTC"}'
json 'the answer' . "$want"
job night
json 'get' . "$want"
create night '0 3 * * *' "$TARGET"
refused 'a job twice' 409 ALREADY_EXISTS "Job $NAME/night already exists."
for request in "GET $LOC/jobs/none" "DELETE $LOC/jobs/none" \
	"POST $LOC/jobs/none:pause {}" "POST $LOC/jobs/none:resume {}" \
	"POST $LOC/jobs/none:run {}" \
	"GET /v1/projects/p1/locations/us-east1/jobs/night"; do
	# shellcheck disable=SC2086
	api $request
	refused "$request" 404 NOT_FOUND 'Job not found.'
done
invalid='Schedule or time zone is invalid.'
for row in '* * * *|UTC' '0 0 30 2 *|UTC' '60 * * * *|UTC' '|UTC' \
	'0 0 * * * *|UTC' '* * * * *|EST' '* * * * *|Mars/Phobos' \
	'@hourly|UTC'; do
	create a "${row%|*}" "$TARGET" "\"timeZone\":\"${row#*|}\""
	refused "schedule $row" 400 INVALID_ARGUMENT "$invalid"
done
create 'a b' '* * * * *' "$TARGET"
has 'a bad name' "$HTTP $(field .error.message)" \
	'400 Job name must be formatted: "projects/<PROJECT_ID>/'
api POST "$LOC/jobs" "{\"name\":\"projects/p2/locations/us-central1/jobs/x\",\"schedule\":\"* * * * *\",$TARGET}"
has "another parent's name" "$HTTP $(field .error.message)" \
	'400 Job name must be formatted'
create a '* * * * *' '"pubsubTarget":{"topicName":"projects/p1/topics/ticks"}'
is 'an empty message' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
create a '* * * * *' '"httpTarget":{"uri":"ftp://x/"}'
is 'a bad uri' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
create a '* * * * *' "$(http x '"headers":{"X-A":"1\r\nX-B: 2"}')"
refused 'a header in a header' 400 INVALID_ARGUMENT \
	'Request contains an invalid argument.'
json 'where' '.error.details[0].fieldViolations[0].field' \
	'"http_target.headers"'
create a '* * * * *' '"description":"no target"'
is 'no target' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
create a '* * * * *' "$TARGET" '"retryConfig":{"retryCount":6}'
is 'too many retries' "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
create day '0 12 * * *' "$TARGET"
api GET "$LOC/jobs?pageSize=1"
json 'one of two' '.jobs | map(.name)' "[\"$NAME/day\"]"
api GET "$LOC/jobs?pageSize=1&pageToken=$(field '.nextPageToken | @uri')"
json 'the other' '[(.jobs | map(.name)), .nextPageToken]' \
	"[[\"$NAME/night\"], null]"
delete day
job day
is 'deleted' "$HTTP" 404

# 5: a Pub/Sub target publishes data and attributes, exactly, at the tick
advance_to 2024-03-08T01:59:59.999999Z
is 'no tick yet' "$(field .ticks)" 0
advance_to 2024-03-08T02:00:00Z
json 'the tick' '[.ticks, .attempts, .attemptsFailed, .messagesPublished]' \
	'[1, 1, 0, 1]'
pulled 'one message' '["2024-03-08T02:00:00.000Z"]'
json 'as given' '.receivedMessages[0].message | [.data, .attributes]' \
	'["Z28=", {"a": "b"}]'
job night
json 'after success' '[.status, .scheduleTime, (.lastAttemptTime | .[:19])]' \
	'[{}, "2024-03-09T02:00:00Z", "2024-03-08T02:00:00"]'
delete night

# 3: DST in New York. A local time that does not exist is skipped, one that
# comes twice fires twice (vectors measured with Google's own library).
create dst '30 2 * * *' "$TARGET" '"timeZone":"America/New_York"'
advance_to 2024-03-11T12:00:00Z
pulled '02:30 in spring' '["2024-03-08T07:30:00.000Z",
	"2024-03-09T07:30:00.000Z", "2024-03-11T06:30:00.000Z"]'
delete dst
advance_to 2024-11-02T12:00:00Z
create dst '30 1 * * *' "$TARGET" '"timeZone":"America/New_York"'
advance_to 2024-11-04T12:00:00Z
pulled '01:30 in autumn' '["2024-11-03T05:30:00.000Z",
	"2024-11-03T06:30:00.000Z", "2024-11-04T06:30:00.000Z"]'
delete dst
create half '0 9 * * *' "$TARGET" '"timeZone":"Asia/Kolkata"'
advance_to 2024-11-05T12:00:00Z
pulled 'a zone with half an hour' '["2024-11-05T03:30:00.000Z"]'
delete half

# 1, 4: pause and resume; ticks in between do not fire
create pause '0 * * * *' "$TARGET"
verb pause pause
json 'paused' '[.state, .scheduleTime]' '["PAUSED", null]'
verb pause pause
is 'pause twice' "$HTTP $(field .error.status)" '400 FAILED_PRECONDITION'
advance 5h
is 'no ticks' "$(field .ticks)" 0
# a guess of the facts: run works on a paused job
verb pause run
is 'run' "$HTTP $(field .state)" '200 PAUSED'
settle
pulled 'the run of a paused job' '["2024-11-05T17:00:00.000Z"]'
verb pause resume
json 'resumed' '[.state, .scheduleTime]' '["ENABLED", "2024-11-05T18:00:00Z"]'
verb pause resume
is 'resume twice' "$HTTP $(field .error.status)" '400 FAILED_PRECONDITION'
# a run leaves the schedule alone
advance_to 2024-11-05T17:59:59Z
verb pause run
is 'the schedule stays' "$(field .scheduleTime)" 2024-11-05T18:00:00Z
settle
advance 1s
pulled 'a run next to a tick: both' \
	'["2024-11-05T17:59:59.000Z", "2024-11-05T18:00:00.000Z"]'
delete pause

# 5: an HTTP target and its headers, in Los Angeles' offset
advance_to 2024-11-30T23:59:30Z
create hj1 '0 0 * * *' "$(http "do" "\"body\":\"$(b64 '{"x":1}')\",\"headers\":{
	\"X-Own\": \"1\", \"User-Agent\": \"me\", \"Host\": \"elsewhere\",
	\"Content-Length\": \"3\", \"X-CloudScheduler\": \"false\",
	\"X-CloudScheduler-JobName\": \"other\", \"X-Google-Thing\": \"x\",
	\"X-AppEngine-Thing\": \"x\", \"Transfer-Encoding\": \"chunked\",
	\"Connection\": \"close\", \"Keep-Alive\": \"1\", \"TE\": \"trailers\",
	\"Upgrade\": \"h2c\", \"Trailer\": \"X-Own\", \"X-Empty\": \"\",
	\"X-Blank\": \" \", \"Proxy-Connection\": \"close\"}")" '"timeZone":"Asia/Tokyo"'
json 'its deadline' .attemptDeadline '"180s"'
advance_to 2024-12-01T15:00:00Z
called 'one request' 1
call_at 1
is 'POST by default' "$(field '"\(.method) \(.path) \(.body)"')" \
	'POST /do {"x":1}'
json 'the headers, all of them' .headers "{
	\"accept-encoding\": \"gzip, deflate, br\",
	\"x-empty\": \"\", \"x-blank\": \"\",
	\"user-agent\": \"Google-Cloud-Scheduler\", \"x-cloudscheduler\": \"true\",
	\"x-cloudscheduler-jobname\": \"hj1\",
	\"x-cloudscheduler-scheduletime\": \"2024-12-01T07:00:00-08:00\",
	\"content-type\": \"application/octet-stream\",
	\"content-length\": \"7\", \"host\": \"$REC_HOST\", \"x-own\": \"1\"}"
delete hj1
clear_calls
create typed '0 0 * * *' "$(http get '"httpMethod":"PUT","body":"e30=","headers":{"content-type":"application/json"}')"
verb typed run
settle
call_at 1
is "the job's own type" "$(field '"\(.method) \(.headers."content-type")"')" \
	'PUT application/json'
delete typed
# as many as there may be
clear_calls
many=$(jq -nc '[range(100) | {key: "X-\(.)", value: "v"}] | from_entries')
create many '0 0 * * *' "$(http many "\"headers\":$many")"
verb many run
settle
call_at 1
is 'a hundred headers' "$(field '[.headers | to_entries[] |
	select(.value == "v")] | length')" 100
delete many
clear_calls
create accepts '0 0 * * *' "$(http get '"httpMethod":"GET","headers":{
	"accept":"text/plain","Accept-Encoding":"identity","Content-Type":""}')"
verb accepts run
settle
call_at 1
json 'what the job accepts' '.headers |
	[.accept, ."accept-encoding", ."content-type"]' \
	'["text/plain", "identity", ""]'
delete accepts
clear_calls
create bare '0 0 * * *' "$(http empty)"
advance_to 2024-12-01T15:00:00.25Z
verb bare run
settle
call_at 1
json 'no body' '.headers | [."content-length", ."content-type"]' '["0", null]'
# 5: fractional seconds for a manual run
is 'the time of a run' "$(field '.headers."x-cloudscheduler-scheduletime"')" \
	2024-12-01T07:00:00.250000-08:00
delete bare
clear_calls
create summer '0 12 1 7 *' "$(http get '"httpMethod":"GET"')"
advance_to 2025-07-01T12:00:00Z
call_at 1
json 'daylight saving time' '[.method, .headers."x-cloudscheduler-scheduletime"]' \
	'["GET", "2025-07-01T05:00:00-07:00"]'
delete summer

# 5: an App Engine target goes to what stands in for the apps
clear_calls
rec_answers 200
create app '0 13,14 1 7 *' '"appEngineHttpTarget":{"relativeUri":"/cron?a=b",
	"body":"e30=","appEngineRouting":{"service":"svc"},"headers":{
	"User-Agent":"me","X-AppEngine-Thing":"x","X-Own":"1"}}'
json 'an App Engine target' '.appEngineHttpTarget | del(.headers)' '{
	"httpMethod": "POST", "relativeUri": "/cron?a=b", "body": "e30=",
	"appEngineRouting": {"service": "svc", "host": "svc.p1.appspot.com"}}'
advance_to 2025-07-01T13:00:00Z
call_at 1
is 'its request' "$(field '"\(.method) \(.path) \(.body)"')" \
	'POST /apps/cron {}'
json 'its headers, all of them' .headers '{
	"host": "svc.p1.appspot.com", "accept-encoding": "gzip, deflate, br",
	"user-agent": "me AppEngine-Google; (+http://code.google.com/appengine)",
	"x-cloudscheduler": "true", "x-cloudscheduler-jobname": "app",
	"x-cloudscheduler-scheduletime": "2025-07-01T06:00:00-07:00",
	"content-type": "application/octet-stream", "content-length": "2",
	"x-own": "1"}'
# a fault of the system: retried, whatever the rule
rec_answers 503
advance_to 2025-07-01T14:00:00Z
job app
is 'a retry' "$(field .scheduleTime)" 2025-07-01T14:00:05Z
rec_answers 302
advance 5s
job app
json 'an app does not redirect' '[.status.code, .scheduleTime]' \
	'[9, "2026-07-01T13:00:00Z"]'
called 'in all' 3
api GET '/emulator/v1/journal?max=100000'
json 'on record' '[.entries[] | select(.kind == "appEngine") |
	[.job, .method, .host, .path, .body]] | unique' \
	'[["app", "POST", "svc.p1.appspot.com", "/cron?a=b", "e30="]]'
delete app

rec_answers 200
# what is not ASCII goes out encoded
clear_calls
create accent '0 0 * * *' "$(http 'status/204/é' '"httpMethod":"GET"')"
verb accent run
settle
call_at 1
is 'a path in UTF-8' "$(field .path)" /status/204/é
job accent
json 'arrives' .status '{}'
delete accent

# 4: of a redirected request the last answer counts. The method goes with it as
# RFC 9110 says (section 15.4), and the headers; a POST becomes a GET by 301,
# 302 and 303.
create moved '0 0 * * *' "$(http moved/307/moved/308/end '"body":"e30=",
	"headers":{"X-Own":"1"}')"
for row in '307/moved/308/end|POST POST POST|POST {} 7|null' \
	'301/end|POST GET|GET |null' '302/moved/307/end|POST GET GET|GET |null' \
	'303/end|POST GET|GET |null' '307/status/503|POST POST|POST {} 7|14' \
	'304/end|POST|POST {} 7|9'; do
	rest=${row#*|}
	clear_calls
	api PATCH "$LOC/jobs/moved?updateMask=httpTarget.uri" \
		"{\"httpTarget\":{\"uri\":\"$REC_URL/moved/${row%%|*}\"}}"
	verb moved run
	settle
	BODY=$(jq -s . "$REC_FILE")
	is "methods of ${row%%|*}" "$(field 'map(.method) | join(" ")')" \
		"${rest%%|*}"
	json 'the headers go along' 'map(.headers."x-own") | unique' '["1"]'
	is 'the time too' "$(field 'map(.headers."x-cloudscheduler-jobname") |
		unique[]')" moved
	rest=${rest#*|}
	[ "${rest%%|*}" = 'POST {} 7' ] || is 'no body, no type' \
		"$(field 'last | [.body, .headers."content-type"] | tostring')" \
		'["",null]'
	job moved
	is 'its status' "$(field .status.code)" "${rest#*|}"
done
# ten are followed
clear_calls
api PATCH "$LOC/jobs/moved?updateMask=httpTarget.uri" \
	"{\"httpTarget\":{\"uri\":\"$REC_URL/round\"}}"
verb moved run
settle
called 'round and round' 11
job moved
is 'is a failure' "$(field .status.code)" 9
delete moved

# 4: a failed attempt, no retries by default
clear_calls
rec_answers 404
create fail '0 0 * * *' "$(http fail)"
verb fail run
settle
job fail
is 'status' "$(field .status.code)" 5
for row in '500 13' '503 14' '400 3' '429 8' '401 16' '403 7' '501 12' '504 4' \
	'418 9' '599 13'; do
	rec_answers "${row% *}"
	verb fail run
	settle
	job fail
	is "status of ${row% *}" "$(field .status.code)" "${row#* }"
done
clear_calls
advance_to 2025-07-02T12:00:00Z
called 'one attempt a tick' 1
json 'counted as failed' '[.ticks, .attempts, .attemptsFailed]' '[1, 1, 1]'
rec_answers 200
verb fail run
settle
job fail
json 'status after success' .status '{}'
head -c 3000000 /dev/zero | tr '\0' x >"$REC_FILE.body"
verb fail run
settle
rm "$REC_FILE.body"
job fail
json 'after success with an answer of 3 MB' .status '{}'
delete fail

# 4: retryCount 5: 5, 10, 20, 40, 80 s, then no more
retry='"retryConfig":{"retryCount":5}'
clear_calls
rec_answers 500
create again '0 0 * * *' "$(http again)" "$retry"
advance_to 2025-07-03T00:00:00Z
n=1
called 'the attempt of the tick' 1
for s in 5 10 20 40 80; do
	job again
	# 5, 15, 35, 75 and 155 s after the tick
	due=$(date -u -d "2025-07-03T00:00:00Z + $((s * 2 - 5)) seconds" +%FT%TZ)
	is "scheduleTime: the retry after $s s" "$(field .scheduleTime)" "$due"
	advance "$((s * 1000 - 1))ms"
	called "not within $s s" $n
	advance 1ms
	n=$((n + 1))
	called "attempt $n" $n
done
advance_to 2025-07-03T23:59:59Z
called 'no seventh' 6
job again
is 'the next tick' "$(field .scheduleTime)" 2025-07-04T00:00:00Z
# every attempt names the tick
BODY=$(jq -s 'map(.headers."x-cloudscheduler-scheduletime") | unique' "$REC_FILE")
json 'the tick in each' . '["2025-07-02T17:00:00-07:00"]'
delete again

# doublings end: 10, 20, 40, 80, 160, 240, 300, 300 (the facts' own row)
clear_calls
create line '0 0 * * *' "$(http line)" '"retryConfig":{
	"maxRetryDuration":"3600s","minBackoffDuration":"10s",
	"maxBackoffDuration":"300s","maxDoublings":3}'
advance_to 2025-07-04T00:00:00Z
n=1
for s in 10 20 40 80 160 240 300 300; do
	advance "$((s * 1000 - 1))ms"
	called "linear: not within $s s" $n
	advance 1ms
	n=$((n + 1))
	called "linear: attempt $n" $n
done
# maxRetryDuration ends it: 1150 s have passed, then 300 s each: at 3550 s the
# last failure within the hour, so the last attempt is at 3850 s
advance 6h
called 'the duration ends it' $((n + 9))
delete line

# a tick during retries is not lost, and fires once
clear_calls
create late '* * * * *' "$(http late)" '"retryConfig":{"retryCount":3,
	"minBackoffDuration":"30s","maxBackoffDuration":"30s"}'
advance_to 2025-07-05T00:00:00Z
rec_answers 200
advance 10m
rec_answers 500
clear_calls
advance_to 2025-07-05T00:11:00Z
called 'a tick fails' 1
rec_answers 200
advance_to 2025-07-05T00:11:29Z
called 'waits' 1
advance_to 2025-07-05T00:11:30Z
called 'the retry works' 2
advance_to 2025-07-05T00:12:00Z
called 'the next tick' 3
rec_answers 500
advance_to 2025-07-05T00:14:00Z
# 00:13 fails, again at 13:30 and 14:00, where the tick of 00:14 waits
called 'two retries' 6
rec_answers 200
advance_to 2025-07-05T00:14:30Z
# the third retry, then the tick that waited
called 'the tick that waited' 8
call_at 8
is 'is that of 00:14' "$(field '.headers."x-cloudscheduler-scheduletime"')" \
	2025-07-04T17:14:00-07:00
delete late

# the same for a Pub/Sub target: the topic is missing, then there
clear_calls
create topic '* * * * *' \
	'"pubsubTarget":{"topicName":"projects/p1/topics/soon","data":"eA=="}' \
	'"retryConfig":{"retryCount":2}'
advance_to 2025-07-05T00:15:00Z
json 'no topic' '[.ticks, .attempts, .attemptsFailed]' '[1, 1, 1]'
job topic
json 'NOT_FOUND' '[.status.code, .scheduleTime]' '[5, "2025-07-05T00:15:05Z"]'
advance 5s
json 'the first retry' '[.ticks, .attempts, .attemptsFailed]' '[0, 1, 1]'
api PUT /v1/projects/p1/topics/soon
advance 10s
json 'the second works' '[.ticks, .attempts, .attemptsFailed]' '[0, 1, 0]'
advance 5m
json 'ticks go on' '[.ticks, .attempts, .attemptsFailed]' '[5, 5, 0]'
delete topic

# 4: a paused job has no executions, retries neither
clear_calls
rec_answers 500
create quiet '0 0 * * *' "$(http quiet)" "$retry"
advance_to 2025-07-06T00:00:00Z
called 'fails' 1
verb quiet pause
advance 1h
called 'no retry while paused' 1
verb quiet resume
is 'resumed' "$(field .scheduleTime)" 2025-07-07T00:00:00Z
advance 1h
called 'nor after' 1
delete quiet
# paused while the attempt is under way
clear_calls
rec_answers 200
create flight '0 0 * * *' "$(http hang)" "$retry"
api POST /emulator/v1/clock:advance \
	'{"to":"2025-07-07T00:00:00Z","timeout":"200ms"}'
is 'under way' "$(field .settled)" false
verb flight pause
is 'pause' "$HTTP" 200
stop REC KILL
rec_start
settle
job flight
json 'it failed' '[.state, .status.code, .scheduleTime]' '["PAUSED", 14, null]'
advance 1h
json 'no retry' .attempts 0

# a patch while a retry waits: the retry goes where the job now leads
clear_calls
rec_answers 500
advance_to 2025-07-08T00:00:00Z
create mend '0 * * * *' "$(http broken)" "$retry"
advance 1h
rec_answers 200
api PATCH "$LOC/jobs/mend?updateMask=httpTarget.uri" \
	"{\"httpTarget\":{\"uri\":\"$REC_URL/mended\"}}"
is 'patched' "$HTTP $(field .scheduleTime)" '200 2025-07-08T01:00:05Z'
advance 5s
call_at 2
is 'the retry' "$(field .path)" /mended
job mend
json 'done' '[.status, .scheduleTime]' '[{}, "2025-07-08T02:00:00Z"]'
stop EMU
is 'SIGTERM' "$STOPPED" 0
status=0
"$BUILDDIR/train-emulator" --app-engine nowhere 2>"$TMP/usage.log" || status=$?
is 'no URL for the apps' "$status" 2
