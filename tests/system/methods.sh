#!/bin/sh
# SPDX-License-Identifier: MIT
# Every method of the services that the facts name is known: emulated, or
# answered 501. The page of the front end for unknown paths is for none of them.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
emu_start
TAB=$(printf '\t')
rows=0
while IFS=$TAB read -r method path want; do
	case $method in '#'* | '') continue ;; esac
	rows=$((rows + 1))
	api "$method" "$path"
	code=$(field .error.code 2>/dev/null) || code='an HTML page'
	case $want/$HTTP in
	501/501) is "$method $path" "$code $(field .error.status)" \
		'501 UNIMPLEMENTED' ;;
	501/*) bad "$method $path: HTTP $HTTP, want 501" ;;
	emulated/501) bad "$method $path is not emulated" ;;
	emulated/200) echo "ok: $method $path" ;;
	emulated/*) is "$method $path" "$HTTP" "$code" ;;
	*) bad "the row $method $path: neither emulated nor 501" ;;
	esac
done <"$FIXTURES/emulator/methods.tsv"
[ $rows -gt 80 ] || bad "only $rows methods were tried"
api GET /v1/projects/p1/nothing
is 'an unknown path' "$HTTP" 404
has 'is answered by the front end' "$BODY" '<title>Error 404 (Not Found)!!1'
stop EMU
is 'SIGTERM' "$STOPPED" 0
