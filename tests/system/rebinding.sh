#!/bin/sh
# SPDX-License-Identifier: MIT
# A web page whose name was made to resolve to this machine gets nothing from an
# emulator that listens on loopback; Google's names and local ones are served.
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
stop EMU

# whoever opens it to a network names it as they like
emu_start --listen 0.0.0.0:0
health=http://127.0.0.1:${EMU_HOST#*:}/emulator/v1/healthz
as emulator:8100
is "a name of a network is served when it listens there" "$HTTP" 200
