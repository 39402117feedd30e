#!/bin/sh
# SPDX-License-Identifier: MIT
# Credentials of every type against a peer that plays the token servers: the
# programs ask what Google's own library (python3-google-auth) asks with the same
# file, and openssl and that library find the signatures good.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
# shellcheck source=tests/lib_auth.sh
. "$SRCDIR/tests/lib_auth.sh"
# Debian's package is for Debian's interpreter, which need not be the first one.
for PYTHON in /usr/bin/python3 python3 none; do
	"$PYTHON" -c 'import google.auth' 2>/dev/null && break
done
[ "$PYTHON" != none ] || skip 'no google-auth here'
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
# gcloud brings a newer one, which knows more types.
sdk=$(command -v gcloud) && sdk=$(dirname "$(readlink -f "$sdk")")/../lib/third_party
alone=
if [ -d "$sdk/google/auth" ] && PYTHONPATH=$sdk "$PYTHON" -S -c \
	'import google.auth.identity_pool' 2>/dev/null
then
	export PYTHONPATH="$sdk"
	alone=-S # without Debian's
fi

# shellcheck disable=SC2086 # an option or none
compare() { "$PYTHON" $alone "$SRCDIR/tests/token_compare.py" "$@"; }

start_peer
export TRAIN_EMULATOR_HOST="${PEER#http://}" TRAINCTL_PROJECT=p1

# key NAME [FROM]: a file of fixtures/cred whose URLs lead to the peer.
printf 'subject-of-file' >"$TMP/subject"
echo '{"id_token":"subject-in-json","other":1}' >"$TMP/subject.json"
key() {
	jq --arg peer "$PEER" --arg file "$TMP/subject" '
		def here: sub("^https://[a-z0-9.]+"; $peer);
		walk(if type == "string" and
			test("^https://(oauth2|sts|iamcredentials).*") then here
			else . end) |
		if .type == "service_account" then .token_uri = $peer + "/token"
		elif .type == "authorized_user" then .token_uri = $peer + "/token"
		elif .source_credentials then
			.source_credentials.token_uri = $peer + "/token"
		else . end |
		if .credential_source.file then .credential_source.file = $file +
			(if .credential_source.format then ".json" else "" end)
		elif .credential_source.url then
			.credential_source.url = $peer + "/subject"
		else . end' "$FIXTURES/cred/$1.json" >"$TMP/$1.json"
	chmod 600 "$TMP/$1.json"
	export GOOGLE_APPLICATION_CREDENTIALS="$TMP/$1.json"
}
# The requests, of whose queries only the metadata server's count here.
requests() { jq -c '.path |= sub("[?](fields|pageSize|prettyPrint)=.*"; "")' \
	"$TMP/requests"; }
forget() { : >"$TMP/requests"; }
# The status of the last `run`, which keeps OUT and ERR.
run() {
	STATUS=0
	OUT=$(trainctl "$@" 2>"$TMP/err") || STATUS=$?
	ERR=$(cat "$TMP/err")
	case $OUT$ERR in
	*SECRET* | *PRIVATE* | *eyJ* | *ya29*) bad "a secret in: $OUT $ERR" ;;
	esac
}

openssl rsa -in "$FIXTURES/jose/rfc7515_a2.pem" -pubout \
	-out "$TMP/public.pem" 2>/dev/null || die 'no public key'
openssl req -new -x509 -days 2 -subj /CN=test -out "$TMP/cert.pem" \
	-key "$FIXTURES/jose/rfc7515_a2.pem" 2>/dev/null || die 'no certificate'

# same FILE [MODULE]: ours asks what google-auth asks with the file. MODULE is
# what google-auth needs for it and may be too old for.
same() {
	key "$1"
	theirs=
	forget
	if [ $# -eq 1 ] || compare has "$2" 2>/dev/null; then
		compare ask "$GOOGLE_APPLICATION_CREDENTIALS" "$PEER" ||
			bad "google-auth: $1"
		theirs=$(compare show "$TMP/requests")
		[ -n "$theirs" ] || bad "google-auth asked nothing: $1"
	fi
	forget
	run list
	is "$1: status" "$STATUS $ERR" '0 '
	is "$1: one request to the API" "$(requests |
		grep -c '"path":"/v1/projects/p1/jobs"')" 1
	ours=$(compare show "$TMP/requests" "$TMP/cert.pem")
	if [ -n "$theirs" ]; then
		is "$1: as google-auth" "$ours" "$theirs"
	else
		echo "not compared: $1 (this google-auth has no $2)"
		[ -n "$ours" ] || bad "$1: nothing was asked"
	fi
}
same sa
same sa_no_kid
same user
same ext_file google.auth.identity_pool
same ext_file_json google.auth.identity_pool
same ext_url google.auth.identity_pool
same ext_url_json google.auth.identity_pool
same ext_as google.auth.identity_pool
same ext_as_quota google.auth.identity_pool
same ext_workforce google.auth.identity_pool
same ext_client google.auth.identity_pool
same imp_user google.auth.impersonated_credentials
same imp_sa google.auth.impersonated_credentials

# Who impersonates may himself be of another cloud.
jq --arg peer "$PEER" --arg file "$TMP/subject" '
	.source_credentials.credential_source.file = $file |
	.source_credentials.token_url = $peer + "/v1/token" |
	.service_account_impersonation_url |= sub("^https://[^/]*"; $peer)' \
	"$FIXTURES/cred/imp_ext.json" >"$TMP/imp_ext.json"
