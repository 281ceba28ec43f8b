#!/usr/bin/env python3
"""docs/metaflow.md against the binary: options by verb, the glue's names, and links: metaflow_docs_test.py WAYBILL_METAFLOW."""
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

PAGE = peers.ROOT / "docs/metaflow.md"
GLUE = peers.ROOT / "adapters/metaflow/waybill_metaflow.py"
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
BINARY = ""


def help_of(*verb):
    return subprocess.run([BINARY, *verb, "--help"], capture_output=True, text=True, timeout=30, check=True).stdout


def options_of(*verb):
    return {option for line in re.findall(r"^  (-\S+)", help_of(*verb), re.MULTILINE) for option in OPTION.findall(line)} - {"--help"}


def verbs():
    return re.findall(r"^  ([a-z][a-z-]*)\s", help_of().split("Subcommands:")[1], re.MULTILINE)


class Docs(unittest.TestCase):
    def setUp(self):
        self.text = PAGE.read_text(encoding="utf-8")

    def section(self, title):
        return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", self.text, re.MULTILINE | re.DOTALL)[1]

    def test_every_option_is_described_for_its_verb(self):
        described = {verb: set() for verb in verbs()}
        for names, of in re.findall(r"^\| (`.*?) \| (.*?) \|", self.section("Options"), re.MULTILINE):
            for verb in of.split(", "):
                described[verb] |= set(OPTION.findall(names))
        self.assertEqual(described, {verb: options_of(verb) - {"--max-bandwidth"} for verb in described})

    def test_every_verb_is_described(self):
        rows = re.findall(r"^\| `([a-z-]+)", self.section("The verbs"), re.MULTILINE)
        self.assertEqual(sorted(rows), sorted(verbs()))

    def test_no_option_is_made_up(self):
        known = options_of().union(*(options_of(verb) for verb in verbs())) | {"--with", "--full", "--theirs"}
        codes = re.findall(r"`([^`\n]+)`", self.text)
        self.assertEqual({option for code in codes for option in OPTION.findall(code)} - known, set())

    def test_members_and_methods_that_are_named_exist(self):
        glue = GLUE.read_text(encoding="utf-8")
        for name in ("read_table", "write_table", "commit_table_writes", "get_reads", "get_writes"):
            self.assertIn(f"def {name}(", glue)
            self.assertIn(f"`{name}", self.text)

    def test_links_lead_somewhere(self):
        for link in re.findall(r"\]\(([^)#]+)", self.text):
            self.assertTrue(link.startswith("https://") or (PAGE.parent / link).exists(), link)

    def test_the_glue_stays_thin(self):
        lines = GLUE.read_text(encoding="utf-8").splitlines()
        recording = lines[lines.index("def call(*arguments, allowed=(0,), **options):"):lines.index("class DoltDT:")]
        self.assertLessEqual((len(recording), len(lines)), (60, 240))


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
