#!/bin/sh
# SPDX-License-Identifier: MIT
# Where an access token does not go: to a server whose certificate nobody knows,
# after a redirect, in clear to another machine; and not into arguments, the
# environment, logs or messages.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq openssl python3
SECRET=ya29.not-for-everybody
printf '%s' $SECRET >"$TMP/token"
openssl req -new -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
	-addext subjectAltName=IP:127.0.0.1 -out "$TMP/cert.pem" \
	-keyout "$TMP/key.pem" 2>"$TMP/openssl.log" || die 'no certificate'
mkfifo "$TMP/stranger.fifo"
: >"$TMP/seen"
python3 "$SRCDIR/tests/system/stranger.py" "$TMP/cert.pem" "$TMP/key.pem" \
	"$TMP/seen" >"$TMP/stranger.fifo" 2>"$TMP/stranger.log" &
PIDS="$PIDS $!"
read -r TLS LEADS THIRD OLD <"$TMP/stranger.fifo"
is 'the strangers answer' "$(curl -sS -k "$TLS/x")$(curl -sS -L "$LEADS/x")$(curl -sS "$THIRD/x")" '{}{}{}'
: >"$TMP/seen"
job_body train >"$TMP/job.json"
# to URL COMMAND ...: trainctl with a token; its exit status is STATUS
to() {
	to_url=$1
	shift
	STATUS=0
	trainctl --project p1 --access-token-file "$TMP/token" --endpoint "ml=$to_url" \
		"$@" >"$TMP/out" 2>"$TMP/err" || STATUS=$?
}
to "$TLS" list
is 'a certificate that nobody knows' "$STATUS" 1
has 'why' "$(cat "$TMP/err")" ertificate
is 'nothing was asked' "$(cat "$TMP/seen")" ''
# it is not its certificate that this one fails by: that is not even looked at
to "$OLD" list
is 'TLS 1.1' "$STATUS" 1
if grep -q ertificate "$TMP/err"; then bad "TLS 1.1: $(cat "$TMP/err")"; fi
for verb in list "submit $TMP/job.json"; do
	# shellcheck disable=SC2086 # words
	to "$LEADS" $verb
	is "a redirect: ${verb%% *}" "$STATUS" 1
done
grep -q "^leads GET .* Bearer $SECRET\$" "$TMP/seen" || bad 'the server did not get the token'
is 'nobody followed' "$(grep -c '^third' "$TMP/seen")" 0
to http://192.0.2.1 list
is 'in clear' "$STATUS" 2
has 'why' "$(cat "$TMP/err")" 'without TLS'
for url in http://localhost:1@192.0.2.1 http://127.0.0.1.evil.example http://localhost.evil.example; do
	to "$url" list
	is "what only looks like this machine: $url" "$STATUS" 2
done

# keys by TLS from whom nobody knows
start UNIQ train-uniquifier --listen 127.0.0.1:0 --project p1 --audience a --sender a@b \
	--jwks-url "$TLS/keys" --access-token-file "$TMP/token" --endpoint "ml=$LEADS" --log-level debug
call POST "$UNIQ_URL/" '{}' -H 'Authorization: Bearer a.b.c'
is 'no keys by such a certificate' "$HTTP" 503
grep -q ertificate "$TMP/UNIQ.log" || bad 'the log does not say why'
stop UNIQ
: >"$TMP/seen"
uniq_start --access-token-file "$TMP/token" --endpoint "ml=$LEADS" --log-level debug \
	--retry-initial 1ms --submit-timeout 2s
call POST "$UNIQ_URL/" "$(jq -nc --arg data "$(b64 "$(job_body train)")" '{message: {messageId: "1",
	data: $data, publishTime: "2026-03-09T01:02:03Z"}}')"
[ "$HTTP" -ge 400 ] || bad "a redirect was taken for a job: $HTTP"
grep -q "^leads POST .* Bearer $SECRET\$" "$TMP/seen" || bad 'the server did not get the token'
is 'nor did the service follow' "$(grep -c '^third' "$TMP/seen")" 0
for at in cmdline environ; do
	if grep -qaF "$SECRET" "/proc/$UNIQ_PID/$at"; then bad "the token is in $at"; fi
done
stop UNIQ
for file in UNIQ.log out err; do
	if grep -qF "$SECRET" "$TMP/$file"; then bad "the token is in $file"; fi
done
exit $failed
