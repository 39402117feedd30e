#!/bin/sh
# SPDX-License-Identifier: MIT
# --auth=strict: which tokens are refused, in Google's words (auth.md 3 to 8,
# ml-jobs.md 9, pubsub.md 5), and who may do what.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
# shellcheck source=tests/lib_auth.sh
. "$SRCDIR/tests/lib_auth.sh"
emu_start --auth=strict --data "$TMP/state.db"
SA=sa@p1.iam.gserviceaccount.com
register $SA sa
openssl genrsa -out "$TMP/other.pem" 2048 2>"$TMP/openssl.log"
cp "$TMP/sa.json" "$TMP/other.json"

JOBS=/v1/projects/p1/jobs
REALM='WWW-Authenticate: Bearer realm="https://accounts.google.com/"'
EXPECTED='Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.'
# info WHAT REASON METADATA: the one detail
info() {
	json "$1: why" '.error.details' "[{
		\"@type\": \"type.googleapis.com/google.rpc.ErrorInfo\",
		\"reason\": \"$2\", \"domain\": \"googleapis.com\", \"metadata\": $3}]"
}
ML='{"service": "ml.googleapis.com", "method": "google.cloud.ml.v1.JobService.ListJobs"}'

# no token
as '' GET $JOBS
refused 'no token' 401 UNAUTHENTICATED "Request is missing required authentication credential. $EXPECTED"
info 'no token' CREDENTIALS_MISSING "$ML"
is 'the challenge' "$(printf '%s' "$HEAD" | grep -i '^WWW-')" "$REALM"
as '' GET /v1/projects/p1/topics/top
info 'Pub/Sub' CREDENTIALS_MISSING '{"service": "pubsub.googleapis.com", "method": "google.pubsub.v1.Publisher.GetTopic"}'
as '' GET /v1/projects/p1/locations/us-central1/customJobs
is 'what is not emulated' "$HTTP" 401
for path in /emulator/v1/healthz /emulator/v1/clock /oauth2/v3/certs \
	/.well-known/openid-configuration /discovery/v1/apis; do
	as '' GET $path
	is "nobody is asked for a token: $path" "$HTTP" 200
done

# good ones
grant "$(signed sa "$(claims $SA)")"
good=$TOKEN
as "$good" GET $JOBS
is 'good' "$HTTP" 200
as '' GET "$JOBS?access_token=$good"
is 'as a parameter' "$HTTP" 200
self() { claims $SA "del(.scope) | .sub = .iss | $1"; }
as "$(signed sa "$(claims $SA '.sub = .iss | del(.aud)')")" GET $JOBS
is 'signed by oneself, with a scope' "$HTTP" 200
as "$(signed sa "$(self '.aud = "https://ml.googleapis.com/"')")" GET $JOBS
is 'signed by oneself, for the service' "$HTTP" 200
as "$(signed sa "$(self ".aud = \"$EMU_URL/\"")")" GET $JOBS
is 'or for us' "$HTTP" 200

# bad ones: a line each, WHAT|REASON|TOKEN
grant "$(signed sa "$(claims $SA 'del(.scope) | .target_audience = "https://ml.googleapis.com/"')")"
id=$TOKEN
ctl tokens lifetime=1s skew=-1h >"$TMP/set" || bad 'tokens'
grant "$(signed sa "$(claims $SA)")"
expired=$TOKEN
ctl tokens lifetime=1h skew=0s >"$TMP/set" || bad 'tokens'
start OLD train-emulator --listen 127.0.0.1:0
strange=$(curl -sS -d grant_type=refresh_token -d refresh_token=x -d client_id=c -d client_secret=s "$OLD_URL/token" | jq -r .access_token)
kid=$(jq -r .private_key_id "$TMP/sa.json")
while IFS='|' read -r what reason token; do
	as "$token" GET $JOBS
	refused "$what" 401 UNAUTHENTICATED "Request had invalid authentication credentials. $EXPECTED"
	info "$what" "$reason" "$ML"
	is 'the challenge' "$(printf '%s' "$HEAD" | grep -i '^WWW-')" \
		"$REALM, error=\"invalid_token\""
