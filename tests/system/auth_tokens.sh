#!/bin/sh
# SPDX-License-Identifier: MIT
# Where tokens come from: the token endpoint, the metadata server, and what
# tokeninfo says of them. The numbers in comments are sections of auth.md, whose
# texts these are.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
# shellcheck source=tests/lib_auth.sh
. "$SRCDIR/tests/lib_auth.sh"
emu_start --data "$TMP/state.db"
SA=sa@p1.iam.gserviceaccount.com
register $SA sa
is 'a key file (2)' "$(jq -c '[.type, .project_id, .client_email, .token_uri,
	.universe_domain, (.private_key_id | length), (.client_id | length)]' \
	"$TMP/sa.json")" "[\"service_account\",\"p1\",\"$SA\",\"$EMU_URL/token\",\"googleapis.com\",40,21]"
has 'PKCS #8' "$(jq -r .private_key "$TMP/sa.json")" '-----BEGIN PRIVATE KEY'
# the key of somebody else
openssl genrsa -out "$TMP/other.pem" 2048 2>"$TMP/openssl.log"
cp "$TMP/sa.json" "$TMP/other.json"

# 3: the grant, and what it says of itself
grant "$(signed sa "$(claims $SA)")"
json 'an access token' 'del(.access_token)' '{"expires_in": 3599, "token_type": "Bearer"}'
is 'it is opaque' "$(printf %.5s "$TOKEN")" ya29.
number=$(jq -r .client_id "$TMP/sa.json")
api GET "/oauth2/v3/tokeninfo?access_token=$TOKEN"
json 'tokeninfo v3' 'del(.exp, .expires_in)' "{\"azp\": \"$number\",
	\"aud\": \"$number\", \"sub\": \"$number\", \"scope\": \"$CLOUD\"}"
is 'strings' "$(field '.expires_in | type')" string
form /oauth2/v1/tokeninfo "access_token=$TOKEN"
json 'tokeninfo v1' 'del(.expires_in)' "{\"issued_to\": \"$number\",
	\"audience\": \"$number\", \"user_id\": \"$number\", \"scope\": \"$CLOUD\"}"
grant "$(signed sa "$(claims $SA '.scope |= . + " https://www.googleapis.com/auth/userinfo.email"')")"
api GET "/tokeninfo?access_token=$TOKEN"
is 'with its address' "$(field '"\(.email) \(.email_verified)"')" "$SA true"
form /oauth2/v4/token "grant_type=$JWT_GRANT" \
	"assertion=$(signed sa "$(claims $SA "del(.scope) | .target_audience = \"https://fn.example/\"")")"
json 'an ID token alone' 'keys' '["id_token"]'
id=$(field .id_token)
api GET "/tokeninfo?id_token=$id"
json 'of this audience' '[.aud, .email, .email_verified, .iss, .sub, .alg]' \
	"[\"https://fn.example/\", \"$SA\", \"true\", \"https://accounts.google.com\", \"$number\", \"RS256\"]"
api GET "/oauth2/v1/tokeninfo?id_token=$id"
json 'v1' '[.issuer, .audience, .user_id, .email_verified]' \
	"[\"https://accounts.google.com\", \"https://fn.example/\", \"$number\", true]"
for query in access_token=x id_token=x "id_token=$TOKEN" "access_token=$id"; do
	api GET "/tokeninfo?$query"
	oauth "${query%%=*} of something else" 400 invalid_token 'Invalid Value'
done
api GET /tokeninfo
oauth 'of nothing' 400 invalid_request \
	'either access_token, id_token, or token_handle required'

# 8: what is refused; a line each: WHAT|KEY|CLAIMS|HTTP|ERROR|DESCRIPTION
TIMES='Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.'
while IFS='|' read -r what key change http error text; do
	grant "$(signed "$key" "$(claims $SA "$change")")"
	[ "$text" != times ] || text=$TIMES
	oauth "$what" "$http" "$error" "$text"
