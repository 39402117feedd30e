#!/bin/sh
# SPDX-License-Identifier: MIT
# The third part of make bench: messages. Publishing beside Google's Pub/Sub
# emulator where that is installed, a year of ticks through push, uniquifier and
# jobs API, a month of minutes and what it leaves in memory, and how long a
# message takes. PUBSUB_EMULATOR is the path of Google's program.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
# shellcheck source=tests/bench/lib.sh
. "$SRCDIR/tests/bench/lib.sh"

ROUNDS=${ROUNDS:-3}
PUBLISHES=${PUBLISHES:-500} # whose latency is taken
seconds=${SECONDS_A_ROUND:-2} connections=16
P=/v1/projects/p1 S=/v1/projects/p1/locations/us-central1/jobs

# bare_topic URL: the topic that is published to, with a subscription.
bare_topic() {
	call PUT "$1$P/topics/bench" '{}'
	ok "a topic at $1"
	call PUT "$1$P/subscriptions/bench" '{"topic":"projects/p1/topics/bench"}'
	ok "a subscription at $1"
}

# google_start: sets GOOGLE_URL, or leaves it empty.
google_start() {
	google=${PUBSUB_EMULATOR:-} GOOGLE_URL=
	if [ -z "$google" ] && command -v gcloud >/dev/null 2>&1; then
		google=$(gcloud info --format='value(installation.sdk_root)' \
			2>/dev/null)/platform/pubsub-emulator/bin/cloud-pubsub-emulator
	fi
	[ -x "$google" ] && command -v java >/dev/null 2>&1 || return 0
	free_port # it does not say which one it took
	"$google" --host=127.0.0.1 "--port=$FREE_PORT" \
		>"$TMP/google.log" 2>&1 &
	PIDS="$PIDS $!"
	wait_for "Google's emulator" curl -sf "http://127.0.0.1:$FREE_PORT" >/dev/null 2>&1
	GOOGLE_URL=http://127.0.0.1:$FREE_PORT
}

WRAP=$server_core
emu_start
WRAP=
ours=$EMU_URL$P/topics/bench:publish
google_start
echo
echo "Publishing one message a request, $connections connections," \
	"$ROUNDS rounds of $seconds s:"
bare_topic "$EMU_URL"
load warm publish "$ours"
if [ -n "$GOOGLE_URL" ]; then
	bare_topic "$GOOGLE_URL"
	load warm publish "$GOOGLE_URL$P/topics/bench:publish"
fi
n=0
while [ $n -lt "$ROUNDS" ]; do
	n=$((n + 1))
	ctl reset >/dev/null
	bare_topic "$EMU_URL"
	load publish publish "$ours"
	[ -z "$GOOGLE_URL" ] ||
		load google publish "$GOOGLE_URL$P/topics/bench:publish"
done
goal "publish, requests a second" "$(median <"$TMP/publish.rps")" /s - 0
if [ -n "$GOOGLE_URL" ]; then
	goal "Google's emulator, requests a second" \
		"$(median <"$TMP/google.rps")" /s - 0
	goal "publish of Google's emulator" "$(paste "$TMP/publish.rps" \
		"$TMP/google.rps" | awk '{ printf "%.1f\n", $1 / $2 }' |
		median)" x at-least 20
else
	echo "(Google's emulator is not here: gcloud components install pubsub-emulator)"
fi
stop EMU

# flow SCHEDULE ENDPOINT: an emulator in which a schedule publishes a job to a
# topic that is pushed to the endpoint.
flow() {
	# they take turns, so they share a core
	WRAP=$server_core
	emu_start
	[ "$2" != uniquifier ] || uniq_start
	WRAP=
	[ "$2" != uniquifier ] || set -- "$1" "$UNIQ_URL/"
	api PUT "$P/topics/train"
	ok 'the topic'
	api PUT "$P/subscriptions/push" "{\"topic\":\"projects/p1/topics/train\",
		\"pushConfig\":{\"pushEndpoint\":\"$2\"}}"
	ok 'the subscription'
	api POST "$S" "{\"name\":\"projects/p1/locations/us-central1/jobs/tick\",
		\"schedule\":\"$1\",\"pubsubTarget\":{
		\"topicName\":\"projects/p1/topics/train\",
		\"data\":\"$(b64 "$(sed s/@ID@/train/ "$TMP/body")")\"}}"
	ok 'the schedule'
}

