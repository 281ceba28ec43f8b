#!/usr/bin/env python3
"""docs/dagster.md against the binary: options by verb, and links: dagster_docs_test.py WAYBILL_DAGSTER."""
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

PAGE = peers.ROOT / "docs/dagster.md"
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
BINARY = ""


def options_of(*verb):
    said = subprocess.run([BINARY, *verb, "--help"], capture_output=True, text=True, timeout=30, check=True).stdout
    return {option for line in re.findall(r"^  (-\S+)", said, re.MULTILINE) for option in OPTION.findall(line)} - {"--help"}


class Docs(unittest.TestCase):
    def test_every_option_is_described_for_its_verb(self):
        text = PAGE.read_text(encoding="utf-8")
        table = re.search(r"^## Options\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]
        described = {verb: set() for verb in ("scan", "load", "exec")}
        for names, verbs in re.findall(r"^\| (`.*?) \| (.*?) \|", table, re.MULTILINE):
            for verb in verbs.split(", "):
                described[verb] |= set(OPTION.findall(names))
        self.assertEqual(described, {verb: options_of(verb) - {"--max-bandwidth"} for verb in described})

    def test_no_option_is_made_up(self):
        text = PAGE.read_text(encoding="utf-8")
        known = options_of().union(*(options_of(verb) for verb in ("scan", "load", "exec")))
        known |= {"--check", "--name", "--dagster-pipes-context", "--dagster-pipes-messages"}
        codes = re.findall(r"`([^`\n]+)`", text)
        self.assertEqual({option for code in codes for option in OPTION.findall(code)} - known, set())

    def test_links_lead_somewhere(self):
        for link in re.findall(r"\]\(([^)#]+)", PAGE.read_text(encoding="utf-8")):
            self.assertTrue(link.startswith("https://") or (PAGE.parent / link).exists(), link)

    def test_the_glue_stays_thin(self):
        self.assertLessEqual(len((peers.ROOT / "adapters/dagster/waybill_dagster.py").read_text().splitlines()), 120)


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
