#!/usr/bin/env python3
"""waybill-clowder as people and scripts call it, beside a strict server of either version: clowder_test.py WAYBILL_CLOWDER."""
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents  # noqa: E402
from support.clowder_case import BACKSLASHES, TREE, ClowderCase, ClowderServer, main, write_tree  # noqa: E402

NOBODY = "0" * 24


class Both:
    """What is the same with either version."""

    def sent(self):
        return len(self.server.uploads())

    # -- uploads -----------------------------------------------------------------------------------------------------
    def test_a_directory_arrives_unchanged_and_once(self):
        write_tree(self.content, self.tree)
        done = self.upload("--title", "demo ä", "--space", "s")
        self.assertEqual(self.held(), self.tree)
        self.assertEqual(done["schema"], "waybill/upload/1")
        dataset, = self.platform.datasets
        self.assertEqual(done["dataset"], {"id": dataset, "title": "demo ä", "url": f"{self.server.url}datasets/{dataset}"})
        self.assertEqual({row["path"]: row["sha256"] for row in done["uploaded"]},
                         {path: hashlib.sha256(content).hexdigest() for path, content in self.tree.items()})
        self.assertEqual((done["unchanged"], done["failed"], done["bytes"]), ([], [], sum(map(len, self.tree.values()))))
        ids = {row["path"]: row["id"] for row in done["uploaded"]}
        self.assertEqual({self.platform.file_path(file): key for key, file in self.platform.files.items()}, ids)

    def test_the_second_run_uploads_nothing_and_a_changed_file_is_one_upload(self):
        write_tree(self.content, self.tree)
        self.upload()
        sent = self.sent()
        for more in ((), ("--verify", "full"), ("--verify", "size")):
            again = self.upload(*more)
            self.assertEqual((again["uploaded"], len(again["unchanged"])), ([], len(self.tree)), more)
        self.assertEqual(self.sent(), sent)
        changed = {**self.tree, "in/x": b"!", "new/file": b"n"}
        write_tree(self.content, changed)
        rows = self.upload()["uploaded"]
        self.assertEqual([(row["path"], row["replaced"]) for row in rows], [("in/x", True), ("new/file", False)])
        self.assertEqual((self.sent() - sent, self.held()), (2, changed))
        self.assertEqual(self.upload()["uploaded"], [])

    def test_a_dry_run_changes_nothing(self):
        write_tree(self.content, self.tree)
        plan = self.upload("--dry-run", "--space", "s")
        self.assertEqual((plan["dataset"]["id"], len(plan["uploaded"]), plan["dry_run"]), (None, len(self.tree), True))
        self.assertEqual({entry["status"] for entry in self.server.entries if entry["method"] != "GET"}, self.refused_checks)
        self.assertEqual((self.platform.datasets, self.platform.spaces), ({}, {}))
        self.upload("--space", "s")
        asked = len(self.server.entries)
        (self.content / "a.csv").write_bytes(b"other")
        self.assertEqual([row["path"] for row in self.upload("--dry-run", "--space", "s")["uploaded"]], ["a.csv"])
        self.assertEqual({entry["status"] for entry in self.server.entries[asked:] if entry["method"] != "GET"}, self.refused_checks)

    def test_files_that_another_client_uploaded_are_compared_and_not_sent_again(self):
        write_tree(self.content, {"a": b"same", "b": b"other"})
        dataset = self.platform.add_dataset("content")["id"]
        for name, content in (("a", b"same"), ("b", b"OTHER")):
            part = type("Part", (), {"filename": name, "kind": None, "path": str(self.place / name), "size": len(content), "md5": ""})()
            pathlib.Path(part.path).write_bytes(content)
            self.platform.add_file(dataset, part)
        done = self.run_raw("--json", "upload", self.content)
        document = documents.strict(done.stdout)
        self.assertEqual(([row["path"] for row in document["unchanged"]], [row["path"] for row in document["uploaded"]]), (["a"], ["b"]))
        self.assertIn(b"another file b", done.stderr)  # it is not ours to remove
        names = sorted(file["name"] for file in self.platform.files.values())
        self.assertEqual(names, ["a", "b", "b"])
        self.assertEqual(self.upload()["uploaded"], [])

    def test_environment_names_space_and_directory(self):
        write_tree(self.content, {"a": b"1"})
        self.json("upload", env={"DATASET_DIRECTORY": str(self.content), "SPACE_ID": "from env"})
        self.json("upload", "--space", "flag", env={"DATASET_DIRECTORY": str(self.content), "SPACE_ID": "from env"})
        spaces = [held["content"]["space"] for held in self.platform.all("metadata") if "space" in held["content"]]
        self.assertEqual(spaces, ["from env", "flag"])
        self.assertEqual(len(self.platform.datasets), 2)

    def test_metadata_carry_our_digests(self):
        write_tree(self.content, {"a": b"1"})
        self.upload("--category", "cat")
        about, files = [held["content"] for held in self.platform.all("metadata")]
        self.assertEqual(about, {"waybill": 1, "title": "content", "category": "cat", "space": "cat"})
        key, = self.platform.files
        self.assertEqual(files["files"], [{"id": key, "version": 1, "path": "a", "size": 1, "sha256": hashlib.sha256(b"1").hexdigest()}])

    # -- looking -----------------------------------------------------------------------------------------------------
    def test_diff_and_verify_tell_each_difference(self):
        write_tree(self.content, {"a": b"1", "b": b"2", "in/c": b"3"})
        dataset = self.upload()["dataset"]["id"]
        for verb in ("diff", "verify"):
            self.run_raw(verb, self.content, "--dataset", dataset)
        write_tree(self.content, {"a": b"22", "b": b"3", "new": b""})
        (self.content / "in/c").unlink()
        found = self.json("diff", self.content, "--dataset", dataset, code=1)
        self.assertEqual([row["key"] for row in found["added"] + found["removed"] + found["modified"]], ["new", "in/c", "a", "b"])
        self.assertEqual(found["modified"][0], {"key": "a", "size": 2, "old_size": 1, "reason": "content"})
        told = self.json("verify", self.content, "--dataset", dataset, code=1)["differences"]
        self.assertEqual({row["key"]: row["kind"] for row in told}, {"a": "size", "b": "content", "new": "extra", "in/c": "missing"})

    def test_verify_full_finds_bytes_that_went_bad_and_upload_mends_them(self):
        write_tree(self.content, {"a": b"12345", "b": b"1"})
        dataset = self.upload()["dataset"]["id"]
        file, = (file for file in self.platform.files.values() if file["name"] == "a")
        self.platform.blob(file).write_bytes(b"12X45")
        self.run_raw("verify", self.content, "--dataset", dataset)
        found = self.json("verify", self.content, "--dataset", dataset, "--verify", "full", code=1)
        self.assertEqual([(row["key"], row["kind"]) for row in found["differences"]], [("a", "content")])
        self.assertEqual([row["path"] for row in self.upload("--verify=full")["uploaded"]], ["a"])
        self.assertEqual(self.held(), {"a": b"12345", "b": b"1"})

    def test_download_brings_what_is_missing_and_checks_it(self):
        write_tree(self.content, self.tree)
        dataset = self.upload()["dataset"]["id"]
        out = self.place / "out"
        self.assertEqual(len(self.json("download", dataset, out, "--dry-run")["added"]), len(self.tree))
        self.assertFalse(out.exists())
        done = self.json("download", dataset, out)
        found = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        self.assertEqual((found, done["unchecked"]), (self.tree, []))
        self.assertEqual(self.json("download", dataset, out)["unchanged"], len(self.tree))
        file, = (file for file in self.platform.files.values() if file["name"] == "a.csv")
        self.platform.blob(file).write_bytes(b"foofOO")
        (out / "a.csv").unlink()
        self.assertEqual(self.json("download", dataset, out, code=70)["error"]["code"], "digest_mismatch")
        self.assertFalse((out / "a.csv").exists())

    def test_the_platforms_archive(self):
        write_tree(self.content, {"a": b"1", "in/b": b"2"})
        dataset = self.upload()["dataset"]["id"]
        self.run_raw("download", dataset, self.place / "out", "--bag")
        with zipfile.ZipFile(self.place / "out" / f"{dataset}.zip") as bag:
            self.assertEqual(bag.read("data/in/b"), b"2")
            self.assertIn("manifest-md5.txt", bag.namelist())

    def test_lists(self):
        for i in range(25):
            self.platform.add_dataset(f"d{i}")
        rows = self.json("list")["datasets"]
        self.assertEqual({row["title"] for row in rows}, {f"d{i}" for i in range(25)})
        write_tree(self.content, {f"in/{i}": b"x" * i for i in range(25)})
        dataset = self.upload()["dataset"]["id"]
        lines = self.run_raw("--json=lines", "list", dataset).stdout.splitlines()
        rows = [json.loads(line) for line in lines]
        self.assertEqual({row["path"]: row["size"] for row in rows}, {f"in/{i}": i for i in range(25)})
        self.assertEqual(rows[1]["sha256"], hashlib.sha256(b"x").hexdigest())

    def test_ping_tells_the_version_and_a_wrong_token(self):
        found = self.json("ping")
        self.assertEqual((found["api"], found["url"]), (int(self.version[1]), self.server.url))
        for more in (("--api", "auto"), ("--api", self.version[1])):
            self.run_raw("ping", *more)
        failed = self.json("ping", code=77, env={"CLOWDER_TOKEN": "wrong"})["error"]
        self.assertEqual(failed["condition"], "denied")
        self.assertIn("CLOWDER_TOKEN", failed["detail"])
        self.assertEqual(self.platform.datasets, {})

    # -- what cannot be done -------------------------------------------------------------------------------------------
    def test_what_cannot_be_done_has_its_exit_code(self):
        write_tree(self.content, {"a": b"1"})
        for code, words, arguments, env in (
                (2, "CLOWDER_URL", ("ping",), {"CLOWDER_URL": ""}), (77, "CLOWDER_TOKEN", ("ping",), {"CLOWDER_TOKEN": ""}),
                (2, "DATASET_DIRECTORY", ("upload",), {}), (66, "absent", ("upload", self.place / "absent"), {}),
                (2, "--verify", ("upload", self.content, "--verify", "guess"), {}), (2, "--api", ("ping", "--api", "3"), {}),
                (2, "--timeout", ("ping", "--timeout", "0"), {}), (66, "no dataset", ("list", NOBODY), {}),
                (66, "no dataset", ("list", "../../x"), {}), (66, "no dataset", ("diff", self.content, "--dataset", "x"), {}),
                (66, "no dataset", ("download", NOBODY, self.place / "o"), {}), (66, "no dataset", ("freeze", NOBODY), {}),
                (77, "401", ("upload", self.content), {"CLOWDER_TOKEN": "wrong"}),
                (77, "401", ("upload", self.content, "--dry-run"), {"CLOWDER_TOKEN": "wrong"}), (77, "401", ("list",), {"CLOWDER_TOKEN": "wrong"}),
                (69, "does not answer", ("ping", "--api", "2" if self.version == "v1" else "1"), {}),
                (75, "", ("ping", "--retries", "0"), {"CLOWDER_URL": "http://127.0.0.1:1/"})):
            with self.subTest(code=code, words=words, arguments=arguments):
                if arguments[0] == "freeze" and self.version == "v1":
                    code, words = 69, "cannot freeze"
                done = self.run_raw(*arguments, code=code, env=env)
                self.assertIn(words, done.stderr.decode())
        self.assertEqual(self.platform.datasets, {})

    def test_names_that_would_not_arrive_are_refused_before_anything_is_sent(self):
        for name in self.refused:
            with self.subTest(name=name):
                write_tree(self.content, {"a": b"1", name: b"2"})
                failed = self.json("upload", self.content, code=65)["error"]
                self.assertIn("rename it", failed["detail"])
                self.assertEqual(self.platform.datasets, {})
                (self.content / name).unlink()

    def test_a_link_that_leads_outside_is_refused(self):
        (self.place / "secret").write_text("s")
        (self.content / "link").symlink_to(self.place / "secret")
        self.run_raw("upload", self.content, code=65)
        self.assertEqual(self.server.uploads(), [])

    # -- the token, and TLS --------------------------------------------------------------------------------------------
    def test_the_token_may_come_from_a_file_and_is_seen_by_nobody(self):
        write_tree(self.content, {"a": b"1" * 100_000})
        (self.place / "token").write_text(self.server.key + "\n")
        self.run_raw("upload", self.content, "--token-file", self.place / "token", env={"CLOWDER_TOKEN": ""})
        self.run_raw("ping", "--token-file", "-", env={"CLOWDER_TOKEN": ""}, input=self.server.key.encode())
        self.server.faults.add("silent", "GET")
        process = subprocess.Popen([self.binary, "-v", "ping", "--timeout", "1"], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.3)
        shown = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
        out = b"".join(process.communicate(timeout=60))
        self.assertNotIn(self.server.key.encode(), shown + out)
        kept = b"".join(path.read_bytes() for path in (self.place / "cache").rglob("*") if path.is_file())
        self.assertNotIn(self.server.key.encode(), kept)
        self.assertNotIn(self.server.key, json.dumps(self.platform.metadata))

    def test_a_redirect_is_not_followed_with_the_token(self):
        write_tree(self.content, {"a": b"1"})
        for route in ("GET", "POST"):
            self.server.faults.add("redirect", route, 9)
            done = self.run_raw("upload", self.content, "--api", self.version[1], code=None)
            self.assertEqual(done.returncode, 69)
            self.assertIn(b"leads to http://localhost", done.stderr)
            self.server.faults.clear()
        self.assertEqual([entry for entry in self.server.entries if entry["site"] == "blobs"], [])

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        with ClowderServer(self.version, tls=True) as server:
            env = {"CLOWDER_URL": server.url, "CLOWDER_TOKEN": server.key}
            done = self.run_raw("ping", code=69, env=env)
            self.assertIn(b"certificate", done.stderr)
            self.assertEqual(server.entries, [])
            self.run_raw("ping", env={**env, "SSL_CERT_FILE": server.ca})
            for _ in range(2):
                self.assertIn(b"warning: --insecure", self.run_raw("ping", "--insecure", env=env).stderr)

    # -- progress ------------------------------------------------------------------------------------------------------
    def test_progress_is_told(self):
        write_tree(self.content, {f"{i}": bytes([i]) * 100_000 for i in range(20)})
        done = self.run_raw("--progress", "json", "upload", self.content)
        rows = [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b'{"schema":"waybill/progress/1"')]
        last = [row for row in rows if row["stage"] == "upload"][-1]
        self.assertEqual((last["files_done"], last["files_total"], last["bytes_done"], last["bytes_total"]), (20, 20, 2_000_000, 2_000_000))
        self.assertNotIn(b"progress", self.run_raw("upload", self.content, "--title", "other").stderr)

    def test_text_for_people_names_what_was_uploaded(self):
        write_tree(self.content, {"a b": b"1"})
        text = self.run_raw("upload", self.content).stdout.decode()
        file, = self.platform.files
        self.assertEqual(text.splitlines()[0], f"{hashlib.sha256(b'1').hexdigest()}  {file}  a b")
        self.assertRegex(text, r"1 file, 1 B uploaded; 0 files there already\n" + re.escape(self.server.url) + r"datasets/\w{24}\n")


