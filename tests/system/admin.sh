#!/bin/sh
# SPDX-License-Identifier: MIT
# The emulator's own surface: clock modes, advance, journal, reset, faults, ctl,
# start and end of the program.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
A=/emulator/v1
emu_start

# an error in the services' form, INVALID_ARGUMENT unless said otherwise
invalid() { is "$1" "$HTTP $(field .error.status)" "400 ${2:-INVALID_ARGUMENT}"; }

api GET $A/healthz
json 'healthz' . '{"status": "ok"}'
api GET $A/clock
json 'the clock' . '{"mode": "virtual", "now": "2026-03-09T00:00:00Z",
	"inFlight": 0, "advancing": false}'

# advance
advance 90s
json 'the summary' . '{
	"from": "2026-03-09T00:00:00Z", "to": "2026-03-09T00:01:30Z",
	"settled": true, "ticks": 0, "ticksMerged": 0,
	"attempts": 0, "attemptsFailed": 0,
	"messagesPublished": 0, "deliveries": 0, "deliveriesAcked": 0,
	"deliveriesFailed": 0, "messagesExpired": 0, "subscriptionsExpired": 0, "deadLetters": 0, "jobsCreated": 0,
	"jobsFinished": 0}'
advance_to 2026-03-09T02:00:00.5+01:00
is 'to, with an offset' "$HTTP $(field .to)" '200 2026-03-09T01:00:00.500Z'
advance 0s
is 'by nothing' "$HTTP $(field .to)" '200 2026-03-09T01:00:00.500Z'
advance_to 2026-03-09T01:00:00Z
invalid 'backwards' FAILED_PRECONDITION
has 'says where it is' "$(field .error.message)" 2026-03-09T01:00:00.500Z
for body in '{}' '{"by":"1s","to":"2027-01-01T00:00:00Z"}' '{"by":1}' \
	'{"by":"soon"}' '{"by":"-1s"}' '{"to":"tomorrow"}' '[]' '{"by":' \
	'{"by":"1s","unknown":1}' '{"by":"1s","timeout":"x"}' ''; do
	api POST $A/clock:advance "$body"
	invalid "the advance '$body'"
done
advance 36601d
invalid 'a hundred years and a day' OUT_OF_RANGE
advance 36600d
is 'a hundred years' "$HTTP" 200
api POST $A/state:reset
is 'a reset leaves the clock' "$HTTP" 200
api GET $A/clock
is 'where it is' "$(field .now)" "$(date -u -d '2026-03-09 + 36600 days' +%F)T01:00:00.500Z"

api POST $A/state:reset '{"now":"2026-03-09T00:00:00Z"}'
is 'a reset may put it back' "$HTTP $BODY" '200 {}'
api GET $A/clock
is 'put back' "$(field .now)" 2026-03-09T00:00:00Z
for body in '{"now":"noon"}' '{"now":1}' '{"then":"2026-03-09T00:00:00Z"}' \
	'[]'; do
	api POST $A/state:reset "$body"
	invalid "the reset $body"
done

# what is next, and the counters of jobs
api POST /v1/projects/p1/jobs "$(job_body one)"
api GET $A/clock
is 'the next event' "$(field '.nextEvent > .now')" true
advance 1h
json 'a job has ended' '[.jobsCreated, .jobsFinished]' '[0, 1]'

# the journal: bounded at 10,000; from and max
api GET $A/journal
before=$(field .next)
api POST $A/state:reset
api GET $A/journal
json 'empty, and the numbers go on' . "{\"entries\": [], \"next\": $before}"
api GET "$A/journal?from=$((before - 1))"
json 'nothing of before' . "{\"entries\": [], \"next\": $before}"
stop EMU
emu_start
api GET $A/journal
json 'the first is 1' . '{"entries": [], "next": 1}'
api POST /v1/projects/p1/jobs "$(job_body one)"
api GET /v1/projects/p1/jobs/none
api GET $A/journal
json 'what happened' '.entries | map([.seq, .kind, .state, .route, .http])' '[
	[1, "job", "QUEUED", null, null],
	[2, "request", null, "ml.projects.jobs.create", 200],
	[3, "request", null, "ml.projects.jobs.get", 404]]'
