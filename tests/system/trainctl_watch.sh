#!/bin/sh
# SPDX-License-Identifier: MIT
# Watching a job with trainctl: what a terminal shows, Ctrl-C, logs, and how
# submit --stream-logs ends. The log is the recorder's here, so that entries come
# late, twice and out of order when the test says so.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq script env timeout
export TRAINCTL_PROJECT=p1
emu_start --job-life queued=10s,preparing=20s,running=300s,cancelling=5s
rec_start
jobs=/v1/projects/p1/jobs
for id in tty plain dumb goes_on logged; do
	api POST $jobs "$(job_body $id)"
	ok "$id"
done

# --- a terminal

# on_terminal NAME ID ENVIRONMENT ...: waits 30 ms for ID in a terminal of 40
# columns; the screen's bytes are in NAME
on_terminal() {
	tty_to=$TMP/$1 tty_id=$2
	shift 2
	env -u NO_COLOR TERM=xterm "$@" script -qec "stty cols 40; exec \
		'$BUILDDIR/trainctl' wait --timeout 30ms --poll-interval 10ms \
		$tty_id" "$tty_to" >/dev/null </dev/null || :
}
esc=$(printf '\033') cr=$(printf '\r')
on_terminal screen tty
screen=$(cat "$TMP/screen")
has 'a line that is kept up to date' "$screen" \
	"${cr}tty ${esc}[36mQUEUED${esc}[0m, waited 0s"
# wiped by as many blanks as the terminal has columns, but one
has 'and wiped' "$screen" "$cr$(printf '%39s' '')$cr"
has 'before the error' "$screen" \
	"$cr"'trainctl: wait tty: still QUEUED when the time was up'
on_terminal nocolour plain NO_COLOR=1
has 'without colour' "$(cat "$TMP/nocolour")" "${cr}plain QUEUED, waited 0s"
on_terminal dumb dumb TERM=dumb
has 'a dumb terminal' "$(cat "$TMP/dumb")" "${cr}dumb QUEUED, waited 0s"
for plain in nocolour dumb; do
	case $(sed '1d;$d' "$TMP/$plain") in
	*"$esc"*) bad "escapes in $plain" ;;
	esac
done
# no line is longer than the terminal is wide
long=$(printf 'j%.0s' $(seq 60))
api POST $jobs "$(job_body "$long")"
on_terminal narrow "$long" NO_COLOR=1
sed '1d;$d' "$TMP/narrow" | tr '\r' '\n' | grep -v '^trainctl: ' |
	awk 'length > 39 { exit 1 }' || bad 'a line wraps'
has 'the state is shown' "$(cat "$TMP/narrow")" ' QUEUED, waited 0s'

# --- Ctrl-C

# background NAME ARGUMENTS ...: trainctl with SIGINT as a terminal's programs
# have it; sets pid
background() {
	back_name=$1
	shift
	env --default-signal=INT "$BUILDDIR/trainctl" "$@" \
		>"$TMP/$back_name.out" 2>"$TMP/$back_name.err" </dev/null &
	pid=$!
	PIDS="$PIDS $pid"
}
# ends WHAT STATUS: of what background started
ends() {
	status=0
	wait "$pid" || status=$?
	is "$1" "$status" "$2"
}
said() { grep -qs "$2" "$TMP/$1"; }

background wait wait goes_on
wait_for 'a first look' said wait.err QUEUED
kill -INT "$pid"
ends 'Ctrl-C ends the wait' 1
has 'how to look again' "$(cat "$TMP/wait.err")" \
	"trainctl: wait goes_on: interrupted; the job goes on: look again with 'trainctl wait goes_on'"
api GET $jobs/goes_on
is 'the job goes on' "$(field .state)" QUEUED

background lost submit --endpoint "ml=$REC_URL/hang" --job-id=lost --region=r \
	--master-image-uri=i
asked() { [ "$(calls)" -gt 0 ]; }
wait_for 'a create under way' asked
kill -INT "$pid"
ends 'Ctrl-C ends a submit' 1
has 'which may have arrived' "$(cat "$TMP/lost.err")" \
	'the job may have been created all the same (look with trainctl describe)'

