#!/usr/bin/env python3
"""`waybill gc` on a directory: what it removes, what it keeps, and what stops it. gc_test.py WAYBILL"""
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers, reachability  # noqa: E402


class Collections(peers.Workbench):
    def push(self, name, files, *words):
        """The whole state of a package; its top hash."""
        tree = self.dir / "trees" / name.replace("/", "-")
        shutil.rmtree(tree, ignore_errors=True)
        for key, text in files.items():
            self.write(tree / key, text)
        return self.json("push", tree, "--name", name, *words)["top_hash"]

    def forget(self, name):
        """Takes away what names a package, as quilt3 does, and its history."""
        history = self.registry / ".waybill/history" / name
        shutil.rmtree(self.registry / ".quilt/named_packages" / name)
        shutil.rmtree(self.registry / ".waybill/tags" / name, ignore_errors=True)
        if history.exists():
            shutil.rmtree(self.registry / ".waybill/logs" / history.read_text())
            history.unlink()

    def object_of(self, text):
        return self.registry / reachability.object_key("sha2-256-chunked", documents.chunked(text.encode()))

    def manifest(self, top_hash):
        return self.registry / ".quilt/packages" / top_hash

    def gc(self, *words):
        before, garbage = reachability.stored(self.registry), reachability.unreached(self.registry)
        done = self.json("gc", "--older-than", "0", *words)
        removed = before - reachability.stored(self.registry)
        self.assertEqual(removed, set() if "--dry-run" in words else garbage)
        hashes = sorted(name.rsplit("/", 1)[1] for name in garbage if name.startswith(".quilt"))
        self.assertEqual((done["manifests"], done["objects"]), (hashes, len(garbage) - len(hashes)))
        return done

    def test_what_nothing_names_is_removed_and_all_else_stays(self):
        kept = self.push("ns/kept", {"a": "shared", "b": "kept"})
        gone = self.push("ns/gone", {"a": "shared", "c": "gone"})
        size = self.manifest(gone).stat().st_size
        self.forget("ns/gone")
        done = self.gc()
        self.assertEqual((done["schema"], done["dry_run"], done["older_than"]), ("waybill/gc/1", False, 0))
        self.assertEqual((done["manifests"], done["objects"], done["bytes"]), ([gone], 1, size + 4))
        self.assertEqual((done["kept"]["manifests"], done["kept"]["objects"]), (1, 2))
        self.assertTrue(self.object_of("shared").exists() and self.manifest(kept).exists())
        self.assertFalse(self.object_of("gone").exists())
        self.json("install", "ns/kept", "--location", "copy")
        self.json("verify", "copy")
        self.assertEqual(self.gc()["manifests"], [])
        self.assertIn("Removed 0 manifests, 0 objects", self.text("gc"))

    def test_a_dry_run_tells_the_same_and_changes_nothing(self):
        self.push("ns/gone", {"c": "gone"})
        self.forget("ns/gone")
        before = documents.snapshot(self.dir)
        plan = self.gc("--dry-run")
        self.assertEqual(documents.snapshot(self.dir), before)
        done = self.gc()
        self.assertEqual({**plan, "dry_run": False}, done)

    def test_only_what_is_older_than_asked_for_goes(self):
        self.push("ns/gone", {"c": "gone"})
        self.forget("ns/gone")
        for words in ((), ("--older-than", "1d"), ("--older-than", "30m")):
            done = self.json("gc", *words)
            self.assertEqual((done["objects"], done["young"]["manifests"], done["kept"]["objects"]), (0, 1, 1))
        self.assertEqual(self.json("gc", "--older-than", "12h")["older_than"], 43200)
        time.sleep(1.1)
        self.assertEqual(self.json("gc", "--older-than", "1s")["objects"], 1)
        for wrong in ("", "x", "-1", "1w", "1.5h", "99999999d", "1 d"):
            self.assertEqual(self.json("gc", f"--older-than={wrong}", code=2)["error"]["condition"], "usage")

    def test_the_bytes_of_a_manifest_that_is_young_stay_however_old_they_are(self):
        self.push("ns/kept", {"a": "kept"})
        self.push("ns/gone", {"a": "old bytes"})
        self.forget("ns/gone")
        time.sleep(1.1)
        # The same files with a message are another manifest, which nothing names either.
        self.push("ns/gone", {"a": "old bytes"}, "-m", "young")
        self.forget("ns/gone")
        done = self.json("gc", "--older-than", "1s")
        self.assertEqual((len(done["manifests"]), done["objects"]), (1, 0))
        self.assertTrue(self.object_of("old bytes").exists())

    def test_a_tag_keeps_a_version(self):
        self.push("ns/kept", {"a": "kept"})
        top = self.push("ns/data", {"a": "tagged"}, "-t", "v1")
        self.forget_pointers("ns/data")
        self.gc()
        self.assertTrue(self.manifest(top).exists() and self.object_of("tagged").exists())

    def forget_pointers(self, name):
        """All but tags."""
        history = self.registry / ".waybill/history" / name
        shutil.rmtree(self.registry / ".quilt/named_packages" / name)
        shutil.rmtree(self.registry / ".waybill/logs" / history.read_text())
        history.unlink()

    def test_a_savepoint_and_what_actions_name_are_kept_also_when_thrown_away(self):
        top = self.push("ns/data", {"a": "first"})
        second = self.push("ns/data", {"a": "second"})
        source = self.write("source", "act")
        self.json("act", "ns/data", "File.add", json.dumps({"key": "b", "source": str(source)}))
        self.json("savepoint", "ns/data", "revert", "ns/data:0")
        shutil.rmtree(self.registry / ".quilt/named_packages/ns/data")
        self.gc()
        self.assertTrue(self.manifest(top).exists() and self.manifest(second).exists())
        self.assertTrue(all(self.object_of(text).exists() for text in ("first", "second", "act")))

    def test_the_log_of_an_upstream_that_is_gone_keeps_what_its_forks_read(self):
        top = self.push("ns/data", {"a": "first"})
        source = self.write("source", "act")
        self.json("act", "ns/data", "File.replace", json.dumps({"key": "a", "source": str(source)}))
        self.json("fork", "ns/data", "ns/fork")
        shutil.rmtree(self.registry / ".quilt/named_packages/ns/data")
        (self.registry / ".waybill/history/ns/data").unlink()
        self.gc()
        self.assertTrue(self.manifest(top).exists())
        self.json("head", "ns/fork", "-o", self.dir / "head.jsonl")
        self.assertTrue(self.object_of("act").exists())

    def test_a_run_record_keeps_a_version_and_may_name_one_of_elsewhere(self):
        self.push("ns/kept", {"a": "kept"})
        top = self.push("ns/data", {"a": "read"})
        self.forget("ns/data")
        log = self.write(self.registry / ".waybill/lineage/Train/7.jsonl", reachability.run_record("Train", "7", "ns/data", top))
        with log.open("a") as lines:
            lines.write(reachability.run_record("Train", "7", "ns/other", "f" * 64))
        self.gc()
        self.assertTrue(self.manifest(top).exists() and self.object_of("read").exists())
        log.unlink()
        self.assertEqual(self.gc()["manifests"], [top])

    def test_damage_of_anything_that_names_others_stops_it(self):
        top = self.push("ns/data", {"a": "one"}, "-t", "v1")
        self.push("ns/gone", {"a": "gone"})
        self.forget("ns/gone")
        record = reachability.run_record("F", "1", "ns/data", top)
        self.write(self.registry / ".waybill/lineage/F/1.jsonl", record)
        log = next((self.registry / ".waybill/logs").glob("*/log.jsonl"))
        for path in (self.manifest(top), self.registry / ".quilt/named_packages/ns/data/latest", self.registry / ".waybill/tags/ns/data/v1",
                     log, self.registry / ".waybill/lineage/F/1.jsonl"):
            with self.subTest(path=path.name):
                before = path.read_bytes()
                path.chmod(0o644)
                path.write_bytes(before.replace(top.encode(), b"x" * 64) if top.encode() in before else before.replace(b"one", b"two")
                                 if b"one" in before else before.replace(b'"size": 3', b'"size": 4'))
                self.assertNotEqual(path.read_bytes(), before)
                error = self.gc_refused(70)
                self.assertIn("nothing was removed", error["detail"])
                self.assertIn(path.name if path.name != "log.jsonl" else path.parent.name, error["path"])
                path.write_bytes(before)
        self.manifest(top).unlink()
        error = self.gc_refused(66)
        self.assertIn(top, error["path"])
        self.assertIn("nothing was removed", error["detail"])

    def gc_refused(self, code):
        before = reachability.stored(self.registry)
        error = self.json("gc", "--older-than", "0", code=code)["error"]
        self.assertEqual(reachability.stored(self.registry), before)
        return error

    def test_data_of_a_prefix_and_files_of_others_are_never_touched(self):
        self.push("ns/gone", {"a": "mine"}, "--prefix", "raw")
        self.forget("ns/gone")
        strange = [self.write(self.registry / name, "x") for name in
                   (".waybill/objects/README", ".waybill/objects/sha256/zz/1", ".quilt/packages/notes.txt", ".quilt/other")]
        self.json("gc", "--older-than", "0")
        self.assertEqual((self.registry / "raw/a").read_text(), "mine")
        self.assertTrue(all(path.exists() for path in strange))

    def test_a_moved_registry_is_collected_by_what_its_manifests_say(self):
        self.push("ns/kept", {"a": "kept"})
        self.registry.rename(self.dir / "elsewhere")
        self.registry = self.dir / "elsewhere"
        self.env["WAYBILL_REGISTRY"] = str(self.registry)
        self.assertEqual(self.gc()["objects"], 0)
        self.assertEqual(self.text("cat", "ns/kept", "a"), "kept")

    def test_it_waits_for_a_push_that_is_under_way_and_a_push_for_it(self):
        self.push("ns/kept", {"a": "kept"})
        self.push("ns/gone", {"c": "gone"})
        self.forget("ns/gone")
        with open(self.registry / ".waybill/hold", "r+b") as hold:
            fcntl.flock(hold, fcntl.LOCK_SH)
            self.json("gc", "--older-than", "0", "--timeout", "0.5", code=75)
            self.assertTrue(self.object_of("gone").exists())
            self.push("ns/kept", {"a": "pushes do not wait for each other"})
            self.json("gc", "--older-than", "0", "--dry-run")
            fcntl.flock(hold, fcntl.LOCK_EX)
            self.write("trees/late/a", "late")
            self.json("push", self.dir / "trees/late", "--name", "ns/late", "--timeout", "0.5", code=75)
        self.assertEqual(self.gc()["objects"], 1)  # the push stored nothing before it waited

    def test_a_draft_whose_data_was_collected_is_not_published(self):
        self.push("ns/kept", {"a": "kept"})
        work = self.write("work/f", "drafted").parent
        self.run_raw("init", "ns/draft", cwd=work)
        self.run_raw("add", "f", cwd=work)
        self.run_raw("push-data", cwd=work)
        self.gc()
        error = self.json("push-manifest", cwd=work, code=66)["error"]
        self.assertEqual((error["code"], error["path"]), ("object_not_found", "f"))
        self.assertFalse((self.registry / ".quilt/named_packages/ns/draft").exists())
        self.run_raw("set", "f", "f", cwd=work)
        self.json("push", cwd=work)
        self.assertEqual(self.text("cat", "ns/draft", "f"), "drafted")

    def test_a_collection_that_was_killed_leaves_manifests_with_their_bytes(self):
        self.push("ns/kept", {f"k{i}": f"kept {i}" for i in range(20)})
        for i in range(20):
            self.push("ns/gone", {f"g{j}": f"gone {i} {j}" for j in range(40)})
        self.forget("ns/gone")
        whole = len(reachability.stored(self.registry))
        begun = time.monotonic()
        self.json("gc", "--older-than", "0", "--dry-run")
        reading = time.monotonic() - begun
        stopped = set()
        for turn in range(40):
            running = subprocess.Popen([self.binary, "gc", "--older-than", "0", "-q"], env=self.env, stdout=subprocess.DEVNULL)
            time.sleep(reading * (0.5 + turn / 20))
            running.kill()
            running.wait()
            there = reachability.stored(self.registry)
            stopped.add(len(there))
            for manifest in reachability.files_below(self.registry, ".quilt/packages"):
                for line in reachability.entries_of(manifest):
                    self.assertLessEqual(reachability.needed_by_entry(line), there)
            if len(there) == 21:
                break
        print(f"stopped with {sorted(stopped)} names left")
        self.gc()
        self.assertEqual(len(reachability.stored(self.registry)), 21)
        self.assertEqual(whole, 21 + 20 + 800)
        self.assertEqual(reachability.damage(self.registry, documents.chunked), [])

    def test_concurrent_pushes_lose_nothing(self):
        check_concurrent_pushes(self, self.registry, 4 if "WAYBILL_TEST_SANITIZED" in os.environ else 12, size=120)


