#!/bin/sh
# SPDX-License-Identifier: MIT
# trainctl and the uniquifier with credentials of the emulator's, which verifies
# what they sign, and with its metadata server.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
# shellcheck source=tests/lib_auth.sh
. "$SRCDIR/tests/lib_auth.sh"
emu_start
SA=sa@p1.iam.gserviceaccount.com
register $SA sa
chmod 600 "$TMP/sa.json"

# run [ARG ...]: sets STATUS, ERR, and ASKED: what the emulator was asked then.
run() {
	seen=$(asked | wc -l)
	STATUS=0
	trainctl "$@" >"$TMP/out" 2>"$TMP/err" || STATUS=$?
	ERR=$(cat "$TMP/err")
	ASKED=$(asked | tail -n +$((seen + 1)))
}
asked() {
	curl -sS "$EMU_URL/emulator/v1/journal" |
		jq -r '.entries[] | select(.kind == "request") |
			"\(.method) \(.path) \(.http)"'
}

export GOOGLE_APPLICATION_CREDENTIALS="$TMP/sa.json"
run list
is 'with a key, whose project it is' "$STATUS $ERR $ASKED" \
	'0  POST /token 200
GET /v1/projects/p1/jobs 200'
uniq_start
data=$(jq -c . "$FIXTURES/jobspec/custom_image.json" | base64 | tr -d '\n')
push='{"message":{"messageId":"7","publishTime":"2026-03-09T00:00:00Z",
	"data":"'$data'"}}'
seen=$(asked | wc -l)
call POST "$UNIQ_URL/" "$push"
is 'the uniquifier' "$HTTP $(field .outcome)" '200 created'
call POST "$UNIQ_URL/" "$push"
is 'the push again' "$HTTP $(field .outcome)" '200 adopted'
is 'one token for all' "$(asked | tail -n +$((seen + 1)) |
	grep -c '^POST /token 200')" 1
stop UNIQ

# A key that is not the account's.
jq --rawfile pem "$FIXTURES/jose/rfc7515_a2.pem" '.private_key = $pem' \
	"$TMP/sa.json" >"$TMP/forged.json"
chmod 600 "$TMP/forged.json"
export GOOGLE_APPLICATION_CREDENTIALS="$TMP/forged.json"
run list
is 'a forged key' "$STATUS $ASKED" '1 POST /token 400'
has 'why' "$ERR" "credentials file '$TMP/forged.json': HTTP 400, \
invalid_grant: Invalid JWT Signature."
unset GOOGLE_APPLICATION_CREDENTIALS

# The metadata server, which knows the project too.
export GCE_METADATA_HOST="$EMU_HOST"
run list
project=$(curl -sS -H 'Metadata-Flavor: Google' \
	"$EMU_URL/computeMetadata/v1/project/project-id")
is 'with the metadata server' "$STATUS $ERR $ASKED" \
	"0  GET /computeMetadata/v1/project/project-id 200
GET /computeMetadata/v1/instance/service-accounts/default/token 200
GET /v1/projects/$project/jobs 200"
unset GCE_METADATA_HOST

# Who is not of Google's own cloud sends what the key signs; a strict emulator
# verifies that, and knows a key that is not the account's.
loose_url=$EMU_URL loose_host=$EMU_HOST
start EMU train-emulator --listen 127.0.0.1:0 --auth=strict
export TRAIN_EMULATOR_HOST="$EMU_HOST"
register $SA strict
jq '.universe_domain = "example.cloud"' "$TMP/strict.json" >"$TMP/own.json"
jq --rawfile pem "$FIXTURES/jose/rfc7515_a2.pem" '.private_key = $pem' \
	"$TMP/own.json" >"$TMP/forged.json"
chmod 600 "$TMP/own.json" "$TMP/forged.json"
export GOOGLE_APPLICATION_CREDENTIALS="$TMP/own.json"
run list
is 'a token of the key itself' "$STATUS $ERR $ASKED" \
	'0  GET /v1/projects/p1/jobs 200'
export GOOGLE_APPLICATION_CREDENTIALS="$TMP/forged.json"
run list
# once more after a 401, with another token
is 'of a forged one' "$STATUS $ASKED" '1 GET /v1/projects/p1/jobs 401
GET /v1/projects/p1/jobs 401'
EMU_URL=$loose_url
export TRAIN_EMULATOR_HOST="$loose_host"

# A person.
ctl user add alice@example.com >"$TMP/user.json" || bad 'user add'
chmod 600 "$TMP/user.json"
export GOOGLE_APPLICATION_CREDENTIALS="$TMP/user.json" TRAINCTL_PROJECT=p1
run list
is 'a person' "$STATUS $ERR $ASKED" '0  POST /token 200
GET /v1/projects/p1/jobs 200'
