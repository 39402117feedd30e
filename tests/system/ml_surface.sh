#!/bin/sh
# SPDX-License-Identifier: MIT
# The methods of the jobs API beside the life of a job: patch, IAM, what a
# project has. The numbers in comments are sections of the facts about the
# service (ml-jobs.md).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
P=/v1/projects/p1
JOB=$P/jobs/j
missing='Field: name Error: The specified job could not be found.'

# patch MASK BODY
patch() { api PATCH "$JOB?updateMask=$1" "$2"; }
etag() { field .etag; }
invalid() { is "$1" "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'; }

# 8: labels are replaced as a whole; the answer is the job; gcloud's way of
# asking, and of clearing
api POST "$P/jobs" "$(job_body j | jq '.labels = {env: "prod", owner: "alice"}')"
ok create
made=$BODY first=$(etag)
api PATCH "$JOB?alt=json&updateMask=labels" \
	'{"labels": {"a": "b", "env": "prod", "owner": "bob"}}'
ok 'patch of labels'
json 'all else stays' 'del(.etag)' "$(printf '%s' "$made" | jq \
	'.labels = {a: "b", env: "prod", owner: "bob"} | del(.etag)')"
[ "$(etag)" != "$first" ] || bad 'the etag did not change'
patched=$BODY
api GET "$JOB"
is 'the answer is the job' "$BODY" "$patched"
patch labels '{"labels": {}}'
json 'cleared' .labels null
patch labels '{"labels": {"a": "b"}, "state": "FAILED", "jobId": "x",
	"trainingInput": {"region": "us-east1"}}'
json 'what the mask does not name is let alone' \
	'[.labels, .state, .jobId, .trainingInput.region]' \
	'[{"a": "b"}, "QUEUED", "j", "us-central1"]'
api PATCH "$JOB?updateMask=labels"
json 'no body is an empty one' .labels null

# 8: an etag, of the mask or only of the body; a stale one is refused
now=$(etag)
for mask in etag,labels labels,etag labels; do
	patch $mask "{\"etag\": \"$first\", \"labels\": {\"x\": \"y\"}}"
	refused "a stale etag, mask $mask" 409 ABORTED "Field: job.etag Error: \
The job has been changed since it was read: its etag is another one."
	patch $mask "{\"etag\": \"$now\", \"labels\": {\"m\": \"${mask%,*}\"}}"
	ok "the present etag, mask $mask"
	json 'and it is done' .labels "{\"m\": \"${mask%,*}\"}"
	[ "$(etag)" != "$now" ] || bad "mask $mask: the etag did not change"
	now=$(etag)
done
patch etag "{\"etag\": \"$(printf '%s' "$now" | tr '+/' '-_' | tr -d =)\"}"
ok 'an etag in the other alphabet, without its padding'
json 'labels are let alone' .labels '{"m": "labels"}'
[ "$(etag)" != "$now" ] || bad 'mask etag: the etag did not change'
now=$(etag)
for tag in '' "\"etag\": \"\"" "\"etag\": \"AAAA\""; do
	patch etag "{$tag}"
	is "the mask names the etag, the body has {$tag}" \
		"$HTTP $(field .error.status)" '409 ABORTED'
done
patch labels '{"etag": "no base64!"}'
invalid 'an etag that is no base64'
advance 1h
api GET "$JOB"
is 'a job that is over' "$(field .state)" SUCCEEDED
patch etag "{\"etag\": \"$now\"}"
is 'was changed by its states' "$HTTP $(field .error.status)" '409 ABORTED'
patch labels '{"labels": {"a": "b"}}'
ok 'and can be labelled'

# 8: no other path; the mask in either spelling
for mask in '' 'labels,' ,labels labels.a etag.x state trainingInput \
	training_input training_input.region jobId nope nope.labels '*' \
	labels%20 Labels "$(printf '%0200d' 0)"; do
	patch "$mask" '{"labels": {"c": "d"}}'
	invalid "the mask '$mask'"
	is "its field" "$(field '.error.details[0].fieldViolations[0].field')" \
		update_mask
done
api PATCH "$JOB" '{"labels": {"c": "d"}}'
refused 'no mask' 400 INVALID_ARGUMENT \
	'Field: update_mask Error: An update mask must be specified.'
api PATCH "$JOB?update_mask=labels" '{"labels": {"c": "d"}}'
json 'update_mask' .labels '{"c": "d"}'
api PATCH "$JOB?updateMask=labels,labels" '{"labels": {"e": "f"}}'
json 'a path twice' .labels '{"e": "f"}'
api PATCH "$JOB?updateMask=labels&nope=1" '{}'
refused 'an unknown query parameter' 400 INVALID_ARGUMENT "Invalid JSON payload received. Unknown name \"nope\": Cannot bind query parameter. Field 'nope' could not be found in request message."
patch labels '{"nope": 1}'
refused 'an unknown field' 400 INVALID_ARGUMENT "Invalid JSON payload received. Unknown name \"nope\" at 'job': Cannot find field."
patch labels '{"labels": {"Upper": "x"}}'
has 'a bad label' "$(field .error.message)" \
	'Field: job.labels Error: The label key "Upper" does not conform to'
