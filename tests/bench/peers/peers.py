#!/usr/bin/python3
"""peers.py - libcurlcache beside other caches, in one run

usage: tests/bench/run peers [--rounds N] [--entries N,N] [--only SECTION]...
                             [--record FILE] [--plots FOLDER] [--readme]

Prints one Markdown table: hits by the body's size, by entries, processes and
threads, with a writer, misses, what is passed through, start and memory, of
libcurlcache, plain libcurl, nginx's proxy_cache, Squid, requests-cache and
SoupCache. Each row is the median over interleaved rounds of the rounds'
medians, with the 10th and 90th percentile. A row of hits stands only if no
request reached the origin while it was measured, any other only if all did;
each body has the length it should have. What is not installed is a row that
says so.

--rounds N      5 if it is not given
--entries N,N   1000,100000,1000000 if it is not given; that takes 4 GB of disk
                below /tmp for a while, and as much memory to keep them at hand;
                above 100000 libcurlcache alone is filled, beside plain libcurl
--only SECTION  hit, entries, workers, writer, new, start, memory, own
--record FILE   the figures, with tabs; build-bench/peers.tsv if not given
--plots FOLDER  also draw them
--readme        record and draw into tests/bench/peers, write all rows to
                tests/bench/peers/results.md and the summary to README.md
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import figures
import plot
import publish
import sections
import servers
from programs import PEERS, Lack, Place, Tools


class Bench:
    def __init__(self, tools, folder, arguments):
        self.tools, self.folder = tools, folder
        self.rounds = arguments.rounds
        self.entries = arguments.entries
        self.lack = Lack(tools)
        self.peers = [p for p in PEERS if not self.lack.of(p)]
        self.serial = 0
        self.origin = servers.Origin(os.path.join(folder, "origin"))
        # Its count is not the one that hits are proven by.
        self.writers = servers.Origin(os.path.join(folder, "writers"))
        for _, size in sections.SIZES:
            self.origin.file(str(size), size)
        self.writers.file(str(sections.KIB), sections.KIB)

    def place(self, entries=1000):
        self.serial += 1
        # What the last one left takes room on the disk.
        shutil.rmtree(self.path(self.serial - 1), ignore_errors=True)
        return Place(self.tools, self.path(self.serial),
                     [self.origin, self.writers], self.lack, entries)

    def path(self, number):
        return os.path.join(self.folder, f"place-{number}")

    def close(self):
        self.origin.close()
        self.writers.close()


def arguments_of(argv):
    parser = argparse.ArgumentParser(
        usage=__doc__.split("\n\n", 2)[1], add_help=False)
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--entries", default="1000,100000,1000000")
    parser.add_argument("--only", action="append",
                        choices=list(sections.ALL_SECTIONS))
    parser.add_argument("--record")
    parser.add_argument("--plots")
    parser.add_argument("--readme", action="store_true")
    arguments = parser.parse_args(argv)
    if arguments.help:
        print(__doc__)
        sys.exit(0)
    arguments.entries = [int(n) for n in arguments.entries.split(",")]
    if arguments.rounds < 1 or min(arguments.entries) < 1:
        parser.error("rounds and entries are at least 1")
    return arguments


def said(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT).stdout


def machine():
    """Where the figures come from, in one line."""
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((line.split(":")[1].strip() for line in lines
                      if line.startswith("model name")), os.uname().machine)
    cores = len(os.sched_getaffinity(0))
    curl = " ".join(said("/usr/bin/curl", "--version").split()[:2])
    return (f"{time.strftime('%Y-%m-%d', time.gmtime())}, {cores} cores, "
            f"{model}, {curl}, load before the run "
            f"{os.getloadavg()[0]:.1f}")


def measure(bench, wanted):
    """All figures; on standard error, how long each section took."""
    found = list(sections.missing(bench.lack))
    for name, section in sections.ALL_SECTIONS.items():
        if wanted and name not in wanted:
            continue
        began, used = time.monotonic(), os.times()
        found += section(bench)
        busy = sum(now - before for now, before
                   in zip(os.times()[:4], used[:4]))
        print(f"{name}: {time.monotonic() - began:.0f} s, of one processor "
              f"{busy:.0f} s", file=sys.stderr)
    return found


def main():
    arguments = arguments_of(sys.argv[1:])
    if not servers.program("nginx"):
        sys.exit("bench: nginx is missing (Debian: nginx-light)")
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, lambda number, _: sys.exit(128 + number))
    folder = tempfile.mkdtemp(prefix="curlcache-peers-")
    os.chmod(folder, 0o755)
    bench = None
    where = machine()
    try:
        bench = Bench(Tools(arguments.build), folder, arguments)
        found = measure(bench, arguments.only)
    finally:
        if bench:
            bench.close()
        shutil.rmtree(folder, ignore_errors=True)
    record = arguments.record or os.path.join(arguments.build, "peers.tsv")
    figures.write(record, where, found)
    print(where + "\n")
    print("\n".join(figures.table(found)))
    if arguments.plots:
        plot.write_all(found, arguments.plots)
    if arguments.readme:
        publish.readme(where, found)


if __name__ == "__main__":
    main()