chmod 600 "$TMP/imp_ext.json"
export GOOGLE_APPLICATION_CREDENTIALS="$TMP/imp_ext.json"
forget
run list
is 'imp_ext' "$STATUS $ERR $(requests | jq -r '.path + " " +
	(.headers.authorization // "-" | sub("[0-9]+$"; ""))')" \
	'0  /v1/token -
/v1/projects/-/serviceAccounts/sa@p.iam.gserviceaccount.com:generateAccessToken Bearer ya29.peer-
/v1/projects/p1/jobs Bearer ya29.lent'

# The signature, by openssl.
key sa
forget
run list
jwt=$(requests | jq -r 'select(.path == "/token").body' |
	sed 's/.*assertion=\([^&]*\).*/\1/')
printf '%s' "${jwt%.*}" >"$TMP/signed"
sig=$(printf '%s' "${jwt##*.}" | tr '_-' '/+')==
printf '%s' "$sig" | openssl base64 -d -A >"$TMP/sig"
is 'openssl finds the signature good' "$(openssl dgst -sha256 -verify \
	"$TMP/public.pem" -signature "$TMP/sig" "$TMP/signed" 2>&1)" 'Verified OK'

# Whose quota it is.
is 'no quota project' "$(requests | tail -n 1 |
	jq -r '.headers["x-goog-user-project"]')" null
key user
forget
run list
is 'the quota project of the file' "$(requests | tail -n 1 |
	jq -r '.headers["x-goog-user-project"]')" payer
is 'the token that was given' "$(requests | tail -n 1 |
	jq -r '.headers.authorization' | sed 's/[0-9]*$//')" 'Bearer ya29.peer-'

# A 401 leads to one new token.
forget
call GET "$PEER/control/refuse/1"
run list
is 'a 401 and a new token' "$STATUS $(requests | jq -r .path | tr '\n' ' ')" \
	"0 /token /v1/projects/p1/jobs /token /v1/projects/p1/jobs "
call GET "$PEER/control/refuse/5"
forget
run list
is 'a 401 for good' "$STATUS $(requests | wc -l)" '1 4'
has 'what the service says' "$ERR" 'Request had invalid authentication'
call GET "$PEER/control/refuse/0"

# A token server that refuses is told of; what it says back is not.
call GET "$PEER/control/deny/9"
forget
run list
is 'refused: status' "$STATUS $(requests | wc -l)" '1 1'
has 'refused: by whom' "$ERR" "credentials file '$TMP/user.json'"
has 'refused: why' "$ERR" 'invalid_grant: Token has been revoked: ***'
call GET "$PEER/control/deny/0"

# The project comes with the key, or from the metadata server.
key sa
unset TRAINCTL_PROJECT
forget
run list
has 'the project of the key' "$(requests)" '"/v1/projects/test-project/jobs"'
unset GOOGLE_APPLICATION_CREDENTIALS
export GCE_METADATA_HOST="$TRAIN_EMULATOR_HOST"
forget
run list
is 'metadata: status' "$STATUS $ERR" '0 '
is 'metadata: the requests' "$(requests | jq -r '.path + " " +
	(.headers["metadata-flavor"] // "-")')" \
	'/computeMetadata/v1/project/project-id Google
/computeMetadata/v1/instance/service-accounts/default/token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform Google
/v1/projects/metadata-project/jobs -'
start UNIQ train-uniquifier --listen 127.0.0.1:0 --allow-unauthenticated
data=$(printf '{"jobId":"j","trainingInput":{"scaleTier":"BASIC","region":"r",
"pythonModule":"m","packageUris":["gs://b/p"]}}' | base64 | tr -d '\n')
forget
call POST "$UNIQ_URL/" '{"message":{"messageId":"1","data":"'"$data"'",
	"publishTime":"2026-11-23T02:15:00Z"}}'
is 'the uniquifier takes them too' "$HTTP $(requests | tail -n 1 |
	jq -r '.path + " " + .headers.authorization' | sed 's/[0-9]*$//')" \
	'200 /v1/projects/metadata-project/jobs Bearer ya29.peer-'
unset GCE_METADATA_HOST
export TRAINCTL_PROJECT=p1

# A key for Google is not used with an emulator; one that everybody may read is
# warned about.
export GOOGLE_APPLICATION_CREDENTIALS="$TMP/google.json"
cp "$FIXTURES/cred/sa.json" "$TMP/google.json"
chmod 600 "$TMP/google.json"
forget
run list
is 'no credentials for an emulator' "$STATUS $(requests |
	jq -r '.path + " " + (.headers.authorization // "-")')" \
	'0 /v1/projects/p1/jobs -'
key sa
chmod 644 "$TMP/sa.json"
run list
has 'a key that everybody may read' "$ERR" \
	"trainctl: warning: credentials file '$TMP/sa.json' can be read by"

# Files that cannot be used are usage errors, told at once.
while read -r name message; do
	case $name in '#'*) continue ;; esac
	[ -n "$message" ] || continue
	export GOOGLE_APPLICATION_CREDENTIALS="$FIXTURES/cred/$name.json"
	run list
	is "$name: status" "$STATUS" 2
	has "$name: why" "$ERR" "$message"
done <"$FIXTURES/cred/files.tsv"
