#!/bin/sh
# SPDX-License-Identifier: MIT
# The tokens of pushes and Scheduler targets, verified by others: Google's
# google-auth for Python with the certificates, OpenSSL with the JWK set. The
# numbers in comments are sections of the facts (auth.md, pubsub.md,
# scheduler.md).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need openssl
# shellcheck source=tests/lib_tokens.sh
. "$SRCDIR/tests/lib_tokens.sh"
rec_start
emu_start --data "$TMP/state.db"
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"
LOC=/v1/projects/p1/locations/us-central1

# config MEMBERS: how the subscription psh pushes from now on
config() {
	api POST "$P/subscriptions/psh:modifyPushConfig" \
		"{\"pushConfig\":{\"pushEndpoint\":\"$REC_URL/p?a=b%20c\"${1:+,$1}}}"
	is "config ${1-}" "$HTTP $BODY" '200 {}'
}
# oidc [AUDIENCE]: the member of a push config or of an HTTP target
oidc() {
	printf '"oidcToken":{"serviceAccountEmail":"%s"%s}' "$SA" \
		"${1:+,\"audience\":\"$1\"}"
}
# pushed [MESSAGE]: publishes it, and takes the token of its push
pushed() {
	: >"$REC_FILE"
	publish top "{\"messages\":[${1:-{\"data\":\"eA==\"\}}]}"
	ok 'publish'
	advance 0s
	is 'one request' "$(calls)" 1
	sent
}
# from_b64url TEXT
from_b64url() {
	printf '%s' "$1" | jq -Rrj '. as $t | gsub("-"; "+") | gsub("_"; "/")
		| . + "===="[:(4 - ($t | length) % 4) % 4]' |
		openssl base64 -d -A
}

# nobody asked for one
api PUT "$P/topics/top"
sub psh top
config
pushed
is 'no token' "$AUTH" ''

# 8.4: the audience is the endpoint, as it was given
before=$(date +%s)
config "$(oidc)"
pushed
first=$TOKEN
is 'a bearer' "${AUTH%% *}" Bearer
verified 'by default for the endpoint' "$first" "$REC_URL/p?a=b%20c"
is 'signed now, by a real clock' "$(field ".claims.iat |
	. >= $before and . <= $(date +%s)")" true
kid=$(field .header.kid)
config "$(oidc https://my.example/)"
pushed
verified 'for an audience' "$TOKEN" https://my.example/
refused_for 'another audience' "$TOKEN" https://my.example \
	'Token has wrong audience https://my.example/'

# what was changed on the way
head=${first%%.*} rest=${first#*.} sig=${first##*.}
claims=$(from_b64url "${rest%%.*}")
other=$(printf '%s' "$claims" | jq -cj '.email = "root@p1.iam"' | b64url)
refused_for 'another payload' "$head.$other.$sig" - \
	'Could not verify token signature'
case $sig in A*) bad_sig=B${sig#?} ;; *) bad_sig=A${sig#?} ;; esac
refused_for 'another signature' "$head.${rest%%.*}.$bad_sig" - \
	'Could not verify token signature'

# RFC 7515, 7517, 7518: OpenSSL takes the key from the JWK set
jwk_pem() {
	openssl asn1parse -noout -out "$TMP/key.der" -genconf - <<ASN1
asn1=SEQUENCE:key
[key]
algorithm=SEQUENCE:algorithm
bits=BITWRAP,SEQUENCE:numbers
[algorithm]
oid=OID:rsaEncryption
none=NULL
[numbers]
n=INTEGER:0x$(from_b64url "$(field .n)" | od -An -v -tx1 | tr -d ' \n')
e=INTEGER:0x$(from_b64url "$(field .e)" | od -An -v -tx1 | tr -d ' \n')
ASN1
	openssl pkey -pubin -inform DER -in "$TMP/key.der" -out "$TMP/key.pem"
}
# checked TOKEN: OpenSSL's opinion of it, by the key that it names
checked() {
	checked_kid=$(from_b64url "${1%%.*}" | jq -r .kid)
	api GET /oauth2/v3/certs
	BODY=$(field "[.keys[] | select(.kid == \"$checked_kid\")][0]")
	jwk_pem || return 1
	from_b64url "${1##*.}" >"$TMP/signature"
	printf '%s' "${1%.*}" | openssl dgst -sha256 -verify "$TMP/key.pem" \
		-signature "$TMP/signature" 2>&1
}
is 'OpenSSL on the first' "$(checked "$first")" 'Verified OK'
is 'OpenSSL on the changed one' \
	"$(checked "$head.$other.$sig" | grep Verif)" 'Verification failure'
curl -sS -D "$TMP/head" "$EMU_URL/oauth2/v1/certs" | jq -r '.[]' |
	openssl x509 -noout -checkend 86400 -pubkey >"$TMP/certificate"
has 'the certificate is good' "$(cat "$TMP/certificate")" 'will not expire'
has 'and of the same key' "$(cat "$TMP/certificate")" "$(cat "$TMP/key.pem")"
has 'it may be kept' "$(tr -d '\r' <"$TMP/head")" \
	'Cache-Control: public, max-age='
api GET /.well-known/openid-configuration
json 'the OpenID document' '[.issuer, .jwks_uri,
	.id_token_signing_alg_values_supported]' \
	"[\"$ISS\", \"$EMU_URL/oauth2/v3/certs\", [\"RS256\"]]"
