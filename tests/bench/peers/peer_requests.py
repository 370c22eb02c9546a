#!/usr/bin/python3
"""peer_requests.py - an ordinary program of requests, told its rounds

usage: peer_requests.py URL BYTES THREADS plain|memory|sqlite|passed FOLDER

As rounds.h has it. With `memory` and `sqlite` the sessions are those of
requests-cache, with its defaults; with `passed` they are those of `sqlite`,
switched off. `fill` makes requests-cache's own keys and entries, and has one
response stored under all of them: what is measured is how they are found.
"""
import contextlib
import os
import random
import sys
import threading
import time

import requests

SAMPLES_MAX = 200000


def session_of(kind, folder, shared={}):
    if kind == "plain":
        return requests.Session()
    import requests_cache
    if kind == "memory":  # one for all threads: there is no other way
        if "memory" not in shared:
            shared["memory"] = requests_cache.CachedSession(backend="memory")
        return shared["memory"]
    return requests_cache.CachedSession(os.path.join(folder, "cache"),
                                        backend="sqlite")


class Worker:
    def __init__(self, number, count, url, bytes_, kind, folder):
        self.number, self.count, self.url = number, count, url
        self.bytes, self.kind = bytes_, kind
        self.session = session_of(kind, folder)
        self.serial, self.samples = 0, []
        self.random = random.Random(number)

    def transfer(self, url):
        start = time.perf_counter()
        answer = self.session.get(url)
        body = answer.content
        took = time.perf_counter() - start
        if answer.status_code != 200 or len(body) != self.bytes:
            print(f"bench: {url} failed, or has {len(body)} bytes",
                  file=sys.stderr)
            os._exit(3)
        self.samples.append(took * 1e6)

    def never_asked(self):
        self.transfer(f"{self.url}?n={os.getpid()}-{self.number}-{self.serial}")
        self.serial += 1

    def fill(self, first, last):
        if self.number:
            return
        self.transfer(f"{self.url}?e={first}")
        if self.kind == "plain":
            return
        cache = self.session.cache
        request = requests.Request("GET", f"{self.url}?e={first}")
        stored = cache.responses[cache.create_key(
            self.session.prepare_request(request))]
        bulk = getattr(cache.responses, "bulk_commit", contextlib.nullcontext)
        with bulk():
            for i in range(first, last):
                request = requests.Request("GET", f"{self.url}?e={i}")
                key = cache.create_key(self.session.prepare_request(request))
                cache.responses[key] = stored

    def follow(self, verb, first, second):
        self.samples = []
        until = time.perf_counter() + first / 1000
        if verb in ("same", "random", "new"):
            while True:
                if verb == "same":
                    self.transfer(self.url)
                elif verb == "random":
                    self.transfer(
                        f"{self.url}?e={self.random.randrange(second)}")
                else:
                    self.never_asked()
                if (time.perf_counter() >= until
                        or len(self.samples) >= SAMPLES_MAX):
                    return
        elif verb == "fill":
            self.fill(first, second)
        elif verb == "count":
            for _ in range(first):
                self.never_asked()
        elif verb == "write":
            while time.perf_counter() < until:
                self.never_asked()
                time.sleep(second / 1e6)
        else:
            sys.exit(f"bench: what is '{verb}'?")


def begin_threads(workers, order):
    """One thread for each worker but the first; two barriers for a round."""
    begin, end = (threading.Barrier(len(workers)) for _ in range(2))

    def work(worker):
        while True:
            begin.wait()
            worker.follow(*order)
            end.wait()

    for worker in workers[1:]:
        threading.Thread(target=work, args=(worker,), daemon=True).start()
    return begin, end


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    url, bytes_, count, kind, folder = sys.argv[1:]
    workers = [Worker(i, int(count), url, int(bytes_), kind, folder)
               for i in range(int(count))]
    order = []
    begin, end = begin_threads(workers, order)
    with contextlib.ExitStack() as stack:
        if kind == "passed":
            for worker in workers:
                stack.enter_context(worker.session.cache_disabled())
        for line in sys.stdin:
            verb, *numbers = line.split()
            order[:] = [verb, int(numbers[0]), int((numbers + [1])[1])]
            start = time.perf_counter()
            begin.wait()
            workers[0].follow(*order)
            end.wait()
            elapsed = time.perf_counter() - start
            made = sorted(s for w in workers for s in w.samples) or [0]
            print(f"{made[len(made) // 2]:.3f} {made[len(made) // 10]:.3f} "
                  f"{made[len(made) * 9 // 10]:.3f} {len(made)} "
                  f"{elapsed * 1e6:.0f}", flush=True)


if __name__ == "__main__":
    main()
