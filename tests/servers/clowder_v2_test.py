#!/usr/bin/env python3
"""Version 2 of the Clowder test server answers what clowder2 2.0.0-beta.4 answers, its traps included."""
import http.client
import io
import json
import os
import pathlib
import sys
import tempfile
import threading
import time
import unittest
import zipfile
from urllib.parse import urlsplit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from clowder_bench import NOBODY, Bench, multipart  # noqa: E402

CRASH = (500, b"Internal Server Error")


class BenchV2(Bench):
    api, root = "v2", "/api/v2/"

    def names(self, path):
        return [row["name"] for row in self.get(path)[1]["data"]]


class Doors(BenchV2):
    def test_the_version_is_told_to_anybody(self):
        self.assertEqual(self.get("status", key=None), (200, {"version": "2.0.0-beta.4"}))
        self.assertEqual(self.ask("GET", "/", key=None)[1], {"status": "ok"})
        for path in ("nothing", "spaces", "../version"):
            self.assertEqual(self.get(path, key=None), (404, {"detail": "Not Found"}))
        self.assertEqual(self.ask("GET", "/api/version", key=None)[0], 404)

    def test_keys(self):
        self.server.api.expired.add("old")
        for key, said in ((None, "Not authenticated."), ("wrong", "Key is invalid."), ("old", "Key is expired.")):
            for method, path in (("GET", "datasets"), ("POST", "datasets"), ("GET", f"files/{NOBODY}")):
                self.assertEqual(self.ask(method, "/api/v2/" + path, key=key)[:2], (401, {"detail": {"error": said}}))
        self.assertEqual(self.get(f"datasets?key={self.server.key}", key=None)[0], 401)
        self.assertEqual(self.get("datasets", key=None, Authorization=f"Bearer {self.server.key}"), CRASH)
        self.server.api.keycloak = True
        self.assertEqual(self.get("datasets", key=None, Authorization="Bearer x")[0], 401)
        self.assertEqual(self.get("datasets")[0], 200)
        self.assertEqual(self.server.leaks(), ["api: GET /api/v2/datasets?key=…", "api: GET /api/v2/datasets"])

    def test_slashes_methods_and_ids(self):
        status, _, fields = self.ask("POST", "/api/v2/datasets/?license_id=CC", {"name": "x"})
        self.assertEqual((status, fields["Location"]), (307, f"{self.server.url}api/v2/datasets?license_id=CC"))
        self.assertEqual(self.ask("GET", f"/api/v2/files/{NOBODY}/url")[0], 307)
        self.assertEqual(self.ask("HEAD", f"/api/v2/files/{NOBODY}")[0], 405)
        self.assertEqual(self.ask("DELETE", "/api/v2/datasets")[:2], (405, {"detail": "Method Not Allowed"}))
        for path, what in (("datasets/*", "Dataset"), ("datasets/*/files", "Dataset"), ("files/*", "File"), ("files/*/summary", "File")):
            self.assertEqual(self.get(path.replace("*", NOBODY)), (404, {"detail": f"{what} {NOBODY} not found"}))
            self.assertEqual(self.get(path.replace("*", "x")), CRASH)

    def two_crashes_on_one_connection(self):
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=10)
        self.addCleanup(connection.close)
        statuses = []
        for _ in range(2):
            connection.request("GET", "/api/v2/datasets/x", headers={"X-API-Key": self.server.key})
            answer = connection.getresponse()
            statuses.append((answer.status, answer.read()))
        return statuses

    def test_a_crash_may_reset_the_connection(self):
        self.assertEqual(self.two_crashes_on_one_connection(), [CRASH] * 2)
        self.server.api.resets = True
        self.assertRaises((OSError, http.client.HTTPException), self.two_crashes_on_one_connection)
        self.assertEqual(self.server.entries[-1]["status"], 500)
        self.assertEqual(self.get("datasets")[0], 200)


