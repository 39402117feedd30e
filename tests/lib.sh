# SPDX-License-Identifier: MIT
# Shared by the system tests (POSIX sh; sourced). Each test has a folder of its
# own, starts the real programs on free ports, waits for facts instead of time,
# and leaves its logs behind only when it fails.
#
# From the environment: BUILDDIR (the programs), SRCDIR, FIXTURES; WRAP may hold
# a command that the three programs are run under (valgrind).
# shellcheck shell=sh disable=SC2034

set -u
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR}"
: "${FIXTURES:=$SRCDIR/fixtures}"
WRAP=${WRAP-}
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY TRAIN_EMULATOR_HOST
unset TRAINCTL_PROJECT GOOGLE_CLOUD_PROJECT CLOUDSDK_CORE_PROJECT PORT
# No credentials of whoever runs this, and no look for a metadata server.
unset GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_QUOTA_PROJECT GCLOUD_PROJECT
unset GCE_METADATA_HOST GCE_METADATA_ROOT GCE_METADATA_IP
unset CLOUDSDK_ACTIVE_CONFIG_NAME
export NO_GCE_CHECK=true

TMP=$(mktemp -d "${TMPDIR:-/tmp}/trainctl-test.XXXXXX") || exit 99
export CLOUDSDK_CONFIG="$TMP/gcloud"
PIDS=
failed=0

