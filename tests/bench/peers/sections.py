"""sections.py - what is measured: each section gives figures"""
import concurrent.futures
import dataclasses
import os
import re
import subprocess
import time

import figures
import servers
from figures import Figure
from programs import PEERS

KIB, MIB = 1 << 10, 1 << 20
SIZES = [("0 B", 0), ("1 KiB", KIB), ("16 KiB", 16 * KIB),
         ("64 KiB", 64 * KIB), ("1 MiB", MIB), ("10 MiB", 10 * MIB),
         ("100 MiB", 100 * MIB)]
NEW_SIZES = [("1 KiB", KIB), ("64 KiB", 64 * KIB), ("1 MiB", MIB)]
WORKERS = [("1 process", 1, 1), ("2 processes", 2, 1), ("4 processes", 4, 1),
           ("2 threads", 1, 2), ("4 threads", 1, 4)]
SPAN_MS = 60  # of one round; one transfer at least
PRIME_TRIES, PRIME_PAUSE_S = 5, 0.1
WRITE_EACH_US = 2000
MEMORY_TRANSFERS = 3000
START_ROUNDS = 3  # for each round of the rest

NONE, ALL = "none", "all"  # of the transfers, which the origin must see


@dataclasses.dataclass
class Cell:
    """A row in the making."""
    what: str
    peer: object
    programs: list
    order: tuple
    origin: str        # NONE or ALL
    note: str = ""
    name: str = ""     # of the peer, where it is not its own
    writer: object = None
    wrong: str = ""
    rounds: list = dataclasses.field(default_factory=list)


def play(cell, origin):
    """One round of a cell; its processes go at the same time."""
    before = origin.count()
    if cell.writer:
        cell.writer.order("write", 2 * SPAN_MS, WRITE_EACH_US)
    for program in cell.programs:
        program.order(*cell.order)
    done = [program.answer() for program in cell.programs]
    if cell.writer:
        cell.writer.answer()
    asked = origin.count() - before
    made = sum(r.count for r in done)
    cell.rounds.append((figures.spread([r.median for r in done])[0],
                        made * 1e6 / max(r.elapsed for r in done)))
    if asked != (made if cell.origin == ALL else 0):
        cell.wrong = f"not valid: {asked} of {made} reached the origin"


def rounds(cells, count, origin, section):
    """All cells in turn, so many times; another one begins each time."""
    for i in range(count):
        for j in range(len(cells)):
            cell = cells[(i + j) % len(cells)]
            if not cell.wrong:
                play(cell, origin)
    for cell in cells:
        name = cell.name or cell.peer.name
        if cell.wrong:
            yield Figure(section, cell.what, name, cell.peer.base,
                         note=cell.wrong)
            continue
        values = figures.spread([r[0] for r in cell.rounds])
        speed = figures.spread([r[1] for r in cell.rounds])[0]
        note = cell.note.format(speed=f"{figures.number(speed / 1000)} k/s")
        yield Figure(section, cell.what, name, cell.peer.base, *values, note)


def prime(cell, origin):
    """Until nothing reaches the origin any more."""
    if not cell.peer.caches:
        return
    for _ in range(PRIME_TRIES):
        before = origin.count()
        for program in cell.programs:
            program.do("same", 0)
        if origin.count() == before:
            return
        time.sleep(PRIME_PAUSE_S)
    cell.wrong = "not kept"


def hits(bench):
    """Hit latency by the body's size."""
    with bench.place() as place:
        for title, size in SIZES:
            cells = [Cell(f"{title}, hit", peer,
                          [place.start(peer, str(size), size)],
                          ("same", SPAN_MS), NONE if peer.caches else ALL)
                     for peer in bench.peers]
            for cell in cells:
                prime(cell, bench.origin)
            yield from rounds(cells, bench.rounds, bench.origin, "hit")
            place.end(*(cell.programs[0] for cell in cells))


