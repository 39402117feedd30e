#!/bin/sh
# SPDX-License-Identifier: MIT
# What a platform sees of train-uniquifier: health, readiness, metrics, traces
# in the log, how many pushes it takes at once, and how it ends.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq python3
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
emu_start
rec_start
TRACE=4bf92f3577b34da6a3ce929d0e0e4736

message() {
	jq -nc --arg id "$1" --arg data "$(b64 "$(job_body train)")" '{message: {
		messageId: $id, data: $data, publishTime: "2026-03-09T01:02:03Z"}}'
}
# push ID [curl option ...]
push() {
	push_id=$1
	shift
	call POST "$UNIQ_URL/" "$(message "$push_id")" "$@"
}
# asked PATH WHAT HTTP OUTCOME
asked() {
	call GET "$UNIQ_URL$1"
	is "$2" "$HTTP $(field .outcome)" "$3 $4"
}
# metrics: sets BODY to the samples by name
metrics() {
	call GET "$UNIQ_URL/metrics"
	BODY=$(python3 "$SRCDIR/tests/system/prometheus.py" <"$TMP/answer" 2>&1) ||
		bad "metrics: $BODY"
}
# counted WHAT SERIES VALUE: in BODY
counted() {
	is "$1" "$(printf '%s' "$BODY" |
		jq --arg s "train_uniquifier_$2" '.[$s]')" "$3"
}
log_has() {
	is "$1" "$(tail -n 1 "$TMP/UNIQ.log" | jq -c "$2")" "$3"
}

uniq_start --max-body 2000 --retry-initial 10ms
asked /healthz 'healthz' 200 ok
asked /readyz 'readyz' 200 ready
for path in healthz readyz metrics; do
	is "HEAD /$path" "$(curl -sS -I -o "$TMP/head" -w '%{http_code}' \
		"$UNIQ_URL/$path")" 200
	call POST "$UNIQ_URL/$path" '{}'
	is "POST /$path" "$HTTP" 405
done
metrics
counted 'no push yet' 'pushes_total{outcome="created"}' 0
counted 'it is ready' ready 1
is 'the content type' "$(curl -sS -o "$TMP/head" -w '%{content_type}' \
	"$UNIQ_URL/metrics")" 'text/plain; version=0.0.4; charset=utf-8'

# what is counted
push 1
push 1
push 2
call POST "$UNIQ_URL/" '{'
# padded N: push 2 again, filled up to so many bytes
padded() { printf '%-*s' "$1" "$(message 2)"; }
call POST "$UNIQ_URL/" "$(padded 2001)"
is 'over --max-body' "$HTTP" 413
call POST "$UNIQ_URL/" "$(padded 2000)"
is '--max-body' "$HTTP $(field .outcome)" '200 adopted'
metrics
counted 'created' 'pushes_total{outcome="created"}' 2
counted 'adopted' 'pushes_total{outcome="adopted"}' 2
counted 'refused' 'pushes_total{outcome="refused"}' 1
counted 'too big' 'turned_away_total{reason="too_big"}' 1
counted 'times' push_duration_seconds_count 5
counted 'none took over ten seconds' 'push_duration_seconds_bucket{le="10"}' 5
counted 'no retries' submit_retries_total 0
ctl fault add effect=status route=ml.projects.jobs.create count=2 status=503 \
	>"$TMP/fault" || bad 'fault add'
push 3
is 'a push that is tried again' "$HTTP $(field .outcome)" '200 created'
metrics
counted 'two retries' submit_retries_total 2
counted 'nothing in flight' in_flight 0
is 'it started a moment ago' "$(printf '%s' "$BODY" |
	jq "$(date +%s) - .train_uniquifier_start_time_seconds |
	. >= -1 and . < 600")" true

# traces: W3C's example, and Google's own header
push 6 -H "traceparent: 00-$TRACE-00f067aa0ba902b7-01"
log_has 'traceparent' '[.["logging.googleapis.com/trace"],
	.["logging.googleapis.com/spanId"],
	.["logging.googleapis.com/trace_sampled"], .outcome]' \
	"[\"projects/p1/traces/$TRACE\",\"00f067aa0ba902b7\",true,\"created\"]"
