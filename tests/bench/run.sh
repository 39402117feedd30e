#!/bin/sh
# SPDX-License-Identifier: MIT
# make bench: what a program costs, as ratios taken side by side in one run, held
# against the goals. ROUNDS and SECONDS_A_ROUND make it longer or shorter.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
command -v wrk >/dev/null 2>&1 || skip "no wrk here: apt-get install wrk"
need curl jq awk

ROUNDS=${ROUNDS:-7}
seconds=${SECONDS_A_ROUND:-2}
connections=16
starts=20

# The server gets a core of its own, where there are two.
server_core='' client_core=''
if command -v taskset >/dev/null 2>&1 && taskset -c 1 true 2>/dev/null; then
	server_core='taskset -c 0' client_core='taskset -c 1'
fi

sed 's/"train_daily"/"@ID@"/' "$FIXTURES/jobspec/custom_image.json" \
	>"$TMP/body"
grep -q @ID@ "$TMP/body" || die "the job spec has another jobId now"

# load NAME URL: one round; the requests a second go to the end of NAME.rps.
round=0
load() {
	round=$((round + 1))
	BODY=$TMP/body PREFIX="bench_${round}_" $client_core wrk -t1 \
		"-c$connections" "-d${seconds}s" -s "$SRCDIR/tests/bench/create.lua" \
		"$2" >"$TMP/wrk.log" || die "wrk failed"
	tail -n 1 "$TMP/wrk.log" >"$TMP/wrk.last"
	read -r load_requests load_us load_errors <"$TMP/wrk.last"
	[ "$load_errors" = 0 ] || die "$1: $load_errors requests went wrong"
	awk -v n="$load_requests" -v us="$load_us" \
		'BEGIN { printf "%.0f\n", n * 1e6 / us }' >>"$TMP/$1.rps"
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# goal WHAT VALUE UNIT at-most|at-least|- LIMIT: a line of the table.
goal() {
	awk -v what="$1" -v v="$2" -v unit="$3" -v how="$4" -v limit="$5" 'BEGIN {
		met = how == "at-most" ? v <= limit : v >= limit
		want = how == "-" ? "" : sprintf("goal: %s %s", \
			how == "at-most" ? "at most" : "at least", limit)
		printf "%-44s %8s %-4s  %-19s %s\n", what, v, unit, want, \
			how == "-" ? "" : met ? "met" : "NOT MET"
	}'
}

# started NAME PROGRAM ARG ...: sets READY_MS and RSS_MIB.
started() {
	started_program=$BUILDDIR/$1
	shift
	started_got=$("$BUILDDIR/bench_ready" $starts "$started_program" "$@" \
		2>"$TMP/ready.log") || die "$started_program: no ready line"
	READY_MS=$(echo "$started_got" | awk '{ printf "%.1f", $1 / 1000 }')
	RSS_MIB=$(echo "$started_got" | awk '{ printf "%.1f", $2 / 1024 }')
}

echo "Start, median of $starts:"
started train-emulator --listen 127.0.0.1:0
goal "train-emulator, exec to ready line" "$READY_MS" ms at-most 20
goal "train-emulator, resident when idle" "$RSS_MIB" MiB at-most 12
# Nobody is asked anything: it only wants to know where the jobs API is.
export TRAIN_EMULATOR_HOST=127.0.0.1:1
started train-uniquifier --listen 127.0.0.1:0 --project p \
	--allow-unauthenticated
goal "train-uniquifier, exec to ready line" "$READY_MS" ms at-most 20
goal "train-uniquifier, resident when idle" "$RSS_MIB" MiB at-most 12
started trainctl --version
goal "trainctl, exec to the line of --version" "$READY_MS" ms - 0

WRAP=$server_core
emu_start
sed "s/@ID@/bench/" "$TMP/body" >"$TMP/first"
call POST "$EMU_URL/v1/projects/bench/jobs" "@$TMP/first"
[ "$HTTP" = 200 ] || die "jobs.create answers $HTTP: $BODY"
answer_bytes=$(wc -c <"$TMP/answer" | tr -d ' ')
start ECHO bench_echo "$answer_bytes"
WRAP=

echo
echo "jobs.create against a bare echo: $(wc -c <"$TMP/first" | tr -d ' ')" \
	"bytes in, $answer_bytes out, $connections connections," \
	"$ROUNDS rounds of $seconds s:"
seconds_wanted=$seconds seconds=1
load warm "$ECHO_URL"
load warm "$EMU_URL"
seconds=$seconds_wanted
while [ "$(wc -l 2>/dev/null <"$TMP/create.rps" || echo 0)" -lt "$ROUNDS" ]; do
	load echo "$ECHO_URL"
	ctl reset >/dev/null
	load create "$EMU_URL"
done
paste "$TMP/create.rps" "$TMP/echo.rps" |
	awk '{ printf "%.1f\n", 100 * $1 / $2 }' >"$TMP/ratio"
goal "echo, requests a second" "$(median <"$TMP/echo.rps")" /s - 0
goal "jobs.create, requests a second" "$(median <"$TMP/create.rps")" /s - 0
goal "jobs.create of echo" "$(median <"$TMP/ratio")" % at-least 35
echo "(ratios of the rounds: $(sort -n "$TMP/ratio" | tr '\n' ' '))"
