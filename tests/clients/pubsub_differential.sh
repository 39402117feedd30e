#!/bin/sh
# SPDX-License-Identifier: MIT
# One script of calls (fixtures/differential/pubsub/calls.txt) to Google's Pub/Sub
# emulator and to ours. Every difference between the answers must be in
# differences.tsv with the name of its reason, and every reason in
# doc/differences.md; and no difference or reason may be there that does not
# occur. doc/hacking.md says how to add a call.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need gcloud java curl jq
[ -x "$BUILDDIR/recorder" ] || skip 'recorder is not built (make check builds it)'
SDK=$(CLOUDSDK_CONFIG=$TMP/config gcloud info \
	--format='value(installation.sdk_root)') || skip 'gcloud does not run'
GOOGLE=$SDK/platform/pubsub-emulator/bin/cloud-pubsub-emulator
[ -x "$GOOGLE" ] || skip 'no pubsub-emulator here'
DIFFERENTIAL=$FIXTURES/differential/pubsub

# Google's emulator says on which port only when it is told one: one that was
# free a moment ago.
google_start() {
	start FREE recorder "$TMP/free"
	stop FREE
	mkfifo "$TMP/google.fifo"
	JAVA_OPTS="${JAVA_OPTS-} -XX:TieredStopAtLevel=1 -Xmx512m" "$GOOGLE" \
		--host=127.0.0.1 --port="${FREE_HOST#*:}" \
		>"$TMP/google.fifo" 2>&1 &
	PIDS="$PIDS $!"
	exec 3<"$TMP/google.fifo"
	while IFS= read -r line <&3; do
		echo "$line" >>"$TMP/google.log"
		case $line in *'Server started'*) break ;; esac
	done
	cat <&3 >>"$TMP/google.log" &
	exec 3<&-
	GOOGLE_URL=http://$FREE_HOST
	call GET "$GOOGLE_URL/"
	is "Google's emulator" "$HTTP" 200
}

# The bodies that are too long for a line.
many() { jq -nc "{messages: [range($1) | {attributes: {n: tostring}}]}"; }
attributes() {
	jq -nc "{messages: [{attributes: ([range($1)
		| {key: \"k\(.)\", value: \"v\"}] | from_entries)}]}"
}
bytes() { # of data, as base64: 4 for 3
	printf '{"messages":[{"data":"'
	head -c "$1" /dev/zero | base64 -w 0
	printf '"}]}'
}
many 1000 >"$TMP/many1000"
many 1001 >"$TMP/many1001"
attributes 100 >"$TMP/attrs100"
attributes 101 >"$TMP/attrs101"
bytes 7500000 >"$TMP/large"
bytes 7900000 >"$TMP/toolarge"
A255=$(printf '%0255d' 0 | tr 0 a)

# put TEXT NAME VALUE: sets TEXT, with VALUE for each {NAME}.
put() {
	put_left=$1 TEXT=
	while :; do
		case $put_left in
		*"{$2}"*)
			TEXT=$TEXT${put_left%%"{$2}"*}$3
			put_left=${put_left#*"{$2}"}
			;;
		*) break ;;
		esac
	done
	TEXT=$TEXT$put_left
}
# filled TEXT: sets TEXT, with the variables' values.
filled() {
	put "$1" A255 "$A255"
	put "$TEXT" REC "$rec"
	for name in $names; do
		eval "value=\$var_$name"
		put "$TEXT" "$name" "$value"
	done
}

