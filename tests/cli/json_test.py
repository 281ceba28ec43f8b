#!/usr/bin/env python3
"""Every verb prints one JSON document on success and on error: json_test.py WAYBILL."""
import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers  # noqa: E402

PUSHED = {"top_hash", "name", "tags", "bytes_copied", "bytes_skipped", "files_copied", "files_skipped"}
DIFFERENCES = {"clean", "differences"}
PLACED = {"name", "top_hash", "location", "added", "replaced", "removed", "unchanged", "files_copied", "bytes_copied",
          "bytes_kept", "collisions", "placeholders"}


def listed_verbs(binary):
    """The verbs `--help` shows."""
    text = subprocess.run([binary, "--help"], capture_output=True, check=True, text=True).stdout
    block = text.split("Subcommands:", 1)[1]
    return re.findall(r"^  ([a-z][a-z-]*)\s", block, re.MULTILINE)


class Json(peers.Workbench):
    """A `case_<verb>` for each verb; each must see a success and an error."""

    def setUp(self):
        super().setUp()
        self.seen = set()
        self.work = self.dir / "work"

    # -- reading ---------------------------------------------------------------------------------------------------
    def ok(self, verb, *args, code=0, **options):
        done = self.run_raw("--json", verb, *args, code=code, **options)
        out = documents.strict(done.stdout)
        self.assertEqual(out["schema"], f"waybill/{verb}/1", args)
        self.assertEqual(done.stdout.count(b"\n"), 1, "one line")
        self.assertTrue(done.stdout.endswith(b"\n"))
        self.seen.add((verb, "ok"))
        return out

    def bad(self, verb, *args, condition, word=None, code=None, **options):
        done = self.run_raw("--json", verb, *args, code=None, **options)
        said = (args, done.returncode, done.stdout, done.stderr)
        out = documents.strict(done.stdout)
        self.assertEqual(set(out), {"schema", "error"}, said)
        self.assertEqual(out["schema"], "waybill/error/1", said)
        error = out["error"]
        self.assertLessEqual(set(error), {"condition", "code", "detail", "path"}, said)
        for name in ("condition", "code", "detail"):
            self.assertTrue(isinstance(error[name], str) and error[name], said)
        self.assertEqual(error["condition"], condition, said)
        self.assertEqual(done.returncode, code or documents.EXIT_CODES[condition], said)
        if word:
            self.assertEqual(error["code"], word, said)
        people = done.stderr.decode()
        self.assertTrue(people.startswith("waybill: ") and people.endswith("\n"), said)
        self.assertNotIn('"schema"', people, said)
        self.seen.add((verb, "bad"))
        return error

    def usage(self, verb, *args, **options):
        return self.bad(verb, *args, condition="usage", **options)

    def has(self, document, members):
        self.assertLessEqual(members, set(document), document)
        return document

    # -- data ------------------------------------------------------------------------------------------------------
    def tree(self, name="tree"):
        self.write(f"{name}/README.md", "# Data\n")
        self.write(f"{name}/a/one.txt", "one")
        self.write(f"{name}/a/two.txt", "two!")
        return self.dir / name

    def published(self, *options):
        return self.ok("push", self.tree(), "--name", "ns/data", "-t", "v1", *options)["top_hash"]

    def draft(self):
        self.tree("work")
        self.run_raw("init", "ns/draft", cwd=self.work)
        self.run_raw("add", "a/", cwd=self.work)
        return self.work

    # -- manifest, hash, shard, combine ----------------------------------------------------------------------------
    def case_manifest(self):
        tree, out = self.tree(), self.dir / "m.jsonl"
        done = self.ok("manifest", tree, "-o", out)
        self.assertEqual({k: done[k] for k in ("entries", "bytes", "path")}, {"entries": 3, "bytes": 14, "path": str(out)})
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        self.assertEqual(lines[0], {"version": "v0", "message": None})
        self.assertEqual(documents.top_hash(lines[0], lines[1:]), done["top_hash"])
        self.assertEqual(self.ok("manifest", tree)["path"], None)  # the figures only
        self.assertEqual(self.ok("manifest", tree)["top_hash"], done["top_hash"])
        for arguments, header in ((("--meta", "null"), {"version": "v0", "user_meta": None, "message": None}),
                                  (("--meta", '{"a": 1.50}', "--message", "hello"),
                                   {"version": "v0", "user_meta": {"a": 1.5}, "message": "hello"})):
            text = self.text("manifest", tree, "-o", "-", *arguments)
            self.assertEqual(json.loads(text.splitlines()[0]), header)
            self.assertEqual(text, self.text("manifest", tree, *arguments))
        self.usage("manifest", tree, "-o", "-")  # the document and the manifest cannot share stdout
        self.bad("manifest", self.dir / "nowhere", condition="not_found")
        self.bad("manifest", tree, "--meta", "{", condition="unsafe_input", word="malformed_json")

    def case_hash(self):
        data = self.write("numbers", "123456789")
        rows = self.ok("hash", data, *(f"--algorithm={a}" for a in
                                       ("sha256", "sha512", "sha1", "md5", "sha2-256-chunked", "crc64nvme")))["files"]
        self.assertEqual(rows, [{"path": str(data), "size": 9, "digests": {
            **{a: hashlib.new(a, b"123456789").hexdigest() for a in ("sha256", "sha512", "sha1", "md5")},
            "sha2-256-chunked": documents.chunked(b"123456789"),
            "crc64nvme": base64.b64encode(bytes.fromhex("ae8b14860a799888")).decode()}}])
        self.assertEqual(self.text("hash", data, "--algorithm", "sha256"),
                         f"{hashlib.sha256(b'123456789').hexdigest()}  {data}\n")
        top = self.published()
        self.assertEqual(self.ok("hash", "ns/data"), {"schema": "waybill/hash/1", "top_hash": top})
        self.assertEqual(self.ok("hash", self.dir / "tree")["top_hash"], top)
        self.run_raw("manifest", self.dir / "tree", "-o", "m.jsonl")
        self.assertEqual(self.ok("hash", "--manifest", "m.jsonl")["top_hash"], top)
        self.bad("hash", self.dir / "nowhere", condition="not_found")
        self.usage("hash", data, "--algorithm", "sha3000")
        self.usage("hash")
        self.bad("hash", "--manifest", data, condition="unsafe_input")

    def case_shard(self):
        self.published()
        keys = []
        for index in range(2):
            self.ok("shard", "ns/data", "--index", index, "--count", 2, "-o", f"part{index}")
            keys += [json.loads(line)["logical_key"] for line in (self.dir / f"part{index}").read_text().splitlines()[1:]]
        self.assertEqual(sorted(keys), ["README.md", "a/one.txt", "a/two.txt"])
        self.has(self.ok("shard", "ns/data", "--index", 0, "--count", 2), {"top_hash", "entries", "bytes", "path"})
        self.usage("shard", "ns/data", "--index", 2, "--count", 2)
        self.usage("shard", "ns/data", "--index", 0, "--count", 0)
        self.usage("shard", "ns/data", "--index", -1, "--count", 2)

    def case_combine(self):
        top = self.published()
        for index in range(3):
            self.run_raw("shard", "ns/data", "--index", index, "--count", 3, "-o", f"part{index}")
        done = self.ok("combine", "part0", "part1", "part2", "-o", "whole")
        self.assertEqual((done["top_hash"], done["entries"], done["path"]), (top, 3, "whole"))
        self.assertEqual(self.ok("hash", "--manifest", "whole")["top_hash"], top)
        self.bad("combine", "part0", "nowhere", condition="not_found")
        self.usage("combine")

    # -- comparing -------------------------------------------------------------------------------------------------
    def case_diff(self):
        tree = self.tree()
        self.published()
        (tree / "a/one.txt").write_text("ONE")
        (tree / "a/two.txt").rename(tree / "a/three.txt")
        self.ok("push", tree, "-t", "v2")
        found = self.ok("diff", "ns/data:v1", "ns/data:v2", code=1)
        self.assertEqual(found["modified"], [{"key": "a/one.txt", "size": 3, "old_size": 3, "reason": "content"}])
        self.assertEqual([e["key"] for e in found["added"]], ["a/three.txt"])
        self.assertEqual([e["key"] for e in found["removed"]], ["a/two.txt"])
        self.assertEqual(found["renamed"], [])
        self.assertEqual(found["summary"], {"added": 1, "removed": 1, "modified": 1, "renamed": 0, "unchanged": 1})
        found = self.ok("diff", "ns/data:v1", tree, "--renames", code=1)
        self.assertEqual([(e["from"], e["to"]) for e in found["renamed"]], [("a/two.txt", "a/three.txt")])
        self.assertEqual((found["added"], found["removed"]), ([], []))
        self.has(self.ok("diff", "ns/data:v1", "ns/data:v2", "--stat", code=1), {"summary"})
        self.assertEqual(self.ok("diff", "ns/data", "ns/data")["summary"]["unchanged"], 3)
        self.run_raw("init", "ns/data:v2", cwd=self.tree("edit"))
        for key, word in (("a/one.txt", "both"), ("README.md", "metadata")):
            if word == "both":
                self.run_raw("set", key, "README.md", cwd=self.dir / "edit")
            self.run_raw("set-meta", key, '{"x": 1}', cwd=self.dir / "edit")
        self.ok("push", cwd=self.dir / "edit")
        reasons = {e["key"]: e["reason"] for e in self.ok("diff", "ns/data:v2", "ns/data", code=1)["modified"]}
        self.assertEqual(reasons, {"a/one.txt": "both", "README.md": "metadata"})
        self.bad("diff", "ns/data", "ns/other", condition="not_found", word="package_not_found")
        self.usage("diff", "ns/data")

    def case_verify(self):
        self.published()
        self.ok("install", "ns/data", "--location", "copy")
        self.assertEqual(self.ok("verify", "copy")["differences"], [])
        copy = self.dir / "copy"
        (copy / "a/one.txt").write_text("ONE")
        (copy / "a/two.txt").unlink()
        self.write("copy/README.md", "# Longer data\n")
        self.write("copy/extra", "")
        found = self.has(self.ok("verify", "copy", "ns/data:v1", code=1), DIFFERENCES | {"top_hash"})
        self.assertFalse(found["clean"])
        self.assertEqual({d["key"]: d["kind"] for d in found["differences"]},
                         {"a/one.txt": "content", "a/two.txt": "missing", "README.md": "size", "extra": "extra"})
        self.assertTrue(all(d["detail"] for d in found["differences"]))
        self.bad("verify", self.dir / "nowhere", "ns/data", condition="not_found")
        self.bad("verify", self.tree("plain"), condition="not_found", word="no_workspace")

    def case_status(self):
        work = self.draft()
        status = self.has(self.ok("status", cwd=work), {"name", "top_hash", "contents"})
        self.assertEqual((status["name"], status["top_hash"]), ("ns/draft", "pre-manifest"))
        self.assertEqual([set(row) >= {"key", "target"} for row in status["contents"]], [True])
        self.published()
        self.ok("install", "ns/data:v1", "--location", "copy")
        self.assertTrue(self.has(self.ok("status", "copy"), DIFFERENCES | {"name", "top_hash"})["clean"])
        self.write("copy/extra", "x")
        self.assertEqual(self.ok("status", "copy", code=1)["differences"][0]["kind"], "extra")
        self.assertEqual(self.ok("status", "copy", "ns/data:v1", code=1)["differences"][0]["key"], "extra")
        self.bad("status", cwd=self.tree("plain"), condition="not_found", word="no_workspace")

    def case_check(self):
        self.published()
        fine = self.write("fine.json", '{"required": [{"glob": "a/*.txt", "min_count": 2}]}')
        strict = self.write("strict.json", '{"forbidden": ["a/one.*"]}')
        self.assertEqual(self.ok("check", "ns/data", "--contract", fine),
                         {"schema": "waybill/check/1", "fits": True, "breaches": []})
        found = self.ok("check", "ns/data", "--contract", strict, code=1)
        self.assertEqual((found["fits"], found["breaches"][0]["key"]), (False, "a/one.txt"))
        self.bad("check", "ns/data", "--contract", self.dir / "nowhere", condition="not_found")
        self.bad("check", "ns/data", "--contract", self.write("broken.json", "{"), condition="unsafe_input")
        self.usage("check", "ns/data")

    # -- drafting --------------------------------------------------------------------------------------------------
    def case_init(self):
        self.tree("work")
        self.assertEqual(self.ok("init", "ns/draft", cwd=self.work),
                         {"schema": "waybill/init/1", "name": "ns/draft", "top_hash": "pre-manifest", "entries": 0})
        self.bad("init", "bare", condition="usage", word="malformed_name", cwd=self.work)
        self.bad("init", "ns/other:v9", condition="not_found", cwd=self.dir / "work")
        self.usage("init")

    def case_add(self):
        work = self.draft()
        self.assertEqual(self.ok("add", "README.md", cwd=work)["entries"], 3)
        self.assertEqual(self.ok("add", "deep/", self.tree("other"), cwd=work)["entries"], 6)
        self.published()
        self.assertEqual(self.ok("add", "--package", "ns/data", "from/", cwd=work)["entries"], 9)
        self.ok("add", "--", "-dash", "README.md", cwd=work)
        keys = {row["key"] for row in self.ok("status", cwd=work)["contents"]}
        self.assertEqual(keys, {"README.md", "a/", "deep/", "from/", "-dash"})
        self.bad("add", "nowhere.txt", condition="not_found", cwd=work)
        self.usage("add", cwd=work)
        self.bad("add", "x/../y", "README.md", condition="unsafe_input", word="malformed_key", cwd=work)
        self.bad("add", "README.md", condition="not_found", word="no_workspace", cwd=self.tree("plain"))

    def case_set(self):
        work = self.draft()
        self.has(self.ok("set", "a/one.txt", "README.md", "--meta", '{"x": 1}', cwd=work), {"name", "top_hash", "entries"})
        self.ok("set", "odd ~:\\key", "README.md", cwd=work)  # quilt3 accepts it
        for key in ("", "a//b", "./a", "a/..", "/a", "a/"):
            self.bad("set", key, "README.md", condition="unsafe_input", word="malformed_key", cwd=work)
        self.bad("set", "k", "nowhere", condition="not_found", cwd=work)
        self.bad("set", "k", "README.md", "--meta", "{", condition="unsafe_input", cwd=work)
        self.usage("set", "k", cwd=work)

    def case_set_meta(self):
        work = self.draft()
        for key in (".", "a/", "a/one.txt"):
            self.ok("set-meta", key, '{"label": "x"}', cwd=work)
        self.bad("set-meta", "a/none", "{}", condition="not_found", word="key_not_found", cwd=work)
        self.bad("set-meta", ".", "{,}", condition="unsafe_input", word="malformed_json", cwd=work)
        self.bad("set-meta", ".", '{"x": NaN}', condition="unsafe_input", cwd=work)
        self.usage("set-meta", ".", cwd=work)

    def case_rm(self):
        work = self.draft()
        self.assertEqual(self.ok("rm", "a/one.txt", cwd=work)["entries"], 1)
        self.assertEqual(self.ok("rm", "a/", cwd=work)["entries"], 0)
        self.bad("rm", "a/one.txt", condition="not_found", word="key_not_found", cwd=work)
        self.usage("rm", cwd=work)

    def case_move(self):
        work = self.draft()
        self.ok("move", "a/", "b/", cwd=work)
        self.ok("move", "b/one.txt", "c.txt", cwd=work)
        self.bad("move", "c.txt", "b/two.txt", condition="refused", word="collision", cwd=work)
        self.ok("move", "c.txt", "b/two.txt", "--overwrite", cwd=work)
        self.bad("move", "none", "x", condition="not_found", word="key_not_found", cwd=work)
        self.usage("move", "x", cwd=work)

    def case_build_manifest(self):
        work = self.draft()
        done = self.has(self.ok("build-manifest", cwd=work), PUSHED)
        self.assertEqual((done["name"], done["tags"], done["bytes_copied"]), ("ns/draft", [], 0))
        self.assertEqual(self.text("build-manifest", cwd=work).strip(), "Tophash: " + done["top_hash"])
        self.bad("build-manifest", cwd=self.tree("plain"), condition="not_found", word="no_workspace")

    # -- publishing ------------------------------------------------------------------------------------------------
    def case_push_data(self):
        work = self.draft()
        done = self.has(self.ok("push-data", cwd=work), PUSHED)
        self.assertEqual((done["files_copied"], done["bytes_copied"], done["files_skipped"]), (2, 7, 0))
        self.ok("push-data", "--prefix", "p", "--local-files-only", cwd=work)
        self.bad("push-data", cwd=self.tree("plain"), condition="not_found", word="no_workspace")

    def case_push_manifest(self):
        work = self.draft()
        error = self.bad("push-manifest", cwd=work, condition="refused", word="local_pointers")
        self.assertIn("--allow-local-files", error["detail"])
        done = self.has(self.ok("push-manifest", "--allow-local-files", "-t", "x", "-t", "y", "-m", "m", cwd=work), PUSHED)
        self.assertEqual((done["tags"], done["files_copied"]), (["x", "y"], 0))
        self.assertEqual(self.ok("show", "ns/draft")["message"], "m")

    def case_push(self):
        tree = self.tree()
        done = self.has(self.ok("push", tree, "--name", "ns/data", "-t", "v1", "-m", "first"), PUSHED | {"changes", "previous"})
        self.assertEqual((done["name"], done["tags"], done["files_copied"], done["bytes_copied"]), ("ns/data", ["v1"], 3, 14))
        again = self.ok("push", tree, "--name", "ns/data")
        self.assertEqual((again["new_version"], again["top_hash"]), (False, done["top_hash"]))
        work = self.draft()
        self.has(self.ok("push", "-t", "d", "--prefix", "p", cwd=work), PUSHED)
        self.usage("push", self.tree("unnamed"))
        self.usage("push", "--name", "ns/data", cwd=work)
        self.usage("push", tree, "-t", "latest")
        self.bad("push", self.dir / "nowhere", "--name", "ns/data", condition="not_found")

    # -- installing ------------------------------------------------------------------------------------------------
    def case_install(self):
        self.published()
        done = self.has(self.ok("install", "ns/data:v1", "--location", "copy", "--include", "a/*"), PLACED)
        self.assertEqual((done["added"], done["files_copied"], done["collisions"]), (["a/one.txt", "a/two.txt"], 2, []))
        self.ok("install", "ns/data", "--location", "copy", "--portable", "--require", "sha2-256-chunked")
        self.bad("install", "ns/data", "--location", "c2", "--require", "md5", condition="unsafe_input", word="digest_required")
        self.usage("install", "ns/data", "--location", "c3", "--require", "md77")
        self.bad("install", "ns/data:v9", "--location", "c4", condition="not_found", word="tag_not_found")
        self.bad("install", "ns/data@0123456", "--location", "c5", condition="not_found", word="version_not_found")
        for left in ("c2", "c3", "c4", "c5"):
            self.assertFalse((self.dir / left).exists(), left)

    def case_sync(self):
        self.published()
        self.ok("install", "ns/data", "--location", "copy")
        self.write("copy/extra", "x")
        (self.dir / "copy/README.md").write_text("#")
        (self.dir / "copy/a/two.txt").unlink()
        done = self.has(self.ok("sync", "copy"), PLACED)
        self.assertEqual((done["removed"], done["replaced"], done["added"]), (["extra"], ["README.md"], ["a/two.txt"]))
        self.ok("sync", "copy", "ns/data:v1", "--portable", "--require", "sha2-256-chunked")
        self.bad("sync", self.tree("plain"), condition="not_found", word="no_workspace")
        self.usage("sync")

    def case_fetch(self):
        self.published()
        self.has(self.ok("install", "ns/data", "--lazy", "--location", "copy"), PLACED)
        done = self.has(self.ok("fetch", "copy", "a/one.txt", "*.md"), PLACED - {"placeholders"} | {"kept"})
        self.assertEqual((done["replaced"], done["added"], done["kept"]), (["README.md", "a/one.txt"], [], []))
        self.assertEqual(self.ok("fetch", cwd=self.dir / "copy")["replaced"], ["a/two.txt"])
        self.bad("fetch", "copy", "none", condition="not_found", word="key_not_found")
        self.bad("fetch", self.tree("plain"), condition="not_found", word="no_workspace")
        self.usage("fetch", "copy", "--max-bandwidth", "fast")

    # -- looking ---------------------------------------------------------------------------------------------------
    def case_show(self):
        top = self.published("-m", "hello")
        done = self.has(self.ok("show", "ns/data"), {"name", "top_hash", "message", "entries", "bytes", "contents"})
        self.assertEqual((done["top_hash"], done["message"], done["entries"], done["bytes"]), (top, "hello", 3, 14))
        self.assertEqual([row["key"] for row in done["contents"]], ["README.md", "a/"])
        self.ok("show", f"quilt+file://{self.registry}#package=ns/data@{top[:12]}")
        self.bad("show", "ns/none", condition="not_found", word="package_not_found")
        self.bad("show", "nonsense", condition="usage")

    def case_ls(self):
        self.published()
        rows = self.ok("ls", "ns/data")["entries"]
        self.assertEqual([(r["key"], r["directory"]) for r in rows], [("README.md", False), ("a/", True)])
        self.assertEqual([r["key"] for r in self.ok("ls", "ns/data", "a/")["entries"]], ["a/one.txt", "a/two.txt"])
        self.bad("ls", "ns/data", "none/", condition="not_found", word="key_not_found")

    def case_cat(self):
        self.published()
        self.assertEqual(self.ok("cat", "ns/data", "a/one.txt"),
                         {"schema": "waybill/cat/1", "key": "a/one.txt", "size": 3, "base64": "b25l"})
        self.assertEqual(self.run_raw("cat", "ns/data", "a/one.txt").stdout, b"one")
        self.bad("cat", "ns/data", "none", condition="not_found", word="key_not_found")
        self.usage("cat", "ns/data")

    def case_meta(self):
        self.run_raw("init", "ns/data", cwd=self.tree("work"))
        for word in (("add", "a/"), ("set-meta", ".", '{"n": 1.50, "big": 123456789012345678901234567890}'),
                     ("set-meta", "a/one.txt", '{"l": null}'), ("push",)):
            self.run_raw(*word, cwd=self.work)
        self.assertEqual(self.ok("meta", "ns/data"), {"schema": "waybill/meta/1", "key": None,
                                                      "meta": {"n": 1.5, "big": 123456789012345678901234567890}})
        self.assertEqual(self.ok("meta", "ns/data", "a/one.txt")["meta"], {"l": None})
        self.bad("meta", "ns/data", "none", condition="not_found", word="key_not_found")

    def case_readme(self):
        self.published()
        self.assertEqual(self.ok("readme", "ns/data"), {"schema": "waybill/readme/1", "text": "# Data\n"})
        self.run_raw("push", self.write("bare/x", "x").parent, "--name", "ns/bare")
        self.bad("readme", "ns/bare", condition="not_found")

    def case_gc(self):
        self.published()
        done = self.ok("gc", "--older-than", "12h")
        self.assertEqual((done["manifests"], done["objects"], done["older_than"], done["dry_run"]), ([], 0, 43200, False))
        self.usage("gc", "--older-than", "soon")
        self.usage("gc", "more")

    def case_cache(self):
        self.published()
        done = self.ok("cache", "ns/data", "a/one.txt")
        self.assertEqual((done["files_copied"], done["bytes_copied"]), (1, 3))
        self.assertEqual(self.ok("cache", "--size"), {"schema": "waybill/cache/1", "bytes": 3, "objects": 1})
        self.assertEqual(self.ok("cache", "--clear")["bytes_freed"], 3)
        self.bad("cache", "ns/data", "none", condition="not_found", word="key_not_found")
        self.usage("cache")
        self.usage("cache", "--size", "--clear")

    # -- versions --------------------------------------------------------------------------------------------------
    def case_list(self):
        self.bad("list", condition="not_found")
        self.published()
        self.assertEqual([row["name"] for row in self.ok("list")["packages"]], ["ns/data"])

    def case_versions(self):
        first = self.published("-m", "one")
        self.write("tree/more", "x")
        second = self.ok("push", self.dir / "tree")["top_hash"]
        rows = self.ok("versions", "ns/data")["versions"]
        self.assertEqual([{k: r[k] for k in ("top_hash", "message", "tags", "latest")} for r in rows],
                         [{"top_hash": second, "message": None, "tags": [], "latest": True},
                          {"top_hash": first, "message": "one", "tags": ["v1"], "latest": False}])
        for row in rows:
            self.assertRegex(row["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        self.bad("versions", "ns/none", condition="not_found", word="package_not_found")
        self.usage("versions")

    def case_tags(self):
        top = self.published()
        self.assertEqual(self.ok("tags", "ns/data")["tags"], [{"tag": "v1", "top_hash": top}])
        self.bad("tags", "ns/none", condition="not_found", word="package_not_found")

    def case_tag(self):
        top = self.published()
        for ref in ("ns/data", "ns/data:v1", f"ns/data@{top[:8]}", top, "v1"):
            self.assertEqual(self.ok("tag", "ns/data", "again", ref)["top_hash"], top)
        self.usage("tag", "ns/data", "latest", top)
        self.usage("tag", "ns/data", "not a tag", top)
        self.bad("tag", "ns/data", "x", "ns/data:none", condition="not_found", word="tag_not_found")

    def case_untag(self):
        self.published()
        self.assertEqual(self.ok("untag", "ns/data", "v1")["tag"], "v1")
        self.bad("untag", "ns/data", "v1", condition="not_found", word="tag_not_found")

    def case_rollback(self):
        first = self.published()
        self.write("tree/more", "x")
        second = self.ok("push", self.dir / "tree")["top_hash"]
        done = self.ok("rollback", "ns/data", "v1")
        self.assertEqual((done["top_hash"], done["previous"]), (first, second))
        self.bad("rollback", "ns/data", "none", condition="not_found")
        self.usage("rollback", "ns/data")

    # -- histories -------------------------------------------------------------------------------------------------
    def forked(self):
        self.published()
        self.ok("fork", "ns/data", "ns/fork")
        return self.ok("act", "ns/fork", "File.remove", '{"key": "README.md"}')["hash"]

    def case_log(self):
        hash_ = self.forked()
        [row] = self.ok("log", "ns/fork")["actions"]
        self.assertEqual(set(row), {"hash", "key", "user", "datetime", "state", "seq", "origin"})
        self.assertEqual((row["hash"], row["key"]), (hash_, "File.remove"))
        self.bad("log", "ns/none", condition="not_found", word="package_not_found")
        self.usage("log", "ns/fork", "--sort", "size")

    def case_action(self):
        hash_ = self.forked()
        self.assertEqual(self.ok("action", "ns/fork", hash_[:8])["params"]["key"], "README.md")
        self.bad("action", "ns/data", hash_, condition="refused", word="unknown_action")

    def case_savepoint(self):
        self.forked()
        made = self.has(self.ok("savepoint", "ns/fork", "create", "-m", "x"), {"id", "created", "description"})
        self.assertEqual([s["id"] for s in self.ok("savepoint", "ns/fork", "list")["savepoints"]], ["ns/fork:0", made["id"]])
        self.assertEqual(len(self.ok("savepoint", "ns/fork", "revert", "ns/fork:0")["thrown_away"]), 1)
        self.bad("savepoint", "ns/fork", "revert", made["id"], condition="not_found", word="no_savepoint")
        self.usage("savepoint", "ns/fork", "create")

    def case_fork(self):
        self.published()
        self.has(self.ok("fork", "ns/data", "ns/fork", "-m", "x"), {"name", "upstream", "id", "savepoint", "actions"})
        self.bad("fork", "ns/data", "ns/fork", condition="refused", word="collision")

    def case_forks(self):
        self.forked()
        self.assertEqual([f["name"] for f in self.ok("forks", "ns/data")["forks"]], ["ns/fork"])
        self.bad("forks", "ns/none", condition="not_found")

    def case_since_forking(self):
        hash_ = self.forked()
        self.assertEqual([r["hash"] for r in self.ok("since-forking", "ns/fork")["actions"]], [hash_])
        self.usage("since-forking", "ns/data")

    def case_upstream_delta(self):
        self.forked()
        self.assertEqual(self.ok("upstream-delta", "ns/fork")["actions"], [])
        self.usage("upstream-delta", "ns/data")

    def case_act(self):
        self.published()
        self.has(self.ok("act", "ns/data", "Meta.set", '{"name": "x", "value": [1.50]}'), {"hash", "key", "effect"})
        error = self.bad("act", "ns/data", "File.remove", '{"key": "none"}', condition="refused", word="missing")
        self.assertEqual(error["path"], "none")
        self.bad("act", "ns/data", "File.remove", "{", condition="unsafe_input")
        self.bad("act", "ns/data", "File.add", '{"key": "new"}', condition="unsafe_input", word="missing_member")

    def case_undo(self):
        hash_ = self.forked()
        self.assertEqual(self.ok("undo", "ns/fork", hash_)["key"], "File.add")
        self.bad("undo", "ns/data", hash_, condition="refused", word="unknown_action")

    def case_merge(self):
        hash_ = self.forked()
        lists = {"applied", "satisfied", "skipped", "remembered", "retracted", "local", "common", "pending"}
        done = self.has(self.ok("merge", "ns/data", "--from", "ns/fork"), lists | {"status"})
        self.assertEqual((done["status"], done["applied"]), ("merged", [hash_]))
        self.assertEqual(self.ok("merge", "ns/data", "--from", "ns/fork")["status"], "nothing")
        self.bad("merge", "ns/data", "--from", "ns/data", condition="refused", word="self_merge")
        self.usage("merge", "ns/data", "--from", "ns/fork", "--take", "README.md")

    def case_head(self):
        top = self.published()
        self.assertEqual(self.ok("head", "ns/data")["top_hash"], top)
        self.bad("head", "ns/none", condition="not_found")

    def case_sample(self):
        self.published()
        done = self.has(self.ok("sample", "ns/data", "--count", 2, "--seed", 3, "--name", "ns/small"), PUSHED | {"entries"})
        self.assertEqual((done["entries"], done["bytes_copied"]), (2, 0))
        self.assertEqual(self.ok("sample", "ns/data", "--fraction", "1", "--include", "a/*", "--name", "ns/a")["entries"], 2)
        self.usage("sample", "ns/data", "--name", "ns/x")
        self.usage("sample", "ns/data", "--count", 1, "--fraction", "0.5", "--name", "ns/x")
        self.usage("sample", "ns/data", "--fraction", "7", "--name", "ns/x")
        self.bad("sample", "ns/none", "--count", 1, "--name", "ns/x", condition="not_found")

    def case_config(self):
        rows = {r["name"]: r for r in self.ok("config", "--show-origin")["settings"]}
        self.assertEqual(rows["registry"], {"name": "registry", "value": str(self.registry),
                                            "origin": "environment WAYBILL_REGISTRY"})
        self.assertEqual(self.ok("config", "jobs", "3")["value"], "3")
        row = self.ok("config", "jobs")["settings"][0]
        self.assertEqual((row["value"], row["origin"]), ("3", str(self.dir / "config/waybill/config.json")))
        self.assertEqual(self.ok("config", "jobs", "--jobs", "1")["settings"][0]["origin"], "flag --jobs")
        self.assertEqual(self.ok("config", "jobs", env={"WAYBILL_JOBS": "2"})["settings"][0]["value"], "2")
        self.usage("config", "nonsense")
        self.usage("config", "nonsense", "x")

    # -- what holds for all ----------------------------------------------------------------------------------------
    def test_every_verb_of_the_help_has_a_case(self):
        verbs = listed_verbs(self.binary)
        self.assertGreater(len(verbs), 30, verbs)
        self.assertEqual(sorted(verbs), sorted(name[5:].replace("_", "-") for name in dir(self) if name.startswith("case_")))

    def test_errors_of_usage_are_documents_too(self):
        for verb in listed_verbs(self.binary):
            self.usage(verb, "--no-such-option")
            self.usage(verb, *["word"] * (2 if verb == "config" else 0), "--jobs", "many")
        self.usage("no-such-verb")
        done = self.run_raw("--json", code=2)
        self.assertEqual(documents.strict(done.stdout)["error"]["condition"], "usage")
        self.usage("list", "surplus")
        self.usage("list", "--progress", "sometimes")
        self.usage("list", "--json=yaml")
        self.usage("list", "--timeout", "soon")

    def test_without_a_registry_nothing_is_found_and_unknown_kinds_are_said(self):
        self.bad("list", "--registry", self.dir / "none", condition="not_found")
        self.bad("list", "--registry", "gopher://x", condition="permanent", word="unsupported")
        self.bad("show", "quilt+file:///no/such/dir#package=ns/data", condition="not_found")

    def test_global_options_stand_before_or_after_the_verb(self):
        self.published()
        env = {"WAYBILL_REGISTRY": str(self.dir / "none")}
        for args in (("--json", "--registry", self.registry, "list"), ("list", "--json", "--registry", self.registry),
                     ("list", f"--registry={self.registry}", "--json=json"), ("--json", "list", "--registry", self.registry),
                     ("-q", "-v", "--no-input", "--jobs", "2", "--timeout", "60", "--progress", "none", "list", "--json",
                      "--registry", f"file://{self.registry}")):
            self.assertEqual(documents.strict(self.run_raw(*args, env=env).stdout)["packages"], [{"name": "ns/data"}])

    def test_lists_go_one_object_a_line(self):
        self.published()
        self.write("tree/more", "x")
        self.ok("push", self.dir / "tree", "-t", "v2")
        self.ok("install", "ns/data:v1", "--location", "copy")
        contract = self.write("contract.json", '{"forbidden": ["a/*"]}')
        for verb, member, args, code in (
                ("list", "packages", (), 0), ("versions", "versions", ("ns/data",), 0), ("tags", "tags", ("ns/data",), 0),
                ("ls", "entries", ("ns/data",), 0), ("hash", "files", ("tree/more", "tree/README.md"), 0),
                ("config", "settings", (), 0), ("check", "breaches", ("ns/data", "--contract", contract), 1),
                ("verify", "differences", ("copy", "ns/data:v2"), 1), ("status", "differences", ("copy", "ns/data:v2"), 1)):
            rows = self.ok(verb, *args, code=code)[member]
            self.assertTrue(rows, verb)
            lines = self.run_raw("--json=lines", verb, *args, code=code).stdout.splitlines()
            self.assertEqual([documents.strict(line) for line in lines], rows, verb)
            self.assertEqual(self.run_raw(verb, "--json=lines", *args, code=code).stdout.splitlines(), lines)
        done = self.run_raw("--json=lines", "versions", "ns/none", code=66)
        self.assertEqual(documents.strict(done.stdout)["schema"], "waybill/error/1")

    def test_remarks_go_to_stderr_and_can_be_silenced_or_asked_for(self):
        self.published()
        done = self.run_raw("list", "-v")
        self.assertEqual(done.stdout, b"ns/data\n")
        self.assertIn(str(self.registry), done.stderr.decode())
        self.assertEqual(self.run_raw("list").stderr, b"")
        self.ok("install", "ns/data", "--location", "copy")
        self.write("copy/extra", "x")
        self.assertIn("waybill sync", self.run_raw("verify", "copy", code=1).stderr.decode())
        self.assertEqual(self.run_raw("-q", "verify", "copy", code=1).stderr, b"")
        self.assertIn("waybill sync", self.run_raw("--json", "verify", "copy", code=1).stderr.decode())

    def test_text_is_for_people(self):
        top = self.published("-m", "hello")
        self.assertTrue(self.text("versions", "ns/data").startswith(top[:9]))
        self.assertIn("Tophash: " + top, self.text("show", "ns/data"))
        self.assertIn("No change", self.text("push", "tree", "--name", "ns/data"))
        for args in (("list",), ("show", "ns/data"), ("ls", "ns/data"), ("tags", "ns/data"), ("config",), ("hash", "tree")):
            text = self.text(*args)
            self.assertTrue(text.endswith("\n") and not text.startswith("{"), args)
        done = self.run_raw("show", "ns/none", code=66)
        self.assertEqual(done.stdout, b"")
        self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_help_and_version(self):
        self.assertRegex(self.text("--version"), r"^waybill \d+\.\d+\.\d+\S*\n$")
        for verb in listed_verbs(self.binary):
            self.assertIn(verb, self.text(verb, "--help"))
        self.assertEqual(self.run_raw(code=2).stdout, b"")

    def test_a_full_disk_behind_stdout_is_no_success(self):
        self.published()
        with open("/dev/full", "wb") as full:
            for args in (("list",), ("--json", "list"), ("cat", "ns/data", "a/one.txt"), ("manifest", "tree")):
                done = subprocess.run([self.binary, *args], cwd=self.dir, env=self.env, stdout=full, stderr=subprocess.PIPE,
                                      timeout=60, check=False)
                self.assertNotEqual(done.returncode, 0, args)
                self.assertTrue(done.stderr)

    def test_a_time_limit_ends_the_work(self):
        with open(self.dir / "huge", "wb") as huge:
            huge.truncate(40 << 30)
        started = time.monotonic()
        self.bad("hash", "huge", "--timeout", "0.3", condition="interrupted", code=75)
        self.assertLess(time.monotonic() - started, 5)


def case_test(name):
    def test(self):
        getattr(self, name)()
        verb = name[5:].replace("_", "-")
        self.assertLessEqual({(verb, "ok"), (verb, "bad")}, self.seen, "a case sees a success and an error")
    return test


for case in [name for name in dir(Json) if name.startswith("case_")]:
    setattr(Json, "test_" + case[5:], case_test(case))

if __name__ == "__main__":
    peers.main(Json)
