#!/usr/bin/env python3
"""quilt3 from PyPI and waybill read each other's packages on an S3 server: s3_quilt3_test.py WAYBILL.

The tests whose names start with test_quilt3_alone do not run waybill: they show what the others hold it against.
"""
import json
import pathlib
import random
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers, s3_server  # noqa: E402

PYTHON = peers.peer_python("quilt3")
peers.peer_program("versitygw")

# Runs in quilt3's environment: one JSON command in, one JSON answer out.
DRIVER = r"""
import json, pathlib, sys
import quilt3
c = json.load(sys.stdin)
registry = c["registry"]
if c["do"] == "push":
    p = quilt3.Package.browse(c["name"], registry=registry) if c.get("onto") else quilt3.Package()
    p.set_dir("/", c["dir"], meta=c.get("meta"))
    for key, meta in c.get("entry_meta", {}).items():
        p[key].set_meta(meta)
    print(json.dumps({"top_hash": p.push(c["name"], registry=registry, message=c.get("message")).top_hash}))
elif c["do"] == "browse":
    p = quilt3.Package.browse(c["name"], registry=registry, top_hash=c.get("top_hash"))
    digests = {k: __import__("hashlib").sha256(e.get_bytes()).hexdigest() for k, e in p.walk()}
    print(json.dumps({"top_hash": p.top_hash, "keys": [k for k, _ in p.walk()], "meta": p.meta, "sha256": digests,
                      "entry_meta": {k: e.meta for k, e in p.walk() if e.meta},
                      "physical_keys": {k: str(e.physical_key) for k, e in p.walk()},
                      "verified": p.verify(c["dir"]) if "dir" in c else None}))
elif c["do"] == "fetch":
    quilt3.Package.browse(c["name"], registry=registry, top_hash=c.get("top_hash")).fetch(c["dir"])
    print("{}")
elif c["do"] == "install":
    quilt3.Package.install(c["name"], registry=registry, top_hash=c.get("top_hash"), dest=c["dir"])
    print("{}")
elif c["do"] == "versions":
    print(json.dumps([[t, h] for t, h in quilt3.list_package_versions(c["name"], registry=registry)]))
elif c["do"] == "list":
    print(json.dumps(sorted(quilt3.list_packages(registry=registry))))
"""

MIB = 1 << 20
BIG = {"big/8 MiB + 1.bin": 8 * MIB + 1, "big/exactly 8 MiB": 8 * MIB, "big/20 MiB é.bin": 20 * MIB}  # quilt3's parts are 8 MiB
NAMES = ["a.txt", "a-b", "dir/x", "sp ace/é.bin", "日本/語", "100%/a#b?c&d=e+f;g", "~tilde", "q\"uo'te", "(p)[b]{c}", "zero",
         "one KiB"]
META = {"z": 1, "a": {"f": 1e-07, "big": 9007199254740993, "n": [None, True, 2.50], "é": "ü"}}
ENTRY_META = {"a.txt": {"label": "cat", "score": 0.97}, "big/20 MiB é.bin": {"parts": 3}}


