#!/bin/sh
# SPDX-License-Identifier: MIT
# Every effect of a fault with every way to say when it strikes: which of six
# requests, messages or acknowledgements it struck is an x, and where the x have
# to be is arithmetic. Chance is the same for all effects, for the seed is.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"
JOBS=$P/jobs
SUBS=$P/subscriptions

# rule EFFECT MEMBERS WHEN MARKS...: adds it; a dash is no member
rule() {
	set -f
	# shellcheck disable=SC2086 # lists of members
	fault effect="$1" ${2#-} ${3#-}
	set +f
}
# struck_all WHAT MARKS: as many as there are x, says the list
struck_all() {
	struck_want=$(printf %s "$2" | tr -d . | wc -c | tr -d ' ')
	ctl fault list >"$TMP/rules" || bad 'fault list'
	is "$1: struck" "$(jq ".faults[] | select(.id == $FAULT) | .struck" \
		"$TMP/rules")" "$struck_want"
	clear_faults
}

# ---- requests: a job, another one, the list of both, and again
for id in one two; do
	api POST "$JOBS" "$(job_body $id)"
	ok "$id"
done
# new_entries: of the journal
FROM=1
new_entries() {
	api GET "/emulator/v1/journal?from=$FROM&max=1000"
	FROM=$(field .next)
}
# asked EFFECT: six requests; sets MARKS by what the client sees, or where that
# would be a matter of time, by what the journal says between the requests
asked() {
	case $1 in delay | drip) new_entries ;; esac
	# a connection each, for curl would try again on one that it has used
	curl -sS -m 60 -H 'Connection: close' -w '%{http_code} %{exitcode}\n' -o "$TMP/o" \
		"$EMU_URL$JOBS/one" -o "$TMP/o" "$EMU_URL$JOBS/two" \
		-o "$TMP/o" "$EMU_URL$JOBS" -o "$TMP/o" "$EMU_URL$JOBS/one" \
		-o "$TMP/o" "$EMU_URL$JOBS/two" -o "$TMP/o" "$EMU_URL$JOBS" \
		>"$TMP/seen" 2>"$TMP/curl.errors"
	case $1 in
	delay | drip)
		new_entries
		MARKS=$(field '[.entries[] | if .kind == "fault" then "f"
			else "r" end] | join("") | gsub("fr"; "x") |
			gsub("r"; ".")')
		;;
	*) MARKS=$(sed 's/^200 0$/./; t
		s/.*/x/' "$TMP/seen" | tr -d '\n') ;;
	esac
}
# sees EFFECT: how a client sees it
sees() {
	case $1 in
	status) echo '503 0' ;;
	fail-reply) echo '502 0' ;;
	close-before | lose-reply) echo '000 52' ;;
	cut) echo '200 18' ;;
	*) echo '200 0' ;;
	esac
}
chance=
for effect in 'status status=503' 'fail-reply status=502' 'delay delay=1ms' \
	close-before lose-reply cut 'drip bytes=100 pause=1ms'; do
	name=${effect%% *} members=${effect#"$name"}
	for when in 'route=ml.projects.jobs.get xx.xx.' \
		'resource=projects/*/jobs/two .x..x.' 'count=2 xx....' \
		'every=3 ..x..x' 'after=4 ....xx'; do
		rule "$name" "$members" "${when% *}"
		asked "$name"
		is "$name ${when% *}" "$MARKS" "${when#* }"
		clear_faults
		is "$name: is seen" "$(sed -n "$(printf %s "$MARKS" |
			sed 's/x.*/x/' | wc -c)p" "$TMP/seen")" \
			"$(sees "$name")"
	done
	rule "$name" "$members" 'probability=0.5 seed=11'
	asked "$name"
	is "$name by chance" "$MARKS" "${chance:=$MARKS}"
	struck_all "$name by chance" "$MARKS"
done
has 'some were struck' "$chance" x
has 'and some not' "$chance" .
# the gets are requests 1, 2, 4 and 5: after the first each second, once
rule status status=503 \
	'route=ml.* resource=*/jobs/* after=1 every=2 count=1'
asked status
is 'all members together' "$MARKS" '...x..'
clear_faults

# ---- messages: six to two subscriptions, of which the other gets all
begin() {
	ctl reset "$START" >/dev/null || bad reset
	api PUT "$P/topics/news"
	sub mine news
	sub other news
}
SIX=$(for n in 1 2 3 4 5 6; do printf '{"data":"%s"}' "$(b64 $n)"; done |
	jq -sc '{messages: .}')
say_six() { publish news "$SIX"; }
published() {
	say_six
	pull mine 20
	GOT=$(field '[.receivedMessages[]?.message.data | @base64d] | join("")')
	pull other
	is 'the other has all' "$(field '[.receivedMessages[].message.data |
		@base64d] | join("")')" 123456
}
for when in 'resource=*/subscriptions/mine xxxxxx' \
	'resource=mine,count=2 xx....' 'resource=mine,every=3 ..x..x' \
	'resource=mine,after=4 ....xx' \
	'resource=mine,probability=0.5,seed=11 chance'; do
	members=$(printf %s "${when% *}" | tr , ' ')
	want=${when#* }
	[ "$want" != chance ] || want=$chance
	begin
	rule delay-delivery delay=1h "$members"
	published
	clear_faults
	is "delay-delivery $members" "$(for n in 1 2 3 4 5 6; do
		case $GOT in *$n*) printf . ;; *) printf x ;; esac
	done)" "$want"
	begin
	rule duplicate - "$members"
	published
	is "duplicate $members" "$(for n in 1 2 3 4 5 6; do
		case $GOT in *$n*$n*) printf x ;; *) printf . ;; esac
	done)" "$want"
	clear_faults
	# acknowledgements; what was lost comes again
	begin
	say_six
	rule lose-ack - "$members"
	for name in mine other; do
		pull $name
		api POST "$SUBS/$name:acknowledge" "{\"ackIds\":$(field \
			'[.receivedMessages[].ackId] | tojson')}"
		ok acknowledge
	done
	advance 10s
	pull mine 20
	GOT=$(field '[.receivedMessages[]?.message.data | @base64d] | join("")')
	is "lose-ack $members" "$(for n in 1 2 3 4 5 6; do
		case $GOT in *$n*) printf x ;; *) printf . ;; esac
	done)" "$want"
	struck_all "lose-ack $members" "$want"
	pull other
	pulled "lose-ack $members: none of the other's" '[]'
done
# the one that is struck comes after the next one, for which no rule is asked
for when in 'count=2 214356' 'every=3 124356' 'after=4 123465' \
	'probability=1 214365'; do
	begin
	rule reorder delay=1h "resource=mine ${when% *}"
	for n in 1 2 3 4 5 6; do
		say news $n
		advance 1s
	done
	pull mine
	is "reorder ${when% *}" "$(field '[.receivedMessages[].message.data |
		@base64d] | join("")')" "${when#* }"
	pull other
	pulled 'the other has them in order' '["1", "2", "3", "4", "5", "6"]'
	clear_faults
done
# by the topic: each subscription's
begin
rule delay-delivery delay=1h resource=projects/p1/topics/news
say news 1
pull other
pulled 'by the topic' '[]'
struck_all 'by the topic' xx
