#!/usr/bin/env python3
"""The Valohai test server answers what the platform answers, refuses what it must, and spoils what it is asked to."""
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
from urllib.parse import urlsplit

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent)]
import fault_plan  # noqa: E402
from valohai_api import KINDS  # noqa: E402
from valohai_server import ValohaiServer  # noqa: E402

NOBODY = "00000000-0000-0000-0000-000000000000"
SCRIPT = str(pathlib.Path(__file__).with_name("valohai_server.py"))


class Bench(unittest.TestCase):
    options = {}

    def setUp(self):
        self.server = self.enterContext(ValohaiServer(**self.options))
        self.platform = self.server.platform

    def ask(self, method, target, body=None, token=..., address=None, **fields):
        """(status, JSON or bytes, fields) of one request with the right token, another one, or None."""
        token = self.server.token if token is ... else token
        headers = {"Authorization": f"Token {token}"} if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(address or urlsplit(self.server.url).netloc, timeout=10)
        try:
            content = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
            connection.request(method, target, content, {**headers, **{name.replace("_", "-"): v for name, v in fields.items()}})
            answer = connection.getresponse()
            content = answer.read()
            is_json = answer.headers["Content-Type"] == "application/json" and content
            return answer.status, json.loads(content) if is_json else content, answer.headers
        finally:
            connection.close()

    def get(self, path, **options):
        return self.ask("GET", "/api/v0/" + path, **options)[:2]

    def post(self, path, body, **options):
        return self.ask("POST", "/api/v0/" + path, body, **options)[:2]

    def dataset(self, name="demo", files=()):
        """A dataset with one version of these data."""
        dataset = self.platform.add("datasets", {"name": name})
        data = [self.platform.add_bytes(file, file.encode()) for file in files]
        return dataset, self.platform.add_version(dataset, "v1", [datum["id"] for datum in data])


class Doors(Bench):
    def test_without_the_right_token_nothing_is_told(self):
        for token, detail in ((None, "Authentication credentials were not provided."), ("wrong", "Invalid token.")):
            for method, path in (("GET", "users/me/"), ("GET", "data/"), ("POST", "dataset-versions/"), ("GET", "nothing/")):
                status, body, fields = self.ask(method, "/api/v0/" + path, token=token)
                self.assertEqual((status, body, fields["WWW-Authenticate"]), (401, {"detail": detail}, "Token"))
        self.assertEqual(self.ask("GET", "/api/v0/users/me/", token=None, Authorization=f"Bearer {self.server.token}")[0], 401)
        self.assertEqual({entry["token"] for entry in self.server.entries}, {"none", "wrong"})
        self.assertEqual(self.get("users/me/")[0], 200)

    def test_the_token_is_in_no_record_and_is_noticed_in_wrong_places(self):
        token, blobs = self.server.token, self.server.blobs.address.removeprefix("http://")
        self.get("users/me/")
        self.assertEqual(self.server.leaks(), [])
        self.assertEqual(self.ask("GET", "/blobs/x", address=blobs)[0], 400)
        self.ask("GET", "/blobs/x", address=blobs, token=None, X_Other=f"a {token}")
        self.ask("GET", f"/api/v0/data/?name={token}")
        self.ask("POST", "/api/v0/datasets/", {"name": token})
        self.assertEqual([leak.split(":")[0] for leak in self.server.leaks()], ["blobs", "blobs", "api", "api"])
        self.assertNotIn(token, json.dumps(self.server.entries))

    def test_unknown_things_and_methods(self):
        for path in (f"datasets/{NOBODY}/", f"dataset-versions/{NOBODY}/", f"data/{NOBODY}/", f"data/{NOBODY}/download/", f"data/{NOBODY}",
                     f"executions/{NOBODY}/", f"executions/{NOBODY}:1/", f"projects/{NOBODY}/", "datum-aliases/resolve/?name=x", "x/"):
            self.assertEqual(self.get(path), (404, {"detail": "Not found."}), path)
        self.assertEqual(self.ask("DELETE", "/api/v0/datasets/")[:2], (405, {"detail": 'Method "DELETE" not allowed.'}))
        status, _, fields = self.ask("GET", "/api/v0/datasets?name=a")
        self.assertEqual((status, fields["Location"]), (301, "/api/v0/datasets/?name=a"))
        self.assertEqual(self.ask("POST", "/api/v0/datasets", {"name": "a"})[0], 404)

    def test_a_login_with_a_password(self):
        form = b"username=tester&password=secret"
        self.assertEqual(self.post("get-token/", form, token=None)[0], 400)
        self.server.api.password = "secret"
        self.assertEqual(self.post("get-token/", form, token=None), (200, {"token": self.server.token}))
        self.server.api.login_code = "has_2fa"
        self.assertEqual(self.post("get-token/", form, token=None)[1]["code"], "has_2fa")

    def test_what_is_no_http_is_refused(self):
        for method, fields in (("GET", {"X": "a\x01b"}), ("POST", {"Transfer_Encoding": "chunked"})):
            self.assertEqual(self.ask(method, "/api/v0/data/", **fields)[0], 400)
        self.assertEqual([entry["fault"][:8] for entry in self.server.entries], ["not HTTP"] * 2)


