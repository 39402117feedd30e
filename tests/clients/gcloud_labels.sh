#!/bin/sh
# SPDX-License-Identifier: MIT
# What gcloud changes of things that are there: labels of jobs, and policies.
# What `jobs update` prints is held to a recording.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need gcloud curl jq

emu_start
# shellcheck source=tests/clients/gcloud.sh
. "$SRCDIR/tests/clients/gcloud.sh"
P=/v1/projects/p1
labels() { api GET "$P/jobs/$1"; }

for job in set cleared; do
	api POST "$P/jobs" "$(job_body $job |
		jq '.labels = {env: "prod", owner: "alice"}')"
	ok "$job"
done
api PUT "$P/topics/top"
viewer=--role=roles/pubsub.viewer

g update ai-platform jobs update set --update-labels a=b,owner=bob
g clear ai-platform jobs update cleared --clear-labels
g none ai-platform jobs update nosuch --update-labels a=b
g policy pubsub topics get-iam-policy top
done_with update clear policy
refused none
is 'update prints' "$(out update)$(err update)" 'Updated ml engine job [set].'
labels set
json 'updated' .labels '{"a": "b", "env": "prod", "owner": "bob"}'
labels cleared
json 'cleared' .labels null
has 'an unknown job' "$(err none)" \
	'NOT_FOUND: Field: name Error: The specified job could not be found.'
is 'no policy' "$(out policy)" 'etag: ACAB'

g remove ai-platform jobs update set --remove-labels a,env
g same ai-platform jobs update cleared --clear-labels
g add pubsub topics add-iam-policy-binding top --member=user:a@example.com \
	$viewer
g locations scheduler locations list '--format=value(locationId)'
done_with remove same add locations
labels set
json 'removed' .labels '{"owner": "bob"}'
has 'nothing to do' "$(err same)" 'No update to perform.'
is 'regions' "$(wc -l <"$TMP/locations.out" | tr -d ' ')" 13

g also pubsub topics add-iam-policy-binding top --member=user:b@example.com \
	$viewer
done_with also
g take pubsub topics remove-iam-policy-binding top \
	--member=user:a@example.com $viewer
done_with take
api GET "$P/topics/top:getIamPolicy"
json 'the policy' 'del(.etag)' '{"version": 1, "bindings": [
	{"role": "roles/pubsub.viewer", "members": ["user:b@example.com"]}]}'
exit $failed
