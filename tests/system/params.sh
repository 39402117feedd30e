#!/bin/sh
# SPDX-License-Identifier: MIT
# What every method has in common: the standard query parameters, the headers
# of answers, and the page for unknown paths. The numbers in comments are
# sections of the facts about the service (ml-jobs.md).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
JOBS=/v1/projects/p1/jobs
for id in a b; do
	api POST "$JOBS" "$(job_body $id)"
	ok "create $id"
done

# get_with HEADER PATH: a GET with one more header
get_with() {
	HTTP=$(curl -sS -o "$TMP/answer" -D "$TMP/head" -w '%{http_code}' \
		-H "$1" "$EMU_URL$2")
	BODY=$(cat "$TMP/answer")
}
header() {
	tr -d '\r' <"$TMP/head" | sed -n "s/^$1: //p"
}
# refused_param WHAT QUERY MESSAGE: 400 with this one line, before anything is
# done: the method would create a job.
refused_param() {
	api POST "$JOBS?$2" "$(job_body refused)"
	refused "$1" 400 INVALID_ARGUMENT "$3"
}

# fields, of a message and of a list; by header too, where the query wins
api GET "$JOBS/a?fields=jobId,trainingInput/masterConfig(imageUri)"
json 'fields' . '{"jobId": "a", "trainingInput":
	{"masterConfig": {"imageUri": "gcr.io/example-project/t:1"}}}'
api GET "$JOBS?fields=jobs/jobId&pageSize=1"
json 'fields of a list' . '{"jobs": [{"jobId": "b"}]}'
api GET "$JOBS?\$fields=jobs.state&prettyPrint=false"
is 'by the other name, compact' "$BODY" \
	'{"jobs":[{"state":"QUEUED"},{"state":"QUEUED"}]}'
api POST "$JOBS?fields=state" "$(job_body c)"
json 'fields of a create' . '{"state": "QUEUED"}'
get_with 'X-Goog-FieldMask: state' "$JOBS/a"
json 'by header' . '{"state": "QUEUED"}'
get_with 'X-Goog-FieldMask: state' "$JOBS/a?fields=jobId"
json 'the query wins' . '{"jobId": "a"}'
api GET "$JOBS/a?fields="
json 'an empty one is none' '.jobId, .state' '"a" "QUEUED"'
api POST "$JOBS/a:cancel?fields=*"
json 'all of nothing' . '{}'
# Google's words, as reports of many of its services quote them
wrong=$(printf '"Error expanding %sfields%s parameter. Cannot find matching fields for path %strainingInput.foo%s."' \' \' \' \')
api POST "$JOBS?fields=jobId,trainingInput/foo" "$(job_body refused)"
refused 'a field that is none' 400 INVALID_ARGUMENT \
	'Request contains an invalid argument.'
json 'says which' '.error.details[0].fieldViolations' \
	"[{\"field\": \"jobId,trainingInput/foo\", \"description\": $wrong}]"
api GET "$JOBS/nosuch?fields=jobId"
json 'errors are not cut' '.error | keys' '["code", "details", "message", "status"]'

# prettyPrint, by any word that protobuf takes for a boolean
for word in false 0 no F; do
	api GET "$JOBS/a?fields=jobId&prettyPrint=$word"
	is "prettyPrint=$word" "$BODY" '{"jobId":"a"}'
done
for word in true 1 Yes t; do
	api GET "$JOBS/a?fields=jobId&\$prettyPrint=$word"
	is "\$prettyPrint=$word" "$BODY" "{
  \"jobId\": \"a\"
}"
done
refused_param 'neither true nor false' 'prettyPrint=maybe' \
	"Invalid value at 'pretty_print' (TYPE_BOOL), \"maybe\""

# alt
api GET "$JOBS/a?alt=json&\$alt=json"
ok 'alt=json'
for alt in proto media; do
	api GET "$JOBS/a?alt=$alt"
	refused "alt=$alt" 501 UNIMPLEMENTED \
		"alt=$alt is not emulated by train-emulator."
done
refused_param 'another alt' 'alt=xml' "Invalid value at 'alt', \"xml\""

