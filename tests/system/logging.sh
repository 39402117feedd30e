#!/bin/sh
# SPDX-License-Identifier: MIT
# Cloud Logging v2: entries:list and entries:write. The numbers in comments are
# sections of the facts about the service (ml-jobs.md).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start --job-life queued=10s,preparing=100s,running=300s,cancelling=20s
JOBS=/v1/projects/p1/jobs
LIST=/v2/entries:list
WRITE=/v2/entries:write

# list FILTER [MEMBERS]: entries of p1; MEMBERS is JSON, "orderBy":"..." and such
list() {
	api POST "$LIST" "$(jq -n --arg f "$1" \
		"{resourceNames: [\"projects/p1\"], filter: \$f} + {${2-}}")"
}
texts() { field '[.entries[]? | .textPayload // .jsonPayload.message] | join("|")'; }
job_filter() {
	printf '%s' '(resource.type="ml_job" OR resource.type="cloudml_job") '
	printf 'AND resource.labels.job_id="%s"' "$1"
}

# 12: what gcloud asks, and what it needs of the answers
api POST "$LIST" '{"resourceNames":["projects/p1"]}'
is 'nothing yet' "$HTTP $BODY" '200 {}'
api POST "$JOBS" '{"jobId":"train_1","trainingInput":{"region":"us-central1",
	"packageUris":["gs://b/p.tar.gz"],"pythonModule":"trainer.task",
	"args":["--epochs=3"],"jobDir":"gs://b/out","runtimeVersion":"2.11",
	"pythonVersion":"3.7"}}'
ok create
api POST "$JOBS" "$(job_body other)"
advance 5s
since='timestamp>="1970-01-01T01:00:00.000000000Z"'
list "$(job_filter train_1) AND $since" '"orderBy":"timestamp asc","pageSize":1000'
is 'the lines so far' "$(texts)" 'Validating job requirements...|Job creation request has been successfully validated.|Job train_1 is queued.|Waiting for job to be provisioned.'
json 'a service line' '.entries[0] | del(.insertId)' '{
	"logName": "projects/p1/logs/ml.googleapis.com%2Ftrain_1",
	"resource": {"type": "ml_job", "labels": {"project_id": "p1",
		"job_id": "train_1", "task_name": "service"}},
	"timestamp": "2026-03-09T00:00:00.000000000Z",
	"receiveTimestamp": "2026-03-09T00:00:00.000000000Z",
	"severity": "INFO", "labels": {"ml.googleapis.com/endpoint": ""},
	"textPayload": "Validating job requirements..."}'
# a poll goes on after the last entry, by time or, within one instant, by id
last=$(field '.entries[-1].timestamp')
id=$(field '.entries[-1].insertId')
after="((timestamp=\"$last\" AND insertId>\"$id\") OR timestamp>\"$last\")"
list "$(job_filter train_1) AND $after"
is 'nothing after it' "$BODY" '{}'
list "$(job_filter train_1) AND timestamp>=\"$last\""
is 'the last one again' "$(texts)" 'Waiting for job to be provisioned.'
advance 105s
list "$(job_filter train_1) AND $after"
is 'what came since' "$(texts)" 'Waiting for training program to start.|Running command: python3 -m trainer.task --epochs=3 --job-dir gs://b/out'
is 'a replica says it in JSON' "$(field '.entries[1] |
	[.jsonPayload.levelname, .resource.labels.task_name, .logName] | join(" ")')" \
	'INFO master-replica-0 projects/p1/logs/master-replica-0'
advance 300s
list "$(job_filter train_1) AND timestamp>=\"2026-03-09T00:06:00Z\""
is 'the end' "$(texts)" 'Module completed; cleaning up.|Clean up finished.|Task completed successfully.|Tearing down training program.|Finished tearing down training program.|Job completed successfully.'
is 'insertIds grow' "$(field '[.entries[].insertId] | . == sort and
	(unique | length) == length')" true
is 'timestamps are as long as one another' "$(field '[.entries[].timestamp |
	length] | unique == [30]')" true
list "$(job_filter train_1) AND resource.labels.task_name=\"service\"" \
	'"orderBy":"timestamp desc","pageSize":1'
