#!/usr/bin/env python3
"""Version 1 of the Clowder test server answers what clowder 1.23 answers, its traps included."""
import base64
import io
import json
import os
import pathlib
import sys
import tempfile
import time
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from clowder_bench import NOBODY, Bench, multipart  # noqa: E402

AGENT = {"@type": "cat:user", "user_id": "http://localhost/api/users/1"}


class Doors(Bench):
    options = {"password": "secret"}

    def test_the_version_is_told_to_anybody(self):
        self.assertEqual(self.get("version", key=None)[1]["version"]["number"], "1.23.0")
        self.assertEqual(self.get("nothing")[0], 404)
        self.assertEqual(self.ask("PUT", "/api/version")[0], 404)
        self.assertEqual(self.ask("GET", "/apiversion")[0], 404)

    def test_a_wrong_key_is_anonymous(self):
        seen, hidden = self.dataset("seen", public=True), self.dataset("hidden")
        for key in (None, "wrong"):
            self.assertEqual([row["name"] for row in self.get("datasets", key=key)[1]], ["seen"])
            self.assertEqual(self.get(f"datasets/{seen}", key=key)[0], 200)
            for method, path in (("GET", f"datasets/{hidden}"), ("GET", f"datasets/{hidden}/files"), ("GET", f"datasets/{seen}/folders"),
                                 ("POST", "spaces"), ("POST", "datasets/createempty"), ("POST", f"uploadToDataset/{seen}"),
                                 ("DELETE", f"datasets/{seen}")):
                status, body, fields = self.ask(method, "/api/" + path, {"name": "x"} if method == "POST" else None, key=key)
                self.assertEqual((status, body, fields.get_content_type()), (401, b"Not authorized", "text/plain"), path)
        self.assertEqual(len(self.get("datasets")[1]), 2)
        self.assertEqual(len(self.platform.datasets), 2)

    def test_the_key_in_the_query_is_understood_and_noticed(self):
        self.dataset()
        self.assertEqual(len(self.get(f"datasets?key={self.server.key}", key=None)[1]), 1)
        self.assertEqual(self.server.leaks(), ["api: GET /api/datasets?key=…"])
        self.assertEqual(len(self.get(f"datasets?key={self.server.key}", key="wrong")[1]), 0)  # the field comes first

    def test_basic_comes_before_the_key(self):
        self.dataset()
        for password, rows in (("secret", 1), ("wrong", 0)):
            given = base64.b64encode(f"tester@example.com:{password}".encode()).decode()
            self.assertEqual(len(self.get("datasets", Authorization=f"Basic {given}")[1]), rows)

    def test_an_account_that_may_not_write(self):
        self.dataset()
        self.server.api.writable = False
        self.assertEqual(len(self.get("datasets")[1]), 1)
        self.assertEqual(self.post("datasets/createempty", {"name": "x"}), (401, b"Not authorized"))


