#!/bin/sh
# SPDX-License-Identifier: MIT
# Every counter of GET /metrics: each is moved by something that is made to
# happen, by as much as it has to be, and no other moves. The text is read by a
# strict reader of Prometheus' format each time. (Only memory that runs out
# cannot be had from outside; tests/unit/check_metrics.c has that.)
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq python3
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"
# shellcheck source=tests/lib_uniquifier.sh
. "$SRCDIR/tests/lib_uniquifier.sh"
emu_start
rec_start
CREATE=route=ml.projects.jobs.create
fault() { ctl fault add "$@" >/dev/null || bad "fault add $*"; }
clear_faults() { ctl fault clear >/dev/null || bad 'fault clear'; }

# metrics FILE: the samples by name, as JSON
metrics() {
	call GET "$UNIQ_URL/metrics"
	python3 "$SRCDIR/tests/system/prometheus.py" <"$TMP/answer" >"$1" ||
		bad "metrics: $(cat "$1")"
}
# from_now: what moves is told from here on
from_now() { metrics "$TMP/before"; }
# moved WHAT WANT: the counters that have moved since, each with by how much;
# that of what is timed is called n
moved() {
	metrics "$TMP/after"
	is "$1" "$(jq -rn --slurpfile a "$TMP/before" --slurpfile b "$TMP/after" '
		[$b[0] | to_entries[] | select(.key | test("_total|_count$")) |
		.value -= ($a[0][.key] // 0) | select(.value != 0) |
		"\(.key | ltrimstr("train_uniquifier_") |
			sub("push_duration_seconds_count"; "n") |
			gsub("_total|[{}\"]|outcome=|reason=|result="; " ") |
			gsub(" +"; " ") | rtrimstr(" ")) \(.value)"] | sort |
		join(", ")')" "$2"
	mv "$TMP/after" "$TMP/before"
}
# says LINE: for a loop. Reading is asking, where there is no token or key.
says() { curl -sS -m 60 "$UNIQ_URL/metrics" | grep -qx "train_uniquifier_$1"; }
# value SERIES: as it was last
value() {
	jq --arg s "train_uniquifier_$1" '.[$s]' "$TMP/before"
}
# message ID [ATTRIBUTES] [JOB]
message() {
	jq -nc --arg id "$1" --arg data "$(b64 "${3:-$(job_body train)}")" \
		--argjson a "${2:-{\}}" '{message: {messageId: $id, data: $data,
		attributes: $a, publishTime: "2026-03-09T01:02:03Z"}}'
}
push() { call POST "$UNIQ_URL/" "$(message "$@")"; }

# ---- how pushes end
uniq_start --retry-initial 1ms --overlap skip --max-body 4000
from_now
is 'nothing has been counted' "$(jq '[to_entries[] | select(.key |
	test("_total|_count|_sum|_bucket")) | .value] | unique' \
	"$TMP/before" | tr -d ' \n')" '[0]'
is 'all outcomes are there from the start' "$(jq -r '[keys[] |
	capture("outcome=\"(?<o>.*)\"").o] | join(" ")' "$TMP/before")" \
	'adopted conflict created kept later refused skipped'
push 1
moved 'created' 'n 1, pushes created 1'
push 1
moved 'adopted' 'n 1, pushes adopted 1'
push 1 '{}' "$(job_body train | jq '.trainingInput.args = ["-x"]')"
moved 'kept' 'n 1, pushes kept 1'
push 2
moved 'skipped' 'n 1, pushes skipped 1'
api POST "$JOBS" "$(job_body train_20260309_010203_3)"
ok "another's job"
push 3 '{"train-overlap":"allow"}'
is 'a conflict' "$HTTP" 409
moved 'conflict' 'n 1, pushes conflict 1'
call POST "$UNIQ_URL/" '{'
moved 'refused' 'n 1, pushes refused 1'
# five tries, four of them retries
fault effect=status status=503 $CREATE
push 4 '{"train-overlap":"allow"}'
moved 'later' 'n 1, pushes later 1, submit_retries 4'
clear_faults
fault effect=status status=503 $CREATE count=1
fault effect=status status=503 route=ml.projects.jobs.list count=2
fault effect=close-before route=ml.projects.jobs.get count=1
push 5 '{"train-schedule-name":"other"}'
moved 'retries of each request' 'n 1, pushes created 1, submit_retries 4'
clear_faults
advance 3h
push 6 '{"train-max-late":"1h"}'
has 'why' "$(field .reason)" ' s late, of at most 3600 s'
moved 'skipped for being late' 'n 1, pushes skipped 1'
call POST "$UNIQ_URL/" "$(head -c 4001 /dev/zero | tr '\0' ' ')"
moved 'too big' 'turned_away too_big 1'

# ---- times: three below a bound, one above
sum=$(value push_duration_seconds_sum)
below=$(value 'push_duration_seconds_bucket{le="0.25"}')
fault effect=delay delay=300ms $CREATE count=1
push 7 '{"train-overlap":"allow"}'
moved 'one that takes its time' 'n 1, pushes created 1'
is 'is not among the quick ones' \
	"$(value 'push_duration_seconds_bucket{le="0.25"}')" "$below"
is 'is in the sum' "$(jq --argjson sum "$sum" \
	'.train_uniquifier_push_duration_seconds_sum - $sum |
	. >= 0.3 and . < 60' "$TMP/before")" true
is 'the last bucket has all' \
	"$(value 'push_duration_seconds_bucket{le="+Inf"}')" \
	"$(value push_duration_seconds_count)"

