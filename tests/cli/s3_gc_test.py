#!/usr/bin/env python3
"""`waybill gc` on buckets, served by versitygw: what it removes, and pushes beside it that lose nothing. s3_gc_test.py WAYBILL"""
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import gc_test  # noqa: E402
from support import documents, peers, reachability, s3_server  # noqa: E402

STATE = ".waybill/collection"


class InABucket(peers.Workbench):
    """The server keeps an object as a file of the same name."""

    def serve(self, which="WAYBILL_TEST_BUCKET"):
        server = self.enterContext(s3_server.S3Server("versitygw", keep_alive=True))
        bucket = server.environment[which]
        self.env.update(server.environment, WAYBILL_REGISTRY=f"s3://{bucket}")
        self.bucket = server.directory / "data" / bucket
        return server

    def push(self, name, text):
        return self.json("push", self.write(f"{name}/a", text).parent, "--name", name)["top_hash"]

    def say(self, server, text):
        self.assertEqual(server.request("PUT", f"/{self.bucket.name}/{STATE}", body=text.encode())[0], 200)

    def remove(self, server, prefix):
        path = self.bucket / prefix
        for path in reachability.files_below(self.bucket, prefix) if path.is_dir() else [path]:
            status, _ = server.request("DELETE", f"/{self.bucket.name}/{path.relative_to(self.bucket)}")
            self.assertEqual(status, 204)

    def forget(self, server, name):
        history = (self.bucket / ".waybill/history" / name).read_text()
        for prefix in (f".quilt/named_packages/{name}", f".waybill/logs/{history}", f".waybill/history/{name.split('/')[0]}"):
            self.remove(server, prefix)

    def object_of(self, text):
        return self.bucket / reachability.object_key("sha2-256-chunked", documents.chunked(text.encode()))

    def test_what_nothing_names_is_removed(self):
        server = self.serve()
        self.push("kept/data", "kept")
        gone = self.push("gone/data", "gone")
        self.forget(server, "gone/data")
        self.assertEqual(self.json("gc")["young"]["manifests"], 1)
        garbage = reachability.unreached(self.bucket)
        plan = self.json("gc", "--older-than", "0", "--dry-run")
        self.assertEqual(reachability.unreached(self.bucket), garbage)
        self.assertIn('"state":"done"', (self.bucket / STATE).read_text())  # of the first one
        done = self.json("gc", "--older-than", "0")
        self.assertEqual((done["manifests"], done["objects"], {**plan, "dry_run": False}), ([gone], 1, done))
        self.assertEqual(reachability.unreached(self.bucket), set())
        self.assertEqual((len(garbage), self.text("cat", "kept/data", "a")), (2, "kept"))

    def test_a_bucket_with_versions_keeps_the_versions_that_are_named(self):
        server = self.serve("WAYBILL_TEST_VERSIONED_BUCKET")
        self.push("kept/data", "kept")
        self.push("gone/data", "gone")
        self.forget(server, "gone/data")
        self.assertEqual(self.json("gc", "--older-than", "0")["objects"], 1)
        self.assertEqual(self.text("cat", "kept/data", "a"), "kept")
        self.push("again/data", "gone")
        self.assertEqual(self.text("cat", "again/data", "a"), "gone")

    def test_concurrent_pushes_lose_nothing(self):
        self.serve()
        gc_test.check_concurrent_pushes(self, self.bucket, rounds=6, writers=2)

    def test_a_push_waits_for_a_collection_and_looks_again(self):
        """One that closed the gate takes what a push has found already."""
        server = self.serve()
        self.push("kept/data", "kept")
        self.run_raw("init", "ns/draft", cwd=self.write("draft/a", "found").parent)
        self.run_raw("add", "a", cwd=self.dir / "draft")
        self.run_raw("push-data", cwd=self.dir / "draft")
        self.say(server, '{"state":"removing","collection":"by hand","beats":0}')
        done = []
        pushing = threading.Thread(target=lambda: done.append(self.push("new/data", "found")))
        pushing.start()
        hash_ = None
        for _ in range(1000):  # until its manifest is there: it waits before it names it
            names = [p.name for p in reachability.files_below(self.bucket, ".quilt/packages")]
            hash_ = next((name for name in names if not self.is_named(name)), None)
            if hash_:
                break
            time.sleep(0.01)
        self.assertIsNotNone(hash_)
        self.assertFalse((self.bucket / ".quilt/named_packages/new").exists())
        for path in (self.object_of("found"), self.bucket / ".quilt/packages" / hash_):
            self.remove(server, path.relative_to(self.bucket))
        self.say(server, '{"state":"done","collection":"by hand","beats":0}')
        pushing.join()
        self.assertEqual(done, [hash_])
        self.assertEqual(self.text("cat", "new/data", "a"), "found")

    def is_named(self, top_hash):
        return top_hash in {p.read_text() for p in reachability.files_below(self.bucket, ".quilt/named_packages")}


if __name__ == "__main__":
    documents.work_in_memory()
    peers.main(InABucket)
