#!/usr/bin/env python3
"""`--dry-run` changes nothing and prints the plan in the result's schema: dry_run_test.py WAYBILL."""
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers  # noqa: E402

# Verbs that only look; every other verb of `--help` must be planned below.
LOOKING = {"hash", "diff", "verify", "status", "check", "show", "ls", "cat", "meta", "readme", "list", "versions", "tags",
           "log", "action", "since-forking", "upstream-delta", "forks"}


class DryRun(peers.Workbench):
    planned = set()

    def setUp(self):
        super().setUp()
        self.tree = self.write("tree/README.md", "# Data\n").parent
        self.write("tree/a/one.txt", "one")
        self.write("tree/a/two.txt", "two")

    def plan(self, verb, *args, same=(), cwd=None, code=0, changes=True):
        """Runs the verb dry, compares everything below the test's directory, then runs it for good."""
        before = documents.snapshot(self.dir)
        plan = documents.strict(self.run_raw("--json", verb, "--dry-run", *args, cwd=cwd, code=code).stdout)
        text = self.run_raw("--dry-run", verb, *args, cwd=cwd, code=code).stdout
        after = documents.snapshot(self.dir)
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        self.assertEqual(changed, set(), f"{verb} --dry-run changed something")
        done = self.json(verb, *args, cwd=cwd, code=code)
        self.assertEqual(plan["schema"], done["schema"])
        if code == 0:
            self.assertEqual(set(plan), set(done), verb)
            self.assertEqual({name: plan[name] for name in same}, {name: done[name] for name in same}, verb)
            self.assertTrue(text or verb in ("manifest", "shard", "combine"), "the plan is for people, too")
            if changes:
                self.assertNotEqual(documents.snapshot(self.dir), before, f"{verb} changes something when it is meant")
        DryRun.planned.add(verb)
        return plan

    def draft(self):
        work = self.write("work/README.md", "# Draft\n").parent
        self.write("work/a/one.txt", "one")
        self.run_raw("init", "ns/draft", cwd=work)
        self.run_raw("add", "a/", cwd=work)
        return work

    def publish(self):
        self.json("push", self.tree, "--name", "ns/data", "-t", "v1")
        self.write("tree/more", "more")
        self.json("push", self.tree, "-t", "v2")

    def test_manifests(self):
        self.plan("manifest", self.tree, "-o", self.dir / "m", same=("top_hash", "entries", "bytes", "path"))
        self.plan("shard", self.dir / "m", "--index", 0, "--count", 2, "-o", "part0", same=("top_hash", "entries", "path"))
        self.run_raw("shard", self.dir / "m", "--index", 1, "--count", 2, "-o", "part1")
        self.plan("combine", "part0", "part1", "-o", "whole", same=("top_hash", "entries", "path"))

    def test_drafting(self):
        work = self.write("work/README.md", "# Draft\n").parent
        self.write("work/a/one.txt", "one")
        self.plan("init", "ns/draft", cwd=work, same=("name", "top_hash", "entries"))
        self.plan("add", "a/", cwd=work, same=("entries",))
        self.plan("set", "b.txt", "README.md", cwd=work, same=("entries",))
        self.plan("set-meta", ".", '{"x": 1}', cwd=work, same=("entries",))
        self.plan("move", "a/", "c/", cwd=work, same=("entries",))
        self.plan("rm", "b.txt", cwd=work, same=("entries",))
        self.plan("build-manifest", cwd=work, same=("top_hash", "entries"))

    def test_a_draft_from_an_installed_package_is_not_kept(self):
        self.publish()
        self.json("install", "ns/data", "--location", "copy")
        self.plan("rm", "a/one.txt", cwd=self.dir / "copy", same=("entries",))

    def test_publishing_a_draft_in_two_steps(self):
        work = self.draft()
        figures = ("files_copied", "bytes_copied", "files_skipped", "name", "tags")
        plan = self.plan("push-data", cwd=work, same=figures)
        self.assertEqual((plan["files_copied"], plan["bytes_copied"]), (1, 3))
        self.plan("push-data", "--prefix", "p", cwd=work, same=figures)
        self.plan("push-manifest", "-t", "v1", cwd=work, same=("top_hash", "name", "tags"))

    def test_publishing_a_draft_at_once(self):
        self.plan("push", "-t", "v1", cwd=self.draft(), same=("top_hash", "files_copied", "bytes_copied", "tags"))

    def test_a_refused_draft_is_refused_in_the_plan(self):
        work = self.draft()
        self.run_raw("push-data", cwd=self.draft())  # makes the registry
        self.run_raw("set", "new.txt", "README.md", cwd=work)
        self.plan("push-manifest", cwd=work, code=3)

    def test_publishing_a_directory(self):
        figures = ("top_hash", "previous", "changes", "files_copied", "bytes_copied", "files_skipped", "tags", "new_version")
        self.json("push", self.write("other/x", "x").parent, "--name", "ns/other")  # makes the registry
        plan = self.plan("push", self.tree, "--name", "ns/data", "-t", "v1", same=figures)
        self.assertEqual((plan["files_copied"], plan["bytes_copied"]), (3, 13))
        self.write("tree/a/one.txt", "changed")
        self.plan("push", self.tree, same=figures)
        self.assertEqual(self.plan("push", self.tree, same=figures, changes=False)["new_version"], False)

    def test_the_first_push_of_all_can_be_planned(self):
        self.plan("push", self.tree, "--name", "ns/data", same=("top_hash", "files_copied"))

    def test_the_first_push_of_a_draft_can_be_planned(self):
        self.plan("push", cwd=self.draft(), same=("top_hash", "files_copied"))

    def test_placing(self):
        self.publish()
        figures = ("added", "replaced", "removed", "unchanged", "bytes_copied", "bytes_kept", "files_copied")
        self.assertEqual(len(self.plan("install", "ns/data:v1", "--location", "copy", same=figures)["added"]), 3)
        self.write("copy/README.md", "other")
        self.plan("install", "ns/data:v2", "--location", "copy", same=figures)
        self.write("copy/extra", "x")
        self.plan("sync", "copy", "ns/data:v1", same=figures)

    def test_placeholders(self):
        self.publish()
        figures = ("added", "replaced", "removed", "unchanged", "bytes_copied", "bytes_kept", "files_copied")
        lazy = ("install", "ns/data:v1", "--lazy", "--location", "copy")
        self.assertEqual(self.plan(*lazy, same=(*figures, "placeholders"))["placeholders"], 3)
        self.assertEqual(self.plan("fetch", "copy", "a/", same=(*figures, "kept"))["files_copied"], 2)
        self.write("copy/a/one.txt", "mine")
        self.assertEqual(self.plan("fetch", "copy", same=(*figures, "kept"))["kept"], ["a/one.txt"])
        self.plan(*lazy, same=(*figures, "placeholders"))
        self.plan("push", "copy", "--name", "ns/copy", same=("top_hash", "placeholders", "files_copied", "changes"))
        (self.dir / "copy/README.md").unlink()
        self.plan("install", "ns/data:v2", "--lazy", "--location", "copy", same=(*figures, "placeholders"))

    def test_versions_and_pointers(self):
        self.publish()
        self.plan("tag", "ns/data", "again", "v1", same=("top_hash", "tag"))
        self.plan("untag", "ns/data", "again", same=("top_hash", "tag"))
        self.plan("rollback", "ns/data", "v1", same=("top_hash", "previous"))
        self.plan("sample", "ns/data", "--count", 2, "--name", "ns/small", same=("top_hash", "entries"))

    def test_histories(self):
        self.publish()
        self.plan("savepoint", "ns/data", "create", "-m", "nothing new", same=("id", "created"), changes=False)
        self.plan("fork", "ns/data", "ns/fork", same=("name", "upstream", "actions"))
        params = '{"key": "new", "source": "%s"}' % self.write("new", "bytes")
        self.plan("act", "ns/fork", "File.add", params, same=("key", "effect", "hash"))
        self.plan("merge", "ns/data", "--from", "ns/fork", same=("status", "applied", "common"))
        done = self.json("log", "ns/data")["actions"][-1]["hash"]
        self.plan("undo", "ns/data", done, same=("key", "effect", "hash"))
        self.plan("savepoint", "ns/data", "revert", "ns/data:1", same=("id", "thrown_away"))
        self.plan("head", "ns/data", "-o", self.dir / "head.jsonl", same=("top_hash", "entries", "path"))

    def test_cache_and_settings(self):
        self.publish()
        self.plan("cache", "ns/data", "a/one.txt", same=("files", "files_copied", "files_skipped", "bytes_copied"))
        self.plan("cache", "--clear", same=("bytes_freed", "objects_removed"))
        self.plan("config", "jobs", "2", same=("name", "value", "file"))
        self.json("install", "ns/data", "--location", "copy")
        self.plan("config", "registry", str(self.registry), "--workspace", cwd=self.dir / "copy", same=("name", "value", "file"))

    def test_collections(self):
        self.publish()
        for name in (".quilt/named_packages", ".waybill/tags", ".waybill/history", ".waybill/logs"):
            shutil.rmtree(self.registry / name)
        plan = self.plan("gc", "--older-than", "0", same=("manifests", "objects", "bytes", "kept", "young", "older_than"))
        self.assertEqual((len(plan["manifests"]), plan["objects"]), (2, 4))

    @classmethod
    def tearDownClass(cls):
        text = subprocess.run([cls.binary, "--help"], capture_output=True, check=True, text=True).stdout
        verbs = {line.split()[0] for line in text.split("Subcommands:", 1)[1].splitlines() if line.startswith("  ") and line[2] != " "}
        if len(sys.argv) < 2:  # all tests ran
            missing = verbs - LOOKING - cls.planned
            assert not missing, f"verbs without a planned case: {missing}"
            assert verbs >= LOOKING, f"not verbs any more: {LOOKING - verbs}"


if __name__ == "__main__":
    peers.main(DryRun)
