#!/bin/sh
# SPDX-License-Identifier: MIT
# Schedules in both languages in Scheduler jobs: what is taken, and when the
# ticks come on the virtual clock. Times are of the facts about the service
# (scheduler.md, section 3), unless a line says otherwise.
. "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib.sh"
need curl jq
LOC=/v1/projects/p1/locations/us-central1
UTC=Etc/UTC
NY=America/New_York

# create SCHEDULE ZONE
create() {
	api POST "$LOC/jobs" "{
		\"name\":\"projects/p1/locations/us-central1/jobs/j\",
		\"schedule\":\"$1\",\"timeZone\":\"$2\",\"pubsubTarget\":{
		\"topicName\":\"projects/p1/topics/ticks\",\"data\":\"Z28=\"}}"
}
# begin_at TIME: an empty emulator.
begin_at() {
	api POST /emulator/v1/state:reset "{\"now\":\"$1\"}"
	ok "reset to $1"
}
# ran WHAT WANT: when runs began, those of the schedule and forced ones.
ran() {
	api GET /emulator/v1/journal
	is "$1" "$(field '[.entries[] | select(.kind == "tick" or .kind == "run")
		| .time[:16]] | join(" ")')" "$2"
}
# fires SCHEDULE ZONE FROM TO TIMES: the ticks of one job.
fires() {
	begin_at "$3"
	create "$1" "$2"
	ok "$1"
	is "$1: as it was given" "$(field .schedule)" "$1"
	is "$1: scheduleTime" "$(field .scheduleTime)" "${5%% *}:00Z"
	advance_to "$4"
	ran "$1 in $2" "$5"
}

T=2024-03-05T10:17:42Z
emu_start

# a plain interval: from the creation on, seconds cut, absolute
fires 'every 12 hours' $UTC $T 2024-03-07T00:00:00Z \
	'2024-03-05T22:17 2024-03-06T10:17 2024-03-06T22:17'
fires 'every 12 hours' $NY 2024-03-09T20:00:00Z 2024-03-11T12:00:00Z \
	'2024-03-10T08:00 2024-03-10T20:00 2024-03-11T08:00'
fires 'EVERY 90 mins' $UTC $T 2024-03-05T15:00:00Z \
	'2024-03-05T11:47 2024-03-05T13:17 2024-03-05T14:47'
# fixed starts
fires 'every 12 hours synchronized' $NY 2024-11-02T20:00:00Z \
	2024-11-04T06:00:00Z \
	'2024-11-03T04:00 2024-11-03T16:00 2024-11-04T04:00 2024-11-04T05:00'
fires 'every 30 minutes from 22:00 to 02:00' $UTC $T 2024-03-05T23:45:00Z \
	'2024-03-05T22:00 2024-03-05T22:30 2024-03-05T23:00 2024-03-05T23:30'
fires 'every 6 hours on monday' $UTC $T 2024-03-12T12:00:00Z \
	'2024-03-11T04:17 2024-03-11T10:17 2024-03-11T16:17 2024-03-11T22:17'
# days
fires '1st,third mon,wed,thu of march 17:00' $UTC $T 2024-04-30T00:00:00Z \
	'2024-03-06T17:00 2024-03-07T17:00 2024-03-18T17:00 2024-03-20T17:00 2024-03-21T17:00'
fires '1 of jan,april,july,oct 00:00' $UTC $T 2025-01-02T00:00:00Z \
	'2024-04-01T00:00 2024-07-01T00:00 2024-10-01T00:00 2025-01-01T00:00'
# an hour left out, an hour that comes twice; unix-cron does the same (a guess)
for schedule in 'every day 02:30' '30 2 * * *'; do
	fires "$schedule" $NY 2024-03-09T12:00:00Z 2024-03-12T12:00:00Z \
		'2024-03-11T06:30 2024-03-12T06:30'
done
for schedule in 'every day 01:30' '30 1 * * *'; do
	fires "$schedule" $NY 2024-11-02T12:00:00Z 2024-11-04T12:00:00Z \
		'2024-11-03T05:30 2024-11-03T06:30 2024-11-04T06:30'
done
# section 2: names, 7 as Sunday, either day (Friday the 13th is in September)
fires '0 9 * MAR-apr SUN,7' $UTC $T 2024-03-18T00:00:00Z \
	'2024-03-10T09:00 2024-03-17T09:00'
fires '0 0 13 * FRI' $UTC 2024-09-01T00:00:00Z 2024-09-21T00:00:00Z \
	'2024-09-06T00:00 2024-09-13T00:00 2024-09-20T00:00'

# a paused interval counts from when it is resumed (a guess)
begin_at $T
create 'every 12 hours' $UTC
api POST "$LOC/jobs/j:pause" '{}'
advance 20h
api POST "$LOC/jobs/j:resume" '{}'
is 'resumed' "$(field .scheduleTime)" 2024-03-06T18:17:00Z
# a forced run leaves it alone
advance 1h
api POST "$LOC/jobs/j:run" '{}'
advance 0s
advance_to 2024-03-07T07:00:00Z
ran 'the forced run, and its own times' \
	'2024-03-06T07:17 2024-03-06T18:17 2024-03-07T06:17'

# refused, with the one text of the service and the reason in the details
begin_at $T
# why REASON SCHEDULE [ZONE]
why() {
	create "$2" "${3-$UTC}"
	refused "$2" 400 INVALID_ARGUMENT 'Schedule or time zone is invalid.'
	has "$2: the reason" \
		"$(field '.error.details[0].fieldViolations[0].description')" "$1"
}
for schedule in 'every 1 hour' 'every 12 days'; do
	why "'hours', 'minutes' or 'mins' is wanted at" "$schedule"
done
why "a day of the week, or 'day', is wanted at 'hour'" 'every hour'
why "a day of the week, or 'day', is wanted at 'tues 09:00'" 'every tues 09:00'
why 'a time from 0:00 to 23:59 is wanted at the end' 'every monday'
why 'must divide 24 hours' 'every 7 hours synchronized'
why 'an ordinal (1st to 5th) is wanted' 'last friday of month 10:00'
# such a day, such a time: there is none
why 'no month of the schedule has such a day' '0 0 31 2 *'
why 'no month of the schedule has such a day' '30 of feb 00:00'
why 'never show such a time' '2nd sunday of march 02:30' $NY
why 'never show such a time' '30 2 8-14 3 */7' $NY
api GET "$LOC/jobs"
is 'none was made' "$HTTP $BODY" '200 {}'
create '2nd sunday of march 02:30' $UTC
ok 'UTC has each time'
# nor can one be changed into such a one
api PATCH "$LOC/jobs/j?updateMask=timeZone" "{\"timeZone\":\"$NY\"}"
refused 'patch' 400 INVALID_ARGUMENT 'Schedule or time zone is invalid.'
api PATCH "$LOC/jobs/j?updateMask=schedule" '{"schedule":"every 5 mins"}'
is 'another language' "$(field .scheduleTime)" 2024-03-05T10:22:00Z
stop EMU
is 'SIGTERM' "$STOPPED" 0