BODY=$(curl -sS -H 'Host: accounts.google.com' -H 'X-Forwarded-Proto: https' \
	"$EMU_URL/.well-known/openid-configuration")
is 'by another name' "$(field .jwks_uri)" \
	https://accounts.google.com/oauth2/v3/certs

# a redelivery
rec_answers 500
pushed
late=$TOKEN
rec_answers 200
advance 1s
sent
verified 'a redelivery' "$TOKEN" https://my.example/
is 'a token is used again while it is fresh' "$TOKEN" "$late"
# a clock that is elsewhere
advance 30d
pushed
verified 'a month later by the emulator' "$TOKEN" https://my.example/

# changes show with the next push
config "$(oidc other)"
pushed
verified 'another audience' "$TOKEN" other
api PATCH "$P/subscriptions/psh" "{\"subscription\":{\"name\":
	\"projects/p1/subscriptions/psh\",\"pushConfig\":{$(oidc)}},
	\"updateMask\":\"pushConfig.oidcToken\"}"
ok 'a patch'
pushed
verified 'a patch' "$TOKEN" "$REC_URL/p?a=b%20c"
verify "$TOKEN"
number=$(field .claims.sub)
SA=sb@p1.iam.gserviceaccount.com
config "$(oidc)"
pushed
verified 'another account' "$TOKEN" "$REC_URL/p?a=b%20c"
is 'has another number' "$(field '.claims.sub' | grep -c "$number")" 0
config
pushed
is 'none again' "$AUTH" ''

# without a wrapper no attribute can take its place
config "$(oidc),\"noWrapper\":{\"writeMetadata\":true}"
pushed '{"data":"eA==","attributes":{"authorization":"Bearer x"}}'
verified 'without a wrapper' "$TOKEN" "$REC_URL/p?a=b%20c"
config '"noWrapper":{"writeMetadata":true}'
pushed '{"data":"eA==","attributes":{"authorization":"Bearer x"}}'
is 'an attribute where there is no token' "$AUTH" 'Bearer x'

# no account
for email in '' nobody @p1 sa@ 'a@b@c' 's a@p1'; do
	api POST "$P/subscriptions/psh:modifyPushConfig" "{\"pushConfig\":{
		\"pushEndpoint\":\"$REC_URL/\",\"oidcToken\":{
		\"audience\":\"a\",\"serviceAccountEmail\":\"$email\"}}}"
	refused "account '$email'" 400 INVALID_ARGUMENT "Invalid service account email given (service_account_email=$email)."
done
config "$(oidc)"
pushed
api POST "$P/subscriptions/psh:modifyPushConfig" '{"pushConfig":{}}'

# scheduler.md 5: targets. http PATH [MEMBERS], run: sets AUTH and TOKEN
http() {
	api DELETE "$LOC/jobs/j"
	api POST "$LOC/jobs" "{\"name\":\"projects/p1/locations/us-central1/jobs/j\",
		\"schedule\":\"0 0 1 1 *\",\"httpTarget\":{
		\"uri\":\"$1\"${2:+,$2}}}"
	ok "a job for $1"
}
run() {
	: >"$REC_FILE"
	api POST "$LOC/jobs/j:run" '{}'
	advance 0s
	is 'one execution' "$(calls)" "${1:-1}"
	sent
}
OWN='"headers":{"Authorization":"Basic eDp5","X-A":"b"}'
http "$REC_URL/t?q=1" "$OWN"
run
is 'a header of its own' "$AUTH" 'Basic eDp5'
http "$REC_URL/t?q=1" "$OWN,$(oidc)"
run
json 'the other header is there too' '.headers["x-a"]' '"b"'
verified 'OIDC, by default for the URI' "$TOKEN" "$REC_URL/t?q=1"
http "$REC_URL/t" "$(oidc https://aud/)"
run
verified 'OIDC, for an audience' "$TOKEN" https://aud/
api PATCH "$LOC/jobs/j?updateMask=httpTarget.oidcToken.audience" \
	'{"httpTarget":{"oidcToken":{"audience":"patched"}}}'
