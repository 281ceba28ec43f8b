#!/usr/bin/env python3
"""pyclowder against the test server, in both of its versions, and the request sequence of the Dagster loader that is in use: so the
server stays as the platforms are."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/servers")]
from support import peers  # noqa: E402

peers.go_on_in("clowder")
from clowder_server import ClowderServer  # noqa: E402
import requests  # noqa: E402

FILES = {"a.csv": b"foofoo", "b ä.csv": b"bar\r\nbar", 'c "q" %22;.txt': b"1", "empty": b"", ".hidden": b"\0\xff"}
BEGIN = """
import json, sys
from pyclowder import datasets, files
from pyclowder.connectors import Connector
class Quiet(Connector):
    def status_update(self, *_): pass
c, host, key, place = Quiet("test", {}), *sys.argv[1:]
def answered(exception):
    return [exception.response.status_code, exception.response.text]
said = None
"""


class Bench(unittest.TestCase):
    version, options = "1", {}

    def setUp(self):
        self.server = self.enterContext(ClowderServer("v" + self.version, **self.options))
        self.platform = self.server.platform
        self.place = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="waybill-clowder-clients-")))
        for name, content in FILES.items():
            (self.place / name).write_bytes(content)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("CLOWDER_", "XDG_"))}
        self.env.update(CLOWDER_VERSION=self.version, HOME=str(self.place), TMPDIR=str(self.place))

    def python(self, script, key=None):
        """What `said` is in the end of a script."""
        done = subprocess.run([sys.executable, "-c", BEGIN + script + "\nprint(json.dumps(said))", self.server.url, key or self.server.key,
                               str(self.place)], env=self.env, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        return json.loads(done.stdout.splitlines()[-1])

    def upload_all(self, dataset, more=""):
        return self.python(f"said = [files.upload_to_dataset(c, host, key, '{dataset}', place + '/' + name{more})\n"
                           f"        for name in {list(FILES)!r}]")


class Version1(Bench):
    options = {"store_after": 0}

    def test_a_dataset_from_its_making_to_its_deletion(self):
        space = self.platform.add("spaces", name="s", description="")["id"]
        key = self.python(f"said = datasets.create_empty(c, host, key, 'demo ä', 'words', spaceid='{space}')")
        self.assertEqual((self.platform.datasets[key]["name"], self.platform.datasets[key]["spaces"]), ("demo ä", [space]))
        ids = self.upload_all(key)
        rows = self.python(f"said = datasets.get_file_list(c, host, key, '{key}')")
        sent = dict(zip(ids, FILES))
        self.assertEqual({row["id"]: int(row["size"]) for row in rows}, {i: len(FILES[name]) for i, name in sent.items()})
        self.assertEqual(self.python(f"said = datasets.get_info(c, host, key, '{key}')")["name"], "demo ä")
        self.assertEqual(self.python(f"said = files.download_info(c, host, key, '{ids[0]}')")["filename"], "a.csv")
        for file, name in sent.items():
            path = self.python(f"said = files.download(c, host, key, '{file}')")
            self.assertEqual(pathlib.Path(path).read_bytes(), FILES[name])
        self.assertEqual(self.python(f"said = files.delete(c, host, key, '{ids[0]}')"), {"status": "success"})
        self.assertEqual(self.python(f"said = datasets.delete(c, host, key, '{key}')"), {"status": "success"})
        self.assertEqual((self.platform.datasets, self.platform.files), ({}, {}))

    def test_names_arrive_as_requests_toolbelt_writes_them(self):
        key = self.platform.add_dataset("demo")["id"]
        self.upload_all(key)
        names = {name.replace('"', "%22"): content for name, content in FILES.items()}  # as browsers do; Play does not undo it
        self.assertEqual(self.platform.contents(key), names)

    def test_metadata(self):
        key = self.platform.add_dataset("demo")["id"]
        file = self.upload_all(key)[0]
        body = {"@context": "https://example.com/c", "agent": {"@type": "cat:user", "user_id": "http://x/1"}, "content": {"a": 1}}
        for kind, one in (("datasets", key), ("files", file)):
            rows = self.python(f"{kind}.upload_metadata(c, host, key, '{one}', {body!r})\n"
                               f"said = {kind}.download_metadata(c, host, key, '{one}')")
            self.assertEqual([(row["content"], row["attached_to"]["resource_type"]) for row in rows], [({"a": 1}, f"cat:{kind[:-1]}")])
        del body["agent"]
        said = self.python(f"try: datasets.upload_metadata(c, host, key, '{key}', {body!r})\nexcept Exception as e: said = answered(e)")
        self.assertEqual(said, [400, '"Creator data is missing or incorrect."'])
        self.python(f"datasets.remove_metadata(c, host, key, '{key}')")
        self.assertEqual(self.platform.all("metadata", resource=key), [])

    def test_a_wrong_key_and_the_place_of_the_right_one(self):
        said = self.python("try: datasets.create_empty(c, host, key, 'x', '')\nexcept Exception as e: said = answered(e)", "wrong")
        self.assertEqual(said, [401, "Not authorized"])
        self.assertEqual(self.server.leaks(), [])
        self.python("said = datasets.create_empty(c, host, key, 'x', '')")
        self.assertEqual(self.server.leaks(), ["api: POST /api/datasets/createempty?key=…"])  # this client has it in the URL

    def test_the_same_file_twice_is_two_files(self):
        key = self.platform.add_dataset("demo")["id"]
        script = f"said = files.upload_to_dataset(c, host, key, '{key}', place + '/a.csv')\n" * 2
        self.python(script)
        self.assertEqual(len(self.platform.files), 2)

    def test_an_answer_that_is_lost(self):
        key = self.platform.add_dataset("demo")["id"]
        self.server.faults.add("500-after", "uploadToDataset")
        said = self.python(f"try: files.upload_to_dataset(c, host, key, '{key}', place + '/a.csv')\n"
                           "except Exception as e: said = answered(e)[0]")
        self.assertEqual((said, self.platform.contents(key)), (500, {"a.csv": b"foofoo"}))

    def test_the_sequence_of_the_loader_in_use(self):
        """Space by name, a dataset in it, and one text field `file` for each path, as requests sends it."""
        self.server.api.sourcepaths = [str(self.place)]
        headers, root = {"X-API-Key": self.server.key}, self.server.url + "api/"
        for i in range(13):
            requests.post(root + "spaces", json={"name": f"s{i}", "description": ""}, headers=headers, timeout=5).raise_for_status()
        listed = requests.get(root + "spaces", headers=headers, timeout=5).json()
        self.assertNotIn("s0", [row["name"] for row in listed])  # and so it makes a second one
        made = requests.post(root + "datasets/createempty", json={"name": "demo", "description": "", "space": [listed[0]["id"]]},
                             headers=headers, timeout=5).json()["id"]
        fields = [("file", (None, '{"path":"%s"}' % (self.place / name))) for name in ("a.csv", "empty", "absent")]
        answer = requests.post(root + f"uploadToDataset/{made}?extract=true", files=fields, headers=headers, timeout=5).json()
        self.assertEqual([row["name"] for row in answer["ids"]], ["a.csv", "empty"])
        self.assertEqual(self.platform.contents(made), {"a.csv": b"foofoo", "empty": b""})
        quoted = requests.post(root + f"uploadToDataset/{made}", files=[("file", (None, '{"path":"a"b"}'))], headers=headers, timeout=5)
        self.assertEqual(quoted.status_code, 500)
        self.assertEqual(self.server.leaks(), [])


class Version2(Bench):
    version = "2"

    def test_making_a_dataset_fails_for_want_of_a_licence(self):
        said = self.python("try: datasets.create_empty(c, host, key, 'x', '')\nexcept Exception as e: said = answered(e)")
        self.assertEqual((said[0], json.loads(said[1])["detail"][0]["loc"]), (422, ["query", "license_id"]))

    def test_files_from_upload_to_deletion(self):
        key = self.platform.add_dataset("demo")["id"]
        folder = self.platform.add_folder(key, "in")["id"]
        ids = self.upload_all(key, f", folder_id='{folder}'")
        names = {f"in/{name}".replace('"', "%22"): content for name, content in FILES.items()}
        self.assertEqual(self.platform.contents(key), names)
        self.assertEqual(self.python(f"said = [row['bytes'] for row in datasets.get_file_list(c, host, key, '{key}')]"),
                         [len(content) for content in reversed(FILES.values())])
        for file, content in zip(ids, FILES.values()):
            path = self.python(f"said = files.download(c, host, key, '{file}')")
            self.assertEqual(pathlib.Path(path).read_bytes(), content)
        self.assertEqual(self.python(f"said = files.download_summary(c, host, key, '{ids[0]}')")["name"], "a.csv")
        archive = self.python(f"said = datasets.download(c, host, key, '{key}')")
        with zipfile.ZipFile(archive) as bag:
            self.assertEqual({path: bag.read("data/" + path) for path in names}, names)
        self.assertEqual(self.python(f"said = files.delete(c, host, key, '{ids[0]}')"), {"deleted": ids[0]})
        self.assertEqual(self.python(f"said = datasets.delete(c, host, key, '{key}')"), {"deleted": key})
        self.assertEqual((self.platform.datasets, self.platform.files, self.server.leaks()), ({}, {}, []))

    def test_a_listing_stops_at_ten(self):
        key = self.platform.add_dataset("demo")["id"]
        for _ in range(3):
            self.upload_all(key)
        self.assertEqual(self.python(f"said = len(datasets.get_file_list(c, host, key, '{key}'))"), 10)

    def test_metadata(self):
        key = self.platform.add_dataset("demo")["id"]
        body = {"@context": [{"a": "https://example.com/a"}], "content": {"a": 1}}
        rows = self.python(f"datasets.upload_metadata(c, host, key, '{key}', {body!r})\n"
                           f"said = datasets.download_metadata(c, host, key, '{key}')")
        self.assertEqual([(row["content"], row["@context"]) for row in rows], [(body["content"], body["@context"])])
        said = self.python(f"try: datasets.upload_metadata(c, host, key, '{key}', {{'content': {{}}}})\n"
                           "except Exception as e: said = answered(e)")
        self.assertEqual((said[0], json.loads(said[1])), (400, {"detail": "Context is required"}))

    def test_a_wrong_key(self):
        key = self.platform.add_dataset("demo")["id"]
        said = self.python(f"try: datasets.get_info(c, host, key, '{key}')\nexcept Exception as e: said = answered(e)", "wrong")
        self.assertEqual((said[0], json.loads(said[1])), (401, {"detail": {"error": "Key is invalid."}}))


if __name__ == "__main__":
    unittest.main(verbosity=2)
