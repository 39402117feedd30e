#!/bin/sh
# SPDX-License-Identifier: MIT
# The second part of make bench: how cost and memory grow with the jobs that are
# held. JOBS_MAX is how many it goes up to.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
# shellcheck source=tests/bench/lib.sh
. "$SRCDIR/tests/bench/lib.sh"

JOBS_MAX=${JOBS_MAX:-1000000}
connections=4 seconds=2

WRAP=$server_core
emu_start
WRAP=
page="$EMU_URL/v1/projects/bench/jobs?pageSize=100"

# fill TO: more jobs, up to TO. Sets CPU_US, what each of them took.
held=0
fill() {
	fill_before=$(cpu_us "$EMU_PID")
	$client_core "$BUILDDIR/bench_fill" "${EMU_HOST##*:}" "$TMP/body" \
		"$held" "$(($1 - held))" >"$TMP/fill" || die "cannot fill"
	CPU_US=$(awk -v from="$fill_before" -v to="$(cpu_us "$EMU_PID")" \
		-v n="$(($1 - held))" 'BEGIN { printf "%.1f", (to - from) / n }')
	held=$1
}

echo
echo "Growth, up to $JOBS_MAX jobs:"
to=1000
while [ "$to" -le "$JOBS_MAX" ]; do
	fill "$to"
	goal "CPU of a create, up to $to jobs" "$CPU_US" us - 0
	case $to in 1000 | 100000) load "page_$to" get "$page" ;; esac
	to=$((to * 10))
done
goal "resident with $held jobs" "$(resident "$EMU_PID")" MiB at-most 1536
[ "$held" -lt 100000 ] || goal "a page of 100 of 1,000 jobs against 100,000" \
	"$(paste "$TMP/page_1000.rps" "$TMP/page_100000.rps" |
		awk '{ printf "%.2f", $1 / $2 }')" x at-most 2
