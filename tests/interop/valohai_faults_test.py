#!/usr/bin/env python3
"""The binary beside a platform that fails: what passes is repeated, what does not is said, nothing is made twice and nothing is half
made, and the token stays at home: valohai_faults_test.py BINARY"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parents[1] / "servers")]
import fault_plan  # noqa: E402
from support.valohai_case import MANIFEST, listing, write_tree  # noqa: E402
from valohai_agent import Execution  # noqa: E402
from valohai_server import ValohaiServer  # noqa: E402

BINARY = ""
# What passes when the request is repeated
PASSING = ["drop-before", "drop-after", "reset", "500", "503", "503-retry-after", "429", "429-retry-after", "500-after", "truncate",
           "stall", "slow", "wrong-length"]


class Faults(unittest.TestCase):
    def setUp(self):
        self.begin()

    def begin(self, plan=None, **options):
        self.server = self.enterContext(ValohaiServer(plan=plan, **options))
        self.server.site.stall = self.server.blobs.stall = 0.1
        self.platform = self.server.platform
        self.place = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="waybill-valohai-faults-")))
        self.dataset = self.platform.add("datasets", {"name": "demo"})
        data = [self.platform.add_bytes(name, name.encode()) for name in ("same", "gone", "sub/changed")]
        self.version = self.platform.add_version(self.dataset, "v1", [datum["id"] for datum in data])
        self.content = self.place / "content"
        write_tree(self.content, {"same": "same", "sub/changed": "another", "new/a": "1", "new/b": "2"})
        self.addCleanup(lambda server=self.server: self.assertEqual(server.leaks(), []))

    def run_in(self, execution, *arguments):
        environment = {"VH_API_TOKEN": self.server.token, "VH_API_BASE_URL": self.server.url, "XDG_CACHE_HOME": str(self.place / "cache")}
        done = execution.run([BINARY, *arguments], environment, capture_output=True, text=True, timeout=120)
        self.assertNotIn(self.server.token, done.stdout + done.stderr)
        return done

    def phase1(self, *more, code=0):
        """The execution, run but not yet finished."""
        execution = Execution(self.server.url, "phase1", directory=self.place)
        done = self.run_in(execution, "phase1", "--content", str(self.content), "--dataset-id", "demo", "--extended", *more)
        self.assertEqual(done.returncode, code, done.stderr)
        execution.said = done.stderr
        return execution

    def phase2(self, made, *more, code=0):
        manifests = [f"datum://{datum['id']}" for datum in made["data"] if datum["name"].startswith("_")]
        execution = Execution(self.server.url, "phase2", inputs={"manifest": (manifests, "always")}, directory=self.place)
        done = self.run_in(execution, "phase2", *more)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def held(self):
        versions = self.platform.versions_of(self.dataset)
        return len(versions), sorted(datum["name"] for datum in self.platform.data_of(versions[-1]))

    WANTED = (2, ["new/a", "new/b", "same", "sub/changed"])

    def test_what_passes_is_repeated_and_nothing_is_made_twice(self):
        for kind in PASSING:
            with self.subTest(kind=kind):
                self.begin()
                for path in ("GET /api/v0/datasets", "GET /api/v0/dataset-versions/"):
                    self.server.faults.add(kind, path)
                made = self.phase1().finish()
                for path in ("GET /api/v0/data/", "GET /api/v0/datasets", "POST /api/v0/dataset-versions/"):
                    self.server.faults.add(kind, path)
                self.phase2(made)
                self.assertEqual(self.held(), self.WANTED)
                self.assertEqual(sum(entry["fault"] == kind for entry in self.server.entries), 5)

    def test_what_does_not_pass_ends_it_and_it_can_be_repeated(self):
        for kind, code in (("503", 75), ("429", 75), ("drop-before", 75), ("html", 69), ("redirect", 77)):
            with self.subTest(kind=kind):
                self.begin()
                self.server.faults.add(kind, "GET /api/v0/dataset", 1 if kind == "redirect" else 9)
                execution = self.phase1(code=code)
                self.assertEqual(listing(execution.outputs), {})
                self.server.faults.clear()
                made = self.phase1().finish()
                self.server.faults.add(kind, "GET /api/v0/data/", 1 if kind == "redirect" else 9)
                self.phase2(made, code=code)
                self.server.faults.clear()
                self.assertEqual(len(self.platform.dataset_versions), 1)
                self.phase2(made)
                self.assertEqual(self.held(), self.WANTED)

    def test_a_silent_server_is_given_up(self):
        self.server.faults.add("silent", "GET", 9)
        started = time.monotonic()
        self.phase1("--stall", "0.5", code=75)
        self.assertLess(time.monotonic() - started, 30)

    def test_an_answer_that_asks_for_patience_gets_it(self):
        self.server.site.retry_after = 2
        self.server.faults.add("429-retry-after", "GET")
        started = time.monotonic()
        self.phase1()
        self.assertGreaterEqual(time.monotonic() - started, 2)

    def test_pages_in_every_shape(self):
        for kind, size, code in ((None, 100, 0), (None, 7, 0), ("no-next", 100, 0), ("next-elsewhere", 100, 0), ("same-page", 100, 69)):
            with self.subTest(kind=kind, size=size):
                self.begin(largest_page=size)
                write_tree(self.content, {f"many/{i}": str(i) for i in range(230)})
                made = self.phase1().finish()
                if kind:
                    self.server.faults.add(kind, "GET /api/v0/data/", 99)
                self.phase2(made, code=code)
                self.assertEqual(len(self.platform.dataset_versions), 2 if code == 0 else 1)
                if code == 0:
                    self.assertEqual(len(self.held()[1]), 234)

    def test_the_token_goes_to_no_other_host(self):
        self.platform.data[self.version["files"][2]["datum"]].update(md5=None, sha1=None, sha256=None, size=7)
        made = self.phase1("--on-missing-checksum", "download").finish()
        blobs = [entry for entry in self.server.entries if entry["site"] == "blobs"]
        self.assertEqual([entry["token"] for entry in blobs], ["none"])
        self.assertIn("sub/changed", [datum["name"] for datum in made["data"]])
        self.server.faults.add("redirect", "GET /api/v0/dataset")
        self.phase1(code=77)  # it is followed without the token, and refused for that
        elsewhere = [entry for entry in self.server.entries if entry["site"] == "blobs" and entry["target"].startswith("/api/")]
        self.assertEqual([entry["token"] for entry in elsewhere], ["none"])

    def test_a_random_lot_of_faults(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                kinds = [kind for kind in PASSING if kind in fault_plan.KINDS]
                self.begin(fault_plan.Plan(0.25, seed, kinds, times=2, only=" /api/"))
                made = self.phase1().finish()
                self.phase2(made)
                self.assertEqual(self.held(), self.WANTED)
                self.phase2(made)
                self.assertEqual(self.held(), self.WANTED)

    def test_outputs_that_are_not_what_phase_1_wrote_make_no_version(self):
        for spoil, code in ((lambda out: (out / "new/a").unlink(), 3), (lambda out: (out / "new/a").write_text("22"), 70),
                            (lambda out: (out / "new/a").write_text("2"), 70), (lambda out: (out / "log.txt").write_text("more"), 0)):
            self.begin()
            execution = self.phase1()
            (execution.outputs / "new/a").chmod(0o644)
            spoil(execution.outputs)
            made = execution.finish()
            self.phase2(made, code=code)
            self.assertEqual(self.held(), self.WANTED if code == 0 else (1, ["gone", "same", "sub/changed"]))

    def test_two_outputs_of_one_name_make_no_version(self):
        made = self.phase1().finish()
        of = made["data"][0]["output_execution"]
        self.platform.add_bytes("new/a", b"1", execution=self.platform.executions[of["id"]])
        self.assertIn("several outputs of this name", self.phase2(made, code=3))
        self.assertEqual(len(self.platform.dataset_versions), 1)

    def test_of_two_runs_that_overlap_the_later_one_is_refused(self):
        first, second = (self.phase1("--version-name", name).finish() for name in ("first", "second"))
        self.phase2(first)
        self.assertIn("the dataset has moved on", self.phase2(second, code=3))
        self.phase2(first)  # is there already
        self.assertEqual(self.held(), self.WANTED)
        self.phase2(second, "--force")
        self.assertEqual(self.held()[0], 3)

    def test_the_manifest_has_what_the_published_phase_2_takes_and_no_more(self):
        manifest = json.loads((self.phase1().outputs / MANIFEST).read_text(encoding="utf-8"))
        self.assertEqual((len(manifest), manifest["new"], manifest["exclude"]),
                         (9, ["new/a", "new/b", "sub/changed"], ["gone", "sub/changed"]))


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
