#!/usr/bin/env python3
"""Random pushes, tags, rollbacks, forks, merges and the rest, and collections between them: each removes exactly what the files say
that nothing reaches, and every version that is named can be read. gc_model_test.py WAYBILL [SEED]"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, reachability  # noqa: E402

BINARY, SEEDS = "", []
STORIES, STEPS = (2, 40) if "WAYBILL_TEST_SANITIZED" in os.environ else (12, 220)
PACKAGES = [f"m/{name}" for name in ("ann", "bob", "cat", "dan")]
KEYS, CONTENTS = [f"k{i}" for i in range(6)], [f"content {i}\n" for i in range(24)]


class Story:
    """One registry, and what is done to it by chance. Verbs may refuse what makes no sense; nothing may fail otherwise."""

    def __init__(self, seed, home):
        self.random, self.home, self.told = random.Random(seed), pathlib.Path(home), []
        self.registry = self.home / "registry"
        self.environment = {**os.environ, "WAYBILL_REGISTRY": str(self.registry), "WAYBILL_USER": "ann", "HOME": str(self.home),
                            "XDG_CACHE_HOME": str(self.home / "cache"), "XDG_CONFIG_HOME": str(self.home / "config"),
                            "XDG_DATA_HOME": str(self.home / "share")}
        self.collected = self.removed = 0
        (self.home / "sources").mkdir()
        for i, text in enumerate(CONTENTS):
            (self.home / "sources" / str(i)).write_text(text)

    def run(self, *words, codes=(0, 1, 3, 66)):
        self.told.append(" ".join(words))
        done = subprocess.run([BINARY, "--json", *words], capture_output=True, text=True, env=self.environment, cwd=self.home, check=False)
        if done.returncode not in codes:
            raise AssertionError(f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def some(self, items):
        return self.random.choice(sorted(items))

    def source(self):
        return str(self.home / "sources" / str(self.random.randrange(len(CONTENTS))))

    def named(self):
        """Packages there are; a new one where there are none."""
        there = [p for p in PACKAGES if (self.registry / ".quilt/named_packages" / p).exists()]
        return there or [self.push()]

    def versions(self):
        return [p.name for p in reachability.files_below(self.registry, ".quilt/packages")]

    # -- what may happen ------------------------------------------------------------------------------------------
    def push(self):
        name, tree = self.some(PACKAGES), self.home / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir()
        for key in self.random.sample(KEYS, self.random.randint(1, 4)):
            (tree / key).write_text(self.some(CONTENTS))
        self.run("push", str(tree), "--name", name, *(["-t", "t"] if self.random.random() < 0.2 else []), codes=(0,))
        return name

    def tag(self):
        self.run("tag", self.some(self.named()), self.some("ab"), self.some(self.versions()))

    def untag(self):
        self.run("untag", self.some(self.named()), self.some("abt"))

    def rollback(self):
        self.run("rollback", self.some(self.named()), self.some(self.versions()))

    def fork(self):
        self.run("fork", self.some(self.named()), self.some(PACKAGES))

    def act(self):
        key = self.some(KEYS)
        kind, params = self.random.choice([("File.add", {"key": key, "source": self.source()}), ("File.remove", {"key": key}),
                                           ("File.replace", {"key": key, "source": self.source()}),
                                           ("File.move", {"key": key, "to": self.some(KEYS)})])
        self.run("act", self.some(self.named()), kind, json.dumps(params))

    def undo(self):
        name = self.some(self.named())
        actions = self.run("log", name)["actions"]
        if actions:
            self.run("undo", name, self.random.choice(actions)["hash"])

    def savepoint(self):
        self.run("savepoint", self.some(self.named()), "create", "-m", "mark")

    def revert(self):
        name = self.some(self.named())
        points = self.run("savepoint", name, "list").get("savepoints", [])
        if points:
            self.run("savepoint", name, "revert", self.random.choice(points)["id"])

    def merge(self):
        words = self.random.choice([[], ["--no-autorollback"], ["--force"], ["--squash"]])
        self.run("merge", self.some(self.named()), "--from", self.some(self.named()), *words)

    def record(self):
        """A run read a version, now and then one of another registry."""
        hash_ = self.some(self.versions() + ["f" * 64])
        flow = self.registry / ".waybill/lineage/Flow"
        flow.mkdir(parents=True, exist_ok=True)
        with (flow / f"{self.random.randint(1, 3)}.jsonl").open("a") as log:
            log.write(reachability.run_record("Flow", pathlib.Path(log.name).stem, "m/ann", hash_))
        self.told.append(f"a run record of {hash_}")

    def forget_records(self):
        shutil.rmtree(self.registry / ".waybill/lineage", ignore_errors=True)
        self.told.append("no run records")

    def leave_behind(self):
        """What a push that was killed leaves: objects, and maybe a manifest that nothing names."""
        lines = []
        for key in self.random.sample(KEYS, 2):
            content = self.some(CONTENTS).encode()
            line = documents.entry(key, content)
            place = self.registry / reachability.object_key("sha2-256-chunked", line["hash"]["value"])
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                place.write_bytes(content)
            lines.append({**line, "physical_keys": [f"file://{place}"]})
        if self.random.random() < 0.7:
            text, header = documents.manifest_text(lines), {"version": "v0", "message": None}
            packages = self.registry / ".quilt/packages"
            packages.mkdir(parents=True, exist_ok=True)
            (packages / documents.top_hash(header, lines)).write_text(text)
        self.told.append("what a killed push leaves: " + json.dumps(lines))

    def forget(self):
        """A package is deleted: as quilt3 does it, or with its tags and its log, unless forks read it."""
        name = self.some(self.named())
        shutil.rmtree(self.registry / ".quilt/named_packages" / name)
        if self.random.random() < 0.5:
            shutil.rmtree(self.registry / ".waybill/tags" / name, ignore_errors=True)
        history = self.registry / ".waybill/history" / name
        if history.exists():
            log = self.registry / ".waybill/logs" / history.read_text()
            history.unlink()
            if not (log / "forks").exists():
                shutil.rmtree(log)
        self.told.append(f"forget {name}")

    def collect(self):
        garbage, before = reachability.unreached(self.registry), reachability.stored(self.registry)
        words = ["gc", "--older-than", "0"] + (["--dry-run"] if self.random.random() < 0.2 else [])
        done = self.run(*words, codes=(0,))
        removed = before - reachability.stored(self.registry)
        expected = set() if done["dry_run"] else garbage
        if removed != expected:
            raise AssertionError(f"removed too much: {sorted(removed - expected)}, too little: {sorted(expected - removed)}")
        told = sum(name.startswith(".quilt") for name in garbage)
        if (len(done["manifests"]), done["objects"]) != (told, len(garbage) - told):
            raise AssertionError(f"told {done} of {sorted(garbage)}")
        self.collected += 1
        self.removed += len(removed)
        self.check()

    def check(self):
        lost = reachability.damage(self.registry, documents.chunked)
        if lost:
            raise AssertionError(f"lost: {lost}")

    def read_everything(self):
        """Every version and every history, as users read them."""
        for name in [p for p in PACKAGES if (self.registry / ".quilt/named_packages" / p).exists()]:
            for version in self.run("versions", name)["versions"]:
                copy = self.home / "copy"
                shutil.rmtree(copy, ignore_errors=True)
                self.run("install", f"{name}@{version['top_hash']}", "--location", str(copy), codes=(0,))
                self.run("verify", str(copy), codes=(0,))
            self.run("head", name, "-o", str(self.home / "head.jsonl"), codes=(0,))

    CHANCES = {"push": 6, "tag": 3, "untag": 2, "rollback": 2, "fork": 2, "act": 6, "undo": 2, "savepoint": 2, "revert": 2, "merge": 3,
               "record": 2, "forget_records": 1, "leave_behind": 5, "forget": 4, "collect": 4}

    def tell(self, steps):
        self.push()
        for _ in range(steps):
            getattr(self, self.random.choices(list(self.CHANCES), self.CHANCES.values())[0])()
        self.collect()
        self.read_everything()


class Model(unittest.TestCase):
    def test_collections_remove_exactly_what_nothing_reaches(self):
        collected = removed = steps = 0
        for seed in SEEDS or random.Random().sample(range(10**9), STORIES):
            with tempfile.TemporaryDirectory(prefix="waybill-gc-") as home:
                story = Story(seed, home)
                try:
                    story.tell(STEPS)
                except Exception as problem:
                    self.fail(f"seed {seed}: {problem}\n" + "\n".join(story.told[-60:]))
                print(f"seed {seed}: {len(story.told)} steps, {story.collected} collections removed {story.removed}", flush=True)
                collected, removed, steps = collected + story.collected, removed + story.removed, steps + len(story.told)
        self.assertGreater(collected, 0)
        self.assertGreater(removed, collected, f"{steps} steps")


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    SEEDS = [int(word) for word in sys.argv[1:]]
    documents.work_in_memory()
    unittest.main(argv=sys.argv[:1], verbosity=2)