api GET "$A/journal?from=2&max=1"
json 'one of them' '[.next, (.entries | map(.seq))]' '[3, [2]]'
api GET "$A/journal?from=99"
json 'none yet: go on at the end' . '{"entries": [], "next": 4}'
api GET "$A/journal?from=18446744073709551615"
json 'the largest number' . '{"entries": [], "next": 4}'
for query in from=x max=-1 from=1.5 from=18446744073709551616 \
	from=99999999999999999999 max=99999999999999999999; do
	api GET "$A/journal?$query"
	invalid "$query"
done
api GET "$A/journal?other=1"
invalid 'an unknown parameter'
api PUT /v1/projects/p1/topics/many
n=0
jq -nc '{messages: [range(1000) | {attributes: {n: tostring}}]}' >"$TMP/most"
while [ $n -lt 11 ]; do
	api POST /v1/projects/p1/topics/many:publish "@$TMP/most"
	n=$((n + 1))
done
api GET "$A/journal?max=1000000"
# 4 entries before, 11 times 1000 messages and a request
json 'the last 10,000' '[(.entries | length), .entries[0].seq, .next]' \
	'[10000, 1016, 11016]'
api GET $A/journal
json 'a page is 1000' '[(.entries | length), .next]' '[1000, 2016]'

# faults
for body in '{"fault":"flood"}' '{"fault":"lose_ack","times":-1}' \
	'{"fault":"lose_ack","x":1}' '{}'; do
	api POST $A/faults "$body"
	case $body in
	*flood*) is "$body" "$HTTP" 501 ;;
	*) invalid "$body" ;;
	esac
done
api GET $A/nothing
is 'an unknown path' "$HTTP" 404

# ctl: STATUS PART ARGUMENTS
run_ctl() {
	ctl_want=$1 ctl_part=$2 ctl_status=0
	shift 2
	ctl "$@" >"$TMP/out" 2>"$TMP/err" || ctl_status=$?
	is "ctl $*" "$ctl_status" "$ctl_want"
	has "ctl $*: says" "$(cat "$TMP/out" "$TMP/err")" "$ctl_part"
	[ "$ctl_want" = 0 ] || has 'who' "$(cat "$TMP/err")" 'train-emulator ctl: '
}
run_ctl 0 '"status": "ok"' healthz
run_ctl 0 '"mode": "virtual"' clock
run_ctl 0 '"settled": true' advance 1h30m
run_ctl 0 '"next": 11019' journal 11015
run_ctl 0 '{}' lose-acks 0
run_ctl 0 '{}' reset
run_ctl 0 '{}' reset 2026-03-10T00:00:00Z
run_ctl 0 '"now": "2026-03-10T00:00:00Z"' clock
run_ctl 2 'no RFC 3339 instant' reset soon
run_ctl 0 '"entries": []' journal
run_ctl 0 '"next": 11019' journal 1
run_ctl 0 '"keys": [' rotate-keys
kid=$(jq -r '.keys[0]' "$TMP/out")
run_ctl 0 "$kid" rotate-keys
is 'both are published' "$(jq -c '.keys' "$TMP/out")" \
	"$(curl -sS "$EMU_URL/oauth2/v3/certs" | jq -c '[.keys[].kid]')"
run_ctl 2 "'rotate-keys' takes no argument" rotate-keys x
for body in '{"x":1}' '[]' '{'; do
	api POST $A/keys:rotate "$body"
	invalid "keys:rotate $body"
