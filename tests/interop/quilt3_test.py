#!/usr/bin/env python3
"""quilt3 from PyPI and waybill read each other's packages: quilt3_test.py WAYBILL."""
import json
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

PYTHON = peers.peer_python("quilt3")

# Runs in quilt3's environment: one JSON command in, one JSON answer out.
DRIVER = r"""
import json, pathlib, sys
import quilt3
c = json.load(sys.stdin)
registry = pathlib.Path(c["registry"]).as_uri()
if c["do"] == "build":
    p = quilt3.Package()
    p.set_dir("/", c["dir"], meta=c.get("meta"))
    for key, meta in c.get("entry_meta", {}).items():
        p[key].set_meta(meta)
    for key, meta in c.get("dir_meta", {}).items():
        p[key].set_meta(meta)
    print(json.dumps({"top_hash": p.build(c["name"], registry=registry, message=c.get("message"))}))
elif c["do"] == "browse":
    p = quilt3.Package.browse(c["name"], registry=registry, top_hash=c.get("top_hash"))
    print(json.dumps({"top_hash": p.top_hash, "keys": [k for k, _ in p.walk()], "meta": p.meta,
                      "entry_meta": {k: e.meta for k, e in p.walk() if e.meta},
                      "verified": p.verify(c["dir"]) if "dir" in c else None,
                      "bytes": {k: len(e.get_bytes()) for k, e in p.walk()}}))
elif c["do"] == "versions":
    print(json.dumps([[t, h] for t, h in quilt3.list_package_versions(c["name"], registry=registry)]))
elif c["do"] == "install":
    quilt3.Package.install(c["name"], registry=registry, dest=c["dir"])
    print("{}")
"""

NAMES = ["a.txt", "a/x", "a-b", "sp ace/é.bin", "日本/語", "100%/a#b?c&d=e+f;g", "~tilde", "q\"uo'te", "back\\slash", "(p)[b]{c}", "zero", ".hidden"]


