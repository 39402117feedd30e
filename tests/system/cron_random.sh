#!/bin/sh
# SPDX-License-Identifier: MIT
# Random cron schedules, zones and instants: ours against the slow, independent
# implementation in tests/unit/cron_oracle.py.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need python3
python3 -c 'import zoneinfo as z; z.ZoneInfo("UTC")' 2>/dev/null ||
	skip 'no zoneinfo here'
same_ticks python3 "$SRCDIR/tests/unit/cron_oracle.py" --random
