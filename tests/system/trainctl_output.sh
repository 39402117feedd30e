#!/bin/sh
# SPDX-License-Identifier: MIT
# Output that gets nowhere is no success: a standard output that is full or
# closed gives status 1 and the reason. Nothing of it goes into a connection
# that got the number of a closed descriptor. So --help of the other programs,
# and the log of the servers.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
[ -c /dev/full ] || skip 'no /dev/full here'
emu_start
export TRAINCTL_PROJECT=p1 TRAINCTL_LOCATION=us-central1
api POST /v1/projects/p1/jobs "$(job_body ended)"
ok 'a job'
advance 1h

# full COMMAND ...; closed COMMAND ...: ends with 1, and says why
full() {
	status=0
	"$@" >/dev/full 2>"$TMP/err" || status=$?
	is "full: $*" "$status" 1
	has "its reason: $*" "$(cat "$TMP/err")" \
		'standard output: No space left on device'
}
# shellcheck disable=SC2317 # by $way
closed() {
	status=0
	"$@" >&- 2>"$TMP/err" || status=$?
	is "closed: $*" "$status" 1
	has "its reason: $*" "$(cat "$TMP/err")" \
		'standard output: Bad file descriptor'
	status=0
	"$@" <&- >&- 2>"$TMP/err" || status=$?
	is "stdin, too: $*" "$status" 1
	has "its reason: $*" "$(cat "$TMP/err")" \
		'standard output: Bad file descriptor'
}

# as much as a buffer holds, and many times that
for way in full closed; do
	$way trainctl --help
	$way trainctl help
	$way trainctl help submit
	$way trainctl --version
	$way trainctl list --help
	$way trainctl list
	$way trainctl describe ended
	$way trainctl describe ended --format json
	$way trainctl wait ended --format json
	$way trainctl logs ended
	$way trainctl plan '0 2 * * *'
	$way trainctl plan -n 1000 '0 2 * * *'
	$way trainctl plan -n 1000 '0 2 * * *' --format json
	$way trainctl schedule list
	$way "$BUILDDIR/train-uniquifier" --version
	$way "$BUILDDIR/train-uniquifier" --help
	$way "$BUILDDIR/train-emulator" ctl --help
done
for option in --help --version; do
	"$BUILDDIR/train-emulator" "$option" >/dev/full 2>"$TMP/err" &&
		bad "train-emulator $option"
	has "train-emulator $option" "$(cat "$TMP/err")" \
		'standard output: No space left on device'
done

# a job that is sent all the same, and what came of it
job_body sent >"$TMP/sent.json"
full trainctl submit "$TMP/sent.json"
api GET /v1/projects/p1/jobs/sent
ok 'it is sent'
advance 1h
# the error of what was asked for comes first
status=0
trainctl describe none >/dev/full 2>"$TMP/err" || status=$?
is 'another error' "$status" 1
has 'is told' "$(cat "$TMP/err")" 'The specified job could not be found.'

# with none of the three; what says nothing is well
job_body quiet | trainctl submit - >"$TMP/out" || bad 'submit'
trainctl cancel quiet <&- >&- 2>&- || bad 'cancel without any'
trainctl cancel none <&- >&- 2>&- && bad 'an error without any'
trainctl list <&- >&- 2>&- && bad 'list without any'
trainctl wait ended >&- 2>&- && bad 'wait without stdout and stderr'
trainctl submit - <&- 2>"$TMP/err" >"$TMP/out" && bad 'a spec from nowhere'
has 'nothing to read' "$(cat "$TMP/err")" 'Bad file descriptor'

# a server whose log has nowhere to go
[ -e /proc/self/fd ] || exit 0
# shellcheck disable=SC2016
echo 'exec "$@" <&- 2>&-' >"$TMP/closed"
WRAP="sh $TMP/closed"
emu_start
uniq_start
for pid in "$EMU_PID" "$UNIQ_PID"; do
	for fd in 0 2; do
		is "what $fd of $pid is" "$(readlink "/proc/$pid/fd/$fd")" \
			/dev/null
	done
done
exit 0