class OnS3(peers.Workbench):
    """What must hold in each kind of bucket; the classes below say which."""

    bucket = ""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(s3_server.S3Server("versitygw", keep_alive=True))
        self.uri = f"s3://{self.server.environment[self.bucket]}"
        self.env.update(self.server.environment, WAYBILL_REGISTRY=self.uri, QUILT_DISABLE_USAGE_METRICS="1",
                        QUILT_MINIMIZE_STDOUT="true")

    def quilt3(self, do, **command):
        command.update(do=do, registry=self.uri)
        done = subprocess.run([PYTHON, "-c", DRIVER], input=json.dumps(command), capture_output=True, text=True, env=self.env,
                              timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return json.loads(done.stdout.strip().splitlines()[-1])

    def tree(self, name="tree", seed=1):
        chance = random.Random(seed)
        for i, key in enumerate(NAMES):
            self.write(f"{name}/{key}", chance.randbytes({"zero": 0, "one KiB": 1024}.get(key, 100 * i + 1)))
        for key, size in BIG.items():
            self.write(f"{name}/{key}", chance.randbytes(size))
        return self.dir / name

    def files(self, directory):
        return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*")
                if p.is_file() and p.relative_to(directory).parts[0] != ".waybill"}

    def check_same(self, directory, expected):
        """Equal trees, without megabytes in the message."""
        self.assertEqual({key: hash(content) for key, content in self.files(directory).items()},
                         {key: hash(content) for key, content in expected.items()})

    def check_physical_keys(self, seen):
        versioned = self.bucket == "WAYBILL_TEST_VERSIONED_BUCKET"
        for key, place in seen["physical_keys"].items():
            self.assertTrue(place.startswith(self.uri + "/"), (key, place))
            self.assertEqual(bool(re.search(r"\?versionId=(?!null)[^&]+$", place)), versioned, (key, place))

    # -- quilt3 alone ----------------------------------------------------------------------------------------------
    def test_quilt3_alone_reads_what_it_pushed(self):
        tree = self.tree()
        expected = self.files(tree)
        pushed = self.quilt3("push", dir=str(tree), name="them/data", meta=META, message="имена", entry_meta=ENTRY_META)
        seen = self.quilt3("browse", name="them/data", dir=str(tree))
        self.assertEqual((seen["top_hash"], seen["verified"]), (pushed["top_hash"], True))
        self.assertEqual((seen["meta"], seen["entry_meta"]), (META, ENTRY_META))
        self.assertEqual(sorted(seen["keys"]), sorted(expected))
        self.check_physical_keys(seen)
        for do in ("install", "fetch"):
            self.quilt3(do, name="them/data", dir=str(self.dir / do))
            self.check_same(self.dir / do, expected)
        self.assertIn(["latest", pushed["top_hash"]], self.quilt3("versions", name="them/data"))
        self.assertEqual(self.quilt3("list"), ["them/data"])
        (tree / "a.txt").write_bytes(b"changed")
        self.assertFalse(self.quilt3("browse", name="them/data", dir=str(tree))["verified"])

    def test_quilt3_alone_pushes_a_second_version(self):
        tree = self.tree()
        first = self.quilt3("push", dir=str(tree), name="them/data")["top_hash"]
        (tree / "a.txt").write_bytes(b"second")
        second = self.quilt3("push", dir=str(tree), name="them/data", onto=True)["top_hash"]
        self.assertNotEqual(first, second)
        self.assertEqual({top for _, top in self.quilt3("versions", name="them/data")}, {first, second})

    # -- quilt3 pushes, we read ------------------------------------------------------------------------------------
    def test_we_install_and_verify_what_quilt3_pushed(self):
        tree = self.tree()
        expected = self.files(tree)
        top = self.quilt3("push", dir=str(tree), name="them/data", meta=META, message="имена", entry_meta=ENTRY_META)["top_hash"]
        self.assertEqual(self.json("hash", "them/data")["top_hash"], top)
        shown = self.json("--registry", self.uri, "show", "them/data")
        self.assertEqual((shown["top_hash"], shown["entries"]), (top, len(expected)))
        listed = {row["key"].rstrip("/") for row in self.json("ls", "them/data")["entries"]}
        self.assertEqual(listed, {key.split("/")[0] for key in expected})
        self.assertEqual({row["key"] for row in self.json("ls", "them/data", "big/")["entries"]}, set(BIG))
        for key in ("sp ace/é.bin", "100%/a#b?c&d=e+f;g", "zero", "big/8 MiB + 1.bin"):
            self.assertTrue(self.run_raw("cat", "them/data", key).stdout == expected[key], key)
        self.assertEqual(self.json("meta", "them/data")["meta"], META)
        self.assertEqual(self.json("meta", "them/data", "a.txt")["meta"], ENTRY_META["a.txt"])
        self.assertEqual(len(self.json("install", "them/data", "--location", self.dir / "out")["added"]), len(expected))
        self.check_same(self.dir / "out", expected)
        self.assertEqual(self.json("verify", self.dir / "out")["differences"], [])
        self.assertEqual(self.json("hash", self.dir / "out")["top_hash"], top)
        self.assertEqual(self.json("diff", "them/data", self.dir / "out")["modified"], [])
        (self.dir / "out" / "a.txt").write_bytes(b"changed")
        differing = self.json("diff", "them/data", self.dir / "out", code=1)
        self.assertEqual([row["key"] for row in differing["modified"]], ["a.txt"])
        self.assertEqual([row["key"] for row in self.json("verify", self.dir / "out", code=1)["differences"]], ["a.txt"])

    def test_an_object_that_was_overwritten_is_not_installed(self):
        tree = self.tree()
        self.quilt3("push", dir=str(tree), name="them/data")
        place = re.sub(r"\?.*", "", self.quilt3("browse", name="them/data")["physical_keys"]["a.txt"])
        status, _ = self.server.request("PUT", "/" + place[len("s3://"):], body=b"X")
        self.assertEqual(status, 200)
        versioned = self.bucket == "WAYBILL_TEST_VERSIONED_BUCKET"  # there the version that the manifest names is still the old one
        self.run_raw("install", "them/data", "--location", self.dir / "out", code=0 if versioned else 70)
        if versioned:
            self.check_same(self.dir / "out", self.files(tree))
        else:
            self.assertFalse((self.dir / "out" / "a.txt").exists())

    # -- we push, quilt3 reads -------------------------------------------------------------------------------------
    def test_quilt3_reads_what_we_pushed(self):
        tree = self.tree()
        expected = self.files(tree)
        pushed = self.json("push", tree, "--registry", self.uri, "--name", "us/data", "-m", "from waybill", "-t", "v1")
        self.assertEqual((pushed["files_copied"], pushed["bytes_copied"]), (len(expected), sum(map(len, expected.values()))))
        seen = self.quilt3("browse", name="us/data", dir=str(self.tree("without .waybill")))
        self.assertEqual((seen["top_hash"], seen["verified"]), (pushed["top_hash"], True))
        self.assertEqual(sorted(seen["keys"]), sorted(expected))
        self.check_physical_keys(seen)
        for do in ("install", "fetch"):
            self.quilt3(do, name="us/data", dir=str(self.dir / do))
            self.check_same(self.dir / do, expected)
        self.assertEqual(self.json("verify", self.dir / "fetch", "us/data")["differences"], [])
        self.assertEqual(self.quilt3("list"), ["us/data"])

    def test_pushing_what_quilt3_pushed_is_no_new_version(self):
        tree = self.tree()
        theirs = self.quilt3("push", dir=str(tree), name="both/data", meta=META)["top_hash"]
        ours = self.json("push", tree, "--name", "both/data")
        self.assertEqual((ours["top_hash"], ours["new_version"], ours["files_copied"]), (theirs, False, 0))
        self.assertEqual(len(self.json("versions", "both/data")["versions"]), 1)

    def test_versions_pushed_by_both_are_one_history_and_stay_readable(self):
        tree = self.tree()
        states, tops = [], []
        for turn, push in enumerate(("them", "us", "them", "us")):
            (tree / "a.txt").write_bytes(b"turn %d" % turn)
            if push == "them":
                tops.append(self.quilt3("push", dir=str(tree), name="both/data", onto=turn > 0)["top_hash"])
            else:
                tops.append(self.json("push", tree, "--name", "both/data")["top_hash"])
                time.sleep(2)  # quilt3 names versions by the second and overwrites the one that has its name
            states.append((tree / "a.txt").read_bytes())
        self.assertEqual({row["top_hash"] for row in self.json("versions", "both/data")["versions"]}, set(tops))
        theirs = self.quilt3("versions", name="both/data")
        self.assertEqual({top for _, top in theirs}, set(tops))
        self.assertIn(["latest", tops[-1]], theirs)
        kept = range(4) if self.bucket == "WAYBILL_TEST_VERSIONED_BUCKET" else (1, 3)  # without versions quilt3 overwrites its own
        for turn in kept:
            self.assertEqual(self.run_raw("cat", f"both/data@{tops[turn]}", "a.txt").stdout, states[turn])
            self.quilt3("fetch", name="both/data", top_hash=tops[turn], dir=str(self.dir / f"turn{turn}"))
            self.assertEqual((self.dir / f"turn{turn}" / "a.txt").read_bytes(), states[turn])


class Unversioned(OnS3):
    bucket = "WAYBILL_TEST_BUCKET"


class Versioned(OnS3):
    bucket = "WAYBILL_TEST_VERSIONED_BUCKET"


def load_tests(loader, _tests, _pattern):
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in (Unversioned, Versioned))


if __name__ == "__main__":
    peers.main(OnS3)
