#!/usr/bin/env python3
"""Manifests, directories and configuration from strangers: hostile_test.py WAYBILL.

Each test is a row of the threat table (docs/architecture.md, "What is not trusted"): the exit code, nothing changed outside
the target, no partial file in it.
"""
import json
import os
import pathlib
import pty
import re
import resource
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers  # noqa: E402

ESCAPE = "\x1b[31mred\x07"


class Hostile(peers.Workbench):
    def setUp(self):
        super().setUp()
        self.source = self.write("source/data", b"payload")
        self.outside = self.write("outside/precious", "precious").parent
        self.target = self.dir / "target"

    # -- helpers ---------------------------------------------------------------------------------------------------
    def entry(self, key, content=b"payload", **changes):
        place = self.source if content == b"payload" else self.write(f"source/{abs(hash(content))}", content)
        return documents.entry(key, content, "file://" + str(place), **changes)

    def publish(self, *entries, name="ns/data", **options):
        return documents.publish_by_hand(self.registry, name, list(entries), **options)

    def everything_else(self):
        """What must not change: all but the target and the caches."""
        left = [p for p in sorted(self.dir.iterdir()) if p != self.target and p.name != "cache"]
        return documents.snapshot(*left)

    def files(self, directory=None):
        """Names below the target, without the kit's own records."""
        directory = directory or self.target
        return sorted(str(p.relative_to(directory)) for p in directory.rglob("*")
                      if p.relative_to(directory).parts[0] != ".waybill" and (p.is_symlink() or not p.is_dir()))

    def error(self, *args, code, word=None, **options):
        done = self.run_raw("--json", *args, code=code, **options)
        error = documents.strict(done.stdout)["error"]
        self.assertEqual(documents.EXIT_CODES[error["condition"]], code)
        if word:
            self.assertEqual(error["code"], word, error)
        self.assertNotIn("\x1b", done.stderr.decode())
        return error

    def refused(self, *entries, code=65, word=None, options=(), **publishing):
        """An install of these entries is refused, and neither target nor anything else changes."""
        self.publish(self.entry("fine/first"), *entries, self.entry("zz/last"), **publishing)
        before, here = self.everything_else(), documents.snapshot(self.target)
        errors = [self.error("install", "ns/data", "--location", self.target, *options, code=code, word=word),
                  self.error("sync", self.target, "ns/data", *options, code=code, word=word) if self.target.exists() else None]
        self.assertEqual(self.everything_else(), before)
        after = documents.snapshot(self.target)
        if here != {str(self.target): None}:
            self.assertEqual(after, here)
        else:
            self.assertEqual(self.files() if self.target.exists() else [], [])
        return errors[0]

    # -- 1, 2: keys that lead elsewhere ----------------------------------------------------------------------------
    def test_01_dots_in_keys(self):
        for key in ("../x", "a/../../x", "a/..", "..", ".", "a/./b", "a//b", "", "/", "a/", "./x"):
            with self.subTest(key=key):
                error = self.refused(self.entry(key), word="malformed_key")
                self.assertIn("line 3", error["path"])

    def test_02_absolute_drive_share_and_home_forms_on_every_system(self):
        self.refused(self.entry("/etc/x"), word="malformed_key")
        for key in ("C:x", "C:\\x", "c:/x", "\\\\host\\share", "\\x", "~/x", "~root/x", "a\\..\\b", "..\\x", "a/b\\..\\..\\c",
                    "%HOMEDRIVE%/x", "a/..\\x"):
            with self.subTest(key=key):
                self.refused(self.entry(key), word="unsafe_key")
                entries = [self.entry("fine/first"), self.entry(key), self.entry("zz/last")]
                header = {"version": "v0", "message": None}
                self.assertEqual(self.json("hash", "ns/data")["top_hash"], documents.top_hash(header, entries))  # may be read

    def test_02_reading_one_entry_never_places_it(self):
        self.publish(self.entry("~/x"), self.entry("C:\\x"))
        before = documents.snapshot(self.dir)
        self.assertEqual(self.run_raw("cat", "ns/data", "~/x").stdout, b"payload")
        self.assertEqual(documents.snapshot(self.dir), before)

    # -- 3, 4: symbolic links --------------------------------------------------------------------------------------
    def test_03_a_symbolic_link_as_parent_in_the_target(self):
        for link, key in (("lnk", "lnk/x"), ("a/b/lnk", "a/b/lnk/c/x"), ("up", "up/x")):
            with self.subTest(key=key):
                place = self.target / link
                place.parent.mkdir(parents=True, exist_ok=True)
                place.symlink_to(".." if link == "up" else self.outside)
                self.refused(self.entry(key), word="unsafe_path")
                place.unlink()

    def test_03_a_symbolic_link_where_the_file_belongs(self):
        for destination in (self.outside / "precious", self.outside / "new"):
            with self.subTest(destination=destination.name):
                self.target.mkdir(exist_ok=True)
                (self.target / "x").symlink_to(destination)
                self.refused(self.entry("x"), word="unsafe_path")
                (self.target / "x").unlink()

    def test_03_links_are_not_followed_when_extra_files_are_removed(self):
        self.publish(self.entry("x"))
        self.target.mkdir()
        (self.target / "lnk").symlink_to(self.outside)
        (self.target / "precious").symlink_to(self.outside / "precious")
        before = self.everything_else()
        self.run_raw("sync", self.target, "ns/data", code=None)
        self.assertEqual(self.everything_else(), before)
        self.assertTrue((self.outside / "precious").exists())

    def test_03_the_record_of_an_installation_is_not_written_through_a_link(self):
        self.publish(self.entry("x"))
        self.target.mkdir()
        (self.target / ".waybill").symlink_to(self.outside)
        before = self.everything_else()
        for args in (("install", "ns/data", "--location", self.target), ("push", self.target, "--name", "ns/other")):
            self.assertNotIn(self.run_raw(*args, code=None).returncode, (0, 1), args)
            self.assertEqual(documents.snapshot(self.outside), {k: v for k, v in before.items() if str(self.outside) in k})

    def test_03_a_store_with_a_symbolic_link_inside_writes_nothing_elsewhere(self):
        (self.registry / ".waybill").mkdir(parents=True)
        (self.registry / ".waybill/objects").symlink_to(self.outside)
        before = documents.snapshot(self.outside)
        self.assertNotEqual(self.run_raw("push", self.source.parent, "--name", "ns/data", code=None).returncode, 0)
        self.assertEqual(documents.snapshot(self.outside), before)

    def test_04_and_08_a_name_that_is_file_and_directory(self):
        for other in ("fine/first/b", "fine/first/b/c", "fine"):
            self.refused(self.entry(other), word="key_conflict")

    # -- 5, 6: names with a meaning --------------------------------------------------------------------------------
    def test_05_names_in_which_tools_keep_what_they_run(self):
        for key in (".git/hooks/pre-commit", ".GIT/config", "sub/.git/hooks/post-checkout", ".waybill/config.json",
                    ".waybill/installed.json", ".hg/hgrc", ".dvc/config", ".svn/x", ".git./config", "git~1/config",
                    ".g\u200cit/config", ".git::$INDEX_ALLOCATION/config"):
            with self.subTest(key=key):
                error = self.refused(self.entry(key), word="protected_name")
                self.assertIn(key, json.dumps(error, ensure_ascii=False))

    def test_06_names_other_systems_cannot_hold(self):
        for key in ("CON", "aux.txt", "x\ny", "a\\b.txt", "dot.", "space ", "ab:c", "what?", "COM1"):
            with self.subTest(key=key):
                self.refused(self.entry(key), word="not_portable", options=("--portable",))
                self.publish(self.entry(key))
                self.json("install", "ns/data", "--location", self.dir / "linux")
                self.assertEqual((self.dir / "linux" / key).read_bytes(), b"payload")

    # -- 7: one name or two ----------------------------------------------------------------------------------------
    def test_07_case_and_normalisation(self):
        for keys in (("A.txt", "a.txt"), ("\u00e9", "e\u0301"), ("stra\u00dfe", "STRASSE"), ("Dir/x", "dir/y"), ("\ufb01", "fi")):
            with self.subTest(keys=keys):
                self.refused(*map(self.entry, keys), word="not_portable", options=("--portable",))
                self.publish(*map(self.entry, keys))
                done = self.run_raw("--json", "install", "ns/data", "--location", self.dir / "both")
                found = documents.strict(done.stdout)["collisions"]
                self.assertEqual(len(found), 1)
                self.assertEqual(len(found[0]["keys"]), 2)
                self.assertIn("warning", done.stderr.decode())
                for key in keys:
                    self.assertTrue((self.dir / "both" / key).exists())
                again = self.json("sync", self.dir / "both", "ns/data")
                self.assertEqual(len(again["collisions"]), 1)

    # -- 9, 10, 11: manifests that are none ------------------------------------------------------------------------
    def broken(self, *lines, word=None, at=None, header='{"version": "v0", "message": null}'):
        """A manifest file with these lines is refused by all that read one; `at` must be in `error.path`."""
        text = "\n".join([header, *lines]) + "\n"
        path = self.write("broken.jsonl", text.encode("utf-8", "surrogatepass"))
        errors = [self.error(*args, code=65) for args in (("hash", "--manifest", path), ("ls", path), ("diff", path, path),
                                                          ("combine", path), ("verify", self.outside, path))]
        if word:
            self.assertEqual({e["code"] for e in errors}, {word}, errors)
        for error in errors:
            self.assertIn(str(path), error["path"])
            for part in at or ():
                self.assertIn(part, error["path"], error)
        return errors[0]

    def line(self, key="k", **changes):
        return json.dumps(self.entry(key, **changes))

    def test_09_duplicate_members_and_keys(self):
        twice = self.line()[:-1] + ', "size": 7}'
        self.broken(self.line("a"), twice, word="duplicate_member", at=("line 3", "/size"))
        self.broken(self.line("a"), self.line("a"), word="duplicate_key", at=("line 3",))
        self.broken(self.line("b"), self.line("a"), self.line("b"), word="duplicate_key")
        self.broken(header='{"version": "v0", "version": "v0"}', word="duplicate_member", at=("line 1", "/version"))
        inner = self.line().replace('"meta": {}', '"meta": {"user_meta": {"x": 1, "y": 2, "x": 3}}')
        path = self.write("inner.jsonl", '{"version": "v0"}\n' + inner + "\n")
        entries = [json.loads(inner)]  # Python, too, lets the last one win
        self.assertEqual(self.json("hash", "--manifest", path)["top_hash"], documents.top_hash({"version": "v0"}, entries))

    def test_10_lines_that_are_not_what_they_should_be(self):
        fine = self.line("a")
        for bad, word, at in (
                (fine[:-1], "malformed_json", ("line 3",)),
                (fine + fine, "malformed_json", ("line 3",)),
                ("", "malformed_manifest", ("line 3",)),
                ("[]", "malformed_manifest", ("line 3",)),
                ("7", "malformed_manifest", ("line 3",)),
                ("{}", None, ("line 3",)),
                (self.line("b", meta=...), "missing_member", ("line 3", "/meta")),
                (self.line("b", size=...), "missing_member", ("line 3", "/size")),
                (self.line("b", hash=...), "missing_member", ("line 3", "/hash")),
                (self.line("b", logical_key=...), "missing_member", ("line 3", "/logical_key")),
                (self.line("b", logical_key=7), "wrong_type", ("line 3", "/logical_key")),
                (self.line("b", physical_keys="x"), "wrong_type", ("line 3", "/physical_keys")),
                (self.line("b", physical_keys=[7]), "wrong_type", ("line 3", "/physical_keys")),
                (self.line("b", meta=[]), "wrong_type", ("line 3", "/meta")),
                (self.line("b", hash="x"), "wrong_type", ("line 3", "/hash")),
                (self.line("b", hash={"type": "sha2-256-chunked"}), "missing_member", ("line 3", "/hash/value")),
                (self.line("b", hash={"type": "sha2-256-chunked", "value": "AAAA"}), "malformed_digest", ("line 3", "/hash")),
                (self.line("b", hash={"type": "SHA256", "value": "zz" * 32}), "malformed_digest", ("line 3", "/hash")),
                (self.line("b", physical_keys=["s3://"]), "malformed_url", ("line 3", "/physical_keys/0")),
                ('{"logical_key": "\udc80"', "malformed_json", ("line 3",))):
            with self.subTest(bad=bad):
                self.broken(fine, bad, word=word, at=at)
        for header in ("", "[]", "nonsense", '\ufeff{"version": "v0"}'):
            with self.subTest(header=header):
                self.broken(fine, header=header, at=("line 1",))
        empty = self.write("empty.jsonl", "")
        self.error("hash", "--manifest", empty, code=65, word="malformed_manifest")

    def test_10_deep_nesting(self):
        for brackets in ("[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000):
            self.broken(self.line().replace('"meta": {}', '"meta": {"user_meta": ' + brackets), word="too_deep", at=("line 2",))
            self.broken(self.line(), header='{"version": "v0", "user_meta": ' + brackets, word="too_deep", at=("line 1",))
        work = self.write("work/x", "x").parent
        self.run_raw("init", "ns/deep", cwd=work)
        self.error("set-meta", ".", "[" * 100_000, code=65, cwd=work)

    def limited(self, *args, stdin=None, megabytes=768):
        """Runs the binary with little memory; returns the exit code and the largest resident size in MB."""
        sanitized = b"__asan_init" in pathlib.Path(self.binary).read_bytes()  # its shadow takes terabytes of addresses

        def limit():
            if not sanitized:
                resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        process = subprocess.Popen([self.binary, "--json", *map(str, args)], cwd=self.dir, env=self.env, stdin=stdin,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=limit)
        out = process.stdout.read()
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertLess(usage.ru_maxrss / 1024, megabytes * (2 if sanitized else 1))
        return process.returncode, documents.strict(out)

    def test_10_a_line_of_200_megabytes_costs_an_error_not_the_memory(self):
        huge = self.dir / "huge.jsonl"
        with open(huge, "wb") as out:
            out.write(b'{"version": "v0", "message": null}\n{"logical_key": "')
            for _ in range(200):
                out.write(b"a" * (1 << 20))
        for args in (("hash", "--manifest", huge), ("ls", huge), ("diff", huge, huge)):
            code, document = self.limited(*args)
            self.assertEqual((code, document["error"]["code"]), (65, "too_large"), document)
            self.assertIn("line 2", document["error"]["path"])
        with open(huge, "rb") as stdin:
            self.assertEqual(self.limited("hash", "--manifest", "-", stdin=stdin)[0], 65)

    def test_11_sizes(self):
        for size in ("-5", "-1", "1e30", "1" + "0" * 30, str(1 << 63), "1.5", "7.0", "7e0", '"7"', "true", "[7]", "null"):
            with self.subTest(size=size):
                line = re.sub(r'"size": \d+', '"size": ' + size, self.line("b"))
                if size == "null":  # an unbuilt entry: readable as a draft, never as a version
                    self.error("hash", "--manifest", self.write("n.jsonl", '{"version": "v0"}\n' + line + "\n"), code=65)
                else:
                    self.broken(self.line("a"), line, at=("line 3", "/size"))
        half = (1 << 62) + 1
        sums = self.write("sums.jsonl", "\n".join(['{"version": "v0"}', self.line("a", size=half), self.line("b", size=half), ""]))
        for args in (("hash", "--manifest", sums), ("ls", sums), ("combine", sums)):  # a diff adds no sizes
            self.error(*args, code=65, word="size_out_of_range")

    # -- 12, 14, 15: bytes and what is said of them ----------------------------------------------------------------
    def published_tree(self):
        self.write("tree/a", "first a")
        self.write("tree/b", "first b")
        self.json("push", self.dir / "tree", "--name", "ns/data", "-t", "v1")
        return self.dir / "tree"

    def object_of(self, content):
        (found,) = [p for p in (self.registry / ".waybill/objects").rglob("*") if p.is_file() and p.read_bytes() == content]
        found.chmod(0o644)
        return found

    def test_12_a_flipped_byte_never_reaches_its_name(self):
        tree = self.published_tree()
        self.object_of(b"first b").write_bytes(b"first B")
        for options in ((), ("--link",)):
            error = self.error("install", "ns/data", "--location", self.target, *options, code=70, word="digest_mismatch")
            self.assertIn("b", error["path"])
            self.assertNotIn("b", self.files())
        for args in (("cat", "ns/data", "b"), ("cache", "ns/data", "b"), ("cache", "ns/data")):
            self.error(*args, code=70, word="digest_mismatch")
        self.assertLessEqual(self.json("cache", "--size")["objects"], 1)
        self.assertEqual(self.text("cat", "ns/data", "a"), "first a")
        # what stood there stays
        self.write("target/b", "old")
        self.error("install", "ns/data", "--location", self.target, code=70)
        self.assertEqual((self.target / "b").read_text(), "old")
        # the same bytes pushed again heal the registry
        self.json("push", tree, "--name", "ns/again")

    def test_12_a_short_or_long_object_never_reaches_its_name(self):
        self.published_tree()
        for wrong in (b"first ", b"first b and more", b""):
            self.object_of(b"first b").write_bytes(wrong)
            error = self.error("install", "ns/data", "--location", self.target, code=70)
            self.assertIn(error["code"], ("size_mismatch", "digest_mismatch"))
            self.assertNotIn("b", self.files())
            self.object_of(wrong).write_bytes(b"first b")
        self.json("install", "ns/data", "--location", self.target)
        self.assertEqual(self.files(), ["a", "b"])

    def test_12_wrong_bytes_behind_a_physical_key(self):
        for changes, word in (({"size": 8}, None), ({"hash": documents.entry("x", b"PAYLOAD")["hash"]}, "digest_mismatch")):
            self.publish(self.entry("x", **changes))
            self.error("install", "ns/data", "--location", self.target, code=70, word=word)
            self.assertEqual(self.files(), [])

    def test_14_digests_that_cannot_be_computed_or_do_not_suffice(self):
        unknown = self.entry("x", hash={"type": "sha99", "value": "abc"})
        self.refused(unknown, word="unknown_algorithm")
        self.assertEqual(self.json("ls", "ns/data")["entries"][-2]["key"], "x")  # it can be looked at
        self.publish(self.entry("x"))
        self.error("install", "ns/data", "--location", self.target, "--require", "sha256", code=65, word="digest_required")
        self.assertFalse(self.target.exists() and self.files())

    def test_15_metadata_is_part_of_a_version_s_identity(self):
        base = documents.publish_by_hand(self.registry, "ns/data", [self.entry("x")])
        other = documents.publish_by_hand(self.registry, "ns/data", [self.entry("x", meta={"user_meta": {"label": "cat"}})])
        self.assertNotEqual(base, other)
        stored = self.registry / ".quilt/packages" / other
        stored.write_text(stored.read_text().replace("cat", "dog"))
        for args in (("show", "ns/data"), ("install", "ns/data", "--location", self.target), ("meta", "ns/data", "x"),
                     ("ls", "ns/data"), ("cat", "ns/data", "x")):
            self.error(*args, code=70)
        self.assertFalse(self.target.exists() and self.files())
        self.assertEqual(self.json("show", f"ns/data@{base}")["top_hash"], base)

    def test_23_a_manifest_cut_short_in_the_registry(self):
        top = self.json("push", self.published_tree())["top_hash"]
        stored = self.registry / ".quilt/packages" / top
        text = stored.read_bytes()
        stored.chmod(0o644)
        for damaged in (text[:-20], text[:len(text) // 2], text[:text.rindex(b"\n", 0, -1) + 1], b"", b"\0" * len(text)):
            stored.write_bytes(damaged)
            code = self.run_raw("install", "ns/data", "--location", self.target, code=None).returncode
            self.assertIn(code, (65, 70), damaged)
            self.assertFalse(self.target.exists() and self.files())
        stored.write_bytes(text[:text.rindex(b"\n", 0, -1) + 1])  # whole lines, one entry less
        self.error("install", "ns/data", "--location", self.target, code=70, word="digest_mismatch")
        for pointer in (b"../../../etc/passwd", b"zz" * 32, b"", b"\n" * 70):
            (self.registry / ".quilt/named_packages/ns/data/latest").write_bytes(pointer)
            self.assertIn(self.run_raw("show", "ns/data", code=None).returncode, (65, 66, 70), pointer)

    # -- 17, 18: places and secrets --------------------------------------------------------------------------------
    def test_17_and_18_places_nothing_reads_and_the_secrets_in_them(self):
        for place in ("https://user:sEcReT@host.example/x?X-Amz-Signature=sEcReT", "gopher://127.0.0.1/x",
                      "http://169.254.169.254/latest/meta-data", "s3://bucket/x?versionId=1"):
            self.publish(documents.entry("x", b"payload", place))
            done = self.run_raw("-v", "--json", "install", "ns/data", "--location", self.target, code=None)
            self.assertIn(done.returncode, (3, 65, 66, 69), place)
            self.assertEqual(self.files() if self.target.exists() else [], [])
            self.assertNotIn(b"sEcReT", done.stdout + done.stderr)

    def test_17_devices_and_pipes_behind_file_keys_are_not_read(self):
        os.mkfifo(self.dir / "pipe")
        for place in ("file:///dev/zero", f"file://{self.dir}/pipe", "file:///proc/self/environ", f"file://{self.dir}"):
            self.publish(documents.entry("x", b"payload", place))
            for args in (("install", "ns/data", "--location", self.target), ("cat", "ns/data", "x"), ("cache", "ns/data")):
                done = self.run_raw("--timeout", "20", *args, code=None)
                self.assertIn(done.returncode, (3, 65, 66, 69, 70), (place, done.stderr))
            self.assertEqual(self.files() if self.target.exists() else [], [])

    def test_18_secrets_of_the_environment_are_never_said(self):
        self.published_tree()
        secrets = {"AWS_SECRET_ACCESS_KEY": "sEcReT-1", "AWS_SESSION_TOKEN": "sEcReT-2", "CLOWDER_TOKEN": "sEcReT-3",
                   "VH_API_TOKEN": "sEcReT-4", "DOLT_CLI_PASSWORD": "sEcReT-5"}
        for args in (("config", "--show-origin"), ("list",), ("show", "ns/none"), ("install", "ns/data", "--location", "copy"),
                     ("list", "--registry", "s3://bucket"), ("push", "tree")):
            for form in ((), ("--json",)):
                done = self.run_raw("-v", "-v", *form, *args, code=None, env=secrets)
                self.assertNotIn(b"sEcReT", done.stdout + done.stderr, args)
        for path in self.dir.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"sEcReT", path.read_bytes(), path)

    # -- 22: what a terminal obeys ---------------------------------------------------------------------------------
    def on_terminal(self, *args):
        """What a person sees on a terminal."""
        leader, follower = pty.openpty()
        process = subprocess.Popen([self.binary, *map(str, args)], cwd=self.dir, env={**self.env, "TERM": "xterm"},
                                   stdin=subprocess.DEVNULL, stdout=follower, stderr=follower)
        os.close(follower)
        out = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:
                break
            if not piece:
                break
            out += piece
        os.close(leader)
        process.wait(60)
        return out.decode()

    def test_22_escapes_in_names_reach_no_terminal_but_are_exact_in_json(self):
        key = f"dir/{ESCAPE}\x9b2J\u202etxt"
        self.publish(self.entry(key, meta={"user_meta": {"m": ESCAPE}}), self.entry("plain"),
                     header={"version": "v0", "user_meta": {"m": ESCAPE}, "message": ESCAPE})
        self.assertEqual(self.json("ls", "ns/data", "dir/")["entries"][0]["key"], key)
        self.assertEqual(self.json("show", "ns/data")["message"], ESCAPE)
        self.assertEqual(self.json("install", "ns/data", "--location", self.target)["added"], [key, "plain"])
        (self.target / "plain").write_text("changed")
        (self.target / key).unlink()
        found = self.json("verify", self.target, code=1)["differences"]
        self.assertEqual([d["key"] for d in found], [key, "plain"])
        for args in (("ls", "ns/data", "dir/"), ("show", "ns/data"), ("meta", "ns/data"), ("versions", "ns/data"),
                     ("verify", self.target), ("status", self.target), ("cat", "ns/data", ESCAPE),
                     ("diff", "ns/data", self.target), ("install", "ns/data", "--location", self.dir / "other")):
            with self.subTest(args=args):
                seen = self.on_terminal(*args)
                self.assertTrue(seen)
                for control in ("\x1b[31m", "\x07", "\x9b", "\u202e"):
                    self.assertNotIn(control, seen)
        for args in (("cat", "ns/data", ESCAPE), ("show", ESCAPE), ("show", "ns/data:" + ESCAPE), (ESCAPE,), ("list", ESCAPE)):
            done = self.run_raw(*args, code=None)
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn(b"\x1b", done.stdout + done.stderr, args)

    def test_22_names_that_are_not_utf8_are_refused_whole(self):
        self.write("tree/fine", "x")
        with open(os.fsencode(self.dir / "tree") + b"/bad\xff\x1b[31m", "wb") as out:
            out.write(b"x")
        before = documents.snapshot(self.registry)
        error = self.error("push", self.dir / "tree", "--name", "ns/data", code=65, word="malformed_key")
        self.assertIn("xff", json.dumps(error))
        self.assertNotEqual(self.run_raw("show", "ns/data", code=None).returncode, 0)
        self.assertEqual({k: v for k, v in before.items() if "packages" in k}, {})

    # -- 24: configuration from a stranger -------------------------------------------------------------------------
    def test_24_a_stranger_s_workspace_names_a_registry_and_nothing_else(self):
        self.published_tree()
        self.json("install", "ns/data", "--location", self.target)
        touch = f"touch {self.outside}/ran"
        self.write("target/.waybill/config.json", json.dumps({
            "credential_process": touch, "command": touch, "proxy": "http://127.0.0.1:9", "tls_verify": False, "hooks": {"x": touch},
            "jobs": "0", "progress": "bar", "cache": str(self.outside), "registry": str(self.dir / "theirs")}))
        before = documents.snapshot(self.outside)
        done = self.run_raw("status", cwd=self.target)
        for name in ("credential_process", "command", "proxy", "tls_verify", "hooks", "cache", "jobs", "progress"):
            self.assertIn(f'"{name}" is ignored', done.stderr.decode())
        rows = {r["name"]: r for r in self.json("config", cwd=self.target)["settings"]}
        self.assertEqual(rows["jobs"]["origin"], "default")
        self.assertEqual(rows["registry"]["value"], str(self.registry))  # the environment wins
        for args in (("push", "."), ("verify", "."), ("install", "ns/data", "--location", ".")):
            self.run_raw(*args, cwd=self.target)
        self.assertEqual(documents.snapshot(self.outside), before)

    def test_24_a_stranger_s_draft_publishes_no_file_they_did_not_choose(self):
        secret = self.write("home/secret", "a key of mine")
        work = self.dir / "work"
        work.mkdir()
        self.run_raw("init", "ns/data", cwd=work)
        self.write("work/inside", "harmless")
        self.run_raw("add", "inside", "./inside", cwd=work)
        self.run_raw("add", "k", secret, cwd=work)
        record = json.loads((work / ".waybill" / "draft.json").read_text())
        for maker in (None, "0" * 32, "../../" + record["maker"], record["maker"].upper()):
            (work / ".waybill" / "draft.json").write_text(json.dumps({**record, "maker": maker}))
            for verb in (["push"], ["push-data"], ["push-manifest", "--allow-local-files"], ["build-manifest"], ["add", "x", "./inside"]):
                refused = self.json(*verb, cwd=work, code=3)["error"]
                self.assertEqual(refused["code"], "foreign_location", verb)
            self.assertFalse((self.registry / ".waybill").exists())
        (work / ".waybill" / "draft.json").write_text(json.dumps(record))
        self.assertEqual(self.json("push", cwd=work)["files_copied"], 2)

    def test_24_a_stranger_s_registry_elsewhere_gets_nothing(self):
        self.published_tree()
        self.json("install", "ns/data", "--location", self.target)
        env = {"WAYBILL_REGISTRY": ""}
        for location in ("s3://stranger", "https://stranger.example", "file://stranger.example/share"):
            self.write("target/.waybill/config.json", json.dumps({"registry": location}))
            done = self.run_raw("--json", "push", ".", cwd=self.target, code=None, env=env)
            self.assertIn(done.returncode, (3, 65, 69), location)
            self.assertEqual(documents.strict(done.stdout)["schema"], "waybill/error/1")

    def test_24_a_broken_configuration_only_warns_in_a_workspace(self):
        self.published_tree()
        self.json("install", "ns/data", "--location", self.target)
        for text in ("{", "[]", '{"registry": {"x": 1}}', "[" * 100_000, '{"registry": "' + "x" * 2_000_000 + '"}'):
            self.write("target/.waybill/config.json", text)
            self.assertIn("warning", self.run_raw("status", cwd=self.target).stderr.decode())
        self.write("config/waybill/config.json", "{")
        self.error("list", code=65)

    # -- every string people were hurt by --------------------------------------------------------------------------
    def test_naughty_strings_as_keys_and_metadata_make_the_round_trip(self):
        data = pathlib.Path(os.environ.get("WAYBILL_TEST_DATA", peers.ROOT.parent / "shared" / "data")) / "naughty-strings/blns.json"
        if not data.is_file():
            self.skipTest(f"SKIPPED: no {data}")
        strings = json.loads(data.read_text())

        def placeable(key):
            parts = key.split("/")
            inner = re.split(r"[/\\]", key)
            return ("\0" not in key and all(parts) and not {".", ".."} & set(parts) and ".." not in [p.strip(" ") for p in inner]
                    and all(len(p.encode()) <= 255 for p in parts)
                    and not re.match(r"[~\\]|[A-Za-z]:|%\w+%([/\\]|$)", key))

        keys = []
        for text in strings:
            clash = any(k == text or k.startswith(text + "/") or text.startswith(k + "/") for k in keys)
            if placeable(text) and not clash:
                keys.append(text)
        self.assertGreater(len(keys), 300)
        entries = [self.entry(k, k.encode(), meta={"user_meta": {k: k, "n": i}}) for i, k in enumerate(keys)]
        header = {"version": "v0", "user_meta": {"all": strings}, "message": strings[-1]}
        top = self.publish(*entries, name="ns/naughty", header=header)
        self.assertEqual(self.json("hash", "ns/naughty")["top_hash"], top)
        self.assertEqual(self.json("meta", "ns/naughty")["meta"], {"all": strings})
        self.json("install", "ns/naughty", "--location", self.target)
        self.assertEqual(self.files(), sorted(keys))
        for key in keys:
            self.assertEqual((self.target / key).read_bytes(), key.encode())
        for key in keys[::23]:
            self.assertEqual(self.json("meta", "ns/naughty", "--", key)["meta"][key], key)
            self.assertEqual(self.run_raw("cat", "ns/naughty", "--", key).stdout, key.encode())
        # as a new version, which keeps the metadata; then from the bare files into another package
        self.write("target/one more", "x")
        self.json("push", self.target)
        self.json("install", "ns/naughty", "--location", self.dir / "second")
        self.assertEqual(self.files(self.dir / "second"), sorted([*keys, "one more"]))
        self.assertEqual(self.json("meta", "ns/naughty")["meta"], {"all": strings})
        lines = (self.registry / ".quilt/packages" / self.json("hash", "ns/naughty")["top_hash"]).read_text().split("\n")
        stored = {e["logical_key"]: e for e in map(json.loads, lines[1:-1])}
        self.assertEqual({k: stored[k]["meta"] for k in keys}, {e["logical_key"]: e["meta"] for e in entries})
        self.assertEqual(self.json("verify", self.dir / "second")["differences"], [])
        self.run_raw("init", "ns/third", cwd=self.dir / "second")
        self.run_raw("add", ".", cwd=self.dir / "second")
        self.run_raw("set-meta", ".", json.dumps({"all": strings}), cwd=self.dir / "second")
        self.json("push", cwd=self.dir / "second")
        self.assertEqual(self.json("meta", "ns/third")["meta"], {"all": strings})
        self.assertEqual(self.json("verify", self.dir / "second", "ns/third")["differences"], [])


if __name__ == "__main__":
    peers.main(Hostile)
