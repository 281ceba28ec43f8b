#!/usr/bin/env python3
"""Progress on stderr: progress_test.py WAYBILL."""
import os
import pathlib
import pty
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers  # noqa: E402

MEMBERS = {"schema", "stage", "files_done", "files_total", "bytes_done", "bytes_total"}


class Progress(peers.Workbench):
    def setUp(self):
        super().setUp()
        for i in range(400):
            self.write(f"tree/{i % 7}/{i}", f"{i} " * 2000)
        with open(self.dir / "tree/large", "wb") as out:
            out.write(os.urandom(1 << 20) * 64)
        self.push = ("push", self.dir / "tree", "--name", "ns/data")

    def terminal(self, *args, term="xterm", stdout=subprocess.PIPE, env=None):
        """Runs with a terminal as stderr; returns stdout and what the terminal got."""
        leader, follower = pty.openpty()
        process = subprocess.Popen([self.binary, *map(str, args)], cwd=self.dir, env={**self.env, "TERM": term, **(env or {})},
                                   stdout=stdout, stderr=follower)
        os.close(follower)
        drawn = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:
                break
            if not piece:
                break
            drawn += piece
        os.close(leader)
        out = process.stdout.read() if process.stdout else b""
        if process.stdout:
            process.stdout.close()
        self.assertEqual(process.wait(60), 0, drawn)
        return out, drawn.decode()

    def reports(self, stderr):
        out = [documents.strict(line) for line in stderr.splitlines()]
        for report in out:
            self.assertEqual(set(report), MEMBERS)
            self.assertEqual(report["schema"], "waybill/progress/1")
            for what in ("files", "bytes"):  # a total of 0 is not known yet
                self.assertLessEqual(report[what + "_done"], report[what + "_total"] or report[what + "_done"])
        return out

    def test_json_lines_tell_each_stage_to_its_end(self):
        for args in (self.push, ("install", "ns/data", "--location", "copy"), ("verify", "copy", "--jobs", "1")):
            done = self.run_raw("--json", "--progress=json", *args)
            documents.strict(done.stdout)
            reports = self.reports(done.stderr)
            self.assertTrue(reports, args)
            last = {report["stage"]: report for report in reports}
            for report in last.values():
                if report["files_total"]:
                    self.assertEqual((report["files_done"], report["bytes_done"]), (report["files_total"], report["bytes_total"]))
            self.assertTrue(any(report["files_total"] >= 401 for report in last.values()), last)
            previous = None
            for report in reports:
                same = previous is not None and previous["stage"] == report["stage"]
                if same and previous["files_done"] != previous["files_total"]:  # a stage that is over may come again
                    self.assertGreaterEqual(report["files_done"], previous["files_done"])
                    self.assertGreaterEqual(report["bytes_done"], previous["bytes_done"])
                previous = report

    def test_a_bar_is_drawn_and_removed(self):
        out, drawn = self.terminal("--progress", "bar", *self.push)
        self.assertIn(b"Tophash: ", out)
        self.assertRegex(drawn, r"\[#* *\] \d+/401 files, [\d.]+ [kM]?B/[\d.]+ MB, [\d.]+ [kMG]?B/s")
        self.assertTrue(drawn.rstrip().endswith("\x1b[K"), drawn[-80:])
        self.assertNotIn("\r", out.decode())

    def test_a_bar_can_be_asked_for_without_a_terminal(self):
        self.assertIn(b"files", self.run_raw("--progress=bar", *self.push).stderr)

    def long_job(self):
        """Something that lasts longer than the second after which a bar appears."""
        with open(self.dir / "huge", "wb") as out:
            out.truncate((1 if os.environ.get("WAYBILL_TEST_SANITIZED") else 6) << 30)  # there it takes longer
        return "hash", "huge"

    def test_a_bar_appears_by_itself_on_a_terminal_when_a_job_is_long(self):
        self.assertIn("[", self.terminal(*self.long_job())[1])

    def test_nothing_is_drawn_unless_wanted(self):
        job = self.long_job()
        self.assertEqual(self.run_raw("--progress=auto", *job).stderr, b"")  # no terminal
        for args, term in ((("--progress=none",), "xterm"), (("-q",), "xterm"), ((), "dumb")):
            self.assertEqual(self.terminal(*args, *job, term=term)[1], "", args)

    def test_settings_choose_the_form(self):
        done = self.run_raw(*self.push, env={"WAYBILL_PROGRESS": "json"})
        self.assertTrue(self.reports(done.stderr))
        self.run_raw("config", "progress", "json")
        self.assertTrue(self.reports(self.run_raw("verify", "tree").stderr))
        self.assertEqual(self.run_raw("verify", "tree", "--progress", "none").stderr, b"")


if __name__ == "__main__":
    documents.work_in_memory()
    peers.main(Progress)
