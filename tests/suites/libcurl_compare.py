#!/usr/bin/python3
"""Compares what libcurl's tests left, plain and under the preload.

Owned: what counts as the same, and the tests whose difference is known, each
with the entry of shim/DIFFERENCES.md that allows it.

usage: libcurl_compare.py [-v] OUT     a table; status 1 when something differs
       libcurl_compare.py --tests DATA the numbers of the tests that speak HTTP
"""
import collections
import os
import re
import sys

VARIANTS = ('cold', 'warm', 'cold-rules', 'warm-rules')

# Test: (where a row of DIFFERENCES.md allows it, what it is).
KNOWN = {
    192: ('2', 'num_connects'), 193: ('2', 'num_connects'),
    1089: ('2', 'num_connects'), 1090: ('2', 'num_connects'),
    2051: ('2', 'num_connects'), 2052: ('2', 'num_connects'),
    417: ('2', 'certificates'),
    275: ('2', 'the answer to CONNECT is told again'),
    1078: ('2', 'the answer to CONNECT is told again'),
    530: ('2', 'the program wants a socket to wait for'),
    1554: ('2', "a share's locks are taken less often"),
    1540: ('4', 'where the body is cut'),
    1287: ('6', 'CONNECT in the trace'), 1288: ('6', 'CONNECT in the trace'),
    1515: ('6', 'the trace'), 1516: ('6', 'the trace'),
    1542: ('6', 'the trace'),
    1511: ('16', 'the cache answers the condition, the test server does not'),
    390: ('-', 'a file made anew by each run'),
    **{n: ('-', 'the test server answers in turn')
       for n in (197, 198, 199, 1634, 1635, 1909)},
    514: ('-', 'a line end that libcurl reads in two pieces'),
}
# Transfers run beside each other: which of them is told first is left open.
PARALLEL = os.environ.get('LCC_FLAGS') == '-Z'
if PARALLEL:
    KNOWN[1328] = ('-', 'two transfers write one file')

# Of the harness and its servers, not of the program.
NOT_OURS = re.compile(
    r'(commands\.log|ftpserver\.cmd|lcc_(log|verdict)|test\d+|check-.*|'
    r'precheck.*|.*\.(conf|port)|.*(server|verify|sock\w+)\.(log|out)|'
    r'(server2?|proxy)\..*|.*(stunnel|sockfilt|nghttp|sws|socksd).*)$')
# Without a lifetime of the user's these end at the next hop, and Age is told.
OF_A_HOP = re.compile(
    r'^(H |< )?(age|connection|keep-alive|te|transfer-encoding|upgrade|'
    r'proxy-[a-z-]+):', re.I)
METER = re.compile(
    r'^\s*\d+\s+[\d.]+[kMGTP]?\s+\d+\s+[\d.]+[kMGTP]?\s+\d+\s|.*% Total|'
    r'\s+Dload |DL% UL%|--|\s*[\d-]+ +|[ #=O-]*\s*[\d.]*%?$')
TIME = re.compile(r'^\d\d:\d\d:\d\d\.\d+ ')


def response_lines(text):
    """Of a file of --trace-ascii: the lines of the header, without the end of
    a block, behind which curl shows a byte that is not its own."""
    lines = []
    header = False
    for line in text.split('\n'):
        line = TIME.sub('', line)
        if re.match('(<=|=>|==) ', line):
            header = line.startswith('<= Recv header')
        elif header and len(line) > 8:
            lines.append('H ' + line[6:])
    return '\n'.join(lines)


def without_trace(text):
    """Of standard error: no meter, no request, no word about connections."""
    lines = []
    request = False
    text = re.sub(r'(?m)^(\S+ )?== Info.*\n', '', text)
    text = re.sub(r'(?m)^(\S+ )?=> Send.*\n([0-9a-f]{4}: .*\n)*', '', text)
    for line in re.split(r'\r?\n|\r', text):
        line = TIME.sub('', line)
        request = request and line != '' or line.startswith('> ')
        if request or re.match(r' ?\* |[{}] \[', line) or METER.match(line):
            continue
        lines.append(line)
    return '\n'.join(line for line in lines if line)


