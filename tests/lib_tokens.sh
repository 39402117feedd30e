# SPDX-License-Identifier: MIT
# What the tests of tokens share: sourced after lib.sh. Tokens are taken from
# what a recorder got, and verified by google-auth for Python (Debian:
# python3-googleapi brings it) with the emulator's certificates.
# shellcheck shell=sh disable=SC2034
need curl jq
need_python 'google.oauth2.id_token, google_auth_httplib2'
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
SA=sa@p1.iam.gserviceaccount.com
ISS=https://accounts.google.com

# sent: what the last request carried. Sets AUTH and TOKEN.
sent() {
	BODY=$(tail -n 1 "$REC_FILE")
	AUTH=$(field '.headers.authorization // empty')
	TOKEN=${AUTH#Bearer }
}
# verify TOKEN [AUDIENCE]: sets BODY to its header and claims, or to a refusal
verify() {
	BODY=$("$PYTHON" "$SRCDIR/tests/system/verify_token.py" \
		"$EMU_URL/oauth2/v1/certs" "${2:--}" "$1")
}
# verified WHAT TOKEN AUDIENCE: all of it is as documented (auth.md 9)
verified() {
	verify "$2" "$3"
	json "$1" '[(.header | del(.kid)), (.claims | del(.exp, .iat, .azp,
		.sub))]' "[{\"alg\": \"RS256\", \"typ\": \"JWT\"}, {
		\"aud\": \"$3\", \"email\": \"$SA\",
		\"email_verified\": true, \"iss\": \"$ISS\"}]"
	is "$1: an hour, of one account" "$(field '.claims |
		(.exp - .iat == 3600) and .azp == .sub and
		(.sub | test("^[0-9]{21}$"))')" true
}
# refused_for WHAT TOKEN AUDIENCE WHY
refused_for() {
	verify "$2" "$3"
	has "$1" "$BODY" "refused: $4"
}
# access WHAT SCOPE: $TOKEN is an access token: opaque, but the emulator's own
access() {
	is "$1: opaque" "$(printf %.5s "$TOKEN")" ya29.
	refused_for "$1: no ID token" "$TOKEN" - 'Wrong number of segments'
	verify "${TOKEN#ya29.}"
	json "$1" '[.header.typ, (.claims | del(.exp, .iat, .azp, .sub))]' \
		"[\"at+jwt\", {\"email\": \"$SA\", \"scope\": \"$2\"}]"
}
