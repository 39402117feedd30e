#!/bin/sh
# SPDX-License-Identifier: MIT
# train-uniquifier over real sockets: what it does with pushes, good and bad,
# and with an emulator that is down, silent or late.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start --data "$TMP/state.db"
uniq_start --retry-initial 10ms
JOBS=/v1/projects/p1/jobs

# push_body ID DATA [ATTRIBUTES]: a wrapped push, pubsub.md section 8.1
push_body() {
	jq -nc --arg id "$1" --arg data "$(b64 "$2")" --argjson a "${3:-{\}}" '
		{message: {attributes: $a, data: $data, messageId: $id,
			message_id: $id,
			publishTime: "2026-03-09T01:02:03.500Z",
			publish_time: "2026-03-09T01:02:03.500Z"},
		subscription: "projects/p1/subscriptions/s"}'
}
push() { call POST "$UNIQ_URL/" "$(push_body "$@")"; }
outcome() { is "$1" "$HTTP $(field '"\(.outcome) \(.jobId)"')" "$2 $3 $4"; }
ids() {
	api GET "$JOBS"
	is "$1" "$(field '[.jobs[]?.jobId] | sort | join(" ")')" "$2"
}
# rejected WHAT HTTP REASON: and the log says the same, as an error
rejected() {
	is "$1" "$HTTP $(field .outcome)" "$2 refused"
	has "$1: why" "$(field .reason)" "$3"
	reject_log=$(last_log | jq -r '"\(.severity) \(.reason // .message)"')
	has "$1: the log" "$reject_log" "$3"
	has "$1: its severity" "$reject_log" 'ERROR '
}

call GET "$UNIQ_URL/healthz"
is 'healthz' "$HTTP $(field .outcome)" '200 ok'
call GET "$UNIQ_URL/"
is 'GET /' "$HTTP" 405
call POST "$UNIQ_URL/nowhere" '{}'
is 'another path' "$HTTP $(field .outcome)" '404 refused'
call DELETE "$UNIQ_URL/healthz"
is 'DELETE /healthz' "$HTTP" 405

# one message, one job, however often it comes; time and id are in its name
push 2001 "$(job_body train)"
outcome 'a push' 200 created train_20260309_010203_2001
is 'the log' "$(last_log | jq -r '"\(.severity) \(.outcome) \(.messageId) \(.subscription) \(.jobId) \(.httpStatus)"')" \
	'INFO created 2001 projects/p1/subscriptions/s train_20260309_010203_2001 200'
push 2001 "$(job_body train)"
outcome 'the same again' 200 adopted train_20260309_010203_2001
ids 'one job' train_20260309_010203_2001
api GET "$JOBS/train_20260309_010203_2001"
is 'labelled with its key' "$(field .labels.train_key)" 2001
json 'and as it was sent' .trainingInput \
	"$(job_body x | jq .trainingInput)"
push 2002 "$(job_body train)"
outcome 'another message' 200 created train_20260309_010203_2002
# the same message with another spec: the job that is there stays
push 2001 "$(job_body train | jq '.trainingInput.args = ["--x"]')"
outcome 'another spec' 200 kept train_20260309_010203_2001
is 'a warning' "$(last_log | jq -r .severity)" WARNING
# a key of the caller's own: two messages, one job
push 2003 "$(job_body own)" '{"train-key":"run_7"}'
outcome 'a key' 200 created own_run_7
push 2004 "$(job_body own)" '{"train-key":"run_7"}'
outcome 'the same key' 200 adopted own_run_7
# ids are legal (ml-jobs.md section 3) and at most 128 long
push 2005 "$(job_body 'nightly-train.v1')"
outcome 'characters that are none' 200 created \
	nightly_train_v1_20260309_010203_2005
push 2006 "$(job_body "$(printf 'a%0150d' 0)")"
is 'a long base' "$HTTP $(field '.jobId | length')" '200 128'
has 'keeps its end' "$(field .jobId)" _20260309_010203_2006

