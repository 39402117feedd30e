#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Schedules in App Engine's English by Google's own library, to test against.

It is in the Python component for App Engine of the Cloud SDK (Debian package
google-cloud-cli-app-engine-python), and uses the pytz and antlr3 of the SDK.

  groc_oracle.py ROOT --check
      fails when the library is not there
  groc_oracle.py ROOT --random SEED N
      prints N rows: schedule, zone, after, and the next four ticks, separated
      by tabs; "refused" instead of the ticks where the schedule is. Half of
      the instants are within two days of a change of the zone's offset, a
      third of the schedules has a fault.
"""

import random
import sys
from datetime import datetime, timedelta, timezone
from os.path import join

UTC = timezone.utc
# Zones whose rules of these years were the same in all releases of tz. (Not
# Apia: about the day that it left out, slots are no set that one can walk back.)
FIRST, LAST = 2007, 2018
ZONES = """UTC America/New_York America/Los_Angeles America/St_Johns
America/Havana Europe/Zurich Europe/London Australia/Lord_Howe
Australia/Sydney Pacific/Chatham Asia/Kolkata Asia/Beirut""".split()
DAYS = "sun mon tue wed thu fri sat".split()
DAYS += "sunday monday tuesday wednesday thursday friday saturday".split()
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
MONTHS += """january february march april may june july august september
october november december""".split()
ORDINALS = "1st 2nd 3rd 4th 5th first second third fourth fifth".split()
STRANGE = """last weekday tues hour minute 6th 0 32 100000 24:00 9:5 9:60 - * of
on to from day month quarter synchronized every mon jan 1st , , 10:00pm""".split()


def listed(r, words, most=3):
    return r.choice([",", ",", " , "]).join(
        r.choice(words) for _ in range(r.randint(1, most)))


def clock(r):
    hour = r.choice([0, 1, 2, 2, 3, 23, r.randint(0, 23)])
    minute = r.choice([0, 15, 30, 59, r.randint(0, 59)])
    return r.choice(["%d:%02d", "%02d:%02d"]) % (hour, minute)


def interval(r):
    if r.random() < 0.5:
        n, unit = r.choice([1, 2, 3, 5, 6, 12, 24, 25, 36]), "hours"
    else:
        n = r.choice([1, 5, 7, 15, 30, 45, 90, 720, 1440, 1441])
        unit = r.choice(["minutes", "mins"])
    text = "every %d %s" % (n, unit)
    kind = r.random()
    if kind < 0.4:
        text += " from %s to %s" % (clock(r), clock(r))
    elif kind < 0.7:
        text += " synchronized"
    if r.random() < 0.3:
        text += " on " + r.choice(["day", listed(r, DAYS, 4)])
    return text


def months(r):
    return r.choice(["month", "month", "quarter", listed(r, MONTHS),
                     listed(r, ORDINALS[:3]) + " month of quarter"])


def specific(r):
    kind = r.random()
    if kind < 0.3:
        text = listed(r, [str(n) for n in range(1, 32)])
        text += " of " + months(r)
    else:
        text = r.choice(["every", listed(r, ORDINALS)])
        text += " " + r.choice(["day", listed(r, DAYS), listed(r, DAYS)])
        if r.random() < 0.6:
            text += " of " + months(r)
    return text + " " + clock(r)


def fault(r, text):
    """Something left out, repeated, put in or moved; it may still be right."""
    words = text.split(" ")
    i = r.randrange(len(words))
    kind = r.randrange(5)
    if kind == 0:
        del words[i]
    elif kind == 1:
        words.insert(i, r.choice(words))
    elif kind == 2:
        words.insert(i, r.choice(STRANGE))
    elif kind == 3:
        words[i] = r.choice(STRANGE)
    else:
        return text.replace(" ", "", r.randint(1, 3))
    return " ".join(words)


def schedule(r):
    text = r.choice([interval, specific])(r)
    if r.random() < 0.33:
        text = fault(r, text)
    return r.choice([text, text, text.upper(), text.capitalize()])


def instant(r, zone):
    t = datetime(r.randint(FIRST, LAST), 1, 1) + timedelta(
        minutes=r.randrange(365 * 1440))
    changes = [c for c in getattr(zone, "_utc_transition_times", [])
               if FIRST <= c.year <= LAST]
    if changes and r.random() < 0.6:
        t = r.choice(changes) + timedelta(minutes=r.randint(-2880, 2880))
    return (t + r.choice([0, 0, 1, 42]) * timedelta(seconds=1)).replace(
        tzinfo=UTC)


def show(t):
    return t.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ticks(spec, after):
    found = []
    for t in spec.GetMatches(after, 4):
        found.append(show(t))
    return found


def main(argv):
    if len(argv) < 3:
        sys.exit(__doc__)
    sys.path[:0] = [
        join(argv[1], "platform", "google_appengine", "google", "appengine"),
        join(argv[1], "lib", "third_party")]
    from cron import groctimespecification
    import pytz
    if argv[2] != "--random":
        return
    r = random.Random(argv[3])
    for _ in range(int(argv[4])):
        text, name = schedule(r), r.choice(ZONES)
        zone = pytz.timezone(name)
        after = instant(r, zone)
        try:
            found = groctimespecification.GrocTimeSpecification(text, name)
        except Exception:  # of the grammar, of its rules, of Python's numbers
            row = ["refused"]
        else:
            row = ticks(found, after.astimezone(pytz.utc))
        print("\t".join([text, name, show(after)] + row))


if __name__ == "__main__":
    main(sys.argv)
