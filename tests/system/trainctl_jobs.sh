#!/bin/sh
# SPDX-License-Identifier: MIT
# Lists that are sorted, cut and shown by field, and labels that change, also
# while somebody else changes them.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
export TRAINCTL_PROJECT=p1
jobs=/v1/projects/p1/jobs
# job ID REGION PRIORITY [LABELS]
job() {
	api POST $jobs "$(job_body "$1" | jq ".trainingInput.region = \"$2\" |
		.trainingInput.scheduling.priority = $3 |
		.labels = ${4:-null}")"
	ok "$1"
	advance 1s
}
job b us-east1 10 '{"x": "2", "owner": "alice"}'
job a us-central1 9
job d us-east1 100 '{"x": "1"}'
job c us-central1 0 '{"x": "2"}'

# --- lists

# list WANT ARGUMENTS ...: the ids in one line
list() {
	list_want=$1
	shift
	is "list $*" "$(trainctl list --format 'value(jobId)' "$@" |
		tr '\n' ' ')" "$list_want"
}
list 'c d a b '
list 'a b c d ' --sort-by jobId
list 'd c b a ' --sort-by '~jobId'
list 'a c b d ' --sort-by trainingInput.region,jobId
list 'd b c a ' --sort-by '~trainingInput.region,~createTime'
# numbers as numbers; a priority of 0 is left out, and what is not there is last
list 'a b d c ' --sort-by trainingInput.scheduling.priority
list 'd c b a ' --sort-by labels.x
list 'c b d a ' --sort-by '~labels.x'
list 'c d ' --limit 2
list 'a b ' --limit 2 --sort-by jobId
list 'c d a b ' --page-size 1
list 'c d a ' --page-size 2 --limit 3
list 'a b c d ' --page-size 3 --sort-by jobId
list 'd b ' --filter 'trainingInput.region="us-east1"'
list 'b ' --filter 'trainingInput.region="us-east1"' --sort-by jobId --limit 1
trainctl list --filter '((' >"$TMP/out" 2>"$TMP/err" && bad 'a bad filter'
has 'a bad filter' "$(cat "$TMP/err")" 'trainctl: list: '

is 'a table of fields' \
	"$(trainctl list --sort-by jobId --format \
		'table(jobId,trainingInput.region:label=WHERE,labels)')" \
	'JOB_ID  WHERE        LABELS
a       us-central1  -
b       us-east1     x=2;owner=alice
c       us-central1  x=2
d       us-east1     x=1'
is 'describe by value' "$(trainctl describe b --format \
	'value(state,labels.owner,nope,trainingInput.scheduling.priority)')" \
	"$(printf 'QUEUED\talice\t\t10')"
is 'describe as a table' "$(trainctl describe b --format 'table(jobId,state)')" \
	'JOB_ID  STATE
b       QUEUED'
is 'submit by value' "$(job_body e | trainctl submit --format \
	'value(jobId,state)' -)" "$(printf 'e\tQUEUED')"

# --- labels

# update WANT ARGUMENTS ...: on job b
update() {
	update_want=$1
	shift
	trainctl update b "$@" >"$TMP/out" 2>"$TMP/err" || bad "update $*"
	is "update $* says nothing" "$(cat "$TMP/out" "$TMP/err")" ''
	api GET $jobs/b
	json "update $*" '.labels // {}' "$update_want"
}
update '{"x": "2", "owner": "bob", "a": "b"}' --update-labels owner=bob,a=b
update '{"owner": "bob", "a": "b"}' --remove-labels x,nope
update '{"owner": "eve"}' --remove-labels a --update-labels owner=eve
update '{"c": "d"}' --labels c=d
update '{"e": "f"}' --clear-labels --update-labels e=f
etag=$(field .etag)
update '{"e": "f"}' --update-labels e=f
is 'nothing to change, nothing written' "$(field .etag)" "$etag"
update '{}' --clear-labels
is 'the job as it is now' "$(trainctl update b --update-labels g=h \
	--format 'value(jobId,labels)')" "$(printf 'b\tg=h')"

# ten at once: each writes its own label, and none is lost
n=0 waiting=
while [ $n -lt 10 ]; do
	trainctl update d --update-labels "n$n=$n" 2>>"$TMP/err" &
	waiting="$waiting $!"
	n=$((n + 1))
done
lost=0
for pid in $waiting; do wait "$pid" || lost=$((lost + 1)); done
api GET $jobs/d
is 'every change that was made is there' \
	"$(field '[.labels | keys[] | select(startswith("n"))] | length')" \
	$((10 - lost))
[ $lost -lt 10 ] || bad 'nobody got through'

# fails STATUS MESSAGE ARGUMENTS ...
fails() {
	fails_want=$1 fails_why=$2 status=0
	shift 2
	trainctl update "$@" >"$TMP/out" 2>"$TMP/err" || status=$?
	is "status of: update $*" "$status" "$fails_want"
	has "why: update $*" "$(cat "$TMP/err")" "$fails_why"
}
fails 1 'update none: Field: name Error:' none --update-labels a=b
fails 2 'nothing to change: use --update-labels' b
fails 2 'leaves nothing for --remove-labels' b --clear-labels --remove-labels a
fails 2 '--labels takes all others away already' b --labels a=b --clear-labels
fails 2 '--labels takes all others away already' b --labels a=b --remove-labels c
fails 2 "--update-labels: label key 'A'" b --update-labels A=b
fails 2 "--update-labels: 'a' is not KEY=VALUE" b --update-labels a
fails 2 '--remove-labels: an empty key' b --remove-labels a,,b
fails 2 "the job's ID is missing" --clear-labels

# --- a run of train-uniquifier's stays one

uniq_start --overlap cancel
# message ID TIME: one is pushed
message() {
	call POST "$UNIQ_URL/" "$(jq -nc --arg id "$1" --arg at "$2" \
		--arg data "$(b64 "$(job_body train)")" \
		'{message: {data: $data, messageId: $id, publishTime: $at}}')"
}
# relabelled WANT ARGUMENTS ...: what labels the run has then
relabelled() {
	relabelled_want=$1
	shift
	trainctl update "$run" "$@" || bad "update $*"
	api GET "$jobs/$run"
	json "update of a run $*" .labels "$relabelled_want"
}
message 1 2026-03-08T23:50:00Z
ok 'a run'
run=$(field .jobId)
api GET "$jobs/$run"
own=$(field .labels)
is 'its labels' "$(field '.labels | keys | join(" ")')" \
	'train_group train_key train_spec train_time'
relabelled "$(echo "$own" | jq '. + {team: "x"}')" --labels team=x
relabelled "$(echo "$own" | jq '. + {e: "f"}')" --clear-labels \
	--update-labels e=f
relabelled "$own" --clear-labels
message 1 2026-03-08T23:50:00Z
is 'a redelivery finds its run' "$HTTP $(field .jobId)" "200 $run"
message 2 2026-03-08T23:55:00Z
ok 'the next run'
api GET "$jobs/$run"
is 'and so does the next run' "$(field .state)" CANCELLING
# by name they go, and change
relabelled "$(echo "$own" | jq '.train_key = "k"')" --labels train_key=k
relabelled "$(echo "$own" | jq '{train_group, train_spec}')" \
	--remove-labels train_key,train_time

# --- help

is 'help of a command' "$(trainctl help update)" "$(trainctl update --help)"
is 'help' "$(trainctl help)" "$(trainctl --help)"
status=0
trainctl help nope >"$TMP/out" 2>"$TMP/err" || status=$?
is 'help of nothing' "$status $(cat "$TMP/err")" \
	"2 trainctl: unknown command 'nope'"