class Datasets(BenchV2):
    def test_a_licence_is_wanted(self):
        self.assertEqual(self.post("datasets", {"name": "x"}),
                         (422, {"detail": [{"loc": ["query", "license_id"], "msg": "field required", "type": "value_error.missing"}]}))
        status, made = self.post("datasets?license_id=any%20text", {"name": "x"})
        self.assertEqual((status, made["name"], made["description"], made["license_id"], made["standard_license"]),
                         (200, "x", "N/A", "any text", False))
        self.assertTrue(self.post("datasets?license_id=CC%20BY", {"name": "x"})[1]["standard_license"])  # the name is taken twice
        self.assertEqual(self.post("datasets?license_id=x", {"name": 1})[0], 422)
        self.assertEqual(self.post("datasets?license_id=x", b"{", Content_Type="application/json")[0], 422)
        self.assertEqual(len(self.platform.datasets), 2)

    def test_pages_of_ten_newest_first(self):
        for i in range(12):
            self.dataset(f"d {i}")
        status, page = self.get("datasets")
        self.assertEqual((status, page["metadata"]), (200, {"total_count": 12, "skip": 0, "limit": 10}))
        self.assertEqual([row["name"] for row in page["data"]], [f"d {i}" for i in range(11, 1, -1)])
        self.assertEqual(self.names("datasets?skip=10"), ["d 1", "d 0"])
        self.assertEqual(self.names("datasets?skip=11&limit=5&name=none&title=none"), ["d 0"])
        self.assertEqual(self.names("datasets?skip=20"), [])
        self.assertEqual(self.get("datasets?limit=x")[0], 422)
        self.assertEqual(self.get("datasets?limit=0"), CRASH)

    def test_folders_show_one_level(self):
        key = self.dataset()
        top = self.post(f"datasets/{key}/folders", {"name": "a"})[1]
        self.post(f"datasets/{key}/folders", {"name": "a"})
        inner = self.post(f"datasets/{key}/folders", {"name": "b", "parent_folder": top["id"]})[1]
        self.assertEqual((top["parent_folder"], inner["parent_folder"]), (None, top["id"]))
        self.assertEqual(self.names(f"datasets/{key}/folders"), ["a", "a"])
        self.assertEqual(self.names(f"datasets/{key}/folders?parent_folder={top['id']}"), ["b"])
        self.assertNotIn("parent_folder", self.get(f"datasets/{key}/folders")[1]["data"][0])
        self.assertEqual(self.post(f"datasets/{key}/folders", {"name": "x", "parent_folder": NOBODY}),
                         (404, {"detail": f"Parent folder {NOBODY} not found"}))
        self.send(f"datasets/{key}/files", ("file", "f", b""))
        rows = self.get(f"datasets/{key}/folders_and_files")[1]["data"]
        self.assertEqual([(row["name"], row["object_type"]) for row in rows], [("a", "folder"), ("a", "folder"), ("f", "file")])

    def test_freezing_keeps_what_was(self):
        key = self.dataset()
        self.assertEqual(self.get(f"datasets/{key}/freeze/latest_version_num")[1], -999)
        folder = self.platform.add_folder(key, "a")["id"]
        file = self.send(f"datasets/{key}/files?folder_id={folder}", ("file", "f", b"123"))[1]["id"]
        frozen = [self.post(f"datasets/{key}/freeze")[1] for _ in range(2)]
        self.assertEqual([(row["frozen"], row["frozen_version_num"], row["origin_id"]) for row in frozen], [(True, 1, key), (True, 2, key)])
        self.ask("DELETE", f"/api/v2/files/{file}")
        self.assertEqual(self.get(f"datasets/{key}/files")[1]["data"], [])
        kept = self.get(f"datasets/{frozen[0]['id']}/files")[1]["data"][0]
        self.assertEqual(self.get(f"files/{kept['id']}"), (200, b"123"))
        self.assertEqual(self.platform.contents(frozen[1]["id"]), {"a/f": b"123"})
        self.assertEqual([row["frozen_version_num"] for row in self.get(f"datasets/{key}/freeze")[1]["data"]], [2, 1])
        self.assertEqual(self.get(f"datasets/{key}/freeze/latest_version_num")[1], 2)
        self.assertEqual(len(self.get("datasets")[1]["data"]), 1)
        for method, path in (("POST", f"datasets/{frozen[0]['id']}/freeze"), ("DELETE", f"files/{kept['id']}")):
            self.assertEqual(self.ask(method, "/api/v2/" + path)[0], 404)
        self.assertEqual(self.send(f"datasets/{frozen[0]['id']}/files", ("file", "f", b""))[0], 404)
        self.assertEqual(self.ask("DELETE", f"/api/v2/datasets/{key}")[1], {"deleted": key})
        self.assertEqual((self.platform.freezes, self.platform.files, os.listdir(self.platform.blobs)), ({}, {}, []))


