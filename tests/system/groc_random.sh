#!/bin/sh
# SPDX-License-Identifier: MIT
# Random English schedules, zones and instants: ours against Google's own
# library, where the Cloud SDK has it (tests/unit/groc_oracle.py).
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need gcloud python3
oracle=$SRCDIR/tests/unit/groc_oracle.py
gcloud=$(readlink -f "$(command -v gcloud)")
root=${gcloud%/bin/gcloud}
python3 -B "$oracle" "$root" --check 2>/dev/null || skip 'no groc here'
ROWS=${ROWS:-2000}
same_ticks python3 -B "$oracle" "$root" --random