done <<'EOF'
another key|other|.|400|invalid_grant|Invalid JWT Signature.
an hour and a second|sa|.exp += 1|400|invalid_grant|times
expired|sa|(.iat, .exp) -= 8000|400|invalid_grant|times
in an hour|sa|(.iat, .exp) += 3600|400|invalid_grant|times
no exp|sa|del(.exp)|400|invalid_grant|times
another audience|sa|.aud = "https://pubsub.googleapis.com/"|400|invalid_grant|Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token
nothing wanted|sa|del(.scope)|400|invalid_scope|Invalid OAuth scope or ID token audience provided.
no account|sa|del(.iss)|400|invalid_grant|Invalid grant: account not found
EOF
kid=$(jq -r .private_key_id "$TMP/sa.json")
grant "$(signed sa "$(claims $SA)" "{\"alg\":\"none\",\"kid\":\"$kid\"}")"
oauth 'alg none' 400 invalid_grant 'Invalid JWT Signature.'
grant x.y
oauth 'no token' 400 invalid_grant 'Invalid JWT Signature.'
form /token "grant_type=$JWT_GRANT"
oauth 'no assertion' 400 invalid_request 'Missing required parameter: assertion'
form /token x=y
oauth 'no grant' 400 invalid_request 'Missing required parameter: grant_type'
form /token grant_type=password
oauth 'another grant' 400 unsupported_grant_type 'Invalid grant_type: password'
grant "$(signed sa "$(claims $SA ".aud = \"$EMU_URL/token\"")")"
is 'our own address as the audience' "$HTTP" 200
# 3: old google-auth pads the parts
padded=$(printf '{"alg":"RS256","kid":"%s"}' "$kid" | base64 | tr -d '\n' | tr '+/' '-_').$(
	claims $SA '.x = "?>~"' | tr -d '\n' | base64 | tr -d '\n' | tr '+/' '-_')
grant "$padded.$(printf '%s' "$padded" | openssl dgst -sha256 -sign "$TMP/sa.pem" -binary | base64 | tr -d '\n' | tr '+/' '-_')"
is 'padded' "$HTTP" 200
grant "$(signed other "$(claims nobody@p1.iam.gserviceaccount.com)")"
is 'who is not registered' "$HTTP" 200

# 4: people
ctl user add jo@example.com >"$TMP/jo.json" || bad 'user add'
refresh() {
	form /token grant_type=refresh_token "refresh_token=$1" client_id=c \
		client_secret=s ${2+"$2"}
}
refresh "$(jq -r .refresh_token "$TMP/jo.json")"
json 'a refresh' '[.scope, .token_type, .expires_in]' "[\"openid https://www.googleapis.com/auth/userinfo.email $CLOUD\", \"Bearer\", 3599]"
api GET "/tokeninfo?id_token=$(field .id_token)"
is 'of jo' "$(field '"\(.email) \(.aud)"')" 'jo@example.com c'
refresh anything "scope=$CLOUD"
json 'anybody, without openid' 'del(.access_token)' "{\"scope\": \"$CLOUD\", \"token_type\": \"Bearer\", \"expires_in\": 3599}"
form /token grant_type=refresh_token refresh_token=x
oauth 'no client' 400 invalid_request 'Missing required parameter: client_id'

# 6: the metadata server
M=/computeMetadata/v1
FLAVOR='Metadata-Flavor: Google'
meta / -H "$FLAVOR"
is 'the root' "$HTTP $BODY" "200 0.1/
computeMetadata/"
for header in "$FLAVOR" 'Server: Metadata Server for VM' \
	'Content-Type: application/text'; do
	has "the root: $header" "$(cat "$TMP/head")" "$header"
done
meta $M/project/project-id
is 'without the header' "$HTTP" 403
has 'why' "$BODY" 'Missing Metadata-Flavor:Google header.'
has 'still of its kind' "$(cat "$TMP/head")" "$FLAVOR"
meta $M/project/project-id -H "$FLAVOR" -H 'X-Forwarded-For: 1.2.3.4'
is 'forwarded' "$HTTP" 403
ctl metadata project=p1 email=$SA >"$TMP/set" || bad 'metadata'
# text PATH WANT: application/text, with the header
text() {
	meta "$M/$1" -H "$FLAVOR"
	is "$1" "$HTTP $BODY" "200 $2"
	has "$1: type" "$(cat "$TMP/head")" 'Content-Type: application/text'
}
text project/project-id p1
meta $M/project/numeric-project-id -H "$FLAVOR"
P=$BODY
is 'a number' "${#P}" 12
text instance/zone "projects/$P/zones/us-central1-a"
text instance/region "projects/$P/regions/us-central1"
text instance/id 1000000000000000001
text universe/universe-domain googleapis.com
text instance/service-accounts/ "default/
$SA/"
for who in default $SA; do
	A=instance/service-accounts/$who
	text "$A/email" $SA
	text "$A/scopes" $CLOUD
	meta "$M/$A/?recursive=true" -H "$FLAVOR"
	json "$who" . "{\"aliases\": [\"default\"], \"email\": \"$SA\", \"scopes\": [\"$CLOUD\"]}"
	has 'as JSON' "$(cat "$TMP/head")" 'Content-Type: application/json'
	meta "$M/$A/token?scopes=https%3A%2F%2Fa%2Chttps%3A%2F%2Fb" -H "$FLAVOR"
	json 'a token' '.token_type' '"Bearer"'
	api GET "/tokeninfo?access_token=$(field .access_token)"
	is 'of the scopes' "$(field '"\(.scope) \(.sub)"')" "https://a https://b $number"
	meta "$M/$A/identity?audience=https%3A%2F%2Ffn.example%2F&format=full" -H "$FLAVOR"
	has 'a bare token' "$(cat "$TMP/head")" 'Content-Type: text/html'
	BODY=$(printf '%s' "$BODY" | cut -d. -f2 | tr '_-' '/+' | jq -R '. + "==="[:(4 - length % 4) % 4] | @base64d | fromjson')
	json 'of the machine' '[.aud, .email, .google.compute_engine.project_id, .google.compute_engine.zone]' \
		"[\"https://fn.example/\", \"$SA\", \"p1\", \"us-central1-a\"]"
