#!/bin/sh
# SPDX-License-Identifier: MIT
# --auth=strict: rights that are not the path's alone. Nobody gets at what is
# another's by naming it in a body, by signing as somebody, by having a service
# act, or through a chain of accounts; and no method forgets to ask.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
# shellcheck source=tests/lib_auth.sh
. "$SRCDIR/tests/lib_auth.sh"
emu_start --auth=strict --data "$TMP/state.db"
DOMAIN=iam.gserviceaccount.com
SA=sa@p1.$DOMAIN OTHER=other@p2.$DOMAIN
register $SA sa
register $OTHER other
grant "$(signed sa "$(claims $SA)")"
one=$TOKEN # an editor of p1, which has no policy yet
grant "$(signed other "$(claims $OTHER)")"
two=$TOKEN # and one of p2
denied() { refused "$1" 403 PERMISSION_DENIED "$2"; }
PUBSUB='User not authorized to perform this action.'
# lacks PERMISSION RESOURCE: Scheduler's words
lacks() {
	echo "The principal (user or service account) lacks IAM permission \"$1\" for the resource \"$2\" (or the resource may not exist)."
}

# every method that is described asks for a token
as '' GET /discovery/v1/apis
printf '%s' "$BODY" | jq -r '.items[].discoveryRestUrl' >"$TMP/documents"
while read -r url; do
	curl -sS "$url" | jq -r '[.. | objects | select(.httpMethod | type == "string")][] |
		"\(.httpMethod) /\(.flatPath // .path)"'
done <"$TMP/documents" >"$TMP/methods"
[ "$(wc -l <"$TMP/methods")" -ge 50 ] || bad "only $(wc -l <"$TMP/methods") methods"
while read -r method path; do
	path=$(printf '%s' "$path" | sed 's/{[^}]*}/xyzzy/g')
	as '' "$method" "$path"
	got="$HTTP $(field '"\(.error.status) \(.error.details[0].reason) \(.error.details[0].metadata.service)"') $(
		printf '%s' "$HEAD" | sed -n 's/^WWW-Authenticate: //p')"
	case $got in
	"401 UNAUTHENTICATED CREDENTIALS_MISSING "*.googleapis.com' Bearer realm="https://accounts.google.com/"') ;;
	*) bad "$method $path: $got" ;;
	esac
done <"$TMP/methods"

# logs of another project, however the body spells its name
for body in '{"resource_names":["projects/p2"]}' '{"projectIds":["p2"]}' \
	'{"resourceNames":["projects/p1"],"project_ids":["p1","p2"]}'; do
	as "$one" POST /v2/entries:list "$body"
	denied "$body" "Permission 'logging.logEntries.list' denied on resource (or it may not exist)."
	is 'of what' "$(field '.error.details[0].metadata.resource')" projects/p2
