#!/usr/bin/env python3
"""No verb reads an unchanged directory twice: stat_cache_test.py WAYBILL."""
import pathlib
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

RACY = 2.1  # seconds: what changed that shortly before a scan may change again unseen, so the cache does not trust it


class StatCache(peers.Workbench):
    def setUp(self):
        super().setUp()
        for name in ("one.bin", "two.bin", "below/three.bin"):
            self.write(f"tree/{name}", name * 100)
        self.run_raw("push", "tree", "--name", "a/b")
        self.run_raw("install", "a/b", "--location", "installed")
        self.write("installed/one.bin", "another content")
        time.sleep(RACY)
        shutil.rmtree(self.dir / "cache", ignore_errors=True)

    def opened(self, *args):
        """Names of the data files that a run opens."""
        trace = self.dir / "trace"
        env = {**self.env, "ASAN_OPTIONS": self.env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        done = subprocess.run(["strace", "-f", "-qq", "-o", trace, "-e", "trace=open,openat,openat2", self.binary, *args],
                              cwd=self.dir, env=env, capture_output=True, text=True, timeout=120, check=False)
        self.assertIn(done.returncode, (0, 1), (args, done.stdout, done.stderr))
        return re.findall(r'"([^"]*\.bin)"', trace.read_text())

    def test_what_one_verb_has_read_no_verb_reads_again(self):
        verbs = [("hash", "tree"), ("manifest", "tree", "-o", "m.jsonl"), ("diff", "./tree", "a/b"), ("diff", "a/b", "./tree"),
                 ("push", "tree", "--name", "c/d"), ("hash", "installed"), ("diff", "./installed", "a/b"),
                 ("status", "installed")]
        for verb in verbs:
            with self.subTest(verb=" ".join(verb)):
                shutil.rmtree(self.dir / "cache", ignore_errors=True)
                self.assertTrue(self.opened(*verb), "the first run has to read")
                again = verb if "installed" in " ".join(verb) else ("hash", "tree")
                self.assertEqual(self.opened(*again), [])

    def test_status_keeps_what_the_cache_knows_of_other_files(self):
        self.write("installed/extra.bin", "not in the version")
        time.sleep(RACY)
        self.assertTrue(self.opened("hash", "installed"))
        self.write("installed/two.bin", "two.bin" * 100)  # the same again: status reads this one
        time.sleep(RACY)
        self.assertEqual(self.opened("status", "installed"), ["two.bin"])
        self.assertEqual(self.opened("hash", "installed"), [])


if __name__ == "__main__":
    if not shutil.which("strace"):
        peers.skip("strace is not installed: it tells which files are opened")
    peers.main(StatCache)
