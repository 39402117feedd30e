# SPDX-License-Identifier: MIT
# What the storms share (POSIX sh; sourced after lib.sh): chance, faults, time
# that passes while something happens, the ticks and what must be of them.
#
# From the environment: SEED repeats the draws of a run (what that repeats is in
# doc/reliability.md), TICKS is how many, a multiple of 6, ROUND is the mean
# length of a round in minutes.
#
# A storm brings its own:
#   replica NAME       starts one
#   somebody, nobody   those who answer can be reached again, or not at all
#   rules              what goes wrong from now on
#   STORM_TICKS, STORM_ROUND   in a short run, and at most
# and may bring more of those that are marked below.
# shellcheck shell=sh disable=SC2034
need curl jq
seed=${SEED:-$(date +%s)}
ticks=${TICKS:-$STORM_TICKS}
minutes=$((ticks / 3))
ROUND=${ROUND:-$((minutes < 2000 ? minutes / 40 + 10 : 60))}
[ "$ROUND" -le "${STORM_ROUND:=$ROUND}" ] || ROUND=$STORM_ROUND
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
# requests_fail ROUTE CHANCE: in each of ten ways. Of each rule the first that
# strikes counts, so 0.04 comes to a third of them.
requests_fail() {
	some="route=$1 probability=$2"
	# shellcheck disable=SC2086 # two members
	{
		fault $some effect=status status=503
		fault $some effect=status status=500
		fault $some effect=status status=429
		fault $some effect=status status=429 retryDelay=1ms
		fault $some effect=close-before
		fault $some effect=lose-reply
		fault $some effect=fail-reply status=503
		fault $some effect=cut
		fault $some effect=delay delay=2ms
		fault $some effect=drip bytes=200 pause=1ms
	}
}
# What goes wrong with deliveries on their way, and with the answers to them.
deliveries_stray() {
	fault effect=duplicate delay=30s probability=0.1
	fault effect=reorder delay=90s probability=0.05
	fault effect=delay-delivery delay=2m probability=0.05
	acks_are_lost
}
acks_are_lost() {
	fault effect=lose-ack 'resource=projects/p1/subscriptions/*' \
		probability=0.1
	fault effect=lose-ack 'resource=projects/p1/locations/*' probability=0.1
}
# tally: what has struck since the rules were made
tally() {
	api GET /emulator/v1/faults
	field '.faults[] | "\(.effect) \(.struck)"' >>"$TMP/struck"
}

# begin_advance SECONDS: time passes while this script does something. A storm
# may let it pass otherwise.
begin_advance() {
	pass_to "$1" &
	ADVANCE=$!
}
# pass_to SECONDS
pass_to() {
	curl -sS -m 300 -o "$TMP/advance" "$EMU_URL/emulator/v1/clock:advance" \
		-H 'Content-Type: application/json' \
		-d "{\"to\":\"$(date -u -d "@$1" +%FT%TZ)\"}" \
		2>>"$TMP/curl.errors"
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
# before_kill: of the emulator. A storm may have more to ask it.
before_kill() { tally; }
# What is under way to a replica that is gone fails.
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
		before_kill
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
	somebody
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
# after_outage: a storm may wait for something.
after_outage() { :; }
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
		nobody
		begin_advance $to
		wait $ADVANCE
		somebody
		after_outage
	fi
	happens "$EVENT"
	wait $ADVANCE
	see_clock
}

