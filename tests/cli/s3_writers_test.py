#!/usr/bin/env python3
"""Two programs that push to one name of a bucket lose no version: s3_writers_test.py WAYBILL."""
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers, s3_server  # noqa: E402

PUSHES = 50


class Writers(peers.Workbench):
    def test_each_push_of_two_writers_is_a_version(self):
        server = self.enterContext(s3_server.S3Server("versitygw", keep_alive=True))
        self.env.update(server.environment, WAYBILL_REGISTRY=f"s3://{server.environment['WAYBILL_TEST_BUCKET']}")
        tops, problems = [], []

        def push(writer):
            try:
                for turn in range(PUSHES):
                    self.write(f"{writer}/file", f"{writer} {turn}")
                    tops.append(self.json("push", self.dir / writer, "--name", "both/data", "-m", f"{writer} {turn}")["top_hash"])
            except BaseException as problem:  # noqa: B036: told below
                problems.append(problem)

        threads = [threading.Thread(target=push, args=(name,)) for name in ("one", "two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if problems:
            raise problems[0]
        self.assertEqual(len(set(tops)), 2 * PUSHES)
        versions = self.json("versions", "both/data")["versions"]
        self.assertEqual({row["top_hash"] for row in versions}, set(tops))
        self.assertEqual(sum(row["latest"] for row in versions), 1)
        self.assertIn(self.json("hash", "both/data")["top_hash"], tops)


if __name__ == "__main__":
    peers.main(Writers)