is 'the newest of one task' "$(texts)" 'Job completed successfully.'
# 12: with --task-name gcloud asks for either label
list "$(job_filter train_1) AND (resource.labels.task_name=\"master-replica-0\" OR labels.task_name=\"master-replica-0\")"
is 'of the master' "$(field '.entries | length')" 4
list 'resource.labels.job_id="TRAIN_1"'
is 'ids keep their case' "$BODY" '{}'

# cancelled: what is not to come is not said
api POST "$JOBS" "$(job_body gone)"
advance 3s
api POST "$JOBS/gone:cancel" '{}'
advance 20s
list "$(job_filter gone)"
is 'a cancelled job' "$(texts)" 'Validating job requirements...|Job creation request has been successfully validated.|Job gone is queued.|Job cancelled.'

# Pages: every entry once, in either order; a token is of its list.
for order in asc desc; do
	list '' "\"orderBy\":\"timestamp $order\",\"pageSize\":1000"
	all=$(field '[.entries[].insertId] | join(" ")')
	got='' token=''
	while :; do
		list '' "\"orderBy\":\"timestamp $order\",\"pageSize\":7,\"pageToken\":\"$token\""
		got="$got $(field '[.entries[].insertId] | join(" ")')"
		token=$(field '.nextPageToken // empty')
		[ -n "$token" ] || break
		kept=$token
	done
	is "pages, $order" "${got# }" "$all"
	echo "$all" | tr ' ' '\n' >"$TMP/$order"
done
is 'as many as the jobs have said' "$(wc -l <"$TMP/asc")" 27
is 'one order is the other reversed' "$(tac "$TMP/desc")" "$(cat "$TMP/asc")"
list 'severity>=ERROR' "\"orderBy\":\"timestamp desc\",\"pageToken\":\"$kept\""
is 'a token of another list' "$HTTP $(field .error.message)" \
	'400 The page token is not valid.'

# Writing: what an entry leaves out comes from the request, the clock, the store.
api POST "$WRITE" '{"logName":"projects/p1/logs/my%2flog",
	"resource":{"type":"global"},"labels":{"a":"1","b":"2"},"entries":[
	{"textPayload":"first"},
	{"jsonPayload":{"n":7,"deep":{"s":"Found"}},"severity":"WARNING",
		"labels":{"b":"3"}},
	{"textPayload":"old","timestamp":"2026-03-09T00:00:00.5Z",
		"insertId":"mine","severity":500,
		"httpRequest":{"status":404,"latency":"1.5s"}}]}'
is 'a write' "$HTTP $BODY" '200 {}'
list 'logName="projects/p1/logs/my%2Flog"'
is 'in the order of their time' \
	"$(field '[.entries[] | .textPayload // "json"] | join(" ")')" 'old first json'
json 'an entry in full' '.entries[0]' '{
	"textPayload": "old", "insertId": "mine", "severity": "ERROR",
	"httpRequest": {"status": 404, "latency": "1.500s"},
	"resource": {"type": "global", "labels": {"project_id": "p1"}},
	"timestamp": "2026-03-09T00:00:00.500000000Z",
	"labels": {"a": "1", "b": "2"},
	"logName": "projects/p1/logs/my%2Flog",
	"receiveTimestamp": "2026-03-09T00:07:13.000000000Z"}'
json 'its own label wins' '.entries[2].labels' '{"a": "1", "b": "3"}'
api POST "$WRITE" '{"entries":[{"logName":"projects/p1/logs/my%2Flog",
	"resource":{"type":"global"},"textPayload":"again","insertId":"mine",
	"timestamp":"2026-03-09T00:00:00.5Z"}]}'
ok 'the same entry again'
for try in 'severity=WARNING json' 'severity>=WARNING old json' \
	'jsonPayload.n>6 json' 'jsonPayload.deep.s=found json' \
	'httpRequest.status=404 old' 'labels.b=3 json' \
	'textPayload:FIR first' 'found json' 'NOT_THERE ' \
	'resource.type=global old first json' \
	'logName:my%2Flog old first json' 'severity=DEFAULT first'; do
	list "resource.type=global ${try%% *}"
	is "filter ${try%% *}" \
		"$(field '[.entries[]? | .textPayload // "json"] | join(" ")')" \
		"${try#* }"
