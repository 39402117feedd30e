#!/bin/sh
# SPDX-License-Identifier: MIT
# The storm where nobody can be reached: two uniquifiers pull from one
# subscription. What fails are requests of jobs and of messages, answers to
# pulls and acknowledgements among them, so leases are lost and run out while
# somebody is at work. Both are killed, one, or the emulator.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
STORM_TICKS=300
# shellcheck source=tests/lib_storm.sh
. "$SRCDIR/tests/lib_storm.sh"

replica() {
	start "$1" train-uniquifier --project p1 --subscription storm-a \
		--retry-initial 1ms
	eval "$1_UP=1"
}
# A subscription's sides are nobody's matter here.
nobody() {
	for name in A B; do
		eval "up=\$${name}_UP"
		[ "$up" = 0 ] || stop $name KILL
		eval "${name}_UP=0"
	done
}
somebody() {
	for name in A B; do
		eval "up=\$${name}_UP"
		[ "$up" = 1 ] || replica $name
	done
}
rules() {
	api DELETE /emulator/v1/faults
	requests_fail 'ml.projects.jobs.*' 0.03
	requests_fail 'pubsub.projects.subscriptions.*' 0.02
	deliveries_stray
}
# The clock waits for pushes, but not for who has pulled: minute by minute, so
# that a lease is not always over before the job is made.
pass_to() {
	pass_at=$NOW
	while [ "$pass_at" -lt "$1" ]; do
		pass_at=$((pass_at + 60 < $1 ? pass_at + 60 : $1))
		pass_text=$(date -u -d "@$pass_at" +%FT%TZ)
		curl -sS -m 300 -o "$TMP/advance" \
			"$EMU_URL/emulator/v1/clock:advance" \
			-H 'Content-Type: application/json' \
			-d "{\"to\":\"$pass_text\"}" 2>>"$TMP/curl.errors"
	done
}

emu_begin 127.0.0.1:0 "$START"
schedules
push_to a ''
replica A
replica B
storm

calm
# Whoever is stopped settles what he has in hand; what he had lost by then comes
# when its lease is over.
empty() {
	advance 11m
	stop A
	stop B
	advance 11m
	api POST "$P/subscriptions/storm-a:pull" \
		'{"maxMessages":1,"returnImmediately":true}'
	[ "$(field .receivedMessages)" != null ] || return 0
	advance 11m
	replica A
	replica B
	return 1
}
wait_for 'the last message' empty
nothing_comes
as_planned
# a pull that is refused is told, and made again
no_errors 'cannot pull from'
all_struck
decided "$ticks"
