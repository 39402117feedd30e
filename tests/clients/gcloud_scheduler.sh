#!/bin/sh
# SPDX-License-Identifier: MIT
# Every `gcloud scheduler` command on record (facts scheduler.md section 6), and
# the masks that the others send: the real gcloud against the emulator. What a
# job is then, is read over the API.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need gcloud curl jq

emu_start
# shellcheck source=tests/clients/gcloud.sh
. "$SRCDIR/tests/clients/gcloud.sh"
LOC=/v1/projects/p1/locations/us-central1
SA=sa@p1.iam.gserviceaccount.com
DEFAULTS='"maxBackoffDuration": "3600s", "maxDoublings": 5,
	"maxRetryDuration": "0s", "minBackoffDuration": "5s"'
# gj NAME VERB ...: gcloud scheduler jobs VERB ..., in the one location.
gj() {
	gj_name=$1
	shift
	g "$gj_name" scheduler jobs "$@" --location=us-central1
}
# job WHAT ID WANT: all that its user can set, and its state.
job() {
	api GET "$LOC/jobs/$2"
	json "$1" 'del(.name, .userUpdateTime, .scheduleTime,
		.lastAttemptTime, .status)' "$3"
}

api PUT /v1/projects/p1/topics/mytopic
printf 'vm\n' >"$TMP/body"
gj pj1 create pubsub pj1 --schedule='every 12 hours' --topic=mytopic \
	--message-body=go --attributes=a=b,c=d --time-zone=America/New_York \
	--description=desc
gj pj2 create pubsub pj2 --schedule='0 */3 * * *' \
	--topic=projects/other/topics/t --message-body-from-file="$TMP/body"
gj hj1 create http hj1 --schedule='*/5 * * * *' --uri=https://127.0.0.1:9/do
gj hj2 create http hj2 --schedule='0 9 * * 1-5' --uri=https://127.0.0.1:9/do \
	--http-method=PUT --headers=X-A=1,Content-Type=application/json \
	--message-body='{"a":1}' --oidc-service-account-email=$SA \
	--oidc-token-audience=https://aud --attempt-deadline=20m \
	--max-retry-attempts=3 --max-retry-duration=1h --min-backoff=10s \
	--max-backoff=300s --max-doublings=3
gj aj1 create app-engine aj1 --schedule='every monday 09:00' \
	--relative-url=/cron --service=svc --version=v1 --http-method=GET
gj aj2 create app-engine aj2 --schedule='every monday 09:00'
done_with pj1 pj2 hj1 hj2 aj1 aj2
job pj1 pj1 '{"description": "desc", "pubsubTarget": {"data": "Z28=",
	"topicName": "projects/p1/topics/mytopic",
	"attributes": {"a": "b", "c": "d"}}, "state": "ENABLED",
	"retryConfig": {'"$DEFAULTS"'}, "schedule": "every 12 hours",
	"timeZone": "America/New_York"}'
job pj2 pj2 '{"pubsubTarget": {"topicName": "projects/other/topics/t",
	"data": "dm0K"}, "state": "ENABLED", "retryConfig": {'"$DEFAULTS"'},
	"schedule": "0 */3 * * *", "timeZone": "Etc/UTC"}'
job hj1 hj1 '{"httpTarget": {"uri": "https://127.0.0.1:9/do",
	"httpMethod": "POST", "headers": {"User-Agent":
	"Google-Cloud-Scheduler"}}, "state": "ENABLED", "retryConfig": {
	'"$DEFAULTS"'}, "schedule": "*/5 * * * *", "timeZone": "Etc/UTC",
	"attemptDeadline": "180s"}'
job hj2 hj2 '{"httpTarget": {"uri": "https://127.0.0.1:9/do",
	"httpMethod": "PUT", "headers": {"X-A": "1", "Content-Type":
	"application/json", "User-Agent": "Google-Cloud-Scheduler"},
	"body": "eyJhIjoxfQ==", "oidcToken": {"serviceAccountEmail":
	"'$SA'", "audience": "https://aud"}}, "state": "ENABLED",
	"retryConfig": {"retryCount": 3, "maxRetryDuration": "3600s",
	"minBackoffDuration": "10s", "maxBackoffDuration": "300s",
	"maxDoublings": 3}, "schedule": "0 9 * * 1-5", "timeZone": "Etc/UTC",
	"attemptDeadline": "1200s"}'
AGENT='"headers": {"User-Agent":
	"AppEngine-Google; (+http://code.google.com/appengine)"}'
app='"state": "ENABLED", "retryConfig": {'$DEFAULTS'},
	"schedule": "every monday 09:00", "timeZone": "Etc/UTC"'
job aj1 aj1 '{"appEngineHttpTarget": {"httpMethod": "GET",
	"appEngineRouting": {"service": "svc", "version": "v1",
	"host": "v1.svc.p1.appspot.com"}, "relativeUri": "/cron",
	'"$AGENT}, $app}"
