#!/bin/sh
# SPDX-License-Identifier: MIT
# The discovery documents. What they say of methods and messages is compared,
# row by row, with the clients that Google generates from its own documents.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
APIS=/discovery/v1/apis
SERVICES='ml:v1 pubsub:v1 cloudscheduler:v1 logging:v2'

# A document's methods and fields as rows of fixtures/discovery.
cat >"$TMP/rows.jq" <<'JQ'
def plain: gsub("_"; "");
def or_dash: if . == null or . == "" then "-" else . end;
def all: (.methods // {} | .[]), (.resources // {} | .[] | all);
def query: [.parameters | to_entries[] | select(.value.location == "query")
		| "\(.key | gsub("[.]"; "_")):\(
			if .value.format == "int32" then "int32" else .value.type end)"]
	| sort | join(" ");
def methods: [all] | sort_by(.id)[] | [.id, .httpMethod, .flatPath, .path,
	(.parameterOrder | join(",") | or_dash), (query | or_dash),
	(.request["$ref"] | if . then plain else "-" end),
	(.response["$ref"] | plain)] | @tsv;
def kind: if .type == "array" then "[]" + (.items | kind)
	elif .["$ref"] then "message " + (.["$ref"] | plain)
	elif .enum then "enum " + (.enum | join(","))
	elif .additionalProperties.type == "any" then "map JsonValue"
	elif .additionalProperties then "map " + .additionalProperties.type
	elif .type == "boolean" then "bool"
	elif .format == "byte" then "bytes"
	elif .type == "string" and .format != "int64" then "string"
	else .format end;
def fields: .name as $service | .schemas[] | (.id | plain) as $message
	| .properties | to_entries[]
	| [$service, $message, .key, (.value | kind)] | @tsv;
JQ
rows() { jq -r -L "$TMP" 'include "rows"; '"$1" "$2"; }

: >"$TMP/methods"
: >"$TMP/fields"
for id in $SERVICES; do
	service=${id%:*}
	api GET "$APIS/$service/${id#*:}/rest"
	ok "the document of $service"
	cp "$TMP/answer" "$TMP/$service.json"
	rows methods "$TMP/$service.json" >>"$TMP/methods"
	rows fields "$TMP/$service.json" >>"$TMP/fields"
	json "$service: its head" '[.kind, .id, .rootUrl, .servicePath, .auth]' \
		"[\"discovery#restDescription\", \"$id\",
		\"$EMU_URL/\", \"\", null]"
	# every $ref leads to a schema, which has its own key as its id
	json "$service: references" '(.schemas | keys) - [.schemas[].id]
		+ ([.. | objects | .["$ref"] // empty] - (.schemas | keys))' '[]'
done

# Methods: each is in the fixture as it is here; and each that is emulated and
# in the fixture is here.
[ "$(wc -l <"$TMP/methods")" -ge 25 ] || bad 'hardly any methods'
is 'methods as Google has them' \
	"$(grep -vxFf "$FIXTURES/discovery/methods.tsv" "$TMP/methods")" ''
TAB=$(printf '\t')
grep -v '^#' "$FIXTURES/discovery/methods.tsv" |
	while IFS=$TAB read -r id method flat _; do
		grep -q "^$id$TAB" "$TMP/methods" && continue
		api "$method" "/$(printf %s "$flat" | sed 's/{[A-Za-z]*}/x/g')"
		[ "$HTTP" = 501 ] || echo "$id"
	done >"$TMP/missing"
is 'methods that are emulated and not described' "$(cat "$TMP/missing")" ''

# Fields: the same but for messages that no table has, which are any JSON.
awk -F'\t' -v more="$TMP/more" '
	FNR == NR { want[$1, $2, $3] = $4; next }
	!(($1, $2, $3) in want) { print $1, $2 "." $3 >more; next }
	want[$1, $2, $3] == $4 { good++; next }
	$4 ~ /JsonValue$/ && want[$1, $2, $3] ~ /message/ { next }
	{ print "differs:", $0, "want", want[$1, $2, $3] }
	END { if (good < 150) print "only", good, "fields" }
' "$FIXTURES/discovery/fields.tsv" "$TMP/fields" >"$TMP/differ"
is 'fields as Google has them' "$(cat "$TMP/differ")" ''
is 'fields that the service of the document lacks' "$(cat "$TMP/more")" \
	'pubsub AuditConfig.service
pubsub AuditConfig.auditLogConfigs
pubsub AuditLogConfig.logType
pubsub AuditLogConfig.exemptedMembers
pubsub Policy.auditConfigs
pubsub SetIamPolicyRequest.updateMask'
awk -F'\t' '
	FNR == NR { seen[$1, $2, $3] = 1; message[$1, $2] = 1; next }
	message[$1, $2] && !(($1, $2, $3) in seen) { print $1, $2 "." $3 }
' "$TMP/fields" "$FIXTURES/discovery/fields.tsv" >"$TMP/lacking"
is 'fields that Google has and no table' "$(cat "$TMP/lacking")" \
	'pubsub Subscription.pubsubExportConfig
pubsub Subscription.pubsubliteExportConfig'

# Names and parameters in full: the public document of ml v1.
cp "$TMP/ml.json" "$TMP/answer"
BODY=$(cat "$TMP/answer")
json 'a method in full' '.resources.projects.resources.jobs.methods.list' '{
	"id": "ml.projects.jobs.list", "httpMethod": "GET",
	"flatPath": "v1/projects/{projectsId}/jobs", "path": "v1/{+parent}/jobs",
	"parameterOrder": ["parent"],
	"parameters": {
		"parent": {"location": "path", "pattern": "^projects/[^/]+$",
			"required": true, "type": "string"},
		"filter": {"location": "query", "type": "string"},
		"pageSize": {"format": "int32", "location": "query",
			"type": "integer"},
		"pageToken": {"location": "query", "type": "string"}},
	"response": {"$ref": "GoogleCloudMlV1__ListJobsResponse"}}'
json 'the pattern of a name' \
	'.resources.projects.resources.jobs.methods.cancel.parameters.name.pattern' \
	'"^projects/[^/]+/jobs/[^/]+$"'
json 'names of messages' '[.schemas | has("GoogleCloudMlV1__Job",
	"GoogleCloudMlV1_HyperparameterOutput_HyperparameterMetric",
	"GoogleProtobuf__Empty")]' '[true, true, true]'