class Lists(Bench):
    options = {"largest_page": 3}

    def setUp(self):
        super().setUp()
        self.execution, other = self.platform.add_execution(), self.platform.add_execution()
        self.names = [f"{i}.csv" for i in range(7)]
        for name in self.names:
            self.platform.add_bytes(name, name.encode(), execution=self.execution)
        self.platform.add_bytes("other.csv", b"", execution=other)

    def of_execution(self, more=""):
        return f"data/?output_execution={self.execution['id']}&ordering=id{more}"

    def test_pages_lead_to_each_other_and_limits_are_cut(self):
        url, names, previous = f"/api/v0/{self.of_execution('&limit=1000')}", [], []
        while url:
            status, page, _ = self.ask("GET", url)
            self.assertEqual((status, page["count"], list(page)), (200, 7, ["count", "next", "previous", "results"]))
            self.assertTrue(page["next"] is None or page["next"].startswith(self.server.url))
            self.assertLessEqual(len(page["results"]), 3)
            names += [datum["name"] for datum in page["results"]]
            previous.append(page["previous"] is None)
            url = page["next"] and page["next"].removeprefix(self.server.url.rstrip("/"))
        self.assertEqual((names, previous), (self.names, [True, False, False]))
        self.assertEqual(self.get(self.of_execution("&offset=100"))[1]["results"], [])
        self.assertIsNone(self.get(self.of_execution("&offset=4&limit=3"))[1]["next"])
        self.assertIsNone(self.get(self.of_execution("&no_count=true"))[1]["count"])

    def test_filters(self):
        self.platform.purge(self.platform.one("data", name="0.csv"))
        _, page = self.get(self.of_execution("&purged=false&exclude=output_execution%2Cproject"))
        self.assertEqual([datum["name"] for datum in page["results"]], self.names[1:4])
        self.assertFalse({"output_execution", "project"} & set(page["results"][0]))
        self.assertEqual(self.get("data/?name=5.csv")[1]["count"], 1)
        self.assertEqual(self.get(f"data/?output_execution={NOBODY}")[1]["count"], 0)
        self.assertEqual(self.get("data/?output_execution=")[1]["count"], 8)  # an empty filter is none: all data of the account
        self.assertEqual(self.get("data/?ordering=-id&limit=1")[1]["results"][0]["name"], "other.csv")
        for query, field in (("output_executions=x", "output_executions"), ("output_execution=x", "output_execution"),
                             ("limit=x", "limit"), ("ordering=colour", "ordering")):
            status, body = self.get("data/?" + query)
            self.assertEqual((status, list(body), set(body[field][0])), (400, [field], {"code", "message"}))

    def test_a_datum_with_and_without_a_slash(self):
        datum = self.platform.one("data", name="1.csv")
        for path in (f"data/{datum['id']}", f"data/{datum['id']}/"):
            self.assertEqual(self.get(path), (200, datum))
        self.assertEqual(len(self.get(f"executions/{self.execution['id']}/outputs/")[1]), 7)
        self.assertEqual(self.get(f"executions/{self.platform.project['id']}:latest/?exclude=outputs")[1]["counter"], 2)

    def test_strange_pages(self):
        for kind in ("no-next", "same-page", "next-elsewhere"):
            self.server.faults.add(kind, "data")
        pages = [self.get(self.of_execution("&limit=2&offset=2"))[1] for _ in range(3)]
        first = [[datum["name"] for datum in page["results"]] for page in pages]
        self.assertEqual(first, [self.names[2:4], self.names[:2], self.names[2:4]])
        self.assertEqual([list(page) for page in pages[:2]], [["results"]] * 2)
        self.assertTrue(pages[2]["next"].startswith(self.server.blobs.address))

    def test_bytes_come_from_another_host_once_signed(self):
        datum = self.platform.one("data", name="1.csv")
        url = self.get(f"data/{datum['id']}/download/")[1]["url"]
        parts = urlsplit(url)
        self.assertEqual((parts.hostname, parts.port != self.server.site.number), ("localhost", True))
        address, target = parts.netloc, f"{parts.path}?{parts.query}"
        self.assertEqual(self.ask("GET", target, token=None, address=address)[1], b"1.csv")
        self.assertEqual(self.ask("GET", parts.path, token=None, address=address)[0], 403)
        self.assertEqual(self.ask("GET", target[:-1], token=None, address=address)[0], 403)
        self.server.api.downloads = "stream"
        _, body, fields = self.ask("GET", f"/api/v0/data/{datum['id']}/download/")
        self.assertEqual((body, fields["Content-Disposition"].split(";")[0]), (b"1.csv", "attachment"))
        self.post(f"data/{datum['id']}/purge/", {})
        self.assertEqual(self.get(f"data/{datum['id']}/download/")[0], 404)


