#!/bin/sh
# SPDX-License-Identifier: MIT
# Keeps the layers of doc/architecture.md: who may include what, and which calls
# and words belong to one place. Prints each offence as file:line: rule, the
# line. Looks at the tree in its argument, else at $SRCDIR, else here.
set -eu

cd "${1:-${SRCDIR:-.}}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

find client common emulator tests -name '*.[ch]' >"$dir/found"
LC_ALL=C sort "$dir/found" >"$dir/files"
: >"$dir/found"
grep -q '^common/' "$dir/files" || {
	echo "no sources in common/: wrong folder?"
	exit 1
}

# Every line as file:line:text, comments cut out; in `code` strings are emptied
# too, so that words in messages are no calls.
xargs awk -v code="$dir/code" -v text="$dir/text" '
	FNR == 1 { comment = 0 }
	{
		kept = bare = quote = ""
		for (i = 1; i <= length($0); i++) {
			c = substr($0, i, 1)
			two = substr($0, i, 2)
			if (comment) {
				if (two == "*/") { comment = 0; i++ }
				continue
			}
			if (quote == "" && two == "/*") {
				comment = 1
				i++
				continue
			}
			kept = kept c
			if (quote != "" && c == "\\") {
				kept = kept substr($0, ++i, 1)
				continue
			}
			if (quote == "") bare = bare c
			if (quote == c) { quote = ""; bare = bare c }
			else if (quote == "" && (c == "\"" || c == "\047")) quote = c
		}
		print FILENAME ":" FNR ":" kept >>text
		print FILENAME ":" FNR ":" bare >>code
	}' <"$dir/files"

# offence RULE STREAM WHERE WHAT [EXCEPT]: in files whose names begin with WHERE,
# but for those that begin with EXCEPT, no line may begin with WHAT.
offence() {
	grep -E "^($3)[^:]*:[0-9]+:($4)" "$dir/$2" |
		grep -vE "^(${5:-:})" |
		sed "s|^\([^:]*:[0-9]*\):|\1: $1: |" >>"$dir/found" || :
}

ours='client/|common/|emulator/'
all="$ours|tests/"
inc='[[:space:]]*#[[:space:]]*include[[:space:]]*["<]'
# A call by plain name; x.time() and x->time() are somebody else's.
call() {
	echo "(.*[^A-Za-z0-9_.>])?($1)[[:space:]]*\("
}

offence 'client knows nothing of emulator' text client/ "${inc}emulator/"
offence 'emulator knows nothing of client' text emulator/ "${inc}client/"
offence 'common is below both' text common/ "$inc(client|emulator)/"
offence 'curl is in common/fetch.c' text "$all" "${inc}curl/" common/fetch.c:
offence 'microhttpd is in common/httpd.c' text "$all" \
	"${inc}microhttpd" 'common/httpd.c:|tests/bench/'
offence 'sqlite3 is in emulator/core/store.c' text "$all" \
	"${inc}sqlite3" emulator/core/store.c:
offence 'glib is in common/zone.c' text "$all" \
	"$inc(glib|gio|gmodule|gobject)" common/zone.c:
offence 'yaml is in client/lib/yml.c' text "$all" \
	"${inc}yaml" client/lib/yml.c:
offence 'zlib is in client/uniquifier/gunzip.c' text "$ours" \
	"${inc}zlib" client/uniquifier/gunzip.c:
offence 'gnutls is in common/' text "$all" "${inc}gnutls/" common/
offence 'core has no HTTP and no programs' text emulator/core/ \
	"$inc(emulator/(api|run)/|common/(httpd|fetch|child)\.h)"
offence 'run knows core only' text emulator/run/ \
	"$inc(emulator/api/|common/(httpd|fetch)\.h)"
offence 'api knows nothing of run' text emulator/api/ \
	"$inc(emulator/run/|common/child\.h)"
offence 'api has no SQL' text emulator/api/ \
	'.*"[^"]*(SELECT |INSERT |DELETE FROM |UPDATE [a-z_]+ SET)'
offence 'programs are started in common/child.c' code "$ours" "$(call \
	'v?fork|exec[lv]p?e?|execvpe|posix_spawnp?|system|popen')" \
	'common/child.c:|common/keeper.c:'
offence 'time and chance come from a clock or an rng' code "$ours" "$(call \
	'time|clock_gettime|gettimeofday|u?sleep|nanosleep|s?rand|s?random')" \
	common/clock.c:
offence 'memory comes from common/mem.h' code "$all" \
	"$(call 'malloc|calloc|realloc|reallocarray|strn?dup|free')" common/mem.c:
offence 'TZ is not ours to set' text "$all" '.*setenv[[:space:]]*\([[:space:]]*"TZ"'

while read -r file; do
	head -n 1 "$file" | grep -qxF '/* SPDX-License-Identifier: MIT */' ||
		echo "$file:1: opens with the SPDX line" >>"$dir/found"
done <"$dir/files"

cat "$dir/found"
n=$(wc -l <"$dir/found")
echo "$(wc -l <"$dir/files") files, $((n)) offences"
[ "$n" -eq 0 ]
