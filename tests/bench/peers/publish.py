#!/usr/bin/python3
"""publish.py - recorded figures as they stand in the documents

usage: publish.py [FIGURES]

From FIGURES, or from tests/bench/peers/figures.tsv: the summary in README.md
between its two markers, all rows in tests/bench/peers/results.md, and the
pictures beside it.
"""
import os
import shutil
import sys

import figures
import plot

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..", "..")
RECORD = os.path.join(HERE, "figures.tsv")
RESULTS = os.path.join(HERE, "results.md")
README = os.path.join(TOP, "README.md")
BEGIN = "<!-- peers: written by tests/bench/run peers --readme -->"
END = "<!-- peers: end -->"


def results_text(where, found):
    pictures = [f"![{title}]({file})" for file, section, title, _ in plot.PLOTS
                if any(f.section == section for f in found)]
    return "\n".join([
        "# libcurlcache beside other caches", "",
        f"One run of `tests/bench/run peers`: {where}. "
        "`run peers --help` says how.", "", *pictures, "",
        *figures.table(found), ""])


def readme_block(where, found):
    return "\n".join([
        BEGIN, "", f"Machine: {where}. A hit, and what else is costly:", "",
        *figures.summary(found), "",
        "![a hit, by size of the body](tests/bench/peers/size.svg)", "",
        "Of libcurlcache alone, beside plain libcurl:", "",
        *figures.own(found), "", END])


def spliced(text, block):
    """README's text with the block between its markers."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("README.md has no markers for the figures")
    return before + block + after


def readme(where, found):
    figures.write(RECORD, where, found)
    plot.write_all(found, HERE)
    with open(RESULTS, "w", encoding="utf-8") as out:
        out.write(results_text(where, found))
    with open(README, encoding="utf-8") as text:
        new = spliced(text.read(), readme_block(where, found))
    with open(README, "w", encoding="utf-8") as out:
        out.write(new)


def main():
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    if len(sys.argv) == 2 and not (os.path.exists(RECORD) and os.path.samefile(
            sys.argv[1], RECORD)):
        shutil.copyfile(sys.argv[1], RECORD)
    readme(*figures.read(RECORD))


if __name__ == "__main__":
    main()
