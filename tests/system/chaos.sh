#!/bin/sh
# SPDX-License-Identifier: MIT
# A storm: ticks of four schedules, through Pub/Sub to two uniquifiers which
# both get every message, with every fault at random, programs that are killed
# and outages of both. At the end there is one job for each tick of the plan,
# and every message is acknowledged.
#
# From the environment: SEED repeats the draws of a run (what that repeats is in
# doc/reliability.md), TICKS is how many, a multiple of 6, ROUND is the mean
# length of a round in minutes.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
seed=${SEED:-$(date +%s)}
ticks=${TICKS:-900}
minutes=$((ticks / 3))
ROUND=${ROUND:-$((minutes < 2000 ? minutes / 40 + 10 : 60))}
echo "SEED=$seed TICKS=$ticks ROUND=$ROUND"
[ $((ticks % 6)) = 0 ] || die 'TICKS is no multiple of 6'
# America/New_York puts its clocks back at 06:00Z
START=2026-11-01T05:00:00Z
BEGIN=$(date -u -d "$START" +%s)
# 50 s later whatever Scheduler publishes once more has been published
END=$((BEGIN + minutes * 60 + 50))
HERE=us-central1
P=/v1/projects/p1
export TRAINCTL_PROJECT=p1

# rnd N: sets R to one of 0 to N-1
draws=$((seed % 2147483648))
rnd() {
	draws=$(((draws * 1103515245 + 12345) % 2147483648))
	R=$((draws / 65536 % $1))
}
one_in() {
	rnd "$1"
	[ "$R" = 0 ]
}

# emu_begin ADDR: on its old port after a kill, for the uniquifiers stay
emu_begin() {
	start EMU train-emulator --listen "$1" --data "$TMP/state.db" \
		--clock="virtual${2:+@$2}" --job-life \
		queued=1s,preparing=1s,running=20s
	export TRAIN_EMULATOR_HOST="$EMU_HOST"
}
# replica A|B: on a port of its own each time
replica() {
	start "$1" train-uniquifier --listen 127.0.0.1:0 --project p1 \
		--allow-unauthenticated --retry-initial 1ms
}
# What each replica is called by; a subscription's letter changes sides.
SIDE_a=A SIDE_b=B
push_to() {
	api POST "$P/subscriptions/storm-$1:modifyPushConfig" \
		"{\"pushConfig\":{\"pushEndpoint\":\"$2\"}}"
	ok "storm-$1 to '$2'"
}
endpoints() {
	for letter in a b; do
		eval "url=\${$(eval "echo \$SIDE_$letter")_URL}"
		push_to $letter "$url/"
	done
}
no_endpoints() {
	push_to a ''
	push_to b ''
}

# fault MEMBER=VALUE ...: with a seed of our own, so that a rule that is made
# anew does not begin again as before
fault() {
	rnd 32768
	ctl fault add "$@" "seed=$((seed % 1000000 * 32768 + R))" \
		>"$TMP/rule" || bad "fault $*"
}
# Of each rule the first that strikes counts, so those of all requests come to
# a third of them.
rules() {
	api DELETE /emulator/v1/faults
	requests='route=ml.projects.jobs.* probability=0.04'
	# shellcheck disable=SC2086 # two members
	{
		fault $requests effect=status status=503
		fault $requests effect=status status=500
		fault $requests effect=status status=429
		fault $requests effect=status status=429 retryDelay=1ms
		fault $requests effect=close-before
		fault $requests effect=lose-reply
		fault $requests effect=fail-reply status=503
		fault $requests effect=cut
		fault $requests effect=delay delay=2ms
		fault $requests effect=drip bytes=200 pause=1ms
	}
	fault effect=duplicate delay=30s probability=0.1
	fault effect=reorder delay=90s probability=0.05
	fault effect=delay-delivery delay=2m probability=0.05
	fault effect=lose-ack 'resource=projects/p1/subscriptions/*' \
		probability=0.1
	fault effect=lose-ack 'resource=projects/p1/locations/*' probability=0.1
}
# tally: what has struck since the rules were made
tally() {
	api GET /emulator/v1/faults
	field '.faults[] | "\(.effect) \(.struck)"' >>"$TMP/struck"
}

