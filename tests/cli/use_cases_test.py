#!/usr/bin/env python3
"""Each use case of Quilt's package document on the command line: use_cases_test.py WAYBILL."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402


class UseCases(peers.Workbench):
    def dataset(self, name="dataset"):
        """A small COCO-like tree."""
        self.write(f"{name}/README.md", "# Dataset\n\nHere is some info about our dataset...\n")
        for i in range(5):
            self.write(f"{name}/train2017/{i}.jpg", f"image {i}" * 50)
        self.write(f"{name}/train2017/deep/tabby.jpg", "tabby")
        return self.dir / name

    def push(self, tree, name="bucket/dataset", *options):
        return self.json("push", tree, "--name", name, *options)["top_hash"]

    def keys(self, ref):
        out, todo = [], [""]
        while todo:
            for row in self.json("ls", ref, todo.pop())["entries"]:
                (todo if row["directory"] else out).append(row["key"])
        return sorted(out)

    # -- download ---------------------------------------------------------------------------------------------------
    def test_install_at_a_location_then_status_hash_and_verify(self):
        top = self.push(self.dataset(), "bucket/dataset", "-t", "tag")
        self.run_raw("install", "bucket/dataset:tag", "--location", "./copy")
        self.assertIn("No files have been changed", self.text("status", "./copy"))
        self.assertEqual(self.text("hash", "./copy").strip(), top)
        self.assertEqual(self.json("verify", "./copy")["differences"], [])
        (self.dir / "copy" / "README.md").write_text("x")
        self.assertEqual(self.json("status", "./copy", code=1)["clean"], False)
        self.assertNotEqual(self.text("hash", "./copy").strip(), top)

    def test_incremental_install_of_a_small_change_to_a_large_package(self):
        tree = self.dataset()
        self.push(tree, "bucket/dataset", "-t", "v1")
        self.json("install", "bucket/dataset:v1", "--location", "copy")
        (tree / "train2017" / "3.jpg").write_text("corrected")
        self.push(tree, "bucket/dataset", "-t", "v2")
        done = self.json("install", "bucket/dataset:v2", "--location", "copy")
        self.assertEqual((done["added"], done["replaced"], done["unchanged"]), ([], ["train2017/3.jpg"], 6))
        self.assertEqual(done["bytes_copied"], len("corrected"))

    def test_install_only_what_is_asked_for(self):
        self.push(self.dataset())
        self.json("install", "bucket/dataset", "--location", "part", "--include", "train2017/*.jpg")
        self.assertEqual(sorted(p.name for p in (self.dir / "part" / "train2017").iterdir()), [f"{i}.jpg" for i in range(5)])

    # -- create and publish -------------------------------------------------------------------------------------------
    def draft(self):
        self.dataset("work")
        work = self.dir / "work"
        self.run_raw("init", "bucket/dataset", cwd=work)
        self.run_raw("add", "README.md", cwd=work)
        self.run_raw("add", "train2017/", cwd=work)
        return work

    def test_a_partial_installation_is_pushed_without_losing_what_was_left_out(self):
        self.push(self.dataset(), "bucket/dataset", "-t", "v1")
        self.json("install", "bucket/dataset:v1", "--location", "part", "--include", "train2017/*.jpg")
        self.assertTrue(self.json("status", "part")["clean"])
        self.assertEqual(self.json("verify", "part")["differences"], [])
        (self.dir / "part" / "train2017" / "3.jpg").unlink()
        (self.dir / "part" / "train2017" / "9.jpg").write_text("new")
        (self.dir / "part" / "README.md").write_text("# Mine")  # left out of the installation, but there now
        done = self.json("push", "part", "-t", "v2")
        self.assertEqual(done["left_out"], 1)
        diff = self.json("diff", "bucket/dataset:v1", "bucket/dataset:v2", code=1)
        self.assertEqual([[e["key"] for e in diff[k]] for k in ("added", "removed", "modified")],
                         [["train2017/9.jpg"], ["train2017/3.jpg"], ["README.md"]])
        self.json("install", "bucket/dataset:v2", "--location", "whole")
        self.assertEqual((self.dir / "whole" / "train2017" / "deep" / "tabby.jpg").read_text(), "tabby")
        self.assertFalse(self.json("push", "part")["new_version"])

    def test_a_push_says_that_another_version_was_published_meanwhile(self):
        tree = self.dataset()
        self.push(tree)
        self.json("install", "bucket/dataset", "--location", "copy")
        (tree / "theirs").write_text("theirs")
        theirs = self.push(tree)
        (self.dir / "copy" / "ours").write_text("ours")
        said = self.run_raw("push", "copy").stderr.decode()
        self.assertIn(theirs[:9], said)
        (self.dir / "copy" / "ours").write_text("ours again")
        self.assertEqual(self.run_raw("push", "copy").stderr.decode(), "")

    def test_a_directory_is_compared_with_a_package_of_plain_sha256(self):
        tree = self.dataset()
        entries = json.loads("[" + ",".join(self.text("manifest", tree).splitlines()[1:]) + "]")
        old = [json.dumps({"version": "v0", "message": None})]
        for e in entries:
            digest = self.text("hash", tree / e["logical_key"], "--algorithm", "sha256").split()[0]
            old.append(json.dumps({**e, "hash": {"type": "SHA256", "value": digest}}))
        self.write("old.jsonl", "\n".join(old) + "\n")
        self.json("diff", "./old.jsonl", "./dataset")
        self.json("diff", "./dataset", "./old.jsonl")
        (tree / "train2017" / "3.jpg").write_text("x" * (tree / "train2017" / "3.jpg").stat().st_size)
        diff = self.json("diff", "./old.jsonl", "./dataset", code=1)
        self.assertEqual([e["key"] for e in diff["modified"]], ["train2017/3.jpg"])

    def test_a_draft_tells_where_each_top_level_key_points(self):
        status = self.json("status", cwd=self.draft())
        self.assertEqual((status["name"], status["top_hash"], status["manifest"]), ("bucket/dataset", "pre-manifest", "pre-manifest"))
        self.assertEqual([row["key"] for row in status["contents"]], ["README.md", "train2017/"])
        self.assertTrue(all(row["local"] for row in status["contents"]))

    def test_build_the_manifest_locally(self):
        work = self.draft()
        top = self.json("build-manifest", cwd=work)["top_hash"]
        status = self.json("status", cwd=work)
        self.assertEqual((status["top_hash"], status["manifest"]), (top, "local"))
        self.run_raw("show", "bucket/dataset", code=66)

    def test_a_manifest_of_local_files_is_refused_unless_allowed(self):
        work = self.draft()
        error = self.json("push-manifest", cwd=work, code=3)["error"]
        self.assertEqual((error["condition"], error["code"]), ("refused", "local_pointers"))
        self.assertIn("--allow-local-files", error["detail"])
        self.run_raw("show", "bucket/dataset", code=66)
        self.json("push-manifest", "--allow-local-files", cwd=work)
        self.assertEqual(len(self.keys("bucket/dataset")), 7)

    def test_push_data_then_the_manifest_with_a_tag(self):
        work = self.draft()
        moved = self.json("push-data", cwd=work)
        self.assertEqual((moved["files_copied"], moved["files_skipped"]), (7, 0))
        self.assertFalse(any(row["local"] for row in self.json("status", cwd=work)["contents"]))
        self.run_raw("show", "bucket/dataset", code=66)  # data alone publishes nothing
        published = self.json("push-manifest", "-t", "v0", "-m", "first", cwd=work)
        self.assertEqual(self.json("tags", "bucket/dataset")["tags"], [{"tag": "v0", "top_hash": published["top_hash"]}])
        self.assertEqual(self.json("status", cwd=work)["manifest"], "published")

    def test_push_data_under_a_prefix_never_overwrites_other_bytes(self):
        work = self.draft()
        self.json("push-data", "--prefix", "data/dataset/v0", cwd=work)
        self.assertEqual((self.registry / "data/dataset/v0/README.md").read_bytes(), (work / "README.md").read_bytes())
        self.json("push-manifest", "-t", "v0", cwd=work)
        (work / "README.md").write_text("# Other\n")
        self.run_raw("set", "README.md", "README.md", cwd=work)
        error = self.json("push-data", "--prefix", "data/dataset/v0", cwd=work, code=3)["error"]
        self.assertEqual(error["code"], "collision")
        self.assertIn("data/dataset/v0/README.md", json.dumps(error))
        self.json("push-data", "--prefix", "data/dataset/v1", cwd=work)
        self.json("push-manifest", "-t", "v1", cwd=work)
        self.assertIn("Here is some info", self.text("readme", "bucket/dataset:v0"))
        self.assertIn("# Other", self.text("readme", "bucket/dataset:v1"))

    def test_data_and_manifest_together_and_data_that_exists_is_skipped(self):
        work = self.draft()
        self.assertEqual(self.json("push", cwd=work)["files_copied"], 7)
        self.write("work/replacement/1.jpg", "better")
        self.run_raw("set", "train2017/1.jpg", "./replacement/1.jpg", cwd=work)
        rows = {row["key"]: row for row in self.json("status", cwd=work)["contents"]}
        self.assertTrue(rows["train2017/1.jpg"]["local"])
        self.assertFalse(rows["train2017/"]["local"])
        again = self.run_raw("push", "-t", "v1", cwd=work).stdout.decode()
        self.assertIn("data exists, skipping", again)
        self.assertEqual(self.text("cat", "bucket/dataset:v1", "train2017/1.jpg"), "better")

    def test_a_package_cannot_be_changed_a_builder_makes_the_next_one(self):
        first = self.push(self.dataset(), "bucket/dataset", "-t", "v1")
        self.json("install", "bucket/dataset:v1", "--location", "edit")
        edit = self.dir / "edit"
        self.write("edit/better.jpg", "better")
        self.run_raw("set", "train2017/1.jpg", "better.jpg", cwd=edit)
        second = self.json("push", "-t", "v2", cwd=edit)["top_hash"]
        self.assertNotEqual(first, second)
        self.assertEqual(self.json("hash", "bucket/dataset:v1")["top_hash"], first)
        diff = self.json("diff", "bucket/dataset:v1", "bucket/dataset:v2", code=1)
        self.assertEqual([m["key"] for m in diff["modified"]], ["train2017/1.jpg"])
        self.assertEqual((diff["added"], diff["removed"]), ([], []))

    def test_a_directory_s_whole_state_becomes_the_next_version(self):
        tree = self.dataset()
        self.push(tree, "bucket/dataset", "-t", "v1")
        (tree / "train2017" / "0.jpg").unlink()
        (tree / "train2017" / "1.jpg").write_text("changed")
        self.write("dataset/train2017/new.jpg", "new")
        (tree / "train2017" / "2.jpg").rename(tree / "train2017" / "renamed.jpg")
        done = self.json("push", tree, "-t", "v2")
        self.assertEqual(done["changes"], {"added": 1, "removed": 1, "modified": 1, "renamed": 1, "unchanged": 4})
        self.assertEqual((done["files_copied"], done["bytes_copied"]), (2, len("changed") + len("new")))
        again = self.json("push", tree)
        self.assertEqual((again["new_version"], again["files_copied"]), (False, 0))
        self.assertEqual(len(self.json("versions", "bucket/dataset")["versions"]), 2)

    def test_metadata_stays_when_a_directory_is_pushed_again(self):
        work = self.draft()
        self.run_raw("set-meta", ".", '{"owner": "us"}', cwd=work)
        self.run_raw("set-meta", "train2017/", '{"split": "train"}', cwd=work)
        self.run_raw("set-meta", "train2017/1.jpg", '{"label": "cat"}', cwd=work)
        self.json("push", cwd=work)
        self.json("install", "bucket/dataset", "--location", self.dir / "copy")
        self.write("copy/more.txt", "more")
        self.json("push", self.dir / "copy")
        self.assertEqual(self.json("meta", "bucket/dataset")["meta"], {"owner": "us"})
        self.assertEqual(self.json("meta", "bucket/dataset", "train2017/")["meta"], {"split": "train"})
        self.assertEqual(self.json("meta", "bucket/dataset", "train2017/1.jpg")["meta"], {"label": "cat"})

    # -- explore --------------------------------------------------------------------------------------------------------
    def test_readme_ls_level_by_level_contents_and_metadata_of_one_entry(self):
        work = self.draft()
        self.run_raw("set-meta", "train2017/0.jpg", '{"label": "cat"}', cwd=work)
        self.json("push", cwd=work)
        self.assertTrue(self.text("readme", "bucket/dataset").startswith("# Dataset"))
        self.assertEqual(self.text("ls", "bucket/dataset").split(), ["README.md", "train2017/"])
        self.assertEqual(self.text("ls", "bucket/dataset", "train2017/").split()[-1], "train2017/deep/")
        self.assertEqual(self.text("cat", "bucket/dataset", "train2017/deep/tabby.jpg"), "tabby")
        self.assertEqual(self.json("cat", "bucket/dataset", "train2017/deep/tabby.jpg"),
                         {"schema": "waybill/cat/1", "key": "train2017/deep/tabby.jpg", "size": 5, "base64": "dGFiYnk="})
        self.assertEqual(self.json("meta", "bucket/dataset", "train2017/0.jpg")["meta"], {"label": "cat"})

    def test_cache_one_big_entry_and_clear_the_cache(self):
        tree = self.dataset()
        self.write("dataset/other/huge.json", b"[" + b"1," * 500_000 + b"1]")
        self.push(tree)
        self.assertEqual(self.json("cache", "bucket/dataset", "other/huge.json")["bytes_copied"], 1_000_003)
        self.assertEqual(self.json("cache", "--size"), {"schema": "waybill/cache/1", "bytes": 1_000_003, "objects": 1})
        self.assertEqual(self.json("cache", "bucket/dataset", "other/huge.json")["files_skipped"], 1)
        # with the registry's bytes away, the cached entry is still readable, others are not
        (self.registry / ".waybill/objects").rename(self.dir / "away")
        self.assertEqual(self.json("cat", "bucket/dataset", "other/huge.json")["size"], 1_000_003)
        self.run_raw("cat", "bucket/dataset", "README.md", code=66)
        self.json("cache", "--clear")
        self.assertEqual(self.json("cache", "--size")["objects"], 0)
        self.run_raw("cat", "bucket/dataset", "other/huge.json", code=66)

    # -- add new data -----------------------------------------------------------------------------------------------------
    def two_packages(self):
        self.push(self.dataset(), "bucket/main", "-t", "master")
        self.write("new/new_data/1.jpg", "new one")
        self.write("new/new_data/2.jpg", "new two")
        self.push(self.dir / "new", "bucket/new-data")
        work = self.dir / "edit"
        self.json("install", "bucket/main:master", "--location", work)
        self.run_raw("add", "--package", "bucket/new-data", cwd=work)
        return work

    def test_a_new_package_from_adding_one_package_to_another_moves_no_bytes(self):
        work = self.two_packages()
        pushed = self.json("push", "-t", "with-new", cwd=work)
        self.assertEqual(pushed["files_copied"], 0)
        self.assertIn("new_data/1.jpg", self.keys("bucket/main:with-new"))

    def test_moving_a_directory_s_contents_refuses_collisions_unless_told_to_overwrite(self):
        work = self.two_packages()
        error = self.json("move", "new_data/", "train2017/", cwd=work, code=3)["error"]
        self.assertEqual(error["code"], "collision")
        self.assertIn("new_data/1.jpg", error["detail"] + error.get("path", ""))
        self.assertIn("train2017/1.jpg", error["detail"] + error.get("path", ""))
        self.run_raw("move", "new_data/", "train2017/", "--overwrite", cwd=work)
        self.json("push", "-t", "merged", cwd=work)
        self.assertEqual(self.text("cat", "bucket/main:merged", "train2017/1.jpg"), "new one")
        self.assertFalse([k for k in self.keys("bucket/main:merged") if k.startswith("new_data/")])

    def test_verify_lists_each_difference_and_sync_makes_it_match(self):
        tree = self.dataset()
        self.push(tree, "bucket/dataset", "-t", "v1")
        self.json("install", "bucket/dataset:v1", "--location", "copy")
        (tree / "README.md").unlink()
        (tree / "train2017" / "1.jpg").unlink()
        (tree / "train2017" / "3.jpg").write_text("other")
        self.push(tree, "bucket/dataset", "-t", "v2")
        found = {d["key"]: d["kind"] for d in self.json("verify", "copy", "bucket/dataset:v2", code=1)["differences"]}
        self.assertEqual(found, {"README.md": "extra", "train2017/1.jpg": "extra", "train2017/3.jpg": "size"})
        self.json("install", "bucket/dataset:v2", "--location", "copy")
        self.assertTrue((self.dir / "copy" / "README.md").exists())  # install keeps extra files
        done = self.json("sync", "copy", "bucket/dataset:v2")
        self.assertEqual((done["removed"], done["replaced"], done["added"]), (["README.md", "train2017/1.jpg"], [], []))
        self.assertEqual(self.json("verify", "copy", "bucket/dataset:v2")["differences"], [])

    def test_roll_back_to_an_earlier_version_and_keep_everything(self):
        tree = self.dataset()
        first = self.push(tree, "bucket/dataset", "-t", "good")
        self.write("dataset/bad.txt", "bad")
        second = self.push(tree, "bucket/dataset", "-t", "bad")
        self.json("rollback", "bucket/dataset", "good")
        self.assertEqual(self.json("hash", "bucket/dataset")["top_hash"], first)
        rows = {row["top_hash"]: row for row in self.json("versions", "bucket/dataset")["versions"]}
        self.assertEqual((rows[first]["latest"], rows[second]["latest"]), (True, False))
        self.json("install", "bucket/dataset:bad", "--location", "bad")
        self.assertEqual((self.dir / "bad" / "bad.txt").read_text(), "bad")

    # -- improve, store, sample, check ------------------------------------------------------------------------------------------
    def test_edit_the_metadata_of_one_entry_and_publish_again(self):
        self.push(self.dataset(), "bucket/dataset", "-t", "v1")
        self.json("install", "bucket/dataset", "--location", "edit")
        self.run_raw("set-meta", "train2017/1.jpg", '{"label": "dog", "score": 1.50}', cwd=self.dir / "edit")
        self.json("push", "-t", "v2", cwd=self.dir / "edit")
        diff = self.json("diff", "bucket/dataset:v1", "bucket/dataset:v2", code=1)
        self.assertEqual([(m["key"], m["reason"]) for m in diff["modified"]], [("train2017/1.jpg", "metadata")])

    def test_store_an_entire_workspace(self):
        work = self.dataset("project")
        self.write("project/.git/config", "belongs to git, not to the data set")
        self.run_raw("init", "bucket/temp", cwd=work)
        self.run_raw("add", ".", cwd=work)
        self.json("push", "--prefix", "armand/temp/2019-10-31/", cwd=work)
        self.assertEqual(len(self.keys("bucket/temp")), 7)
        self.assertTrue((self.registry / "armand/temp/2019-10-31/train2017/0.jpg").exists())

    def test_sample_a_new_package_from_another_without_moving_bytes(self):
        self.push(self.dataset())
        before = sorted(p for p in (self.registry / ".waybill/objects").rglob("*"))
        done = self.json("sample", "bucket/dataset", "--count", "3", "--seed", "7", "--include", "train2017/**", "--name", "bucket/small")
        self.assertEqual((done["entries"], done["bytes_copied"]), (3, 0))
        self.assertEqual(sorted(p for p in (self.registry / ".waybill/objects").rglob("*")), before)
        self.assertTrue(set(self.keys("bucket/small")) < set(self.keys("bucket/dataset")))
        self.json("install", "bucket/small", "--location", "small")
        self.assertEqual(self.json("verify", "small")["differences"], [])

    def test_confirm_the_shape_of_data_before_spending_compute(self):
        self.push(self.dataset())
        contract = self.write("contract.json", json.dumps({
            "required": [{"glob": "train2017/*.jpg", "min_count": 5}, {"glob": "README.md"}],
            "forbidden": ["**/*.tmp"], "pairs": [{"each": "train2017/{id}.jpg", "needs": "labels/{id}.txt"}]}))
        found = self.json("check", "bucket/dataset", "--contract", contract, code=1)
        self.assertEqual({b["key"] for b in found["breaches"]}, {f"train2017/{i}.jpg" for i in range(5)})
        for i in range(5):
            self.write(f"dataset/labels/{i}.txt", "x")
        self.assertTrue(self.json("check", self.dir / "dataset", "--contract", contract)["fits"])

    # -- immutability --------------------------------------------------------------------------------------------------------------
    def test_any_manifest_ever_pushed_can_be_installed_for_ever(self):
        tree = self.dir / "moving"
        hashes = []
        for i in range(6):
            self.write("moving/a.txt", f"state {i}")
            self.write("moving/same-size.bin", bytes([i]) * 1000)
            hashes.append(self.push(tree, "bucket/moving"))
        self.registry.rename(self.dir / "elsewhere")  # a registry that was moved still serves
        for i, top in enumerate(hashes):
            self.json("install", f"bucket/moving@{top[:12]}", "--location", f"v{i}", "--registry", self.dir / "elsewhere")
            self.assertEqual((self.dir / f"v{i}" / "a.txt").read_text(), f"state {i}")
            self.assertEqual(self.text("hash", f"v{i}").strip(), top)


if __name__ == "__main__":
    peers.main(UseCases)
