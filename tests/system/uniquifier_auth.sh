#!/bin/sh
# SPDX-License-Identifier: MIT
# Who may push: a menu of forged tokens (tests/forge_token.py, signed by
# OpenSSL), keys that rotate, fail and come back, and the emulator's own tokens
# from end to end. The answer never says why; the log always does.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq openssl python3
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
AUD=https://uniquifier.example/
SA=push@p1.iam.gserviceaccount.com
TAB=$(printf '\t')
emu_start
rec_start

# new_key NAME: an RSA key, and its members n and e in NAME.jwk
new_key() {
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out "$TMP/$1.pem" 2>/dev/null ||
		openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
			-out "$TMP/$1.pem" 2>"$TMP/genpkey.err" || die 'genpkey'
	openssl rsa -in "$TMP/$1.pem" -noout -modulus | sed 's/.*=//' |
		python3 -c 'import base64, sys
n = bytes.fromhex(sys.stdin.read())
print(base64.urlsafe_b64encode(n).decode().rstrip("="))' >"$TMP/$1.n"
}
# publish KID=NAME ...: what the recorder answers from now on
publish() {
	for pair; do
		jq -n --arg kid "${pair%%=*}" --rawfile n "$TMP/${pair#*=}.n" '
			{kty: "RSA", alg: "RS256", use: "sig", e: "AQAB",
			kid: $kid, n: ($n | rtrimstr("\n"))}'
	done | jq -cs '{keys: .}' >"$TMP/jwks"
	mv "$TMP/jwks" "$REC_FILE.body"
}
# forge KEY OTHER: the menu for now
forge() {
	python3 "$SRCDIR/tests/forge_token.py" "$TMP/$1.pem" "$TMP/$2.pem" \
		"$(date +%s)" 600 "$AUD" "$SA" >"$TMP/menu" || die 'no menu'
}
# token_of NAME: from the menu
token_of() { sed -n "s/^$1$TAB\([^$TAB]*\)$TAB.*/\1/p" "$TMP/menu"; }
guarded() {
	start UNIQ train-uniquifier --listen 127.0.0.1:0 --project p1 \
		--retry-initial 10ms --audience "$AUD" --sender "$SA" "$@"
}
# push ID [curl option ...]
push() {
	push_id=$1
	shift
	call POST "$UNIQ_URL/" "$(jq -nc --arg id "$push_id" \
		--arg data "$(b64 "$(job_body train)")" '{message: {
		messageId: $id, data: $data,
		publishTime: "2026-03-09T01:02:03Z"}}')" "$@"
}
push_with() { push "$1" -H "Authorization: Bearer $2"; }
# turned_away WHAT HTTP REASON: the last push; nothing is told
turned_away() {
	is "$1" "$HTTP $BODY" "$2 {\"outcome\":\"refused\"}"
	has "$1: the log" "$(last_log | jq -r '"\(.severity) \(.reason)"')" \
		"WARNING $3"
}
jobs() {
	api GET /v1/projects/p1/jobs
	field '.jobs | length'
}

for name in one two three; do new_key $name; done
publish k1=one
forge one two
since=$(date +%s)
guarded --audience https://other.example/x --jwks-url "$REC_URL/keys"
n=0 good=0
while IFS=$TAB read -r name token verdict reason; do
	n=$((n + 1))
	push_with "1$n" "$token"
	case $verdict in
	good)
		good=$((good + 1))
		is "$name" "$HTTP $(field .outcome)" '200 created'
		;;
	foreign) turned_away "$name" 403 'the token is refused: ' ;;
	*) turned_away "$name" 401 'the token is refused: ' ;;
	esac
	has "$name: why" "$(last_log)" \
		"$(printf '%s' "$reason" | jq -Rsr 'tojson[1:-1]')"
done <"$TMP/menu"
[ "$n" -ge 120 ] || bad "only $n tokens"
is 'a job of each good token, and of no other' "$(jobs)" "$good"
# one fetch at the start, three for the first unknown keys, then one in 10 s
n=$(calls)
took=$(($(date +%s) - since))
if [ "$n" -lt 4 ] || [ "$n" -gt $((4 + took / 10)) ]; then
	bad "the keys were asked for $n times in $took s"
fi
head -n 1 "$REC_FILE" | jq -e '.headers["user-agent"] |
	startswith("train-uniquifier/")' >"$TMP/agent" || bad 'no User-Agent'

good=$(token_of 'as Google makes them')
push 2000
turned_away 'no header' 401 'no Authorization header'
is 'it is told how' "$(curl -sS -o /dev/null -D - -X POST "$UNIQ_URL/" |
	tr -d '\r' | sed -n 's/^WWW-Authenticate: //p')" Bearer
