#!/usr/bin/python3
"""policies.py - which entry should go? Hit rates of policies side by side

usage: policies.py [requests]
Replays made-up traces (Zipf requests of small entries, with floods of large
ones asked for once, loops, shifting favourites) against caches of bytes. "lru"
notes a use once in ten minutes, as the store does; "store NN" is the store's
own: what was never used since it was stored goes first while it has more than
NN percent of the cache, then the least recently used; "beside" is what it does
where puts come many to a commit: before the oldest of all, the oldest on the
page of the new one, if that has half its age. Prints one table.
"""
import bisect
import itertools
import random
import sys
import zlib
from collections import OrderedDict

NOTE_EVERY = 600  # seconds between two notes of an entry's use
PAGE = 8192  # bytes; entries lie on them by their hash
BESIDE_MAX = 8000  # bytes of one that has its body on its page


class Lru:
    def __init__(self, limit):
        self.limit, self.used, self.all = limit, 0, OrderedDict()

    def get(self, key, now):
        if key not in self.all:
            return False
        entry = self.all[key]
        if now // NOTE_EVERY > entry[1] // NOTE_EVERY:
            entry[1] = now
            self.all.move_to_end(key)
        return True

    def put(self, key, size, now):
        self.all[key] = [size, now]
        self.used += size
        while self.used > self.limit:
            self.used -= self.all.popitem(last=False)[1][0]


class Exact(Lru):
    def get(self, key, now):
        if key in self.all:
            self.all.move_to_end(key)
            return True
        return False


class Store:
    """Two queues: never used, and used; one note at the first use."""

    def __init__(self, limit, share):
        self.limit, self.share = limit, limit * share // 100
        self.new, self.old = OrderedDict(), OrderedDict()
        self.new_bytes = self.old_bytes = 0

    def get(self, key, now):
        if key in self.new:
            size, _ = self.new.pop(key)
            self.new_bytes -= size
            self.old_bytes += size
            self.old[key] = [size, now]
            return True
        if key not in self.old:
            return False
        entry = self.old[key]
        if now // NOTE_EVERY > entry[1] // NOTE_EVERY:
            entry[1] = now
            self.old.move_to_end(key)
        return True

    def put(self, key, size, now):
        self.new[key] = (size, now)
        self.new_bytes += size
        while self.new_bytes + self.old_bytes > self.limit:
            if (self.new_bytes > self.share and len(self.new)) or not self.old:
                self.new_bytes -= self.new.popitem(last=False)[1][0]
            else:
                self.old_bytes -= self.old.popitem(last=False)[1][0]


