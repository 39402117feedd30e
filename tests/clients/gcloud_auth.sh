#!/bin/sh
# SPDX-License-Identifier: MIT
# The real gcloud against an emulator that looks at credentials: none, a token in
# a file, a service account's key, and impersonation.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need gcloud
# shellcheck source=tests/lib_auth.sh
. "$SRCDIR/tests/lib_auth.sh"
emu_start --auth=strict
# shellcheck source=tests/clients/gcloud.sh
. "$SRCDIR/tests/clients/gcloud.sh"
SA=sa@p1.iam.gserviceaccount.com TARGET=target@p1.iam.gserviceaccount.com
register $SA sa
register $TARGET target
register out@p2.iam.gserviceaccount.com out
printf '%s' "$(grant "$(signed sa "$(claims $SA)")" && echo "$TOKEN")" >"$TMP/token"
for binding in roles/pubsub.editor roles/iam.serviceAccountTokenCreator; do
	ctl grant p1 $binding serviceAccount:$SA >"$TMP/set" || bad 'grant'
done
ctl grant p1 roles/ml.viewer serviceAccount:$TARGET >"$TMP/set" || bad 'grant'

# without credentials: 401, which gcloud reports
g none pubsub topics list
refused none
has 'none: why' "$(err none)" 'missing required authentication credential'

export CLOUDSDK_AUTH_DISABLE_CREDENTIALS=false
export CLOUDSDK_AUTH_TOKEN_HOST="$EMU_URL/token"
export CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS="$EMU_URL/"
export CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER="$EMU_URL/"
g file pubsub topics create one --access-token-file="$TMP/token"
g key auth activate-service-account --key-file="$TMP/sa.json"
g out auth activate-service-account --key-file="$TMP/out.json"
done_with file key out
has 'a token in a file' "$(err file)" 'Created topic [projects/p1/topics/one]'
has 'a key' "$(err key)" "Activated service account credentials for: [$SA]"

# with the settings of `key` and `out`; one after the other, for they share them
again() {
	again_name=$1
	shift
	CLOUDSDK_CONFIG=$TMP/$again_name.config gcloud "$@" >"$TMP/$again_name.out" \
		2>"$TMP/$again_name.log"
}
again key pubsub topics list --format='value(name)' || bad "list: $(err key)"
is 'its token is good' "$(out key)" projects/p1/topics/one
again key auth print-identity-token --audiences=https://fn.example/ ||
	bad "identity: $(err key)"
api GET "/tokeninfo?id_token=$(out key)"
is 'an ID token' "$(field '"\(.aud) \(.email)"')" "https://fn.example/ $SA"
again key auth print-access-token || bad "access: $(err key)"
api GET "/tokeninfo?access_token=$(out key)"
has 'an access token' "$(field .scope)" $CLOUD
again key ai-platform jobs list --format='value(jobId)' && bad 'jobs without a role'
has 'no role' "$(err key)" 'Access to project denied'
again key ai-platform jobs list --impersonate-service-account=$TARGET ||
	bad "impersonation: $(err key)"
again out pubsub topics list && bad 'another project'
has 'another project' "$(err out)" 'User not authorized to perform this action'
ctl fault add route=oauth2.token effect=status status=INVALID_ARGUMENT \
	resource=$SA message='Invalid JWT Signature.' >"$TMP/set" || bad 'fault'
rm -f "$TMP"/key.config/access_tokens.db
again key pubsub topics list && bad 'a key that is refused'
has 'a key that is refused' "$(err key)" 'Invalid JWT Signature'

# a machine's account, by the metadata server
ctl metadata project=p1 email=$SA >"$TMP/set" || bad 'metadata'
(
	unset CLOUDSDK_CORE_PROJECT
	export GCE_METADATA_ROOT="$EMU_HOST" GCE_METADATA_HOST="$EMU_HOST"
	export GCE_METADATA_IP="$EMU_HOST" NO_PROXY=127.0.0.1
	export CLOUDSDK_CORE_CHECK_GCE_METADATA=true
	again machine pubsub topics list --format='value(name)' &&
		again identity auth print-identity-token --audiences=https://fn.example/
) || bad "a machine: $(err machine)"
is "a machine's token is good" "$(out machine)" projects/p1/topics/one
api GET "/tokeninfo?id_token=$(out identity)"
is "a machine's ID token" "$(field '"\(.aud) \(.email)"')" "https://fn.example/ $SA"

# roles by gcloud itself
again out config set account out@p2.iam.gserviceaccount.com
again out projects get-iam-policy p2 --format='value(etag)' || bad "policy: $(err out)"
is 'no policy yet' "$(out out)" 'ACAB'
exit $failed
