#!/bin/sh
# SPDX-License-Identifier: MIT
# Where the programs find credentials, project and quota project, in Google's
# order, and what they say when there are none; then how the uniquifier shares,
# keeps and renews its token. One service's address is Google's own in the first
# part, which is what makes them look everywhere, but nothing is sent there.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
# shellcheck source=tests/lib_auth.sh
. "$SRCDIR/tests/lib_auth.sh"
need_python json
start_peer
unset CLOUDSDK_CONFIG
export HOME="$TMP/home"

# file PATH CLIENT [CHANGE]: a person's credentials, of that client
file() {
	mkdir -p "$(dirname "$1")"
	jq --arg peer "$PEER" --arg client "$2" '.client_id = $client |
		.token_uri = $peer + "/token" | del(.quota_project_id) |
		'"${3:-.}" "$FIXTURES/cred/user.json" >"$1"
	chmod 600 "$1"
}
# config PATH PROJECT: gcloud's settings
config() {
	mkdir -p "$(dirname "$1")"
	printf '[core]\nproject = %s\n' "$2" >"$1"
}
ADC=application_default_credentials.json
file "$TMP/key.json" by-variable
file "$TMP/sdk/$ADC" by-sdk '.quota_project_id = "payer"'
config "$TMP/sdk/configurations/config_default" of-sdk
file "$HOME/.config/gcloud/$ADC" by-home
config "$HOME/.config/gcloud/configurations/config_default" of-home
jq --arg peer "$PEER" '.token_uri = $peer + "/token"' "$FIXTURES/cred/sa.json" \
	>"$TMP/sa.json"
chmod 600 "$TMP/sa.json"

