#!/usr/bin/env python3
"""Lazy installations: placeholders, what the verbs make of them, and how their bytes come: lazy_test.py WAYBILL."""
import pathlib
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers  # noqa: E402

MARK = b"waybill placeholder 1\n"
FILES = {"README.md": b"# Data\n", "a/one.txt": b"one", "a/two.txt": b"two!", "a/deep/three": b"", "weird/it's $(x) [1].txt": b"weird"}


class Lazy(peers.Workbench):
    def setUp(self):
        super().setUp()
        for key, content in FILES.items():
            self.write(f"tree/{key}", content)
        self.top = self.json("push", "tree", "--name", "ns/data", "-t", "v1")["top_hash"]
        self.copy = self.dir / "copy"

    def lazily(self, *args):
        return self.json("install", "ns/data", "--lazy", "--location", "copy", *args)

    def files(self):
        return {str(p.relative_to(self.copy)): p.read_bytes() for p in sorted(self.copy.rglob("*"))
                if p.is_file() and p.relative_to(self.copy).parts[0] != ".waybill"}

    def waiting(self):
        return {key for key, content in self.files().items() if content.startswith(MARK)}

    # -- placeholders ----------------------------------------------------------------------------------------------
    def test_placeholders_now_and_no_bytes(self):
        done = self.lazily()
        self.assertEqual(done["added"], ["README.md", "a/deep/three", "a/one.txt", "a/two.txt", "weird/it's $(x) [1].txt"])
        self.assertEqual((done["placeholders"], done["files_copied"], done["bytes_copied"]), (5, 0, 0))
        self.assertEqual(self.waiting(), set(FILES))
        lines = (self.copy / "a/one.txt").read_text().splitlines()
        self.assertEqual(lines, ["waybill placeholder 1", 'key: "a/one.txt"', "size: 3",
                                 f"digest: sha2-256-chunked {documents.chunked(b'one')}", f"package: ns/data@{self.top}",
                                 "fetch: waybill fetch -- 'a/one.txt'"])
        again = self.lazily()
        self.assertEqual((again["added"], again["replaced"], again["unchanged"], again["placeholders"]), ([], [], 5, 5))

    def test_the_command_of_a_placeholder_fetches_its_file(self):
        self.lazily()
        for key, content in FILES.items():
            command = (self.copy / key).read_text().splitlines()[-1].removeprefix("fetch: ")
            words = shlex.split(command)
            self.assertEqual(words[:2], ["waybill", "fetch"])
            self.run_raw(*words[1:], cwd=(self.copy / key).parent)
            self.assertEqual((self.copy / key).read_bytes(), content)

    def test_a_part_of_a_package(self):
        self.lazily("--include", "a/**")
        self.assertEqual(self.waiting(), {"a/one.txt", "a/two.txt", "a/deep/three"})
        self.assertEqual(self.json("status", "copy")["placeholders"], 3)
        self.run_raw("fetch", "copy", "README.md", code=66)
        (self.copy / "a/one.txt").unlink()
        done = self.json("push", "copy")
        self.assertEqual((done["left_out"], done["placeholders"], done["changes"]["removed"]), (2, 2, 1))

    def test_rules_of_install_hold(self):
        (self.dir / "outside").mkdir()
        self.copy.mkdir()
        (self.copy / "a").symlink_to(self.dir / "outside")
        self.run_raw("install", "ns/data", "--lazy", "--location", "copy", code=65)
        self.assertEqual(list((self.dir / "outside").iterdir()), [])
        self.assertFalse((self.copy / "README.md").exists())
        self.run_raw("install", "ns/data", "--lazy", "--location", "other", "--require", "sha512", code=65)
        self.assertFalse((self.dir / "other").exists())

    # -- fetch -----------------------------------------------------------------------------------------------------
    def test_keys_directories_globs_and_everything(self):
        self.lazily()
        done = self.json("fetch", "copy", "a/one.txt")
        self.assertEqual((done["replaced"], done["bytes_copied"], done["files_copied"], done["kept"]), (["a/one.txt"], 3, 1, []))
        self.assertEqual(self.json("fetch", "--location", "copy", "a/one.txt")["files_copied"], 0)
        self.assertEqual(self.json("fetch", "./copy", "a/deep/")["replaced"], ["a/deep/three"])
        self.assertEqual(self.json("fetch", self.copy, "*.md", "a/t*")["replaced"], ["README.md", "a/two.txt"])
        self.assertEqual(self.waiting(), {"weird/it's $(x) [1].txt"})
        self.assertEqual(self.json("fetch", cwd=self.copy / "a")["replaced"], ["weird/it's $(x) [1].txt"])
        self.assertEqual(self.files(), FILES)
        self.assertTrue(self.json("verify", "copy", "--complete")["clean"])
        self.assertNotIn("placeholders", documents.strict((self.copy / ".waybill/installed.json").read_bytes()))

    def test_what_there_is_not(self):
        self.lazily()
        for words, code in ((("copy", "nope"), 66), (("copy", "a/one"), 66), (("copy", "*.png"), 66), (("nowhere",), 66),
                            (("./nowhere",), 66), (("tree2",), 66)):
            self.run_raw("fetch", *words, code=code)
        self.run_raw("fetch", self.write("plain/x", "x").parent, code=66)
        self.run_raw("fetch", "copy", "a/one.txt", "nope", code=66)
        self.assertEqual(self.waiting(), set(FILES))

    def test_wrong_bytes_never_come(self):
        self.lazily()
        for path in (self.registry / ".waybill/objects").rglob("*"):
            if path.is_file() and path.read_bytes() == b"one":
                path.chmod(0o644)
                path.write_bytes(b"ONE")
        self.run_raw("fetch", "copy", "a/one.txt", code=70)
        self.assertEqual(self.waiting(), set(FILES))
        self.json("fetch", "copy", "README.md")

    def test_what_was_changed_is_kept_and_named(self):
        self.lazily()
        (self.copy / "a/one.txt").write_text("mine")
        (self.copy / "README.md").unlink()
        done = self.json("fetch", "copy")
        self.assertEqual((done["kept"], done["added"]), (["a/one.txt"], ["README.md"]))
        self.assertIn("a/one.txt kept", self.text("fetch", "copy"))
        self.assertEqual(self.files(), {**FILES, "a/one.txt": b"mine"})

    def test_a_plan(self):
        self.lazily()
        before = documents.snapshot(self.dir)
        plan = self.json("fetch", "--dry-run", "copy", "a/")
        self.assertEqual((plan["replaced"], plan["bytes_copied"]), (["a/deep/three", "a/one.txt", "a/two.txt"], 7))
        self.assertEqual(documents.snapshot(self.dir), before)
        self.assertEqual(self.json("fetch", "copy", "a/"), plan)

    def test_progress_is_told(self):
        self.lazily()
        reports = [documents.strict(line) for line in self.run_raw("--progress=json", "fetch", "copy").stderr.splitlines()]
        self.assertEqual((reports[-1]["files_done"], reports[-1]["bytes_done"]), (5, 19))

    # -- the other verbs -------------------------------------------------------------------------------------------
    def test_a_lazy_directory_is_the_package_it_stands_for(self):
        self.lazily()
        status = self.json("status", "copy")
        self.assertEqual((status["clean"], status["differences"], status["placeholders"]), (True, [], 5))
        verified = self.json("verify", "copy")
        self.assertEqual((verified["clean"], verified["placeholders"]), (True, 5))
        self.assertEqual(self.json("verify", "copy", "--complete", code=1)["differences"], [])
        self.assertIn("5 files are not fetched", self.text("verify", "copy"))
        self.assertEqual(self.json("hash", "copy")["top_hash"], self.top)
        self.assertEqual(self.json("manifest", "copy")["top_hash"], self.top)
        lines = [documents.strict(line) for line in self.text("manifest", "copy").splitlines()[1:]]
        self.assertTrue(all("/.waybill/objects/" in line["physical_keys"][0] for line in lines), lines)
        self.assertEqual(self.json("diff", "./copy", "ns/data:v1")["summary"]["unchanged"], 5)
        contract = self.write("contract.json", '{"required": [{"glob": "**", "max_size": 10, "min_count": 5}]}')
        self.assertTrue(self.json("check", "./copy", "--contract", contract)["fits"])
        pushed = self.json("push", "copy")
        self.assertEqual((pushed["new_version"], pushed["placeholders"], pushed["bytes_copied"]), (False, 5, 0))

    def test_a_push_after_one_edit_has_that_change_only(self):
        self.lazily()
        self.json("fetch", "copy", "a/one.txt")
        (self.copy / "a/one.txt").write_text("ONE edited")
        done = self.json("push", "copy", "-t", "v2")
        self.assertEqual(done["changes"], {"added": 0, "removed": 0, "modified": 1, "renamed": 0, "unchanged": 4})
        self.assertEqual((done["files_copied"], done["bytes_copied"], done["placeholders"]), (1, 10, 4))
        for path in (self.registry / ".waybill/objects").rglob("*"):
            self.assertFalse(path.is_file() and path.read_bytes().startswith(MARK), path)
        self.assertTrue(self.json("status", "copy")["clean"])
        self.assertEqual(self.json("status", "copy")["placeholders"], 4)
        self.assertEqual([d["key"] for d in self.json("verify", "copy", "ns/data:v1", code=1)["differences"]], ["a/one.txt"])
        again = self.lazily()  # what the push left as it was is known to the new version
        self.assertEqual((again["added"], again["replaced"], again["unchanged"]), ([], [], 5))
        self.json("fetch", "copy")
        self.assertEqual(self.files(), {**FILES, "a/one.txt": b"ONE edited"})
        self.assertEqual(self.json("verify", "copy", "ns/data:v2", "--complete")["differences"], [])

    def test_sync_and_install_fetch_everything(self):
        for verb in (("sync", "copy"), ("install", "ns/data", "--location", "copy")):
            self.lazily()
            (self.copy / "a/one.txt").write_text("mine")
            self.assertEqual(len(self.json(*verb)["replaced"]), 5)
            self.assertEqual(self.files(), FILES)
            self.assertEqual(self.json("status", "copy")["placeholders"], 0)
            for key in FILES:
                (self.copy / key).unlink()

    def test_copied_and_damaged_placeholders_are_differences_and_are_not_published(self):
        self.lazily()
        text = (self.copy / "README.md").read_bytes()
        (self.copy / "copied").write_bytes(text)
        (self.copy / "a/one.txt").write_bytes(text)
        (self.copy / "a/two.txt").write_bytes((self.copy / "a/two.txt").read_bytes()[:-1])
        found = {d["key"]: d["kind"] for d in self.json("status", "copy", code=1)["differences"]}
        self.assertEqual(found, {"copied": "extra", "a/one.txt": "size", "a/two.txt": "size"})
        error = documents.strict(self.run_raw("--json", "push", "copy", code=3).stdout)["error"]
        for key in found:
            self.assertIn(f"'{key}'", error["detail"])
        self.assertEqual(len(self.json("versions", "ns/data")["versions"]), 1)
        done = self.json("push", "copy", "--allow-placeholders")
        self.assertEqual((done["new_version"], done["placeholders"]), (True, 3))
        self.assertEqual(self.run_raw("cat", "ns/data", "copied").stdout, text)

    def test_a_directory_without_record_is_not_published(self):
        self.lazily()
        (self.copy / ".waybill/installed.json").unlink()
        for _ in range(2):  # the second time with whatever the first one kept
            self.run_raw("push", "copy", "--name", "ns/data", code=3)
        self.run_raw("push", "copy", "--name", "ns/other", "--dry-run", code=3)
        self.assertEqual([row["name"] for row in self.json("list")["packages"]], ["ns/data"])

    def test_a_draft_refuses_placeholders(self):
        self.lazily()
        self.run_raw("add", "a/one.txt", cwd=self.copy)
        self.run_raw("push-data", cwd=self.copy, code=3)
        self.run_raw("build-manifest", cwd=self.copy, code=3)
        self.run_raw("fetch", "a/one.txt", cwd=self.copy)
        self.assertEqual(self.json("push", cwd=self.copy)["files_copied"], 0)

    def test_another_version_takes_over(self):
        self.write("tree/a/one.txt", "second")
        (self.dir / "tree/a/two.txt").unlink()
        self.json("push", "tree", "-t", "v2")
        self.json("install", "ns/data:v1", "--lazy", "--location", "copy")
        done = self.lazily()
        self.assertEqual((done["removed"], done["placeholders"]), (["a/two.txt"], 4))
        self.assertTrue(self.json("status", "copy")["clean"])
        self.json("fetch", "copy")
        self.assertEqual(self.files(), {k: v for k, v in {**FILES, "a/one.txt": b"second"}.items() if k != "a/two.txt"})

    # -- kill -9 ---------------------------------------------------------------------------------------------------
    def test_kills_leave_placeholders_or_data_and_repeating_finishes(self):
        chance = random.Random(7)
        many = {f"d{i % 9}/{i}": f"content {i} ".encode() * 2000 for i in range(400)}
        for key, content in many.items():
            self.write(f"big/{key}", content)
        self.json("push", "big", "--name", "ns/big")
        kills = 0
        for turn in range(30):
            self.copy = self.dir / f"copy{turn % 3}"
            args = (["install", "ns/big", "--lazy", "--location", self.copy] if turn < 3 else
                    ["fetch", self.copy] if turn % 5 else ["fetch", self.copy, f"d{turn % 9}/"])
            process = subprocess.Popen([self.binary, *map(str, args)], cwd=self.dir, env=self.env, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(chance.random() * 0.03)
            process.send_signal(signal.SIGKILL)
            kills += process.wait() != 0
            found = self.files() if self.copy.exists() else {}
            for key, content in found.items():
                self.assertTrue(content == many[key] or content.startswith(MARK + f'key: "{key}"\n'.encode()), key)
            if turn < 3:
                if found and not (self.copy / ".waybill/installed.json").exists():  # nobody knows yet what these are
                    self.run_raw("push", self.copy, "--name", "ns/big", "--dry-run", code=3)
                self.json("install", "ns/big", "--lazy", "--location", self.copy)
            self.assertTrue(self.json("status", self.copy)["clean"])
            self.assertFalse(self.json("push", self.copy)["new_version"])
            if not self.waiting():  # there is nothing left to be killed at
                shutil.rmtree(self.copy)
                self.json("install", "ns/big", "--lazy", "--location", self.copy)
        self.assertGreater(kills, 5)
        self.json("fetch", self.copy)
        self.assertEqual(self.files(), many)

    # -- bandwidth -------------------------------------------------------------------------------------------------
    def test_bandwidth_is_said_as_to_curl(self):
        self.lazily()
        for text, rate in (("7", 7), ("7B", 7), ("500k", 512000), ("500K", 512000), ("10M", 10 << 20), ("2g", 2 << 30)):
            done = self.run_raw("-v", "fetch", "copy", "--max-bandwidth", text)
            self.assertIn(f"at most {rate} bytes a second", done.stderr.decode())
        for text in ("", "0", "0k", "k", "-1", "1.5M", "10x", "1kk", "1 k", "9223372036854775807k", "99999999999999999999"):
            done = self.run_raw("--json", "fetch", "copy", f"--max-bandwidth={text}", code=2)
            self.assertIn("--max-bandwidth", documents.strict(done.stdout)["error"]["detail"], text)

    def test_verbs_that_move_bytes_take_a_bandwidth(self):
        for verb in ("push", "push-data", "install", "sync", "fetch", "cache"):
            self.assertIn("--max-bandwidth", self.text(verb, "--help"), verb)
        self.run_raw("status", "tree", "--max-bandwidth", "1k", code=2)


if __name__ == "__main__":
    documents.work_in_memory()
    peers.main(Lazy)
