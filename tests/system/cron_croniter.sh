#!/bin/sh
# SPDX-License-Identifier: MIT
# Random cron schedules, zones and instants: ours against croniter, which is
# other people's (Debian: python3-croniter), and Python's zoneinfo.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need_python 'croniter, zoneinfo; zoneinfo.ZoneInfo("UTC")'
same_ticks "$PYTHON" "$SRCDIR/tests/unit/cron_oracle.py" --croniter
