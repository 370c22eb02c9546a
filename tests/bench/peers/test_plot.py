#!/usr/bin/python3
"""test_plot.py - recorded figures become pictures, and the documents hold them

usage: test_plot.py TOP
A small record is drawn: each picture is well-formed XML with a line for each
peer that has figures, and the same bytes the next time. README.md, results.md
and the pictures that are kept say what the figures beside them say.
"""
import os
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

TOP = os.path.abspath(sys.argv.pop(1))
HERE = os.path.join(TOP, "tests/bench/peers")
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import figures  # noqa: E402
import plot     # noqa: E402
import publish  # noqa: E402
from figures import Figure  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
SMALL = [
    Figure("hit", "0 B, hit", "plain libcurl", "plain libcurl", 30.0, 29.0,
           31.0),
    Figure("hit", "0 B, hit", "libcurlcache", "plain libcurl", 3.0, 2.5, 4.0),
    Figure("hit", "10 MiB, hit", "plain libcurl", "plain libcurl", 9000.0,
           8000.0, 9500.0),
    Figure("hit", "10 MiB, hit", "libcurlcache", "plain libcurl", 1500.0,
           1400.0, 1600.0),
    Figure("hit", "10 MiB, hit", "SoupCache", "plain libsoup",
           note="not kept & <not> drawn"),
    Figure("entries", "1 KiB, one of 1000", "Squid, disk", "plain libcurl",
           150.0, 140.0, 170.0),
    Figure("writer", "1 KiB, hit, alone", "libcurlcache", "plain libcurl",
           3.0, 3.0, 3.0),
    Figure("writer", "1 KiB, hit, with a writer", "libcurlcache",
           "plain libcurl", 3.5, 3.0, 4.0),
]


def contents(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found[name] = file.read()
    return found


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Plots(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="curlcache-plot-")
        self.addCleanup(self.folder.cleanup)
        self.record = os.path.join(self.folder.name, "figures.tsv")
        figures.write(self.record, "a machine", SMALL)

    def drawn(self, name):
        folder = os.path.join(self.folder.name, name)
        plot.write_all(figures.read(self.record)[1], folder)
        return contents(folder)

    def test_a_record_is_read_as_it_was_written(self):
        self.assertEqual(figures.read(self.record), ("a machine", SMALL))

    def test_pictures_are_well_formed_and_have_a_line_for_each_peer(self):
        drawn = self.drawn("one")
        self.assertEqual(sorted(drawn),
                         ["entries.svg", "size.svg", "writer.svg"])
        for name, lines in (("size.svg", 2), ("entries.svg", 1),
                            ("writer.svg", 1)):
            root = xml.fromstring(drawn[name])
            self.assertEqual(root.tag, SVG + "svg")
            self.assertEqual(len(root.findall(SVG + "path")), lines, name)
            words = [t.text for t in root.findall(SVG + "text")]
            if name == "size.svg":
                self.assertIn("10 MiB", words)
                self.assertIn("plain libcurl", words)
                self.assertNotIn("SoupCache", words)

    def test_what_costs_more_lies_higher(self):
        root = xml.fromstring(self.drawn("one")["size.svg"])
        heights = {path.get("class"): float(path.get("d").split()[1])
                   for path in root.findall(SVG + "path")}
        self.assertLess(heights[plot.LOOKS["plain libcurl"]],
                        heights[plot.LOOKS["libcurlcache"]])

    def test_the_same_figures_give_the_same_bytes(self):
        self.assertEqual(self.drawn("one"), self.drawn("two"))

    def test_the_table_has_ratios_and_what_is_missing(self):
        rows = list(figures.table(SMALL))
        self.assertIn("| 0 B, hit | libcurlcache | 3.00 | 2.50 | 4.00 | 0.100 "
                      "| 1.000 |  |", rows)
        self.assertIn("| 10 MiB, hit | SoupCache |  |  |  |  |  "
                      "| not kept & <not> drawn |", rows)

    def test_a_block_is_put_between_the_markers_alone(self):
        text = f"before\n{publish.BEGIN}\nold\n{publish.END}\nafter\n"
        block = publish.readme_block("a machine", SMALL)
        new = publish.spliced(text, block)
        self.assertEqual(new, f"before\n{block}\nafter\n")
        self.assertEqual(publish.spliced(new, block), new)
        with self.assertRaises(ValueError):
            publish.spliced("no markers", block)


class Documents(unittest.TestCase):
    """tests/bench/peers/publish.py puts right what differs here."""

    def setUp(self):
        self.where, self.found = figures.read(publish.RECORD)

    def test_the_readme_says_what_was_recorded(self):
        self.assertIn(publish.readme_block(self.where, self.found),
                      text_of(publish.README))

    def test_results_are_those_recorded(self):
        self.assertEqual(publish.results_text(self.where, self.found),
                         text_of(publish.RESULTS))

    def test_pictures_are_those_of_the_figures(self):
        with tempfile.TemporaryDirectory(prefix="curlcache-plot-") as folder:
            plot.write_all(self.found, folder)
            for name, picture in contents(folder).items():
                self.assertEqual(picture, text_of(os.path.join(HERE, name)))


if __name__ == "__main__":
    unittest.main()
