# SPDX-License-Identifier: MIT
# What the Pub/Sub tests share: sourced after lib.sh, with an emulator running.
# shellcheck shell=sh disable=SC2034
P=/v1/projects/p1
NOT_FOUND='404 404 NOT_FOUND'

invalid_name() {
	refused "$1" 400 INVALID_ARGUMENT "Invalid resource name given (name=$2). Refer to https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information."
}
publish() { api POST "$P/topics/$1:publish" "$2"; }
say() { publish "$1" "{\"messages\":[{\"data\":\"$(b64 "$2")\"}]}"; }
# pull SUBSCRIPTION [MAX]
pull() {
	api POST "$P/subscriptions/$1:pull" \
		"{\"maxMessages\":${2:-10},\"returnImmediately\":true}"
	ack_id=$(field '.receivedMessages[0].ackId // empty')
}
pulled() { json "$1" '[.receivedMessages[]?.message.data | @base64d]' "$2"; }
ack() { api POST "$P/subscriptions/$1:acknowledge" "{\"ackIds\":[\"$2\"]}"; }
deadline() {
	api POST "$P/subscriptions/$1:modifyAckDeadline" \
		"{\"ackIds\":[\"$2\"],\"ackDeadlineSeconds\":$3}"
}
# sub SUBSCRIPTION TOPIC [MEMBERS]
sub() {
	api PUT "$P/subscriptions/$1" \
		"{\"topic\":\"projects/p1/topics/$2\"${3:+,$3}}"
}
