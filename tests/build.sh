#!/bin/sh
# SPDX-License-Identifier: MIT
# What autogen.sh and configure do and say: the packages that are installed and
# by whom, the libraries that are missing, the options. apt-get, sudo and the
# autotools are scripts here that note how they are called; nothing is installed.
: "${SRCDIR:=$(cd "$(dirname "$0")/.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need make tar

# --- autogen.sh, in a folder of its own and with nothing but these in PATH

mkdir "$TMP/auto" "$TMP/tools"
cp "$SRCDIR/autogen.sh" "$TMP/auto"
for tool in sh dirname env grep sed; do
	ln -s "$(command -v $tool)" "$TMP/tools/$tool"
done
# fake FILE [LINE]: a program that notes how it is called
fake() {
	printf '#!/bin/sh\necho "${0##*/} $*" >>"%s"\n%s\n' "$TMP/called" \
		"${2-}" >"$1"
	chmod +x "$1"
}
fake "$TMP/auto/configure"
for tool in autoreconf automake pkg-config apt-get make nproc; do
	fake "$TMP/tools/$tool"
done
fake "$TMP/tools/nproc" 'echo 3'
# what is installed, of the packages that are asked for
printf '#!/bin/sh\nfor p; do :; done\ngrep -qxF "$p" "%s" && echo "install ok installed"\n' \
	"$TMP/installed" >"$TMP/tools/dpkg-query"
chmod +x "$TMP/tools/dpkg-query"
user() {
	printf '#!/bin/sh\necho %s\n' "$1" >"$TMP/tools/id"
	chmod +x "$TMP/tools/id"
}
# autogen STATUS ARGUMENTS ...: sets CALLED to the programs, SAID to its words
autogen() {
	autogen_want=$1 status=0
	shift
	: >"$TMP/called"
	(cd / && PATH=$TMP/tools "$TMP/auto/autogen.sh" "$@") \
		>"$TMP/said" 2>&1 </dev/null || status=$?
	is "autogen.sh $*: status" $status "$autogen_want"
	CALLED=$(cat "$TMP/called") SAID=$(cat "$TMP/said")
}
: >"$TMP/installed"
user 0
generated='autoreconf --install --force
configure --quiet'
autogen 0
is 'without an option it generates and configures' "$CALLED" "$generated"
autogen 0 --enable-werror CC=clang
is 'what follows is for configure' "$CALLED" "$generated --enable-werror CC=clang"
autogen 0 --install-deps --enable-werror
packages=$(sed -n 's/^env .* //p; s/^apt-get install .*--no-remove //p' \
	"$TMP/called")
is 'with it, first of all apt-get, and at last make' "$CALLED" "apt-get update -q
apt-get install -q -y --no-install-recommends --no-remove $packages
$generated --enable-werror
nproc 
make -s -j 3"
has 'it says what it does' "$SAID" "autogen.sh: installing: $packages"
for word in generating configuring building; do
	has 'and how far it is' "$SAID" "autogen.sh: $word"
done

# all of them are there; all but one; a libcurl of another kind
printf '%s\n' "$packages" | tr ' ' '\n' >"$TMP/all"
cp "$TMP/all" "$TMP/installed"
autogen 0 --install-deps
is 'nothing is missing' "$CALLED" "$generated
nproc 
make -s -j 3"
grep -v '^jq$' "$TMP/all" >"$TMP/installed"
autogen 0 --install-deps
has 'one is' "$CALLED" '--no-remove jq
autoreconf'
{ grep -v '^libcurl' "$TMP/all"; echo libcurl4-openssl-dev; } >"$TMP/installed"
autogen 0 --install-deps
case $CALLED in *apt-get*) bad 'another libcurl is replaced' ;; esac

# by somebody else: sudo, or nothing
grep -v '^jq$' "$TMP/all" >"$TMP/installed"
user 1000
autogen 1 --install-deps
is 'no sudo' "$CALLED $SAID" \
	' autogen.sh: run as root, or install sudo; missing: jq'
fake "$TMP/tools/sudo"
autogen 0 --install-deps
is 'by sudo' "$CALLED" "sudo apt-get update -q
sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends --no-remove jq
$generated
nproc 
make -s -j 3"