# ---- attempts after a failure, and runs that are cancelled
stop UNIQ
uniq_start --retry-initial 1ms --overlap cancel --failed retry --max-in-flight 1
from_now
ctl reset "$START" >/dev/null || bad reset
ctl fate add outcome=failure >/dev/null || bad fate
push 1
advance 1h
push 1
is 'tried again' "$(field .jobId)" train_20260309_010203_1_a2
moved 'two attempts' 'n 2, pushes created 2'
fault effect=status status=503 route=ml.projects.jobs.cancel count=2
push 2
moved 'the cancel is a request too' 'n 1, pushes created 1, submit_retries 2'
# one at a time
fault effect=delay delay=3s $CREATE count=1
curl -sS -m 60 -o "$TMP/third" -H 'Content-Type: application/json' \
	-d "$(message 3)" "$UNIQ_URL/" &
third=$!
wait_for 'one in flight' says 'in_flight 1'
push 4
is 'one more' "$HTTP" 429
moved 'busy' 'turned_away busy 1'
kill -TERM "$UNIQ_PID"
wait_for 'the signal' grep -q 'stopping, 1 requests in hand' "$TMP/UNIQ.log"
push 5
is 'one while it stops' "$HTTP" 503
moved 'stopping' 'turned_away stopping 1'
is 'and it is not ready' "$(value ready)" 0
wait "$third"
is 'the one in hand' "$(jq -r .outcome "$TMP/third")" created

# ---- rehearsals
wait "$UNIQ_PID"
is 'SIGTERM' $? 0
uniq_start --dry-run
from_now
push 9
moved 'dry-run' 'n 1, pushes dry-run 1'
stop UNIQ

# ---- whose pushes: by the emulator's own tokens
guarded() {
	start UNIQ train-uniquifier --listen 127.0.0.1:0 --project p1 \
		--audience aud --sender good@p1.iam.gserviceaccount.com "$@"
}
guarded
ready() {
	call GET "$UNIQ_URL/readyz"
	[ "$HTTP" = 200 ]
}
wait_for 'the keys' ready
from_now
is 'a fetch of keys' "$(value 'key_fetches_total{result="ok"}')" 1
push 1
moved 'no token' 'turned_away unauthenticated 1'
api PUT "$P/topics/jobs"
for who in good other; do
	api PUT "$P/subscriptions/by-$who" "{\"topic\":\"projects/p1/topics/jobs\",
		\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\",\"oidcToken\":{
		\"serviceAccountEmail\":\"$who@p1.iam.gserviceaccount.com\",
		\"audience\":\"aud\"}}}"
	ok "by-$who"
done
publish jobs "{\"messages\":[{\"data\":\"$(b64 "$(job_body train)")\"}]}"
wait_for 'the one' says 'pushes_total{outcome="created"} 1'
wait_for 'the other' says 'turned_away_total{reason="forbidden"} [1-9].*'
moved 'one of each' 'n 1, pushes created 1, turned_away forbidden 1'
stop UNIQ
guarded --jwks-url http://127.0.0.1:9/keys
wait_for 'the failure' says 'key_fetches_total{result="failed"} [1-9].*'
from_now
call POST "$UNIQ_URL/" "$(message 1)" -H 'Authorization: Bearer a.b.c'
is 'no keys' "$HTTP" 503
says 'turned_away_total{reason="no_keys"} 1' || bad 'no keys are not counted'
stop UNIQ

# ---- access tokens: none, one, and one more when that is over
rec_answers 503
(umask 077 && jq -n --arg url "$REC_URL/token" '{type: "authorized_user",
	client_id: "c", client_secret: "s", refresh_token: "r",
	token_uri: $url}' >"$TMP/adc.json")
export GOOGLE_APPLICATION_CREDENTIALS="$TMP/adc.json"
uniq_start --retry-initial 1ms --submit-timeout 1s
# refreshes RESULT: how many
refreshes() {
	metrics "$TMP/now"
	jq --arg s "train_uniquifier_token_refreshes_total{result=\"$1\"}" \
		'.[$s]' "$TMP/now"
}
wait_for 'a failure' says 'token_refreshes_total{result="failed"} [1-9].*'
is 'none so far' "$(refreshes ok)" 0
printf '{"access_token":"t","expires_in":%s,"token_type":"Bearer"}' 3600 \
	>"$REC_FILE.body"
rec_answers 200
wait_for 'a token' says 'token_refreshes_total{result="ok"} 1'
from_now
push 21
moved 'that lasts' 'n 1, pushes created 1'
is 'one' "$(refreshes ok)" 1
is 'it is ready' "$(value ready)" 1
# the service refuses the token: another is fetched, once
fault effect=status status=401 $CREATE count=1
push 22
is 'a token that is refused' "$HTTP" 200
is 'two' "$(refreshes ok)" 2
clear_faults
stop UNIQ
unset GOOGLE_APPLICATION_CREDENTIALS

# ---- the same where it pulls
ctl reset "$START" >/dev/null || bad reset
api PUT "$P/topics/jobs"
sub runs jobs
start UNIQ train-uniquifier --project p1 --subscription runs \
	--listen 127.0.0.1:0 --retry-initial 1ms
from_now
fault effect=status status=503 $CREATE count=3
publish jobs "{\"messages\":[{\"data\":\"$(b64 "$(job_body train)")\"},
	{\"data\":\"e30=\"}]}"
wait_for 'both' says 'push_duration_seconds_count 2'
moved 'pulled' \
	'n 2, pushes created 1, pushes refused 1, submit_retries 3'
stop UNIQ
