#!/bin/sh
# SPDX-License-Identifier: MIT
# The filter of jobs.list, and page tokens of filtered lists.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start --job-life queued=10s,preparing=100s,running=300s,cancelling=20s
JOBS=/v1/projects/p1/jobs
TAB=$(printf '\t')

create() {
	api POST "$JOBS" "$1"
	ok "create $1"
}
training() {
	create "{\"jobId\":\"$1\",\"trainingInput\":{\"region\":\"$2\",
		\"masterConfig\":{\"imageUri\":\"gcr.io/example-project/t:1\"}
		${3-}},\"labels\":${4:-{\}}}"
}
# list FILTER [QUERY]: the ids, or the refusal.
list() {
	list_query=$(jq -rn --arg f "$1" '$f | @uri')
	api GET "$JOBS?filter=$list_query${2-}"
	GOT=$(field 'if .error then "!" + .error.message else
		[.jobs[]?.jobId] | join(" ") end')
}

training my_rnn_1 us-central1 ',"scaleTier":"CUSTOM",
	"masterType":"n1-standard-4","workerType":"n1-standard-4",
	"workerCount":"3","args":["--x","1"],
	"scheduling":{"maxRunningTime":"7200s"}' '{"env":"prod","team":"a"}'
advance 60s
training rnn_2 europe-west1 '' '{"env":"test"}'
advance 60s
training RNN_3 us-central1
api POST "$JOBS/RNN_3:cancel" '{}'
advance 300s
training q_4 us-central1
create '{"jobId":"p_5","predictionInput":{"dataFormat":"JSON",
	"inputPaths":["gs://b/in"],"outputPath":"gs://b/out",
	"region":"us-central1","modelName":"projects/p1/models/m"}}'

while IFS=$TAB read -r filter want; do
	case $filter in '#'*) continue ;; esac
	list "$filter"
	case $want in '!'*) want="!Field: filter Error: ${want#!}" ;; esac
	is "filter $filter" "$GOT" "$want"
done <"$FIXTURES/emulator/job_filters.tsv"
list ''
is 'no filter' "$GOT" 'p_5 q_4 RNN_3 rnn_2 my_rnn_1'
list 'jobId=~"rnn.*"'
is 'a regular expression' "$HTTP $(field .error.status)" '501 UNIMPLEMENTED'
list 'nosuch=1'
json 'a refusal has its field' \
	'.error | [.code, .status, .details[0].fieldViolations[0].field]' \
	'[400, "INVALID_ARGUMENT", "filter"]'

# A page fills up however far apart the jobs are; its token goes on after the
# last one, whatever was added in the meantime.
n=0
while [ $n -lt 30 ]; do
	training "fill_$n" us-central1 '' "{\"third\":\"$((n % 3))\"}"
	n=$((n + 1))
done
list 'labels.third=1' '&pageSize=4'
is 'a page of every third job' "$GOT" 'fill_28 fill_25 fill_22 fill_19'
token=$(field '.nextPageToken | @uri')
training fill_31 us-central1 '' '{"third":"1"}'
list 'labels.third=1' "&pageSize=6&pageToken=$token"
is 'the rest of them' "$GOT" 'fill_16 fill_13 fill_10 fill_7 fill_4 fill_1'
is 'and no more' "$(field .nextPageToken)" null

# A token is good for the list that it came from.
list 'labels.third=2' "&pageToken=$token"
is 'with another filter' "$HTTP $GOT" \
	'400 !Field: page_token Error: The page token is not valid.'
api GET "$JOBS?pageToken=$token"
is 'without one' "$HTTP" 400
query=$(jq -rn '"labels.third=1" | @uri')
api GET "/v1/projects/p2/jobs?filter=$query&pageToken=$token"
is 'in another project' "$HTTP" 400
exit $failed