# callback
get_with 'Sec-Fetch-Site: same-site' "$JOBS/a?callback=my.call_back&fields=jobId"
is 'callback' "$HTTP $(header Content-Type) $BODY" "200 text/javascript; \
charset=UTF-8 // API callback
my.call_back({
  \"jobId\": \"a\"
}
);"
api GET "$JOBS/nosuch?callback=f&prettyPrint=0"
is 'an error by callback' "$HTTP $(printf %s "$BODY" | head -c 30)" \
	"404 $(printf '// API callback\nf({"error":{"c')"
get_with 'Sec-Fetch-Site: cross-site' "$JOBS/a?callback=f"
refused 'from another site' 403 PERMISSION_DENIED \
	'train-emulator does not answer pages of other sites by callback.'
for name in 'alert(1)' 'a;b' '1a' 'a%3Cb' "a'b"; do
	api GET "$JOBS/a?callback=$name"
	is "callback=$name" "$HTTP $(field .error.status)" '400 INVALID_ARGUMENT'
done
long=$(printf '%0100d' 0 | tr 0 f)
api GET "$JOBS/a?callback=$long"
is 'a long name' "$HTTP" 200
api GET "$JOBS/a?callback=f$long"
is 'one that is too long' "$HTTP" 400

# 1: the older form of errors
older='{"message": "Field: name Error: The specified job could not be found.",
	"domain": "global", "reason": "notFound"}'
for query in '$.xgafv=1' '%24.xgafv=1'; do
	api GET "$JOBS/nosuch?$query"
	json "$query" '.error.errors' "[$older]"
done
json 'the rest is as ever' '.error | keys_unsorted' \
	'["code", "message", "errors", "status", "details"]'
get_with 'X-GOOG-API-FORMAT-VERSION: 1' "$JOBS/nosuch"
json 'by header' '.error.errors' "[$older]"
api GET "$JOBS/nosuch?\$.xgafv=2"
json '$.xgafv=2' '.error | has("errors")' false
api POST "$JOBS?\$.xgafv=1" "$(job_body a)"
json 'a conflict' '.error.errors[0].reason' '"alreadyExists"'
api GET "$JOBS?\$.xgafv=1&foo=bar"
json 'a bad request' '.error.errors[0].reason' '"badRequest"'

# the others are taken, with a dollar or without; quotaUser has a limit
forty=%C3%A9$(printf '%039d' 0)
api GET "$JOBS/a?key=k&quotaUser=$forty&\$key=k&access_token=t&oauth_token=t&uploadType=media&upload_protocol=raw&trace=t&pp=1&userIp=1&userip=1&strict=1&\$userProject=p"
ok 'the other standard parameters'
refused_param 'quotaUser, one character more' "quotaUser=1$forty" \
	"Invalid value at 'quota_user': longer than 40 characters."

# 9: unknown ones, all of them
unknown() {
	printf 'Invalid JSON payload received. Unknown name "%s": Cannot bind ' "$1"
	printf "query parameter. Field '%s' could not be found in request message." "$1"
}
api GET "$JOBS?foo=1&pageSize=1&page_size=1&\$pageSize=1&\$.foo=1"
refused 'unknown parameters' 400 INVALID_ARGUMENT "$(unknown foo)
$(unknown '$pageSize')
$(unknown '$.foo')"

# a POST that stands for another method: what Google's clients make of a URL
# that would be too long; the form is more of the query
form() {
	HTTP=$(curl -sS -o "$TMP/answer" -w '%{http_code}' --data-binary "$3" \
		-H "X-HTTP-Method-Override: $2" "$EMU_URL$1")
	BODY=$(cat "$TMP/answer")
}
form "$JOBS?prettyPrint=false" GET 'fields=jobs%2FjobId%2C+&pageSize=1&x'
is 'a form is read' "$HTTP $(field '[.error.details[0].fieldViolations[].description]
	| length')" '400 1'
form "$JOBS?prettyPrint=false" GET 'fields=jobs%2FjobId&pageSize=1'
is 'GET by POST' "$HTTP $BODY" '200 {"jobs":[{"jobId":"c"}]}'
form "$JOBS/a" GET ''
is 'an empty form' "$HTTP $(field .jobId)" '200 a'
form "$JOBS" GET "$(printf 'fields=jobs/%02040d' 0)"
refused 'a long form' 400 INVALID_ARGUMENT \
	'Request contains an invalid argument.'