done
TEXT='"textPayload":"x","resource":{"type":"global"}'
for body in "{\"log_name\":\"projects/p2/logs/l\",\"entries\":[{$TEXT}]}" \
	"{\"entries\":[{\"log_name\":\"projects/p2/logs/l\",$TEXT}]}" \
	"{\"entries\":[{\"logName\":\"/projects/p2/logs/l\",$TEXT}]}" \
	"{\"partialSuccess\":true,\"entries\":[{\"logName\":\"projects/p1/logs/l\",$TEXT},
	{\"logName\":\"projects/p2/logs/l\",$TEXT}]}"; do
	as "$one" POST /v2/entries:write "$body"
	denied "$body" "Permission 'logging.logEntries.create' denied on resource (or it may not exist)."
done
for project in p1 p2; do
	eval "token=\$$([ $project = p1 ] && echo one || echo two)"
	as "$token" POST /v2/entries:list "{\"resourceNames\":[\"projects/$project\"]}"
	is "nothing was written to $project" "$HTTP $(field '.entries | length')" '200 0'
done

# what is another's in Pub/Sub
as "$two" PUT /v1/projects/p2/topics/secret '{}'
as "$two" PUT /v1/projects/p2/subscriptions/reader '{"topic":"projects/p2/topics/secret"}'
ok 'a subscription of its own'
ATTACH='{"topic":"projects/p2/topics/secret"}'
as "$one" PUT /v1/projects/p1/subscriptions/spy "$ATTACH"
denied "another's topic" "$PUBSUB"
as "$one" PUT /v1/projects/p1/subscriptions/spy '{"topic":"projects/p2/topics/none"}'
denied 'whether it is there or not' "$PUBSUB"
as "$one" PUT /v1/projects/p1/snapshots/snap '{"subscription":"projects/p2/subscriptions/reader"}'
denied "a snapshot of another's subscription" "$PUBSUB"
as "$two" PUT /v1/projects/p2/snapshots/snap '{"subscription":"projects/p2/subscriptions/reader"}'
ok 'a snapshot of its own'
as "$one" PUT /v1/projects/p1/topics/own '{}'
as "$one" PUT /v1/projects/p1/subscriptions/mine '{"topic":"projects/p1/topics/own"}'
ok 'and one of p1'
as "$one" POST /v1/projects/p1/subscriptions/mine:seek '{"snapshot":"projects/p2/snapshots/snap"}'
denied "another's snapshot" "$PUBSUB"
DEAD='{"topic":"projects/p1/topics/own","deadLetterPolicy":{"deadLetterTopic":"projects/p2/topics/secret"}}'
as "$one" PUT /v1/projects/p1/subscriptions/dead "$DEAD"
denied 'dead letters to another project' "$PUBSUB"
as "$one" PATCH /v1/projects/p1/subscriptions/mine "{\"subscription\":$DEAD,\"updateMask\":\"deadLetterPolicy\"}"
denied 'nor by a patch' "$PUBSUB"
number=$(curl -sS -H "Authorization: Bearer $one" "$EMU_URL/v1/projects/p1" | jq -r .projectNumber)
# let_in ROLE MEMBER: by the policy of p2's topic
let_in() {
	as "$three" POST /v1/projects/p2/topics/secret:setIamPolicy "{\"policy\":{\"bindings\":[
		{\"role\":\"roles/$1\",\"members\":[\"$2\"]}]}}"
	ok "let $2"
}
user owner@example.com
three=$TOKEN # an owner of p2, where its account is an editor
ctl grant p2 roles/owner user:owner@example.com >"$TMP/set" || bad 'grant'
ctl grant p2 roles/editor serviceAccount:$OTHER >"$TMP/set" || bad 'grant'
let_in pubsub.publisher "serviceAccount:service-$number@gcp-sa-pubsub.$DOMAIN"
as "$one" PUT /v1/projects/p1/subscriptions/dead "$DEAD"
ok 'dead letters where the agent may publish'
let_in pubsub.subscriber serviceAccount:$SA
as "$one" PUT /v1/projects/p1/subscriptions/spy "$ATTACH"
ok 'a topic that one may attach to'

# a schedule publishes as its project's agent
SJOBS=/v1/projects/p1/locations/us-central1/jobs
# schedule NAME TARGET
schedule() {
	as "$one" POST $SJOBS "{\"name\":\"projects/p1/locations/us-central1/jobs/$1\",
		\"schedule\":\"0 0 1 1 *\",$2}"
}
FOREIGN='"pubsubTarget":{"topicName":"projects/p2/topics/secret","data":"eA=="}'
OWN='"pubsubTarget":{"topicName":"projects/p1/topics/own","data":"eA=="}'
schedule foreign "$FOREIGN"
denied 'to another project' "$(lacks pubsub.topics.publish projects/p2/topics/secret)"
schedule own "$OWN"
ok 'to its own'
as "$one" PATCH "$SJOBS/own?updateMask=pubsubTarget" "{$FOREIGN}"
denied 'nor by a patch' "$(lacks pubsub.topics.publish projects/p2/topics/secret)"
let_in pubsub.publisher "serviceAccount:service-$number@gcp-sa-cloudscheduler.$DOMAIN"
schedule foreign "$FOREIGN"
ok 'where the agent may publish'

# whose tokens a service sends
for token in oauthToken oidcToken; do
	# http ACCOUNT
	http() {
		echo "\"httpTarget\":{\"uri\":\"https://ml.googleapis.com/v1/projects/p2/jobs\",
			\"$token\":{\"serviceAccountEmail\":\"$1\"}}"
	}
	schedule $token "$(http $OTHER)"
	denied "$token of another" "$(lacks iam.serviceAccounts.actAs $OTHER)"
	schedule $token "$(http $SA)"
	ok "$token of one's own"
	as "$one" PATCH "$SJOBS/$token?updateMask=httpTarget" "{$(http $OTHER)}"
	denied "$token by a patch" "$(lacks iam.serviceAccounts.actAs $OTHER)"
done
# push ACCOUNT: a push configuration
push() { echo "{\"pushEndpoint\":\"https://x.example/\",\"oidcToken\":{\"serviceAccountEmail\":\"$1\"}}"; }
as "$one" PUT /v1/projects/p1/subscriptions/push "{\"topic\":\"projects/p1/topics/own\",\"pushConfig\":$(push $OTHER)}"
denied 'a push' "$PUBSUB"
as "$one" POST /v1/projects/p1/subscriptions/mine:modifyPushConfig "{\"pushConfig\":$(push $OTHER)}"
denied 'nor by a change' "$PUBSUB"
as "$one" POST /v1/projects/p1/subscriptions/mine:modifyPushConfig "{\"pushConfig\":$(push $SA)}"
ok "one's own"

# signatures: in the account's name, by a key that makes no tokens
ACCOUNT=/v1/projects/-/serviceAccounts/$SA
ctl grant p1 roles/editor serviceAccount:$SA >"$TMP/set" || bad 'grant'
as "$one" POST "$ACCOUNT:signJwt" '{"payload":"{}"}'
is 'an editor may not' "$HTTP" 403
ctl grant p1 roles/iam.serviceAccountTokenCreator serviceAccount:$SA >"$TMP/set" || bad 'grant'
# sign CLAIMS: sets JWT
sign() {
	as "$one" POST "$ACCOUNT:signJwt" "$(jq -cn --arg p "$1" '{payload: $p}')"
	ok 'signJwt'
	JWT=$(field .signedJwt)
}
sign "$(claims $OTHER '.sub = .iss')"
as "$JWT" GET /v1/projects/p2/jobs
is "a JWT in another's name" "$HTTP" 401
grant "$JWT"
oauth 'nor is it one for a token' 400 invalid_grant 'Invalid JWT Signature.'
sign "$(claims $OTHER '.iss = "https://accounts.google.com" | .email = "owner@example.com" | .email_verified = true')"
as '' GET "/tokeninfo?id_token=$JWT"
oauth 'nor an ID token' 400 invalid_token 'Invalid Value'
sign "$(claims $SA '.sub = .iss')"
as "$JWT" GET /v1/projects/p1/jobs
is 'one in its own' "$HTTP" 200
grant "$JWT"
is 'and it is one for a token' "$HTTP" 200
kid=$(printf '%s' "${JWT%%.*}=" | tr '_-' '/+' | base64 -d 2>"$TMP/b64.err" | jq -r .kid)
as '' GET /robot/v1/metadata/x509/$SA
field ".\"$kid\"" | openssl x509 -noout -pubkey >"$TMP/managed.pub"
printf '%s' "${JWT%.*}" >"$TMP/said"
python3 -c 'import base64, sys
sys.stdout.buffer.write(base64.urlsafe_b64decode(sys.argv[1] + "=="))' "${JWT##*.}" >"$TMP/sig"
is 'its certificate' "$(openssl dgst -sha256 -verify "$TMP/managed.pub" -signature "$TMP/sig" "$TMP/said")" 'Verified OK'
as '' GET /oauth2/v3/certs
is "and no key of Google's" "$(field "[.keys[] | select(.kid == \"$kid\")] | length")" 0
as '' GET /robot/v1/metadata/x509/$OTHER
is "nor another account's" "$(field "has(\"$kid\")")" false
for exp in 1 '"x"' "$(($(date +%s) + 43260))"; do
	as "$one" POST "$ACCOUNT:signJwt" "{\"payload\":\"{\\\"exp\\\":$(printf '%s' "$exp" | sed 's/"/\\"/g')}\"}"
	is "exp $exp" "$HTTP" 400
done
google=$(curl -sS "$EMU_URL/oauth2/v3/certs" | jq -r '.keys[0].kid')
text=$(printf '{"alg":"RS256","kid":"%s","typ":"at+jwt"}' "$google" | b64url).$(claims owner@example.com \
	'.email = .iss' | tr -d '\n' | b64url)
as "$one" POST "$ACCOUNT:signBlob" "{\"payload\":\"$(printf '%s' "$text" | base64 | tr -d '\n')\"}"
ok 'signBlob'
is 'by the same key' "$(field .keyId)" "$kid"
as "ya29.$text.$(field .signedBlob | tr '+/' '-_' | tr -d '=')" GET /v1/projects/p2/jobs
is 'no access token is made of a blob' "$HTTP" 401

# chains: each account through the next
for name in a b c; do register "$name@p3.$DOMAIN" $name; done
AT=/v1/projects/-/serviceAccounts
CREATOR=roles/iam.serviceAccountTokenCreator
# may WHO ACCOUNT: WHO is its only creator of tokens
may() {
	as "$four" POST "/v1/projects/p3/serviceAccounts/$2@p3.$DOMAIN:setIamPolicy" \
		"{\"policy\":{\"bindings\":[{\"role\":\"$CREATOR\",\"members\":[\"$1\"]}]}}"
	ok "policy of $2"
}
user boss@example.com
four=$TOKEN
ctl grant p3 roles/owner user:boss@example.com >"$TMP/set" || bad 'grant'
user jo@example.com
jo=$TOKEN
may user:jo@example.com a
may serviceAccount:a@p3.$DOMAIN b
may serviceAccount:b@p3.$DOMAIN c
# chain TARGET [DELEGATE ...]: jo asks for a token of the target's
chain() {
	chain_of=$1@p3.$DOMAIN chain_by=
	shift
	for name; do
		chain_by="$chain_by,\"projects/-/serviceAccounts/$name@p3.$DOMAIN\""
	done
	as "$jo" POST "$AT/$chain_of:generateAccessToken" \
		"{\"scope\":[\"$CLOUD\"],\"delegates\":[${chain_by#,}]}"
}
chain a
ok 'a itself'
chain b a
ok 'b through a'
chain c a b
ok 'c through a and b'
TARGET="Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
LINK="Permission 'iam.serviceAccounts.implicitDelegation' denied on resource (or it may not exist)."
chain b
denied 'b directly' "$TARGET"
chain c a
denied 'c through a' "$TARGET"
chain c b
denied 'c through b' "$LINK"
chain c b a
denied 'the wrong way round' "$LINK"
chain a b
denied 'a link that is none, although one may directly' "$LINK"
chain a nobody
denied 'an account that is not there' "$LINK"
for name in "a@p3.$DOMAIN" "projects/p3/serviceAccounts/a@p3.$DOMAIN" projects/-/serviceAccounts/ x; do
	as "$jo" POST "$AT/b@p3.$DOMAIN:generateIdToken" "{\"audience\":\"x\",\"delegates\":[\"$name\"]}"
	is "no delegate: $name" "$HTTP" 400
done

# who could be an account cannot be another one that gets its name
ctl account drop c@p3.$DOMAIN >"$TMP/set" || bad 'drop'
register c@p3.$DOMAIN c
chain c a b
denied 'a new account of an old name' "$TARGET"

# everybody
as "$four" POST /v1/projects/p3:setIamPolicy '{"policy":{"version":3,"bindings":[
	{"role":"roles/ml.viewer","members":["allAuthenticatedUsers"]},
	{"role":"roles/pubsub.viewer","members":["allUsers"]},
	{"role":"roles/cloudscheduler.viewer","members":["group:all@example.com"]},
	{"role":"roles/logging.viewer","members":["user:jo@example.com"],
	"condition":{"expression":"true"}}]}}'
