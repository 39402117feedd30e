#!/bin/sh
# SPDX-License-Identifier: MIT
# What the .mk fragments name is there, and what is there is named by one: a
# test that no list has would never run, and a header would miss in a release.
# Looks at the tree in its argument, else at $SRCDIR, else here.
set -eu

cd "${1:-${SRCDIR:-.}}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

folders='client common emulator tests'
# shellcheck disable=SC2086 # a list of words
find $folders -name '*.mk' -exec sed 's/#.*//' {} + |
	grep -oE "(^|[[:space:]])($(echo $folders | tr ' ' '|'))/[A-Za-z0-9_./-]+" |
	tr -d '[:blank:]' | LC_ALL=C sort >"$dir/words"
LC_ALL=C sort -u "$dir/words" >"$dir/named"
[ -s "$dir/named" ] || { echo "no .mk names a file: wrong folder?"; exit 1; }

# A program is named without the .c that it is made of, a library is made of
# what other lines name, and some sources are made by the build.
while read -r word; do
	[ -e "$word" ] || [ -e "$word.c" ] || case $word in
	*.a) ;;
	*) echo "$word: a .mk names it, and it is not there" ;;
	esac
done <"$dir/named" >"$dir/found"

# shellcheck disable=SC2086
find $folders -type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' \
	-o -name '*.def' -o -name '*.lua' -o -name '*.supp' \) |
	LC_ALL=C sort >"$dir/there"
while read -r file; do
	grep -qxF -e "$file" -e "${file%.c}" "$dir/named" ||
		echo "$file: no .mk names it"
done <"$dir/there" >>"$dir/found"

# A test that is listed twice would run twice, at the same time.
sed -n 's/^SYSTEM_TESTS *+*= *//p' tests/tests.mk | tr -s ' ' '\n' | sort |
	uniq -d | sed 's/$/: listed twice/' >>"$dir/found"

cat "$dir/found"
[ ! -s "$dir/found" ]
