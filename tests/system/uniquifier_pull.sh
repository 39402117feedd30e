#!/bin/sh
# SPDX-License-Identifier: MIT
# The uniquifier where nobody can reach it: it pulls. Leases that are renewed,
# acknowledgements that are lost, messages that can never work, two replicas,
# kills and an orderly end. Nothing is waited for but what the programs say.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
# shellcheck source=tests/lib_pubsub.sh
. "$SRCDIR/tests/lib_pubsub.sh"
# shellcheck source=tests/lib_uniquifier.sh
. "$SRCDIR/tests/lib_uniquifier.sh"
emu_start
SUB=projects/p1/subscriptions/runs
serve() {
	start "${NAME:-UNIQ}" train-uniquifier --project p1 --subscription runs \
		--retry-initial 10ms "$@"
}
# message KEY [JOB]: publishes
message() {
	publish jobs "{\"messages\":[{\"data\":\"$(b64 "${2:-$(job_body train)}")\",
		\"attributes\":{\"train-key\":\"$1\"}}]}"
	ok "publish $1"
}
# asked METHOD N: so often was that asked of Pub/Sub's subscriptions
asked() {
	[ "$(ctl journal | grep -o "\"pubsub.projects.subscriptions.$1\"" |
		wc -l)" -ge "$2" ]
}
# decisions N: so many were made since the last look
decisions() {
	[ "$(tail -n "+$((LOGGED + 1))" "$TMP/UNIQ.log" | grep -c '"outcome"')" \
		-ge "$1" ]
}
# again N: the same, while time passes
again() { advance 1s; decisions "$1"; }
decided() { wait_for "$1 decisions" decisions "$1"; }
# all_acked: a pull of another's finds nothing, once all leases are over
all_acked() {
	advance 11m
	pull runs
	json "$1" '.receivedMessages // []' '[]'
}
clean() {
	ctl reset "$START" >/dev/null || bad reset
	api PUT "$P/topics/jobs" '{}'
	sub runs jobs
}

# what cannot be
for name in '' a/b projects//subscriptions/s projects/p1/subscriptions/ \
	projects/p1/topics/t; do
	"$BUILDDIR/train-uniquifier" --project p1 --subscription "$name" \
		2>"$TMP/out"
	is "--subscription '$name'" $? 2
	has 'and why' "$(cat "$TMP/out")" 'neither the name of a subscription'
done

# no listener: what is ready is the subscription
clean
serve
is 'ready' "$UNIQ_URL" "$SUB"
message a
message b
decided 2
logged 'pulled' "$(printf 'created pulled own %s\ncreated pulled own %s' "$SUB" "$SUB")" \
	'"\(.outcome) \(.shape) \(.keyFrom) \(.subscription)"'
ids 'two jobs' 'train_a train_b'
message a
decided 1
logged 'again' 'adopted pulled own'
stop UNIQ
is 'SIGTERM' "$STOPPED" 0
all_acked 'all are acknowledged'

# what waited while nobody was there, by its name in full, a few at once, and
# with a listener for probes only
clean
for i in 1 2 3 4 5; do message "k$i"; done
start UNIQ train-uniquifier --project p1 --subscription "$SUB" \
	--max-in-flight 2 --listen 127.0.0.1:0 --retry-initial 10ms
decided 5
ids 'all of it' 'train_k1 train_k2 train_k3 train_k4 train_k5'
call GET "$UNIQ_URL/healthz"
is 'healthz' "$HTTP" 200
call POST "$UNIQ_URL/" "$(job_body x)"
is 'no pushes' "$HTTP" 404
call GET "$UNIQ_URL/metrics"
has 'metrics' "$BODY" 'train_uniquifier_pushes_total{outcome="created"} 5'
fault route=ml.projects.jobs.create effect=delay delay=1s
LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
for i in 6 7 8; do message "k$i"; done
in_flight() {
	call GET "$UNIQ_URL/metrics"
	HELD=$(printf '%s\n' "$BODY" | sed -n 's/^train_uniquifier_in_flight //p')
	[ "$HELD" -ge 2 ]
}
wait_for 'two at once' in_flight
is 'and no more' "$HELD" 2
decided 3
clear_faults
stop UNIQ
all_acked 'all are acknowledged'

# a lease lasts longer than the subscription's own deadline of 10 s
clean
fault route=ml.projects.jobs.create effect=close-before delay=1s count=1
serve
LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
message a
wait_for 'a lease' asked modifyAckDeadline 1
advance 30s
decided 1
logged 'once' 'created pulled own'
ids 'one job' train_a
clear_faults
# an acknowledgement that is lost: again, when the lease is over
fault route=pubsub.projects.subscriptions.acknowledge effect=close-before count=5
message b
decided 1
logged 'created, and not acknowledged' 'created pulled own'
unacked() { grep -q 'could not be acknowledged' "$TMP/UNIQ.log"; }
wait_for 'the failure' unacked
wait_for 'it to come again' again 1
logged 'again' 'adopted pulled own'
ids 'two jobs' 'train_a train_b'
stop UNIQ
all_acked 'all are acknowledged'
clear_faults