done <<EOF
malformed|ACCESS_TOKEN_TYPE_UNSUPPORTED|x
nothing in it|ACCESS_TOKEN_TYPE_UNSUPPORTED|ya29.
of nobody|ACCESS_TOKEN_TYPE_UNSUPPORTED|ya29.a0AfH6SMBx
of another emulator|ACCESS_TOKEN_TYPE_UNSUPPORTED|$strange
expired|ACCESS_TOKEN_EXPIRED|$expired
tampered with|ACCESS_TOKEN_TYPE_UNSUPPORTED|$(printf '%s' "$good" | sed 's/\(.*\)\.\(.\)\(.*\)$/\1.\3\2/')
an ID token|ACCESS_TOKEN_TYPE_UNSUPPORTED|$id
an access token as an ID token|ACCESS_TOKEN_TYPE_UNSUPPORTED|${good#ya29.}
signed by another key|ACCESS_TOKEN_TYPE_UNSUPPORTED|$(signed other "$(claims $SA '.sub = .iss')")
signed for another|ACCESS_TOKEN_TYPE_UNSUPPORTED|$(signed sa "$(claims $SA '.sub = "root@p1"')")
not registered|ACCESS_TOKEN_TYPE_UNSUPPORTED|$(signed sa "$(claims no@p1.iam.gserviceaccount.com '.sub = .iss')")
for another service|ACCESS_TOKEN_TYPE_UNSUPPORTED|$(signed sa "$(self '.aud = "https://pubsub.googleapis.com/"')")
for no service|ACCESS_TOKEN_TYPE_UNSUPPORTED|$(signed sa "$(self 'del(.aud)')")
signed long ago|ACCESS_TOKEN_EXPIRED|$(signed sa "$(claims $SA '.sub = .iss | (.iat, .exp) -= 7200')")
for two hours|ACCESS_TOKEN_EXPIRED|$(signed sa "$(claims $SA '.sub = .iss | .exp += 3600')")
alg none|ACCESS_TOKEN_TYPE_UNSUPPORTED|$(signed sa "$(claims $SA '.sub = .iss')" "{\"alg\":\"none\",\"kid\":\"$kid\"}")
HMAC|ACCESS_TOKEN_TYPE_UNSUPPORTED|$(signed sa "$(claims $SA '.sub = .iss')" "{\"alg\":\"HS256\",\"kid\":\"$kid\"}")
EOF
as '' GET $JOBS -H 'Authorization: Basic YTpi'
is 'another scheme' "$HTTP" 401

# scopes: a line each, HTTP|SCOPE|METHOD|PATH
while IFS='|' read -r want scope method path; do
	grant "$(signed sa "$(claims $SA ".scope = \"https://www.googleapis.com/auth/$scope\"")")"
	as "$TOKEN" "$method" "$path" '{}'
	is "$scope: $method $path" "$HTTP" "$want"
	[ "$want" = 403 ] || continue
	refused 'its words' 403 PERMISSION_DENIED 'Request had insufficient authentication scopes.'
	is 'its reason' "$(field '.error.details[0].reason')" ACCESS_TOKEN_SCOPE_INSUFFICIENT
	has 'its challenge' "$HEAD" "$REALM, error=\"insufficient_scope\", scope=\"$CLOUD"
done <<EOF
200|pubsub|PUT|/v1/projects/p1/topics/top
403|pubsub|GET|$JOBS
403|cloud-platform.read-only|POST|$JOBS
200|cloud-platform.read-only|GET|$JOBS
403|cloud-platform.read-only|GET|/v1/projects/p1/topics/top
403|cloud-platform-x|GET|$JOBS
403|logging.write|POST|/v2/entries:list
400|logging.read|POST|/v2/entries:list
403|logging.read|POST|/v2/entries:write
403|devstorage.full_control|POST|/v1/projects/p1/locations/us-central1/jobs
EOF

# who may: the roles are of people, each of whom has one in the project
for host in ml pubsub cloudscheduler logging iamcredentials cloudresourcemanager; do
	case $host in
	ml) p="POST $JOBS" words='Access to project denied.' ;;
	pubsub) p='GET /v1/projects/p2/topics/top' words='User not authorized to perform this action.' ;;
	cloudscheduler) p='POST /v1/projects/p2/locations/l/jobs/j:run' words='The principal (user or service account) lacks IAM permission "cloudscheduler.jobs.run" for the resource "projects/p2/locations/l/jobs/j" (or the resource may not exist).' ;;
	logging) p='POST /v2/entries:list' words="Permission 'logging.logEntries.list' denied on resource (or it may not exist)." ;;
	iamcredentials) p='POST /v1/projects/-/serviceAccounts/sa@p2.iam.gserviceaccount.com:signBlob' words="Permission 'iam.serviceAccounts.signBlob' denied on resource (or it may not exist)." ;;
	cloudresourcemanager) p='POST /v1/projects/p2:getIamPolicy' words='The caller does not have permission' ;;
	esac
	p=$(printf '%s' "$p" | sed 's#/p1/#/p2/#')
	as "$good" "${p%% *}" "${p#* }" '{"resourceNames":["projects/p1","projects/p2"]}'
	refused "$host: another project" 403 PERMISSION_DENIED "$words"