# An advance that goes on while this script does something.
begin_advance() {
	curl -sS -m 300 -o "$TMP/advance" "$EMU_URL/emulator/v1/clock:advance" \
		-H 'Content-Type: application/json' \
		-d "{\"to\":\"$(date -u -d "@$1" +%FT%TZ)\"}" \
		2>>"$TMP/curl.errors" &
	ADVANCE=$!
}
# Sets NOW
see_clock() {
	api GET /emulator/v1/clock
	NOW=$(field '.now[:19] + "Z" | fromdate')
}
# goes_on FROM TO: time has passed by the one, or has come to the other
goes_on() {
	see_clock
	[ "$NOW" -gt "$1" ] || [ "$NOW" -ge "$2" ]
}
# A push of before may be under way to an endpoint that is gone: it fails.
kill_replica() {
	stop "$1" KILL
	replica "$1"
}
happens() {
	case $1 in
	A | B) kill_replica "$1" ;;
	AB)
		stop A KILL
		kill_replica B
		replica A
		;;
	EMU)
		tally
		stop EMU KILL
		emu_begin "$EMU_HOST"
		rules
		;;
	swap)
		other=$SIDE_a
		SIDE_a=$SIDE_b SIDE_b=$other
		;;
	rules)
		tally
		rules
		;;
	esac
	endpoints
}
# What happens in a round: all of it in the first ones, then by chance.
draw_event() {
	case $1 in
	1) EVENT=EMU ;;
	2) EVENT=A ;;
	3) EVENT=B ;;
	*)
		rnd 100
		if [ "$R" -lt 20 ]; then
			EVENT=A
		elif [ "$R" -lt 40 ]; then
			EVENT=B
		elif [ "$R" -lt 50 ]; then
			EVENT=AB
		elif [ "$R" -lt 65 ]; then
			EVENT=EMU
		elif [ "$R" -lt 80 ]; then
			EVENT=swap
		else
			EVENT=rules
		fi
		;;
	esac
}
# One stretch of time. Either what happens does so on the way, or nobody
# answers, and then both replicas get all of it at one instant.
round() {
	rnd "$ROUND"
	to=$((NOW + (ROUND / 2 + R) * 60))
	[ "$to" -lt "$END" ] || to=$END
	rnd $((to - NOW))
	when=$((NOW + R))
	draw_event "$1"
	kind=storm
	! one_in 2 || kind=outage
	echo "round $1: $kind, $EVENT at $((when - BEGIN)) s, to $((to - BEGIN)) s"
	if [ $kind = storm ]; then
		begin_advance $when
		wait $ADVANCE
		see_clock
		begin_advance $to
		wait_for 'time to pass' goes_on "$NOW" $to
	else
		no_endpoints
		begin_advance $to
		wait $ADVANCE
		endpoints
	fi
	happens "$EVENT"
	wait $ADVANCE
	see_clock
}