patch etag '{"labels": {"Upper": "x"}, "etag": "'"$(api GET "$JOB"; etag)"'"}'
ok 'a bad label that the mask does not name'
api PATCH "$P/jobs/none?updateMask=labels" '{"labels": {}, "etag": "AAAA"}'
refused 'patch of no job' 404 NOT_FOUND "$missing"
api GET "$JOB"
json 'what was refused did nothing' .labels '{"e": "f"}'

# 1: cancel takes no body, {}, and nothing else
api POST "$P/jobs" "$(job_body c)"
api POST "$P/jobs/c:cancel" '{"force": true}'
refused 'cancel with a field' 400 INVALID_ARGUMENT \
	'Invalid JSON payload received. Unknown name "force": Cannot find field.'
api POST "$P/jobs/c:cancel" '[]'
invalid 'cancel with a list'
api GET "$P/jobs/c"
is 'it was not cancelled' "$(field .state)" QUEUED
call POST "$EMU_URL$P/jobs/c:cancel" '' -H 'Content-Type:'
is 'no body, no content type' "$HTTP $BODY" '200 {}'

# 1: IAM. No policy is an empty one; the resource must be there but for
# testIamPermissions, which then grants nothing
api GET "$JOB:getIamPolicy"
is 'no policy' "$HTTP $(printf '%s' "$BODY" | jq -c .)" '200 {"etag":"ACAB"}'
api GET "$P/jobs/none:getIamPolicy"
refused 'getIamPolicy of no job' 404 NOT_FOUND "$missing"
api POST "$P/jobs/none:setIamPolicy" '{"policy": {}}'
refused 'setIamPolicy of no job' 404 NOT_FOUND "$missing"
asks='{"permissions": ["ml.jobs.get", "ml.jobs.cancel", "ml.jobs.get", "ml.jobs.fly"]}'
api POST "$P/jobs/none:testIamPermissions" "$asks"
is 'testIamPermissions of no job' "$HTTP $BODY" '200 {}'
api POST "$JOB:testIamPermissions" "$asks"
json 'testIamPermissions' . '{"permissions": ["ml.jobs.get", "ml.jobs.cancel"]}'
api POST "$JOB:testIamPermissions" '{"permissions": ["ml.jobs.*"]}'
invalid 'a permission with a wildcard'
api POST "$JOB:testIamPermissions" '{"permission": ["ml.jobs.get"]}'
refused 'an unknown field of it' 400 INVALID_ARGUMENT \
	'Invalid JSON payload received. Unknown name "permission": Cannot find field.'
api POST "$JOB:testIamPermissions" \
	'{"resource": "projects/p1/jobs/j", "permissions": ["ml.jobs.get"]}'
json 'what the path says may stand in the body' .permissions '["ml.jobs.get"]'
api POST "$JOB:testIamPermissions"
is 'nothing asked' "$HTTP $BODY" '200 {}'

# get, change, set with the etag; the second to do so starts again
viewer='{"role": "roles/ml.viewer", "members": ["user:a@example.com"]}'
api POST "$JOB:setIamPolicy" \
	"{\"policy\": {\"etag\": \"ACAB\", \"bindings\": [$viewer]}}"
ok 'the first policy'
json 'it is shown' 'del(.etag)' "{\"version\": 1, \"bindings\": [$viewer]}"
one=$(etag)
is 'eight bytes' "$(printf '%s' "$one" | base64 -d | wc -c)" 8
api POST "$JOB:setIamPolicy" '{"policy": {"etag": "ACAB"}}'
refused 'the same once more' 409 ABORTED 'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.'
api GET "$JOB:getIamPolicy"
is 'it is unchanged' "$(etag)" "$one"
api POST "$JOB:setIamPolicy" "{\"policy\": {\"etag\": \"$one\"}}"
json 'an empty one takes its place' 'del(.etag)' '{"version": 1}'
[ "$(etag)" != "$one" ] || bad 'the etag of the policy did not change'
api POST "$JOB:setIamPolicy" "{\"policy\": {\"bindings\": [$viewer,
	{\"role\": \"roles/ml.admin\"}]}}"
json 'without an etag it is written over; who is nobody is left out' \
	'del(.etag)' "{\"version\": 1, \"bindings\": [$viewer]}"

# conditions need version 3, to be written, read and lost
owner='{"role": "projects/p1/roles/own", "members": ["allUsers"],
	"condition": {"title": "t", "expression": "request.time < timestamp(\"2027-01-01T00:00:00Z\")"}}'