class Quilt3(peers.Workbench):
    def setUp(self):
        super().setUp()
        self.env.update(QUILT_DISABLE_USAGE_METRICS="1", QUILT_MINIMIZE_STDOUT="true", AWS_EC2_METADATA_DISABLED="true")
        self.registry.mkdir()

    def quilt3(self, do, **command):
        command.update(do=do, registry=str(self.registry))
        done = subprocess.run([PYTHON, "-c", DRIVER], input=json.dumps(command), capture_output=True, text=True, env=self.env,
                              timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return json.loads(done.stdout.strip().splitlines()[-1])

    def tree(self, name, seed=1, big=False):
        rng = random.Random(seed)
        for i, key in enumerate(NAMES):
            self.write(f"{name}/{key}", rng.randbytes(0 if key == "zero" else 100 * i + 1))
        if big:
            self.write(f"{name}/big.bin", rng.randbytes(8 * 1024 * 1024 + 5))
        return self.dir / name

    def test_quilt3_reads_what_we_push(self):
        tree = self.tree("tree", big=True)
        pushed = self.json("push", tree, "--name", "us/pushed", "-m", "from waybill", "-t", "v1")
        seen = self.quilt3("browse", name="us/pushed", dir=str(tree))
        self.assertEqual(seen["top_hash"], pushed["top_hash"])
        self.assertEqual(sorted(seen["keys"]), sorted(NAMES + ["big.bin"]))
        self.assertEqual(seen["bytes"]["big.bin"], 8 * 1024 * 1024 + 5)
        (tree / "a.txt").write_bytes(b"changed")
        self.assertFalse(self.quilt3("browse", name="us/pushed", dir=str(tree))["verified"])

    def test_quilt3_verifies_a_directory_we_installed(self):
        tree = self.tree("tree")
        pushed = self.json("push", tree, "--name", "us/pushed")
        self.json("install", "us/pushed", "--location", self.dir / "out")
        # quilt3 knows no .waybill/: hold a copy without it against the package
        subprocess.run(["cp", "-r", self.dir / "out", self.dir / "plain"], check=True)
        subprocess.run(["rm", "-rf", self.dir / "plain" / ".waybill"], check=True)
        seen = self.quilt3("browse", name="us/pushed", top_hash=pushed["top_hash"], dir=str(self.dir / "plain"))
        self.assertTrue(seen["verified"])

    def test_quilt3_installs_from_our_registry(self):
        tree = self.tree("tree")
        self.json("push", tree, "--name", "us/pushed")
        self.quilt3("install", name="us/pushed", dir=str(self.dir / "by-quilt3"))
        self.assertEqual((self.dir / "by-quilt3" / "日本" / "語").read_bytes(), (tree / "日本" / "語").read_bytes())
        self.assertEqual(self.json("verify", self.dir / "by-quilt3", "us/pushed")["differences"], [])

    def test_we_install_and_verify_what_quilt3_built(self):
        tree = self.tree("tree", big=True)
        meta = {"z": 1, "a": {"f": 1e-07, "big": 9007199254740993, "n": [None, True, 2.50], "é": "ü"}}
        built = self.quilt3("build", dir=str(tree), name="them/built", meta=meta, message="имена",
                            entry_meta={"a.txt": {"label": "cat", "score": 0.97}}, dir_meta={"日本": {"owner": "ü"}})
        self.assertEqual(self.json("hash", "them/built")["top_hash"], built["top_hash"])
        self.assertEqual(self.json("meta", "them/built")["meta"], meta)
        self.assertEqual(self.json("meta", "them/built", "a.txt")["meta"], {"label": "cat", "score": 0.97})
        self.assertEqual(self.json("meta", "them/built", "日本/")["meta"], {"owner": "ü"})
        installed = self.json("install", "them/built", "--location", self.dir / "out")
        self.assertEqual(len(installed["added"]), len(NAMES) + 1)
        self.assertEqual(self.json("verify", self.dir / "out")["differences"], [])
        self.assertEqual(self.json("hash", self.dir / "out")["top_hash"], built["top_hash"])

    def test_the_same_top_hash_both_ways(self):
        tree = self.tree("tree", seed=7)
        built = self.quilt3("build", dir=str(tree), name="them/same", meta={"m": 1.5}, message="m")
        ours = self.json("manifest", tree, "--meta", '{"m": 1.5}', "--message", "m", "-o", self.dir / "ours.jsonl")
        self.assertEqual(ours["top_hash"], built["top_hash"])
        theirs = (self.registry / ".quilt" / "packages" / built["top_hash"]).read_bytes()
        self.assertEqual((self.dir / "ours.jsonl").read_bytes(), theirs)

    def test_versions_pushed_by_both_are_one_history(self):
        tree = self.tree("tree")
        first = self.quilt3("build", dir=str(tree), name="both/data", message="theirs")["top_hash"]
        (tree / "a.txt").write_bytes(b"second")
        second = self.json("push", tree, "--name", "both/data", "-m", "ours")["top_hash"]
        hashes = {row["top_hash"] for row in self.json("versions", "both/data")["versions"]}
        self.assertEqual(hashes, {first, second})
        theirs = self.quilt3("versions", name="both/data")
        self.assertIn(["latest", second], theirs)
        self.assertEqual({h for _, h in theirs}, hashes)

    def test_what_quilt3_pushed_is_one_action_each_in_our_log(self):
        tree = self.tree("tree")
        tops = []
        for turn in range(4):
            if turn:
                (tree / "a.txt").write_bytes(b"%d" % turn)
                time.sleep(1.1)  # quilt3 keeps one version a second
            if turn == 2:
                tops.append(self.json("push", tree, "--name", "both/data", "-m", "ours")["top_hash"])
            else:
                tops.append(self.quilt3("build", dir=str(tree), name="both/data", message=f"theirs {turn}")["top_hash"])
            rows = self.json("log", "both/data")["actions"]
            self.assertEqual([row["key"] for row in rows], ["Package.apply"] * turn)
            self.assertEqual(self.json("head", "both/data")["top_hash"], tops[-1])
        self.assertEqual([bool(row["user"]) for row in rows], [False, True, False])
        self.assertEqual(self.json("log", "both/data")["actions"], rows, "the same ones each time")
        points = self.json("savepoint", "both/data", "list")["savepoints"]
        self.assertEqual([p["manifest"] for p in points], tops)
        self.assertEqual([p["description"] for p in points], ["initial import", "theirs 1", "ours", "theirs 3"])
        for row in rows:
            changes = self.json("action", "both/data", row["hash"])["params"]["changes"]
            # What we note in a directory is a file like any other to quilt3.
            self.assertEqual([(c["key"], c["params"]["key"]) for c in changes if not c["params"]["key"].startswith(".waybill/")],
                             [("File.replace", "a.txt")])
        self.json("savepoint", "both/data", "revert", points[1]["id"])
        self.assertEqual(self.json("head", "both/data")["top_hash"], tops[1])


if __name__ == "__main__":
    peers.main(Quilt3)