done
as "$good" GET /v1/projects/p2/jobs/j
refused 'a job of another project' 403 PERMISSION_DENIED 'Access to job denied.'
as "$good" POST /v1/projects/p1:setIamPolicy '{"policy":{"bindings":[]}}'
is 'an editor may not let others in' "$HTTP" 403

ROLES=$(sed -n 's/.*(of \(.*\))$/\1/p' "$FIXTURES/auth/who_may.tsv")
is 'roles' "$(echo "$ROLES" | wc -w | tr -d ' ')" 19
for role in $ROLES; do
	user "$role@example.com"
	eval "token_$(echo "$role" | tr . _)=\$TOKEN"
	ctl grant p1 "roles/$role" "user:$role@example.com" >"$TMP/set" ||
		bad "grant $role"
done
tab=$(printf '\t')
grep -v '^#' "$FIXTURES/auth/who_may.tsv" | sed "s/$tab$tab/$tab-$tab/" >"$TMP/rows"
# by_all REQUEST: makes it as everybody at once; the statuses are in $TMP/all
by_all() {
	for role in $ROLES; do
		eval "token=\$token_$(echo "$role" | tr . _)"
		cat <<EOF
next
silent
url = "$EMU_URL${1#* }"
request = "${1%% *}"
header = "Authorization: Bearer $token"
header = "Content-Type: application/json"
output = "/dev/null"
write-out = "%{http_code} $role\n"
EOF
		[ ! -s "$TMP/body" ] || echo "data-binary = \"@$TMP/body\""
	done | sed 1d >"$TMP/config"
	curl -K "$TMP/config" >"$TMP/all"
}
while IFS="$tab" read -r request body may; do
	[ "$may" != all ] || may=$ROLES
	[ "$body" != - ] || body=
	printf '%s' "$body" >"$TMP/body"
	by_all "$request"
	! grep -E '^(401|000|5)' "$TMP/all" || bad "$request"
	is "$request" "$(sed -n '/^403/!s/^... //p' "$TMP/all" | sort | tr '\n' ' ')" \
		"$(echo "$may" | tr ' ' '\n' | sort | tr '\n' ' ')"
done <"$TMP/rows"
# a policy counts alone
as "$good" GET $JOBS
is 'its own accounts have nothing now' "$HTTP" 403
# and one of a resource beside it
as "$token_owner" POST /v1/projects/p1/topics/top:setIamPolicy "{\"policy\":{\"bindings\":[
	{\"role\":\"roles/pubsub.publisher\",\"members\":[\"serviceAccount:$SA\"]}]}}"
is 'a policy of a topic' "$HTTP" 200
MSG='{"messages":[{"data":"eA=="}]}'
as "$good" POST /v1/projects/p1/topics/top:publish "$MSG"
is 'lets one publish there' "$HTTP" 200
as "$good" POST /v1/projects/p1/topics/other:publish "$MSG"
is 'and nowhere else' "$HTTP" 403
as "$good" POST /v1/projects/p1/topics/top:testIamPermissions \
	'{"permissions":["pubsub.topics.publish","pubsub.topics.get"]}'
json 'what one may' . '{"permissions": ["pubsub.topics.publish"]}'
as "$token_owner" POST /v1/projects/p1:testIamPermissions \
	'{"permissions":["ml.jobs.create","iam.serviceAccounts.signJwt","x.y.z"]}'
json 'in the project' . '{"permissions": ["ml.jobs.create"]}'
as "$token_owner" POST "/v1/projects/p1/serviceAccounts/$SA:setIamPolicy" '{"policy":{"bindings":[
	{"role":"roles/iam.serviceAccountTokenCreator","members":["user:viewer@example.com"]}]}}'
