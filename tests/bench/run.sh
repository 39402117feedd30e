#!/bin/sh
# SPDX-License-Identifier: MIT
# The first part of make bench: what a program costs to start, and what a
# request costs beside a bare echo of the same bytes, in rounds that take turns.
# ROUNDS and SECONDS_A_ROUND make it longer or shorter.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
# shellcheck source=tests/bench/lib.sh
. "$SRCDIR/tests/bench/lib.sh"

ROUNDS=${ROUNDS:-7}
seconds=${SECONDS_A_ROUND:-2}
connections=16
starts=20

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
jobs=$EMU_URL/v1/projects/bench/jobs
one=$jobs/bench
sed "s/@ID@/bench/" "$TMP/body" >"$TMP/first"

# The job that is read, and how long its answers are.
begin_anew() {
	ctl reset >/dev/null
	call POST "$jobs" "@$TMP/first"
	[ "$HTTP" = 200 ] || die "jobs.create answers $HTTP: $BODY"
}
begin_anew
answer_bytes=$(wc -c <"$TMP/answer" | tr -d ' ')
start ECHO bench_echo "$answer_bytes"
WRAP=

echo
echo "Requests against a bare echo: create has" \
	"$(wc -c <"$TMP/first" | tr -d ' ') bytes in, each $answer_bytes out," \
	"$connections connections, $ROUNDS rounds of $seconds s:"
seconds_wanted=$seconds seconds=1
load warm create "$ECHO_URL"
load warm create "$jobs"
seconds=$seconds_wanted
while [ "$(wc -l 2>/dev/null <"$TMP/create.rps" || echo 0)" -lt "$ROUNDS" ]; do
	begin_anew
	load echo create "$ECHO_URL"
	load create create "$jobs"
	load echo_get get "$ECHO_URL"
	load get get "$one"
done

# against NAME ECHO GOAL: a table of the rounds' ratios.
against() {
	paste "$TMP/$1.rps" "$TMP/$2.rps" |
		awk '{ printf "%.1f\n", 100 * $1 / $2 }' >"$TMP/ratio"
	goal "echo, requests a second" "$(median <"$TMP/$2.rps")" /s - 0
	goal "jobs.$1, requests a second" "$(median <"$TMP/$1.rps")" /s - 0
	goal "jobs.$1 of echo" "$(median <"$TMP/ratio")" % at-least "$3"
	echo "(ratios of the rounds: $(sort -n "$TMP/ratio" | tr '\n' ' '))"
}
against create echo 40
against get echo_get 60
