#!/bin/sh
# SPDX-License-Identifier: MIT
# Each exchange of fixtures/wire/ml and fixtures/wire/scheduler is what the
# emulator does. The client's tests (check_exchanges, check_ml, check_submit) are
# fed from the same files. With arguments, of the cases that they name.
# doc/hacking.md says how a case is written.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
# states last what tells the recorded startTime from the createTime
emu_start --job-life queued=9s,preparing=200s,running=600s,cancelling=30s
play() { "$BUILDDIR/play" "$EMU_HOST" "$@" >"$TMP/play.log"; }

# noticed CASE FILE SED: the record, changed so, is not what the emulator does.
cp -R "$FIXTURES/wire/ml" "$TMP/ml"
chmod -R u+w "$TMP/ml" # a distribution is read-only
noticed() {
	sed -i "$3" "$TMP/ml/$1/$2"
	play "$TMP/ml" "$1" && bad "not noticed: $1/$2 with $3"
	cp "$FIXTURES/wire/ml/$1/$2" "$TMP/ml/$1/$2"
}
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

for service in ml scheduler; do
	folder=$FIXTURES/wire/$service
	[ $# = 0 ] || [ -d "$folder/$1" ] || continue
	play "$folder" "$@" || bad "exchanges of $service"
	mv "$TMP/play.log" "$TMP/play_$service.log"
	echo "$service: $(tail -n 1 "$TMP/play_$service.log")"
done
stop EMU
is 'SIGTERM' "$STOPPED" 0