push 2001 -H "Authorization: Bearer $good" -H "Authorization: Bearer $good"
turned_away 'two headers' 401 'more than one Authorization header'
push 2002 -H "Authorization: $good"
turned_away 'no Bearer' 401 "the Authorization is not a Bearer's"
push 2003 -H "Authorization: Basic $good"
turned_away 'Basic' 401 "the Authorization is not a Bearer's"
push 2004 -H "X-Authorization: Bearer $good"
turned_away 'another header' 401 'no Authorization header'
call POST "$UNIQ_URL/?access_token=$good" '{}'
turned_away 'in the query' 401 'no Authorization header'
call POST "$UNIQ_URL/" '{"message":' -H 'Authorization: Bearer x'
turned_away 'a body that is no JSON is not read' 401 'the token is refused'
call POST "$UNIQ_URL/" '{"message":' -H "Authorization: Bearer $good"
is 'after a good token it is' "$HTTP" 400
push 2005 -H "Authorization: Bearer $(head -c 65536 /dev/zero | tr '\0' a)"
# the connection may be closed before all of it was sent
case $HTTP in
431 | 000) echo 'ok: a header of 64 KiB' ;;
*) bad "a header of 64 KiB: HTTP $HTTP" ;;
esac
push 2005 -H "Authorization: Bearer x" -H "X-A: $(head -c 16384 /dev/zero |
	tr '\0' a)"
is 'headers of 16 KiB' "$HTTP" 431
# the longest token that is looked at leaves room for others
push 2005 -H "Authorization: Bearer $(head -c 8192 /dev/zero | tr '\0' a)" \
	-H "X-A: $(head -c 6144 /dev/zero | tr '\0' a)"
turned_away 'headers of 14 KiB' 401 'the token is refused: not a JWT'
push 2006 -H "authorization: bearer $good"
is 'in lower case' "$HTTP $(field .outcome)" '200 created'
call GET "$UNIQ_URL/healthz"
is 'healthz asks for none' "$HTTP" 200
if grep -qF "${good##*.}" "$TMP/UNIQ.log"; then bad 'a token is in the log'; fi

# a flood of unknown keys does not reach the server of the keys
for i in 1 2 3 4 5 6 7 8 9 10; do
	push_with "3$i" "$(token_of 'an unknown key')"
	is "unknown key $i" "$HTTP" 401
done
[ "$(calls)" -le $((5 + ($(date +%s) - since) / 10)) ] ||
	bad "$(calls) fetches of keys since $since"
stop UNIQ
is 'SIGTERM' "$STOPPED" 0

# a rotation: a token of the new key leads to a fetch, the old one stays good
guarded --jwks-url "$REC_URL/keys"
push_with 4000 "$good"
is 'before a rotation' "$HTTP $(field .outcome)" '200 created'
publish k2=two k1=one
push_with 4001 "$(token_of 'an unknown key')"
is 'a new key' "$HTTP $(field .outcome)" '200 created'
push_with 4002 "$good"
is 'the old key' "$HTTP $(field .outcome)" '200 created'
# the server fails: what there is is used on
rec_answers 500
push_with 4003 "$(token_of 'a kid of 128')"
turned_away 'an unknown key meanwhile' 401 'the token is refused: it is signed with'
has 'the log' "$(tail -n 2 "$TMP/UNIQ.log" | head -n 1)" \
	'HTTP status 500; the old ones are used'
push_with 4004 "$good"
is 'a known key meanwhile' "$HTTP" 200
rec_answers 200
publish k2=two
push_with 4005 "$(token_of 'a kid of 128')"
turned_away 'an unknown key' 401 'the token is refused'
push_with 4006 "$good"
turned_away 'a key that was withdrawn' 401 "the token is refused: it is signed with the unknown key 'k1'"
stop UNIQ

# no keys at first: later, and then not. Nothing is let in meanwhile.
rec_answers 503
guarded --jwks-url "$REC_URL/keys"
push_with 5000 "$(token_of 'an unknown key')"
is 'no keys' "$HTTP $BODY" '503 {"outcome":"later","reason":"not now"}'
has 'why' "$(last_log | jq -r .reason)" \
	"the token cannot be verified: $REC_URL/keys: HTTP status 503"
for body in '{}' '{"keys":[]}' '<html>' ''; do
	rec_answers 200
	printf '%s' "$body" >"$REC_FILE.body"
	push_with 5001 "$(token_of 'an unknown key')"
	is "keys that are none: $body" "$HTTP" 503