class Datasets(Bench):
    def test_making_and_finding(self):
        self.assertEqual(self.post("datasets/", {"name": "demo"})[0], 201)
        self.assertEqual(self.post("datasets/", {"name": "demo"})[1]["name"][0]["code"], "unique")
        self.assertEqual(self.post("datasets/", {"name": ""})[1]["name"][0]["code"], "blank")
        self.assertEqual(self.post("datasets/", {})[1]["name"][0]["code"], "required")
        dataset = self.get("datasets/?name=demo")[1]["results"][0]
        self.assertIsNone(self.get(f"datasets/{dataset['id']}/")[1]["latest_version"])

    def test_a_version_is_made_of_data_and_is_the_latest(self):
        dataset, version = self.dataset(files=["a", "b/c"])
        files = self.get(f"dataset-versions/{version['id']}/")[1]["files"]
        self.assertEqual([file["datum"]["name"] for file in files], ["a", "b/c"])
        self.assertEqual(set(files[0]["datum"]), {"id", "name", "size", "md5", "sha1", "sha256", "purged", "uri"})
        body = {"previous_version": version["id"], "name": "v2", "dataset": dataset["id"], "files": [{"datum": files[1]["datum"]["id"]}]}
        status, made = self.post("dataset-versions/", body)
        self.assertEqual((status, made["previous_version"], made["files"][0]["datum"]["name"]), (201, version["id"], "b/c"))
        self.assertEqual(self.get(f"datasets/{dataset['id']}/")[1]["latest_version"], {"id": made["id"], "name": "v2"})
        self.assertEqual(self.get(f"dataset-versions/?dataset={dataset['id']}")[1]["count"], 2)

    def test_bad_versions_are_refused_and_not_made(self):
        dataset, version = self.dataset(files=["a"])
        other, of_other = self.dataset("other", ["a"])
        datum, namesake = (v["files"][0]["datum"] for v in (version, of_other))
        good = {"previous_version": version["id"], "name": "v2", "dataset": dataset["id"], "files": [{"datum": datum}]}
        for change, field in (({"name": "v1"}, "name"), ({"name": "a/b"}, "name"), ({"name": ""}, "name"), ({"name": None}, "name"),
                              ({"dataset": NOBODY}, "dataset"), ({"previous_version": of_other["id"]}, "previous_version"),
                              ({"previous_version": NOBODY}, "previous_version"), ({"files": {}}, "files"), ({"files": [datum]}, "files"),
                              ({"files": [{"datum": NOBODY}]}, "files"), ({"files": [{"datum": [1]}]}, "files"),
                              ({"files": [{"datum": datum}] * 2}, "files"), ({"files": [{"datum": datum}, {"datum": namesake}]}, "files"),
                              ({"exclude": []}, "exclude")):
            status, body = self.post("dataset-versions/", {**good, **change})
            self.assertEqual((status, list(body)), (400, [field]), change)
        for missing in ("name", "dataset", "files"):
            status, body = self.post("dataset-versions/", {k: v for k, v in good.items() if k != missing})
            self.assertEqual((status, body[missing][0]["code"]), (400, "required"))
        self.assertEqual(self.post("dataset-versions/", b'{"a":')[0], 400)
        self.assertEqual(self.post("dataset-versions/", [1])[1]["non_field_errors"][0]["code"], "invalid")
        self.assertEqual(self.ask("POST", "/api/v0/dataset-versions/", b"{}", Content_Type="text/plain")[0], 415)
        self.assertEqual(len(self.platform.dataset_versions), 2)
        self.assertEqual(self.platform.versions_of(other), [of_other])


