#!/usr/bin/python3
"""plot.py - pictures of recorded figures: SVG, readable on light and on dark

usage: plot.py FIGURES FOLDER

Writes size.svg, entries.svg, workers.svg and writer.svg into FOLDER, those for
which there are figures. The same figures give the same bytes.
"""
import math
import os
import sys
from xml.sax.saxutils import escape

import figures

WIDTH, HEIGHT = 760, 430
LEFT, RIGHT, TOP, BOTTOM = 62, 196, 34, 40
ZERO_AT = 128  # where a logarithmic axis has its 0 B

STYLE = """\
text { font: 12px sans-serif; fill: #24292f }
.title { font-size: 14px; font-weight: bold }
.grid { stroke: #8c959f; stroke-opacity: .3 }
path, .key { fill: none; stroke-width: 1.8 }
.ours { stroke-width: 3.4 }
.other { stroke-dasharray: 7 4 }
.plain { stroke-dasharray: 2 4 }
.a { stroke: #cf222e } .b { stroke: #57606a } .c { stroke: #1a7f37 }
.d { stroke: #0969da } .e { stroke: #8250df } .f { stroke: #bc4c00 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .a { stroke: #ff7b72 } .b { stroke: #9ea7b3 } .c { stroke: #3fb950 }
  .d { stroke: #58a6ff } .e { stroke: #d2a8ff } .f { stroke: #f0883e }
}"""

# A colour for each family, and a stroke for each of it.
LOOKS = {
    "libcurlcache": "a ours",
    "libcurlcache, multi": "a other",
    "plain libcurl": "b plain",
    "plain libcurl, multi": "b other",
    "nginx proxy_cache": "c",
    "Squid, memory": "d",
    "Squid, disk": "d other",
    "requests-cache, memory": "e",
    "requests-cache, SQLite": "e other",
    "plain requests": "e plain",
    "SoupCache": "f",
    "plain libsoup": "f plain",
}
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}


def by_size(what):
    label = what.removesuffix(", hit")
    number, unit = label.split()
    return label, math.log10(int(number) * UNITS[unit] or ZERO_AT)


def by_entries(what):
    count = int(what.rsplit(" ", 1)[1])
    return f"{count:,}".replace(",", " "), math.log10(count)


def by_title(what):
    return what.removeprefix("1 KiB, hit, "), None


# File, section, title, and the place on the axis; None: one beside another.
PLOTS = [
    ("size.svg", "hit", "a hit, by size of the body", by_size),
    ("entries.svg", "entries", "a hit of 1 KiB, by entries in the cache",
     by_entries),
    ("workers.svg", "workers", "a hit of 1 KiB, several at once", by_title),
    ("writer.svg", "writer", "a hit of 1 KiB, another stores each 2 ms",
     by_title),
]


def series_of(found, section, place):
    """({peer: [(position, microseconds)]}, {position: label})"""
    series, labels, order = {}, {}, []
    for figure in found:
        if figure.section != section or figure.peer not in LOOKS:
            continue
        label, position = place(figure.what)
        if position is None:
            if label not in order:
                order.append(label)
            position = order.index(label)
        labels[position] = label
        if figure.median:
            series.setdefault(figure.peer, []).append(
                (position, figure.median))
    return series, labels


class Axes:
    def __init__(self, series, labels):
        values = [math.log10(y) for points in series.values()
                  for _, y in points]
        self.low, self.high = math.floor(min(values)), math.ceil(max(values))
        self.high = max(self.high, self.low + 1)
        self.left, self.right = min(labels), max(labels)

    def x(self, position):
        share = ((position - self.left) / (self.right - self.left)
                 if self.right > self.left else 0.5)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, power):
        share = (power - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def time_label(power):
    unit = ("us", "ms", "s")[max(0, min(power // 3, 2))]
    value = 10.0 ** (power - 3 * max(0, min(power // 3, 2)))
    return f"{value:g} {unit}"


def grid(axes, labels):
    right = WIDTH - RIGHT
    for power in range(axes.low, axes.high + 1):
        y = axes.y(power)
        yield (f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" '
               f'y2="{y:.1f}"/>')
        yield (f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
               f'{time_label(power)}</text>')
    for position, label in sorted(labels.items()):
        x = axes.x(position)
        yield (f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" '
               f'y2="{HEIGHT - BOTTOM}"/>')
        yield (f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" '
               f'text-anchor="middle">{escape(label)}</text>')


def lines(axes, series):
    # The one that it is about lies on top.
    for peer, points in sorted(series.items(),
                               key=lambda s: "ours" in LOOKS[s[0]]):
        path = " L".join(f"{axes.x(x):.1f} {axes.y(math.log10(y)):.1f}"
                         for x, y in sorted(points))
        path += " h10" if len(points) == 1 else ""  # a point is not seen
        yield f'<path class="{LOOKS[peer]}" d="M{path}"/>'


def legend(series):
    """Slowest first, as the lines lie, by their first point."""
    ordered = sorted(series, key=lambda peer: (-min(series[peer])[1], peer))
    for i, peer in enumerate(ordered):
        x, y = WIDTH - RIGHT + 14, TOP + 12 + 22 * i
        yield (f'<line class="key {LOOKS[peer]}" x1="{x}" x2="{x + 26}" '
               f'y1="{y - 4}" y2="{y - 4}"/>')
        yield f'<text x="{x + 33}" y="{y}">{escape(peer)}</text>'


def draw(found, section, title, place):
    """The picture, or None where there is nothing to see."""
    series, labels = series_of(found, section, place)
    if not series:
        return None
    axes = Axes(series, labels)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} '
        f'{HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="20">{escape(title)} '
        "(median, logarithmic)</text>",
        *grid(axes, labels), *lines(axes, series), *legend(series),
        "</svg>", ""])


def write_all(found, folder):
    os.makedirs(folder, exist_ok=True)
    for file, section, title, place in PLOTS:
        picture = draw(found, section, title, place)
        if picture:
            with open(os.path.join(folder, file), "w",
                      encoding="utf-8") as out:
                out.write(picture)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write_all(figures.read(sys.argv[1])[1], sys.argv[2])


if __name__ == "__main__":
    main()