# someone else's job has the id
api POST "$JOBS" "$(job_body foreign_20260309_010203_2007)"
ok 'a foreign job'
push 2007 "$(job_body foreign)"
is 'a conflict' "$HTTP $(field .outcome)" '409 conflict'
has 'and says why' "$(field .reason)" \
	'the id belongs to a job that is not ours'

# bad pushes
bad_push() {
	call POST "$UNIQ_URL/" "$2"
	rejected "$1" 400 "$3"
}
bad_push 'malformed JSON' '{"message":' 'push body'
bad_push 'an array' '[]' 'push body is not a JSON object'
bad_push 'no message' '{}' 'push body has no message'
bad_push 'a message of text' '{"message":"x"}' message
bad_push 'no id' '{"message":{"data":"e30="}}' 'message.messageId is missing'
bad_push 'two ids' '{"message":{"data":"e30=","messageId":"1","message_id":"2"}}' \
	'message.messageId and message.message_id differ'
bad_push 'no data' '{"message":{"messageId":"1"}}' 'message has no data'
bad_push 'bad base64' '{"message":{"messageId":"1","data":"e30=="}}' message.data
bad_push 'a bad time' \
	'{"message":{"messageId":"1","data":"e30=","publishTime":"today"}}' \
	message.publishTime
bad_push 'data that is not JSON' "$(push_body 1 'hello')" message.data
bad_push 'data that is an array' "$(push_body 1 '[]')" message.data
bad_push 'a key twice' \
	"$(push_body 1 '{"jobId":"a","jobId":"b","trainingInput":{}}')" \
	message.data
bad_push 'no jobId' "$(push_body 1 '{"trainingInput":{}}')" jobId
bad_push 'a number as jobId' "$(push_body 1 '{"jobId":1,"trainingInput":{}}')" \
	jobId
bad_push 'no input' "$(push_body 1 '{"jobId":"x"}')" trainingInput
bad_push 'an illegal id' "$(push_body 1 "$(job_body 1x)")" \
	"jobId '1x' does not begin with a letter"
bad_push 'an empty key' "$(push_body 1 "$(job_body x)" '{"train-key":""}')" \
	'message.attributes.train-key is empty'
# the API's own refusals pass through, with its words
push 2010 "$(job_body x | jq '.trainingInput.region = "moon-east1"')"
rejected 'an unknown region' 400 \
	"The provided GCE region 'moon-east1' is not available."
push 2011 "$(job_body x | jq '.trainingInput.bogus = 1')"
rejected 'an unknown field' 400 \
	"Unknown name \"bogus\" at 'job.training_input': Cannot find field."
# a body as large as may be is taken, one more byte is not
push_body 2001 "$(job_body train)" >"$TMP/message"
{
	cat "$TMP/message"
	head -c $((10485760 - $(wc -c <"$TMP/message"))) /dev/zero | tr '\0' ' '
} >"$TMP/big"
call POST "$UNIQ_URL/" "@$TMP/big"
is 'a body of 10 MiB' "$HTTP $(field .outcome)" '200 adopted'
head -c 10485761 /dev/zero | tr '\0' ' ' >"$TMP/big"
call POST "$UNIQ_URL/" "@$TMP/big"
rejected 'an oversized body' 413 'request body over 10485760 bytes'
ids_before="foreign_20260309_010203_2007 nightly_train_v1_20260309_010203_2005 own_run_7 train_20260309_010203_2001 train_20260309_010203_2002"
api GET "$JOBS"
is 'no job of a bad push' \
	"$(field '[.jobs[].jobId | select(length < 128)] | sort | join(" ")')" \
	"$ids_before"
is 'every line of the log is JSON' \
	"$(jq -c 'select(.severity == null)' "$TMP/UNIQ.log" | wc -l | tr -d ' ')" 0

