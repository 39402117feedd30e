#!/bin/sh
# SPDX-License-Identifier: MIT
# Requests that go wrong by rule: what curl and trainctl see of each effect, and
# what stays of it. Deliveries are in faults_deliveries.sh.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need curl jq
A=/emulator/v1
JOBS=/v1/projects/p1/jobs
CREATE=ml.projects.jobs.create
SPEC=$FIXTURES/jobspec/custom_image.json
export TRAINCTL_PROJECT=p1
emu_start --seed 7

# told WHAT FILTER WANT: of the last rule as the list has it
told() {
	api GET $A/faults
	json "$1" ".faults | map(select(.id == $FAULT))[0] | $2" "$3"
}
# request NAME METHOD PATH [BODY]: to NAME.body and NAME.head, curl's exit status
# to NAME.curl
request() {
	request_status=0
	rm -f "$TMP/$1.body"
	curl -sS -m 60 -o "$TMP/$1.body" -D "$TMP/$1.head" -X "$2" \
		-H 'Content-Type: application/json' ${4+--data-binary "$4"} \
		"$EMU_URL$3" 2>"$TMP/$1.err" ||
		request_status=$?
	echo $request_status >"$TMP/$1.curl"
}
# how METHOD PATH [BODY]: the same, to CURL and BODY
how() {
	request how "$@"
	CURL=$(cat "$TMP/how.curl")
	BODY=$(cat "$TMP/how.body" 2>/dev/null)
}
# ended PID NAME: waits for one behind; ENDED is curl's exit status
ended() {
	wait "$1"
	ENDED=$(cat "$TMP/$2.curl")
}
# state_of ID: the state of a job, or the status that its get is answered with
state_of() {
	api GET "$JOBS/$1"
	field '.state // .error.status'
}

# the rules: what is refused, and in which words
for case in \
	'[]|a fault is a JSON object' \
	'{}|effect' \
	'{"effect":"flood"}|effect cannot be '"'flood'" \
	'{"effect":"cut","bites":1}|a fault has no member '"'bites'" \
	'{"effect":"cut","route":"ml.nothing"}|no route that can fail has a name like '"'ml.nothing'" \
	'{"effect":"cut","route":"emulator.*"}|no route that can fail' \
	'{"effect":"delay","delay":"11m"}|delay is over 600 s' \
	'{"effect":"cut","count":0}|count must be 1 to 1000000' \
	'{"effect":|'; do
	api POST $A/faults "${case%%|*}"
	is "refused: ${case%%|*}" "$HTTP $(field .error.status)" \
		'400 INVALID_ARGUMENT'
	has 'its words' "$BODY" "${case#*|}"
done
api GET $A/faults
json 'none was added' . '{"seed": 7, "faults": []}'
api DELETE $A/faults/1
refused 'one that is not there' 404 NOT_FOUND "there is no fault '1'"
api DELETE $A/faults/1x
refused 'no number' 404 NOT_FOUND "there is no fault '1x'"

# the emulator's own paths never fail; all others do, known to it or not yet
fault effect=close-before
for path in healthz clock journal faults fates; do
	api GET "$A/$path"
	is "$path" "$HTTP" 200
done
for path in "$JOBS" /v1/projects/p1/topics /discovery/v1/apis \
	/v1/projects/p1/schemas; do
	how GET "$path"
	is "$path" "$CURL" 52
done
api GET /nothing
is 'a path of nobody' "$HTTP" 404
told 'counted' '[.matched, .struck, .spent]' '[4, 4, false]'
clear_faults
api GET "$JOBS"
is 'cleared' "$HTTP" 200

# status, with Google's body and all that can be in it
fault effect=status status=503 count=1 route=$CREATE
how POST "$JOBS" "$(job_body a)"
is 'refused as the service would' "$(head -n 1 "$TMP/how.head" | tr -d '\r')" \
	'HTTP/1.1 503 Service Unavailable'
json 'its body' . '{"error": {"code": 503, "status": "UNAVAILABLE",
	"message": "The service is currently unavailable."}}'
has 'its type' "$(cat "$TMP/how.head")" 'Content-Type: application/json; charset=UTF-8'
is 'no Retry-After' "$(grep -ci '^retry-after' "$TMP/how.head")" 0
is 'not handled' "$(state_of a)" NOT_FOUND
api POST "$JOBS" "$(job_body a)"
ok 'the second'
told 'spent' '[.matched, .struck, .spent]' '[1, 1, true]'
fault effect=status status=429 message='Too many.' quota='0 K80' \
	retryDelay=1.5s retryAfter=2m