# what may work later comes again, and is not lost
clean
serve
fault route=ml.projects.jobs.create effect=status status=UNAVAILABLE count=5
LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
message a
decided 1
logged 'not now' 'later pulled own'
wait_for 'it to come again' again 1
logged 'then' 'created pulled own'
clear_faults
# what can never work is left for ten minutes
message bad '{"jobId":"x"}'
decided 1
logged 'refused' 'refused pulled null'
# a receipt each and what was given back: twice
wait_for 'it to be given back' asked modifyAckDeadline 5
advance 599s
message c
decided 1
logged 'not yet' 'created pulled own'
wait_for 'its turn' again 1
logged 'still refused' 'refused pulled null'
stop UNIQ
# or ends in a dead letter topic
clean
api PUT "$P/topics/letters" '{}'
sub dead letters
api PUT "$P/subscriptions/direct" '{"topic":"projects/p1/topics/jobs",
	"deadLetterPolicy":{"deadLetterTopic":"projects/p1/topics/letters",
	"maxDeliveryAttempts":5}}'
ok 'a dead letter policy'
start UNIQ train-uniquifier --project p1 --subscription direct --retry-initial 10ms
LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
message bad '{"jobId":"x"}'
decided 5
dead() { advance 1s; pull dead; [ -n "$ack_id" ]; }
wait_for 'a dead letter' dead
pulled 'which it is' '["{\"jobId\":\"x\"}"]'
logged 'five times' "$(printf 'refused\nrefused\nrefused\nrefused\nrefused')" \
	.outcome
stop UNIQ

# more than one answer may have: it is lost once, and then a few are asked for at
# a time, though others come meanwhile; only what is no job is a dead letter
clean
api PUT "$P/topics/letters" '{}'
sub dead letters
api PUT "$P/subscriptions/direct" '{"topic":"projects/p1/topics/jobs",
	"ackDeadlineSeconds":600,
	"deadLetterPolicy":{"deadLetterTopic":"projects/p1/topics/letters",
	"maxDeliveryAttempts":5}}'
ok 'a dead letter policy'
# huge KEY BYTES JOB: a message, with so many blanks behind the job
huge() {
	{ printf '%s' "$3" && head -c "$2" /dev/zero | tr '\0' ' '; } |
		base64 -w 0 >"$TMP/data"
	jq -cn --arg k "$1" --rawfile d "$TMP/data" '{messages: [{data: $d,
		attributes: {"train-key": $k}}]}' >"$TMP/huge"
	publish jobs "@$TMP/huge"
	ok "publish $1"
}
for i in 1 2 3 4; do huge "big$i" 7000000 "$(job_body train)"; done
# the largest there may be: a request has 10,485,760 bytes (facts pubsub.md)
huge none 7864000 '{}'
serve --subscription direct
LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
a_few() { grep -q 'direct: the answer is over 33554432 bytes' "$TMP/UNIQ.log"; }
wait_for 'what is too much' a_few
for i in 1 2 3 4 5; do
	message "small$i"
	wait_for "small$i" decisions "$i"
done
advance 601s
all_here() { job_ids && [ "$(echo "$IDS" | wc -w)" = 9 ]; }
wait_for 'all of it' all_here
wait_for 'a dead letter' dead
is 'what is none' "$(field '.receivedMessages[] |
	.message.attributes["train-key"]')" none
is 'lost only once' "$(grep -c 'the answer is over' "$TMP/UNIQ.log")" 1
stop UNIQ

# a pull that is refused, and a subscription that is made later
ctl reset "$START" >/dev/null || bad reset
serve
cannot() { grep -q "cannot pull from $SUB: " "$TMP/UNIQ.log"; }
wait_for 'a refusal' cannot
api PUT "$P/topics/jobs" '{}'
sub runs jobs
LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
message a
decided 1
logged 'then it runs' 'created pulled own' "select(.outcome) | $DECIDED"
stop UNIQ

# killed while a message is in hand: another takes it when the lease is over
clean
serve
fault route=ml.projects.jobs.create effect=close-before delay=2s count=1
message a
wait_for 'a lease' asked modifyAckDeadline 1
stop UNIQ KILL
clear_faults
serve
LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
wait_for 'it to come again' again 1
logged 'after the kill' 'created pulled own'
# killed after the create, before the acknowledgement
fault route=pubsub.projects.subscriptions.acknowledge effect=close-before delay=2s
message b
decided 1
stop UNIQ KILL
clear_faults
serve
wait_for 'it to come again' again 2
logged 'twice, to one job' "$(printf 'created pulled own\nadopted pulled own')"
ids 'two jobs' 'train_a train_b'

# stopped while a message is in hand: settled and acknowledged first
fault route=ml.projects.jobs.create effect=delay delay=1s count=1
message c
wait_for 'a lease' asked modifyAckDeadline 4
stop UNIQ
is 'SIGTERM' "$STOPPED" 0
logged 'is settled' 'created pulled own'
all_acked 'and acknowledged'

# two replicas of one subscription, and what one message says twice
clean
serve
NAME=UNIQ2 serve
for i in 1 2 3 4 5 6; do message "k$((i % 3))"; done
settled() {
	[ "$(cat "$TMP/UNIQ.log" "$TMP/UNIQ2.log" | tail -n "+$((LOGGED + 1))" |
		grep -c '"outcome"')" -ge 6 ]
}
LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
wait_for 'six' settled
stop UNIQ2
stop UNIQ
ids 'three runs' 'train_k0 train_k1 train_k2'
all_acked 'all are acknowledged'

# a rehearsal leaves the message where it was
clean
serve --dry-run
LOGGED=$(wc -l <"$TMP/UNIQ.log" | tr -d ' ')
message a
decided 1
logged 'would' 'dry-run would create it' '"\(.outcome) \(.reason)"'
stop UNIQ
ids 'nothing ran' ''
advance 2m
pull runs
is 'the message is there' "$(field '.receivedMessages | length')" 1