class Spaces(Bench):
    def test_a_listing_shows_twelve(self):
        ids = [self.post("spaces", {"name": f"s {i}", "description": ""})[1]["id"] for i in range(13)]
        rows = self.get("spaces")[1]
        self.assertEqual([row["name"] for row in rows], [f"s {i}" for i in range(12, 0, -1)])
        self.assertEqual(set(rows[0]), {"id", "name", "description", "created"})
        self.assertEqual(len(self.get("spaces?limit=100")[1]), 13)
        self.assertEqual([row["id"] for row in self.get("spaces?title=S%200&limit=100")[1]], ids[:1])
        self.assertEqual(self.get(f"spaces/{ids[0]}")[1]["name"], "s 0")
        self.assertEqual(self.get("spaces?limit=many")[0], 400)
        self.assertEqual(self.get(f"spaces/{NOBODY}"), (400, b"Space not found"))

    def test_a_title_is_a_regular_expression(self):
        for name in ("a.b", "axb", "a+b", "A.B (1)"):
            self.post("spaces", {"name": name, "description": ""})
        self.assertEqual([row["name"] for row in self.get("spaces?title=a.b")[1]], ["A.B (1)", "a+b", "axb", "a.b"])
        self.assertEqual(self.get("spaces?title=a%2Bb")[1], [])
        self.assertEqual(self.get("spaces?title=(")[0], 500)

    def test_both_name_and_description_are_wanted(self):
        for body, name in (({"name": "x"}, "description"), ({"description": "x"}, "name"), ({"name": 1, "description": ""}, "name")):
            self.assertEqual(self.post("spaces", body), (400, f"Missing parameter [{name}]"))
        self.assertEqual(self.post("spaces", b"{}")[0], 400)
        self.assertEqual(self.post("spaces", b"{", Content_Type="application/json")[0], 400)
        self.assertEqual(len(self.platform.spaces), 0)

    def test_unknown_spaces_of_a_dataset_are_dropped(self):
        space = self.post("spaces", {"name": "s", "description": ""})[1]["id"]
        made = self.post("datasets/createempty", {"name": "d", "space": [NOBODY, space]})[1]["id"]
        self.assertEqual(self.platform.datasets[made]["spaces"], [space])
        lost = self.post("datasets/createempty", {"name": "d", "space": [NOBODY]})[1]["id"]
        self.assertEqual([row["id"] for row in self.get(f"spaces/{space}/datasets")[1]], [made])
        self.assertEqual(self.post(f"spaces/{space}/addDatasetToSpace/{lost}")[0], 200)
        self.assertEqual([row["id"] for row in self.get(f"spaces/{space}/datasets")[1]], [lost, made])


class Datasets(Bench):
    def test_names_are_taken_twice(self):
        first, second = (self.post("datasets/createempty", {"name": "a.b", "description": "x"})[1]["id"] for _ in range(2))
        self.post("datasets/createempty", {"name": "axb"})
        self.assertNotEqual(first, second)
        self.assertEqual([row["id"] for row in self.get("datasets?title=a.b&exact=true")[1]], [second, first])
        self.assertEqual(len(self.get("datasets?title=a.b")[1]), 3)
        self.assertEqual(self.post("datasets/createempty", {"description": "x"})[0], 400)
        self.assertEqual(self.post("datasets/createempty", {"name": "x", "collection": [NOBODY]})[0], 501)
        self.assertEqual(self.get(f"datasets/{NOBODY}")[0], 404)

    def test_a_dataset_that_could_not_be_made_is_answered_well(self):
        self.server.faults.add("status-error", "createempty")
        self.assertEqual(self.post("datasets/createempty", {"name": "x"}), (200, {"status": "error"}))
        self.assertEqual(len(self.platform.datasets), 0)

    def test_folders_and_their_second_names(self):
        key = self.dataset()

        def folder(name, parent=key, kind="dataset"):
            return self.post(f"datasets/{key}/newFolder", {"name": name, "parentId": parent, "parentType": kind})

        top = folder("a")[1]["id"]
        folder("b", top, "folder")
        self.assertEqual(folder("a")[1]["name"], "a")
        self.assertEqual([row["name"] for row in self.get(f"datasets/{key}/folders")[1]], ["/a", "/a/b", "/a (1)"])
        self.assertEqual(folder("x", NOBODY, "folder"), (500, f"parent folder {NOBODY} not found".encode()))
        self.assertEqual(folder("x", NOBODY)[0], 500)
        self.assertEqual(self.post(f"datasets/{key}/newFolder", {"name": "x", "parentId": key}), (400, "Missing parameter [parentType]"))
        self.assertEqual(len(self.platform.folders), 3)

    def test_deletion_takes_all_of_it(self):
        key, other = self.dataset(), self.dataset()
        folder = self.post(f"datasets/{key}/newFolder", {"name": "a", "parentId": key, "parentType": "dataset"})[1]["id"]
        self.send(f"uploadToDataset/{key}?folder_id={folder}", ("file", "a", b"1"))
        kept = self.send(f"uploadToDataset/{other}", ("file", "a", b"1"))[1]["id"]
        self.assertEqual(self.ask("DELETE", f"/api/datasets/{key}")[1], {"status": "success"})
        self.assertEqual((list(self.platform.datasets), list(self.platform.files), len(self.platform.folders)), ([other], [kept], 0))
        self.assertEqual(self.ask("DELETE", f"/api/files/{kept}")[1], {"status": "success"})
        self.assertEqual((self.ask("DELETE", f"/api/files/{kept}")[0], os.listdir(self.platform.blobs)), (400, []))


