#!/bin/sh
# SPDX-License-Identifier: MIT
# Google's own library for credentials, the one of Debian and the newer one in
# gcloud, gets its tokens from an emulator that looks at them: from a key file, a
# refresh token, the metadata server, by impersonation and from another provider.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
# shellcheck source=tests/lib_auth.sh
. "$SRCDIR/tests/lib_auth.sh"
need_python 'google.auth, google_auth_httplib2'
unset GOOGLE_APPLICATION_CREDENTIALS PYTHONPATH
emu_start --auth=strict
SA=sa@p1.iam.gserviceaccount.com TARGET=target@p1.iam.gserviceaccount.com
register $SA sa
register $TARGET target
ctl user add jo@example.com >"$TMP/jo.json" || bad 'user'
ctl metadata project=p1 email=$SA >"$TMP/set" || bad 'metadata'
jq '.client_email = "stranger@p1.iam.gserviceaccount.com"' "$TMP/sa.json" >"$TMP/stranger.json"
POOL=//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool
printf 'of another provider' >"$TMP/subject"
jq -n --arg a "$POOL/providers/prov" --arg u "$EMU_URL" --arg f "$TMP/subject" '{
	type: "external_account", audience: $a, token_url: "\($u)/v1/token",
	subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
	credential_source: {file: $f}}' >"$TMP/external.json"
printf '{"t":"of another provider"}' >"$TMP/subject.json"
jq --arg f "$TMP/subject.json" '.credential_source = {file: $f,
	format: {type: "json", subject_token_field_name: "t"}}' \
	"$TMP/external.json" >"$TMP/external_json.json"
jq --arg u "$EMU_URL/computeMetadata/v1/instance/service-accounts/default/token" \
	'.credential_source = {url: $u, headers: {"Metadata-Flavor": "Google"},
	format: {type: "json", subject_token_field_name: "access_token"}}' \
	"$TMP/external.json" >"$TMP/external_url.json"
jq --arg u "$EMU_URL/v1/projects/-/serviceAccounts/$TARGET:generateAccessToken" \
	'.service_account_impersonation_url = $u' "$TMP/external.json" >"$TMP/external_sa.json"
# p1's own accounts are editors as long as it has no policy
for binding in "roles/editor serviceAccount:$SA" "roles/ml.viewer user:jo@example.com" \
	"roles/ml.viewer serviceAccount:$TARGET" "roles/ml.viewer principalSet:$POOL/*" \
	"roles/iam.workloadIdentityUser principalSet:$POOL/*" \
	"roles/iam.serviceAccountTokenCreator serviceAccount:$SA"; do
	ctl grant p1 "${binding% *}" "${binding#* }" >"$TMP/set" || bad "grant $binding"
done
export HOME="$TMP" CLOUDSDK_CONFIG="$TMP" GOOGLE_CLOUD_PROJECT=p1
export GCE_METADATA_HOST="$EMU_HOST" GCE_METADATA_IP="$EMU_HOST" GCE_METADATA_ROOT="$EMU_HOST"
export NO_PROXY=127.0.0.1 PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
cat >"$TMP/want" <<EOF
service_account_access: 200 expired=False
self_signed: 200 expired=False
service_account_id: https://fn.example/ $SA
refused: invalid_grant: Invalid grant: account not found
user: 200 expired=False jo@example.com
machine: p1 $SA 200 expired=False
machine_id: https://fn.example/ $SA
external: 200 expired=False
external_json: 200 expired=False
external_url: 200 expired=False
external_impersonated: 200 expired=False
impersonated: 200 expired=False
EOF
# library NAME PYTHON: NAME's forms; those that it does not have are left out
library() {
	"$2" "$SRCDIR/tests/clients/google_auth.py" "$EMU_URL" "$TMP" "$TARGET" \
		>"$TMP/got" 2>"$TMP/python.log" || bad "$1: $(tail -n 3 "$TMP/python.log")"
	sed -n 's/: not here$/:/p' "$TMP/got" >"$TMP/lacks"
	grep -v ': not here$' "$TMP/got" >"$TMP/has"
	grep -v -F -f "$TMP/lacks" "$TMP/want" | diff - "$TMP/has" >"$TMP/diff" ||
		bad "$1: $(cat "$TMP/diff")"
	echo "ok: $1: $(wc -l <"$TMP/has" | tr -d ' ') forms"
}
library "Debian's" "$PYTHON"
is 'forms of any version' "$([ "$(wc -l <"$TMP/has")" -ge 5 ] && echo yes)" yes
sdk=$(command -v gcloud && gcloud info --format='value(installation.sdk_root)' 2>"$TMP/gcloud.log") || sdk=
sdk=$(printf '%s' "$sdk" | tail -n 1)/lib/third_party
[ ! -d "$sdk/google/auth" ] || {
	PYTHONPATH=$sdk
	export PYTHONPATH
	library "gcloud's" python3
	is 'all forms' "$(wc -l <"$TMP/has" | tr -d ' ')" 12
}
exit $failed