ok 'a policy'
form /v1/token grant_type=urn:ietf:params:oauth:grant-type:token-exchange \
	"audience=//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/prov" \
	"scope=$CLOUD" subject_token=x subject_token_type=urn:ietf:params:oauth:token-type:jwt
# shellcheck disable=SC2034 # by eval
ci=$(field .access_token)
LOGS='POST /v2/entries:list {"resourceNames":["projects/p3"]}'
while read -r want token method path body; do
	eval "token=\$$token"
	as "$token" "$method" "$path" "$body"
	is "$want $method $path" "$HTTP" "$want"
done <<EOF
200 jo GET /v1/projects/p3/jobs
200 one GET /v1/projects/p3/jobs
403 ci GET /v1/projects/p3/jobs
200 jo GET /v1/projects/p3/topics
200 ci GET /v1/projects/p3/topics
403 jo GET /v1/projects/p3/locations/us-central1/jobs
403 jo $LOGS
EOF
as '' GET /v1/projects/p3/topics
is 'allUsers without a token' "$HTTP" 401

# a managed key lives as long as its account and the file
sign "$(claims $SA '.sub = .iss')"
stop EMU
emu_start --auth=strict --data "$TMP/state.db"
as "$JWT" GET /v1/projects/p1/jobs
is 'after a restart' "$HTTP" 200
ctl account drop $SA >"$TMP/set" || bad 'drop'
as "$JWT" GET /v1/projects/p1/jobs
is 'after its account' "$HTTP" 401
as '' GET /robot/v1/metadata/x509/$SA
is 'and its certificate' "$(field length)" 0
exit $failed
