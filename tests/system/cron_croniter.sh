#!/bin/sh
# SPDX-License-Identifier: MIT
# Random cron schedules, zones and instants: ours against croniter, which is
# other people's (Debian: python3-croniter), and Python's zoneinfo.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
# Debian's package is for Debian's interpreter, which need not be the first one.
for PYTHON in /usr/bin/python3 python3 none; do
	"$PYTHON" -c 'import croniter, zoneinfo; zoneinfo.ZoneInfo("UTC")' \
		2>/dev/null && break
done
[ "$PYTHON" != none ] || skip 'no croniter here'
same_ticks "$PYTHON" "$SRCDIR/tests/unit/cron_oracle.py" --croniter
