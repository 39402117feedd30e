#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second, slow implementation of unix-cron in IANA zones, to test against.

It shares nothing with common/cron.c and common/zone.c: it walks through UTC
minute by minute, asks Python's zoneinfo for the local time, and looks whether
every field matches. (A UTC day is passed over whole when neither it nor its
neighbours match by date, which no offset can change.)

  cron_oracle.py --fill < fixtures/schedule/cron.tsv
      prints the rows again, the four ticks worked out anew; comments stay
  cron_oracle.py --random SEED N
      prints N rows in the same format: random expressions, zones, instants,
      half of the instants within hours of a change of the zone's offset
  cron_oracle.py --croniter SEED N
      the same, but which local times match is left to croniter, a library of
      other people's (Debian package python3-croniter); zoneinfo says when
      they are. What the two read differently is left out: crontab's rule for
      day fields that begin with '*', and years far off.

A row: expression, zone, after, and the next four ticks, separated by tabs.
Minutes are those of UTC, so zones must not be asked about times when their
offset had seconds (nowhere later than 1972).
"""

import random
import sys
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

UTC = timezone.utc
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
SPANS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
TRICKY = """America/New_York Europe/Zurich Australia/Lord_Howe Pacific/Apia
Asia/Kolkata Asia/Kathmandu Africa/Casablanca Africa/Cairo America/Asuncion
America/Nuuk America/Scoresbysund Antarctica/Troll Europe/Dublin Asia/Gaza
America/St_Johns Pacific/Chatham Pacific/Kwajalein Asia/Tehran America/Caracas
Asia/Pyongyang America/Havana Africa/El_Aaiun Europe/Istanbul Etc/UTC""".split()


def number(text, names, base):
    if names and text.upper() in names:
        return names.index(text.upper()) + base
    return int(text)


def values(text, lo, hi, names):
    """The set of values a field allows."""
    found = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        if span == "*":
            first, last = lo, hi
        else:
            a, _, b = span.partition("-")
            first = number(a, names, lo)
            last = number(b, names, lo) if b else first
            if names is DAYS and b.upper() == "SUN" and first > 0:
                last = 7
        found.update(range(first, last + 1, int(step or 1)))
    return found


class Cron:
    def __init__(self, expression):
        f = expression.split()
        names = [None, None, None, MONTHS, DAYS]
        sets = [values(t, *s, n) for t, s, n in zip(f, SPANS, names)]
        self.minute, self.hour, self.dom, self.month, dow = sets
        self.dow = {d % 7 for d in dow}
        self.either = not (f[2].startswith("*") or f[4].startswith("*"))

    def on(self, day):
        dom = day.day in self.dom
        dow = day.isoweekday() % 7 in self.dow
        hit = dom or dow if self.either else dom and dow
        return hit and day.month in self.month

    def at(self, local):
        return (local.minute in self.minute and local.hour in self.hour
                and self.on(local.date()))

    def possible(self):
        """Whether any day of 28 years matches: every kind of year is there."""
        first = date(2000, 1, 1)
        return any(self.on(first + i * DAY) for i in range(28 * 366))


def instants(local, zone):
    """When the clocks of a zone show a local time: never, once or twice."""
    both = {local.replace(tzinfo=zone, fold=f).astimezone(UTC) for f in (0, 1)}
    return [t for t in both if t.astimezone(zone).replace(tzinfo=None) == local]


def croniter_ticks(expression, zone, after, count):
    from croniter import croniter
    # After a change the clocks may show what they showed before.
    hours = [after + i * timedelta(hours=1) for i in range(26)]
    start = min(t.astimezone(zone).utcoffset() for t in hours)
    local = (after + start).replace(tzinfo=None) - MINUTE
    matches = croniter(expression, local, ret_type=datetime,
                       max_years_between_matches=100)
    found = []
    while True:
        local = matches.get_next()
        if len(found) >= count and local - DAY > ahead:
            return sorted(found)[:count]
        found += [t for t in instants(local, zone) if t > after]
        if len(found) >= count:
            last = sorted(found)[count - 1]
            ahead = last.astimezone(zone).replace(tzinfo=None)


def ticks(cron, zone, after, count):
    found = []
    t = after.replace(second=0, microsecond=0) + MINUTE
    while len(found) < count:
        if not any(cron.on(t.date() + i * DAY) for i in (-1, 0, 1)):
            t = t.replace(hour=0, minute=0) + DAY
        else:
            if cron.at(t.astimezone(zone)):
                found.append(t)
            t += MINUTE
    return found


def show(t):
    return t.strftime("%04Y-%m-%dT%H:%M:%SZ")


def row(expression, name, after, croniter=False):
    when = datetime.fromisoformat(after.replace("Z", "+00:00"))
    if croniter:
        found = croniter_ticks(expression, ZoneInfo(name), when, 4)
    else:
        found = ticks(Cron(expression), ZoneInfo(name), when, 4)
    return "\t".join([expression, name, after] + [show(t) for t in found])


def fill():
    for line in sys.stdin.read().splitlines():
        if line and not line.startswith("#"):
            line = row(*line.split("\t")[:3])
        print(line)


def random_value(r, lo, hi, names, n):
    if names and r.random() < 0.5:
        name = names[(n - lo) % len(names)]
        return r.choice([name, name.lower(), name.capitalize()])
    return r.choice(["%d", "%d", "%02d"]) % n


def random_item(r, lo, hi, names):
    kind = r.random()
    if kind < 0.5:
        return random_value(r, lo, hi, names, r.randint(lo, hi))
    step = r.randint(1, min(hi - lo, 20))
    if kind < 0.65:
        return "*/%d" % step
    a = r.randint(lo, hi)
    b = r.randint(a, hi)
    if names is DAYS and (a == 7 or b == 7):
        text = "%d-%d" % (a, b)  # by name, SUN would begin the week
    else:
        text = "-".join(random_value(r, lo, hi, names, n) for n in (a, b))
    return text if kind < 0.85 else "%s/%d" % (text, step)


def random_expression(r):
    names = [None, None, None, MONTHS, DAYS]
    stars = [0.3, 0.5, 0.6, 0.7, 0.6]
    out = []
    for (lo, hi), n, star in zip(SPANS, names, stars):
        if r.random() < star:
            out.append("*")
            continue
        items = r.choice([1, 1, 1, 2, 3])
        out.append(",".join(random_item(r, lo, hi, n) for _ in range(items)))
    return r.choice([" ", " ", "  ", " "]).join(out)


def changes(zone, year):
    """The instants of a year at which the offset changes."""
    t = datetime(year, 1, 1, tzinfo=UTC)
    while t.year == year:
        a, b = t, t + DAY
        if a.astimezone(zone).utcoffset() != b.astimezone(zone).utcoffset():
            while b - a > timedelta(seconds=1):
                mid = a + (b - a) // 2
                mid = mid.replace(microsecond=0)
                same = (mid.astimezone(zone).utcoffset()
                        == a.astimezone(zone).utcoffset())
                a, b = (mid, b) if same else (a, mid)
            yield b
        t += DAY


def random_instant(r, zone):
    spans = [(1973, 2037), (1995, 2037), (2015, 2037), (2038, 2150),
             (2085, 2105), (2395, 2505), (2900, 3100), (9000, 9900)]
    year = r.randint(*r.choice(spans))
    near = list(changes(zone, year)) if r.random() < 0.6 else []
    if near:
        t = r.choice(near) + timedelta(minutes=r.randint(-300, 180))
    else:
        t = datetime(year, 1, 1, tzinfo=UTC)
        t += timedelta(minutes=r.randrange(365 * 1440))
    return t + r.choice([0, 0, 1, 30]) * timedelta(seconds=1)


def same_in_croniter(expression, after):
    """For croniter a day field is free when it allows all, however written.

    And when it looks for a day that the month does not have, it goes on as many
    days into the next one, past those that match there. Where no month has the
    day it gives up, whatever the day of the week."""
    dom, dow = (expression.split()[i] for i in (2, 4))
    cron = Cron(expression)
    restricted = [dom != "*", dow != "*"]
    odd = (dom[0] == "*" or dow[0] == "*" or len(cron.dom) == 31
           or len(cron.dow) == 7)
    passed = max(cron.dom) > 28 and min(cron.dom) <= 3
    longest = max(monthrange(2000, month)[1] for month in cron.month)
    if min(cron.dom) > longest:
        return False
    return (after.year < 2100 and not (all(restricted) and odd)
            and (len(cron.dom) == 31 or not passed))


def random_rows(seed, count, croniter=False):
    r = random.Random(seed)
    # The others are not IANA names, or are refused by common/zone.h.
    zones = sorted(z for z in available_timezones()
                   if z[0].isupper() and z not in ("EST", "MST", "HST"))
    while count > 0:
        expression = random_expression(r)
        name = r.choice(r.choice([TRICKY, zones]))
        after = random_instant(r, ZoneInfo(name))
        if name in ("Eire", "Europe/Dublin") and after.year in (2037, 2038):
            continue  # a known fault of GLib, see common/zone.c
        if croniter and not same_in_croniter(expression, after):
            continue
        if Cron(expression).possible():
            print(row(expression, name, show(after), croniter))
            count -= 1


def main(argv):
    if argv[1:] == ["--fill"]:
        fill()
    elif len(argv) == 4 and argv[1] in ("--random", "--croniter"):
        random_rows(argv[2], int(argv[3]), argv[1] == "--croniter")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv)
