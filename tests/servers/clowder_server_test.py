#!/usr/bin/env python3
"""The Clowder test server, whichever version: it keeps the key to itself, spoils what it is asked to, and records everything."""
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
from urllib.parse import urlsplit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import fault_plan  # noqa: E402
from clowder_api import KINDS  # noqa: E402
from clowder_bench import Bench, multipart  # noqa: E402
from clowder_server import ClowderServer  # noqa: E402
from site_faults import BODY_KINDS
from site_faults import KINDS as SITE_KINDS  # noqa: E402
from site_host import Request  # noqa: E402

SCRIPT = str(pathlib.Path(__file__).with_name("clowder_server.py"))
LOST = (http.client.HTTPException, OSError)


class Record(Bench):
    def test_the_key_is_in_no_record_and_is_noticed_in_wrong_places(self):
        key, blobs = self.server.key, self.server.blobs.address.removeprefix("http://")
        self.get("datasets")
        self.assertEqual(self.server.leaks(), [])
        self.assertEqual(self.ask("GET", "/clowder/x", address=blobs)[0], 400)
        self.ask("GET", "/clowder/x", address=blobs, key=None, X_Other=f"a {key}")
        self.ask("GET", f"/api/datasets?title={key}")
        self.ask("GET", "/api/datasets", Authorization=f"Bearer {key}")
        self.post("datasets/createempty", {"name": key})
        self.send(f"uploadToDataset/{self.dataset()}", ("file", "a", b"x" * 300_000 + key.encode()))
        self.assertEqual([leak.split(":")[0] for leak in self.server.leaks()], ["blobs"] * 2 + ["api"] * 4)
        self.assertNotIn(key, json.dumps(self.server.entries))

    def test_the_key_is_noticed_wherever_blocks_end(self):
        for blocks, tells in ((["a", "se", "cret", "b"], True), (["secret", "x" * 100, "y"], True), (["sec", "", "re", "t"], True),
                              (["secre", "secre"], False)):
            request = Request("POST", "/", [])
            for block in blocks:
                request.take(block.encode(), b"secret")
            self.assertEqual((request.tells, request.body), (tells, "".join(blocks).encode()))
            request.content.close()

    def test_uploads_are_recorded_without_their_bytes(self):
        self.send(f"uploadToDataset/{self.dataset()}", ("file", "a", b"123"), ("t", None, b"text"))
        entry = self.server.entries[-1]
        self.assertEqual((entry["parts"], entry["body"], entry["token"], entry["status"]),
                         ([["file", "a", 3], ["t", None, 4]], "", "right", 200))
        self.assertEqual(entry["size"], len(multipart(("file", "a", b"123"), ("t", None, b"text"))[0]))

    def test_a_redirect_leads_to_a_host_that_must_not_see_the_key(self):
        self.server.faults.add("redirect", "datasets")
        status, _, fields = self.ask("GET", "/api/datasets?limit=3")
        where = urlsplit(fields["Location"])
        self.assertEqual((status, where.hostname, where.path, where.query), (302, "localhost", "/api/datasets", "limit=3"))
        self.assertEqual(self.ask("GET", where.path, key=None, address=where.netloc)[0], 403)
        self.assertEqual(self.server.leaks(), [])
        for key in (self.server.key, "wrong"):
            self.assertEqual(self.ask("GET", where.path, key=key, address=where.netloc)[0], 400)
        self.assertEqual(len(self.server.leaks()), 2)