how GET "$JOBS/a?prettyPrint=false"
json 'the details' .error '{"code": 429, "status": "RESOURCE_EXHAUSTED",
	"message": "Too many.", "details": [
	{"@type": "type.googleapis.com/google.rpc.QuotaFailure",
	"violations": [{"subject": "p1", "description": "0 K80"}]},
	{"@type": "type.googleapis.com/google.rpc.RetryInfo",
	"retryDelay": "1.500s"}]}'
is 'compact, as was asked' "$(printf '%s' "$BODY" | wc -l)" 0
has 'the header' "$(tr -d '\r' <"$TMP/how.head")" 'Retry-After: 120'
how GET "$JOBS/a?%24.xgafv=1"
json 'the older form' '.error.errors[0].reason' '"rateLimitExceeded"'
clear_faults
for case in 400:INVALID_ARGUMENT 401:UNAUTHENTICATED 403:PERMISSION_DENIED \
	404:NOT_FOUND 409:ABORTED 499:CANCELLED 500:INTERNAL 501:UNIMPLEMENTED \
	504:DEADLINE_EXCEEDED; do
	fault effect=status "status=${case%:*}" count=1
	api GET "$JOBS/a"
	is "status=${case%:*}" "$HTTP $(field '"\(.error.code):\(.error.status)"')" \
		"${case%:*} $case"
done
fault effect=status status=ALREADY_EXISTS count=1
api GET "$JOBS/a"
is 'by the name of a code' "$HTTP $(field .error.status)" '409 ALREADY_EXISTS'

# when: after, every, and by what a request is about
clear_faults
fault effect=status status=500 after=1 every=2 count=2
got=
for n in 1 2 3 4 5 6 7; do
	api GET "$JOBS/a"
	got="$got $n:$HTTP"
done
is 'after the first each second, twice' "$got" \
	' 1:200 2:200 3:500 4:200 5:500 6:200 7:200'
fault effect=status status=500 resource=b
for id in b c; do
	api POST "$JOBS" "$(job_body $id)"
	is "a job to be, $id" "$HTTP" "$([ $id = b ] && echo 500 || echo 200)"
done
fault effect=status status=500 resource='projects/p1/locations/*/jobs/nightly'
api POST /v1/projects/p1/locations/us-central1/jobs \
	'{"name": "projects/p1/locations/us-central1/jobs/nightly"}'
is 'a schedule to be' "$HTTP" 500
api GET /v1/projects/p1/locations/us-central1/jobs/hourly
is 'not another' "$HTTP" 404
fault effect=status status=500 'resource=projects/p1/jobs/c' route='*.cancel'
api POST "$JOBS/c:cancel" '{}'
is 'the name without the verb' "$HTTP" 500
api GET "$JOBS/c"
ok 'another method'

# chance: the same seed and the same requests are the same faults
draws() {
	got=
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		api GET "$JOBS/a"
		got="$got$HTTP "
	done
}
clear_faults
fault effect=status status=500 probability=0.5
told 'its seed is shown' .seed 8
draws
first=$got
clear_faults
fault effect=status status=500 probability=0.5 seed=8
api GET "$JOBS"
is 'a list is a draw' "$HTTP" "${first%% *}"
ctl fault clear "$FAULT" >"$TMP/out" || bad 'fault clear ID'
fault effect=status status=500 probability=0.5 seed=8 route=ml.projects.jobs.get
api GET "$JOBS"
ok 'what a rule is not about'
draws
is 'the same seed' "$got" "$first"
has 'some were struck' "$got" 500
has 'and some not' "$got" 200
clear_faults

# close-before, lose-reply, cut, drip
fault effect=close-before count=1 resource=closed
how POST "$JOBS" "$(job_body closed)"
is 'close-before' "$CURL" 52
is 'close-before: not handled' "$(state_of closed)" NOT_FOUND
fault effect=lose-reply count=1 resource=lost
how POST "$JOBS" "$(job_body lost)"
is 'lose-reply' "$CURL" 52
is 'lose-reply: handled' "$(state_of lost)" QUEUED
api POST "$JOBS" "$(job_body lost)"
is 'so the second is a conflict' "$HTTP" 409
fault effect=lose-reply count=1 route=$CREATE
how POST "$JOBS" "$(job_body lost)"
is 'a refusal gets lost too' "$CURL" 52
fault effect=fail-reply status=502 message='No answer.' retryAfter=1s \
	resource=failed
how POST "$JOBS?fields=jobId" "$(job_body failed)"
is 'fail-reply' "$(sed -n '1s/[^0-9]*[0-9.]* \([0-9]*\).*/\1/p' \
	"$TMP/how.head") $(field .error.message)" '502 No answer.'
