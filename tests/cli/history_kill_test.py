#!/usr/bin/env python3
"""What a kill at any write of a merge leaves behind: history_kill_test.py WAYBILL."""
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

ACTIONS = 1000
CHANGES = "openat,mkdirat,write,pwrite64,ftruncate,link,linkat,renameat,renameat2,unlink,unlinkat,fsync,fdatasync,syncfs"
STRACE = ["strace", "-f", "-qq", "-e", "signal=none"]


class Killed(peers.Workbench):
    kept = None  # a registry in which a fork has a thousand actions; made once

    @classmethod
    def tearDownClass(cls):
        if cls.kept:
            cls.kept.cleanup()

    def setUp(self):
        super().setUp()
        if not Killed.kept:
            self.write("tree/file", "content")
            self.json("push", self.dir / "tree", "--name", "ns/data")
            self.json("fork", "ns/data", "ns/fork")
            for i in range(ACTIONS):
                self.json("act", "ns/fork", "Meta.set", json.dumps({"key": "file", "name": f"n{i}", "value": i}))
            Killed.kept = tempfile.TemporaryDirectory(prefix="waybill-test-")
            shutil.copytree(self.registry, self.origin())
        self.registry.mkdir(exist_ok=True)
        self.restore()
        self.merge = [self.binary, "merge", "ns/data", "--from", "ns/fork"]
        self.calls = self.survey()

    def traced(self, *options):
        env = {**self.env, "ASAN_OPTIONS": self.env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}  # impossible under strace
        return subprocess.run([*STRACE, *options, *self.merge], env=env, cwd=self.dir, capture_output=True, check=False)

    def survey(self):
        self.assertEqual(self.traced("-o", "calls", "-e", f"trace={CHANGES}").returncode, 0)
        found = collections.Counter(re.findall(r"^\d+ +(\w+)\(", (self.dir / "calls").read_text(), re.MULTILINE))
        self.restore()
        return found

    def log_path(self):
        [path] = [p for p in self.registry.glob(".waybill/logs/*/log.jsonl")
                  if json.loads(p.read_text().splitlines()[0])["name"] == "ns/data"]
        return path

    def origin(self):
        return pathlib.Path(Killed.kept.name) / "registry"

    def restore(self):
        shutil.rmtree(self.registry)
        shutil.copytree(self.origin(), self.registry)

    def check_whole(self, where):
        """All of the merge or nothing of it; and the next one completes it."""
        before = len(self.json("log", "ns/data")["actions"])
        self.assertIn(before, (0, ACTIONS), where)
        self.assertEqual(self.json("head", "ns/data")["entries"], 1, where)
        done = self.json("merge", "ns/data", "--from", "ns/fork")
        self.assertEqual(done["status"], "merged" if before == 0 else "nothing", where)
        self.assertEqual(len(done["applied"]) + len(done["common"]), ACTIONS, where)
        self.assertEqual(len(self.json("log", "ns/data")["actions"]), ACTIONS, where)
        return before

    def test_a_kill_at_every_write_leaves_all_or_nothing(self):
        landed = collections.Counter()
        for call, count in self.calls.items():
            # What is opened to be read comes early; the last calls are those that write.
            for when in range(max(1, count - 20), count + 1):
                done = self.traced("-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}")
                landed[self.check_whole(f"{call} {when} of {count}: {done.returncode}")] += 1
                self.restore()
        self.assertGreater(landed[0], 5, landed)
        self.assertGreater(landed[ACTIONS], 0, "some kills come after the write")

    def test_a_write_that_was_cut_off_anywhere_leaves_all_or_nothing(self):
        self.json("merge", "ns/data", "--from", "ns/fork")
        whole = self.log_path().read_bytes()
        start = (self.origin() / self.log_path().relative_to(self.registry)).stat().st_size
        for part in range(21):
            end = start + (len(whole) - start) * part // 20
            for length in {max(start, end - 1), end, min(end + 1, len(whole))}:
                self.restore()
                self.log_path().write_bytes(whole[:length])
                # A last line that lacks nothing but its end was written.
                self.assertEqual(self.check_whole(f"{length} of {len(whole)}"), ACTIONS if length >= len(whole) - 1 else 0)


if __name__ == "__main__":
    if shutil.which("strace") is None:
        peers.skip("strace is not installed")
    peers.main(Killed)
