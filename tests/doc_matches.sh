#!/bin/sh
# SPDX-License-Identifier: MIT
# The documentation says what the programs do: every option of --help is in the
# manual page and the other way round, every ctl verb and environment variable
# too, the version in NEWS is the one that is built, and every path that the
# pages name exists.
: "${SRCDIR:=$(cd "$(dirname "$0")/.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"

# Long options in a --help text.
help_options() { sed -n 's/^ .*--\([a-z][a-z-]*\).*/\1/p'; }

# Long options that a manual page documents.
page_options() { sed -n 's/^\.It .*Fl -\([a-z][a-z-]*\).*/\1/p' "$1"; }

# same_options PAGE HELP-FILE
same_options() {
	help_options <"$2" | sort -u >"$TMP/in_help"
	page_options "$SRCDIR/doc/$1" | sort -u >"$TMP/in_page"
	[ -s "$TMP/in_help" ] || bad "$1: no options found in --help"
	is "$1 has the options of --help" \
		"$(cat "$TMP/in_page")" "$(cat "$TMP/in_help")"
}

"$BUILDDIR/train-emulator" --help >"$TMP/emulator" || bad "--help"
"$BUILDDIR/train-emulator" ctl --help >"$TMP/ctl" || bad "ctl --help"
cat "$TMP/emulator" "$TMP/ctl" >"$TMP/both"
same_options train-emulator.8 "$TMP/both"
sed -n '/^Verbs:/,$s/^  \([a-z-]*\) .*/\1/p' "$TMP/ctl" | sort -u >"$TMP/verbs"
[ -s "$TMP/verbs" ] || bad "no verbs found in ctl --help"
while read -r verb; do
	grep -q "^\.It Cm $verb" "$SRCDIR/doc/train-emulator.8" ||
		bad "train-emulator.8 lacks the verb $verb"
done <"$TMP/verbs"

"$BUILDDIR/train-uniquifier" --help >"$TMP/uniquifier" || bad "--help"
same_options train-uniquifier.8 "$TMP/uniquifier"

"$BUILDDIR/trainctl" --help >"$TMP/trainctl" || bad "--help"
for command in submit describe list update cancel wait logs plan trigger \
	'schedule create' 'schedule list' 'schedule describe' 'schedule pause' \
	'schedule resume' 'schedule run' 'schedule delete'; do
	# shellcheck disable=SC2086 # a command and its verb
	"$BUILDDIR/trainctl" $command --help >>"$TMP/trainctl" ||
		bad "$command --help"
	grep -q "Cm $command" "$SRCDIR/doc/trainctl.1" ||
		bad "trainctl.1 lacks the command $command"
done
same_options trainctl.1 "$TMP/trainctl"

# Environment variables that the sources read are in some page.
grep -rhoE 'getenv\("[A-Z_]+"\)' "$SRCDIR"/client "$SRCDIR"/emulator |
	sed 's/.*"\(.*\)".*/\1/' | sort -u >"$TMP/variables"
while read -r variable; do
	cat "$SRCDIR"/doc/*.[18] | grep -q "$variable" ||
		bad "no manual page names the variable $variable"
done <"$TMP/variables"

version=$("$BUILDDIR/trainctl" --version)
has "NEWS is of the version built" "$(head -n 1 "$SRCDIR/NEWS")" "$version"

# Paths that the pages name: links, and words that look like files of ours.
cat "$SRCDIR"/README.md "$SRCDIR"/doc/*.md |
	grep -oE '(doc|tests|fixtures|common|client|emulator)/[A-Za-z0-9_./-]+\.[a-z0-9]+' |
	sort -u >"$TMP/paths"
[ -s "$TMP/paths" ] || bad "no paths found in the pages"
while read -r path; do
	case $path in *X.* | *MODULE*) continue ;; esac
	[ -e "$SRCDIR/$path" ] || bad "the pages name $path, which is not there"
done <"$TMP/paths"

# What is promised is shown by tests that make check runs, and each of the cases
# is named where the promises stand.
grep -oE 'tests/[A-Za-z0-9_./-]+' "$SRCDIR/doc/reliability.md" |
	sed 's/\.c$//' | sort -u >"$TMP/shown_by"
[ -s "$TMP/shown_by" ] || bad "no tests found in reliability.md"
while read -r path; do
	cat "$SRCDIR"/tests/tests.mk "$SRCDIR"/tests/unit/*.mk |
		grep -qwF "$path" ||
		bad "reliability.md names $path, which make check does not run"
done <"$TMP/shown_by"
grep -v '^#' "$FIXTURES/exactly_once/cases.tsv" | cut -f1 >"$TMP/cases"
[ -s "$TMP/cases" ] || bad "no cases found in exactly_once/cases.tsv"
while read -r name; do
	grep -qF "\`$name\`" "$SRCDIR/doc/reliability.md" ||
		bad "reliability.md does not name the case $name"
done <"$TMP/cases"