run
verified 'OIDC, patched' "$TOKEN" patched
api PATCH "$LOC/jobs/j?updateMask=httpTarget.oidcToken.serviceAccountEmail" '{}'
is 'a token of nobody' "$HTTP" 400

# access tokens
oauth() {
	printf '"oauthToken":{"serviceAccountEmail":"%s"%s}' "$SA" \
		"${1:+,\"scope\":\"$1\"}"
}
http "$REC_URL/t" "$OWN,$(oauth)"
run
access 'OAuth' https://www.googleapis.com/auth/cloud-platform
http "$REC_URL/t" "$(oauth 'a b')"
run
access 'OAuth with scopes' 'a b'
http https://ml.googleapis.com/v1/projects/p1/jobs "$(oauth),
	\"body\":\"$(job_body by_oauth | base64 | tr -d '\n')\""
run 0
api GET /v1/projects/p1/jobs/by_oauth
ok 'a training job, as an access token can start one'

# what is for one server is not told to another
start REC2 recorder "$TMP/requests2"
http "$REC_URL/moved/307/t" "$(oidc)"
run 2
verified 'a redirect on the same server' "$TOKEN" "$REC_URL/moved/307/t"
http "$REC_URL/moved/307$REC2_URL/t" "$(oidc)"
run
verified 'the first request of a redirect' "$TOKEN" \
	"$REC_URL/moved/307$REC2_URL/t"
BODY=$(tail -n 1 "$TMP/requests2")
json 'another server' '[.path, .headers.authorization]' '["/t", null]'

# a schedule of trainctl's
schedule() {
	trainctl schedule create nightly "$FIXTURES/jobspec/custom_image.json" \
		--schedule '0 2 * * *' --push-endpoint "$REC_URL/hook" \
		--service-account "$SA" "$@" >"$TMP/schedule.log" 2>&1 ||
		bad "schedule create $*"
	: >"$REC_FILE"
	trainctl schedule run nightly >"$TMP/schedule.log" 2>&1 ||
		bad 'schedule run'
	advance 0s
	sent
}
export TRAINCTL_PROJECT=p1 TRAINCTL_LOCATION=us-central1
schedule
verified "trainctl's" "$TOKEN" "$REC_URL/hook"
schedule --audience mine
verified "trainctl's, for an audience" "$TOKEN" mine
schedule --audience mine --service-account sc@p1.iam.gserviceaccount.com
verify "$TOKEN" mine
is "trainctl's, of another account" "$(field .claims.email)" \
	sc@p1.iam.gserviceaccount.com

# a restart: what was signed before is good, and the same key signs
stop EMU KILL
emu_start --data "$TMP/state.db"
SA=sa@p1.iam.gserviceaccount.com
verified 'after a restart' "$first" "$REC_URL/p?a=b%20c"
ctl reset >/dev/null || bad 'reset'
verified 'after a reset' "$first" "$REC_URL/p?a=b%20c"
api PUT "$P/topics/top"
sub psh top
config "$(oidc)"
pushed
verified 'a new one' "$TOKEN" "$REC_URL/p?a=b%20c"
is 'by the same key' "$(field .header.kid)" "$kid"

# a rotation: the new key signs, the old one is published once more
ctl rotate-keys >"$TMP/rotated" || bad 'rotate-keys'
pushed
verified 'a new key' "$TOKEN" "$REC_URL/p?a=b%20c"
new=$(field .header.kid)
is 'is the first of two' "$(jq -c .keys "$TMP/rotated")" "[\"$new\",\"$kid\"]"
verified 'the old one' "$first" "$REC_URL/p?a=b%20c"
is 'OpenSSL on the old one' "$(checked "$first")" 'Verified OK'
is 'OpenSSL on the new one' "$(checked "$TOKEN")" 'Verified OK'
ctl rotate-keys >/dev/null || bad 'rotate-keys'
verified 'the new one, old by now' "$TOKEN" "$REC_URL/p?a=b%20c"
refused_for 'and the first is over' "$first" - \
	"Certificate for key id $kid not found"
stop EMU
is 'SIGTERM' "$STOPPED" 0