def load(folder):
    """{name: text} of what the program left."""
    files = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            short = os.path.relpath(path, folder)
            if NOT_OURS.match(short):
                continue
            with open(path, encoding='latin-1', newline='') as file:
                text = file.read()
            if short.startswith('trace'):
                text = response_lines(text)
            elif short.startswith('stderr'):
                text = without_trace(text)
            if PARALLEL:
                text = '\n'.join(sorted(text.split('\n')))
            files[short] = text
    return files


def without_hop_fields(files):
    return {name: '\n'.join(line for line in text.split('\n')
                            if not OF_A_HOP.match(line))
            for name, text in files.items()}


def read(path):
    try:
        with open(path, encoding='latin-1') as file:
            return file.read()
    except FileNotFoundError:
        return ''


def compare(test, folder):
    """{variant: (mark, names that differ)}; None when it did not run."""
    runs = {v: load(f'{folder}/{v}') for v in ('plain', 'again') + VARIANTS}
    if not all(runs.values()):
        return None
    plain, again = runs['plain'], runs['again']
    noisy = {name for name in set(plain) | set(again)
             if plain.get(name) != again.get(name)}
    marks = {}
    for variant in VARIANTS:
        want, got = plain, runs[variant]
        if variant.endswith('rules'):
            want, got = without_hop_fields(want), without_hop_fields(got)
        names = sorted(name for name in set(want) | set(got)
                       if name not in noisy and want.get(name) != got.get(name))
        served = re.search(r'(?m)^\S+ \S+ (hit|coalesced)', read(
            f'{folder}/{variant}/lcc_log'))
        mark = 'hit' if served else 'same'
        if names:
            mark = f'by {KNOWN[test][0]}' if test in KNOWN else 'DIFFERS'
        marks[variant] = (mark, names)
    return marks


def table(out, verbose):
    counts = {v: collections.Counter() for v in VARIANTS}
    tests = sorted(int(name) for name in os.listdir(out))
    ran = 0
    print(f'{"test":>5}' + ''.join(f' {v:>11}' for v in VARIANTS))
    for test in tests:
        marks = compare(test, f'{out}/{test}')
        if not marks:
            continue
        ran += 1
        for variant, (mark, _) in marks.items():
            counts[variant][mark.split()[0]] += 1
        differing = sorted({n for m in marks.values() for n in m[1]})
        if verbose or differing:
            print(f'{test:>5}' + ''.join(f' {marks[v][0]:>11}'
                                         for v in VARIANTS) +
                  (f'  {", ".join(differing)}' if differing else '') +
                  (f': {KNOWN[test][1]}' if differing and test in KNOWN
                   else ''))
    print(f'\n{ran} tests; of each run:')
    for variant in VARIANTS:
        count = counts[variant]
        print(f'{variant:>11}: the same {count["same"] + count["hit"]}, '
              f'of these with a hit {count["hit"]}; '
              f'by design {count["by"]}; differs {count["DIFFERS"]}')
    return 1 if any(c['DIFFERS'] for c in counts.values()) else 0


def part(text, name):
    match = re.search(rf'<{name}[^>]*>\n(.*?)</{name}>', text, re.S)
    return [line.strip() for line in match.group(1).split('\n')
            if line.strip()] if match else []


def tests_of(data):
    """Those with an HTTP server, and programs that need no server."""
    for name in os.listdir(data):
        if not re.fullmatch(r'test\d+', name):
            continue
        text = read(f'{data}/{name}')
        servers = part(text, 'server')
        http = any(server.startswith('http') for server in servers)
        alone = part(text, 'tool') and servers in ([], ['none'])
        if (http or alone) and 'unittest' not in part(text, 'features'):
            yield int(name[4:])


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ['--tests']:
        print(*sorted(tests_of(arguments[1])))
        return 0
    return table(arguments[-1], '-v' in arguments)


sys.exit(main())