has 'fail-reply: its header' "$(tr -d '\r' <"$TMP/how.head")" 'Retry-After: 1'
how POST "$JOBS" "$(job_body failed)"
is 'a refusal is replaced, too' "$(field .error.message)" 'No answer.'
how GET "$JOBS/failed"
is 'all it is asked for' "$(field .error.message)" 'No answer.'
clear_faults
is 'fail-reply: handled' "$(state_of failed)" QUEUED
api GET "$JOBS/lost"
printf '%s\n' "$BODY" >"$TMP/whole"
fault effect=cut count=1 resource=cut
how POST "$JOBS" "$(job_body cut)"
is 'cut' "$CURL" 18
is 'cut: handled' "$(state_of cut)" QUEUED
size=$(wc -c <"$TMP/whole")
for bytes in '' 0 10; do
	fault effect=cut count=1 route=ml.projects.jobs.get ${bytes:+bytes=$bytes}
	how GET "$JOBS/lost"
	want=${bytes:-$((size / 2))}
	is "cut after ${bytes:-half}" "$CURL $BODY" \
		"18 $(head -c "$want" "$TMP/whole")"
	has 'the head is whole' "$(tr -d '\r' <"$TMP/how.head")" "Content-Length: $size"
done
fault effect=drip count=1 bytes=40 pause=10ms resource=lost
begun=$(date +%s%N)
how GET "$JOBS/lost"
took=$((($(date +%s%N) - begun) / 1000000))
is 'drip: whole' "$CURL $BODY" "0 $(cat "$TMP/whole")"
pauses=$(((size + 39) / 40 - 1))
is 'drip: with its pauses' "$((pauses > 3 && took >= pauses * 10))" 1

# delay: real time, and none on the clock, which waits
under_way() {
	api GET $A/clock
	[ "$(field .inFlight)" = "$1" ]
}
begun=$(date +%s%N)
fault effect=delay delay=60ms count=1 resource=lost
how GET "$JOBS/lost"
is 'delay' "$CURL $(((($(date +%s%N) - begun) / 1000000) >= 60))" '0 1'
fault effect=delay delay=500ms count=1 resource=slow
request slow POST "$JOBS" "$(job_body slow)" &
slow=$!
wait_for 'a request that is delayed' under_way 1
advance 1h
ended $slow slow
is 'it was handled in the end' "$ENDED" 0
api GET "$JOBS/slow"
is 'and an advance waited' "$(field '"\(.state) \(.createTime)"')" \
	"SUCCEEDED $START"
# with another effect; at a reset it is dropped, at the end it goes on
fault effect=status status=504 delay=60ms count=1 resource=late
begun=$(date +%s%N)
api POST "$JOBS" "$(job_body late)"
is 'delayed and refused' \
	"$HTTP $(((($(date +%s%N) - begun) / 1000000) >= 60))" '504 1'
fault effect=delay delay=10m resource=never
request never POST "$JOBS" "$(job_body never)" &
never=$!
wait_for 'a request that is delayed' under_way 1
ctl advance --timeout 20ms 1s >"$TMP/out"
is 'an advance gives up' "$(jq -c '[.settled, .underWay]' "$TMP/out")" \
	'[false,[]]'
api GET $A/journal
json 'the journal' '[.entries[] | select(.kind == "fault")] | last |
	del(.seq, .time)' "{\"kind\": \"fault\", \"rule\": $FAULT,
	\"effect\": \"delay\", \"route\": \"$CREATE\",
	\"resource\": \"projects/p1/jobs/never\"}"
ctl reset $START >"$TMP/out" || bad reset
ended $never never
is 'a reset drops it' "$ENDED $(state_of never)" '52 NOT_FOUND'
wait_for 'nothing to be under way' under_way 0
api GET $A/faults
json 'and the rules' .faults '[]'
fault effect=status status=503
is 'numbers begin anew' "$FAULT" 1
clear_faults

