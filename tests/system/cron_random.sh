#!/bin/sh
# SPDX-License-Identifier: MIT
# Random cron schedules, zones and instants: ours against the slow, independent
# implementation in tests/unit/cron_oracle.py. SEED repeats a run, ROWS is how
# many rows.
set -eu

seed=${SEED:-$(date +%s)}
rows=${ROWS:-500}

python3 -c 'import zoneinfo as z; z.ZoneInfo("UTC")' 2>/dev/null || {
	echo "skipped: no python3 with zoneinfo and its data"
	exit 77
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo "seed $seed, $rows rows"
python3 "$SRCDIR/tests/unit/cron_oracle.py" --random "$seed" "$rows" \
	>"$dir/want"
test "$(wc -l <"$dir/want")" -eq "$rows"
cut -f1-3 "$dir/want" | "$BUILDDIR/cron_print" >"$dir/got"
diff "$dir/want" "$dir/got" || {
	echo "differs; repeat with SEED=$seed ROWS=$rows"
	exit 1
}