done

# a clock that is not the real one: what means now to the client is now
now=$(date -u +%FT%T)
api POST "$WRITE" "{\"logName\":\"projects/p1/logs/now\",\"resource\":{
	\"type\":\"global\"},\"entries\":[{\"textPayload\":\"a\",
	\"timestamp\":\"${now}Z\"}]}"
list 'logName:now'
is 'a timestamp of the real present' "$(field '.entries[0].timestamp')" \
	'2026-03-09T00:07:13.000000000Z'
# what lies more than a day ahead is taken, but never seen
api POST "$WRITE" '{"logName":"projects/p1/logs/late","resource":{
	"type":"global"},"entries":[
	{"textPayload":"soon","timestamp":"2026-03-10T00:07:13Z"},
	{"textPayload":"late","timestamp":"2026-03-10T00:07:14Z"}]}'
ok 'entries of the future'
advance 2d
list 'logName:late'
is 'but a day ahead' "$(texts)" soon
advance 30d
list 'logName:late OR resource.type=ml_job'
is 'after 30 days they are gone' "$BODY" '{}'

# Refusals.
write() { api POST "$WRITE" "$1"; }
entry='"logName":"projects/p1/logs/l","resource":{"type":"global"}'
refuses() {
	is "$1" "$HTTP $(field .error.status)" "${3:-400 INVALID_ARGUMENT}"
	has "$1: why" "$(field .error.message)" "$2"
}
write '{}'
refuses 'no entries' 'At least one log entry is required.'
write '{"entries":[{"textPayload":"x","resource":{"type":"global"}}]}'
refuses 'no log name' 'A log name must be specified for all log entries.'
write '{"entries":[{"logName":"projects/p1/logs/l"}]}'
refuses 'no resource' 'A monitored resource with a type must be specified'
for name in '' l projects/p1 projects//logs/x projects/p1/logs/ \
	projects/p1/logs/a/b 'projects/p1/logs/a b' projects/p1/logs/a%2 \
	projects/p1/logs/a%20b projects/p1/x/logs/l "projects/p1/logs/$(
		printf '%0512d' 0)"; do
	write "{\"entries\":[{\"logName\":\"$name\",\"resource\":{\"type\":\"global\"}}]}"
	is "the log name '$name'" "$HTTP" 400
done
write "{\"entries\":[{\"logName\":\"projects/p1/logs/$(printf '%0511d' 0)\",
	\"resource\":{\"type\":\"global\"}},{\"logName\":\"/projects/p1/logs/l\",
	\"resource\":{\"type\":\"global\"}}]}"
ok 'the longest log name, and one with a slash before it'
write '{"entries":[{"logName":"organizations/1/logs/l","resource":{"type":"global"}}]}'
refuses 'an organization' 'not emulated' '501 UNIMPLEMENTED'
write "{$entry,\"entries\":[{\"jsonPayload\":\"x\"}]}"
refuses 'a payload of text' "Invalid value at 'entries[0].json_payload' (type.googleapis.com/google.protobuf.Struct), \"x\""
write "{$entry,\"entries\":[{\"protoPayload\":[]}]}"
refuses 'a payload that is a list' "Unknown name \"protoPayload\" at 'entries[0]'"
write "{$entry,\"entries\":[{\"jsonPayload\":{},\"textPayload\":\"x\"}]}"
refuses 'two payloads' oneof
write "{$entry,\"entries\":[{\"severity\":\"LOUD\"}]}"
refuses 'a severity' "Invalid value at 'entries[0].severity' (type.googleapis.com/google.logging.type.LogSeverity), \"LOUD\""
write "{$entry,\"entries\":[{\"severity\":1}]}"
refuses 'a number that is none' "Invalid value at 'entries[0].severity'"
head -c 262144 /dev/zero | tr '\0' x >"$TMP/big"
printf '{%s,"entries":[{"textPayload":"%s"}]}' "$entry" "$(cat "$TMP/big")" \
	>"$TMP/body"
write "@$TMP/body"
refuses 'an entry over 256 KiB' 'Log entry with size 256.2K exceeds maximum size of 256.0K'
write "{$entry,\"entries\":[{\"labels\":$(jq -nc \
	'[range(65) | {key: "k\(.)", value: ""}] | from_entries')}]}"