# schedule NAME SCHEDULE ZONE TICKS [OPTION ...]: through one topic to storm-a,
# and the ids of its runs. FILE is its job.
: >"$TMP/plan"
schedule() {
	name=$1 cron=$2 zone=$3 left=$4 from=$START
	shift 4
	trainctl schedule create "$name" "$FILE" --location "$HERE" \
		--schedule "$cron" --time-zone "$zone" --topic storm \
		--subscription storm-a --push-endpoint http://127.0.0.1:9/ \
		"$@" >/dev/null || bad "schedule $name"
	api PATCH "$P/locations/$HERE/jobs/$name?updateMask=retryConfig" \
		'{"retryConfig":{"retryCount":3}}'
	ok "retryConfig of $name"
	while [ "$left" -gt 0 ]; do
		trainctl plan "$cron" --time-zone "$zone" --name "$name" \
			--job-id train --from "$from" \
			--count "$((left < 10000 ? left : 10000))" \
			--format 'value(jobId,utc)' >"$TMP/ticks" || die plan
		sed "s/\$/	$name/" "$TMP/ticks" >>"$TMP/plan"
		from=$(tail -n 1 "$TMP/ticks" | cut -f2)
		left=$((left - 10000))
	done
	NAMES="${NAMES-} $name"
}
# schedules [OPTION ...]: the four, in as many zones
job_body train >"$TMP/job.json"
FILE=$TMP/job.json
schedules() {
	schedule minutely '* * * * *' Etc/UTC $minutes "$@"
	schedule new-york '* * * * *' America/New_York $minutes "$@"
	schedule even '*/2 * * * *' Europe/London $((minutes / 2)) "$@"
	schedule odd '1-59/2 * * * *' Asia/Kolkata $((minutes / 2)) "$@"
}
# dead_letters: what storm-a gives up, and who would be told
DEAD=projects/p1/topics/storm-dead
dead_letters() {
	api PUT "/v1/$DEAD"
	ok 'a topic for dead letters'
	api PUT "$P/subscriptions/storm-dead" "{\"topic\":\"$DEAD\"}"
	ok 'where dead letters would be'
}
# other_subscription: what storm-b gives up, too
other_subscription() {
	api PUT "$P/subscriptions/storm-b" "{\"topic\":\"projects/p1/topics/storm\",
		\"deadLetterPolicy\":{\"maxDeliveryAttempts\":100,
		\"deadLetterTopic\":\"$DEAD\"}}"
	ok 'the other subscription'
}

# Until all ticks have been.
storm() {
	is 'the ticks of the plan' "$(cut -f1 "$TMP/plan" | sort -u | wc -l |
		tr -d ' ')" "$ticks"
	rules
	NOW=$BEGIN
	rounds=0
	somebody
	while [ "$NOW" -lt "$END" ]; do
		rounds=$((rounds + 1))
		round $rounds
	done
}
# calm: no tick, no fault any more, and what is late comes
calm() {
	tally
	for name in $NAMES; do
		trainctl schedule pause "$name" --location "$HERE" >/dev/null ||
			bad "pause $name"
	done
	api DELETE /emulator/v1/faults
}
nothing_comes() {
	advance 1d
	json 'nothing comes any more' \
		'[.settled, .deliveries, .attempts, .jobsCreated]' \
		'[true, 0, 0, 0]'
}
# none_waits NAME ...: of these subscriptions
none_waits() {
	for name; do
		api POST "$P/subscriptions/storm-$name:pull" \
			'{"maxMessages":1,"returnImmediately":true}'
		json "no message of storm-$name waits" . '{}'
	done
}
# One job for each tick, under the id of the plan, and all have trained.
as_planned() {
	trainctl list --format 'value(jobId,state)' >"$TMP/jobs" || bad list
	cut -f1 "$TMP/jobs" | sort >"$TMP/ids"
	cut -f1 "$TMP/plan" | sort >"$TMP/want"
	is 'lost' "$(comm -13 "$TMP/ids" "$TMP/want" | wc -l | tr -d ' ')" 0
	is 'not of the plan' "$(comm -23 "$TMP/ids" "$TMP/want" | wc -l |
		tr -d ' ')" 0
	is 'jobs' "$(wc -l <"$TMP/jobs" | tr -d ' ')" "$ticks"
	is 'trained' "$(cut -f2 "$TMP/jobs" | sort -u)" SUCCEEDED
}
# no_errors [PATTERN]: but those. A message that was refused for good, or whose
# id somebody else had, is one.
no_errors() {
	is 'errors' "$(cat "$TMP/A.log" "$TMP/B.log" |
		grep '"severity":"ERROR"' | grep -vc "${1:-^$}")" 0
}
all_struck() {
	awk '{ n[$1] += $2 } END { for (e in n) print e, n[e] }' \
		"$TMP/struck" | sort >"$TMP/effects"
	cat "$TMP/effects"
	is 'effects that struck' "$(grep -vc ' 0$' "$TMP/effects")" 11
}
# decided N: at least so many deliveries, and how to have it again
decided() {
	n=$(cat "$TMP/A.log" "$TMP/B.log" | grep -c '"outcome"')
	echo "$rounds rounds, $n deliveries decided, $(wc -l <"$TMP/jobs") jobs"
	[ "$n" -ge "$1" ] || bad "only $n deliveries"
	[ "$failed" = 0 ] ||
		echo "repeat with SEED=$seed TICKS=$ticks ROUND=$ROUND"
}
