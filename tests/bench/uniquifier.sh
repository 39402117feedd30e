#!/bin/sh
# SPDX-License-Identifier: MIT
# The fourth part of make bench: the uniquifier under pushes with tokens, beside
# the same function as people write it (peer/), on Functions Framework for Node;
# and trainctl submit beside gcloud. ROUNDS and SECONDS_A_ROUND make it longer
# or shorter. npm gets the peer's packages once, into the build folder.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
# shellcheck source=tests/bench/lib.sh
. "$SRCDIR/tests/bench/lib.sh"

ROUNDS=${ROUNDS:-7}
SUBMITS=${SUBMITS:-7}
seconds=${SECONDS_A_ROUND:-2} connections=64 warm_up=8
P=/v1/projects/p1
AUDIENCE=https://uniquifier.example/
SENDER=push@p1.iam.gserviceaccount.com
PEER=$BUILDDIR/bench_peer

# Each function has the one core alone while it is measured, as an instance
# with one CPU has; the emulator and the load share the other one.
WRAP=$client_core
emu_start
WRAP=$server_core
# Both get their tokens for the jobs API where Cloud Run has them.
unset TRAIN_EMULATOR_HOST NO_GCE_CHECK
export GCE_METADATA_HOST="$EMU_HOST" METADATA_SERVER_DETECTION=assume-present
start UNIQ train-uniquifier --listen 127.0.0.1:0 --project p1 \
	--endpoint "ml=$EMU_URL" --jwks-url "$EMU_URL/oauth2/v3/certs" \
	--audience "$AUDIENCE" --sender "$SENDER"
WRAP=

# pushed_token: TOKEN is one that the emulator has sent with a push.
pushed_token() {
	rec_start
	api PUT "$P/topics/train"
	ok 'the topic'
	api PUT "$P/subscriptions/push" "{\"topic\":\"projects/p1/topics/train\",
		\"pushConfig\":{\"pushEndpoint\":\"$REC_URL/\",\"oidcToken\":{
		\"serviceAccountEmail\":\"$SENDER\",\"audience\":\"$AUDIENCE\"}}}"
	ok 'the subscription'
	api POST "$P/topics/train:publish" '{"messages":[{"data":"YQ=="}]}'
	ok 'the message'
	advance 0s
	call_at 1
	TOKEN=$(field '.headers.authorization | ltrimstr("Bearer ")')
	[ "$failed" = 0 ] || die 'no push'
	[ "${TOKEN:-null}" != null ] || die 'a push without a token'
	export TOKEN
}

# peer_install: the peer's packages; sets peer_why where they cannot be had.
peer_install() {
	for tool in node npm; do
		command -v $tool >/dev/null 2>&1 || peer_why="no $tool"
	done
	[ -z "$peer_why" ] || return
	mkdir -p "$PEER"
	cp "$SRCDIR/tests/bench/peer/index.js" "$PEER/" || die "no $PEER"
	! cmp -s "$SRCDIR/tests/bench/peer/package.json" "$PEER/installed" ||
		return
	echo "npm install into $PEER, some 200 MB, once ..."
	cp "$SRCDIR/tests/bench/peer/package.json" "$PEER/"
	if (cd "$PEER" && npm install --no-audit --no-fund --no-package-lock) \
		>"$TMP/npm.out" 2>&1; then
		mv "$PEER/package.json" "$PEER/installed"
	else
		tail -n 3 "$TMP/npm.out"
		peer_why='npm install failed'
	fi
}

# peer_start: sets PEER_PID and PEER_URL.
peer_start() {
	free_port
	# shellcheck disable=SC2086 # a list of words
	NODE_ENV=production ML_URL=$EMU_URL/ PROJECT=p2 $server_core node \
		"$PEER/node_modules/.bin/functions-framework" \
		--source="$PEER" --target=train --signature-type=cloudevent \
		"--port=$FREE_PORT" >"$TMP/peer.log" 2>&1 &
	PEER_PID=$!
	PIDS="$PIDS $PEER_PID"
	# the path from which it learns the topic; anything else is logged
	PEER_URL=http://127.0.0.1:$FREE_PORT/projects/p2/topics/train
	wait_for 'the peer' curl -sf -o "$TMP/peer.answer" \
		-H 'Content-Type: application/json' -d "@$TMP/first" "$PEER_URL" \
		2>"$TMP/peer.err"
}

# used_us PID: the CPU time of all its threads.
used_us() {
	awk -v hz="$(getconf CLK_TCK)" '{
		sub(/.*\) /, "")
		printf "%.0f", ($12 + $13) / hz * 1e6
	}' "/proc/$1/stat"
}