class Files(BenchV2):
    def setUp(self):
        super().setUp()
        self.key = self.dataset()

    def upload(self, name="a", content=b"123"):
        return self.send(f"datasets/{self.key}/files", ("file", name, content))[1]

    def test_one_file_and_many(self):
        made = self.upload()
        self.assertEqual((made["name"], made["bytes"], made["version_num"], made["folder_id"]), ("a", 3, 1, None))
        status, rows = self.send(f"datasets/{self.key}/filesMultiple", ("files", "a", b"1"), ("files", "b ä", b""), ("other", "c", b""))
        self.assertEqual((status, [(row["name"], row["bytes"]) for row in rows]), (200, [("a", 1), ("b ä", 0)]))
        self.assertEqual(self.names(f"datasets/{self.key}/files"), ["b ä", "a", "a"])
        self.assertEqual(self.get(f"files/{made['id']}/summary")[1], made)

    def test_uploads_that_are_refused(self):
        for path, field in (("files", "files"), ("filesMultiple", "file")):
            status, body = self.send(f"datasets/{self.key}/{path}", (field, "a", b""))
            self.assertEqual((status, body["detail"][0]["msg"]), (422, "field required"))
        self.assertEqual(self.send(f"datasets/{self.key}/files", ("file", None, b"x"))[0], 422)
        self.assertEqual(self.post(f"datasets/{self.key}/files", {"file": "x"})[0], 422)
        body, kind = multipart(("file", "a", b"x"))
        self.assertEqual(self.post(f"datasets/{self.key}/files", body[:-8], Content_Type=kind),
                         (400, {"detail": "There was an error parsing the body"}))
        self.assertEqual(self.send(f"datasets/{self.key}/files?folder_id={NOBODY}", ("file", "a", b"")),
                         (404, {"detail": f"Folder {NOBODY} not found"}))
        self.assertEqual(self.send(f"datasets/{NOBODY}/files", ("file", "a", b""))[0], 404)
        self.assertEqual((self.platform.files, os.listdir(self.platform.blobs)), ({}, []))

    def test_names_that_starlette_reads_in_its_own_way(self):
        for sent, kept in (('a\\"b', 'a"b'), ("a;b", "a;b"), ("a\\\\b", "a\\b"), ("a\\b", "a\\b"), ("c:\\\\d\\\\e", "e"),
                           ("a%22b", "a%22b")):
            self.assertEqual(self.upload(sent)["name"], kept)

    def test_bytes_come_in_chunks_and_whole(self):
        key = self.upload()["id"]
        status, body, fields = self.ask("GET", f"/api/v2/files/{key}", Range="bytes=1-1")
        self.assertEqual((status, body, fields["Content-Length"], fields["Transfer-Encoding"]), (200, b"123", None, "chunked"))
        self.assertEqual(self.get(f"files/{key}?version=2"), (404, {"detail": f"File {key} version 2 not found"}))
        self.assertEqual(self.get(f"files/{key}?version=1"), (200, b"123"))
        self.assertEqual([row["version_num"] for row in self.get(f"files/{key}/versions")[1]], [1])

    def test_names_outside_latin_come_by_a_link_only(self):
        for name, status in (("é", 200), ("日", 500)):
            key = self.upload(name)["id"]
            self.assertEqual(self.get(f"files/{key}")[0], status)
            link = urlsplit(self.get(f"files/{key}/url/")[1]["presigned_url"])
            target = f"{link.path}?{link.query}"
            self.assertEqual((link.hostname, self.ask("GET", target, key=None, address=link.netloc)[1]), ("localhost", b"123"))
            self.assertEqual(self.ask("GET", target, key=None, address=link.netloc, Range="bytes=1-")[:2], (206, b"23"))
            self.assertEqual(self.ask("GET", target[:-1], key=None, address=link.netloc)[0], 403)
            self.assertEqual(self.server.leaks(), [])
        self.assertEqual(self.ask("GET", target, address=link.netloc)[0], 400)
        self.assertEqual(len(self.server.leaks()), 1)

    def test_a_new_version_needs_a_login(self):
        key = self.upload()["id"]
        body, kind = multipart(("file", "a", b"x"))
        self.assertEqual(self.ask("PUT", f"/api/v2/files/{key}", body, Content_Type=kind)[:2], (403, {"detail": "Not authenticated"}))
        self.assertEqual(self.ask("PUT", f"/api/v2/files/{key}", body, Content_Type=kind, Authorization="Bearer x")[:2], CRASH)
        self.assertEqual(self.platform.contents(self.key), {"a": b"123"})

    def test_uploads_block_everything(self):
        self.server.api.upload_seconds = 0.2
        parts = [("files", str(i), b"") for i in range(3)]
        uploading = threading.Thread(target=self.send, args=(f"datasets/{self.key}/filesMultiple", *parts))
        uploading.start()
        while not self.server.uploads():
            time.sleep(0.01)
        started = time.monotonic()
        self.assertEqual(self.get(f"datasets/{self.key}/files")[1]["metadata"]["total_count"], 3)
        self.assertGreater(time.monotonic() - started, 0.3)
        uploading.join()

    def test_server_paths(self):
        place = self.enterContext(tempfile.TemporaryDirectory())
        path = pathlib.Path(place, "a.csv")
        path.write_bytes(b"123")
        target = f"datasets/{self.key}/local_files"
        self.assertEqual(self.post(target, {"path": str(path)}), (500, {"detail": "File is not located in a whitelisted directory."}))
        self.server.api.whitelist = [place]
        self.assertEqual(self.post(target, {"path": str(path) + "x"}), CRASH)
        self.assertEqual(self.post(target, {"path": str(path)})[1]["bytes"], 3)

    def test_the_archive_breaks_by_a_slash(self):
        folder = self.platform.add_folder(self.key, "a")["id"]
        self.send(f"datasets/{self.key}/files?folder_id={folder}", ("file", "f", b"1"))
        bag = zipfile.ZipFile(io.BytesIO(self.get(f"datasets/{self.key}/download")[1]))
        self.assertEqual((bag.read("data/a/f"), bag.read("manifest-md5.txt")), (b"1", b"c4ca4238a0b923820dcc509a6f75849b a/f\n"))
        self.assertEqual(self.upload("a/b")["name"], "a/b")
        self.assertEqual(self.get(f"datasets/{self.key}/download"), CRASH)

    def test_bytes_that_are_lost(self):
        self.server.faults.add("lost-bytes")
        self.assertEqual(self.get(f"files/{self.upload()['id']}"), CRASH)
        self.server.faults.add("first-only")
        rows = self.send(f"datasets/{self.key}/filesMultiple", ("files", "a", b"1"), ("files", "b", b""))[1]
        self.assertEqual([row["name"] for row in rows], ["a"])


