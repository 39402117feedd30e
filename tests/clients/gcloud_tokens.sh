#!/bin/sh
# SPDX-License-Identifier: MIT
# The service accounts that gcloud gives to push subscriptions and Scheduler
# jobs: what is sent for them.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need gcloud
# shellcheck source=tests/lib_tokens.sh
. "$SRCDIR/tests/lib_tokens.sh"
rec_start
emu_start
# shellcheck source=tests/clients/gcloud.sh
. "$SRCDIR/tests/clients/gcloud.sh"
# job NAME VERB ...: a Scheduler job of an HTTP target
job() {
	job_name=$1
	shift
	g "$job_name" scheduler jobs "$@" --location=us-central1
}
# went: the one request since the last time
went() {
	advance 0s
	is "$1: one request" "$(calls)" 1
	sent
	: >"$REC_FILE"
}
publish() {
	api POST /v1/projects/p1/topics/top:publish \
		'{"messages":[{"data":"eA=="}]}'
	went "$1"
}
run() {
	api POST "/v1/projects/p1/locations/us-central1/jobs/$1:run" '{}'
	went "$1"
}

api PUT /v1/projects/p1/topics/top
g push pubsub subscriptions create psh --topic=top \
	--push-endpoint="$REC_URL/push" --push-auth-service-account=$SA
job oidc create http oidc --schedule='0 0 1 1 *' --uri="$REC_URL/oidc" \
	--oidc-service-account-email=$SA --oidc-token-audience=https://aud/
job oauth create http oauth --schedule='0 0 1 1 *' --uri="$REC_URL/oauth" \
	--oauth-service-account-email=$SA
job both create http both --schedule='0 0 1 1 *' --uri="$REC_URL/oauth" \
	--oauth-service-account-email=nobody
done_with push oidc oauth
refused both
has 'nobody' "$(err both)" 'HttpTarget.oauth_token.service_account_email'
publish push
verified 'a push' "$TOKEN" "$REC_URL/push"
run oidc
verified 'OIDC' "$TOKEN" https://aud/
run oauth
access 'OAuth' https://www.googleapis.com/auth/cloud-platform

g push pubsub subscriptions modify-push-config psh \
	--push-endpoint="$REC_URL/other" --push-auth-service-account=$SA \
	--push-auth-token-audience=aud
job oidc update http oidc --oidc-service-account-email=$SA \
	--oidc-token-audience=other
job oauth update http oauth --clear-auth-token
done_with push oidc oauth
publish push
verified 'a push, changed' "$TOKEN" aud
run oidc
verified 'OIDC, changed' "$TOKEN" other
run oauth
is 'no token any more' "$AUTH" ''
exit $failed