api POST "$JOB:setIamPolicy" \
	"{\"policy\": {\"version\": 1, \"bindings\": [$owner]}}"
invalid 'a condition in version 1'
api POST "$JOB:setIamPolicy" \
	"{\"policy\": {\"version\": 3, \"bindings\": [$viewer, $owner]}}"
json 'a condition in version 3' 'del(.etag)' \
	"{\"version\": 3, \"bindings\": [$viewer, $owner]}"
three=$(etag)
for version in '' 0 1; do
	api GET "$JOB:getIamPolicy?options.requestedPolicyVersion=$version"
	json "read as version '$version'" '[.version, .bindings[0],
		(.bindings[1] | keys), (.bindings[1].role |
		test("^projects/p1/roles/own_withcond_[0-9a-f]{20}$"))]' \
		"[1, $viewer, [\"members\", \"role\"], true]"
done
shown=$(printf '%s' "$BODY" | jq 'del(.etag, .version)')
api POST "$JOB:setIamPolicy" "{\"policy\": $shown}"
has 'what is no role' "$(field .error.message)" 'is not supported for this resource'
for key in options.requestedPolicyVersion options.requested_policy_version; do
	api GET "$JOB:getIamPolicy?$key=3"
	json "$key=3" 'del(.etag)' \
		"{\"version\": 3, \"bindings\": [$viewer, $owner]}"
done
for version in 2 4 -1; do
	api GET "$JOB:getIamPolicy?options.requestedPolicyVersion=$version"
	invalid "version $version"
done
api GET "$JOB:getIamPolicy?options.requestedPolicyVersion=x"
refused 'a version of letters' 400 INVALID_ARGUMENT "Invalid value at 'options.requested_policy_version' (TYPE_INT32), \"x\""
api POST "$JOB:setIamPolicy" \
	"{\"policy\": {\"version\": 1, \"etag\": \"$three\"}}"
invalid 'conditions that would be lost unseen'

# the update mask: bindings and etag without one
audit='[{"service": "ml.googleapis.com", "auditLogConfigs": [
	{"logType": "DATA_READ"}]}]'
api POST "$JOB:setIamPolicy" "{\"policy\": {\"bindings\": [$viewer],
	\"auditConfigs\": $audit}}"
json 'the mask does not name auditConfigs' '[.auditConfigs, .version]' '[null, 1]'
api POST "$JOB:setIamPolicy" "{\"policy\": {\"auditConfigs\": $audit},
	\"updateMask\": \"auditConfigs\"}"
json 'it does' 'del(.etag)' "{\"version\": 1, \"bindings\": [$viewer],
	\"auditConfigs\": $audit}"
api POST "$JOB:setIamPolicy" '{"policy": {}, "update_mask": "bindings,etag"}'
json 'it names bindings only' 'del(.etag)' \
	"{\"version\": 1, \"auditConfigs\": $audit}"

