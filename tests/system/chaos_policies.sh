#!/bin/sh
# SPDX-License-Identifier: MIT
# The storm with policies: runs that are skipped while another of their schedule
# is going, and failed ones that are tried again when their message comes again.
# How many jobs there are to be nobody can say before; the emulator's journal
# tells when each message was acknowledged and each job came and went, and by
# that storm_facts.py judges every run: it was skipped for a reason, and tried
# again as often as it had to be, or it is told.
#
# Here one replica gets both subscriptions, and the other takes over: of two
# that look at one instant both may find nobody (doc/architecture.md).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need python3
# the journal keeps 10,000 entries, of a round too
STORM_TICKS=240 STORM_ROUND=20
# shellcheck source=tests/lib_storm.sh
. "$SRCDIR/tests/lib_storm.sh"
ATTEMPTS=3

replica() {
	start "$1" train-uniquifier --listen 127.0.0.1:0 --project p1 \
		--allow-unauthenticated --retry-initial 1ms \
		--failed retry --max-attempts $ATTEMPTS
}
SIDE_b=A
settled() {
	api GET /emulator/v1/clock
	[ "$(field .inFlight)" = 0 ]
}
somebody() {
	SIDE_b=$SIDE_a
	endpoints
}
nobody() { no_endpoints; }
# What has come at one instant is over before somebody else gets the rest.
after_outage() { wait_for 'what has waited' settled; }
rules() {
	api DELETE /emulator/v1/faults
	requests_fail 'ml.projects.jobs.*' 0.04
	fault effect=duplicate delay=100s probability=0.25
	fault effect=duplicate delay=200s probability=0.25
	fault effect=delay-delivery delay=4m probability=0.25
	fault effect=reorder delay=90s probability=0.05
	acks_are_lost
}
# What the journal says of messages and jobs; it begins anew with the process.
FROM=1
harvest() {
	harvest_from=0
	while [ "$harvest_from" != "$FROM" ]; do
		harvest_from=$FROM
		api GET "/emulator/v1/journal?from=$FROM&max=1000"
		field '.entries[] | select(.kind | IN("publish", "attempt",
			"delivery", "job")) | tojson' >>"$TMP/journal"
		first=$(field ".entries[0].seq // $FROM")
		[ "$first" = "$FROM" ] || bad "the journal begins at $first"
		FROM=$(field .next)
	done
}
# The emulator is killed between two instants, so that all it said is there.
before_kill() {
	wait "$ADVANCE"
	tally
	harvest
	FROM=1
}
fate() { ctl fate add "$@" >/dev/null || bad "fate $*"; }
# policy NAME SCHEDULE ZONE TICKS [ATTRIBUTE]: with an image of its own
policy() {
	jq --arg image "gcr.io/example-project/$1:1" \
		'.trainingInput.masterConfig.imageUri = $image' \
		"$TMP/job.json" >"$TMP/$1.json"
	FILE=$TMP/$1.json
	schedule "$1" "$2" "$3" "$4" --dead-letter-topic storm-dead \
		--max-delivery-attempts 100 ${5+--attributes "$5"}
}

emu_begin 127.0.0.1:0 "$START"
replica A
replica B
dead_letters
policy minutely '* * * * *' Etc/UTC $minutes
policy new-york '* * * * *' America/New_York $minutes train-overlap=skip
policy even '*/2 * * * *' Europe/London $((minutes / 2))
policy odd '1-59/2 * * * *' Asia/Kolkata $((minutes / 2)) train-overlap=skip
other_subscription
# runs longer than a minute; such as always fail; both
fate image='*/new-york:*' running=148s
fate image='*/even:*' outcome=failure
fate image='*/odd:*' outcome=failure running=133s

# round by round, for the journal is bounded
begin_advance() {
	harvest
	pass_to "$1" &
	ADVANCE=$!
}
storm

calm
harvest
advance 3h
json 'settled' .settled true
nothing_comes
no_endpoints
none_waits a b dead
harvest
trainctl list --format json >"$TMP/list" || bad list
trainctl list --format 'value(jobId)' >"$TMP/jobs" || bad list
python3 "$SRCDIR/tests/storm_facts.py" "$TMP/plan" "$TMP/journal" "$TMP/list" \
	$ATTEMPTS new-york odd >"$TMP/facts" || bad 'the facts'
cat "$TMP/facts"
no_errors
all_struck
decided $((2 * ticks))