class Beside(Store):
    """The same, but a put may drop one of the page where it goes."""

    def __init__(self, limit, share):
        super().__init__(limit, share)
        self.pages = [{} for _ in range(limit // PAGE)]
        self.beside = 0

    def page(self, key):
        return self.pages[zlib.crc32(repr(key).encode()) % len(self.pages)]

    def put(self, key, size, now):
        over = self.new_bytes + self.old_bytes + size - self.limit
        if over > 0 and self.new_bytes > self.share:
            self.make_room(self.page(key), now)
        self.page(key)[key] = now
        super().put(key, size, now)

    def make_room(self, page, now):
        """Drop the oldest of a page that was never used, if it is old."""
        first = next(iter(self.new.values()))[1]
        for key in [k for k in page if k not in self.new]:
            del page[key]
        for key in sorted(page, key=page.get):
            size, stored = self.new[key]
            if stored > first + (now - first) / 2:
                return
            if size <= BESIDE_MAX:
                self.new_bytes -= self.new.pop(key)[0]
                del page[key]
                self.beside += 1
                return


class Sieve:
    def __init__(self, limit):
        self.limit, self.used = limit, 0
        self.size, self.seen = {}, {}
        self.next, self.prev = {}, {}
        self.head = self.tail = self.hand = None

    def get(self, key, now):
        if key not in self.size:
            return False
        self.seen[key] = True
        return True

    def evict(self):
        at = self.hand if self.hand is not None else self.tail
        while self.seen[at]:
            self.seen[at] = False
            at = self.prev[at] if self.prev[at] is not None else self.tail
        before, after = self.prev[at], self.next[at]
        self.hand = before
        if before is None:
            self.head = after
        else:
            self.next[before] = after
        if after is None:
            self.tail = before
        else:
            self.prev[after] = before
        self.used -= self.size.pop(at)
        del self.seen[at], self.next[at], self.prev[at]

    def put(self, key, size, now):
        self.used += size
        while self.used > self.limit and self.size:
            self.evict()
        self.size[key], self.seen[key] = size, False
        self.next[key], self.prev[key] = self.head, None
        if self.head is not None:
            self.prev[self.head] = key
        self.head = key
        if self.tail is None:
            self.tail = key


class S3Fifo:
    def __init__(self, limit):
        self.limit, self.small_limit = limit, limit // 10
        self.small, self.main, self.ghost = (OrderedDict() for _ in range(3))
        self.small_bytes = self.main_bytes = 0

    def get(self, key, now):
        entry = self.small.get(key) or self.main.get(key)
        if not entry:
            return False
        entry[1] = min(entry[1] + 1, 3)
        return True

    def evict(self):
        if self.small_bytes > self.small_limit or not self.main:
            key, entry = self.small.popitem(last=False)
            self.small_bytes -= entry[0]
            if entry[1] > 1:
                self.main[key] = [entry[0], 0]
                self.main_bytes += entry[0]
            else:
                self.ghost[key] = True
                while len(self.ghost) > max(len(self.main), 1):
                    self.ghost.popitem(last=False)
            return
        key, entry = self.main.popitem(last=False)
        if entry[1] > 0:
            entry[1] -= 1
            self.main[key] = entry
        else:
            self.main_bytes -= entry[0]

    def put(self, key, size, now):
        if self.ghost.pop(key, None):
            self.main[key] = [size, 0]
            self.main_bytes += size
        else:
            self.small[key] = [size, 0]
            self.small_bytes += size
        while self.small_bytes + self.main_bytes > self.limit:
            self.evict()


def zipf(count, alpha):
    total = list(itertools.accumulate(1 / (i + 1) ** alpha
                                      for i in range(count)))
    return lambda: bisect.bisect(total, random.random() * total[-1])


def requests(name, count):
    """(key, bytes) of each request; ten of them a second."""
    pick = zipf(50000, 0.9)
    once = itertools.count()
    for i in range(count):
        if name == "zipf":
            yield ("z", pick()), 2000
        elif name == "zipf and floods":
            flood = i // 5000 % 4 == 3
            if flood and i % 3:
                yield ("o", next(once)), 200000
            else:
                yield ("z", pick()), 2000
        elif name == "zipf and one in five once":
            yield (("o", next(once)), 2000) if i % 5 == 0 else (
                ("z", pick()), 2000)
        elif name == "loop":
            yield ("l", i % 15000), 2000
        elif name == "favourites shift":
            yield ("s", i // 40000, pick()), 2000
        else:
            part = i // 10000 % 3
            yield (("z", pick()), 2000) if part < 2 else (
                ("l", i % 12000), 2000)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200000
    limit = 20 * 1000 * 1000
    makers = [("lru", lambda: Lru(limit)), ("lru, exact", lambda: Exact(limit)),
              ("SIEVE", lambda: Sieve(limit)),
              ("S3-FIFO", lambda: S3Fifo(limit))]
    makers += [(f"store {share}", lambda share=share: Store(limit, share))
               for share in (10, 25, 50, 75)]
    makers += [("store 50, beside", lambda: Beside(limit, 50))]
    print("| hit rate, percent | " + " | ".join(n for n, _ in makers) + " |")
    print("|---" * (len(makers) + 1) + "|")
    for name in ("zipf", "zipf and floods", "zipf and one in five once", "loop",
                 "favourites shift", "zipf and loops"):
        cells = []
        for _, make in makers:
            random.seed(1)
            cache, hits = make(), 0
            for i, (key, size) in enumerate(requests(name, count)):
                if cache.get(key, i // 10):
                    hits += 1
                else:
                    cache.put(key, size, i // 10)
            cells.append(f"{100 * hits / count:.1f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


main()
