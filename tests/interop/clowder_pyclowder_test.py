#!/usr/bin/env python3
"""What waybill-clowder uploads, pyclowder lists and downloads, and what pyclowder uploads, waybill-clowder knows:
clowder_pyclowder_test.py BINARY."""
import json
import pathlib
import subprocess
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1])]
from support import peers  # noqa: E402

peers.go_on_in("clowder")
from support.clowder_case import ClowderCase, main, write_tree  # noqa: E402

TREE = {"a.csv": b"foofoo", "b \xe4.csv": b"bar\r\nbar", "in/empty": b"", "in/.hidden": b"\0\xff"}
BEGIN = """
import json, sys
from pyclowder import datasets, files
from pyclowder.connectors import Connector
class Quiet(Connector):
    def status_update(self, *_): pass
c, host, key, place = Quiet("test", {}), *sys.argv[1:]
"""


class Both:
    def python(self, script):
        """What a script of pyclowder says in the end."""
        env = {**self.env, "CLOWDER_VERSION": self.version[1], "TMPDIR": str(self.place)}
        done = subprocess.run([sys.executable, "-c", BEGIN + script + "\nprint(json.dumps(said))", self.server.url, self.server.key,
                               str(self.content)], env=env, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        return json.loads(done.stdout.splitlines()[-1])

    def test_pyclowder_reads_what_waybill_uploaded(self):
        write_tree(self.content, TREE)
        done = self.upload()
        dataset = done["dataset"]["id"]
        rows = self.python(f"said = datasets.get_file_list(c, host, key, '{dataset}')")
        self.assertEqual({row["id"] for row in rows}, {row["id"] for row in done["uploaded"]})
        for row in done["uploaded"]:
            path = self.python(f"said = files.download(c, host, key, '{row['id']}')")
            self.assertEqual(pathlib.Path(path).read_bytes(), TREE[row["path"]])
        metadata = self.python(f"said = datasets.download_metadata(c, host, key, '{dataset}')")
        listed = [file["path"] for held in metadata for file in held["content"].get("files", [])]
        self.assertEqual(sorted(listed), sorted(TREE))

    def test_waybill_knows_what_pyclowder_uploaded(self):
        flat = {name: content for name, content in TREE.items() if "/" not in name}
        write_tree(self.content, flat)
        dataset = self.platform.add_dataset("content")["id"]
        self.python(f"said = [files.upload_to_dataset(c, host, key, '{dataset}', place + '/' + name) for name in {list(flat)!r}]")
        done = self.upload()
        self.assertEqual((done["dataset"]["id"], done["uploaded"], len(done["unchanged"])), (dataset, [], len(flat)))
        self.run_raw("verify", self.content, "--dataset", dataset)


class Version1(Both, ClowderCase):
    version, options, leaks = "v1", {"store_after": 0}, True  # pyclowder has the key in the URL there


class Version2(Both, ClowderCase):
    version = "v2"


if __name__ == "__main__":
    main()