done
publish k2=two
# shellcheck disable=SC2317 # by wait_for
let_in() {
	push_with 5002 "$(token_of 'an unknown key')"
	[ "$HTTP" = 200 ]
}
wait_for 'the keys' let_in
stop UNIQ

# the end does not wait for keys
guarded --jwks-url "$REC_URL/hang"
# shellcheck disable=SC2317
asked() { tail -n 1 "$REC_FILE" | grep -q '"/hang"'; }
wait_for 'the fetch' asked
stop UNIQ
is 'SIGTERM while keys are fetched' "$STOPPED" 0

# from end to end: the emulator signs, and its keys are found by themselves
P=/v1/projects/p1
guarded
api POST /emulator/v1/state:reset '{}'
api PUT "$P/topics/top"
# subscribed [AUDIENCE [ACCOUNT]]
subscribed() {
	api DELETE "$P/subscriptions/sub"
	api PUT "$P/subscriptions/sub" "{\"topic\":\"projects/p1/topics/top\",
		\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\",
		\"oidcToken\":{\"serviceAccountEmail\":\"${2-$SA}\",
		\"audience\":\"${1-$AUD}\"}}}"
	ok 'a subscription'
}
# published BASE: one message of a job, delivered once
published() {
	api POST "$P/topics/top:publish" "{\"messages\":[{\"data\":\"$(
		job_body "$1" | base64 | tr -d '\n')\"}]}"
	ok 'publish'
	advance 0s
}
# made BASE N: how many jobs of that name there are
made() {
	api GET "$P/jobs"
	is "jobs of $1" "$(field "[.jobs[]?.jobId |
		select(startswith(\"$1\"))] | length")" "$2"
}
subscribed
published nightly
made nightly 1
ctl rotate-keys >/dev/null || bad 'rotate-keys'
published rotated
made rotated 1
ctl rotate-keys >/dev/null || bad 'rotate-keys'
published again
made again 1
subscribed https://other.example/
published other
made other 0
has 'why' "$(last_log)" "its aud is 'https://other.example/'"
subscribed "$AUD" root@p1.iam.gserviceaccount.com
published root
made root 0
has 'who' "$(last_log)" "its email is 'root@p1.iam.gserviceaccount.com'"
api DELETE "$P/subscriptions/sub"
api PUT "$P/subscriptions/sub" "{\"topic\":\"projects/p1/topics/top\",
	\"pushConfig\":{\"pushEndpoint\":\"$UNIQ_URL/\"}}"
published nobody
made nobody 0
# a message that was refused is not lost: once its subscription is right it runs
api POST "$P/subscriptions/sub:modifyPushConfig" "{\"pushConfig\":{
	\"pushEndpoint\":\"$UNIQ_URL/\",\"oidcToken\":{
	\"serviceAccountEmail\":\"$SA\",\"audience\":\"$AUD\"}}}"
advance 10m
made nobody 1
export TRAINCTL_PROJECT=p1 TRAINCTL_LOCATION=us-central1
trainctl schedule create by-trainctl "$FIXTURES/jobspec/custom_image.json" \
	--schedule '0 2 * * *' --push-endpoint "$UNIQ_URL/" \
	--service-account "$SA" --audience "$AUD" --job-id scheduled \
	>"$TMP/schedule.log" 2>&1 || bad 'schedule create'
advance 2d
made scheduled 2
stop UNIQ
is 'SIGTERM' "$STOPPED" 0

# what it does not start with
usage() {
	usage_part=$1
	shift
	usage_status=0
	"$BUILDDIR/train-uniquifier" --listen 127.0.0.1:0 --project p1 "$@" \
		>"$TMP/out" 2>"$TMP/err" || usage_status=$?
	is "$*: status" "$usage_status" 2
	has "$*: why" "$(cat "$TMP/err")" "$usage_part"
}
usage 'who may push?'
usage 'who may push?' --audience a
usage 'who may push?' --sender a@b
usage 'no token is verified' --allow-unauthenticated --audience a --sender a@b
usage 'no token is verified' --allow-unauthenticated --jwks-url "$REC_URL/"
usage 'not an e-mail address' --audience a --sender nobody
usage 'it is empty' --audience '' --sender a@b
usage '--issuer needs --jwks-url' --audience a --sender a@b --issuer i
usage 'without TLS' --audience a --sender a@b --jwks-url http://keys.example/
usage 'not an http or https URL' --audience a --sender a@b --jwks-url file:/x
# shellcheck disable=SC2046 # seventeen words
usage 'over 16 times' --sender a@b $(for i in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7; do
	echo "--audience=$i"
done)
exit 0