finish() {
	status=$?
	trap - EXIT INT TERM
	# A program that a test has stopped must run to take its end. In this
	# order: a SIGCONT on the way out would undo the SIGSTOP by which the
	# leak sanitizer looks at the process, and both would wait for ever.
	for pid in $PIDS; do kill -CONT "$pid" 2>/dev/null; done
	for pid in $PIDS; do kill "$pid" 2>/dev/null; done
	for pid in $PIDS; do wait "$pid" 2>/dev/null; done
	if grep -lE 'ERROR: [A-Za-z]*Sanitizer|runtime error:' \
		"$TMP"/*.log 2>/dev/null; then
		echo "FAIL: a sanitizer found something in these logs"
		failed=1
	fi
	[ "$status" != 0 ] || [ "$failed" = 0 ] || status=1
	if [ "$status" = 0 ] || [ "$status" = 77 ]; then
		rm -rf "$TMP"
	else
		for log in "$TMP"/*.log; do
			[ ! -s "$log" ] || { echo "--- $log"; tail -n 40 "$log"; }
		done
		echo "kept: $TMP"
	fi
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

skip() { echo "SKIP: $*"; exit 77; }
die() { echo "FAIL: $*"; exit 1; }
# Notes a failure and goes on, so that one run shows all of them.
bad() { echo "FAIL: $*"; failed=1; }
need() {
	for tool; do
		command -v "$tool" >/dev/null 2>&1 || skip "no $tool here"
	done
}

# need_python MODULES: sets PYTHON to an interpreter that can import them.
# Debian's packages are for Debian's own, which need not be the first one.
need_python() {
	for PYTHON in /usr/bin/python3 python3 none; do
		"$PYTHON" -c "import $1" 2>/dev/null && return
	done
	skip "no $1 here"
}

# is WHAT GOT WANT
is() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		bad "$1: got '$2', want '$3'"
	fi
}

# has WHAT TEXT PART
has() {
	case $2 in
	*"$3"*) echo "ok: $1" ;;
	*) bad "$1: no '$3' in: $2" ;;
	esac
}

# start NAME PROGRAM [ARG ...]: starts a server, waits for its ready line and
# sets NAME_URL, NAME_HOST (host:port) and NAME_PID. Its log is NAME.log.
start() {
	start_name=$1
	shift
	start_fifo=$TMP/$start_name.fifo
	[ -p "$start_fifo" ] || mkfifo "$start_fifo"
	start_program=$1
	shift
	# shellcheck disable=SC2086 # WRAP is a list of words
	$WRAP "$BUILDDIR/$start_program" "$@" >"$start_fifo" \
		2>>"$TMP/$start_name.log" &
	start_pid=$!
	PIDS="$PIDS $start_pid"
	start_word='' start_url=''
	read -r start_word start_url <"$start_fifo" || :
	[ "$start_word" = ready ] ||
		die "$start_program did not become ready: $*"
	eval "${start_name}_URL=\$start_url ${start_name}_PID=\$start_pid"
	eval "${start_name}_HOST=\${start_url#http://}"
}

# stop NAME [SIGNAL]: ends a server; sets STOPPED to its exit status.
stop() {
	eval "stop_pid=\$${1}_PID"
	kill -"${2:-TERM}" "$stop_pid"
	STOPPED=0
	wait "$stop_pid" 2>/dev/null || STOPPED=$?
	stop_left=
	for pid in $PIDS; do
		[ "$pid" = "$stop_pid" ] || stop_left="$stop_left $pid"
	done
	PIDS=$stop_left
}

# The emulator, on a virtual clock from a Monday at midnight UTC on unless the
# arguments say otherwise.
START=2026-03-09T00:00:00Z
emu_start() {
	start EMU train-emulator --listen 127.0.0.1:0 \
		--clock="virtual@$START" "$@"
	export TRAIN_EMULATOR_HOST="$EMU_HOST"
}

# The uniquifier on a free port, submitting to the emulator.
uniq_start() {
	start UNIQ train-uniquifier --listen 127.0.0.1:0 --project p1 \
		--allow-unauthenticated "$@"
}

last_log() { tail -n 1 "$TMP/UNIQ.log"; }

# shellcheck disable=SC2086
ctl() { $WRAP "$BUILDDIR/train-emulator" ctl "$@"; }
# shellcheck disable=SC2086
trainctl() { $WRAP "$BUILDDIR/trainctl" "$@"; }

# fault MEMBER=VALUE ...: adds a rule; FAULT is its number.
fault() {
	ctl fault add "$@" >"$TMP/rule" || bad "fault add $*"
	FAULT=$(jq .id "$TMP/rule")
}
clear_faults() { ctl fault clear >"$TMP/rule" || bad 'fault clear'; }

# api METHOD PATH [BODY]: a request to the emulator; sets HTTP and BODY. BODY
# may be @FILE.
api() {
	api_url=$EMU_URL$2
	call "$1" "$api_url" ${3+"$3"}
}

# call METHOD URL [BODY] [curl option ...]: sets HTTP and BODY.
call() {
	call_method=$1 call_url=$2
	shift 2
	if [ $# -gt 0 ]; then
		call_body=$1
		shift
		HTTP=$(curl -sS -m 60 -o "$TMP/answer" -w '%{http_code}' \
			-X "$call_method" -H 'Content-Type: application/json' \
			--data-binary "$call_body" "$@" "$call_url") || HTTP=000
	else
		HTTP=$(curl -sS -m 60 -o "$TMP/answer" -w '%{http_code}' \
			-X "$call_method" "$call_url") || HTTP=000
	fi
	BODY=$(cat "$TMP/answer" 2>/dev/null)
}

# field FILTER: jq -r on the last answer.
field() { printf '%s' "$BODY" | jq -r "$1"; }

# json WHAT FILTER WANT: jq's FILTER on the last answer, compared as JSON.
json() {
	json_got=$(printf '%s' "$BODY" | jq -cS "$2" 2>&1)
	json_want=$(printf '%s' "$3" | jq -cS . 2>&1)
	is "$1" "$json_got" "$json_want"
}

# ok WHAT: the last call was answered 200.
ok() { [ "$HTTP" = 200 ] || bad "$1: HTTP $HTTP: $BODY"; }

# refused WHAT HTTP STATUS MESSAGE: how the last call was refused, exactly.
refused() {
	is "$1" "$HTTP $(field '"\(.error.code) \(.error.status) \(.error.message)"')" \
		"$2 $2 $3 $4"
}

# A training job that the rules let pass: job_body ID.
job_body() {
	printf '{"jobId":"%s","trainingInput":{"region":"us-central1",' "$1"
	printf '"masterConfig":{"imageUri":"gcr.io/example-project/t:1"}}}'
}

# advance DURATION, advance_to TIME: moves the virtual clock; BODY is the
# summary.
advance() { api POST /emulator/v1/clock:advance "{\"by\":\"$1\"}"; }
advance_to() { api POST /emulator/v1/clock:advance "{\"to\":\"$1\"}"; }

# An endpoint that notes its requests: $REC_URL, calls, call_at N.
rec_start() {
	REC_FILE=$TMP/requests
	: >"$REC_FILE"
	start REC recorder "$REC_FILE"
}
rec_answers() { echo "$1" >"$REC_FILE.status"; }
calls() { wc -l <"$REC_FILE" | tr -d ' '; }
call_at() { BODY=$(sed -n "$1p" "$REC_FILE"); }
# called WHAT N: so many requests have come
called() { is "$1" "$(calls)" "$2"; }
# Until all that went out has been answered.
settle() {
	advance 0s
	is 'settled' "$(field .settled)" true
}

# wait_for WHAT COMMAND ...: until the command succeeds, for 20 s at most. The
# command asks a program, which is what paces the loop.
wait_for() {
	wait_what=$1 wait_end=$(($(date +%s) + 20))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$wait_end" ] || die "waited for $wait_what"
	done
}

b64() { printf '%s' "$1" | base64 | tr -d '\n'; }
# Of what comes in.
b64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# same_ticks ORACLE [ARG ...]: random schedules, and what a program prints for
# them, which takes a seed and a number of rows at its end, against our own.
# SEED in the environment repeats a run, ROWS is how many rows.
same_ticks() {
	seed=${SEED:-$(date +%s)}
	rows=${ROWS:-500}
	echo "seed $seed, $rows rows"
	"$@" "$seed" "$rows" >"$TMP/want" || die "$*: no rows"
	is 'all rows are there' "$(wc -l <"$TMP/want" | tr -d ' ')" "$rows"
	cut -f1-3 "$TMP/want" | "$BUILDDIR/tick_print" >"$TMP/got" ||
		die 'tick_print failed'
	diff "$TMP/want" "$TMP/got" ||
		bad "differs; repeat with SEED=$seed ROWS=$rows"
}
