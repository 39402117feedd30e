#!/bin/sh
# SPDX-License-Identifier: MIT
# trainctl schedule delete --topic and --all, where schedules share a topic, or
# others have a part in it: it goes with the last of them, and so do the dead
# letters.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
export TRAINCTL_PROJECT=p1 TRAINCTL_LOCATION=us-central1
P=projects/p1
ROUTE=cloudscheduler.projects.locations
job_body train >"$TMP/job.json"

# create LOCATION NAME TOPIC [OPTION ...]
create() {
	create_location=$1 create_name=$2 create_topic=$3
	shift 3
	trainctl schedule create "$create_name" "$TMP/job.json" \
		--schedule '0 2 * * *' --push-endpoint http://127.0.0.1:9/ \
		--location "$create_location" --topic "$create_topic" \
		--subscription "$create_topic-push" "$@" >"$TMP/out" ||
		bad "create $create_name"
}
# delete STATUS NAME [OPTION ...]: sets ERR, and ROWS to what was done
delete() {
	delete_want=$1 delete_name=$2 status=0
	shift 2
	trainctl schedule delete "$delete_name" "$@" >"$TMP/out" 2>"$TMP/err" ||
		status=$?
	ROWS=$(sed 1d "$TMP/out" | tr -s ' ' | sed "s|$P/||g")
	ERR=$(cat "$TMP/err")
	is "status of delete $delete_name $*" "$status" "$delete_want"
}
# there WHAT PATH HTTP
there() {
	api GET "/v1/$P/$2"
	is "$1" "$HTTP" "$3"
}

# --- another location

create us-central1 a shared
create europe-west1 b shared
used='used by locations/europe-west1/jobs/b'
delete 0 a --topic
is 'what b uses stays' "$ROWS" "kept subscriptions/shared-push $used
kept topics/shared $used
deleted locations/us-central1/jobs/a -"
there 'the topic' topics/shared 200
there 'its subscription' subscriptions/shared-push 200
create us-central1 c own --dead-letter-topic shared
delete 0 c --all --dry-run
is 'nor does it go as a dead letter topic' "$(echo "$ROWS" | grep shared)" \
	"kept subscriptions/shared-keep $used
kept subscriptions/shared-push $used
kept topics/shared $used"
delete 0 b --topic --location europe-west1
has 'the last but for dead letters' "$ROWS" \
	'kept topics/shared used by subscriptions/own-push'
delete 0 c --all
is 'and the last' "$ROWS" 'deleted subscriptions/shared-keep -
deleted subscriptions/shared-push -
deleted topics/shared -
deleted subscriptions/own-push -
deleted topics/own -
deleted locations/us-central1/jobs/c -'

# --- dead letters, of a subscription that stays

create us-central1 a both --dead-letter-topic dead
create us-central1 d both --dead-letter-topic dead
delete 0 a --all
used='used by locations/us-central1/jobs/d'
by_push='used by subscriptions/both-push'
is 'what d uses stays, with its dead letters' "$ROWS" \
	"kept subscriptions/dead-keep $by_push
kept topics/dead $by_push
kept subscriptions/both-push $used
kept topics/both $used
deleted locations/us-central1/jobs/a -"
there 'what keeps them' subscriptions/dead-keep 200
there 'their topic' topics/dead 200

# audit NAME [OPTIONS]: a subscription of d's topic that somebody else has made
audit() {
	api PUT "/v1/$P/subscriptions/$1" "{\"topic\":\"$P/topics/both\"${2-}}"
	ok "$1"
}
policy="\"deadLetterPolicy\":{\"deadLetterTopic\":\"$P/topics/dead\"}"
audit audit ",$policy"
delete 0 d --all --dry-run
is 'the dead letters of another' "$(echo "$ROWS" | grep dead)" \
	'kept subscriptions/dead-keep used by subscriptions/audit
kept topics/dead used by subscriptions/audit'
api DELETE "/v1/$P/subscriptions/audit"
ok 'audit goes'
audit audit
delete 0 d --all
is 'the last takes its own along' "$ROWS" 'deleted subscriptions/dead-keep -
deleted topics/dead -
kept subscriptions/audit not made by trainctl
deleted subscriptions/both-push -
kept topics/both used by subscriptions/audit
deleted locations/us-central1/jobs/d -'

# --- a second page, of jobs; the service gives 500 on one

create us-central1 a shared
n=0
while [ "$n" -lt 500 ]; do
	n=$((n + 1))
	printf '%s' "{\"name\":\"$P/locations/asia-east1/jobs/$(printf 'j%03d' \
		$n)\",\"schedule\":\"0 0 1 1 *\",\"pubsubTarget\":{\"topicName\":\
\"$P/topics/x\",\"data\":\"Z28=\"}}" >"$TMP/body.$n"
	printf 'url = "%s/v1/%s/locations/asia-east1/jobs"\n' "$EMU_URL" "$P"
	printf 'header = "Content-Type: application/json"\n'
	printf 'data-binary = "@%s"\noutput = "%s"\n' "$TMP/body.$n" /dev/null
	[ "$n" = 500 ] || echo next
done >"$TMP/config"
curl -sS -f -K "$TMP/config" || bad '500 jobs'
create asia-east1 last shared
delete 0 a --topic --dry-run
has 'the 501st job is seen' "$ROWS" \
	'kept topics/shared used by locations/asia-east1/jobs/last'

# --- what is not known is not deleted

# unknown WHAT: neither the topic nor the job goes, and why
unknown() {
	delete 1 a --topic
	is "$1: nothing is done" "$ROWS" ''
	has "$1: why" "$ERR" "trainctl: schedule delete a: $P/topics/shared\
 stays, for others may use it: $2"
	there "$1: the topic" topics/shared 200
	there "$1: the subscription" subscriptions/shared-push 200
	there "$1: the job" locations/us-central1/jobs/a 200
}
delete 0 last --location asia-east1
fault "route=projects.locations.list" effect=status status=PERMISSION_DENIED
unknown 'no list of the locations' "$P/locations: "
clear_faults
fault "route=$ROUTE.jobs.list" effect=status status=PERMISSION_DENIED \
	after=4 count=1
unknown 'no list of one' "$P/locations/"
clear_faults
fault "route=$ROUTE.jobs.list" effect=status status=PERMISSION_DENIED
unknown 'no list of its own' "$P/locations/us-central1: "
delete 0 a --topic --force
is 'by force' "$ROWS" 'deleted subscriptions/shared-push -
deleted topics/shared -
deleted locations/us-central1/jobs/a -'
clear_faults

# --- the job alone asks nobody

create us-central1 a shared
fault "route=*.list" effect=status status=PERMISSION_DENIED
delete 0 a
is 'the job alone' "$ROWS" 'deleted locations/us-central1/jobs/a -'
