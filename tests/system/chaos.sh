#!/bin/sh
# SPDX-License-Identifier: MIT
# A storm: ticks of four schedules, through Pub/Sub to two uniquifiers which
# both get every message, with every fault at random, programs that are killed
# and outages of both. At the end there is one job for each tick of the plan,
# and every message is acknowledged.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
STORM_TICKS=900
# shellcheck source=tests/lib_storm.sh
. "$SRCDIR/tests/lib_storm.sh"

# replica A|B: on a port of its own each time
replica() {
	start "$1" train-uniquifier --listen 127.0.0.1:0 --project p1 \
		--allow-unauthenticated --retry-initial 1ms
}
somebody() { endpoints; }
nobody() { no_endpoints; }
rules() {
	api DELETE /emulator/v1/faults
	requests_fail 'ml.projects.jobs.*' 0.04
	deliveries_stray
}

emu_begin 127.0.0.1:0 "$START"
replica A
replica B
dead_letters
schedules --dead-letter-topic storm-dead --max-delivery-attempts 100
other_subscription
storm

calm
advance 3h
json 'settled' .settled true
nothing_comes
no_endpoints
none_waits a b dead
as_planned
no_errors
all_struck
# both subscriptions had each tick at least once
decided $((2 * ticks))