done
meta "$M/$A/identity" -H "$FLAVOR"
is 'for nobody' "$HTTP" 400
meta $M/instance/service-accounts/other@p1/token -H "$FLAVOR"
is 'another account' "$HTTP" 404
api POST /emulator/v1/metadata '{"project":"p2"}'
text instance/service-accounts/default/email "$(field .email)"

# hooks: faults by account, short lives, another clock
ctl fault add route=oauth2.token resource=$SA effect=status status=INVALID_ARGUMENT \
	count=1 message='Token has been expired or revoked.' >"$TMP/set" || bad 'fault'
grant "$(signed other "$(claims no@p1.iam.gserviceaccount.com)")"
is "not for another account" "$HTTP" 200
grant "$(signed sa "$(claims $SA)")"
oauth 'invalid_grant for one account' 400 invalid_grant 'Token has been expired or revoked.'
grant "$(signed sa "$(claims $SA)")"
is 'once' "$HTTP" 200
ctl fault add route=oauth2.token effect=status status=UNAVAILABLE count=1 >"$TMP/set" || bad 'fault'
grant "$(signed sa "$(claims $SA)")"
is 'a 503' "$HTTP $(field .error)" '503 temporarily_unavailable'
ctl tokens lifetime=30s skew=-1h >"$TMP/set" || bad 'tokens'
is 'set' "$(jq -c . "$TMP/set")" '{"lifetime":"30s","skew":"-3600s"}'
grant "$(signed sa "$(claims $SA)")"
is 'a short one' "$(field .expires_in)" 29
api GET "/tokeninfo?access_token=$TOKEN"
oauth 'that has expired an hour ago' 400 invalid_token 'Invalid Value'
for setting in '{"lifetime":"0s"}' '{"lifetime":"13h"}' '{"skew":"x"}' \
	'{"lifetime":"-5s"}' '{"life":"5s"}'; do
	api POST /emulator/v1/tokens "$setting"
	is "$setting" "$HTTP" 400
done
for body in '{}' '{"email":"x"}' '{"email":"a@b","key":"x"}' \
	'{"email":"a@b","key":"{}"}' '{"email":"a@b","x":1}'; do
	api POST /emulator/v1/serviceAccounts "$body"
	is "no account: $body" "$HTTP" 400
done

# a key of one's own; a restart; a reset
ctl --key "$TMP/other.pem" service-account add own@p1.iam.gserviceaccount.com \
	>"$TMP/own.json" || bad 'a key of my own'
cp "$TMP/other.pem" "$TMP/own.pem"
jq '.private_key_id = "mine"' "$TMP/own.json" >"$TMP/mine.json"
ctl --key "$TMP/mine.json" service-account add own@p1.iam.gserviceaccount.com \
	>"$TMP/mine.again" || bad 'a key file'
is 'a key file is taken as it is' "$(jq -cS 'del(.token_uri)' "$TMP/mine.again")" \
	"$(jq -cS 'del(.token_uri)' "$TMP/mine.json")"
cp "$TMP/own.pem" "$TMP/mine.pem"
api GET /robot/v1/metadata/x509/own@p1.iam.gserviceaccount.com
field .mine | openssl x509 -noout -pubkey >"$TMP/mine.pub"
is 'its certificate' "$(cat "$TMP/mine.pub")" "$(openssl pkey -in "$TMP/own.pem" -pubout)"
stop EMU
emu_start --data "$TMP/state.db"
for key in own mine sa; do
	grant "$(signed $key "$(claims "$(jq -r .client_email "$TMP/$key.json")")")"
	is "after a restart: $key" "$HTTP" 200
done
is 'an hour again' "$(field .expires_in)" 3599
grant "$(signed other "$(claims $SA)")"
is 'and another key is refused' "$HTTP" 400
ctl account drop own@p1.iam.gserviceaccount.com >"$TMP/set" || bad 'drop'
api GET /emulator/v1/accounts
is 'who is there' "$(field '[.accounts[].email] | unique | join(" ")')" "jo@example.com $SA"
api DELETE /emulator/v1/accounts/own@p1.iam.gserviceaccount.com
is 'not there' "$HTTP" 404
ctl reset >"$TMP/set" || bad 'reset'
api GET /emulator/v1/accounts
is 'a reset forgets them' "$BODY" '{
  "accounts": []
}'
exit $failed