# pass DAYS TICKS JOBS: lets time pass; adds to TOOK, in seconds.
pass() {
	pass_from=$(date +%s%N)
	call POST "$EMU_URL/emulator/v1/clock:advance" \
		"{\"by\":\"$1d\",\"timeout\":\"10m\"}" -m 600
	TOOK=$(echo "$TOOK $pass_from $(date +%s%N)" |
		awk '{ printf "%.2f", $1 + ($3 - $2) / 1e9 }')
	pass_got=$(field '"\(.settled) \(.ticks) \(.deliveriesAcked) \(.jobsCreated)"')
	[ "$pass_got" = "true $2 $2 $3" ] || die "$1 days: $pass_got"
}

# a_tick TICKS: what one took of the time.
a_tick() { echo "$TOOK $1" | awk '{ printf "%.0f", $1 * 1e6 / $2 }'; }

echo
echo "Ticks through Pub/Sub, a real push, train-uniquifier and jobs.create:"
TOOK=0
flow '0 * * * *' uniquifier
pass 365 8760 8760
goal "a year of hours, 8,760 ticks" "$TOOK" s at-most 5
goal "a tick of it" "$(a_tick 8760)" us - 0
stop EMU
stop UNIQ

TOOK=0
flow '* * * * *' uniquifier
pass 1 1440 1440
emu_start_mib=$(resident "$EMU_PID") uniq_start_mib=$(resident "$UNIQ_PID")
pass 29 41760 41760
goal "a month of minutes, 43,200 ticks" "$TOOK" s at-most 25
goal "a tick of it" "$(a_tick 43200)" us - 0
goal "resident of the emulator, after a day" "$emu_start_mib" MiB - 0
goal "... and after all, with 43,200 jobs" "$(resident "$EMU_PID")" MiB - 0
goal "resident of the uniquifier, after a day" "$uniq_start_mib" MiB - 0
goal "... what all made it grow" \
	"$(($(resident "$UNIQ_PID") - uniq_start_mib))" MiB at-most 1
stop EMU
stop UNIQ

echo
echo "The same minutes to an endpoint that makes no jobs, for nothing to stay:"
WRAP=$server_core
start ECHO bench_echo 2
TOOK=0
flow '* * * * *' "$ECHO_URL/"
# the journal keeps 10,000 entries: full after two days
pass 3 4320 0
start_mib=$(resident "$EMU_PID")
pass 12 17280 0
middle_mib=$(resident "$EMU_PID")
pass 15 21600 0
end_mib=$(resident "$EMU_PID")
goal "a month of minutes, 43,200 ticks" "$TOOK" s at-most 25
goal "resident after 3 days" "$start_mib" MiB - 0
goal "... 15 days" "$middle_mib" MiB - 0
goal "... 30 days" "$end_mib" MiB - 0
goal "... what the last 27 days made it grow" "$((end_mib - start_mib))" MiB \
	at-most 1
stop EMU

# What the journal says of each message: published, sent, acknowledged.
percentile() {
	sort -n "$TMP/$1.us" | awk -v p="$2" '{ v[NR] = $1 }
		END { i = int(NR * p + 0.999999); print v[i < 1 ? 1 : i] }'
}
echo
echo "From publish to push on the real clock, $PUBLISHES messages one by one:"
WRAP=$server_core
start EMU train-emulator --listen 127.0.0.1:0
WRAP=
bare_topic "$EMU_URL"
api PUT "$P/subscriptions/push" "{\"topic\":\"projects/p1/topics/bench\",
	\"pushConfig\":{\"pushEndpoint\":\"$ECHO_URL/\"}}"
ok 'the subscription'
n=0
while [ $n -lt "$PUBLISHES" ]; do
	n=$((n + 1))
	api POST "$P/topics/bench:publish" '{"messages":[{"data":"YQ=="}]}'
done
all_acked() {
	api GET '/emulator/v1/journal?max=10000'
	[ "$(field '[.entries[] | select(.outcome == "acked")] | length')" = \
		"$PUBLISHES" ]
}
wait_for 'the last push' all_acked
for outcome in sent acked; do
	field '.entries[] | select(.messageId) |
		"\(.messageId) \(.outcome // "publish") \(.time)"' |
		awk -v want="$outcome" '{
			split(substr($3, 12), t, /[:Z]/)
			us = (t[1] * 3600 + t[2] * 60 + t[3]) * 1e6
			if ($2 == "publish") from[$1] = us
			else if ($2 == want) printf "%.0f\n", us - from[$1]
		}' >"$TMP/$outcome.us"
done
goal "published to sent, p50" "$(percentile sent 0.5)" us - 0
goal "published to sent, p99" "$(percentile sent 0.99)" us - 0
goal "published to acknowledged, p50" "$(percentile acked 0.5)" us - 0
goal "published to acknowledged, p99" "$(percentile acked 0.99)" us - 0