class Files(Bench):
    options = {"store_after": 0}

    def setUp(self):
        super().setUp()
        self.key = self.dataset()

    def test_one_file_and_many(self):
        status, body = self.send(f"uploadToDataset/{self.key}", ("any", "a.csv", b"123"))
        self.assertEqual((status, list(body)), (200, ["id"]))
        status, body = self.send(f"datasets/{self.key}/files?extract=false", ("File", "a.csv", b""), ("file", "b ä.csv", b"12"))
        self.assertEqual([(row["name"], row["status"]) for row in body["ids"]], [("a.csv", "CREATED"), ("b ä.csv", "CREATED")])
        rows = self.get(f"datasets/{self.key}/files")[1]
        self.assertEqual([(row["filename"], row["size"]) for row in rows], [("a.csv", "3"), ("a.csv", "0"), ("b ä.csv", "2")])
        self.assertEqual(set(rows[0]), {"id", "filename", "contentType", "date-created", "size"})
        self.assertEqual(len(self.get(f"datasets/{self.key}/listAllFiles?max=2")[1]), 2)
        self.assertEqual(self.server.uploads(), ["a.csv", "a.csv", "b ä.csv"])
        with self.assertRaisesRegex(ValueError, "a.csv.*a.csv"):
            self.platform.contents(self.key)

    def test_uploads_that_are_refused(self):
        self.assertEqual(self.send(f"uploadToDataset/{self.key}", ("text", None, b"x")), (400, b"No files uploaded"))
        self.assertEqual(self.send(f"uploadToDataset/{self.key}", ("file", "", b"x")), (400, b"No files uploaded"))
        self.assertEqual(self.send(f"uploadToDataset/{NOBODY}", ("file", "a", b"x")),
                         (400, f"Dataset with id={NOBODY} does not exist".encode()))
        self.assertEqual(self.send(f"uploadToDataset/{self.key}?folder_id={NOBODY}", ("file", "a", b"x"))[0], 400)
        body, kind = multipart(("file", "a", b"x"))
        self.assertEqual(self.post(f"uploadToDataset/{self.key}", body[:-8], Content_Type=kind)[0], 400)
        self.assertEqual(self.post(f"uploadToDataset/{self.key}", body)[0], 400)
        self.assertEqual((self.platform.files, os.listdir(self.platform.blobs)), ({}, []))

    def test_names_that_play_reads_in_its_own_way(self):
        for sent, kept in (('a\\"b', 'a"b'), ("a;b", "a;b"), ("a%22b", "a%22b"), ("dir\\a", "a"), (".ä/b", ".ä/b")):
            key = self.send(f"uploadToDataset/{self.key}", ("file", sent, b""))[1]["id"]
            self.assertEqual(self.get(f"files/{key}/metadata")[1]["filename"], kept)

    def test_bytes_come_whole_or_in_part(self):
        key = self.send(f"uploadToDataset/{self.key}", ("file", "a", b"0123456789"))[1]["id"]
        status, body, fields = self.ask("GET", f"/api/files/{key}")
        self.assertEqual((status, body, fields["Content-Length"]), (200, b"0123456789", None))
        for asked, said, part in (("bytes=3-5", "bytes 3-5/10", b"345"), ("bytes=8-", "bytes 8-9/10", b"89")):
            status, body, fields = self.ask("GET", f"/api/files/{key}/blob", Range=asked)
            self.assertEqual((status, body, fields["Content-Range"]), (206, part, said))
        self.assertEqual(self.get(f"files/{NOBODY}"), (400, b"Invalid file ID"))

    def test_files_in_folders(self):
        folder = self.platform.add_folder(self.key, "a")["id"]
        self.send(f"uploadToDataset/{self.key}?folder_id={folder}", ("file", "f", b"1"))
        self.assertEqual(self.get(f"datasets/{self.key}/files")[1][0]["folders"], {"id": folder, "name": "a"})
        self.assertEqual(self.platform.contents(self.key), {"a/f": b"1"})

    def test_bytes_are_there_later_than_the_answer(self):
        self.server.api.store_after = 0.3
        key = self.send(f"uploadToDataset/{self.key}", ("file", "a", b"123"))[1]["id"]
        self.assertEqual(self.get(f"datasets/{self.key}/files")[1][0]["size"], "3")
        self.assertEqual(self.get(f"files/{key}")[0], 404)
        time.sleep(0.35)
        self.assertEqual(self.get(f"files/{key}"), (200, b"123"))

    def test_bytes_that_are_never_there(self):
        for kind, status in (("lost-bytes", 404), ("short-bytes", 200)):
            self.server.faults.add(kind, "uploadToDataset")
            key = self.send(f"uploadToDataset/{self.key}", ("file", kind, b"123"))[1]["id"]
            found, body = self.get(f"files/{key}")
            self.assertEqual((found, self.get(f"files/{key}/metadata")[1]["size"]), (status, "3"))
            self.assertNotEqual(body, b"123")

    def test_server_paths_are_registered_where_that_is_allowed(self):
        place = self.enterContext(tempfile.TemporaryDirectory())
        path = pathlib.Path(place, "a.csv")
        path.write_bytes(b"123")
        text = json.dumps({"path": str(path)}).encode()
        self.assertEqual(self.send(f"uploadToDataset/{self.key}", ("file", None, text)), (400, b"No files uploaded"))
        self.server.api.sourcepaths = [place]
        outside = json.dumps({"path": __file__}).encode()
        self.assertEqual(list(self.send(f"uploadToDataset/{self.key}", ("file", None, text), ("file", None, outside))[1]), ["id"])
        self.assertEqual(self.platform.contents(self.key), {"a.csv": b"123"})
        self.assertEqual(self.send(f"uploadToDataset/{self.key}", ("file", None, b'{"path": "a"b"}'))[0], 500)
        self.assertTrue(path.exists())

    def test_the_archive(self):
        folder = self.platform.add_folder(self.key, "a")["id"]
        self.send(f"uploadToDataset/{self.key}?folder_id={folder}", ("file", "f ä", b"1"))
        self.send(f"uploadToDataset/{self.key}", ("file", "g", b""))
        status, body = self.get(f"datasets/{self.key}/download?bagit=true")
        bag = zipfile.ZipFile(io.BytesIO(body))
        self.assertEqual((status, bag.read("data/a/f ä"), bag.read("data/g")), (200, b"1", b""))
        self.assertEqual(bag.read("manifest-md5.txt").decode(),
                         "c4ca4238a0b923820dcc509a6f75849b a/f ä\nd41d8cd98f00b204e9800998ecf8427e g\n")


