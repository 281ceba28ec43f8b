#!/usr/bin/env python3
"""The binary does with --compat what the published programs were recorded to do, to the byte; where those lose data or stop by mistake,
it does what is said here. Manifests go both ways: ours equal those the published phase 2 read, and theirs are published by ours.
valohai_vectors_test.py BINARY"""
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1])]
from support import valohai_case  # noqa: E402
from support.valohai_case import MANIFEST, MANIFEST_KEYS, ValohaiCase  # noqa: E402

BINARY = ""
# What is done instead, by case: exit code, and words of the refusal or changed members of the manifest.
PHASE1 = {
    "11-nested": (0, {"exclude": [], "keep": {"top.csv": "01910001-1111-7222-8333-000000000001",
                                              "sub/in.csv": "01910002-1111-7222-8333-000000000002"}}),
    "12-duplicate-old-names": (65, "two data of this name"),
    "13-uppercase-hex": (0, {"exclude": [], "new": [], "keep": {"a": "01910001-1111-7222-8333-000000000001"}}),
    "16-hidden-and-sidecar-files": (65, "would be taken for metadata of another output"),
    "17-manifest-name-collision": (65, "is the name of a file that phase 1 writes"),
    "18-purged-kept": (0, {"exclude": ["a"], "new": ["a"], "keep": {"b": "01910002-1111-7222-8333-000000000002"}}),
    "19-size-missing": (0, {"exclude": [], "new": [], "keep": {"a": "01910001-1111-7222-8333-000000000001"}}),
}
PHASE2 = {
    "16-hidden-and-sidecar-files": (3, "has no such output"),
    "20-no-execution-id": (3, "an empty filter could match every file of the account"),
}


class Vectors(unittest.TestCase):
    def run_in(self, case, *arguments):
        environment = {**case.environment, "XDG_CACHE_HOME": str(case.root / "cache")}
        done = subprocess.run([BINARY, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=60, check=False)
        self.assertNotIn(case.server.token, done.stdout + done.stderr)
        self.assertEqual(case.server.leaks(), [])
        return done

    def phase1(self, case, *more):
        return self.run_in(case, "phase1", "--content", case.content, "--compat", *more)

    def test_phase_1_leaves_the_same_bytes_where_the_published_one_loses_nothing(self):
        for name in valohai_case.names():
            for more in ((), ("--move",)):
                if name not in PHASE1:
                    with self.subTest(case=name, more=more), ValohaiCase(name) as case:
                        done = self.phase1(case, *more)
                        self.assertEqual(case.phase1_differences(done.returncode, moved=bool(more)), [], done.stderr)
                        if not more:
                            self.assertEqual(set(valohai_case.listing(case.content)), set(case.case["new"]))

    def test_phase_1_instead_of_a_defect(self):
        for name, (code, wanted) in PHASE1.items():
            with self.subTest(case=name), ValohaiCase(name) as case:
                before = valohai_case.listing(case.content)
                done = self.phase1(case)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertNotEqual(case.phase1_differences(code), [])
                self.assertEqual(valohai_case.listing(case.content), before)
                if code:
                    self.assertIn(wanted, done.stderr)
                    self.assertEqual(valohai_case.listing(case.outputs), {})
                else:
                    manifest = json.loads((case.outputs / MANIFEST).read_text(encoding="utf-8"))
                    self.assertEqual(list(manifest), MANIFEST_KEYS)
                    self.assertEqual({member: manifest[member] for member in wanted}, wanted)
                    self.assertEqual(set(valohai_case.listing(case.outputs)), {MANIFEST, *manifest["new"]})

    def test_phase_2_publishes_what_the_published_phase_1_left(self):
        for name in valohai_case.names():
            if valohai_case.load(name).get("phase2") and name not in PHASE2:
                for exact in (True, False):
                    with self.subTest(case=name, exact=exact), ValohaiCase(name) as case:
                        case.prepare_phase2()
                        done = self.run_in(case, "phase2", *(["--compat"] if exact else ["--always"]))
                        self.assertEqual(case.phase2_differences(done.returncode, exact), [], done.stderr)

    def test_phase_2_instead_of_a_defect(self):
        for name, (code, words) in PHASE2.items():
            with self.subTest(case=name), ValohaiCase(name) as case:
                case.prepare_phase2()
                done = self.run_in(case, "phase2", "--compat")
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertEqual(case.posts(), [])

    def test_our_own_manifests_are_published_by_our_phase_2(self):
        for name in valohai_case.names():
            if name in PHASE1 or name in PHASE2 or not valohai_case.load(name).get("phase2"):
                continue
            with self.subTest(case=name), ValohaiCase(name) as case:
                self.assertEqual(self.phase1(case).returncode, 0)
                text = (case.outputs / MANIFEST).read_bytes()
                case.prepare_phase2(text)
                done = self.run_in(case, "phase2", "--compat")
                wrong = case.phase2_differences(done.returncode)
                self.assertEqual([difference for difference in wrong if not difference.startswith("POST:")], [], done.stderr)
                self.assertEqual(json.loads(case.posts()[0])["name"], json.loads(text)["new_version_name"])

    def test_the_single_step_makes_the_same_versions(self):
        for name in valohai_case.names():
            if name not in PHASE1:
                with self.subTest(case=name), ValohaiCase(name) as case:
                    done = self.run_in(case, "update", "--content", case.content, "--compat")
                    self.assertEqual(case.single_step_differences(done.returncode), [], done.stderr)


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
