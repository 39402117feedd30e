#!/bin/sh
# SPDX-License-Identifier: MIT
# Each exchange of fixtures/wire/ml, scheduler and pubsub is what the emulator
# does. The client's tests (check_exchanges, check_ml, check_submit) are
# fed from the same files. With arguments, of the cases that they name.
# doc/hacking.md says how a case is written.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
# states last what tells the recorded startTime from the createTime
emu_start --job-life queued=9s,preparing=200s,running=600s,cancelling=30s
play() { "$BUILDDIR/play" "$EMU_HOST" "$@" >"$TMP/play.log"; }

# noticed CASE FILE SED: the record, changed so, is not what the emulator does.
of() {
	service=$1
	cp -R "$FIXTURES/wire/$service" "$TMP"
	chmod -R u+w "$TMP/$service" # a distribution is read-only
}
noticed() {
	sed -i "$3" "$TMP/$service/$1/$2"
	play "$TMP/$service" "$1" && bad "not noticed: $1/$2 with $3"
	cp "$FIXTURES/wire/$service/$1/$2" "$TMP/$service/$1/$2"
}
of ml
noticed create_409 response.http 's/already exists/exists/'
noticed create_409 response.http 's/409 Conflict/400 Bad Request/'
noticed create_409 response.http 's/^Content-Type:.*/Retry-After: 1/'
noticed create request.http 's/epochs=3/epochs=4/'
noticed create response.http '/"state"/d'
noticed create response.http 's/"state"/"position": 1, "state"/'
noticed list_two response.http 's/BwXq3Yt1c0Q=/BwXq3Yt1c0R=/'
noticed list_page_2_of_2 request.http 's/pageToken=[^ ]*/pageToken=x/'
noticed not_found_put response.http 's/(Not Found)/(Found)/'
noticed get before '/advance/d'
noticed get before 's/209s/208s/'
of pubsub
noticed pull_after_deadline response.http 's/ack-2/ack-1/'
noticed pull_third response.http 's/id-3/id-1/'
noticed publish_three response.http 's/"id-3"/"id-1"/'
noticed publish_three response.http '/"id-2"/d'
noticed once_ack_twice response.http 's/"ack-1":/"ack-2":/'
noticed pull_third before '/two_of_three/d'

for service in ml scheduler pubsub; do
	folder=$FIXTURES/wire/$service
	[ $# = 0 ] || [ -d "$folder/$1" ] || continue
	play "$folder" "$@" || bad "exchanges of $service"
	mv "$TMP/play.log" "$TMP/play_$service.log"
	echo "$service: $(tail -n 1 "$TMP/play_$service.log")"
done
stop EMU
is 'SIGTERM' "$STOPPED" 0