class Version1(Both, ClowderCase):
    version, options, tree = "v1", {"store_after": 0.2}, TREE
    refused_checks = {400}  # whether the token is known: a dataset without a name
    refused = ["a\\b", "in/a\\b", "a\nb", " in/b", "in /b"]

    def test_a_space_is_found_behind_the_twelfth_and_by_its_exact_title(self):
        for i in range(14):
            self.platform.add("spaces", name=f"a.b {i}", description="")
        wanted = self.platform.add("spaces", name="a.b (x)", description="")["id"]
        for name in ("aXb (x)", "A.B (X)", "a.b (x) y"):
            self.platform.add("spaces", name=name, description="")
        write_tree(self.content, {"a": b"1"})
        self.upload("--space", "a.b (x)")
        self.assertEqual([dataset["spaces"] for dataset in self.platform.datasets.values()], [[wanted]])
        self.upload("--space", wanted)
        self.assertEqual((len(self.platform.datasets), len(self.platform.spaces)), (1, 18))
        self.upload("--space", "a.b 0")
        self.assertEqual((len(self.platform.datasets), len(self.platform.spaces)), (2, 18))

    def test_a_space_that_is_not_there_is_made_by_name_and_missed_by_id(self):
        write_tree(self.content, {"a": b"1"})
        self.assertIn(b"no space of this id", self.run_raw("upload", self.content, "--space", NOBODY, code=66).stderr)
        self.assertEqual((self.platform.spaces, self.platform.datasets), ({}, {}))
        self.upload("--category", "cat")
        space, = self.platform.spaces.values()
        self.assertEqual(space["name"], "cat")

    def test_a_dataset_is_found_behind_the_twelfth(self):
        old = self.platform.add_dataset("content")["id"]
        for _ in range(15):
            self.platform.add_dataset("Content")
        write_tree(self.content, {"a": b"1"})
        self.assertEqual(self.upload()["dataset"]["id"], old)

    def test_extraction_is_asked_for_on_request_only(self):
        write_tree(self.content, {"a": b"1"})
        self.upload()
        self.upload("--extract", "--title", "b")
        asked = [entry["target"].partition("?")[2] for entry in self.server.entries if "uploadToDataset" in entry["target"]]
        self.assertEqual(asked, ["extract=false", "extract=true"])

    def test_bytes_are_there_when_an_upload_ends(self):
        write_tree(self.content, self.tree)
        self.upload("--verify", "digest")
        self.assertTrue(all(self.server.api.is_stored(file) for file in self.platform.files.values()))