# what goes wrong
user 0
# shellcheck disable=SC2016 # for the script that it becomes
fake "$TMP/tools/apt-get" '[ "$1" = update ]'
autogen 1 --install-deps
has 'apt-get fails' "$SAID" 'autogen.sh: apt-get could not install: jq'
fake "$TMP/tools/apt-get" false
autogen 1 --install-deps
has 'apt-get has no lists' "$SAID" 'autogen.sh: apt-get update failed'
rm "$TMP/tools/apt-get"
autogen 1 --install-deps
is 'another system' "$CALLED $SAID" ' autogen.sh: --install-deps needs apt-get (Debian 12 or later, Ubuntu 22.04 or later); elsewhere install what ./configure names as missing, then run ./autogen.sh'
rm "$TMP/tools/automake"
autogen 1
is 'no automake' "$CALLED $SAID" \
	' autogen.sh: automake is missing; try ./autogen.sh --install-deps'

# --- configure, of a copy: the tree may be configured itself

mkdir "$TMP/src" "$TMP/none" "$TMP/flags"
(cd "$SRCDIR" && tar -c configure configure.ac aclocal.m4 build-aux config.h.in \
	Makefile.am Makefile.in client/*.mk common/*.mk emulator/*.mk \
	doc/*.mk tests/*.mk tests/*/*.mk common/err.h tests/bench/*.c) |
	tar -x -C "$TMP/src" || die 'no copy'
chmod -R u+w "$TMP/src"
# configure NAME STATUS ARGUMENTS ...: in a folder, what it says in its log
configure() {
	configure_in=$TMP/$1 configure_want=$2 status=0
	shift 2
	(cd "$configure_in" && "$TMP/src/configure" -C "$@") \
		>"$configure_in/said" 2>&1 </dev/null || status=$?
	is "configure $*: status" $status "$configure_want"
}
configure none 1 --quiet PKG_CONFIG_LIBDIR=/nonexistent PKG_CONFIG_PATH=
while read -r library package; do
	grep -q "^  $library >= [0-9.]*: Debian package $package" \
		"$TMP/none/said" || bad "$library: no word of $package"
	grep -qxF "$package" "$TMP/all" || bad "autogen.sh lacks $package"
done <<'END'
libmicrohttpd libmicrohttpd-dev
libcurl libcurl4-gnutls-dev
jansson libjansson-dev
sqlite3 libsqlite3-dev
gnutls libgnutls28-dev
glib-2.0 libglib2.0-dev
yaml-0.1 libyaml-dev
zlib zlib1g-dev
check check
END
is 'no other library' "$(grep -c 'Debian package' "$TMP/none/said")" 9
is 'nor one that is not said' \
	"$(grep -c '^TRAIN_LIB(' "$SRCDIR/configure.ac")" 9
has 'and what to do' "$(cat "$TMP/none/said")" \
	'Install them all with: ./autogen.sh --install-deps'

# The options act on what is built: a program without a library says so.
rm "$TMP/none/config.cache"
cd "$TMP/flags" || die 'no folder'
configure flags 0 --enable-coverage --enable-werror CFLAGS='-O1 -g'
make bench_fill >make.log 2>&1 || { cat make.log; die 'make'; }
./bench_fill >/dev/null 2>&1
[ -n "$(find . -name '*.gcda')" ] || bad '--enable-coverage: no counts'
printf 'int main(void) { int unused; return 0; }\n' >"$TMP/src/tests/bench/fill.c"
make bench_fill >make.log 2>&1 && bad '--enable-werror: a warning is none'
has '--enable-werror' "$(cat make.log)" 'unused'
printf '#include <limits.h>\nint main(int n, char **v) { n += INT_MAX; return v[0][0] == n; }\n' \
	>"$TMP/src/tests/bench/fill.c"
configure flags 0 --enable-sanitize CFLAGS='-O1 -g'
make bench_fill >make.log 2>&1 || { cat make.log; die 'make'; }
./bench_fill 2>run.txt && bad '--enable-sanitize: nothing found'
has '--enable-sanitize' "$(cat run.txt)" 'signed integer overflow'