# with [VARIABLE=VALUE ...]: what was asked for a token, for which project, and
# whose quota is used
with() {
	: >"$TMP/requests"
	STATUS=0
	env "$@" "$BUILDDIR/trainctl" schedule list --location here \
		--endpoint "scheduler=$PEER" >"$TMP/out" 2>"$TMP/err" ||
		STATUS=$?
	ERR=$(cat "$TMP/err")
	ASKED=$(jq -r '(.path | split("?")[0]) as $path |
		if $path == "/token" then (.body |
			capture("client_id=(?<c>[^&]*)").c // "a key")
		elif $path | endswith("/token") then "metadata"
		elif $path | endswith("/project-id") then "project?"
		else ($path | split("/")[3]) +
			" " + (.headers["x-goog-user-project"] // "-")
		end' "$TMP/requests" | tr '\n' ' ')
	case $ERR in
	*SECRET* | *PRIVATE* | *ya29*) bad "a secret in: $ERR" ;;
	esac
}
# finds WHAT ASKED [VARIABLE=VALUE ...]
finds() {
	finds_what=$1 finds_want=$2
	shift 2
	with "$@"
	is "$finds_what" "$STATUS $ASKED$ERR" "0 $finds_want "
}
# none WHAT PART [VARIABLE=VALUE ...]: and nobody was asked
none() {
	none_what=$1 none_part=$2
	shift 2
	with "$@"
	is "$none_what" "$STATUS $ASKED" '2 '
	has "$none_what: why" "$ERR" "$none_part"
}

# --- sources

VARIABLE=GOOGLE_APPLICATION_CREDENTIALS
META=GCE_METADATA_HOST=${PEER#http://}
finds 'the variable first' 'by-variable p -' TRAINCTL_PROJECT=p "$META" \
	"$VARIABLE=$TMP/key.json" "CLOUDSDK_CONFIG=$TMP/sdk"
finds "gcloud's folder, by its variable" 'by-sdk p payer' TRAINCTL_PROJECT=p \
	"$META" "CLOUDSDK_CONFIG=$TMP/sdk"
finds "gcloud's folder at home" 'by-home p -' TRAINCTL_PROJECT=p "$META"
finds 'an empty variable is none' 'by-home p -' TRAINCTL_PROJECT=p \
	"$VARIABLE=" "$META"
mv "$HOME/.config" "$HOME/gone"
finds 'the metadata server last' 'metadata p -' TRAINCTL_PROJECT=p \
	NO_GCE_CHECK= "$META"
none 'none: each place' "$VARIABLE is not set; '$HOME/.config/gcloud/$ADC' \
does not exist; NO_GCE_CHECK is true" TRAINCTL_PROJECT=p
none 'a file that is not there is not passed over' "$VARIABLE: credentials \
file '$TMP/none.json': No such file" TRAINCTL_PROJECT=p "$META" \
	"$VARIABLE=$TMP/none.json" "CLOUDSDK_CONFIG=$TMP/sdk"
echo '{"type":"authorized_user","client_id":"SECRET' >"$TMP/cut.json"
none 'nor one that cannot be read' "$VARIABLE: credentials file \
'$TMP/cut.json' is not a JSON object" TRAINCTL_PROJECT=p \
	"$VARIABLE=$TMP/cut.json" "CLOUDSDK_CONFIG=$TMP/sdk"
with TRAINCTL_PROJECT=p NO_GCE_CHECK= GCE_METADATA_HOST=127.0.0.1:9 \
	"$VARIABLE="
is 'a metadata server that is not there' "$STATUS $ASKED" '1 '
has 'and each place before it' "$ERR" "$VARIABLE is not set; \
'$HOME/.config/gcloud/$ADC' does not exist; metadata server http://127.0.0.1:9: "
mv "$HOME/gone" "$HOME/.config"

# --- project and quota project

finds 'a project of our own variable' 'by-sdk t payer' TRAINCTL_PROJECT=t \
	GOOGLE_CLOUD_PROJECT=g GCLOUD_PROJECT=c "CLOUDSDK_CONFIG=$TMP/sdk"
finds "then Google's" 'by-sdk g payer' GOOGLE_CLOUD_PROJECT=g \
	GCLOUD_PROJECT=c "CLOUDSDK_CONFIG=$TMP/sdk"
finds 'the older one' 'by-sdk c payer' GCLOUD_PROJECT=c \
	"CLOUDSDK_CONFIG=$TMP/sdk"
finds 'then of the key file' 'a key test-project -' "$VARIABLE=$TMP/sa.json"
finds "then gcloud's" 'by-sdk of-sdk payer' "CLOUDSDK_CONFIG=$TMP/sdk"
finds "also when the variable names gcloud's file" 'by-sdk of-sdk payer' \
	"$VARIABLE=$TMP/sdk/$ADC" "CLOUDSDK_CONFIG=$TMP/sdk"
none 'a file without any' 'no project: use --project' "$VARIABLE=$TMP/key.json"
mv "$HOME/.config" "$HOME/gone"
finds 'then that of the machine' 'project? metadata metadata-project -' \
	NO_GCE_CHECK= "$META"
mv "$HOME/gone" "$HOME/.config"
finds 'whose quota, before the file' 'by-sdk p other' TRAINCTL_PROJECT=p \
	"CLOUDSDK_CONFIG=$TMP/sdk" GOOGLE_CLOUD_QUOTA_PROJECT=other

# --- a file with a token, before all others

token_file() {
	: >"$TMP/requests"
	STATUS=0
	env TRAINCTL_PROJECT=p "$VARIABLE=$TMP/key.json" "$BUILDDIR/trainctl" \
		list --endpoint "ml=$PEER" --access-token-file "$1" \
		>"$TMP/out" 2>"$TMP/err" || STATUS=$?
	ERR=$(cat "$TMP/err")
}
echo SECRET-1 >"$TMP/token"
token_file "$TMP/token"
is 'a file with a token' "$STATUS $(jq -r .headers.authorization \
	"$TMP/requests")" '0 Bearer SECRET-1'
curl -sS "$PEER/control/refuse/1" >/dev/null
token_file "$TMP/token"
is 'refused, and still the same' "$STATUS $(wc -l <"$TMP/requests")" '1 1'
for bad in 'two words' ''; do
	echo "SECRET$bad" | sed '/^SECRET$/d' >"$TMP/token"
	token_file "$TMP/token"
	is "no token: '$bad'" "$STATUS $(wc -l <"$TMP/requests")" '1 0'
	case $ERR in *SECRET*) bad "a secret in: $ERR" ;; esac
done

# push ID: to the uniquifier at TO
push() {
	call POST "$TO/" "{\"message\":{\"messageId\":\"$1\",
		\"publishTime\":\"2026-03-09T01:02:03Z\",
		\"data\":\"$(b64 "$(job_body job)")\"}}"
}
# the uniquifier reads it before each request
echo SECRET-1 >"$TMP/token"
start FILED train-uniquifier --listen 127.0.0.1:0 --allow-unauthenticated \
	--project p --endpoint "ml=$PEER" --access-token-file "$TMP/token"
TO=$FILED_URL
: >"$TMP/requests"
push 1
echo SECRET-2 >"$TMP/token"
push 2
is 'a file that is rotated' "$HTTP $(jq -r .headers.authorization \
	"$TMP/requests" | tr '\n' ' ')" '200 Bearer SECRET-1 Bearer SECRET-2 '
rm "$TMP/token"
push 3
is 'one that is gone' "$HTTP $(wc -l <"$TMP/requests")" '503 2'
case $(cat "$TMP/FILED.log") in *SECRET*) bad 'a secret in the log' ;; esac
stop FILED

# --- the uniquifier's token

unset HOME
export CLOUDSDK_CONFIG="$TMP/nowhere"
emu_start --clock=real
register sa@p1.iam.gserviceaccount.com key
chmod 604 "$TMP/key.json"
export "$VARIABLE=$TMP/key.json"
TOKENS=route=oauth2.token
# asked_for: the answers to requests for a token
asked_for() {
	api GET '/emulator/v1/journal?max=1000'
	field '[.entries[] | select(.kind == "request" and
		.route == "oauth2.token") | .http] | join(" ")'
}
ctl tokens lifetime=6s >/dev/null || bad tokens
fault effect=delay delay=300ms "$TOKENS" count=1
start UNIQ train-uniquifier --listen 127.0.0.1:0 --allow-unauthenticated
TO=$UNIQ_URL
has 'a key that all may read' "$(head -n 1 "$TMP/UNIQ.log" |
	jq -r '"\(.severity) \(.message)"')" \
	"WARNING credentials file '$TMP/key.json' can be read by everybody"
pids=
for n in 1 2 3 4 5; do
	(push "$n" && echo "$HTTP" >"$TMP/http$n") &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # one a word
wait $pids
is 'five at once' "$(cat "$TMP"/http? | tr '\n' ' ')" '200 200 200 200 200 '
is 'one request for a token' "$(asked_for)" 200
# near the end of its life it is renewed; that fails, and it is used on
fault effect=status status=503 "$TOKENS" count=1
n=10
renewed() {
	n=$((n + 1))
	push $n
	is 'pushes go on' "$HTTP" 200
	[ "$(asked_for)" = "$1" ]
}
wait_for 'a renewal' renewed '200 503' >"$TMP/pushes"
is 'the old token is good still' "$(sort -u "$TMP/pushes")" 'ok: pushes go on'
has 'and that is told' "$(jq -r 'select(.severity == "WARNING") | .message' \
	"$TMP/UNIQ.log" | tail -n 1)" 'the token that there is stays in use: '
push last
is 'without asking again at once' "$HTTP $(asked_for)" '200 200 503'
stop UNIQ