# what trainctl makes of them
# submits WANT-STATUS ID: its exit status; OUT and ERR are what it said
submits() {
	submits_status=0
	trainctl submit --job-id "$2" "$SPEC" >"$TMP/out" 2>"$TMP/err" ||
		submits_status=$?
	is "submit $2: exit status" $submits_status "$1"
	OUT=$(cat "$TMP/out") ERR=$(cat "$TMP/err")
}
fault effect=status status=503 count=2 route=$CREATE
submits 0 tried
is 'twice 503, then it is done' "$OUT$ERR" tried
told 'both were made' .struck 2
fault effect=close-before count=1 route=$CREATE
submits 0 closed
is 'a closed connection' "$OUT$ERR" closed
for effect in lose-reply cut; do
	fault effect=$effect count=1 route=$CREATE
	submits 0 ${effect#*-}
	is "$effect: it finds its own job" "$OUT $ERR" "${effect#*-} \
trainctl: submit ${effect#*-}: an earlier attempt had created it"
done
fault effect=status status=403 message='No, not you.' count=1 route=$CREATE
submits 1 forbidden
is 'what will not pass' "$OUT$ERR" 'trainctl: submit forbidden: No, not you.'
fault effect=status status=429 quota='too many' count=1 route=$CREATE
submits 1 quota
is 'a quota is not hammered' "$ERR" 'trainctl: submit quota: Resource has been exhausted (e.g. check quota).'
begun=$(date +%s%N)
fault effect=status status=429 retryAfter=1s count=1 route=$CREATE
submits 0 patient
is 'it waits as it is told' "$OUT $(((($(date +%s%N) - begun) / 1000000) >= 1000))" \
	'patient 1'
fault effect=drip bytes=64 pause=5ms count=1 route=$CREATE
submits 0 dripped
is 'a slow answer' "$OUT$ERR" dripped
api GET "$JOBS"
is 'one job each' "$(field '[.jobs[].jobId] | sort | join(" ")')" \
	'closed cut dripped patient reply tried'

# ctl, in words
# ctl_says STATUS PART ARGUMENT ...
ctl_says() {
	says_want=$1 says_part=$2 says_status=0
	shift 2
	ctl "$@" >"$TMP/out" 2>&1 || says_status=$?
	is "ctl $*" "$says_status" "$says_want"
	has "ctl $*: says" "$(cat "$TMP/out")" "$says_part"
}
clear_faults
ctl_says 0 '"status": "503"' fault add effect=status status=503 route=pubsub.*
ctl_says 0 '"id": 1' fault list
ctl_says 1 'HTTP 400: the effect status needs the member status' \
	fault add effect=status
ctl_says 2 "'bare' is not MEMBER=VALUE" fault add bare
ctl_says 2 "'fault' needs one of add, list and clear" fault
ctl_says 2 "'fault' needs one of add, list and clear" fault drop
ctl_says 2 "'fault list' takes no argument" fault list 1
ctl_says 2 "'x' is not a number" fault clear x
ctl_says 2 "'fault clear' takes no argument" fault clear 1 2
ctl_says 2 "'fate clear' takes no argument" fate clear 1
ctl_says 1 "HTTP 404: there is no fault '9'" fault clear 9
ctl_says 0 '{}' fault clear 1
ctl_says 0 '"faults": []' fault list
# the verb of before makes such a rule
ctl_says 0 '{}' lose-acks 3
ctl_says 0 '"effect": "lose-ack"' fault list
ctl_says 0 '{}' lose-acks 0
ctl_says 0 '"faults": []' fault list

# a restart begins without rules, whatever was kept; the end waits for none
stop EMU
emu_start --data "$TMP/state"
api GET $A/faults
is 'a seed was picked' "$(field '.seed | type')" number
fault effect=status status=503
fault effect=delay delay=10m
stop EMU KILL
emu_start --data "$TMP/state"
api GET $A/faults
json 'after a kill' .faults '[]'
fault effect=delay delay=10m
request last POST "$JOBS" "$(job_body last)" &
last=$!
wait_for 'a request that is delayed' under_way 1
stop EMU
ended $last last
is 'the end lets it go on' "$STOPPED $ENDED" '0 0'
emu_start --data "$TMP/state"
is 'it was handled' "$(state_of last)" QUEUED
fault effect=drip bytes=1 pause=10s resource=last
request dripping GET "$JOBS/last" &
dripping=$!
struck() {
	api GET $A/faults
	[ "$(field '.faults[0].struck')" = 1 ]
}
wait_for 'a drip' struck
stop EMU
ended $dripping dripping
is 'nor for a drip' "$STOPPED $ENDED $(jq -r .jobId "$TMP/dripping.body")" \
	'0 0 last'
# an auto clock stands too: both jobs are made at one instant
emu_start --clock=auto
fault effect=delay delay=400ms resource=slow
request slow POST "$JOBS" "$(job_body slow)" &
slow=$!
wait_for 'a request that is delayed' under_way 1
api POST "$JOBS" "$(job_body quick)"
quick=$(field .createTime)
ended $slow slow
is 'an auto clock stands' "$ENDED $(jq -r .createTime "$TMP/slow.body")" \
	"0 $quick"
for seed in x -1 9007199254740992 ''; do
	status=0
	"$BUILDDIR/train-emulator" --seed "$seed" >"$TMP/out" 2>"$TMP/err" ||
		status=$?
	is "--seed '$seed'" "$status $(grep -c 'is not 0 to 9007199254740991' "$TMP/err")" '2 1'
done
