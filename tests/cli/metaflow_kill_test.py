#!/usr/bin/env python3
"""kill -9 of waybill-metaflow while it reads, writes and commits: metaflow_kill_test.py WAYBILL_METAFLOW."""
import signal
import subprocess
import time

import metaflow_test as plain


class Kills(plain.Case):
    db = "tables"

    def killed(self, arguments, after, stdin=None):
        """Runs a verb and kills it some time after it began."""
        told = {**self.env, "MF_PATHSPEC": "F/1/work/2"}
        with subprocess.Popen([self.binary, *arguments], cwd=self.dir, env=told, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            if stdin is not None:
                process.stdin.write(stdin)
                process.stdin.flush()
            time.sleep(after)
            process.send_signal(signal.SIGKILL)

    def test_a_kill_loses_no_earlier_record(self):
        rows = ("id,v\n" + "".join(f"{i},value {i}\n" for i in range(20000))).encode()
        write = ["write", "--table", "t", "--db", self.db, "--pk", "id"]
        self.task("begin")
        self.task(*write, stdin=rows)
        self.task("commit", "--db", self.db)
        known = (self.records / "F/1.jsonl").read_bytes()
        for i in range(8):
            # A writer that waits for the rest of its rows dies in any case; the others sooner or later.
            self.killed(write, 0.01 * (i + 1), rows[:-1 - i])
            self.killed([*write, "--in", str(self.write("rows.csv", rows))], 0.01 * i)
            self.killed(["read", "--table", "t", "--db", self.db, "--out", "out.csv"], 0.01 * i)
            self.killed(["commit", "--db", self.db], 0.005 * i)
            now = (self.records / "F/1.jsonl").read_bytes()
            self.assertTrue(now.startswith(known))
            known = now
            if (self.dir / "out.csv").exists():
                self.assertEqual((self.dir / "out.csv").read_text().count("\n"), 20001)
        document = self.json("writes", "--attempt", "all")
        self.assertEqual(document["damaged"], [])
        # All goes on as before.
        self.task(*write, stdin=rows)
        self.task("commit", "--db", self.db)
        self.task("end", "--status", "ok")
        self.task("read", "--table", "t", "--db", self.db, "--out", "last.csv", who="F/1/look/3")
        self.assertEqual((self.dir / "last.csv").read_text().count("\n"), 20001)


if __name__ == "__main__":
    plain.peers.main(Kills)