json 'formats' '.schemas.GoogleCloudMlV1__Job.properties
	| [.createTime, .jobPosition]' '[
	{"type": "string", "format": "google-datetime", "readOnly": true},
	{"type": "string", "format": "int64", "readOnly": true}]'
json 'limits' '.schemas | [(.GoogleCloudMlV1__Scheduling.properties
	| .priority, .maxWaitTime), (.GoogleCloudMlV1__TrainingInput.properties
	| .packageUris, .workerCount)]' '[
	{"type": "integer", "format": "int32", "minimum": "0", "maximum": "1000",
		"description": "Must be between 0 and 1000."},
	{"type": "string", "format": "google-duration",
		"description": "Must be at least 1800s."},
	{"type": "array", "items": {"type": "string"},
		"description": "At most 100 values may be specified."},
	{"type": "string", "format": "int64",
		"description": "Must not be negative."}]'
json 'the standard parameters' '[.parameters | keys, .alt.enum,
	.prettyPrint.default]' '[["$.xgafv", "access_token", "alt", "callback",
	"fields", "key", "oauth_token", "prettyPrint", "quotaUser", "uploadType",
	"upload_protocol"], ["json", "media", "proto"], "true"]'

# The other address: the service is told by the name of the host.
# of_host HOST [QUERY]
of_host() {
	HTTP=$(curl -sS -o "$TMP/answer" -w '%{http_code}' -H "Host: $1" \
		"$EMU_URL/%24discovery/rest${2-?version=v1}")
	BODY=$(cat "$TMP/answer")
}
of_host "$EMU_HOST"
json 'this host' '[.name, .rootUrl]' "[\"ml\", \"$EMU_URL/\"]"
of_host pubsub.googleapis.com ''
json 'a host of Google, no version' '[.name, .rootUrl]' \
	'["pubsub", "http://pubsub.googleapis.com/"]'
of_host 'CloudScheduler.GoogleAPIs.com:8080'
json 'with a port' '[.name, .rootUrl]' \
	'["cloudscheduler", "http://cloudscheduler.googleapis.com:8080/"]'
api GET '/$discovery/rest?version=v1'
json 'the dollar as it is' .name '"ml"'
of_host tasks.googleapis.com '?version=v99'
refused 'an unknown service' 404 NOT_FOUND 'Discovery document not found for API service: tasks.googleapis.com format: rest version: v99'
api GET "$APIS/ml/v2/rest"
refused 'an unknown version' 404 NOT_FOUND 'Discovery document not found for API service: ml.googleapis.com format: rest version: v2'

# Where the client came from, as far as that can be a URL.
# root_of HEADER [curl option ...]: the rootUrl for a request with it
root_of() {
	curl -sS "$EMU_URL$APIS/ml/v1/rest?fields=rootUrl" -H "$@" |
		jq -r .rootUrl
}
is 'a name of this machine' "$(root_of "Host: localhost:1")" http://localhost:1/
is 'behind TLS' "$(root_of 'X-Forwarded-Proto: https')" "https://$EMU_HOST/"
is 'www.googleapis.com' "$(root_of 'Host: www.googleapis.com')" \
	http://ml.googleapis.com/
is 'a Host that is no host' "$(root_of 'Host: 127.0.0.1:1@elsewhere')" \
	"$EMU_URL/"
# a server may refuse HTTP/1.1 without one, as newer libmicrohttpds do
is 'no Host' "$(root_of 'Host:' --http1.0)" "$EMU_URL/"

api GET "$APIS"
json 'the directory' '[.kind, (.items | map(.id))]' \
	'["discovery#directoryList", ["ml:v1", "pubsub:v1", "cloudscheduler:v1", "logging:v2"]]'
call GET "$(field '.items[1].discoveryRestUrl')"
json 'leads to the documents' .id '"pubsub:v1"'
api GET "$APIS?name=ml&preferred=true"
json 'one service' '.items | map(.id)' '["ml:v1"]'
api POST /batch
is 'a batch' "$HTTP" 501
exit $failed