def check_concurrent_pushes(case, registry, rounds, writers=3, size=8):
    """Pushes that find objects nothing names, beside collections that remove them.

    @param registry  its directory, also where a server serves it
    @param size      files of a push"""
    problems, ended, pushed = [], threading.Event(), [0]

    def push(writer):
        try:
            for turn in range(rounds):
                # Most of it nobody else stores: what is lost stays lost.
                files = {f"f{i}": f"of all {i}" if i % 4 == 0 else f"{writer} {turn} {i}" for i in range(size)}
                tree = case.dir / f"writer{writer}" / str(turn)
                for key, text in files.items():
                    case.write(tree / key, text)
                    case.write(tree.parent / f"draft{turn}" / key, text)
                # Objects that nothing names, which the push then finds.
                draft = tree.parent / f"draft{turn}"
                case.run_raw("init", "ns/never", cwd=draft)
                case.run_raw("add", ".", cwd=draft)
                case.run_raw("push-data", cwd=draft)
                case.json("push", tree, "--name", f"ns/w{writer}", "-m", f"{writer} {turn}", "-t", "new")
                source = case.write(tree.parent / f"act{turn}", f"{writer} {turn + 1} 1")
                case.json("act", f"ns/w{writer}", "File.add", json.dumps({"key": f"act{turn}", "source": str(source)}))
                pushed[0] += 1
        except BaseException as problem:  # told below
            problems.append(problem)

    def collect():
        try:
            while not ended.is_set():
                case.json("gc", "--older-than", "0")
        except BaseException as problem:
            problems.append(problem)

    case.json("push", case.write("first/x", "x").parent, "--name", "ns/first")
    threads = [threading.Thread(target=push, args=(n,)) for n in range(writers)]
    collectors = [threading.Thread(target=collect) for _ in range(2)]
    for thread in (*threads, *collectors):
        thread.start()
    for thread in threads:
        thread.join()
    ended.set()
    for collector in collectors:
        collector.join()
    if problems:
        raise problems[0]
    case.assertEqual(pushed[0], rounds * writers)
    case.assertEqual(reachability.damage(registry, documents.chunked), [])
    named, _ = reachability.reached(registry)
    case.assertGreaterEqual(len(named), rounds * writers)
    for writer in range(writers):
        case.json("install", f"ns/w{writer}:new", "--location", case.dir / f"copy{writer}")
        case.json("verify", case.dir / f"copy{writer}")


if __name__ == "__main__":
    documents.work_in_memory()
    peers.main(Collections)
