# SPDX-License-Identifier: MIT
"""Judges the jobs of a storm with policies, by what the emulator says alone.

storm_facts.py PLAN JOURNAL JOBS ATTEMPTS SCHEDULE...: PLAN has the job id, the
tick and the schedule of each run, JOURNAL an entry of the emulator a line, JOBS
is its list. ATTEMPTS is how often a run may be tried; the runs of each SCHEDULE
are skipped while another is going. Prints how many jobs there are and why, or
what is wrong, with status 1.

- Of each run some message was acknowledged.
- Whenever one was, its job was there, or another of its schedule was going, for
  which it was skipped; if its last attempt had failed by then there was
  another, unless these were all, or another run was going.
- No two runs of such a schedule were going at once.
- No attempt was made before the last one had failed, and none too many."""
import json
import re
import sys
from collections import defaultdict
from datetime import datetime

MINUTE = 60 * 1000000


def at(text):
    """Microseconds, for the journal has them; the list's times are seconds."""
    whole, _, part = text.rstrip('Z').partition('.')
    seconds = datetime.fromisoformat(whole + '+00:00').timestamp()
    return int(seconds) * 1000000 + int(part.ljust(6, '0') if part else 0)


class Attempt:
    """A job, from when it was there to when it was over."""

    def __init__(self, job, moves):
        self.name = job['jobId']
        self.state = job['state']
        self.begin, first = moves[0]
        self.end, last = moves[-1]
        if first != 'QUEUED' or last != self.state:
            wrong.append(f'{self.name}: {first} to {last}, not {self.state}')

    def goes(self, when):
        """At the instant of its end it may be either way."""
        return self.begin <= when <= self.end


plan_file, journal_file, jobs_file, attempts_max, *skipping = sys.argv[1:]
wrong = []
run_of, schedule_of = {}, {}
with open(plan_file, encoding='utf-8') as f:
    for line in f:
        run, tick, schedule = line.rstrip('\n').split('\t')
        run_of[schedule, at(tick)] = run
        schedule_of[run] = schedule

# a publish is followed by the attempt of the schedule that it is of
message_run, acked, last = {}, defaultdict(list), None
moves = defaultdict(list)
with open(journal_file, encoding='utf-8') as f:
    for line in f:
        e = json.loads(line)
        if e['kind'] == 'publish':
            last = e
        elif e['kind'] == 'attempt' and last:
            tick = at(last['time']) // MINUTE * MINUTE
            message_run[last['messageId']] = run_of.get((e['job'], tick))
            last = None
        elif e['kind'] == 'delivery' and e['outcome'] == 'acked':
            acked[message_run.get(e['messageId'])].append(at(e['time']))
        elif e['kind'] == 'job':
            moves[e['jobId']].append((at(e['time']), e['state']))

runs = defaultdict(list)
with open(jobs_file, encoding='utf-8') as f:
    for job in json.load(f):
        job_id = job['jobId']
        name, number = re.fullmatch(r'(.*?)(?:_a(\d+))?', job_id).groups()
        if name not in schedule_of:
            wrong.append(f'{job_id} is not of the plan')
        seen = moves.pop(job_id, [(0, 'nothing')])
        runs[name].append((int(number or 1), Attempt(job, seen)))
if moves:
    wrong.append(f'{len(moves)} jobs are not in the list')
for name, attempts in runs.items():
    attempts.sort(key=lambda a: a[0])
    numbers = [n for n, _ in attempts]
    if numbers != list(range(1, len(numbers) + 1)):
        wrong.append(f'{name}: the attempts are {numbers}')
    if len(numbers) > int(attempts_max):
        wrong.append(f'{name}: {len(numbers)} attempts')
    runs[name] = [a for _, a in attempts]
    for a, b in zip(runs[name], runs[name][1:]):
        if a.state != 'FAILED' or b.begin < a.end:
            wrong.append(f'{b.name} was made while {a.name} was {a.state}')

of_schedule = defaultdict(list)
for name, attempts in runs.items():
    for a in attempts:
        of_schedule[schedule_of.get(name)].append((name, a))


def other_goes(run, when):
    schedule = schedule_of[run]
    return schedule in skipping and any(
        name != run and a.goes(when) for name, a in of_schedule[schedule])


skipped = 0
for run in schedule_of:
    if not acked[run]:
        wrong.append(f'{run}: no message of it was acknowledged')
    skipped += not runs.get(run)
    for when in acked[run]:
        made = [a for a in runs.get(run, []) if a.begin <= when]
        if not made:
            due = True
        else:
            due = (made[-1].state == 'FAILED' and
                   made[-1].end < when and
                   len(made) < int(attempts_max))
        if due and not other_goes(run, when):
            wrong.append(f'{run}: lost at {when}, after {len(made)} attempts')
for schedule in skipping:
    going = sorted(of_schedule[schedule], key=lambda r: r[1].begin)
    for (a_run, a), (b_run, b) in zip(going, going[1:]):
        if a_run != b_run and b.begin < a.end:
            wrong.append(f'{b.name} was made while {a.name} was going')
if None in acked:
    wrong.append(f'{len(acked[None])} of a message that nothing published')

jobs = sum(len(attempts) for attempts in runs.values())
again = sum(len(attempts) - 1 for attempts in runs.values())
print(f'{jobs} jobs: {len(schedule_of)} ticks, less {skipped} skipped, and '
      f'{again} attempts more')
most = max((len(attempts) for attempts in runs.values()), default=0)
if not skipped or most != int(attempts_max):
    wrong.append(f'{skipped} skipped, at most {most} attempts: not much proven')
for text in wrong[:20]:
    print(text)
sys.exit(1 if wrong else 0)