# a topic and a subscription have the same; what is deleted takes its policy
# along
api PUT "$P/topics/top"
api PUT "$P/subscriptions/sub" '{"topic": "projects/p1/topics/top"}'
for resource in topics/top subscriptions/sub; do
	api POST "$P/$resource:setIamPolicy" \
		"{\"policy\": {\"bindings\": [$viewer]}}"
	ok "$resource"
	api GET "$P/$resource:getIamPolicy"
	json "the policy of $resource" .bindings "[$viewer]"
	is 'its etag is no other'"'s" "$([ "$(etag)" != "$one" ]; echo $?)" 0
	one=$(etag)
	kind=pubsub.${resource%/*}
	api POST "$P/$resource:testIamPermissions" \
		"{\"permissions\": [\"$kind.get\", \"ml.jobs.get\"]}"
	json "$kind" .permissions "[\"$kind.get\"]"
	api DELETE "$P/$resource"
	api GET "$P/$resource:getIamPolicy"
	is "$resource is gone" "$HTTP $(field .error.status)" '404 NOT_FOUND'
done
api PUT "$P/topics/top"
api PUT "$P/subscriptions/sub" '{"topic": "projects/p1/topics/top"}'
for resource in topics/top subscriptions/sub; do
	api GET "$P/$resource:getIamPolicy"
	json "a new $resource has none" . '{"etag": "ACAB"}'
done

# 1: the project's service accounts; its number is the same always
api GET "$P:getConfig"
number=$(field .serviceAccountProject)
is 'twelve digits' "$(printf '%s' "$number" | tr -d 1-9 | tr -d 0 | wc -c) ${#number}" \
	'0 12'
json getConfig . "{
	\"serviceAccount\": \"service-$number@cloud-ml.google.com.iam.gserviceaccount.com\",
	\"serviceAccountProject\": \"$number\",
	\"config\": {\"tpuServiceAccount\": \"service-$number@cloud-tpu.iam.gserviceaccount.com\"}}"
api GET /v1/projects/123456789012:getConfig
is 'a project named by its number' "$(field .serviceAccountProject)" 123456789012
api GET "$P:getConfig?pageSize=1"
invalid 'getConfig takes no pageSize'

# 1: locations; the host says whose
api GET "$P/locations"
json 'all regions' '[(.locations | length), .nextPageToken]' '[13, null]'
json 'the first' '.locations[0] | [.name, .locationId, .capabilities[0].type,
	(.capabilities[0].availableAccelerators | index("NVIDIA_TESLA_T4") != null)]' \
	'["projects/p1/locations/asia-east1", "asia-east1", "TRAINING", true]'
all=$(field '[.locations[].name]')
api GET "$P/locations?pageSize=12"
first=$(field '[.locations[].name]')
api GET "$P/locations?pageSize=12&pageToken=$(field '.nextPageToken | @uri')"
json 'in two pages' "$first + [.locations[].name]" "$all"
api GET "$P/locations/us-central1"
is 'one' "$(field .name)" projects/p1/locations/us-central1
api GET "$P/locations/moon-east1"
refused 'none' 404 NOT_FOUND \
	'Field: name Error: The specified location could not be found.'
api GET "$P/locations?pageSize=-1"
invalid 'a negative page size'
api GET "$P/locations?pageToken=%21"
invalid 'a bad page token'
for host in ml ml.mtls us-central1-ml; do
	HTTP=$(curl -sS -o "$TMP/answer" -w '%{http_code}' \
		-H "Host: $host.googleapis.com" "$EMU_URL$P/locations/us-east1")
	BODY=$(cat "$TMP/answer")
	json "$host" keys '["capabilities", "name"]'
done
for host in cloudscheduler:443 html; do
	BODY=$(curl -sS -H "Host: ${host%:*}.googleapis.com${host#"${host%:*}"}" \
		"$EMU_URL$P/locations/us-east1")
	json "$host" . '{"name": "projects/p1/locations/us-east1",
		"locationId": "us-east1",
		"labels": {"cloud.googleapis.com/region": "us-east1"}}'
done
# the list's filter, which is Cloud Scheduler's
for row in 'locationId%3Dus-east1|["us-east1"]' 'locationId%3Deurope-%2A%20AND%20NOT%20locationId%3D%2A1|["europe-west2", "europe-west3", "europe-west4"]' \
	'labels%3A%22cloud.googleapis.com%2Fregion%22%20AND%20name%3A%22us-east%22|["us-east1", "us-east4"]' \
	'displayName%3Ax|null' '|13'; do
	api GET "$P/locations?filter=${row%|*}"
	json "filter ${row%|*}" "if .locations | length == 13 then 13
		else .locations | (. // empty | map(.locationId)) // null end" \
		"${row#*|}"
done
api GET "$P/locations?filter=nothing%3D1"
is 'a filter of no field' "$HTTP $(field .error.status)" \
	'400 INVALID_ARGUMENT'

# 1: operations, of which jobs have none
api GET "$P/operations"
is 'no operations' "$HTTP $BODY" '200 {}'
api GET "$P/operations?filter=done%3Dtrue&pageSize=5"
is 'filtered' "$HTTP $BODY" '200 {}'
for verb in 'GET x' 'POST x:cancel'; do
	api "${verb% *}" "$P/operations/${verb#* }"
	refused "$verb" 404 NOT_FOUND \
		'Field: name Error: The specified operation could not be found.'
done

# paths may be escaped, all of them: a segment is decoded once
for path in /v1/projects/p1/jobs/%6A /v1/projects%2Fp1%2Fjobs%2Fj \
	/v1/projects/%70%31/jobs/j; do
	api GET "$path"
	is "$path" "$HTTP $(field .jobId)" '200 j'
done
api POST "$P/jobs/%63%3Acancel"
is 'an escaped verb' "$HTTP $BODY" '200 {}'
for id in %256A j%2B j+ j%20 %C3%BC %FF j%00; do
	api GET "$P/jobs/$id"
	refused "the id $id" 404 NOT_FOUND "$missing"
done
for path in "$P/jobs/j%2Fx" "$P/jobs/" "$P/jobs/j/" "$P/jobs/%2F"; do
	api GET "$path"
	is "$path is no job's" "$HTTP" 404
	has 'as the front end says' "$BODY" '<title>Error 404 (Not Found)!!1'
done

stop EMU
is 'SIGTERM' "$STOPPED" 0
exit $failed
