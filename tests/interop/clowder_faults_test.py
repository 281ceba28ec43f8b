#!/usr/bin/env python3
"""waybill-clowder beside a platform that fails: every file is there exactly once, whatever happens to requests and answers; uploads
overlap, and stay small in memory: clowder_faults_test.py BINARY."""
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parents[1] / "servers")]
import fault_plan  # noqa: E402
from support.clowder_case import ClowderCase, main, write_tree  # noqa: E402

# What passes when the request is repeated, after a look where it makes something
PASSING = ["drop-before", "drop-after", "reset", "500", "503", "503-retry-after", "429", "429-retry-after", "500-after", "truncate",
           "stall", "slow", "wrong-length"]
TREE = {"a.csv": b"foofoo", "in/b": b"bar", "in/deep/c": b"", "d \u20ac": b"4", "e": b"5"}
MIB = 1 << 20


class Both:
    def asked(self, kind):
        return sum(entry["fault"] == kind for entry in self.server.entries)

    def check_all_is_there_once(self, tree=None):
        self.assertEqual(self.held(), tree or TREE)
        self.assertEqual(len(self.platform.folders), 2)
        self.assertEqual(len(self.platform.spaces), 1 if self.version == "v1" else 0)

    def test_whatever_passes_on_whatever_request_leaves_every_file_once(self):
        for kind in PASSING:
            for route in self.routes:
                with self.subTest(kind=kind, route=route):
                    self.begin()
                    write_tree(self.content, TREE)
                    self.server.faults.add(kind, route)
                    self.upload("--space", "s")
                    self.assertEqual(self.asked(kind), 1)
                    self.check_all_is_there_once()
                    sent = len(self.server.uploads())
                    self.assertEqual(self.upload("--space", "s")["uploaded"], [])
                    self.assertEqual(len(self.server.uploads()), sent)

    def test_a_change_is_one_upload_whatever_passes(self):
        for kind in PASSING:
            for route in (self.upload_route, "POST .*/metadata", "DELETE"):
                with self.subTest(kind=kind, route=route):
                    self.begin()
                    write_tree(self.content, TREE)
                    self.upload("--space", "s")
                    write_tree(self.content, {"in/b": b"BAR"})
                    self.server.faults.add(kind, route)
                    self.assertEqual([row["path"] for row in self.upload("--space", "s")["uploaded"]], ["in/b"])
                    self.check_all_is_there_once({**TREE, "in/b": b"BAR"})

    def test_bodies_that_are_cut_or_not_read_are_sent_again(self):
        for kind in ("cut-request", "deaf"):
            with self.subTest(kind=kind):
                self.begin()
                tree = {"in/deep/big": b"x" * (8 * MIB), "in/small": b"y"}
                write_tree(self.content, tree)
                self.server.faults.add(kind, self.upload_route, 2)
                started = time.monotonic()
                self.upload("--space", "s", "--timeout", "0.5")
                self.assertLess(time.monotonic() - started, 30)
                self.check_all_is_there_once(tree)
                self.assertEqual(self.asked(kind), 2)

    def test_a_silent_upload_is_dropped_and_repeated(self):
        write_tree(self.content, TREE)
        self.server.faults.add("silent", self.upload_route, 2)
        started = time.monotonic()
        self.upload("--space", "s", "--timeout", "0.3")
        self.assertLess(time.monotonic() - started, 40)
        self.check_all_is_there_once()

    def test_a_platform_that_stays_away_ends_it_and_the_next_run_goes_on(self):
        for kind, code in (("503", 75), ("drop-before", 75), ("drop-after", 75), ("500-after", 75), ("silent", 75), ("html", 69)):
            with self.subTest(kind=kind):
                self.begin()
                write_tree(self.content, TREE)
                self.server.faults.add(kind, "POST", 999)
                self.run_raw("upload", self.content, "--space", "s", "--retries", "1", "--timeout", "0.2", code=None)
                self.server.faults.clear()
                self.upload("--space", "s")
                self.check_all_is_there_once()
                self.server.faults.add(kind, "GET", 999)
                self.run_raw("upload", self.content, "--space", "s", "--retries", "1", "--timeout", "0.2", code=code)

    def test_a_random_lot_of_faults(self):
        for seed in range(6):
            with self.subTest(seed=seed):
                kinds = [kind for kind in PASSING if kind in fault_plan.KINDS]
                self.begin(fault_plan.Plan(0.25, seed, kinds, times=2, only=" /api/"))
                tree = {f"in/{i % 3}/{i}": bytes([i]) * (i * 100) for i in range(40)}
                write_tree(self.content, tree)
                self.upload("--retries", "9")
                self.assertEqual(self.held(), tree)
                sent = len(self.server.uploads())
                self.assertEqual(self.upload("--retries", "9")["uploaded"], [])
                self.assertEqual(len(self.server.uploads()), sent)

    def test_killed_at_any_moment_the_next_run_ends_in_the_same_state(self):
        chance = random.Random(7)
        tree = {f"in/{i % 3}/{i}": bytes([i % 256]) * (i * 50) for i in range(200)}
        for round_ in range(12):
            with self.subTest(round=round_):
                self.begin()
                write_tree(self.content, tree)
                process = subprocess.Popen([self.binary, "-q", "upload", str(self.content), "--space", "s"], env=self.env,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(chance.uniform(0.005, 0.6))
                process.send_signal(signal.SIGKILL)
                process.wait()
                before = len(self.server.uploads())
                self.upload("--space", "s")
                self.assertEqual(self.held(), tree)
                self.assertLessEqual(len(self.server.uploads()), before + len(tree))
                self.assertEqual(self.upload("--space", "s")["uploaded"], [])

    def test_a_signal_ends_it_within_a_second(self):
        write_tree(self.content, TREE)
        self.server.faults.add("silent", self.upload_route, 99)
        process = subprocess.Popen([self.binary, "upload", str(self.content)], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        process.communicate(timeout=30)
        self.assertLess(time.monotonic() - started, 2)
        self.assertEqual(process.returncode, 130)
        self.server.faults.clear()
        self.upload()
        self.assertEqual(self.held(), TREE)

    def test_a_file_that_grows_meanwhile_fails_alone(self):
        write_tree(self.content, {"a": b"1" * 100_000, "log": b"2"})
        self.server.faults.add("stall", "GET")
        self.server.site.stall = 1.5
        process = subprocess.Popen([self.binary, "--json", "upload", str(self.content), "--verify", "size", "--api", self.version[1]],
                                   env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.7)
        with open(self.content / "log", "ab") as log:
            log.write(b"more")
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 70, out + err)
        self.assertEqual(self.held(), {"a": b"1" * 100_000})

    def test_uploads_overlap(self):
        write_tree(self.content, {f"{i}": b"x" for i in range(16)})
        self.server.site.stall = 0.5
        self.server.faults.add("stall", self.upload_route, 16)
        started = time.monotonic()
        self.upload()
        self.assertLess(time.monotonic() - started, 5)  # one after the other: 8 s

    def test_two_thousand_small_files_and_a_large_one_take_little_memory(self):
        write_tree(self.content, {f"{i // 100}/{i}": b"%d" % i for i in range(2000)})
        with open(self.content / "large", "wb") as large:
            large.truncate(1024 * MIB)
            large.seek(512 * MIB)
            large.write(b"\r\n--waybill")
        process = subprocess.Popen([self.binary, "--progress", "json", "upload", str(self.content)], env=self.env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = process.stderr.read()
        process.stderr.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0, said[-2000:])
        self.assertLess(usage.ru_maxrss, 64 * 1024, "KiB")
        self.assertIn(b'"files_done":2001,"files_total":2001', said)
        self.assertEqual(len(self.platform.files), 2001)
        self.assertEqual(len(self.server.uploads()), 2001)
        large, = (file for file in self.platform.files.values() if file["name"] == "large")
        self.assertEqual(large["size"], 1024 * MIB)
        self.assertEqual(self.upload()["uploaded"], [])


class Version1(Both, ClowderCase):
    version, upload_route = "v1", "POST /api/uploadToDataset"
    options = {"store_after": 0}
    routes = ["GET /api/v2/status", "GET /api/version", "GET /api/spaces", "POST /api/spaces", "GET /api/datasets", "POST /api/datasets/createempty",
              "POST .*newFolder", "POST .*metadata", "POST /api/uploadToDataset", "GET /api/files", "GET .*/files"]

    def test_bytes_that_are_lost_behind_a_good_answer_are_sent_again(self):
        for kind in ("lost-bytes", "short-bytes", "status-error"):
            with self.subTest(kind=kind):
                self.begin()
                tree = {name: content for name, content in TREE.items() if content}
                write_tree(self.content, tree)
                self.server.faults.add(kind, "createempty" if kind == "status-error" else self.upload_route)
                self.upload("--space", "s", "--timeout", "0.3")
                self.assertEqual((self.held(), self.asked(kind)), (tree, 1))

    def test_bytes_that_are_lost_each_time_are_told(self):
        write_tree(self.content, TREE)
        self.server.faults.add("lost-bytes", self.upload_route, 999)
        done = self.upload("--timeout", "0.1", "--retries", "1", code=70)
        self.assertEqual((len(done["failed"]), done["uploaded"], self.platform.files), (5, [], {}))


class Version2(Both, ClowderCase):
    version, upload_route = "v2", "POST /api/v2/datasets/.*/files"
    options = {"resets": True}
    routes = ["GET /api/v2/status", "GET /api/v2/datasets", "POST /api/v2/datasets.license", "POST .*folders", "POST .*metadata",
              "POST .*/files", "GET .*/files"]

    def test_a_platform_that_does_one_thing_at_a_time_gets_the_time_it_needs(self):
        """A second for each upload, as the platform takes: longer than the limit on silence, for those that wait for others."""
        self.begin(upload_seconds=1)
        write_tree(self.content, {f"{i}": b"%d" % i for i in range(8)})
        self.upload("--timeout", "1")
        self.assertEqual(len(self.server.uploads()), 8)
        self.assertEqual(len(self.held()), 8)

    def test_bytes_that_are_lost_behind_a_good_answer_are_found_by_a_full_proof(self):
        write_tree(self.content, TREE)
        for kind, name in (("lost-bytes", "a.csv"), ("short-bytes", "in/b")):
            self.server.faults.add(kind, self.upload_route)
            write_tree(self.content, {name: b"new " + TREE[name]})
            self.upload("--space", "s", "--verify", "full", "--retries", "1")
            self.assertEqual(self.asked(kind), 1)
            self.check_all_is_there_once({**self.held(), name: b"new " + TREE[name]})

    def test_a_large_upload_waits_for_what_the_platform_does_with_it(self):
        self.begin(upload_seconds=3)
        write_tree(self.content, {"large": b"x" * (32 * MIB)})
        self.upload("--timeout", "0.5")
        self.assertEqual(len(self.server.uploads()), 1)


if __name__ == "__main__":
    main()