class Faults(Bench):
    options = {"store_after": 0}
    statuses = {"500": 500, "503": 503, "503-retry-after": 503, "429": 429, "429-retry-after": 429, "500-after": 500, "html": 200,
                "redirect": 302, "stall": 200, "slow": 200}

    def setUp(self):
        super().setUp()
        self.key = self.dataset()

    def upload(self):
        return self.send(f"uploadToDataset/{self.key}", ("file", "a", b"123"))

    def test_each_kind_of_all_servers(self):
        self.server.site.stall = 0.05
        whole = self.get("version")[1]
        for kind in SITE_KINDS:
            with self.subTest(kind=kind):
                self.server.faults.add(kind, "version")
                if kind in self.statuses:
                    status, body, fields = self.ask("GET", "/api/version")
                    self.assertEqual((status, "Retry-After" in fields), (self.statuses[kind], kind.endswith("retry-after")))
                    self.assertIn(body, [whole] if kind in ("stall", "slow") else [body])
                else:
                    self.assertRaises(LOST, self.ask if kind != "silent" else self.wait_in_vain, "GET", "/api/version")
                self.assertEqual(self.server.entries[-1]["fault"], kind)
                self.assertEqual(self.get("version"), (200, whole))  # once each
        self.assertEqual(set(KINDS) - set(SITE_KINDS) - set(BODY_KINDS), {"lost-bytes", "short-bytes", "status-error", "first-only"})
        self.assertRaises(ValueError, self.server.faults.add, "flip-answer")

    def wait_in_vain(self, method, path, body=b"x" * 1000):
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=0.3)
        self.addCleanup(connection.close)
        connection.request(method, path, body)
        connection.getresponse()

    def test_who_repeats_blindly_makes_a_duplicate(self):
        for kind, made in (("drop-before", 1), ("500", 1), ("drop-after", 2), ("500-after", 2), ("truncate", 2), ("wrong-length", 2)):
            with self.subTest(kind=kind):
                self.server.faults.add(kind, "uploadToDataset")
                try:
                    self.upload()
                except LOST:
                    pass
                self.assertEqual(self.upload()[0], 200)
                self.assertEqual([path for path, _, _ in self.platform.sums(self.key)], ["a"] * made)
                self.assertEqual(len(self.get(f"datasets/{self.key}/files")[1]), made)
                for file in list(self.platform.files.values()):
                    self.platform.remove_file(file)

    def test_uploads_that_are_not_read_to_their_end(self):
        self.server.faults.add("deaf", "POST")
        self.assertRaises(socket.timeout, self.wait_in_vain, "POST", f"/api/uploadToDataset/{self.key}")
        self.server.faults.add("cut-request", "POST")
        self.assertRaises(LOST, self.wait_in_vain, "POST", f"/api/uploadToDataset/{self.key}")
        self.assertEqual([(entry["fault"], entry["size"]) for entry in self.server.entries], [("deaf", 500), ("cut-request", 500)])
        self.assertEqual((self.upload()[0], len(self.platform.files)), (200, 1))

    def test_a_fault_may_be_asked_for_from_outside(self):
        self.assertEqual(self.ask("POST", "/_faults", {"fault": "500*2 version"}, key=None)[0], 200)
        self.assertEqual([self.get("version")[0] for _ in range(3)], [500, 500, 200])
        self.assertEqual(self.ask("POST", "/_faults", {"fault": "nothing"}, key=None)[0], 400)

    def test_a_plan_is_repeated_by_its_seed(self):
        met = []
        for _ in range(2):
            with ClowderServer("v1", plan=fault_plan.Plan(0.5, 7, ["500", "429"])) as self.server:
                met.append([self.get("version")[0] for _ in range(20)])
        self.assertEqual(met[0], met[1])
        self.assertEqual(set(met[0]), {200, 500, 429})


