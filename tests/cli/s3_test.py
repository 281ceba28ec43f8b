#!/usr/bin/env python3
"""The command line on a registry in a bucket, served by versitygw: s3_test.py WAYBILL."""
import collections
import http.server
import ipaddress
import json
import os
import pathlib
import re
import resource
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers, s3_server  # noqa: E402

SERVER = None  # one for all tests, each with packages of its own


def setUpModule():
    global SERVER
    SERVER = s3_server.S3Server("versitygw", keep_alive=True).__enter__()


def tearDownModule():
    SERVER.__exit__()


def address_of(name):
    """Where a name leads; a public address where it leads nowhere."""
    try:
        return socket.gethostbyname(name)
    except OSError:
        return "8.8.8.8"


class OnS3(peers.Workbench):
    bucket = "WAYBILL_TEST_BUCKET"

    def setUp(self):
        super().setUp()
        self.name = "t" + self._testMethodName + "/data"
        self.use(SERVER.environment)

    def use(self, environment):
        self.uri = f"s3://{environment[self.bucket]}"
        self.env.update(environment, WAYBILL_REGISTRY=self.uri)

    def tree(self, name="tree", files=6):
        self.write(f"{name}/README.md", f"# {self.name}\n")
        for i in range(files - 1):
            self.write(f"{name}/dir/{i}.txt", f"{self.name} {i}\n" * (i + 1))
        return self.dir / name

    def push(self, tree, *options):
        return self.json("push", tree, "--name", self.name, *options)

    def proxied(self, *arguments):
        proxy = self.enterContext(s3_server.FaultProxy(SERVER, *arguments))
        self.use(proxy.environment)
        return proxy

    def asked(self, proxy, method, part):
        return [e for e in proxy.entries() if e["method"] == method and part in e["path"]]


