# SPDX-License-Identifier: MIT
# What the tests of credentials share (sourced after lib.sh): service accounts
# that are registered with the emulator, and assertions that OpenSSL signs.
# shellcheck shell=sh disable=SC2034
need curl jq openssl
CLOUD=https://www.googleapis.com/auth/cloud-platform
JWT_GRANT=urn:ietf:params:oauth:grant-type:jwt-bearer

# start_peer: who plays the token servers is at the URL $PEER then, and says in
# $TMP/requests what it was asked. Wants PYTHON.
start_peer() {
	mkfifo "$TMP/peer.fifo"
	"$PYTHON" "$SRCDIR/tests/token_peer.py" "$TMP/requests" \
		>"$TMP/peer.fifo" 2>"$TMP/peer.log" &
	PIDS="$PIDS $!"
	read -r word PEER <"$TMP/peer.fifo"
	[ "$word" = ready ] || die 'the peer did not become ready'
}
# register EMAIL NAME: its key file is $TMP/NAME.json, its key $TMP/NAME.pem
register() {
	ctl service-account add "$1" >"$TMP/$2.json" || bad "register $1"
	jq -r .private_key "$TMP/$2.json" >"$TMP/$2.pem"
}
# signed NAME CLAIMS [HEADER]: a token of the registered key's
signed() {
	signed_kid=$(jq -r .private_key_id "$TMP/$1.json")
	signed_head=${3-"{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"$signed_kid\"}"}
	signed_text=$(printf '%s' "$signed_head" | b64url).$(printf '%s' "$2" | b64url)
	printf '%s.%s' "$signed_text" "$(printf '%s' "$signed_text" |
		openssl dgst -sha256 -sign "$TMP/$1.pem" -binary | b64url)"
}
# claims EMAIL [JQ]: those that google-auth makes (auth.md 3), changed by a filter
claims() {
	jq -cn --arg e "$1" --arg s "$CLOUD" --argjson now "$(date +%s)" \
		"{iat: \$now, exp: (\$now + 3600), iss: \$e, scope: \$s,
		aud: \"https://oauth2.googleapis.com/token\"} | ${2-.}"
}
# form PATH NAME=VALUE ...: posts a form; sets HTTP and BODY
form() {
	form_url=$EMU_URL$1
	shift
	for form_value; do
		shift
		set -- "$@" --data-urlencode "$form_value"
	done
	HTTP=$(curl -sS -m 60 -o "$TMP/answer" -w '%{http_code}' "$@" \
		"$form_url") || HTTP=000
	BODY=$(cat "$TMP/answer")
}
# grant ASSERTION: sets HTTP, BODY and TOKEN
grant() {
	form /token "grant_type=$JWT_GRANT" "assertion=$1"
	TOKEN=$(field '.access_token // .id_token // empty')
}
# oauth WHAT HTTP ERROR DESCRIPTION: how the last form was refused, exactly
oauth() {
	is "$1" "$HTTP $(field '"\(.error) \(.error_description)"')" "$2 $3 $4"
}
# meta PATH [curl option ...]: asks the metadata server; the headers are in
# $TMP/head
meta() {
	meta_url=$EMU_URL$1
	shift
	HTTP=$(curl -sS -m 60 -D "$TMP/head" -o "$TMP/answer" \
		-w '%{http_code}' "$@" "$meta_url") || HTTP=000
	BODY=$(cat "$TMP/answer")
}
# as TOKEN METHOD PATH [BODY]: a request with a token ("" for none); sets HTTP,
# BODY and HEAD
as() {
	as_token=$1 as_method=$2 as_url=$EMU_URL$3
	shift 3
	[ -z "$as_token" ] || set -- "$@" -H "Authorization: Bearer $as_token"
	case ${1-} in
	-H | '') ;;
	*) set -- --data-binary "$@" -H 'Content-Type: application/json' ;;
	esac
	[ -n "${1-}" ] || shift $(($# > 0))
	HTTP=$(curl -sS -m 60 -D "$TMP/head" -o "$TMP/answer" \
		-w '%{http_code}' -X "$as_method" "$@" "$as_url") || HTTP=000
	BODY=$(cat "$TMP/answer")
	HEAD=$(tr -d '\r' <"$TMP/head")
}
# user EMAIL: registers a person; sets TOKEN
user() {
	user_rt=$(ctl user add "$1" | jq -r .refresh_token)
	TOKEN=$(curl -sS -d grant_type=refresh_token --data-urlencode "refresh_token=$user_rt" \
		-d client_id=train-emulator.apps.googleusercontent.com \
		-d client_secret=train-emulator "$EMU_URL/token" | jq -r .access_token)
}
