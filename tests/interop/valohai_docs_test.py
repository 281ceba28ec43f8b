#!/usr/bin/env python3
"""docs/valohai.md against the binary: options by verb, and exit codes by doing what they are said to mean: valohai_docs_test.py BINARY."""
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1])]
from support import peers, valohai_case  # noqa: E402
from support.valohai_case import ValohaiCase  # noqa: E402

PAGE = peers.ROOT / "docs/valohai.md"
VERBS = ("phase1", "phase2", "update", "diff")
OPTION = re.compile(r"--[a-z][a-z0-9-]*")
BINARY = ""


def section(title):
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]


def options_of(*verb):
    said = subprocess.run([BINARY, *verb, "--help"], capture_output=True, text=True, timeout=30, check=True).stdout
    return {option for line in re.findall(r"^  (-\S+)", said, re.MULTILINE) for option in OPTION.findall(line)} - {"--help"}


class Docs(unittest.TestCase):
    def test_every_option_is_described_for_the_verbs_that_have_it(self):
        described = {verb: set() for verb in VERBS}
        for names, verbs in re.findall(r"^\| (`--.*?) \| (.*?) \|", section("Options"), re.MULTILINE):
            whose = {"all": VERBS, "all but phase2": ("phase1", "update", "diff")}.get(verbs) or verbs.split(", ")
            for verb in whose:
                described[verb] |= set(OPTION.findall(names))
        self.assertEqual(described, {verb: options_of(verb) for verb in VERBS})

    def test_no_option_is_made_up(self):
        known = options_of().union(*map(options_of, VERBS))
        codes = re.findall(r"`([^`\n]+)`", PAGE.read_text(encoding="utf-8"))
        self.assertEqual({option for code in codes for option in OPTION.findall(code)} - known, set())

    def test_what_is_a_parameter_is_one(self):
        before, _, behind = section("Options").partition("| *no parameters:*")
        with ValohaiCase("01-first-version") as case:
            for text, is_parameter in ((before, True), (behind, False)):
                names = {name for cell in re.findall(r"^\| (`--.*?) \|", text, re.MULTILINE) for name in OPTION.findall(cell)}
                self.assertGreater(len(names), 5)
                for name in names:
                    (case.config / "parameters.json").write_text(f'{{"{name[2:]}": {{}}}}', encoding="utf-8")
                    said = "".join(self.run_in(case, verb).stderr for verb in VERBS)
                    self.assertEqual(f"the parameter {name[2:]} must be" in said, is_parameter, (name, said))

    def run_in(self, case, *arguments, **environment):
        settings = {**case.environment, "XDG_CACHE_HOME": str(case.root / "cache"), **environment}
        return subprocess.run([BINARY, *map(str, arguments)], env=settings, capture_output=True, text=True, timeout=120, check=False)

    def test_exit_codes_mean_what_is_said(self):
        def phase1(case, *more, **environment):
            return self.run_in(case, "phase1", "--content", case.content, *more, **environment)

        def phase2(case, change=lambda: None):
            case.prepare_phase2()
            change()
            return self.run_in(case, "phase2")

        def moved_on(case):
            dataset = next(iter(case.server.platform.datasets.values()))
            case.server.platform.planned_ids = []
            case.server.platform.add_version(dataset, "other", [])

        def spoilt(case):
            self.assertEqual(phase1(case, "--extended").returncode, 0)
            case.prepare_phase2((case.outputs / valohai_case.MANIFEST).read_bytes())
            (case.inputs / "manifest/_waybill-manifest.json").write_text(
                (case.outputs / "_waybill-manifest.json").read_text(encoding="utf-8").replace('"size":1', '"size":2'), encoding="utf-8")
            return self.run_in(case, "phase2")

        def busy(case):
            case.server.faults.add("503", times=9)
            return phase1(case)

        situations = [
            (0, "09-mixed", phase1), (0, "09-mixed", phase2), (1, "09-mixed", lambda c: self.run_in(c, "diff", "--content", c.content)),
            (0, "02-no-change", lambda c: self.run_in(c, "diff", "--content", c.content)),
            (2, "09-mixed", lambda c: self.run_in(c, "phase1")), (3, "09-mixed", lambda c: phase2(c, lambda: moved_on(c))),
            (3, "20-no-execution-id", phase2), (65, "17-manifest-name-collision", phase1), (65, "17-manifest-name-collision", phase2),
            (66, "09-mixed", lambda c: self.run_in(c, "phase1", "--content", c.root / "no")),
            (66, "09-mixed", lambda c: self.run_in(c, "phase2")), (69, "21-dataset-404", phase1), (69, "22-post-400", phase2),
            (70, "09-mixed", spoilt), (75, "09-mixed", busy), (77, "09-mixed", lambda c: phase1(c, VH_API_TOKEN="")),
            (77, "09-mixed", lambda c: phase1(c, VH_API_TOKEN="x")),
        ]
        for code, name, situation in situations:
            with self.subTest(code=code, case=name), ValohaiCase(name) as case:
                done = situation(case)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertEqual(done.stderr.count("t0ken"), 0)
        self.assertEqual(sorted({code for code, _, _ in situations}),
                         [int(code) for code in re.findall(r"^\| (\d+) \|", section("Exit codes"), re.MULTILINE)])

    def test_links_lead_somewhere(self):
        for link in re.findall(r"\]\(([^)#]+)", PAGE.read_text(encoding="utf-8")):
            self.assertTrue(link.startswith("https://github.com/") or (PAGE.parent / link).exists(), link)


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
