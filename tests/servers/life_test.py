#!/usr/bin/env python3
"""tests/support/with_s3.py, and what is left of servers when a test ends in some way: nothing."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import keeper, peers, s3_server  # noqa: E402

for program in ("versitygw", "minio"):
    peers.peer_program(program)

WITH_S3 = peers.ROOT / "tests" / "support" / "with_s3.py"


class Life(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="waybill-life-")  # of all servers: their command lines name it
        self.addCleanup(place.cleanup)
        self.place = place.name
        was, tempfile.tempdir = tempfile.tempdir, self.place
        self.addCleanup(setattr, tempfile, "tempdir", was)

    def with_s3(self, *arguments, **settings):
        return subprocess.Popen([sys.executable, WITH_S3, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env={**os.environ, "TMPDIR": self.place, **settings})

    def await_nothing(self):
        end = time.monotonic() + 10
        while (keeper.users_of(self.place) or os.listdir(self.place)) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual((keeper.users_of(self.place), os.listdir(self.place)), ([], []))

    def test_a_command_sees_its_server_and_its_exit_code_is_ours(self):
        script = ("import os, sys, urllib.request as u\n"
                  "names = [k for k in os.environ if k.startswith('AWS_')]\n"
                  "try: u.urlopen(os.environ['AWS_ENDPOINT_URL'] + '/' + os.environ['WAYBILL_TEST_BUCKET'])\n"
                  "except u.HTTPError as e: print(e.code, os.environ['WAYBILL_TEST_VERSIONED_BUCKET'], *names)\n"
                  "sys.exit(3)")
        for server in ("versitygw", "minio"):
            process = self.with_s3(server, "--", sys.executable, "-c", script, AWS_PROFILE="none", AWS_SESSION_TOKEN="stale")
            out, _ = process.communicate(timeout=60)
            self.assertEqual((process.returncode, out.split()[:2]), (3, ["403", "waybill-versioned"]), out)
            self.assertNotIn("AWS_PROFILE", out)
            self.assertNotIn("AWS_SESSION_TOKEN", out)
            self.await_nothing()

    def test_a_killed_test_leaves_no_process_and_no_file(self):
        for how in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            process = self.with_s3("versitygw", "--keep-alive", "--fault-proxy", "--rate 0", "--", "sh", "-c",
                                   "echo $WAYBILL_TEST_FAULT_LOG; exec sleep 60")
            log = process.stdout.readline().strip()
            self.assertTrue(os.path.exists(log), log)
            self.assertGreaterEqual(len(keeper.users_of(self.place)), 4)  # two keepers, a server, a proxy
            process.send_signal(how)
            self.assertEqual(process.wait(10), -how)
            process.stdout.close()
            self.await_nothing()

    def test_a_killed_keeper_takes_its_server_along(self):
        with self.assertRaises(ConnectionError), s3_server.S3Server("versitygw") as server:
            server.kept.keeper.kill()
            server.kept.keeper.wait()
            time.sleep(0.5)
            server.request("GET", "/")
        self.assertEqual(keeper.users_of(self.place), [])

    def test_a_server_that_is_not_installed(self):
        with tempfile.TemporaryDirectory() as nowhere:
            for setting, code in (("", 77), ("true", 1)):
                process = self.with_s3("minio", "--", "true", WAYBILL_PEERS=nowhere, CI=setting)
                out, _ = process.communicate(timeout=60)
                self.assertEqual(process.returncode, code)
                self.assertIn("SKIPPED: minio is not installed", out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
