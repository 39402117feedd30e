#!/bin/sh
# SPDX-License-Identifier: MIT
# Strangers at the uniquifier's door who show a token that names a key nobody
# knows, requests that two programs read in two ways, and words that would be
# something else in a log or a URL.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq openssl python3
SA=push@p1.iam.gserviceaccount.com
AUD=https://uniquifier.example/
emu_start
ctl metadata project=p1 email=$SA >"$TMP/set" || bad 'metadata'
GOOD=$(curl -sS -H 'Metadata-Flavor: Google' \
	"$EMU_URL/computeMetadata/v1/instance/service-accounts/default/identity?audience=$AUD")
# message ID [BASE [ATTRIBUTES]]
message() {
	jq -nc --arg id "$1" --arg data "$(b64 "$(job_body "${2-train}")")" --argjson a "${3-null}" \
		'{message: ({messageId: $id, data: $data, attributes: $a,
		publishTime: "2026-03-09T01:02:03Z"} | del(.attributes | nulls))}'
}
# push ID [curl option ...]
push() {
	push_id=$1
	shift
	call POST "$UNIQ_URL/" "$(message "$push_id")" "$@"
}
part() { printf '%s' "$1" | openssl base64 -A | tr '+/' '-_' | tr -d '='; }
# unknown KID: a token that nobody has signed
unknown() {
	echo "$(part "$(jq -cn --arg k "$1" '{alg: "RS256", typ: "JWT", kid: $k}')").$(part '{"iss":"x"}').AAAA"
}
start UNIQ train-uniquifier --listen 127.0.0.1:0 --project p1 --log-format text \
	--max-in-flight 8 --audience "$AUD" --sender $SA --log-level debug
push 1 -H "Authorization: Bearer $GOOD"
is 'a good one' "$HTTP $(field .outcome)" '200 created'

# the keys are slow, and a crowd of strangers waits for them: three may, the
# others are sent away at once, and there is room for the good ones
fault route=oauth2.v3.certs effect=delay delay=1m
unknown stranger >"$TMP/stranger"
PUSHES=
: >"$TMP/code0"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	curl -sS -m 60 -o /dev/null -w '%{http_code}\n' -d "$(message "s$i")" \
		-H "Authorization: Bearer $(cat "$TMP/stranger")" \
		-H 'Content-Type: application/json' "$UNIQ_URL/" >"$TMP/code$i" &
	PUSHES="$PUSHES $!"
done
# shellcheck disable=SC2317 # by wait_for
nine_are_back() { [ "$(cat "$TMP"/code* | wc -l)" -ge 9 ]; }
wait_for 'those who do not wait' nine_are_back
push 2 -H "Authorization: Bearer $GOOD"
is 'a good one in the crowd' "$HTTP $(field .outcome)" '200 created'
# shellcheck disable=SC2086 # a list
wait $PUSHES
is 'what became of the crowd' "$(cat "$TMP"/code* | sort | uniq -c | tr -s ' ')" ' 12 401'
clear_faults

# a second request in the body of the first one must not get an answer: a proxy
# would take it for the answer to another's push
python3 - "$UNIQ_HOST" "$GOOD" >"$TMP/smuggled" <<'EOF'
import socket
import sys

host, port = sys.argv[1].rsplit(':', 1)
inner = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
for how in ('Content-Length: 0\r\nContent-Length: %d' % len(inner),
            'Content-Length: %d\r\nTransfer-Encoding: chunked' % (
                len(inner) + 5),
            'Transfer-Encoding: xchunked',
            'Content-Length : %d\r\nContent-Length: 0' % len(inner)):
    body = ('' if 'h: 0' in how else '0\r\n\r\n') + inner
    with socket.create_connection((host, int(port)), 20) as s:
        s.sendall(('POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s'
                   '\r\n%s\r\n\r\n%s' % (sys.argv[2], how, body)).encode())
        got = b''
        try:
            while more := s.recv(65536):
                got += more
        except ConnectionResetError:
            pass
    print(got.count(b'HTTP/1.1 '), got[9:12].decode())
EOF
is 'requests within requests' "$(sort -u "$TMP/smuggled")" '1 400'