class Verbs(OnS3):
    """What people do with packages."""

    def test_a_draft_is_pushed_in_steps_below_a_prefix(self):
        work = self.tree("work")
        self.run_raw("init", self.name, cwd=work)
        self.run_raw("add", "README.md", cwd=work)
        self.run_raw("add", "dir/", "dir", cwd=work)
        moved = self.json("push-data", "--prefix", "raw", cwd=work)
        self.assertEqual(moved["files_copied"], 6)
        again = self.json("push-data", "--prefix", "raw", cwd=work)
        self.assertEqual((again["files_copied"], again["files_skipped"]), (0, 6))
        top = self.json("push-manifest", "-t", "v1", "-m", "first", cwd=work)["top_hash"]
        self.assertEqual(self.json("hash", f"{self.name}:v1")["top_hash"], top)
        shown = self.json("show", self.name)
        self.assertTrue(all(row["target"].startswith(self.uri + "/raw/") for row in shown["contents"]), shown["contents"])

    def test_versions_are_installed_step_by_step_and_in_part(self):
        tree = self.tree()
        first = self.push(tree, "-t", "v1")["top_hash"]
        self.json("install", self.name + ":v1", "--location", "copy")
        (tree / "dir" / "3.txt").write_text("corrected")
        second = self.push(tree, "-t", "v2", "-m", "second")
        self.assertEqual((second["files_copied"], second["changes"]["modified"]), (1, 1))
        done = self.json("install", self.name + ":v2", "--location", "copy")
        self.assertEqual((done["added"], done["replaced"], done["unchanged"]), ([], ["dir/3.txt"], 5))
        self.assertEqual(self.json("verify", "copy")["differences"], [])
        (self.dir / "copy" / "extra").write_text("x")
        (self.dir / "copy" / "README.md").write_text("x")
        self.assertEqual(len(self.json("verify", "copy", code=1)["differences"]), 2)
        synced = self.json("sync", "copy")
        self.assertEqual((synced["removed"], synced["replaced"]), (["extra"], ["README.md"]))
        self.json("install", self.name, "--location", "part", "--include", "dir/[12].txt")
        self.assertEqual(sorted(p.name for p in (self.dir / "part" / "dir").iterdir()), ["1.txt", "2.txt"])
        versions = self.json("versions", self.name)["versions"]
        self.assertEqual([v["top_hash"] for v in versions], [second["top_hash"], first])
        self.assertEqual([v["message"] for v in versions], ["second", None])
        self.assertEqual(self.json("diff", self.name + ":v1", self.name + ":v2", code=1)["summary"]["modified"], 1)

    def test_tags_and_history_are_changed(self):
        tree = self.tree()
        first = self.push(tree)["top_hash"]
        (tree / "README.md").write_text("second")
        second = self.push(tree)["top_hash"]
        self.run_raw("tag", self.name, "good", first)
        self.assertEqual(self.json("tags", self.name)["tags"], [{"tag": "good", "top_hash": first}])
        self.run_raw("tag", self.name, "good", second)
        self.assertEqual(self.json("hash", self.name + ":good")["top_hash"], second)
        self.run_raw("untag", self.name, "good")
        self.run_raw("hash", self.name + ":good", code=66)
        rolled = self.json("rollback", self.name, first)
        self.assertEqual((rolled["top_hash"], rolled["previous"]), (first, second))
        self.assertEqual(self.json("hash", self.name)["top_hash"], first)
        self.assertEqual(len(self.json("versions", self.name)["versions"]), 2)
        self.assertIn({"name": self.name}, self.json("list")["packages"])

    def test_contents_are_looked_at_kept_and_sampled(self):
        tree = self.tree()
        self.push(tree)
        self.assertEqual([row["key"] for row in self.json("ls", self.name)["entries"]], ["README.md", "dir/"])
        self.assertEqual(self.run_raw("cat", self.name, "dir/1.txt").stdout, (tree / "dir/1.txt").read_bytes())
        self.assertEqual(self.text("readme", self.name), (tree / "README.md").read_text())
        self.assertEqual(self.json("cache", self.name)["files_copied"], 6)
        offline = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
        self.assertEqual(self.json("cache", "--size", env=offline)["objects"], 6)
        sample = self.json("sample", self.name, "--count", "3", "--name", self.name + "-some")
        self.assertEqual(sample["entries"], 3)
        self.assertEqual(len(self.json("install", self.name + "-some", "--location", "some")["added"]), 3)
        uri = f"quilt+{self.uri}#package={self.name}"
        self.assertEqual(len(self.json("--registry", self.dir / "none", "install", uri, "--location", "by uri")["added"]), 6)

    def test_what_was_deleted_from_the_bucket_is_named_and_put_back(self):
        for i, below in enumerate(((), ("--prefix", "p" + self._testMethodName))):
            self.name += str(i)
            tree = self.tree(f"tree{i}")
            top = self.push(tree, *below)["top_hash"]
            manifest = SERVER.request("GET", f"/{self.env[self.bucket]}/.quilt/packages/{top}")[1]
            place = next(line["physical_keys"][0] for line in map(json.loads, manifest.splitlines()[1:])
                         if line["logical_key"] == "dir/2.txt")
            key, _, version = place.removeprefix("s3:/").partition("?")
            self.assertEqual(SERVER.request("DELETE", key, version)[0], 204)
            done = self.run_raw("install", self.name, "--location", f"copy{i}", code=66)
            self.assertIn(b"dir/2.txt", done.stderr)
            self.assertIn(b"waybill push DIR --check", done.stderr)
            self.assertEqual(self.push(tree, *below)["files_copied"], 0)
            mended = self.push(tree, "--check")
            self.assertEqual((mended["restored"], mended["new_version"], mended["top_hash"]), (1, False, top))
            self.json("install", self.name, "--location", f"copy{i}")
            self.assertEqual(self.json("verify", f"copy{i}")["differences"], [])

    def test_a_service_that_ignores_conditions_is_refused_unless_one_writer_insists(self):
        proxy = self.proxied("--unconditional")
        tree = self.tree()
        done = self.run_raw("push", tree, "--name", self.name, code=69)
        self.assertIn(b"ignores conditional writes", done.stderr)
        self.assertIn(b"--force-unsafe-refs", done.stderr)
        self.assertEqual([e["method"] for e in proxy.entries() if "named_packages" in e["path"] and e["method"] != "GET"], [])
        self.assertTrue(self.push(tree, "--force-unsafe-refs")["new_version"])
        self.use(SERVER.environment)
        self.assertEqual(self.json("hash", self.name)["top_hash"], self.json("hash", tree)["top_hash"])

    def test_a_draft_puts_back_what_the_bucket_has_lost(self):
        work = self.tree("work")
        top = self.push(work)["top_hash"]
        manifest = SERVER.request("GET", f"/{self.env[self.bucket]}/.quilt/packages/{top}")[1]
        for line in map(json.loads, manifest.splitlines()[1:]):
            key, _, version = line["physical_keys"][0].removeprefix("s3:/").partition("?")
            if line["logical_key"] == "dir/2.txt":
                self.assertEqual(SERVER.request("DELETE", key, version)[0], 204)
        self.run_raw("init", self.name, cwd=work)
        self.run_raw("add", "README.md", cwd=work)
        self.run_raw("add", "dir/", "dir", cwd=work)
        self.assertEqual(self.json("push", "--check", cwd=work)["files_copied"], 1)
        self.json("install", self.name, "--location", "copy")
        self.assertEqual(self.json("verify", "copy")["differences"], [])

    def test_a_dry_run_changes_nothing(self):
        planned = self.push(self.tree(), "--dry-run")
        self.assertEqual(planned["files_copied"], 6)
        self.run_raw("hash", self.name, code=66)


