# SPDX-License-Identifier: MIT
# What the tests of the uniquifier share: sourced after lib.sh, with an emulator
# and a uniquifier running.
# shellcheck shell=sh disable=SC2034
JOBS=/v1/projects/p1/jobs

# Sets IDS: of all jobs, sorted.
job_ids() {
	api GET "$JOBS"
	IDS=$(field '[.jobs[]?.jobId] | sort | join(" ")')
}
ids() {
	job_ids
	is "$1" "$IDS" "$2"
}
# logged WHAT WANT [FILTER]: what was decided since the last time, a line each:
# outcome, shape and what the key is from, or what jq's FILTER tells.
LOGGED=0
DECIDED='"\(.outcome) \(.shape) \(.keyFrom)"'
logged() {
	logged_got=$(tail -n "+$((LOGGED + 1))" "$TMP/UNIQ.log" | jq -r \
		"select(.outcome) | ${3:-$DECIDED}")
	is "$1" "$logged_got" "$2"
	LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
}
