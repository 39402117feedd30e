# SPDX-License-Identifier: MIT
"""A strict reader of Prometheus' text format 0.0.4, on standard input: prints
{"name{labels}": value} as JSON, or what is wrong and where.

Stricter than Prometheus: every family has HELP and TYPE, its samples stand
together, counters end in _total, histograms are complete and cumulative."""
import json
import math
import re
import sys

NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
SAMPLE = re.compile(rf'({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)')
NUMBER = re.compile(r'[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN')


def check(good, what):
    if not good:
        sys.exit(f'not well-formed: {what}')


def family_of(name, kind, family):
    if kind == 'histogram':
        return name in (family + '_bucket', family + '_sum', family + '_count')
    return name == family


def check_histogram(family, values):
    bounds = []
    for name, value in values.items():
        found = re.fullmatch(rf'{family}_bucket\{{le="([^"]+)"\}}', name)
        if found:
            bounds.append((float(found.group(1)), value))
    check(bounds and math.isinf(bounds[-1][0]), f'{family}: no +Inf')
    check(bounds == sorted(set(bounds)), f'{family}: bounds in no order')
    counts = [count for _, count in bounds]
    check(counts == sorted(counts), f'{family}: not cumulative')
    check(values.get(family + '_count') == counts[-1], f'{family}: _count')
    check(family + '_sum' in values, f'{family}: no _sum')


text = sys.stdin.read()
check(text.endswith('\n'), 'no newline at the end')
families, values, family, kind = {}, {}, None, None
lines = iter(text[:-1].split('\n'))
for line in lines:
    if line.startswith('#'):
        found = re.fullmatch(rf'# HELP ({NAME}) (\S.*)', line)
        check(found, line)
        family = found.group(1)
        found = re.fullmatch(
            rf'# TYPE {family} (counter|gauge|histogram)', next(lines, ''))
        check(found, f'no TYPE after {line}')
        kind = found.group(1)
        check(family not in families, f'{family} comes twice')
        check((kind == 'counter') == family.endswith('_total'), line)
        families[family] = kind
        continue
    found = SAMPLE.fullmatch(line)
    check(found, line)
    name, labels, number = found.groups()
    check(family and family_of(name, kind, family), f'{line}: in {family}')
    check(NUMBER.fullmatch(number), line)
    series = name + ('{' + labels + '}' if labels else '')
    check(series not in values, f'{series} comes twice')
    values[series] = float(number)
    check(kind == 'gauge' or values[series] >= 0, line)
for family, kind in families.items():
    if kind == 'histogram':
        check_histogram(family, values)
    else:
        check(any(re.fullmatch(rf'{family}(\{{.*\}})?', v) for v in values),
              f'{family} has no samples')
# counts as counts: readers of JSON differ in how they print 1.0
print(json.dumps({series: int(value) if value.is_integer() else value
                  for series, value in values.items()}))