refuses '65 labels' 'An entry may have at most 64 labels.'
write "{$entry,\"entries\":[{\"insertId\":\"$(printf '%0513d' 0)\"}]}"
refuses 'a long insert_id' 'An insert_id may have at most 512 bytes.'
write "{$entry,\"entries\":[{\"textPayload\":\"cut\",\"labels\":{\"$(
	printf '%0600d' 0)\":\"x\"}}]}"
list 'textPayload=cut'
is 'a long label is cut' "$(field '.entries[0].labels | keys[0] |
	[length, .[-3:]] | @csv')" '512,"..."'

# all or nothing, unless partialSuccess
some="$entry,\"entries\":[{\"textPayload\":\"good\"},{\"logName\":\"bad\"},
	{\"textPayload\":\"fine\"},{\"logName\":\"worse\"}]"
write "{$some}"
is 'one is bad' "$HTTP $(field '.error.details | length')" '400 1'
list 'textPayload=(good OR fine)'
is 'none is written' "$BODY" '{}'
write "{$some,\"dryRun\":true,\"partialSuccess\":true}"
list 'textPayload=(good OR fine)'
is 'none in a dry run' "$BODY" '{}'
write "{$some,\"partialSuccess\":true}"
json 'which were refused' '[.error.code, (.error.details[] |
	select(.["@type"] | endswith("WriteLogEntriesPartialErrors")) |
	.logEntryErrors | map_values(.code))]' '[400, {"1": 3, "3": 3}]'
list 'textPayload=(good OR fine)'
is 'the others are written' "$(texts)" 'good|fine'
write "{$entry,\"entries\":[{\"textPayload\":\"dry\"}],\"dryRun\":true}"
is 'a dry run of good ones' "$HTTP $BODY" '200 {}'
list 'textPayload=dry'
is 'nothing is written' "$BODY" '{}'

api POST "$LIST" '{}'
refuses 'no resource names' 'At least one resource name is required.'
api POST "$LIST" "{\"resourceNames\":$(jq -nc '[range(101) | "projects/p\(.)"]')}"
refuses '101 resource names' 'At most 100 resource names are allowed.'
write '{"entries":[{"logName":"projects/p99/logs/l","textPayload":"last",
	"resource":{"type":"global"}}]}'
api POST "$LIST" "{\"filter\":\"last\",\"resourceNames\":$(jq -nc \
	'[range(100) | "projects/p\(.)"]')}"
is '100 of them' "$HTTP $(texts)" '200 last'
api POST "$LIST" '{"projectIds":["p1"],"resourceNames":["projects/p1"]}'
is 'a project named twice' "$(field '[.entries[].insertId] |
	length == (unique | length)')" true
for name in p1 projects/ projects/p1/x 'topics/p1'; do
	api POST "$LIST" "{\"resourceNames\":[\"$name\"]}"
	refuses "the resource name '$name'" 'is not a resource name'
done
for name in organizations/1 folders/1 billingAccounts/1 \
	projects/p1/locations/global/buckets/b/views/v; do
	api POST "$LIST" "{\"resourceNames\":[\"$name\"]}"
	is "the resource name $name" "$HTTP" 501
done
list '' '"orderBy":"severity"'
refuses 'another order' "Only 'timestamp asc' and 'timestamp desc' are allowed."
list '' '"pageSize":-1'
refuses 'a negative size' 'The page size may not be negative.'
list '' '"pageToken":"rubbish"'
refuses 'a bad token' 'The page token is not valid.'
list 'severity>='
refuses 'half a filter' 'Unparseable filter: syntax error at line 1, column 11, at the end'
list 'nosuch=1'
refuses 'no such field' 'unknown field at line 1, column 1'
list 'severity=LOUD'
refuses 'no such severity' "this is none of the field's values"
list 'textPayload=~"a.*"'
refuses 'a regular expression' 'regular expressions are not emulated' \
	'501 UNIMPLEMENTED'
list "$(head -c 20001 "$TMP/big")"
refuses 'a long filter' 'longer than 20000 characters'
list "$(head -c 20000 "$TMP/big")"
ok 'the longest filter'
exit $failed