# --- logs

entries=$(jq -c . "$FIXTURES/logline/gcloud.json")
# log FILTER: what the log holds from now on: entries through jq
log() {
	printf '%s' "$entries" | jq -c "{entries: ($1)}" >"$TMP/body"
	mv "$TMP/body" "$REC_FILE.body"
}
logs() { trainctl logs --endpoint "logging=$REC_URL" "$@"; }
log .
n=$(calls)
logs logged >"$TMP/out" 2>"$TMP/err" || bad 'logs'
is 'as gcloud prints them' "$(cat "$TMP/out" "$TMP/err")" \
	"$(cat "$FIXTURES/logline/gcloud.txt")"
is 'one request' "$(calls)" $((n + 1))
call_at "$(calls)"
is 'to' "$(field '"\(.method) \(.path)"')" 'POST /v2/entries:list'
BODY=$(field .body)
json 'for' '[.resourceNames, .orderBy, .pageSize]' \
	'[["projects/p1"], "timestamp asc", 1000]'
has 'this job' "$(field .filter)" 'resource.labels.job_id="logged" AND timestamp>='
logs logged --task-name=master-replica-0 >/dev/null || bad '--task-name'
call_at "$(calls)"
BODY=$(field .body)
has 'one task' "$(field .filter)" '(resource.labels.task_name="master-replica-0" OR'
logs logged --format json >"$TMP/out" || bad 'logs as JSON'
is 'a line an entry' "$(jq -cs . "$TMP/out")" "$entries"
is 'values of entries' "$(logs logged --format 'value(insertId,severity)')" \
	"$(printf '%s' "$entries" | jq -r '.[] | "\(.insertId)\t\(.severity)"')"
log '[]'
is 'an empty log' "$(logs logged)" ''

# refuses STATUS MESSAGE ARGUMENTS ...
refuses() {
	refuses_want=$1 refuses_why=$2 status=0
	shift 2
	"$@" >"$TMP/out" 2>"$TMP/err" </dev/null || status=$?
	is "status of: $*" "$status" "$refuses_want"
	has "why: $*" "$(cat "$TMP/err")" "$refuses_why"
}
refuses 1 'logs none: Field: name Error:' logs none
refuses 2 "use --format 'value(...)'" logs --format 'table(a)' logged
refuses 2 "--polling-interval: '0s' is less than 1ms" \
	logs --polling-interval 0s logged
refuses 2 "logs a-b: jobId 'a-b' is not legal" logs a-b
refuses 1 'had not ended when the time was up' \
	logs -f --timeout 20ms --polling-interval 5ms goes_on
# which is not put off until the next poll
refuses 1 'had not ended when the time was up' timeout 20 \
	"$BUILDDIR/trainctl" logs -f --timeout 20ms --polling-interval 1h goes_on
rec_answers 403
refuses 1 'logs logged: HTTP 403 without an error message' logs logged
rec_answers 200
printf '{"entries":[{}]}' >"$REC_FILE.body"
refuses 1 'entries[].timestamp' logs logged
printf '{"entries":7}' >"$REC_FILE.body"
refuses 1 "the answer's entries are not an array" logs logged

# an outage: polls fail until it is over
log '.[:1]'
background outage logs -f --polling-interval 1ms \
	--endpoint "logging=$REC_URL" logged
wait_for 'an entry' said outage.out Validating
rec_answers 503
n=$(calls)
failed_once() { [ "$(calls)" -gt $((n + 5)) ]; }
wait_for 'a poll that fails' failed_once
log .
rec_answers 200
wait_for 'the rest' said outage.out 'epoch 1'
kill -INT "$pid"
ends 'it outlived the outage' 1
is 'each entry once, in spite of it' "$(cat "$TMP/outage.out")" \
	"$(cat "$FIXTURES/logline/gcloud.txt")"

# followed: the same entries again, a new one, one that comes late
log '.[:2]'
background follow logs -f --polling-interval 10ms \
	--endpoint "logging=$REC_URL" logged
