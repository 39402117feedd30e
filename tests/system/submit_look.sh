#!/bin/sh
# SPDX-License-Identifier: MIT
# What is asked, in which order, when the answer to a create does not come or
# leaves in doubt what became of it: a look at the job of that id, and the same
# create only when there is none. trainctl and the uniquifier, against what the
# emulator makes go wrong, as its journal has it.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
# shellcheck source=tests/lib_uniquifier.sh
. "$SRCDIR/tests/lib_uniquifier.sh"
export TRAINCTL_PROJECT=p1
uniq_start --retry-initial 1ms
CREATE=route=ml.projects.jobs.create
GET=route=ml.projects.jobs.get

# mark: from here on is what `asked` looks at
mark() {
	clear_faults
	api GET '/emulator/v1/journal?from=18446744073709551615'
	MARK=$(field .next)
}
# asked WHAT WANT: the requests and faults since the mark, in order; a fault
# stands before the request that it struck
asked() {
	api GET "/emulator/v1/journal?from=$MARK&max=1000"
	is "$1" "$(field '[.entries[] | if .kind == "fault" then .effect
		elif .kind == "request" and (.route | startswith("ml.")) then
			"\(.route | split(".") | last)=\(.http)"
		else empty end] | join(" ")')" "$2"
}
# submits WANT ID: as trainctl, which waits a second at most before it looks
submits() {
	submits_status=0
	job_body "$2" >"$TMP/spec.json"
	trainctl submit "$TMP/spec.json" >"$TMP/out" 2>"$TMP/err" ||
		submits_status=$?
	is "submit $2" "$submits_status $(cat "$TMP/out" "$TMP/err")" "$1"
}
found() {
	echo "0 $1
trainctl: submit $1: an earlier attempt had created it"
}
# pushes WANT ID: as the uniquifier
pushes() {
	call POST "$UNIQ_URL/" "{\"message\":{\"messageId\":\"$2\",
		\"publishTime\":\"2026-03-09T01:02:03Z\",
		\"data\":\"$(b64 "$(job_body job)")\"},\"subscription\":\"s\"}"
	is "push $2" "$HTTP $(field .outcome)" "$1"
}
# both WANT ...: the job is made but the answer is none: it is found, and there
# is one create
both() {
	what=$1
	shift
	mark
	fault "$@" "$CREATE" count=1
	submits "$(found "$what")" "$what"
	asked "$what: create, look" "$WANT get=200"
	mark
	fault "$@" "$CREATE" count=1
	pushes '200 adopted' "$what"
	asked "$what: create, look, of a push" "$WANT get=200"
}

WANT='lose-reply create=200' both lost effect=lose-reply
WANT='cut create=200' both cut effect=cut
WANT='fail-reply create=503' both failed effect=fail-reply status=503
WANT='fail-reply create=502' both proxy effect=fail-reply status=502
begun=$(date +%s%N)
WANT='fail-reply create=503' both slow effect=fail-reply status=503 retryAfter=1s
is 'each waited as it was told' \
	$(((($(date +%s%N) - begun) / 1000000) >= 2000)) 1

# not done: the look says so, and the same create follows at once
mark
fault effect=status status=503 "$CREATE" count=1
submits '0 undone' undone
asked 'create, look, create' 'status create=503 get=404 create=200'
mark
fault effect=status status=503 "$CREATE" count=2
pushes '200 created' undone
asked 'create, look, create, look, create' \
	'status create=503 get=404 status create=503 get=404 create=200'
mark
fault effect=close-before "$CREATE" count=1
pushes '200 created' closed
asked 'closed before, which cannot be told from after' \
	'close-before get=404 create=200'

# refused for now, so certainly not done: no look
mark
fault effect=status status=429 retryDelay=1ms "$CREATE" count=1
pushes '200 created' rate
asked 'a rate' 'status create=429 create=200'
mark
fault effect=status status=429 quota='0 K80' "$CREATE" count=1
pushes '503 later' quota
asked 'a quota that is used up is not asked again' 'status create=429'
mark
fault effect=status status=403 "$CREATE" count=1
pushes '403 refused' forbidden
asked 'a refusal' 'status create=403'

# the look fails: it is made again, and no create meanwhile
mark
fault effect=lose-reply "$CREATE" count=1
fault effect=status status=503 "$GET" count=1
fault effect=cut "$GET" count=1
pushes '200 adopted' look
asked 'looks until one is answered' \
	'lose-reply create=200 status get=503 cut get=200 get=200'
mark
fault effect=lose-reply "$CREATE" count=1
fault effect=status status=503 "$GET"
pushes '503 later' blind
asked 'five attempts in all' "lose-reply create=200 status get=503 \
status get=503 status get=503 status get=503"
mark
pushes '200 adopted' blind
asked 'and the message that comes again' 'create=409 get=200'
# who may not look is no worse off than before
mark
fault effect=status status=503 "$CREATE" count=1
fault effect=status status=403 "$GET" count=1
pushes '200 created' unseen
asked 'a look that is refused' 'status create=503 status get=403 create=200'

# what the look finds is judged as after a 409
job_body foreign >"$TMP/spec.json"
trainctl submit "$TMP/spec.json" --region us-east1 >/dev/null 2>&1 ||
	bad 'a job in the way'
mark
fault effect=fail-reply status=503 "$CREATE" count=1
submits '1 trainctl: submit foreign: Field: job.job_id Error: A job with this '\
'id already exists.' foreign
asked 'another job, without labels' 'fail-reply create=503 get=200'

# one that hangs has half of the time: there is some for all of this
stop UNIQ
uniq_start --retry-initial 1ms --submit-timeout 4s
mark
fault effect=delay delay=60s "$CREATE" count=1
pushes '200 created' hung
asked 'one that hangs' 'delay get=404 create=200'

# one job each, however often it was asked for
job_ids
is 'jobs' "$(echo "$IDS" | tr ' ' '\n' | sed 's/^job_20260309_010203_//' |
	sort | tr '\n' ' ')" "blind closed cut cut failed failed foreign hung look \
lost lost proxy proxy rate slow slow undone undone unseen "