class Version2(Both, ClowderCase):
    version, tree = "v2", {**TREE, **BACKSLASHES}
    refused_checks = set()
    refused = ["a\\", "\\\\host\\b", "C:\\b", "a\nb"]

    def test_a_dataset_says_its_licence(self):
        write_tree(self.content, {"a": b"1"})
        self.upload()
        self.upload("--license", "CC0 Public Domain Dedication", "--title", "free")
        self.assertEqual([dataset["license"] for dataset in self.platform.datasets.values()], ["CC BY", "CC0 Public Domain Dedication"])

    def test_a_dataset_is_found_behind_the_first_page(self):
        old = self.platform.add_dataset("content")["id"]
        for _ in range(600):
            self.platform.add_dataset("Content")
        write_tree(self.content, {f"{i:04}": b"" for i in range(30)})
        self.assertEqual(self.upload()["dataset"]["id"], old)

    def test_datasets_of_one_title_stay_apart_by_category(self):
        for category, content in (("a", b"1"), ("b", b"2"), ("a", b"1")):
            write_tree(self.content, {"x": content})
            self.upload("--category", category, "--title", "run1")
        self.assertEqual(sorted(map(str, map(self.held, self.platform.datasets))), ["{'x': b'1'}", "{'x': b'2'}"])

    def test_freezing_gives_numbers(self):
        write_tree(self.content, {"a": b"1"})
        dataset = self.upload()["dataset"]["id"]
        self.assertEqual([self.json("freeze", dataset)["version"] for _ in range(2)], [1, 2])
        self.assertIsNone(self.json("freeze", dataset, "--dry-run")["version"])
        self.assertEqual(len(self.platform.freezes), 2)
        self.server.faults.add("500-after", "POST .*/freeze")
        self.assertEqual(self.json("freeze", dataset)["version"], 3)
        self.assertEqual(len(self.platform.freezes), 3)


if __name__ == "__main__":
    main()