wait_for 'the first entries' said follow.out line2
log '.'
wait_for 'a new one' said follow.out 'epoch 1'
n=$(calls)
polled() { [ "$(calls)" -gt $((n + 2)) ]; }
wait_for 'more polls' polled
log '.[:1] + [.[0] | .insertId = "late" | .textPayload = "late"] + .[1:]'
wait_for 'a late one' said follow.out late
call_at "$(calls)"
BODY=$(field .body)
has 'from ten seconds before the newest' "$(field .filter)" \
	'timestamp>="2025-01-02T03:03:55.500000Z"'
ctl advance 400s >/dev/null || bad 'advance'
ends 'ends with the job' 0
is 'each entry once' "$(cat "$TMP/follow.out" "$TMP/follow.err")" \
	"$(cat "$FIXTURES/logline/gcloud.txt"
	printf 'INFO\t2025-01-02 03:04:05 +0000\tservice\t\tlate')"
timeout 20 "$BUILDDIR/trainctl" logs -f --timeout 1ms --polling-interval 1h \
	--endpoint "logging=$REC_URL" logged >"$TMP/out" 2>"$TMP/err" ||
	bad "a job that has ended is not late: $(cat "$TMP/err")"
background stopped logs -f --endpoint "logging=$REC_URL" goes_on
wait_for 'lines' said stopped.out line1
kill -INT "$pid"
# the job has ended meanwhile, but that is for the next look to find out
ends 'Ctrl-C ends logs -f' 1
has 'and says so' "$(cat "$TMP/stopped.err")" \
	"look again with 'trainctl wait goes_on'"

# --- submit --stream-logs

log .
background good submit --stream-logs --poll-interval 10ms \
	--endpoint "logging=$REC_URL" --job-id=good --region=us-central1 \
	--master-image-uri=gcr.io/p/i
wait_for 'its log' said good.err 'epoch 1'
is 'the id comes at once' "$(cat "$TMP/good.out")" good
ctl advance 400s >/dev/null || bad 'advance'
ends 'a job that succeeds' 0
is 'its log is on stderr' "$(cat "$TMP/good.err")" \
	"$(cat "$FIXTURES/logline/gcloud.txt")"
background bad submit --stream-logs --poll-interval 10ms --format=json \
	--endpoint "logging=$REC_URL" --job-id=bad --region=us-central1 \
	--master-image-uri=gcr.io/p/i
wait_for 'its log' said bad.err 'epoch 1'
trainctl cancel bad || bad 'cancel'
ctl advance 10s >/dev/null || bad 'advance'
ends 'a job that is cancelled' 1
has 'why' "$(cat "$TMP/bad.err")" \
	'trainctl: submit bad: the job ended CANCELLED'
BODY=$(cat "$TMP/bad.out")
json 'the job as it ended' .state '"CANCELLED"'

# --- the emulator's own log

cat >"$TMP/program" <<'EOF'
#!/bin/sh
echo "loss of $CLOUD_ML_JOB_ID: $*"
echo "no more data" >&2
exit 3
EOF
chmod +x "$TMP/program"
stop EMU
emu_start --run "gcr.io/p/fail=$TMP/program"
background real submit --stream-logs --poll-interval 10ms --job-id=real \
	--region=us-central1 --master-image-uri=gcr.io/p/fail -- --epochs=3
wait_for 'its log' said real.err 'Validating job requirements'
ctl advance 1h >/dev/null || bad 'advance'
ends 'a program that fails' 1
log=$(cut -f 1,3- "$TMP/real.err")
tab=$(printf '\t')
has 'its output' "$log" "master-replica-0${tab}${tab}loss of real: --epochs=3"
has 'and its errors' "$log" "master-replica-0${tab}${tab}no more data"
has 'the end of the log' "$log" "ERROR${tab}service${tab}${tab}Job failed."
has 'the end of the job' "$(tail -n 1 "$TMP/real.err")" \
	'trainctl: submit real: the job ended FAILED: The replica master 0 exited with a non-zero status of 3.  no more data To find out more'
is 'the same afterwards' "$(trainctl logs real)" \
	"$(sed '$d' "$TMP/real.err")"
is 'of one task' "$(trainctl logs --task-name=service real | cut -f 3 |
	sort -u)" service