# most PID: its memory at its most, in MiB.
most() { awk '/^VmHWM/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }

# push_round NAME PID URL: a load; adds to NAME.rps, NAME.us (what a request
# took of the CPU) and NAME.answered.
push_round() {
	push_before=$(used_us "$2")
	load "$1" create "$3"
	echo "$push_before $(used_us "$2") $load_requests" |
		awk '{ printf "%.1f\n", ($2 - $1) / $3 }' >>"$TMP/$1.us"
	echo "$load_requests" >>"$TMP/$1.answered"
}

# each_a_job NAME PROJECT: that what was answered was done. Those that were
# under way at the end of a round were, too, without an answer.
each_a_job() {
	: >"$TMP/ids"
	each_round=0
	while [ $each_round -lt "$round" ]; do # trainctl lists 100,000 at most
		each_round=$((each_round + 1))
		TRAIN_EMULATOR_HOST=$EMU_HOST trainctl list -p "$2" \
			--filter "jobId:4bench_${each_round}_" \
			--format='value(jobId)' >>"$TMP/ids" ||
			die 'trainctl list'
	done
	jobs_there=$(sort -u "$TMP/ids" | wc -l)
	sort -n "$TMP/$1.answered" | awk -v jobs="$jobs_there" -v name="$1" \
		-v most="$connections" '{ n += $1 } END {
		more = jobs - n
		printf "(%s: %d answers, %d jobs, %d of them of requests cut off at the end of a round)\n",
			name, n, jobs, more
		exit more < 0 || more > NR * most
	}' || die "$1: not a job for each answer"
}

pushed_token
jq -nc --arg data "$(b64 "$(sed s/@ID@/daily/ "$TMP/body")")" '{message: {
	data: $data, messageId: "4@ID@", publishTime: "2026-03-09T01:02:03Z"},
	subscription: "projects/p1/subscriptions/push"}' >"$TMP/push"
mv "$TMP/push" "$TMP/body"
sed s/@ID@/first/ "$TMP/body" >"$TMP/first"

peer_why=
PEER_PID=
peer_install
[ -n "$peer_why" ] || peer_start
echo
echo "Pushes with a signed token, a message of its own each, $connections" \
	"connections, $ROUNDS rounds of $seconds s:"
push_round ours "$UNIQ_PID" "$UNIQ_URL/"
if [ -n "$PEER_PID" ]; then
	# what it translates while it runs is translated before it is measured
	seconds_wanted=$seconds seconds=$warm_up
	push_round peer "$PEER_PID" "$PEER_URL"
	seconds=$seconds_wanted
fi
rm -f "$TMP/ours.rps" "$TMP/ours.us" "$TMP/peer.rps" "$TMP/peer.us"
n=0
while [ $n -lt "$ROUNDS" ]; do
	n=$((n + 1))
	push_round ours "$UNIQ_PID" "$UNIQ_URL/"
	[ -z "$PEER_PID" ] || push_round peer "$PEER_PID" "$PEER_URL"
done
goal "train-uniquifier, pushes a second" "$(median <"$TMP/ours.rps")" /s - 0
goal "... CPU of a push" "$(median <"$TMP/ours.us")" us - 0
goal "... resident at its most" "$(most "$UNIQ_PID")" MiB at-most 14
each_a_job ours p1
if [ -n "$PEER_PID" ]; then
	goal "Functions Framework, pushes a second" \
		"$(median <"$TMP/peer.rps")" /s - 0
	goal "... CPU of a push" "$(median <"$TMP/peer.us")" us - 0
	goal "... resident at its most" "$(most "$PEER_PID")" MiB - 0
	each_a_job peer p2
	paste "$TMP/ours.rps" "$TMP/peer.rps" |
		awk '{ printf "%.1f\n", $1 / $2 }' >"$TMP/ratio"
	goal "pushes of Functions Framework" "$(median <"$TMP/ratio")" x \
		at-least 15
	echo "(ratios of the rounds: $(sort -n "$TMP/ratio" | tr '\n' ' '))"
else
	echo "(Functions Framework is left out: $peer_why)"
fi

echo
echo "A job from the command line, median of $SUBMITS, in turns:"
export TRAIN_EMULATOR_HOST="$EMU_HOST" TRAINCTL_PROJECT=p3 NO_GCE_CHECK=true
# shellcheck source=tests/clients/gcloud.sh
. "$SRCDIR/tests/clients/gcloud.sh"
image=gcr.io/example-project/train:1

# timed NAME COMMAND ...: adds the milliseconds that it took to NAME.ms.
timed() {
	timed_name=$1
	shift
	timed_from=$(date +%s%N)
	"$@" >"$TMP/timed.out" 2>"$TMP/timed.err" ||
		die "$*: $(cat "$TMP/timed.err")"
	echo "$timed_from $(date +%s%N)" |
		awk '{ printf "%.1f\n", ($2 - $1) / 1e6 }' >>"$TMP/$timed_name.ms"
}
gcloud_submit() {
	timed "$1" gcloud ai-platform jobs submit training "$2" \
		--region us-central1 --master-image-uri "$image"
}
has_gcloud=$(command -v gcloud)
[ -z "$has_gcloud" ] || gcloud_submit warm g0
n=0
while [ $n -lt "$SUBMITS" ]; do
	n=$((n + 1))
	timed submit "$BUILDDIR/trainctl" submit "--job-id=t$n" \
		--region=us-central1 "--master-image-uri=$image"
	[ -z "$has_gcloud" ] || gcloud_submit gcloud "g$n"
done
goal "trainctl submit" "$(median <"$TMP/submit.ms")" ms - 0
if [ -n "$has_gcloud" ]; then
	goal "gcloud ai-platform jobs submit training" \
		"$(median <"$TMP/gcloud.ms")" ms - 0
	goal "trainctl of gcloud's time, 1/" "$(paste "$TMP/gcloud.ms" \
		"$TMP/submit.ms" | awk '{ printf "%.0f\n", $1 / $2 }' |
		median)" x at-least 50
else
	echo "(gcloud is left out: it is not here)"
fi
