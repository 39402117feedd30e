# SPDX-License-Identifier: MIT
# Shared by the parts of make bench: cores, the table of goals, and loads. To be
# sourced after tests/lib.sh.
# shellcheck shell=sh disable=SC2034
command -v wrk >/dev/null 2>&1 || skip "no wrk here: apt-get install wrk"
need curl jq awk

# The server gets a core of its own, where there are two.
server_core='' client_core=''
if command -v taskset >/dev/null 2>&1 && taskset -c 1 true 2>/dev/null; then
	server_core='taskset -c 0' client_core='taskset -c 1'
fi

# A job whose id is yet to be filled in.
sed 's/"train_daily"/"@ID@"/' "$FIXTURES/jobspec/custom_image.json" \
	>"$TMP/body"
grep -q @ID@ "$TMP/body" || die "the job spec has another jobId now"

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

# load NAME SCRIPT URL: one round of the seconds in $seconds over the
# connections in $connections; the requests a second go to the end of NAME.rps.
round=0
load() {
	round=$((round + 1))
	BODY=$TMP/body PREFIX="bench_${round}_" $client_core wrk -t1 --timeout 10s \
		"-c$connections" "-d${seconds}s" -s "$SRCDIR/tests/bench/$2.lua" \
		"$3" >"$TMP/wrk.log" || die "wrk failed"
	tail -n 1 "$TMP/wrk.log" >"$TMP/wrk.last"
	read -r load_requests load_us load_errors <"$TMP/wrk.last"
	[ "$load_errors" = 0 ] || die "$1: $load_errors requests went wrong"
	awk -v n="$load_requests" -v us="$load_us" \
		'BEGIN { printf "%.0f\n", n * 1e6 / us }' >>"$TMP/$1.rps"
}

# free_port: FREE_PORT is one that was free just now, for a program that does not
# say which one it took.
free_port() {
	start PORT bench_echo 2
	stop PORT
	FREE_PORT=${PORT_HOST##*:}
}

# resident PID: its memory in MiB.
resident() { awk '/^VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }

# cpu_us PID: the CPU time that it has had.
cpu_us() { awk '{ printf "%.0f", $1 / 1000 }' "/proc/$1/schedstat"; }