push 4 -H "X-Cloud-Trace-Context: $TRACE/74;o=0"
log_has 'X-Cloud-Trace-Context' '[.["logging.googleapis.com/trace"],
	.["logging.googleapis.com/spanId"],
	.["logging.googleapis.com/trace_sampled"]]' \
	"[\"projects/p1/traces/$TRACE\",\"000000000000004a\",false]"
push 5 -H 'traceparent: no'
log_has 'no trace' '.["logging.googleapis.com/trace"]' null
log_has 'labels' '.["logging.googleapis.com/labels"]' \
	'{"outcome":"created","job_id":"train_20260309_010203_5"}'
stop UNIQ

# two at once, of which none ends
: >"$REC_FILE"
uniq_start --max-in-flight 2 --endpoint "ml=$REC_URL/hang" --submit-timeout 60s
# hanging N ID: a push in the background, until N have come to the service
# shellcheck disable=SC2317 # by wait_for
has_calls() { [ "$(calls)" = "$1" ]; }
hanging() {
	curl -sS -m 60 -o "$TMP/hung$1" -w '%{http_code}' \
		-d "$(message "$2")" "$UNIQ_URL/" >"$TMP/code$1" &
	eval "hung$1=\$!"
	wait_for "call $1" has_calls "$1"
}
hung() {
	eval "wait \$hung$1"
	is "push $1 is not acknowledged" \
		"$(cat "$TMP/code$1") $(jq -r .outcome "$TMP/hung$1")" '503 later'
}
hanging 1 11
hanging 2 12
push 13
is 'one more' "$HTTP $(field '"\(.outcome): \(.reason)"')" \
	'429 later: too many at once'
is 'when to come again' "$(curl -sS -o "$TMP/head" -D - \
	-d "$(message 14)" "$UNIQ_URL/" | tr -d '\r' |
	sed -n 's/^Retry-After: //p')" 1
asked /readyz 'it is ready all the same' 200 ready
metrics
counted 'two in flight' in_flight 2
counted 'of two' in_flight_max 2
counted 'two too many' 'turned_away_total{reason="busy"}' 2
# the first signal: no more pushes; the second: none at all
kill -TERM "$UNIQ_PID"
wait_for 'the signal' grep -q 'stopping, 2 requests in hand' "$TMP/UNIQ.log"
asked /readyz 'readyz while it stops' 503 'not ready'
is 'and why' "$(field .reason)" stopping
asked /healthz 'healthz while it stops' 200 ok
push 15
is 'a push while it stops' "$HTTP $(field .reason)" '503 stopping'
stop UNIQ
is 'a second SIGTERM' "$STOPPED" 0
hung 1
hung 2
is 'nothing was sent again' "$(calls)" 2

# or time is over
: >"$REC_FILE"
uniq_start --endpoint "ml=$REC_URL/hang" --submit-timeout 60s \
	--drain-timeout 300ms
hanging 1 21
stop UNIQ INT
is 'the end of --drain-timeout' "$STOPPED" 0
hung 1

# ready with the keys
: >"$REC_FILE"
guarded() {
	start UNIQ train-uniquifier --listen 127.0.0.1:0 --project p1 \
		--audience a --sender a@b --jwks-url "$REC_URL/$1"
}
rec_answers 500
guarded keys
# shellcheck disable=SC2317
readyz_says() {
	call GET "$UNIQ_URL/readyz"
	case "$HTTP $(field .reason)" in *"$1"*) ;; *) return 1 ;; esac
}
# what failed where is for the log alone, for anybody may ask
# shellcheck disable=SC2317
failed_is_told() { grep -qF "not ready: $1" "$TMP/UNIQ.log"; }
# shellcheck disable=SC2317
readyz_fails() {
	readyz_says "503 $1" && failed_is_told "$2"
}
wait_for 'the failure' readyz_fails 'no keys' "$REC_URL/keys: HTTP status 500"
is 'and no more' "$BODY" '{"outcome":"not ready","reason":"no keys"}'
push 31 -H 'Authorization: Bearer a.b.c'
is 'a push without keys' "$HTTP" 503
metrics
counted 'is not ready' ready 0
counted 'turned away' 'turned_away_total{reason="no_keys"}' 1
is 'fetches failed' "$(printf '%s' "$BODY" |
	jq '.["train_uniquifier_key_fetches_total{result=\"failed\"}"] > 0')" true