hundred=$(printf 'key=%d&' $(seq 100))
form "$JOBS" GET "$hundred"
is 'a hundred parameters' "$HTTP" 200
form "$JOBS" GET "$hundred&key=101"
refused 'too many' 400 INVALID_ARGUMENT 'The request has too many parameters.'
call POST "$EMU_URL$JOBS/a?updateMask=labels" '{"labels": {"k": "v"}}' \
	-H 'X-HTTP-Method-Override: PATCH'
is 'PATCH by POST' "$HTTP $(field .labels.k)" '200 v'
# JSON that is said to be a form, as `curl -d` says, is a parameter's name: as on
# record of the service (VBA-tools/VBA-Web#332)
form "$JOBS" POST '{"jobId":"f"}'
refused 'JSON as a form' 400 INVALID_ARGUMENT "$(unknown '{"jobId":"f"}')"
form /v1/projects/p1/topics/form PUT '{}'
refused 'nothing as a form' 400 INVALID_ARGUMENT "$(unknown '{}')"
form /v1/projects/p1/topics/form PUT ''
is 'no form' "$HTTP" 200
form /emulator/v1/clock:advance POST '{"by":"0s"}'
is 'to the emulator, either will do' "$HTTP" 200
form "$JOBS/a" NONE ''
is 'a method that is none' "$HTTP" 404

# 1: the headers of answers, with an error too
for path in "$JOBS/a" "$JOBS/nosuch"; do
	get_with 'Accept: application/json' "$path"
	is "the headers of $path" "$(tr -d '\r' <"$TMP/head" | sed -n '
		1d; /^Date:/d; /^Content-Length:/d; /:/p')" \
		'Content-Type: application/json; charset=UTF-8
Vary: Origin, X-Origin, Referer
Cache-Control: private
Server: ESF
X-XSS-Protection: 0
X-Frame-Options: SAMEORIGIN
X-Content-Type-Options: nosniff'
done

# 9: unknown paths get a page, which shows the path and nothing else of it
get_with 'Accept: */*' '/v1/%3Cb%3E&x'
is 'the type of the page' "$HTTP $(header Content-Type) $(header Referrer-Policy)" \
	'404 text/html; charset=UTF-8 no-referrer'
has 'the page' "$BODY" '<title>Error 404 (Not Found)!!1</title>'
has 'the path in it' "$BODY" '<code>/v1/&#60;b&#62;&#38;x</code>'
# a wrong method has the same page; of a HEAD only its head comes, and the
# connection goes on
for method in PUT DELETE OPTIONS; do
	api "$method" "$JOBS"
	is "$method" "$HTTP" 404
	has "$method is a page" "$BODY" '<title>Error 404 (Not Found)!!1</title>'
done
is 'HEAD, and a GET on the same connection' "$(curl -sS -o /dev/null \
	-w '%{http_code} %{num_connects}\n' -I "$EMU_URL$JOBS/a" --next -sS \
	-o /dev/null -w '%{http_code} %{num_connects}\n' "$EMU_URL$JOBS/a")" \
	'404 1
200 0'

# what is no UTF-8 is no text
for path in /v1/projects/p%ff/jobs "$JOBS?filter=%ff" "$JOBS?pageToken=%c0%80" \
	/v1/projects/p%ed%a0%80:getConfig '/v1/projects/p%ff' "$JOBS?quotaUser=%ff" \
	'/computeMetadata/v1/instance/service-accounts/default/identity?audience=%ff'; do
	HTTP=$(curl -sS -o "$TMP/answer" -w '%{http_code}' -H 'Metadata-Flavor: Google' "$EMU_URL$path")
	is "no UTF-8: $path" "$HTTP" 400
done
api PUT "/v1/projects/p%ff/topics/top" '{}'
refused 'no UTF-8 in a project' 400 INVALID_ARGUMENT "The request's URL is not valid UTF-8."
for form in 'grant_type=refresh_token&refresh_token=x&client_id=%ff&client_secret=s' \
	'grant_type=urn:ietf:params:oauth:grant-type:token-exchange&audience=%ff'; do
	HTTP=$(curl -sS -o "$TMP/answer" -w '%{http_code}' -d "$form" "$EMU_URL/token")
	is "no UTF-8: $form" "$HTTP $(jq -r .error "$TMP/answer")" '400 invalid_request'
done
api GET /v1/projects/p%c3%a9/jobs
is 'UTF-8' "$HTTP" 200

api GET "$JOBS/refused"
is 'what was refused was not done' "$HTTP" 404
exit $failed
