#!/usr/bin/env python3
"""Files that change while they are read: change_while_read_test.py WAYBILL."""
import collections
import os
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers  # noqa: E402

SIZE = 24 << 20
ROUNDS = 9


class Changing(peers.Workbench):
    def setUp(self):
        super().setUp()
        self.random = random.Random(7)
        self.tree = self.write("tree/other", "stays").parent
        self.file = self.tree / "changing"
        self.stop = threading.Event()

    def fill(self):
        self.file.write_bytes(self.random.randbytes(1 << 20) * (SIZE >> 20))

    def scribble(self, how):
        """Changes the file again and again until told to stop."""
        with open(self.file, "r+b", buffering=0) as out:
            turn = 0
            while not self.stop.is_set():
                turn += 1
                if how == "in place":
                    os.pwrite(out.fileno(), turn.to_bytes(8, "big"), self.random.randrange(0, SIZE - 8))
                elif how == "growing":
                    os.pwrite(out.fileno(), b"more", os.fstat(out.fileno()).st_size)
                elif how == "shrinking":
                    os.ftruncate(out.fileno(), max(0, os.fstat(out.fileno()).st_size - 100_000))
                elif how == "replaced":
                    new = self.tree.parent / "replacement"
                    new.write_bytes(turn.to_bytes(8, "big") * 4096)
                    os.replace(new, self.file)
                elif how == "time put back":
                    state = os.fstat(out.fileno())
                    os.pwrite(out.fileno(), turn.to_bytes(8, "big"), self.random.randrange(0, SIZE - 8))
                    os.utime(out.fileno(), ns=(state.st_atime_ns, state.st_mtime_ns))
                time.sleep(self.random.choice((0.0005, 0.002, 0.02, 0.1)))

    def rounds(self, how, *options):
        codes = collections.Counter()
        for turn in range(ROUNDS):
            self.fill()
            self.stop.clear()
            writer = threading.Thread(target=self.scribble, args=(how,))
            writer.start()
            time.sleep(self.random.random() * 0.02)
            try:
                done = self.run_raw("--json", "push", self.tree, "--name", "ns/data", *options, code=None)
            finally:
                self.stop.set()
                writer.join()
            document = documents.strict(done.stdout)
            codes[done.returncode] += 1
            if done.returncode:
                error = document["error"]
                self.assertEqual((done.returncode, error["code"]), (70, "source_changed"), document)
                self.assertIn("changing", error["path"] + error["detail"])
            else:  # what was published is whole: its bytes have the recorded digest
                copy = self.dir / f"copy{turn}"
                self.json("install", f"ns/data@{document['top_hash']}", "--location", copy)
                self.json("verify", copy)
            # at rest, the next push takes what is there now, whatever a cache remembers
            self.json("push", self.tree, "--name", "ns/data")
            self.json("install", "ns/data", "--location", self.dir / "now")
            self.assertEqual((self.dir / "now/changing").read_bytes(), self.file.read_bytes())
        return codes

    def test_a_file_written_in_place(self):
        self.assertGreater(self.rounds("in place")[70], 0)

    def test_a_growing_file(self):
        self.assertGreater(self.rounds("growing")[70], 0)

    def test_a_shrinking_file(self):
        self.assertGreater(self.rounds("shrinking")[70], 0)

    def test_a_file_that_is_replaced(self):
        self.rounds("replaced")  # each is whole, so every outcome is possible

    def test_a_file_whose_time_is_put_back(self):
        self.assertGreater(self.rounds("time put back")[70], 0)


if __name__ == "__main__":
    documents.work_in_memory()
    peers.main(Changing)
