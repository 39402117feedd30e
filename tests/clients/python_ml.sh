#!/bin/sh
# SPDX-License-Identifier: MIT
# Google's Python client (Debian: python3-googleapi) against the emulator: with
# one changed line, and a program that is not changed at all.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
# shellcheck source=tests/lib.sh
. "$SRCDIR/tests/lib.sh"
need_python googleapiclient.discovery
# No credentials, and none that could be found.
unset GOOGLE_APPLICATION_CREDENTIALS PYTHONPATH
export HOME="$TMP" CLOUDSDK_CONFIG="$TMP" GCE_METADATA_HOST=127.0.0.1:9
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore

here=$SRCDIR/tests/clients
cat >"$TMP/want" <<'WANT'
create: QUEUED
again: 409 Field: job.job_id Error: A job with this id already exists.
bad id: 400 Field: job.job_id Error: A name should start with a letter and contain only letters, numbers and underscores
unknown field: 400 Invalid JSON payload received. Unknown name "nothing" at 'job': Cannot find field.
no body: 400
get: n1-standard-4
get, in part: {'jobId': 'job_1', 'trainingInput': {'region': 'us-central1'}}
get by a long URL: {'jobId': 'job_1'}
get what is not there: 404 Field: name Error: The specified job could not be found.
get by a wrong name: TypeError: Parameter "name" value "job_1" does not match the pattern "^projects/[^/]+/jobs/[^/]+$"
get without a name: TypeError: Missing required parameter "name"
older errors: 404 Field: name Error: The specified job could not be found.
patch: {'owner': 'alice'}
patch what may not be: 400
permissions: {'permissions': ['ml.jobs.get']}
list: [['job_5', 'job_4', 'job_3', 'job_2', 'job_1']]
list by pages: [['job_5', 'job_4'], ['job_3', 'job_2'], ['job_1']]
list in part: [['job_5', 'job_4', 'job_3', 'job_2'], ['job_1']]
list by filter: [['job_1']]
list by a wrong filter: 400
cancel: {}
cancel without a body: {}
cancel what is not there: 404 Field: name Error: The specified job could not be found.
cancelled: ['CANCELLING', 'CANCELLING', 'QUEUED']
config: ['config', 'serviceAccount', 'serviceAccountProject']
locations: projects/test-project/locations/asia-east1
log: Validating job requirements...
topic: {'name': 'projects/test-project/topics/train'}
publish: 1
schedule: ENABLED
WANT

# client PYTHON MODULES: that interpreter, with the client in MODULES or, when
# that is empty, where it finds it
client() {
	emu_start
	PYTHONPATH=$2 "$1" "$here/python_ml.py" "$EMU_URL" >"$TMP/out" \
		2>>"$TMP/python.log" || bad 'python_ml.py failed'
	# the words of these are of no account here
	sed -i -E 's/^(no body|patch what may not be|list by a wrong filter): 400 .*/\1: 400/' \
		"$TMP/out"
	if diff -u "$TMP/want" "$TMP/out"; then
		echo "ok: $1 $2"
	else
		bad "$1 $2: not what the client should say"
	fi
	# The common recipe, its source as it is: build() is told elsewhere.
	for want in QUEUED \
		'Field: job.job_id Error: A job with this id already exists.'; do
		is 'the unchanged program' \
			"$(PYTHONPATH=$SRCDIR/emulator/python${2:+:$2} "$1" \
				"$here/python_recipe.py" job_u 2>>"$TMP/python.log")" \
			"$want"
	done
	stop EMU
}

client "$PYTHON" ''
# The Cloud SDK brings a newer one, and an interpreter for it.
sdk=$(dirname "$(dirname "$(readlink -f "$(command -v gcloud)")")")
bundled=$sdk/platform/bundledpythonunix/bin/python3
modules=$sdk/platform/bq/third_party
if [ -x "$bundled" ] && [ -d "$modules/googleapiclient" ]; then
	client "$bundled" "$modules"
fi
exit $failed