class Metadata(BenchV2):
    def test_it_needs_a_context(self):
        key = self.dataset()
        file = self.send(f"datasets/{key}/files", ("file", "a", b""))[1]["id"]
        for path, kind in ((f"datasets/{key}/metadata", "dataset"), (f"files/{file}/metadata", "file")):
            self.assertEqual(self.post(path, {"content": {}}), (400, {"detail": "Context is required"}))
            self.assertEqual(self.post(path, {"@context": "x", "content": {}})[0], 422)
            self.assertEqual(self.post(path, {"context_url": "x"})[0], 422)
            self.assertEqual(self.post(path, {"definition": "x", "content": {}})[0], 400)
            self.assertEqual(self.get(path)[1], [])
            for context in ({"@context": [{}]}, {"context": []}, {"context_url": "x"}, {"definition": "LatLon"}):
                self.assertEqual(self.post(path, {**context, "content": {"a": 1}})[0], 200)
            self.assertEqual(self.post(path, {"definition": "LatLon", "content": {}}),
                             (409, {"detail": f"Metadata for LatLon already exists on this {kind}"}))
            rows = self.get(path)[1]
            self.assertEqual((len(rows), rows[0]["content"], rows[0]["resource"]["collection"]), (4, {"a": 1}, kind + "s"))
        bag = zipfile.ZipFile(io.BytesIO(self.get(f"datasets/{key}/download")[1]))
        self.assertEqual(len(json.loads(bag.read("metadata/_dataset_metadata.json"))), 4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