def fill(cells, count):
    """Some at a time; the slowest, which stand last, begin."""
    programs = [cell.programs[0] for cell in reversed(cells)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = [pool.submit(p.do, "fill", 0, count) for p in programs]
        try:
            for one in done:
                one.result()
        except BaseException:  # the pool would wait for them
            for program in programs:
                program.process.kill()
            raise


def beside_fewest(found, fewest):
    """Each with how it stands to the same peer's among the fewest entries."""
    for figure in found:
        if figure.median is None:
            continue
        least = fewest.setdefault(figure.peer, figure)
        if least is not figure:
            ratio = figures.number(figure.median / least.median)
            figure.note = f"{ratio} times {least.what.partition(', ')[2]}"


def entries(bench):
    """Hits among so many entries of 1 KiB, one at random each time."""
    single = [p for p in bench.peers if p.mode != "multi"]
    fewest = {}
    for count in sorted(bench.entries):
        with bench.place(count) as place:
            what = f"1 KiB, one of {count}"
            cells = [Cell(what, peer, [place.start(peer, str(KIB), KIB)],
                          ("random", SPAN_MS, count),
                          NONE if peer.caches else ALL)
                     for peer in single if count <= peer.most]
            fill([c for c in cells if c.peer.caches], count)
            os.sync()  # what is still to be written is none of a hit's doing
            found = list(rounds(cells, bench.rounds, bench.origin, "entries"))
            beside_fewest(found, fewest)
            yield from found
            for peer in single:
                if peer.caches and count > peer.most:
                    yield Figure("entries", what, peer.name, peer.base,
                                 note="takes too long to fill")


def workers(bench):
    """Hits by several processes, and by several threads, at once."""
    single = [p for p in bench.peers if p.mode != "multi"]
    for title, processes, threads in WORKERS:
        with bench.place() as place:
            cells = []
            for peer in single:
                note = "{speed}"
                if not peer.shared and processes * threads > 1 and not (
                        peer.mode == "memory" and processes == 1):
                    note += ", a cache each"
                programs = [place.start(peer, str(KIB), KIB, threads)
                            for _ in range(processes)]
                cells.append(Cell(f"1 KiB, hit, {title}", peer, programs,
                                  ("same", SPAN_MS),
                                  NONE if peer.caches else ALL, note))
                prime(cells[-1], bench.origin)
            yield from rounds(cells, bench.rounds, bench.origin, "workers")


def writer(bench):
    """Hits while another process stores a new response each 2 ms."""
    single = [p for p in bench.peers if p.mode != "multi"]
    with bench.place() as place:
        cells, lonely = [], []
        for what in ("alone", "with a writer"):
            title = f"1 KiB, hit, {what}"
            for peer in single:
                if not peer.shared and what != "alone":
                    lonely.append(Figure("writer", title, peer.name, peer.base,
                                         note="a cache of one process"))
                    continue
                program = place.start(peer, str(KIB), KIB)
                other = None
                if what != "alone":
                    other = place.start(peer, str(KIB), KIB,
                                        origin=bench.writers)
                    other.do("write", 1, WRITE_EACH_US)
                cells.append(Cell(title, peer, [program], ("same", SPAN_MS),
                                  NONE if peer.caches else ALL, writer=other))
                prime(cells[-1], bench.origin)
        written = bench.writers.count()
        yield from rounds(cells, bench.rounds, bench.origin, "writer")
        if cells and bench.writers.count() == written:
            raise OSError("the writers wrote nothing")
        yield from lonely


def new_urls(bench):
    """What a miss costs, and what is passed through."""
    order = ("new", SPAN_MS)
    disabled = {"CURLCACHE_DISABLE": "1"}
    for title, size in NEW_SIZES:
        with bench.place() as place:
            cells = [Cell(f"{title}, miss", peer,
                          [place.start(peer, str(size), size)], order, ALL)
                     for peer in bench.peers]
            what = f"{title}, passed through"
            for peer in bench.peers:
                # One of each is enough where nothing is kept.
                if peer.mode in ("multi", "memory") or peer.via == "disk":
                    continue
                cells.append(Cell(
                    what, peer,
                    [place.start(peer, str(size), size, passing=True)],
                    order, ALL))
                if peer.via == "preload":
                    cells.append(Cell(
                        what, peer,
                        [place.start(peer, str(size), size, extra=disabled)],
                        order, ALL, name=f"{peer.name}, disabled"))
            yield from rounds(cells, bench.rounds, bench.origin, "new")


def process_us(argv, env, order):
    """A whole process, that reads its one order from a file."""
    with open(os.devnull, "wb") as null, open(order, "rb") as orders:
        start = time.perf_counter()
        pid = os.posix_spawn(argv[0], argv, env, file_actions=[
            (os.POSIX_SPAWN_DUP2, orders.fileno(), 0),
            (os.POSIX_SPAWN_DUP2, null.fileno(), 1)])
        _, status = os.waitpid(pid, 0)
        took = time.perf_counter() - start
    if status != 0:
        raise OSError(f"{' '.join(argv)} ended with status {status}")
    return took * 1e6


def start(bench):
    """A new process that makes one transfer: `curl`, or the peer's program."""
    what = "1 KiB, new process"
    with bench.place() as place:
        order = place.path("order")
        with open(order, "w", encoding="ascii") as out:
            out.write("same 0\n")
        made = []
        for peer in bench.peers:
            if peer.mode in ("multi", "memory"):
                continue
            url = place.url(peer, str(KIB))
            argv = place.argv(peer, url, KIB, own=place.path("own"))
            if peer.program == "curl":
                argv = ["/usr/bin/curl", "-so", "/dev/null", url]
            made.append((peer, argv, place.env(peer), []))
            for _ in range(3):
                process_us(*made[-1][1:3], order)
        wrong = {}
        for _ in range(START_ROUNDS * bench.rounds):
            for peer, argv, env, times in made:
                before = bench.origin.count()
                times.append(process_us(argv, env, order))
                asked = bench.origin.count() - before
                if asked != (0 if peer.caches else 1):
                    wrong[peer] = f"not valid: {asked} reached the origin"
        for peer, _, _, times in made:
            if peer in wrong:
                yield Figure("start", what, peer.name, peer.base,
                             note=wrong[peer])
            else:
                yield Figure("start", what, peer.name, peer.base,
                             *figures.spread(times))


def memory(bench):
    """What a process, or the proxy, has held at most after many misses."""
    what = f"memory, MiB, {MEMORY_TRANSFERS} misses"
    with bench.place() as place:
        for peer in bench.peers:
            if peer.mode == "multi":
                continue
            program = place.start(peer, str(KIB), KIB)
            program.do("count", MEMORY_TRANSFERS)
            server = place.squid.get(peer.via)
            if peer.via == "nginx":
                server = place.nginx
            pid = (server or program).process.pid
            yield Figure("memory", what, peer.name,
                         "" if server else peer.base,
                         servers.resident_mib(pid)[1],
                         note="the server" if server else "")
            place.end(program)


def own_rows(bench):
    """Rows of `bench`: the start, and the store without a network."""
    for rows in ("in pairs", "`/bin/true`", "first hit", "store, get"):
        argv = [os.path.join(bench.tools.build, "tests/bench", name)
                for name in ("bench", "bench_client")]
        argv += [bench.tools.preload, str(bench.rounds), rows]
        argv += [str(max(bench.entries))] if (rows == "store, get" and max(
            bench.entries) > 100000) else []
        out = subprocess.run(argv, check=True, stdout=subprocess.PIPE,
                             text=True, env=os.environ | {"TMPDIR":
                                                          bench.folder},
                             preexec_fn=servers.die_with_parent).stdout
        first = None
        for line in out.splitlines()[2:]:
            what, name, *numbers, last = (
                c.strip() for c in line.strip("| ").split("|"))
            note = re.search(r"\((.*)\)", last)
            first = first or name
            # As bench_store.c has it: with the same number of entries.
            base = name.split(",")[0] if "entries, " in name else first
            yield Figure("own", what, name, base,
                         *(float(n) for n in numbers),
                         note=note.group(1) if note else "")


ALL_SECTIONS = {"hit": hits, "entries": entries, "workers": workers,
                "writer": writer, "new": new_urls, "start": start,
                "memory": memory, "own": own_rows}


def missing(lack):
    """A row for each peer that is not installed."""
    for peer in PEERS:
        package = lack.of(peer)
        if package:
            yield Figure("missing", "not measured", peer.name, "",
                         note=f"not installed (Debian: {package})")