class Load(Bench):
    options = {"store_after": 0}

    def test_uploads_are_read_at_the_same_time(self):
        body, kind = multipart(("file", "a", b"1" * 1000))
        connections = [socket.create_connection(urlsplit(self.server.url).netloc.split(":")) for _ in range(4)]
        head = (f"POST /api/uploadToDataset/{self.dataset()} HTTP/1.1\r\nHost: x\r\nX-API-Key: {self.server.key}\r\n"
                f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode()
        for connection in connections:
            connection.sendall(head + body[:500])
        self.assertEqual(self.get("version")[0], 200)  # nobody waits for those that are still being sent
        for connection in reversed(connections):
            connection.sendall(body[500:])
            self.assertTrue(connection.makefile("rb").read().startswith(b"HTTP/1.1 200"))
            connection.close()
        self.assertEqual(len(self.platform.files), 4)

    def test_a_large_file_passes_through_little_memory(self):
        script = ("import sys, resource; sys.path.insert(0, sys.argv[1]); from clowder_server import main\n"
                  "sys.argv = ['x', '--api', 'v1', '--store-after', '0', '--state', sys.argv[2]]\n"
                  "try: main()\nfinally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)")
        place = self.enterContext(tempfile.TemporaryDirectory())
        process = subprocess.Popen([sys.executable, "-c", script, str(pathlib.Path(SCRIPT).parent), place],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        address, key = f"127.0.0.1:{process.stdout.readline().strip()}", pathlib.Path(place, "key").read_text(encoding="ascii")
        made = self.ask("POST", "/api/datasets/createempty", {"name": "d"}, key=key, address=address)[1]["id"]
        head, tail = (part + b"\r\n" for part in multipart(("file", "a", b"<>"))[0].split(b"<>\r\n"))
        size, block = 100 << 20, b"x" * (1 << 20)
        blocks = [head[:-2], *[block] * 100, b"\r\n", tail[:-2]]
        length = {"Content-Length": str(sum(map(len, blocks))), "Content-Type": "multipart/form-data; boundary=x1y2"}
        connection = http.client.HTTPConnection(address, timeout=60)
        connection.request("POST", f"/api/uploadToDataset/{made}", iter(blocks), {**length, "X-API-Key": key})
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        self.assertEqual(self.ask("GET", f"/api/datasets/{made}/files", key=key, address=address)[1][0]["size"], str(size))
        _, said = process.communicate(timeout=20)
        self.assertLess(int(said.split()[-1]), 60 << 10)  # KiB


class Tls(Bench):
    options = {"tls": True}

    def test_only_who_trusts_the_certificate_is_answered(self):
        url = self.server.url + "api/version"
        self.assertTrue(url.startswith("https://127.0.0.1:"))
        with self.assertRaisesRegex(urllib.error.URLError, "CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(url, timeout=10)
        self.assertEqual(self.server.entries, [])
        for context in (ssl.create_default_context(cafile=self.server.ca), ssl._create_unverified_context()):
            with urllib.request.urlopen(url, timeout=10, context=context) as answer:
                self.assertIn("version", json.load(answer))


class Program(unittest.TestCase):
    def test_it_keeps_its_state_and_reports_leaks_by_its_exit_code(self):
        with tempfile.TemporaryDirectory() as place:
            bench, state = Bench(), pathlib.Path(place) / "state"
            for name, leak, code in (("one", False, 0), ("two", True, 1)):
                command = [sys.executable, SCRIPT, "--api", "v2", "--state", state, "--port-file", f"{place}/port", "--log", f"{place}/log",
                           "--fault", "500-after POST"]
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                port = process.stdout.readline().strip()
                self.assertEqual(port, (pathlib.Path(place) / "port").read_text().strip())
                key, target = (state / "key").read_text(), "/api/v2/datasets?license_id=x"
                self.assertEqual(os.stat(state / "key").st_mode & 0o777, 0o600)
                where = {"key": key, "address": f"127.0.0.1:{port}"}
                self.assertEqual([bench.ask("POST", target, {"name": name}, **where)[0] for _ in range(2)], [500, 200])
                if leak:
                    bench.ask("GET", f"/api/v2/datasets?name={key}", **where)
                    process.stdin.close()
                else:
                    process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(10), code)
                for stream in (process.stdin, process.stdout, process.stderr):
                    stream.close()
            saved = json.loads((state / "state.json").read_text())
            self.assertEqual([d["name"] for d in saved["datasets"].values()], ["one", "one", "two", "two"])
            lines = [json.loads(line) for line in (pathlib.Path(place) / "log").read_text().splitlines()]
            self.assertEqual([(line["n"], line["fault"], line["leak"]) for line in lines],
                             [(1, "500-after", False), (2, None, False), (1, "500-after", False), (2, None, False), (3, None, True)])

    def test_wrong_arguments(self):
        for more, said in ((["--fault", "flip-answer"], "no flip-answer"), (["--kinds", "flip-request"], "no flip-request"),
                           (["--api", "v3"], "invalid choice")):
            done = subprocess.run([sys.executable, SCRIPT, "--api", "v1", "--state", "/nowhere", *more], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 2)
            self.assertTrue(re.search(said, done.stderr), done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