job aj2 aj2 '{"appEngineHttpTarget": {"httpMethod": "POST",
	"appEngineRouting": {"host": "p1.appspot.com"}, "relativeUri": "/",
	'"$AGENT}, $app}"

# what an update does not name stays, though its body has defaults for it
gj uri list --uri
gj table list
gj describe describe pj1
gj plan update pubsub pj1 --schedule='0 1 * * *'
gj retry update http hj1 --max-retry-attempts=5 --clear-max-backoff \
	--attempt-deadline=30s
gj route update app-engine aj1 --relative-url=/x --clear-service
gj token update http hj2 --clear-auth-token --update-headers=X-B=2 \
	--time-zone=Europe/Zurich
gj pause pause aj2
gj nope delete nope
g places scheduler locations list
done_with uri table describe plan retry route token pause places
refused nope
has 'an unknown job' "$(err nope)" 'NOT_FOUND: Job not found.'
has 'list --uri' "$(out uri)" \
	"$EMU_URL/v1/projects/p1/locations/us-central1/jobs/aj1"
has 'list' "$(tr -s ' ' <"$TMP/table.out")" \
	'hj1 us-central1 */5 * * * * (Etc/UTC) HTTP ENABLED'
has 'describe' "$(out describe)" 'topicName: projects/p1/topics/mytopic'
is 'locations' "$(grep -c 'projects/p1/locations/' "$TMP/places.out")" 13
is 'pause says' "$(err pause)" 'Job has been paused.'
api GET "$LOC/jobs/aj2"
json 'paused' '[.state, .scheduleTime]' '["PAUSED", null]'
job 'the schedule alone' pj1 '{"description": "desc", "pubsubTarget": {
	"data": "Z28=", "topicName": "projects/p1/topics/mytopic",
	"attributes": {"a": "b", "c": "d"}}, "state": "ENABLED",
	"retryConfig": {'"$DEFAULTS"'}, "schedule": "0 1 * * *",
	"timeZone": "America/New_York"}'
job 'retries and deadline' hj1 '{"httpTarget": {"uri":
	"https://127.0.0.1:9/do", "httpMethod": "POST", "headers": {
	"User-Agent": "Google-Cloud-Scheduler"}}, "state": "ENABLED",
	"retryConfig": {"retryCount": 5, '"$DEFAULTS"'},
	"schedule": "*/5 * * * *", "timeZone": "Etc/UTC",
	"attemptDeadline": "30s"}'
job 'routing and path' aj1 '{"appEngineHttpTarget": {"httpMethod": "GET",
	"appEngineRouting": {"service": "default", "version": "v1",
	"host": "v1.default.p1.appspot.com"}, "relativeUri": "/x",
	'"$AGENT}, $app}"
api GET "$LOC/jobs/hj2"
json 'token, headers and zone' '[.httpTarget.oidcToken, .httpTarget.headers,
	.timeZone, .schedule, .retryConfig.retryCount, .httpTarget.body]' \
	'[null, {"X-A": "1", "X-B": "2", "Content-Type": "application/json",
	"User-Agent": "Google-Cloud-Scheduler"}, "Europe/Zurich",
	"0 9 * * 1-5", 3, "eyJhIjoxfQ=="]'

gj data update pubsub pj1 --message-body=new --update-attributes=z=y \
	--remove-attributes=a
gj resume resume pj1
gj again resume aj2
gj oauth update http hj2 --oauth-service-account-email=$SA --clear-headers \
	--clear-max-retry-attempts --clear-time-zone
gj run run pj1
gj gone delete pj2
done_with data again oauth run gone
refused resume
has 'not paused' "$(err resume)" 'FAILED_PRECONDITION'
is 'resume says' "$(err again)" 'Job has been resumed.'
api GET "$LOC/jobs/pj1"
json 'data, attributes and a run' '[.pubsubTarget, .status]' '[{"topicName":
	"projects/p1/topics/mytopic", "data": "bmV3",
	"attributes": {"c": "d", "z": "y"}}, {}]'
api GET "$LOC/jobs/hj2"
json 'what was cleared' '[.httpTarget.oauthToken, .httpTarget.headers,
	.timeZone, .retryConfig.retryCount]' '[{"serviceAccountEmail": "'$SA'",
	"scope": "https://www.googleapis.com/auth/cloud-platform"},
	{"User-Agent": "Google-Cloud-Scheduler",
	"Content-Type": "application/octet-stream"}, "Etc/UTC", null]'
api GET "$LOC/jobs"
json 'all that are left' '[.jobs[] | [(.name | split("/")[-1]), .state]]' \
	'[["aj1", "ENABLED"], ["aj2", "ENABLED"], ["hj1", "ENABLED"],
	["hj2", "ENABLED"], ["pj1", "ENABLED"]]'

exit $failed
