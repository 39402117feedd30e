#!/bin/sh
# SPDX-License-Identifier: MIT
# A web page whose name was made to resolve to this machine gets nothing from an
# emulator that listens on loopback; Google's names and local ones are served.
# Nor can a page have a browser ask for something without reading the answer.
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need curl jq

emu_start
health=$EMU_URL/emulator/v1/healthz

# as HOST: sets HTTP for a request that names HOST
as() {
	HTTP=$(curl -sS -m 60 -o "$TMP/answer" -w '%{http_code}' \
		-H "Host: $1" "$health") || HTTP=000
	BODY=$(cat "$TMP/answer")
}

for host in "$EMU_HOST" localhost "localhost:${EMU_HOST#*:}" 127.0.0.1 \
	'[::1]:80' ml.googleapis.com US-Central1-aiplatform.googleapis.com:443 \
	metadata.google.internal accounts.google.com; do
	as "$host"
	is "$host is served" "$HTTP" 200
done
for host in evil.example evil.example:8100 127.0.0.1.evil.example \
	googleapis.com.evil.example evilgoogleapis.com localhost.evil.example \
	accounts.google.com.evil.example; do
	as "$host"
	is "$host is not" "$HTTP" 403
	is "$host: the status" "$(field .error.status)" PERMISSION_DENIED
done

# from ORIGIN [HOST]: a topic that a page of that origin would make
from() {
	HTTP=$(curl -sS -m 60 -o "$TMP/answer" -w '%{http_code}' -X POST -d '{}' \
		-H 'Content-Type: text/plain' -H "Origin: $1" ${2+-H "Host: $2"} \
		"$EMU_URL/emulator/v1/state:reset") || HTTP=000
	BODY=$(cat "$TMP/answer")
}
api PUT /v1/projects/p1/topics/top '{}'
for origin in https://evil.example null http://127.0.0.1.evil.example http://1.2.3.4 \
	https://storage.googleapis.com http://localhost.evil.example file:// \
	http://evil.example:80 https://ml.googleapis.com 'http://[::2]' x; do
	from "$origin"
	is "a page of $origin" "$HTTP $(field .error.status)" '403 PERMISSION_DENIED'
done
api GET /v1/projects/p1/topics/top
is 'nothing was reset' "$HTTP" 200
for origin in "$EMU_URL" http://localhost:3000 http://127.0.0.1 'http://[::1]:5173' https://localhost; do
	from "$origin"
	is "a page of this machine: $origin" "$HTTP" 200
done
stop EMU

# whoever opens it to a network names it as they like
emu_start --listen 0.0.0.0:0
health=http://127.0.0.1:${EMU_HOST#*:}/emulator/v1/healthz
as emulator:8100
is "a name of a network is served when it listens there" "$HTTP" 200
from https://evil.example emulator:8100
is 'a foreign page is not, there either' "$HTTP" 403
from http://emulator:8100 emulator:8100
is 'a page from there is' "$HTTP" 200
