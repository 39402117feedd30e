#!/bin/sh
# SPDX-License-Identifier: MIT
# Each exchange of fixtures/wire/ml is what the emulator does. The client's
# tests (check_exchanges, check_ml, check_submit) are fed from the same files.
# With arguments, of the cases that they name. doc/hacking.md says how a case is
# written.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
# states last what tells the recorded startTime from the createTime
emu_start --job-life queued=9s,preparing=200s,running=600s,cancelling=30s
"$BUILDDIR/play" "$EMU_HOST" "$FIXTURES/wire/ml" "$@" >"$TMP/play.log" ||
	bad 'exchanges'
tail -n 1 "$TMP/play.log"
stop EMU
is 'SIGTERM' "$STOPPED" 0