class Faults(Bench):
    def test_each_kind(self):
        self.server.site.stall = 0.05
        whole = self.get("users/me/")[1]
        statuses = {"500": 500, "503": 503, "503-retry-after": 503, "429": 429, "429-retry-after": 429, "500-after": 500,
                    "html": 200, "redirect": 302, "stall": 200, "slow": 200, "no-next": 200, "same-page": 200, "next-elsewhere": 200}
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.server.faults.add(kind, "users/me")
                if kind in statuses:
                    status, body, fields = self.ask("GET", "/api/v0/users/me/")
                    self.assertEqual((status, "Retry-After" in fields), (statuses[kind], kind.endswith("retry-after")))
                    html = bytes(body).startswith(b"<!DOCTYPE html>") if isinstance(body, bytes) else False
                    self.assertEqual(html, kind == "html" or status >= 500)
                    self.assertIn(body, [whole] if status == 200 and not html else [body])
                else:
                    with self.assertRaises((http.client.HTTPException, OSError)):
                        self.ask("GET", "/api/v0/users/me/") if kind != "silent" else self.wait_in_vain()
                self.assertEqual(self.server.entries[-1]["fault"], kind)
                self.assertEqual(self.get("users/me/"), (200, whole))  # once each
        self.assertRaises(ValueError, self.server.faults.add, "flip-answer")
        self.server.faults.add("500", times=9)
        self.server.faults.clear()
        self.assertEqual(self.get("users/me/"), (200, whole))

    def wait_in_vain(self):
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=0.3)
        self.addCleanup(connection.close)
        connection.request("GET", "/api/v0/users/me/")
        connection.getresponse()

    def test_what_was_done_before_the_answer_was_lost_is_done(self):
        for kind, made in (("drop-before", 0), ("500", 0), ("drop-after", 1), ("500-after", 2)):
            self.server.faults.parse(f"{kind}*1 POST /api/v0/datasets/")
            try:
                self.post("datasets/", {"name": kind})
            except (http.client.HTTPException, OSError):
                pass
            self.assertEqual(len(self.platform.datasets), made, kind)

    def test_a_plan_is_repeated_by_its_seed(self):
        met = []
        for _ in range(2):
            plan = fault_plan.Plan(0.5, 7, ["500", "429"])
            with ValohaiServer(plan=plan) as server:
                self.server = server
                met.append([self.get("users/me/")[0] for _ in range(20)])
        self.assertEqual(met[0], met[1])
        self.assertEqual(set(met[0]), {200, 500, 429})


class Program(unittest.TestCase):
    def test_it_keeps_its_state_and_reports_leaks_by_its_exit_code(self):
        with tempfile.TemporaryDirectory() as place:
            bench, state = Bench(), pathlib.Path(place) / "state"
            for name, leak, code in (("one", False, 0), ("two", True, 1)):
                command = [sys.executable, SCRIPT, "--state", state, "--port-file", f"{place}/port", "--log", f"{place}/log"]
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                           text=True)
                port = process.stdout.readline().strip()
                self.assertEqual(port, (pathlib.Path(place) / "port").read_text().strip())
                token = (state / "token").read_text()
                self.assertEqual(os.stat(state / "token").st_mode & 0o777, 0o600)
                found = bench.ask("POST", "/api/v0/datasets/", {"name": name}, token=token, address=f"127.0.0.1:{port}")
                self.assertEqual(found[0], 201)
                if leak:
                    bench.ask("GET", f"/api/v0/data/?name={token}", token=token, address=f"127.0.0.1:{port}")
                process.send_signal(signal.SIGTERM) if not leak else process.stdin.close()
                self.assertEqual(process.wait(10), code)
                process.stdout.close(), process.stderr.close()
                if not leak:
                    process.stdin.close()
            saved = json.loads((state / "state.json").read_text())
            self.assertEqual([d["name"] for d in saved["datasets"].values()], ["one", "two"])
            self.assertEqual(len((pathlib.Path(place) / "log").read_text().splitlines()), 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