class Metadata(Bench):
    def test_it_is_kept_with_who_made_it(self):
        key = self.dataset()
        text = json.dumps({"agent": AGENT, "content": {}}).encode()
        file = self.send(f"uploadToDataset/{key}", ("file", "a", b""), ("a", None, text))[1]["id"]
        for path, held in ((f"datasets/{key}", 0), (f"files/{file}", 1)):
            body = {"@context": "https://example.com/c", "agent": AGENT, "content": {"a": 1}}
            self.assertEqual(self.post(path + "/metadata.jsonld", body), (200, "Metadata successfully added to db"))
            rows = self.get(path + "/metadata.jsonld")[1]
            self.assertEqual((len(rows), rows[-1]["content"], rows[-1]["@context"]), (held + 1, {"a": 1}, body["@context"]))
            self.assertEqual(self.ask("DELETE", f"/api/{path}/metadata.jsonld")[1], {"status": "success", "count": str(held + 1)})

    def test_without_a_maker_it_is_refused(self):
        key = self.dataset()
        for agent in (None, {}, {"@type": "cat:user"}, {"user_id": "x"}, "x"):
            self.assertEqual(self.post(f"datasets/{key}/metadata.jsonld", {"agent": agent, "content": {}}),
                             (400, "Creator data is missing or incorrect."))
        self.assertEqual(self.post(f"datasets/{key}/metadata.jsonld", {"@context": "no url", "agent": AGENT, "content": {}})[0], 500)
        self.assertEqual(self.post(f"files/{NOBODY}/metadata.jsonld", {"agent": AGENT, "content": {}})[0], 404)
        self.assertEqual(len(self.platform.metadata), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