done
run_ctl 1 'HTTP 400: the clock cannot go back' advance 2026-03-09T00:00:00Z
run_ctl 1 'HTTP 400: one advance is at most 100 years' advance 40000d
run_ctl 2 'neither a duration' advance soon
run_ctl 2 "'advance' needs an argument" advance
run_ctl 2 "'x' is not a number" journal x
run_ctl 2 "'clock' takes no argument" clock x
run_ctl 2 "unknown verb 'frobnicate'" frobnicate
run_ctl 2 'give one verb' --url "$EMU_URL"
run_ctl 2 bogus --bogus
run_ctl 0 '"status": "ok"' --url "$EMU_URL" healthz
run_ctl 1 http://127.0.0.1:1 --url http://127.0.0.1:1 healthz
run_ctl 0 '"status": "ok"' --url "$EMU_URL/" healthz
run_ctl 0 '"status": "ok"' --url "$EMU_HOST" healthz
run_ctl 2 'is not HOST:PORT' --url localhost healthz
run_ctl 2 'is not HOST:PORT' --url "$EMU_URL/v1" healthz
unset TRAIN_EMULATOR_HOST
run_ctl 2 'no emulator: give --url or set TRAIN_EMULATOR_HOST' healthz

# the port is taken; a bad command line
fails() {
	fails_want=$1 fails_part=$2 fails_status=0
	shift 2
	"$BUILDDIR/train-emulator" "$@" >"$TMP/out" 2>"$TMP/err" ||
		fails_status=$?
	is "status of: $*" "$fails_status" "$fails_want"
	is 'not ready' "$(cat "$TMP/out")" ''
	has "why: $*" "$(cat "$TMP/err")" "$fails_part"
	has 'who' "$(cat "$TMP/err")" 'train-emulator: '
}
fails 1 'in use' --listen "$EMU_HOST"
fails 2 "'later' is not real, virtual, auto (these two also with @TIME) or xN" --clock=later
fails 2 'is not an RFC 3339 instant' --clock=virtual@noon
fails 2 "'x0' is not x1 to x100000" --clock=x0
fails 2 "is not x1 to x100000" --clock=x100001
fails 2 "'secret' is neither open nor strict" --auth=secret
fails 2 "--data: the file's name is empty" --data ''
fails 1 'No such file or directory' --data "$TMP/missing/file"
fails 2 'queued=' --job-life walking=1s
fails 2 'job-life' --job-life queued=long
fails 2 'is not a level' --log-level loud
fails 2 'unexpected argument' extra
fails 2 listen --listen 300.1.1.1:x

stop EMU INT
is 'SIGINT' "$STOPPED" 0

# the other clocks
start EMU train-emulator --listen 127.0.0.1:0
real=$(date -u +%s)
api GET $A/clock
now=$(date -u -d "$(field .now)" +%s)
is 'real by default' "$(field .mode) $((now - real < 10 && real - now < 10))" \
	'real 1'
advance 1s
invalid 'a real clock cannot be moved' FAILED_PRECONDITION
has 'says what to do' "$(field .error.message)" --clock=virtual
api POST $A/state:reset '{"now":"2026-03-09T00:00:00Z"}'
invalid 'nor by a reset' FAILED_PRECONDITION
stop EMU
is 'SIGTERM' "$STOPPED" 0
# a minute in 0.6 ms: the 405 s of a job's life pass by themselves
start EMU train-emulator --listen 127.0.0.1:0 --clock=x100000
api POST /v1/projects/p1/jobs "$(job_body fast)"
succeeded() {
	api GET /v1/projects/p1/jobs/fast
	[ "$(field .state)" = SUCCEEDED ]
}
wait_for 'a job on a scaled clock' succeeded
# its states were on time: 105 s to the start, 300 s to the end, give or take
# the rounding of both to seconds and what a turn of the loop takes
is 'its life' "$(field '((.endTime | fromdate) - (.startTime | fromdate)) >= 299')" \
	true
advance 1s
invalid 'a scaled clock cannot be moved' FAILED_PRECONDITION
stop EMU
