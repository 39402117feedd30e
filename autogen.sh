#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes a checkout ready to build.
#
#   ./autogen.sh                 generates the build system and configures
#   ./autogen.sh --install-deps  first installs every build and test dependency
#                                (Debian, Ubuntu), and at the end builds
#
# Further arguments go to ./configure.
set -eu
cd "$(dirname "$0")"

say() { printf 'autogen.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

build_packages='autoconf automake gcc libc6-dev make pkg-config
	libmicrohttpd-dev libjansson-dev libsqlite3-dev libgnutls28-dev
	libglib2.0-dev libyaml-dev zlib1g-dev check tzdata xz-utils'
# python3, not python3-minimal, which comes without zoneinfo
test_packages='curl jq mandoc openssl procps wrk valgrind python3
	python3-googleapi python3-croniter'

installed() {
	dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null |
		grep -q ' installed$'
}

install_deps() {
	command -v apt-get >/dev/null 2>&1 || die "--install-deps needs apt-get" \
		"(Debian 12 or later, Ubuntu 22.04 or later); elsewhere install" \
		"what ./configure names as missing, then run ./autogen.sh"
	# Any libcurl flavour does; the -dev packages exclude each other, so one
	# that is here already stays.
	curl_dev=libcurl4-gnutls-dev
	for p in libcurl4-openssl-dev libcurl4-nss-dev; do
		if installed "$p"; then curl_dev=$p; fi
	done
	missing=
	for p in $build_packages $test_packages $curl_dev; do
		installed "$p" || missing="$missing $p"
	done
	if [ -z "$missing" ]; then
		say "every dependency is installed"
		return
	fi
	sudo=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null 2>&1 ||
			die "run as root, or install sudo; missing:$missing"
		sudo=sudo
	fi
	say "installing:$missing"
	$sudo apt-get update -q || die "apt-get update failed"
	# shellcheck disable=SC2086 # a list of words
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
		--no-install-recommends --no-remove $missing ||
		die "apt-get could not install:$missing"
}

deps=no
if [ "${1-}" = --install-deps ]; then
	deps=yes
	shift
fi
case ${1-} in
-h | --help)
	sed -n '3,10s/^# \{0,1\}//p' "$0"
	exit 0
	;;
esac

[ $deps = no ] || install_deps
for tool in autoreconf automake pkg-config; do
	command -v $tool >/dev/null 2>&1 ||
		die "$tool is missing; try ./autogen.sh --install-deps"
done
say "generating the build system"
autoreconf --install --force
say "configuring"
./configure --quiet "$@"
if [ $deps = yes ]; then
	say "building"
	make -s -j "$(nproc)"
	say "done; next: make demo, make check"
else
	say "done; next: make"
fi