is 'a policy of an account' "$HTTP" 200
GENERATE="/v1/projects/-/serviceAccounts/$SA:generateAccessToken"
as "$token_viewer" POST "$GENERATE" "{\"scope\":[\"$CLOUD\"],\"lifetime\":\"300s\"}"
is 'lets one be it' "$HTTP" 200
as "$(field .accessToken)" POST /v1/projects/p1/topics/top:publish "$MSG"
is 'and do what it may' "$HTTP" 200
as "$token_viewer" POST "$GENERATE" "{\"scope\":[\"$CLOUD\"],\"lifetime\":\"3601s\"}"
is 'for an hour at most' "$HTTP" 400

# federated identities
sts() {
	form /v1/token grant_type=urn:ietf:params:oauth:grant-type:token-exchange \
		"audience=//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/prov" \
		"scope=$CLOUD" "subject_token=$1" \
		subject_token_type=urn:ietf:params:oauth:token-type:"${2-jwt}"
}
sts "$(signed other '{"sub":"ci-1"}')"
json 'an exchange' 'del(.access_token)' '{"expires_in": 3599, "token_type": "Bearer",
	"issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}'
ci=$(field .access_token)
as "$ci" GET $JOBS
is 'is nobody yet' "$HTTP" 403
POOL=iam.googleapis.com/projects/1/locations/global/workloadIdentityPools
for member in principal://$POOL/pool/subject/ci-1 "principalSet://$POOL/pool/*"; do
	ctl grant p1 roles/ml.viewer "$member" >"$TMP/set" || bad "grant $member"
	as "$ci" GET $JOBS
	is "$member" "$HTTP" 200
	ctl revoke p1 roles/ml.viewer "$member" >"$TMP/set" || bad "revoke $member"
	as "$ci" GET $JOBS
	is "$member no more" "$HTTP" 403
done
ctl grant p1 roles/ml.viewer "principalSet://$POOL/poo/*" >"$TMP/set" || bad 'grant'
as "$ci" GET $JOBS
is 'another pool' "$HTTP" 403
sts x nonsense
oauth 'a strange type' 400 invalid_request 'Invalid token type: urn:ietf:params:oauth:token-type:nonsense'
form /v1/token grant_type=x
oauth 'another grant' 400 unsupported_grant_type 'Invalid grant_type: x'

# the token endpoint asks who it is
cp "$TMP/other.pem" "$TMP/no.pem"
cp "$TMP/sa.json" "$TMP/no.json"
grant "$(signed no "$(claims no@p1.iam.gserviceaccount.com)")"
oauth 'who is not registered' 400 invalid_grant 'Invalid grant: account not found'
grant "$(signed sa "$(claims $SA '.sub = "jo@example.com"')")"
oauth 'who would be another' 401 unauthorized_client 'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.'
form /token grant_type=refresh_token refresh_token=x client_id=c client_secret=s
oauth 'another client' 401 invalid_client 'The OAuth client was not found.'
form /token grant_type=refresh_token refresh_token=x \
	client_id=train-emulator.apps.googleusercontent.com client_secret=train-emulator
oauth 'another refresh token' 400 invalid_grant 'Bad Request'

# rotation, a restart, a reset
ctl rotate-keys >"$TMP/set" || bad 'rotate'
as "$token_owner" GET $JOBS
is 'after one rotation' "$HTTP" 200
stop EMU
emu_start --auth=strict --data "$TMP/state.db"
as "$token_owner" GET $JOBS
is 'after a restart' "$HTTP" 200
as "$ci" GET $JOBS
is 'for each' "$HTTP" 403
ctl rotate-keys >"$TMP/set" || bad 'rotate'
as "$token_owner" GET $JOBS
is 'after two' "$HTTP" 401
user owner@example.com
as "$TOKEN" GET $JOBS
is 'a new one' "$HTTP" 200
ctl reset >"$TMP/set" || bad 'reset'
as "$TOKEN" GET $JOBS
is 'a reset takes the roles' "$HTTP" 403
exit $failed