emu_begin 127.0.0.1:0 "$START"
replica A
replica B
job_body train >"$TMP/job.json"
# schedule NAME SCHEDULE ZONE: and the ids of its runs
: >"$TMP/plan"
schedule() {
	trainctl schedule create "$1" "$TMP/job.json" --location "$HERE" \
		--schedule "$2" --time-zone "$3" --topic storm \
		--subscription storm-a --push-endpoint "$A_URL/" \
		--dead-letter-topic storm-dead --max-delivery-attempts 100 \
		>/dev/null || bad "schedule $1"
	api PATCH "$P/locations/$HERE/jobs/$1?updateMask=retryConfig" \
		'{"retryConfig":{"retryCount":3}}'
	ok "retryConfig of $1"
	left=$4 from=$START
	while [ "$left" -gt 0 ]; do
		trainctl plan "$2" --time-zone "$3" --name "$1" --job-id train \
			--from "$from" --count "$((left < 10000 ? left : 10000))" \
			--format 'value(jobId,utc)' >"$TMP/ticks" || die plan
		cut -f1 "$TMP/ticks" >>"$TMP/plan"
		from=$(tail -n 1 "$TMP/ticks" | cut -f2)
		left=$((left - 10000))
	done
}
api PUT "$P/topics/storm-dead"
ok 'a topic for dead letters'
schedule minutely '* * * * *' Etc/UTC $minutes
schedule new-york '* * * * *' America/New_York $minutes
schedule even '*/2 * * * *' Europe/London $((minutes / 2))
schedule odd '1-59/2 * * * *' Asia/Kolkata $((minutes / 2))
is 'the ticks of the plan' "$(sort -u "$TMP/plan" | wc -l | tr -d ' ')" "$ticks"
api PUT "$P/subscriptions/storm-b" "{\"topic\":\"projects/p1/topics/storm\",
	\"deadLetterPolicy\":{\"maxDeliveryAttempts\":100,
	\"deadLetterTopic\":\"projects/p1/topics/storm-dead\"},
	\"pushConfig\":{\"pushEndpoint\":\"$B_URL/\"}}"
ok 'the other subscription'
api PUT "$P/subscriptions/storm-dead" \
	'{"topic":"projects/p1/topics/storm-dead"}'
ok 'where dead letters would be'

rules
NOW=$BEGIN
n=0
while [ "$NOW" -lt $END ]; do
	n=$((n + 1))
	round $n
done

# it is over: no tick, no fault, and what is late comes
tally
for name in minutely new-york even odd; do
	trainctl schedule pause $name --location "$HERE" >/dev/null ||
		bad "pause $name"
done
api DELETE /emulator/v1/faults
advance 3h
json 'settled' .settled true
advance 1d
json 'nothing comes any more' \
	'[.settled, .deliveries, .attempts, .jobsCreated]' '[true, 0, 0, 0]'
no_endpoints
for name in a b dead; do
	api POST "$P/subscriptions/storm-$name:pull" \
		'{"maxMessages":1,"returnImmediately":true}'
	json "no message of storm-$name waits" . '{}'
done

trainctl list --format 'value(jobId,state)' >"$TMP/jobs" || bad list
cut -f1 "$TMP/jobs" | sort >"$TMP/ids"
sort "$TMP/plan" >"$TMP/want"
is 'lost' "$(comm -13 "$TMP/ids" "$TMP/want" | wc -l | tr -d ' ')" 0
is 'not of the plan' "$(comm -23 "$TMP/ids" "$TMP/want" | wc -l | tr -d ' ')" 0
is 'jobs' "$(wc -l <"$TMP/jobs" | tr -d ' ')" "$ticks"
is 'trained' "$(cut -f2 "$TMP/jobs" | sort -u)" SUCCEEDED
# a message that was refused for good, or whose id somebody else had
is 'errors' "$(cat "$TMP/A.log" "$TMP/B.log" | grep -c '"severity":"ERROR"')" 0

awk '{ n[$1] += $2 } END { for (e in n) print e, n[e] }' "$TMP/struck" |
	sort >"$TMP/effects"
cat "$TMP/effects"
is 'effects that struck' "$(grep -vc ' 0$' "$TMP/effects")" 11
decided=$(cat "$TMP/A.log" "$TMP/B.log" | grep -c '"outcome"')
echo "$n rounds, $decided deliveries decided, $(wc -l <"$TMP/jobs") jobs"
# both subscriptions had each tick at least once
[ "$decided" -ge $((2 * ticks)) ] || bad "only $decided deliveries"
[ "$failed" = 0 ] ||
	echo "repeat with SEED=$seed TICKS=$ticks ROUND=$ROUND"
