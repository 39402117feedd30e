#!/bin/sh
# SPDX-License-Identifier: MIT
# One tick, one job: published twice, delivered twice, to two replicas, late, or
# with a run forced beside it. The schedule is made by trainctl; the clock is
# virtual.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
uniq_start
port=${UNIQ_URL##*:}
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"
# shellcheck source=tests/lib_uniquifier.sh
. "$SRCDIR/tests/lib_uniquifier.sh"
export TRAINCTL_PROJECT=p1
HERE=us-central1
job_body train >"$TMP/job.json"
FORMAT='"\(.outcome) \(.keyFrom)"'

# scheduled SCHEDULE [ZONE]: from START on, with nothing else there
scheduled() {
	ctl reset "$START" >/dev/null || bad reset
	trainctl schedule create nightly "$TMP/job.json" --location "$HERE" \
		--schedule "$1" --time-zone "${2:-Etc/UTC}" \
		--push-endpoint "$UNIQ_URL/" >/dev/null || bad "schedule '$1'"
}
# again [JQ]: what Scheduler publishes, once more, perhaps changed
again() {
	api GET "$P/locations/$HERE/jobs/nightly"
	publish nightly "$(field "{messages: [.pubsubTarget |
		{data, attributes} | ${1:-.}]} | tojson")"
	ok 'published again'
	advance 0s
}
# one_tick: up to the tick of 02:00
one_tick() {
	scheduled '0 2 * * *'
	advance_to 2026-03-09T02:00:00Z
	logged 'the tick' 'created tick' "$FORMAT"
}
# 8 digits of sha256sum of "nightly"
TICK=train_20260309_020000_t2a3b62b5

# the same tick published twice, in its minute, and delivered twice
one_tick
ids 'its job' "$TICK"
again
advance 30s
again
advance 29s
ctl lose-acks 1 >/dev/null || bad lose-acks
again
is 'the clock' "$(ctl clock | jq -r .now)" 2026-03-09T02:00:59Z
logged 'again' "$(printf 'adopted tick\nadopted tick\nadopted tick')" "$FORMAT"
ids 'one job' "$TICK"
# a minute after, it cannot be told from a run that somebody forced
advance_to 2026-03-09T02:01:00Z
again
logged 'out of its minute' 'created message of no tick: published 60 s after the last tick, 2026-03-09T02:00:00Z' \
	'"\(.outcome) \(.keyFrom) \(.note)"'
# the message whose acknowledgement was lost keeps its time of publishing
advance 5m
logged 'delivered again, minutes later' 'adopted tick' "$FORMAT"

# two replicas, and each gets every message
one_tick
start UNIQ2 train-uniquifier --listen 127.0.0.1:0 --project p1 \
	--allow-unauthenticated
sub second nightly "\"pushConfig\":{\"pushEndpoint\":\"$UNIQ2_URL/\"}"
again
advance_to 2026-03-11T00:00:00Z
ids 'two replicas' "$TICK train_20260310_020000_t2a3b62b5"
is 'both were asked' \
	"$(jq -r 'select(.outcome) | .keyFrom' "$TMP/UNIQ2.log" | sort | uniq -c |
		tr -s ' ')" ' 2 tick'
stop UNIQ2
logged 'as they came' "$(printf 'adopted tick\n%s tick' \
	"$(tail -n 1 "$TMP/UNIQ.log" | jq -r .outcome)")" "$FORMAT"

# forced: a run of its own beside the tick, and before it never the tick's
one_tick
trainctl trigger nightly --location "$HERE" --key by_hand >/dev/null ||
	bad trigger
advance 0s
logged 'triggered at the tick' 'created own' "$FORMAT"
ids 'is a job more' "$TICK train_by_hand"
advance_to 2026-03-10T01:59:30Z
trainctl schedule run nightly --location "$HERE" || bad 'schedule run'
advance 0s
logged 'run just before a tick' 'created message' "$FORMAT"
advance 1m
logged 'leaves the tick alone' 'created tick' "$FORMAT"
job_ids
is 'four runs' "$(echo "$IDS" | wc -w | tr -d ' ')" 4
# what the manual page says of it
trainctl schedule run nightly --location "$HERE" || bad 'schedule run'
advance 0s
logged 'run in the minute of the tick: the same' 'adopted tick' "$FORMAT"

# the hour that comes twice (2026-11-01 in New York), and the one that is none
START=2026-10-31T00:00:00Z
scheduled '30 1 * * *' America/New_York
advance_to 2026-11-02T00:00:00Z
ids 'the doubled hour' 'train_20261031_053000_t2a3b62b5 train_20261101_053000_t2a3b62b5 train_20261101_063000_t2a3b62b5'
START=2026-03-07T12:00:00Z
scheduled '30 2 * * *' America/New_York
advance_to 2026-03-10T00:00:00Z
ids 'the skipped hour' train_20260309_063000_t2a3b62b5
logged 'of ticks' "$(printf 'created tick\ncreated tick\ncreated tick\ncreated tick')" \
	"$FORMAT"
START=2026-03-09T00:00:00Z

# the spec changed between two publishes of a tick: the first job stays
one_tick
again ".data = \"$(b64 "$(job_body train |
	jq -c '.trainingInput.args = ["--x"]')")\""
logged 'another spec' 'WARNING kept tick' '"\(.severity) \(.outcome) \(.keyFrom)"'
ids 'still one job' "$TICK"

# somebody else's job has the id: not acknowledged, and told as an error
scheduled '0 2 * * *'
api POST "$JOBS" "$(job_body "$TICK")"
ok 'a foreign job'
advance_to 2026-03-09T02:00:00Z
logged 'foreign' 'ERROR conflict 409' '"\(.severity) \(.outcome) \(.httpStatus)"'
is 'nacked' "$(field '"\(.deliveries) \(.deliveriesAcked)"')" '1 0'
ids 'no second job' "$TICK"

# two schedules of one base, at one time, are two runs
one_tick
trainctl schedule create other "$TMP/job.json" --location "$HERE" \
	--schedule '0 2 * * *' --push-endpoint "$UNIQ_URL/" >/dev/null ||
	bad 'another schedule'
advance_to 2026-03-10T03:00:00Z
ids 'each its own' "$TICK train_20260310_020000_t2a3b62b5 train_20260310_020000_td9298a10"
logged 'both' "$(printf 'created tick\ncreated tick')" "$FORMAT"

# nobody there at the tick: it is that tick's job, hours later
scheduled '0 2 * * *'
stop UNIQ
advance_to 2026-03-09T07:00:00Z
ids 'an outage' ''
start UNIQ train-uniquifier --listen "127.0.0.1:$port" --project p1 \
	--allow-unauthenticated --tick-tolerance 5m
advance 11m
ids 'late, and named by its tick' "$TICK"

# a wider tolerance
advance_to 2026-03-10T02:04:59Z
again
advance 1s
again
LOGGED=$(($(wc -l <"$TMP/UNIQ.log") - 2))
logged 'up to five minutes' "$(printf 'adopted tick\ncreated message')" "$FORMAT"

# an attribute that is none, or that cannot be read, is warned of
again '.attributes["train-schedule"] = "at noon" | .attributes["train-kee"] = "x"'
logged 'what is wrong' WARNING .severity
note=$(tail -n 1 "$TMP/UNIQ.log" | jq -r .note)
has 'the schedule' "$note" 'of no tick: '
has 'the name' "$note" 'not a known attribute: train-kee'
stop UNIQ
is 'SIGTERM' "$STOPPED" 0
