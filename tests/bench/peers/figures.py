"""figures.py - what was measured: recorded, and as Markdown tables"""
import dataclasses

FIELDS = ("section", "what", "peer", "base", "median", "p10", "p90", "note")


@dataclasses.dataclass
class Figure:
    section: str   # hit, entries, workers, writer, new, start, memory, ...
    what: str      # what was done: "1 KiB, hit"
    peer: str      # by whom
    base: str      # by whom it was done plainly; "": nobody
    median: float = None  # microseconds, MiB for memory; None: see the note
    p10: float = None
    p90: float = None
    note: str = ""


def spread(values):
    """Median and percentiles, as measure.c has them."""
    values = sorted(values)
    n = len(values)
    return values[n // 2], values[n // 10], values[n * 9 // 10]


def write(path, machine, figures):
    def cell(value):
        if value is None:
            return ""
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    with open(path, "w", encoding="utf-8") as out:
        print("# " + machine, file=out)
        print("\t".join(FIELDS), file=out)
        for figure in figures:
            print("\t".join(cell(getattr(figure, f)) for f in FIELDS),
                  file=out)


def read(path):
    """(machine, figures)"""
    with open(path, encoding="utf-8") as lines:
        machine = next(lines)[2:].rstrip("\n")
        if tuple(next(lines).rstrip("\n").split("\t")) != FIELDS:
            raise ValueError(f"{path}: not the figures of this version")
        figures = []
        for line in lines:
            cells = dict(zip(FIELDS, line.rstrip("\n").split("\t")))
            for field in ("median", "p10", "p90"):
                cells[field] = float(cells[field]) if cells[field] else None
            figures.append(Figure(**cells))
    return machine, figures


def median_of(figures, section, what, peer):
    for figure in figures:
        if (figure.section, figure.what, figure.peer) == (section, what, peer):
            return figure.median
    return None


def number(value):
    """Three digits that mean something, and no more."""
    if value is None:
        return ""
    for limit, digits in ((10, 2), (100, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


def time(value):
    """Microseconds in the unit that fits."""
    if value is None:
        return "-"
    for limit, unit in ((1e3, "us"), (1e6, "ms")):
        if value < limit:
            return f"{number(value * 1e3 / limit)} {unit}"
    return f"{number(value / 1e6)} s"


def ratio(value, base):
    if value is None or not base:
        return ""
    return f"{value / base:.3f}" if value < 10 * base else f"{value / base:.1f}"


def table(figures):
    """All of it, in lines of Markdown."""
    yield ("| what | by | median, us | p10 | p90 | plain = 1 | "
           "libcurlcache = 1 | |")
    yield "|---|---|---|---|---|---|---|---|"
    for f in figures:
        plain = median_of(figures, f.section, f.what, f.base)
        ours = median_of(figures, f.section, f.what, "libcurlcache")
        yield (f"| {f.what} | {f.peer} | {number(f.median)} | {number(f.p10)} "
               f"| {number(f.p90)} | {ratio(f.median, plain)} "
               f"| {ratio(f.median, ours)} | {f.note} |")


# Column of the summary: section and what.
SUMMARY = [
    ("0 B", "hit", "0 B, hit"),
    ("1 KiB", "hit", "1 KiB, hit"),
    ("64 KiB", "hit", "64 KiB, hit"),
    ("1 MiB", "hit", "1 MiB, hit"),
    ("100 MiB", "hit", "100 MiB, hit"),
    ("miss, 1 KiB", "new", "1 KiB, miss"),
    ("new process, 1 KiB", "start", "1 KiB, new process"),
]


def summary(figures):
    """One line for each peer."""
    peers = []
    for f in figures:
        if f.section == "hit" and f.peer not in peers:
            peers.append(f.peer)
    yield "| a hit | " + " | ".join(c[0] for c in SUMMARY) + " |"
    yield "|---" * (len(SUMMARY) + 1) + "|"
    for peer in peers:
        cells = (time(median_of(figures, section, what, peer))
                 for _, section, what in SUMMARY)
        yield f"| {peer} | " + " | ".join(cells) + " |"


def own(figures):
    """All of libcurlcache's own that the summary leaves out."""
    yield "| what | by | median, us | plain = 1 | |"
    yield "|---|---|---|---|---|"
    for f in figures:
        ours = f.peer.removesuffix(", disabled") == "libcurlcache"
        if f.section == "hit" or not (ours or f.section == "own"):
            continue
        plain = median_of(figures, f.section, f.what, f.base)
        yield (f"| {f.what} | {f.peer} | {number(f.median)} "
               f"| {ratio(f.median, plain)} | {f.note} |")