# ask NAME METHOD PATH [BODY]
ask() {
	ask_out=$dir/$1 ask_name=$1 ask_method=$2 ask_body=${4-}
	filled "$3"
	case $TEXT in /*) ask_url=$url$TEXT ;; *) ask_url=$url/v1/$TEXT ;; esac
	case $ask_body in
	@*) ask_body=@$TMP/${ask_body#@} ;;
	?*) filled "$ask_body" && ask_body=$TEXT ;;
	esac
	: >"$ask_out"
	set -- -sS -g -m 60 -o "$ask_out" -w '%{http_code}\t%{content_type}'
	case $ask_method in HEAD) set -- "$@" -I ;; *) set -- "$@" -X "$ask_method" ;; esac
	case $with in
	[Cc]ontent-[Tt]ype*) set -- "$@" -H "$with" ;;
	?*) set -- "$@" -H "$with" -H 'Content-Type: application/json' ;;
	*) set -- "$@" -H 'Content-Type: application/json' ;;
	esac
	[ -z "$ask_body" ] || set -- "$@" --data-binary "$ask_body"
	with=
	printf '%s\t%s\n' "$ask_name" "$(curl "$@" "$ask_url")" >>"$dir.meta"
	[ "$ask_method" != HEAD ] || : >"$ask_out"
	last=$ask_out
}
# The next request to the recorder, for which it waits.
pushed() {
	# shellcheck disable=SC2016
	timeout 60 sh -c 'read -r line && printf "%s\n" "$line"' \
		<&4 >"$dir/$1" || echo "no push for $1"
	printf '%s\tpushed\t\n' "$1" >>"$dir.meta"
}
# replay SIDE URL RECORDER: all calls; what was answered is in $TMP/SIDE/NAME.
replay() {
	dir=$TMP/$1 url=$2 rec=$3 names='' with=''
	mkdir "$dir"
	printf 'A255\t%s\n' "$A255" >"$dir.vars"
	exec 4<>"$dir.requests"
	while IFS=' ' read -r word one two body; do
		case $word in
		'' | '#'*) ;;
		with) with="$one $two${body:+ $body}" ;;
		set)
			value=$(jq -r "$two${body:+ $body}" "$last")
			eval "var_$one=\$value"
			case " $names " in *" $one "*) ;; *) names="$names $one" ;; esac
			printf '%s\t%s\n' "$one" "$value" >>"$dir.vars"
			;;
		pushed) pushed "$one" ;;
		*) ask "${word%!}" "$one" "$two" "$body" ;;
		esac
	done <"$DIFFERENTIAL/calls.txt"
}
# The calls' names, with a "!" where the bytes count.
sed -e '/^#/d' -e '/^$/d' -e '/^set /d' -e '/^with /d' -e 's/^pushed //' \
	-e 's/ .*//' -e 's/!$/	!/' "$DIFFERENTIAL/calls.txt" >"$TMP/calls"
is 'each call has a name of its own' "$(cut -f1 "$TMP/calls" | sort | uniq -d)" ''

google_start
emu_start --clock=real
for side in google ours; do
	mkfifo "$TMP/$side.requests"
	start "REC_$side" recorder "$TMP/$side.requests"
done
(replay google "$GOOGLE_URL" "$REC_google_URL") >"$TMP/google.run.log" 2>&1 &
google=$!
(replay ours "$EMU_URL" "$REC_ours_URL") >"$TMP/ours.run.log" 2>&1
wait "$google"

set --
for side in google ours; do
	while IFS='	' read -r name _; do
		set -- "$@" --rawfile "$side $name" "$TMP/$side/$name"
	done <"$TMP/calls"
	set -- "$@" --rawfile "$side.meta" "$TMP/$side.meta" \
		--rawfile "$side.vars" "$TMP/$side.vars"
done
jq -rn --rawfile calls "$TMP/calls" -f "$DIFFERENTIAL/compare.jq" "$@" \
	>"$TMP/got" || die 'no comparison'
# A listed call may be "*": any, but one at least.
awk -F '\t' -v OFS='\t' '
	{ row = $0; sub(/^[^\t]*\t/, "", row) }
	NR == FNR { if (!/^#/) listed[row] = 0; next }
	$0 in listed { listed[$0]++; next }
	"*\t" row in listed { listed["*\t" row]++; next }
	{ print "is not listed:", $0 }
	END { for (row in listed) if (!listed[row]) print "is only listed:", row }
' "$DIFFERENTIAL/differences.tsv" "$TMP/got" >"$TMP/off"
[ ! -s "$TMP/off" ] || bad "differences:
$(sort "$TMP/off")"
echo "$(wc -l <"$TMP/calls") calls, $(wc -l <"$TMP/got") differences"

# each reason is a paragraph of doc/differences.md and the other way round
grep -v '^#' "$DIFFERENTIAL/differences.tsv" | cut -f1 | sort -u >"$TMP/used"
sed -n '/^## Pub\/Sub: Google/,/^## /s/^- `\([a-z0-9-]*\)`.*/\1/p' \
	"$SRCDIR/doc/differences.md" | sort >"$TMP/explained"
diff "$TMP/used" "$TMP/explained" ||
	bad "reasons: '<' is not in doc/differences.md, '>' has no difference"
exit $failed