stop UNIQ
rec_answers 200
: >"$TMP/UNIQ.log"
guarded hang
wait_for 'the fetch' grep -q '"/hang"' "$REC_FILE"
curl -sS -m 60 -o "$TMP/hung1" -w '%{http_code}' -d "$(message 32)" \
	-H 'Authorization: Bearer a.b.c' "$UNIQ_URL/" >"$TMP/code1" &
# shellcheck disable=SC2034 # by hung
hung1=$!
# shellcheck disable=SC2317
one_waits() {
	call GET "$UNIQ_URL/metrics"
	grep -qx 'train_uniquifier_in_flight 1' "$TMP/answer"
}
wait_for 'the push' one_waits
kill -TERM "$UNIQ_PID"
wait_for 'the signal' grep -q 'stopping, 1 requests in hand' "$TMP/UNIQ.log"
stop UNIQ
is 'a push that waits for keys' "$STOPPED" 0
hung 1
api GET /oauth2/v3/certs
ok 'keys'
printf '%s' "$BODY" >"$REC_FILE.body"
guarded keys
wait_for 'the keys' readyz_says '200 '
metrics
counted 'a fetch went well' 'key_fetches_total{result="ok"}' 1
push 33
push 33 -H 'Authorization: Bearer a.b.c'
metrics
counted 'unauthenticated' 'turned_away_total{reason="unauthenticated"}' 2
stop UNIQ
is 'SIGTERM' "$STOPPED" 0

# ready with a token for the service
rec_answers 503
(umask 077 && jq -n --arg url "$REC_URL/token" '{type: "authorized_user",
	client_id: "c", client_secret: "s", refresh_token: "r",
	token_uri: $url}' >"$TMP/adc.json")
export GOOGLE_APPLICATION_CREDENTIALS="$TMP/adc.json"
uniq_start
wait_for 'the failure' readyz_fails 'no credentials' "no credentials: "
is 'and no more here' "$BODY" '{"outcome":"not ready","reason":"no credentials"}'
grep -F 'not ready: no credentials: ' "$TMP/UNIQ.log" | grep -qF "HTTP 503" ||
	bad 'the log does not say why'
metrics
counted 'is not ready either' ready 0
echo '{"access_token":"t","expires_in":3600,"token_type":"Bearer"}' \
	>"$REC_FILE.body"
rec_answers 200
wait_for 'the token' readyz_says '200 '
metrics
counted 'is ready' ready 1
counted 'a token' 'token_refreshes_total{result="ok"}' 1
is 'failures' "$(printf '%s' "$BODY" | jq '.[
	"train_uniquifier_token_refreshes_total{result=\"failed\"}"] > 0')" true
before=$(calls)
push 41
is 'and a push' "$HTTP $(field .outcome)" '200 created'
is 'asks for no other' "$(calls)" "$before"
if grep -qE 'refresh_token|"s"|Bearer t' "$TMP/UNIQ.log"; then
	bad 'a secret is in the log'
fi
stop UNIQ
unset GOOGLE_APPLICATION_CREDENTIALS

# what it does not start with
usage() {
	usage_status=0
	"$BUILDDIR/train-uniquifier" --listen 127.0.0.1:0 --project p1 \
		--allow-unauthenticated "$@" >"$TMP/out" 2>&1 || usage_status=$?
	is "$*" "$usage_status" 2
}
usage --max-in-flight 0
usage --max-in-flight 401
usage --max-in-flight x
usage --max-body 0
usage --max-body 1073741825
usage --drain-timeout 0s
usage --drain-timeout 2h
exit 0