class VersionedVerbs(Verbs):
    bucket = "WAYBILL_TEST_VERSIONED_BUCKET"

    def test_other_bytes_below_a_prefix_are_a_new_version_of_the_object(self):
        tree = self.tree()
        first = self.push(tree, "--prefix", "p")["top_hash"]
        before = (tree / "dir/1.txt").read_bytes()
        (tree / "dir/1.txt").write_text("other")
        self.push(tree, "--prefix", "p")
        self.assertEqual(self.run_raw("cat", f"{self.name}@{first}", "dir/1.txt").stdout, before)
        self.assertEqual(self.text("cat", self.name, "dir/1.txt"), "other")


class Requests(OnS3):
    """What is asked of the service."""

    def test_an_unchanged_push_moves_and_asks_for_no_data(self):
        tree = self.tree(files=60)
        self.push(tree)
        proxy = self.proxied()
        again = self.push(tree)
        self.assertEqual((again["new_version"], again["files_skipped"]), (False, 60))
        self.assertLess(len(proxy.entries()), 6, proxy.entries())
        self.assertEqual(self.asked(proxy, "HEAD", "objects/") + self.asked(proxy, "GET", "objects/"), [])

    def test_known_data_is_found_in_one_listing_and_new_data_is_one_request_each(self):
        tree = self.tree(files=60)
        proxy = self.proxied()
        self.assertEqual(self.push(tree)["files_copied"], 60)
        self.assertEqual(len(self.asked(proxy, "PUT", "objects/")), 60)
        self.assertEqual(self.asked(proxy, "HEAD", "objects/"), [])
        self.name += "-again"
        proxy = self.proxied()
        self.assertEqual(self.push(tree)["files_copied"], 0)
        self.assertEqual(self.asked(proxy, "HEAD", "objects/") + self.asked(proxy, "PUT", "objects/"), [])
        proxy = self.proxied()
        self.json("install", self.name, "--location", "copy")
        self.assertEqual(len(self.asked(proxy, "GET", "objects/")), 60)
        self.assertEqual(self.asked(proxy, "HEAD", ""), [])

    def test_a_thousand_files_go_both_ways_through_faults_of_every_kind(self):
        files = 1000
        tree = self.tree(files=files)
        proxy = self.proxied("--rate", "0.05", "--seed", "3", "--kinds", "all")
        self.assertEqual(self.push(tree)["files_copied"], files)
        pushed = proxy.entries()
        self.json("install", self.name, "--location", "copy")
        installed = proxy.entries()[len(pushed):]
        for entries in (pushed, installed):
            self.assertGreater(sum(e["fault"] is not None for e in entries), files // 40)
        self.assertGreater(len({e["fault"] for e in pushed + installed}), 10)
        # What was done is not done twice, unless the client could not know it or the bytes were other ones.
        stored = collections.Counter(e["path"] for e in pushed if e["method"] == "PUT" and e["upstream"] == 200 and
                                     e["fault"] is None and "/objects/" in e["path"])
        self.assertEqual(set(stored.values()), {1})
        self.use(SERVER.environment)
        self.assertEqual(len(self.json("versions", self.name)["versions"]), 1)
        self.assertEqual(self.json("verify", "copy")["differences"], [])
        for path in tree.rglob("*.txt"):
            self.assertEqual(path.read_bytes(), (self.dir / "copy" / path.relative_to(tree)).read_bytes())

    def test_what_arrives_damaged_is_looked_at_again_and_never_shown(self):
        large = os.urandom((9 << 20) + 1)
        tree = self.tree(files=2)
        self.write("tree/large", large)
        self.push(tree)
        damaging = ("--rate", "1", "--kinds", "flip-answer", "--only", "GET .*/objects/")
        self.proxied(*damaging, "--times", "3")
        self.assertEqual(self.run_raw("cat", self.name, "dir/0.txt").stdout, (tree / "dir/0.txt").read_bytes())
        self.assertEqual(self.run_raw("cat", self.name, "large").stdout, large)
        self.assertEqual(self.text("readme", self.name), (tree / "README.md").read_text())
        proxy = self.proxied(*damaging)
        for key in ("dir/0.txt", "large"):
            begun = len(self.asked(proxy, "GET", "objects/"))
            self.assertEqual(self.run_raw("cat", self.name, key, code=70).stdout, b"")
            self.assertEqual(len(self.asked(proxy, "GET", "objects/")) - begun, 4)

    def test_a_pointer_that_arrives_damaged_is_not_believed_whoever_wrote_it(self):
        top = self.push(self.tree())["top_hash"]
        pointer = f"/{self.env[self.bucket]}/.quilt/named_packages/{self.name}/latest"
        for by_another in (False, True):
            if by_another:
                self.assertEqual(SERVER.request("PUT", pointer, body=top.encode())[0], 200)
            for seed in range(1, 6):
                proxy = self.proxied("--rate", "1", "--seed", str(seed), "--kinds", "flip-answer", "--times", "1",
                                     "--only", "GET .*/named_packages/")
                self.assertEqual(self.json("hash", self.name)["top_hash"], top)
                self.assertEqual(self.json("versions", self.name)["versions"][0]["top_hash"], top)
                self.assertIn("flip-answer", [e["fault"] for e in proxy.entries()])

    def test_a_limit_of_bandwidth_is_kept_both_ways(self):
        self.write("tree/a", os.urandom(1 << 20))
        self.write("tree/b", os.urandom(1 << 20))
        started = time.monotonic()
        self.push("tree", "--max-bandwidth", "1M")
        self.assertGreater(time.monotonic() - started, 1)
        started = time.monotonic()
        self.run_raw("install", self.name, "--location", "copy", "--max-bandwidth", "1M")
        self.assertGreater(time.monotonic() - started, 1)

    def test_two_thousand_files_go_through_few_descriptors(self):
        tree = self.tree(files=2000)

        def limited():
            resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))

        for words in (["push", tree, "--name", self.name, "--jobs", "16"], ["install", self.name, "--location", "copy", "--jobs", "16"]):
            done = subprocess.run([self.binary, "--json", *map(str, words)], cwd=self.dir, env=self.env, capture_output=True,
                                  preexec_fn=limited, timeout=300, check=False)
            self.assertEqual(done.returncode, 0, done.stderr[-2000:])
            self.assertEqual(json.loads(done.stdout)["files_copied"], 2000)

    def test_a_stopped_push_ends_at_once_and_its_parts_are_not_sent_again(self):
        tree = self.tree(files=2)
        self.write("tree/large", os.urandom(48 << 20))
        proxy = self.proxied()
        child = subprocess.Popen([self.binary, "--json", "push", tree, "--name", self.name, "--jobs", "1"], cwd=self.dir,
                                 env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + 60
        while not self.asked(proxy, "PUT", "partNumber=2") and child.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        child.send_signal(2)
        begun = time.monotonic()
        child.communicate(timeout=30)
        self.assertLess(time.monotonic() - begun, 2)
        self.assertEqual(child.returncode, 130)
        second = self.proxied()
        self.push(tree)
        sent, later = ({re.search(r"partNumber=(\d+)", e["path"])[1] for e in self.asked(one, "PUT", "partNumber=")
                        if e["upstream"] == 200} for one in (proxy, second))  # what was under way may have arrived since
        self.assertEqual((sent & later, len(sent | later)), (set(), 6), (sent, later))


class Lazy(OnS3):
    """Placeholders for what lies in a bucket."""

    def test_a_lazy_directory_is_fetched_in_part_edited_and_pushed_back(self):
        tree = self.tree()
        self.write("tree/large", os.urandom((9 << 20) + 1))
        first = self.push(tree)["top_hash"]
        proxy = self.proxied()
        self.assertEqual(self.json("install", self.name, "--lazy", "--location", "copy")["placeholders"], 7)
        self.assertEqual(self.asked(proxy, "GET", "objects/"), [])
        fetched = self.json("fetch", "copy", "dir/1.txt", "dir/2.txt")
        self.assertEqual(fetched["added"] + fetched["replaced"], ["dir/1.txt", "dir/2.txt"])
        self.assertEqual(len(self.asked(proxy, "GET", "objects/")), 2)
        self.assertEqual((self.dir / "copy/dir/1.txt").read_bytes(), (tree / "dir/1.txt").read_bytes())
        unchanged = self.push("copy")
        self.assertEqual((unchanged["new_version"], unchanged["top_hash"]), (False, first))
        (self.dir / "copy/dir/2.txt").write_text("edited")
        pushed = self.push("copy")
        self.assertEqual((pushed["files_copied"], pushed["placeholders"], pushed["changes"]["modified"]), (1, 5, 1))
        self.assertEqual(len(self.asked(proxy, "PUT", "objects/")), 1)
        self.assertEqual(self.json("verify", "copy")["differences"], [])
        self.json("install", self.name, "--location", "whole")
        (tree / "dir/2.txt").write_text("edited")
        for path in (tree / key for key in ("README.md", "large", "dir/0.txt", "dir/2.txt", "dir/4.txt")):
            self.assertEqual((self.dir / "whole" / path.relative_to(tree)).read_bytes(), path.read_bytes())
        self.json("fetch", "copy")
        self.assertEqual(self.json("hash", "copy")["top_hash"], pushed["top_hash"])
        self.assertEqual((self.dir / "copy/large").read_bytes(), (tree / "large").read_bytes())


class VersionedLazy(Lazy):
    bucket = "WAYBILL_TEST_VERSIONED_BUCKET"


class Interrupted(OnS3):
    """Downloads that were stopped in the middle of a file."""

    size = (40 << 20) + 1

    def partials(self):
        return list((self.dir / "cache/waybill/partial").glob("*"))

    def stop_in_the_middle(self, number, *words):
        """Runs a verb slowly until a part of the file is there, then sends it a signal."""
        child = subprocess.Popen([self.binary, "--json", *map(str, words), "--max-bandwidth", "8M"], cwd=self.dir, env=self.env,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + 60
        while sum(p.stat().st_size for p in self.partials()) < 2 << 20 and child.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        child.send_signal(number)
        begun = time.monotonic()
        child.communicate(timeout=30)
        self.assertLess(time.monotonic() - begun, 2)
        self.assertEqual(child.returncode, 130 if number == 2 else -number)
        return self.partials()[0].stat().st_size

    def asked_from(self, proxy):
        """Where the requests for the file's bytes began."""
        return [int(re.match(r"bytes=(\d+)-", e["range"] or "bytes=0-")[1]) for e in self.asked(proxy, "GET", "objects/")]

    def test_an_interrupted_install_goes_on_where_it_was(self):
        body = os.urandom(self.size)
        self.write("tree/large", body)
        self.push("tree")
        for number in (2, 9):
            place = f"copy{number}"
            there = self.stop_in_the_middle(number, "install", self.name, "--location", place)
            self.assertEqual([p for p in (self.dir / place).rglob("*") if p.is_file()], [])
            proxy = self.proxied()
            self.assertEqual(self.json("install", self.name, "--location", place)["files_copied"], 1)
            self.assertEqual(self.asked_from(proxy), [there])
            self.assertEqual((self.dir / place / "large").read_bytes(), body)
            self.assertEqual(self.partials(), [])
            self.use(SERVER.environment)

    def test_what_was_damaged_meanwhile_is_fetched_from_its_beginning(self):
        body = os.urandom(self.size)
        self.write("tree/large", body)
        self.push("tree")
        self.json("install", self.name, "--lazy", "--location", "copy")
        there = self.stop_in_the_middle(2, "fetch", "copy")
        self.partials()[0].write_bytes(os.urandom(there))
        proxy = self.proxied()
        self.json("fetch", "copy")
        self.assertEqual(self.asked_from(proxy), [there, 0])
        self.assertEqual((self.dir / "copy/large").read_bytes(), body)
        self.use(SERVER.environment)
        self.stop_in_the_middle(2, "install", self.name, "--location", "other")
        self.assertGreater(self.json("cache", "--clear")["bytes_freed"], 1 << 20)
        self.assertEqual(self.partials(), [])


    def test_what_is_cached_or_printed_goes_on_where_it_was(self):
        body = os.urandom(self.size)
        self.write("tree/large", body)
        self.push("tree")
        for verb in ("cat", "cache"):
            there = self.stop_in_the_middle(9, verb, self.name, "large")
            proxy = self.proxied()
            words = [self.binary, verb, self.name, "large", *(["--json"] if verb == "cache" else [])]
            done = subprocess.run(words, cwd=self.dir, env=self.env, capture_output=True, timeout=60)
            self.assertEqual((done.returncode, self.asked_from(proxy)), (0, [there]), done.stderr)
            self.assertEqual(self.partials(), [])
            if verb == "cat":
                self.assertEqual(done.stdout, body)
            self.use(SERVER.environment)
        kept = [p for p in (self.dir / "cache/waybill/objects").rglob("*") if p.is_file()]
        self.assertEqual([(p.read_bytes(), p.stat().st_mode & 0o777, p.stat().st_nlink) for p in kept], [(body, 0o444, 1)])


class VersionedInterrupted(Interrupted):
    bucket = "WAYBILL_TEST_VERSIONED_BUCKET"


class Staging(OnS3):
    """Objects that are taken over where they lie."""

    def put(self, key, body, bucket="WAYBILL_TEST_VERSIONED_BUCKET"):
        status, answer = SERVER.request("PUT", f"/{self.env[bucket]}/{key}", body=body)
        self.assertEqual(status, 200, answer)

    def draft(self):
        work = self.dir / "work"
        work.mkdir()
        self.run_raw("init", self.name, cwd=work)
        return work

    def test_a_prefix_of_another_bucket_is_staged_in_place_and_read_from_there(self):
        other = f"s3://{self.env['WAYBILL_TEST_VERSIONED_BUCKET']}/"
        for i in range(5):
            self.put(f"{self.name}/in/{i}", b"plain %d" % i)
        work = self.draft()
        said = self.text("add", "data/", f"{other}{self.name}/in/", cwd=work)
        self.assertIn("5 objects in place", said)
        self.run_raw("set", "one", f"{other}{self.name}/in/1", cwd=work)
        top = self.json("push-manifest", cwd=work)["top_hash"]
        self.assertEqual(self.run_raw("cat", self.name, "data/3").stdout, b"plain 3")
        self.assertEqual(len(self.json("install", self.name, "--location", self.dir / "copy")["added"]), 6)
        self.assertEqual(self.json("hash", self.dir / "copy")["top_hash"], top)
        for row in self.json("show", self.name)["contents"]:
            self.assertTrue(row["target"].startswith(other), row)
        self.put(f"{self.name}/in/3", b"replaced")  # the entry names the version before
        self.assertEqual(self.run_raw("cat", self.name, "data/3").stdout, b"plain 3")

    def test_what_the_service_keeps_no_digest_of_is_read_and_counted(self):
        body = os.urandom((9 << 20) + 1)
        self.push(self.tree())  # so that there is something to hold it against: objects of ours have digests
        self.put(f"{self.name}/large", body)
        work = self.draft()
        said = self.text("set", "large", f"s3://{self.env['WAYBILL_TEST_VERSIONED_BUCKET']}/{self.name}/large", cwd=work)
        self.assertIn("9.4 MB of 1 object read", said)
        ours = self.json("show", self.name)
        self.assertEqual(ours["entries"], 6)
        self.json("push-manifest", cwd=work)
        self.assertEqual(self.run_raw("cat", self.name, "large").stdout, body)

    def test_a_push_copies_what_lies_elsewhere_unless_it_is_told_not_to(self):
        self.put(f"{self.name}/x", b"elsewhere")
        work = self.draft()
        self.run_raw("set", "x", f"s3://{self.env['WAYBILL_TEST_VERSIONED_BUCKET']}/{self.name}/x", cwd=work)
        self.assertEqual(self.json("push-data", "--local-files-only", cwd=work)["files_copied"], 0)
        self.assertEqual(self.json("push", cwd=work)["files_copied"], 1)
        self.assertTrue(self.json("show", self.name)["contents"][0]["target"].startswith(self.uri))
        self.assertEqual(self.run_raw("cat", self.name, "x").stdout, b"elsewhere")

    def test_nothing_at_a_place_is_an_error(self):
        work = self.draft()
        self.run_raw("set", "x", f"{self.uri}/{self.name}/none", cwd=work, code=66)
        self.run_raw("add", "x/", f"{self.uri}/{self.name}/none/", cwd=work, code=66)
        self.run_raw("set", "x", f"{self.uri}/{self.name}/none/", cwd=work, code=2)

    def test_a_strangers_draft_with_places_is_not_used(self):
        self.put(f"{self.name}/x", b"private")
        work = self.draft()
        self.run_raw("set", "x", f"s3://{self.env['WAYBILL_TEST_VERSIONED_BUCKET']}/{self.name}/x", cwd=work)
        elsewhere = {"XDG_DATA_HOME": str(self.dir / "somebody else")}
        done = self.run_raw("push", cwd=work, env=elsewhere, code=3)
        self.assertIn(b"not made by you", done.stderr)


class Refusals(OnS3):
    """What is not done, and how it is said."""

    content = "content"

    def serve(self, handler):
        """The URL of a server that ends with the test."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def publish_with_place(self, url):
        """A package whose one entry lies at a URL, as a stranger would write it."""
        self.name += "x"
        self.write("place/README.md", self.content)
        top = self.push(self.dir / "place")["top_hash"]
        manifest = f"/{self.env[self.bucket]}/.quilt/packages/{top}"
        header, line = SERVER.request("GET", manifest)[1].splitlines()
        entry = json.loads(line)
        place = entry["physical_keys"][0]
        entry["physical_keys"] = [url]  # no part of the top hash
        self.assertEqual(SERVER.request("PUT", manifest, body=header + b"\n" + json.dumps(entry).encode() + b"\n")[0], 200)
        self.assertEqual(SERVER.request("DELETE", "/" + place.removeprefix("s3://"))[0], 204)
        return f"{self.name}@{top}"

    def test_a_local_file_is_read_for_a_downloaded_manifest_only_if_allowed(self):
        ref = self.publish_with_place((self.dir / "place/README.md").as_uri())
        for verb in (["cat", ref, "README.md"], ["install", ref, "--location", "copy"], ["cache", ref]):
            done = self.run_raw(*verb, code=3)
            self.assertIn(b"--allow-file-keys", done.stderr)
        self.assertEqual(self.text("cat", ref, "README.md", "--allow-file-keys"), "content")

    def test_hosts_that_are_not_public_are_read_only_if_allowed(self):
        served = b"served elsewhere"
        self.content = served

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(served)))
                self.end_headers()
                self.wfile.write(served)

            def log_message(self, *_):
                pass

        ref = self.publish_with_place(self.serve(Handler) + "/README.md")
        done = self.run_raw("cat", ref, "README.md", code=3)
        self.assertIn(b"--allow-host", done.stderr)
        self.assertEqual(self.run_raw("cat", ref, "README.md", "--allow-host", "127.0.0.1").stdout, served)
        self.assertFalse((self.dir / "copy").exists())
        self.json("install", ref, "--location", "copy", "--allow-host", "127.0.0.1")
        for address in ("http://169.254.169.254/latest/meta-data", "http://10.0.0.1/x", "http://localhost/x"):
            self.run_raw("cat", self.publish_with_place(address), "README.md", code=3)
        name = socket.gethostname()  # it says nothing, its address does
        if not ipaddress.ip_address(address_of(name)).is_global:
            done = self.run_raw("cat", self.publish_with_place(f"http://{name}:9/x"), "README.md", code=3)
            self.assertIn(b"--allow-host", done.stderr)

    def test_wrong_credentials_and_a_missing_bucket_are_told_apart(self):
        tree = self.tree()
        for variable, code in (("AWS_SECRET_ACCESS_KEY", b"SignatureDoesNotMatch"), ("AWS_ACCESS_KEY_ID", b"XAdminUserNotFound")):
            for words in (["list"], ["push", tree, "--name", self.name], ["hash", self.name]):
                done = self.run_raw(*words, env={variable: "WRONGWRONGWRONGWRONG"}, code=77)
                self.assertIn(code, done.stderr)
        for words in (["list"], ["push", tree, "--name", self.name], ["hash", self.name]):
            done = self.run_raw(*words, env={"WAYBILL_REGISTRY": "s3://no-such-bucket-here"}, code=66)
            self.assertIn(b"no such bucket", done.stderr)

    def test_a_clock_that_is_wrong_is_named(self):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        body = (f"<Error><Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the server's time "
                f"is too large.</Message><ServerTime>{at}</ServerTime></Error>").encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(403)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        done = self.run_raw("list", env={"AWS_ENDPOINT_URL": self.serve(Handler)}, code=77)
        self.assertRegex(done.stderr, rb"clock.*3[56]\d\d s behind")

    def test_credentials_come_from_a_program_and_anew_when_the_service_says_they_ended(self):
        ran = self.dir / "ran"
        program = self.write("keys.sh", f"#!/bin/sh\necho x >> {ran}\n" + 'printf \'{"Version": 1, "AccessKeyId": "KEY%d", '
                             '"SecretAccessKey": "PROGRAMSECRET"}\' $(wc -l < ' + str(ran) + ")\n")
        program.chmod(0o755)
        config = self.write("config", f"[default]\ncredential_process = {program}\n")
        keys = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                keys.append(re.search(r"Credential=(\w+)/", self.headers["Authorization"])[1])
                ended = keys[-1] == "KEY1"
                body = (b"<Error><Code>ExpiredToken</Code></Error>" if ended
                        else b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
                self.send_response(400 if ended else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = self.serve(Handler)
        env = {"AWS_ENDPOINT_URL": server, "AWS_CONFIG_FILE": str(config), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
        done = self.run_raw("list", "-vvv", env=env)
        self.assertEqual((keys, ran.read_text()), (["KEY1", "KEY2"], "x\nx\n"))
        self.assertNotIn(b"PROGRAMSECRET", done.stdout + done.stderr)
        program.write_text("#!/bin/sh\necho PROGRAMSECRET\necho PROGRAMSECRET >&2\nexit 3\n")
        failed = self.run_raw("--json", "list", env=env, code=77)
        self.assertIn(b"credential_process of profile 'default'", failed.stderr)
        self.assertNotIn(b"PROGRAMSECRET", failed.stdout + failed.stderr.replace(b"PROGRAMSECRET\n", b"", 1))
        self.run_raw("list", env={**env, "AWS_PROFILE": "none"}, code=2)

    def test_no_secret_is_ever_shown(self):
        tree = self.tree()
        token = "SESSIONTOKENSESSIONTOKEN"
        outputs = []
        for env in ({}, {"AWS_SECRET_ACCESS_KEY": "WRONGSECRETWRONGSECRET"}, {"AWS_SESSION_TOKEN": token}):
            for words in (["push", tree, "--name", self.name, "-vvv"], ["--json", "push", tree, "--name", self.name, "-vvv"],
                          ["install", self.name, "--location", "copy", "-vvv"], ["config", "--show-origin", "-vvv"]):
                done = self.run_raw(*words, env=env, code=None)
                outputs.append(done.stdout + done.stderr)
        done = self.run_raw("--registry", "https://me:URLSECRET@example.org/x?sig=URLSECRET", "list", "-vvv", code=69)
        outputs.append(done.stdout + done.stderr)
        together = b"".join(outputs)
        self.assertIn(b"S3 at http://127.0.0.1", together)
        for secret in (self.env["AWS_SECRET_ACCESS_KEY"], "WRONGSECRET", "URLSECRET", token, "Signature=", "Credential="):
            self.assertNotIn(secret.encode(), together)

    def test_a_push_to_where_only_the_workspace_says_is_announced(self):
        tree = self.tree()
        self.write("tree/.waybill/config.json", json.dumps({"registry": self.uri}))
        without = {"WAYBILL_REGISTRY": ""}
        done = self.run_raw("push", ".", "--name", self.name, cwd=tree, env=without)
        # A configuration alone makes no workspace; an installation does.
        done = self.run_raw("push", ".", cwd=tree, env=without)
        self.assertIn(f"this goes to {self.uri}, which".encode(), done.stderr)
        self.assertNotIn(b"this goes to", self.run_raw("push", ".", cwd=tree).stderr)

    def test_registries_that_are_none_are_refused(self):
        for location, code in (("s3://", 2), (self.uri + "/prefix", 2), ("s3://Not_A_Bucket!", 2), ("gs://bucket", 69)):
            self.run_raw("--registry", location, "list", code=code)


if __name__ == "__main__":
    peers.main(OnS3)