# nothing that a stranger says begins a line of the log, or moves a terminal
lines=$(wc -l <"$TMP/UNIQ.log")
EVIL=$(printf 'x\ntrain-uniquifier: created\033[2Jy')
push 3 -H "Authorization: Bearer $(unknown "$EVIL")"
is 'a kid of two lines' "$HTTP" 401
call GET "$UNIQ_URL/a%0d%0atrain-uniquifier:%20created%1b%5b2J"
is 'a path of two lines' "$HTTP" 404
call POST "$UNIQ_URL/" "$(message 4 train "$(jq -cn --arg e "$EVIL" '{"train-key": $e, ("train-" + $e): $e}')")" \
	-H "Authorization: Bearer $GOOD"
is 'a key and an attribute of two lines' "$HTTP" 200
is 'a line each' "$(tail -n "+$((lines + 1))" "$TMP/UNIQ.log" | grep -vc '^train-uniquifier: ')" 0
is 'and none forged' "$(tail -n "+$((lines + 1))" "$TMP/UNIQ.log" | grep -c '^train-uniquifier: created ')" 1
if LC_ALL=C grep -q "$(printf '[\001-\010\013-\037]')" "$TMP/UNIQ.log"; then
	bad 'control characters in the log'
fi
if grep -qF "${GOOD##*.}" "$TMP/UNIQ.log"; then bad 'a token is in the log'; fi

# nor becomes part of a URL: whatever a message says, what is asked for is a job
# of the project of the command line
n=10
# an id is made of what is legal in it, or refused
served() { case $HTTP in 200 | 400) echo "ok: $1" ;; *) bad "$1: $HTTP $BODY" ;; esac; }
for name in '../../p2/jobs/x' 'a/b' 'a%2f..%2fb' '..' 'x?y=z' 'x#y' "$EVIL" 'a:cancel' \
	'projects/p2/jobs/x' ''; do
	n=$((n + 1))
	call POST "$UNIQ_URL/" "$(message $n "$(printf '%s' "$name" | jq -Rsr 'tojson[1:-1]')")" \
		-H "Authorization: Bearer $GOOD"
	served "as a jobId: $name"
	call POST "$UNIQ_URL/" "$(message ${n}a train "$(jq -cn --arg n "$name" '{"train-job-id": $n}')")" \
		-H "Authorization: Bearer $GOOD"
	served "as train-job-id: $name"
	call POST "$UNIQ_URL/" "$(message "$name" train "$(jq -cn --arg n "$name" '{"train-schedule": "* * * * *",
		"train-time-zone": $n, "train-schedule-name": $n}')")" -H "Authorization: Bearer $GOOD"
	served "as all else: $name"
	call POST "$UNIQ_URL/" "$(message ${n}b train "$(jq -cn --arg n "k$name" '{"train-key": $n, project: "p2",
		projectId: "p2", "train-project": "p2"}')")" -H "Authorization: Bearer $GOOD"
	is "as a key: $name" "$HTTP" 200
done
api GET '/emulator/v1/journal?max=1000'
field '.entries[] | select(.kind == "request") | .path' | grep jobs | sort -u >"$TMP/paths"
[ "$(wc -l <"$TMP/paths")" -ge 1 ] || bad 'no paths'
is 'what was asked for' "$(grep -vcE '^/v1/projects/p1/jobs(/[A-Za-z][A-Za-z0-9_]{0,127})?$' "$TMP/paths")" 0
api GET /v1/projects/p2/jobs
is 'nothing in another project' "$(field '.jobs | length')" 0
stop UNIQ
is 'SIGTERM' "$STOPPED" 0

# keys come from the address of the command line, and are no more than they may
mkfifo "$TMP/keys.fifo"
python3 "$SRCDIR/tests/system/keys_server.py" "$EMU_URL/oauth2/v3/certs" >"$TMP/keys.fifo" &
PIDS="$PIDS $!"
read -r KEYS_URL <"$TMP/keys.fifo"
for path in redirect large bomb good; do
	: >"$TMP/UNIQ.log"
	start UNIQ train-uniquifier --listen 127.0.0.1:0 --project p1 --audience "$AUD" \
		--sender $SA --jwks-url "$KEYS_URL/$path"
	push k$path -H "Authorization: Bearer $GOOD"
	case $path in
	good) is "$path" "$HTTP" 200 ;;
	redirect) has "$path" "$HTTP $(cat "$TMP/UNIQ.log")" 'HTTP status 302' ;;
	*) has "$path" "$HTTP $(cat "$TMP/UNIQ.log")" 'bytes' ;;
	esac
	[ $path = good ] || is "$path lets nobody in" "$HTTP $(field .reason)" '503 not now'
	stop UNIQ
done
exit $failed