# the emulator is down: later; back on its port with its state: the same job
port=${EMU_URL##*:}
stop EMU KILL
push 2020 "$(job_body down)"
is 'nobody there' "$HTTP $(field '"\(.outcome) \(.jobId)"')" \
	'503 later down_20260309_010203_2020'
is 'a warning' "$(last_log | jq -r .severity)" WARNING
start EMU train-emulator --listen "127.0.0.1:$port" --clock=virtual \
	--data "$TMP/state.db"
push 2020 "$(job_body down)"
outcome 'back again' 200 created down_20260309_010203_2020
push 2001 "$(job_body train)"
outcome 'and it knows its jobs' 200 adopted train_20260309_010203_2001

# SIGTERM while a submit is in hand: it is settled first. The emulator sleeps
# meanwhile; the log line of the signal says that the request was in hand.
kill -STOP "$EMU_PID"
curl -sS -m 30 -o "$TMP/drained" -w '%{http_code}' \
	-d "$(push_body 2030 "$(job_body drain)")" "$UNIQ_URL/" >"$TMP/code" &
curl_pid=$!
# bytes have arrived at the emulator that it has not read
in_hand() {
	port_hex=$(printf '%04X' "$port")
	awk -v p="0100007F:$port_hex" '
		$2 == p && $4 == "01" && $5 !~ /:0+$/ { n++ }
		END { exit !n }' "/proc/$UNIQ_PID/net/tcp"
}
if [ -r "/proc/$UNIQ_PID/net/tcp" ]; then
	wait_for 'the submit' in_hand
	kill -TERM "$UNIQ_PID"
	wait_for 'the signal' grep -q 'stopping, 1 requests in hand' \
		"$TMP/UNIQ.log"
	kill -CONT "$EMU_PID"
	wait "$curl_pid"
	is 'the push in hand' "$(cat "$TMP/code") $(jq -r .outcome "$TMP/drained")" \
		'200 created'
	drained=0
	wait "$UNIQ_PID" || drained=$?
	is 'exit status' "$drained" 0
	PIDS=" $EMU_PID"
else
	kill -CONT "$EMU_PID"
	wait "$curl_pid"
	stop UNIQ
fi
api GET "$JOBS/drain_20260309_010203_2030"
ok 'the job is there'

# idle, the end is at once
uniq_start --id-format 'run_{key}_{base}'
push 2040 "$(job_body x)"
outcome 'a format of its own' 200 created run_2040_x
stop UNIQ
is 'SIGTERM' "$STOPPED" 0
uniq_start --id-format '{base}_{unix}'
has 'a format without a key is warned of' "$(last_log)" 'has no {key}'
push 2041 "$(job_body x)"
# 2026-03-09T01:02:03Z as seconds since 1970
outcome 'the plain recipe' 200 created \
	"x_$(date -u -d 2026-03-09T01:02:03Z +%s)"
stop UNIQ INT
is 'SIGINT' "$STOPPED" 0

# what it does not start with
usage() {
	usage_what=$1 usage_part=$2
	shift 2
	usage_status=0
	"$BUILDDIR/train-uniquifier" --listen 127.0.0.1:0 "$@" \
		>"$TMP/out" 2>"$TMP/err" || usage_status=$?
	is "$usage_what" "$usage_status" 2
	has "$usage_what: why" "$(cat "$TMP/err")" "$usage_part"
	has "$usage_what: who" "$(cat "$TMP/err")" 'train-uniquifier: '
}
usage 'no --allow-unauthenticated' --allow-unauthenticated --project p1
usage 'no project' 'no project' --allow-unauthenticated
usage 'a bad project' "'P 1' is not" --allow-unauthenticated --project 'P 1'
for format in '{nothing}' '1{base}' '{base}-{key}' '' '{base}{base}'; do
	usage "the format '$format'" 'id format' --allow-unauthenticated \
		--project p1 --id-format "$format"
done
usage 'an unknown option' bogus --bogus
usage 'an argument' 'unexpected argument' --allow-unauthenticated \
	--project p1 x
usage 'a bad address' listen --listen nowhere
unset TRAIN_EMULATOR_HOST
usage 'no endpoint' TRAIN_EMULATOR_HOST --allow-unauthenticated --project p1
