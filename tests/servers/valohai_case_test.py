#!/usr/bin/env python3
"""Recorded cases: the test server gives the published programs what they got, and tests/support/valohai_case.py sees what differs.

The requests are those the published programs sent, byte for byte but for the address; the outputs are laid out as they left them.
"""
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import types
import unittest
from urllib.parse import parse_qs, urlsplit

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1])]
from support import peers, valohai_case  # noqa: E402
from support.valohai_case import MANIFEST, ValohaiCase  # noqa: E402

PROGRAM = peers.ROOT / "tests/servers/valohai_server.py"
PUBLISHED_HEAD = ("Accept: */*", "Accept-Encoding: gzip, deflate", "Connection: close", "User-Agent: python-httpx/0.28.1",
                  "Authorization: Token t0ken")


def exchange(server, raw):
    """(status, body) of a raw request that asks for the connection to be closed."""
    with socket.create_connection(("127.0.0.1", server.site.number), timeout=10) as connection:
        connection.sendall(raw)
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def send(case, line):
    return exchange(case.server, "\r\n".join([line, f"Host: 127.0.0.1:{case.server.site.number}", *PUBLISHED_HEAD, "", ""]).encode())


def post(case, raw):
    head, _, body = raw.replace("HOST:PORT", f"127.0.0.1:{case.server.site.number}").partition("\r\n\r\n")
    return exchange(case.server, (head.replace("keep-alive", "close") + "\r\n\r\n" + body).encode())


def replay_phase1(case):
    """Does what the published phase 1 did; answers of the API as it read them."""
    recorded = case.case["phase1"]
    answers = [send(case, line) for line in recorded["requests"]]
    for file in recorded["outputs"]:
        content = recorded["manifest_bytes"] if file["name"] == MANIFEST else case.case["new"][file["name"]]
        (case.outputs / file["name"]).write_bytes(content.encode())
    for name in set(case.case["new"]) - set(recorded["left_in_content_dir"]):
        (case.content / name).unlink()
    return answers


def replay_phase2(case, post_raw=None):
    """The answers to its GETs, and that to its POST."""
    recorded = case.case["phase2"]
    case.prepare_phase2()
    answers = [send(case, line) for line in recorded["requests"] if line.startswith("GET")]
    return answers, post(case, post_raw or recorded["post_raw"]) if "post_raw" in recorded else None


class Cases(unittest.TestCase):
    def test_the_published_programs_get_what_they_got(self):
        self.assertEqual(len(valohai_case.names()), 23)
        for name in valohai_case.names():
            with self.subTest(case=name), ValohaiCase(name) as case:
                answers, api = replay_phase1(case), case.case["api"]
                missing = name == "21-dataset-404"
                self.assertEqual([status for status, _ in answers], [404] if missing else [200] * len(answers))
                if answers[0][0] == 200:
                    self.assertEqual({k: json.loads(answers[0][1])[k] for k in api["dataset"]}, api["dataset"])
                for _, body in answers[1:]:
                    self.assertEqual({k: json.loads(body)[k] for k in api["version"]}, api["version"])
                self.assertEqual(case.phase1_differences(case.case["phase1"]["exit"], moved=True), [])

    def test_the_published_phase_2_gets_its_pages_and_its_version(self):
        for name in valohai_case.names():
            recorded = valohai_case.load(name).get("phase2")
            if not recorded:
                continue
            with self.subTest(case=name), ValohaiCase(name) as case:
                pages, made = replay_phase2(case)
                listed = [datum for _, body in pages for datum in json.loads(body)["results"]]
                if recorded["requests"] and "output_execution=&" not in recorded["requests"][0]:
                    self.assertEqual([{k: v for k, v in datum.items() if k != "ctime"} for datum in listed], recorded["api_data"])
                if made:
                    body = json.loads(made[1])
                    self.assertEqual(made[0], 201 if recorded["exit"] == 0 else 400)
                    if recorded["exit"] == 0:
                        self.assertIn(body["id"], recorded["stdout"])
                self.assertEqual(case.phase2_differences(recorded["exit"]), [])
                self.assertEqual(case.phase2_differences(recorded["exit"], exact=False), [])

    def test_an_empty_filter_gives_all_data_of_the_account(self):
        with ValohaiCase("20-no-execution-id") as case:
            line = case.case["phase2"]["requests"][0]
            self.assertEqual(parse_qs(urlsplit(line.split()[1]).query, keep_blank_values=True)["output_execution"], [""])
            listed = {datum["id"] for datum in json.loads(send(case, line)[1])["results"]}
            self.assertLess({datum["id"] for datum in case.case["phase2"]["api_data"]}, listed)


class Program(unittest.TestCase):
    def test_a_case_is_served_from_the_command_line_with_its_faults(self):
        command = [sys.executable, PROGRAM, "--case", valohai_case.VECTORS / "22-post-400.json", "--fault", "503*2 GET .*/data/"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        case = types.SimpleNamespace(server=types.SimpleNamespace(site=types.SimpleNamespace(number=int(process.stdout.readline()))))
        recorded = valohai_case.load("22-post-400")["phase2"]
        self.assertEqual([send(case, recorded["requests"][0])[0] for _ in range(3)], [503, 503, 200])
        self.assertEqual(post(case, recorded["post_raw"]), (400, b'{"name":[{"code":"unique","message":"taken"}]}'))
        process.stdin.close()
        self.assertEqual(process.wait(10), 0)

    def test_calls_that_make_no_sense_are_refused(self):
        place = self.enterContext(tempfile.TemporaryDirectory())
        for arguments in ((), ("--case", "y"), ("--kinds", "all"), ("--fault", "flip-answer")):
            command = [sys.executable, PROGRAM, *(["--state", "x"] if arguments else []), *arguments]
            done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=place, check=False)
            self.assertEqual((done.returncode, "Traceback" in done.stderr), (2, False), done.stderr)


class Differences(unittest.TestCase):
    def setUp(self):
        self.case = self.enterContext(ValohaiCase("09-mixed"))
        self.recorded = self.case.case["phase1"]["manifest_bytes"]

    def words(self, differences):
        return [difference.partition(":")[0] for difference in differences]

    def test_of_phase_1(self):
        replay_phase1(self.case)
        check = self.case.phase1_differences
        self.assertEqual((check(0, moved=True), self.words(check(69))), ([], ["exit"]))
        manifest = self.case.outputs / MANIFEST
        manifest.write_text(self.recorded.replace("20260102-030405", "20301231-115959"), encoding="utf-8")
        self.assertEqual(check(0), [])
        for text in (self.recorded.replace("20260102-030405", "2026-01-02"), self.recorded + "\n", self.recorded.replace(", ", ","),
                     self.recorded.replace('"new": ["add.csv", ', '"new": [')):
            manifest.write_text(text, encoding="utf-8")
            self.assertEqual(self.words(check(0)), ["manifest", "outputs"], text)
        manifest.write_text(self.recorded, encoding="utf-8")
        (self.case.outputs / "add.csv").write_text("A", encoding="utf-8")
        self.assertEqual(self.words(check(0)), ["outputs"])
        (self.case.outputs / "add.csv").write_text("a", encoding="utf-8")
        (self.case.outputs / "more").write_text("", encoding="utf-8")
        self.assertEqual(self.words(check(0)), ["outputs"])
        (self.case.outputs / "more").unlink()
        (self.case.content / "keep.csv").unlink()
        self.assertEqual((check(0), self.words(check(0, moved=True))), ([], ["left"]))
        send(self.case, "GET /api/v0/users/me/ HTTP/1.1")
        send(self.case, "GET /api/v0/data/?name=t0ken HTTP/1.1")
        self.assertEqual(self.words(check(0)), ["requests", "api"])

    def test_of_phase_2(self):
        raw, check = self.case.case["phase2"]["post_raw"], self.case.phase2_differences
        head, _, body = raw.partition("\r\n\r\n")
        other = json.loads(body)
        for change, words in (({"files": other["files"][::-1]}, []), ({"files": other["files"][1:]}, ["POST files"]),
                              ({"name": "20260102-030406"}, ["POST"]), ({"previous_version": None}, ["POST"])):
            text = json.dumps({**other, **change}, separators=(",", ":"))
            replay_phase2(self.case, head.replace(f"Content-Length: {len(body)}", f"Content-Length: {len(text)}") + "\r\n\r\n" + text)
            self.assertEqual(self.words(check(0)), words)
        text = json.dumps(dict(reversed(other.items())))
        replay_phase2(self.case, head.replace(f"Content-Length: {len(body)}", f"Content-Length: {len(text)}") + "\r\n\r\n" + text)
        self.assertEqual(self.words(check(1)), ["exit", "POST members", "POST form"])
        self.case.prepare_phase2()
        self.assertEqual(self.words(check(0)), ["requests", "posts"])
        self.assertEqual(self.words(check(0, exact=False)), ["execution", "posts"])
        for look, words in ((f"GET /api/v0/datasets/{other['dataset']}/ HTTP/1.1", []), ("GET /api/v0/users/me/ HTTP/1.1", ["requests"])):
            replay_phase2(self.case)
            send(self.case, look)
            self.assertEqual(self.words(check(0)), words)

    def test_of_the_single_step(self):
        single, check = self.case.case["single_step"], self.case.single_step_differences
        self.assertEqual(self.words(check(0)), ["versions"])
        lines = [json.dumps({"file": name.removesuffix(".metadata.json"), "metadata": json.loads(text)})
                 for name, text in single["sidecars"].items()]
        (self.case.outputs / "valohai.metadata.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.assertEqual(check(0), [])
        (self.case.outputs / "valohai.metadata.jsonl").write_text("\n".join(lines).replace("gone.csv", "gone"), encoding="utf-8")
        self.assertEqual(self.words(check(0)), ["versions"])
        (self.case.outputs / "valohai.metadata.jsonl").unlink()
        for name, text in single["sidecars"].items():
            (self.case.outputs / name).write_text(text, encoding="utf-8")
        self.assertEqual(check(0), [])

    def test_the_walkthrough_has_content_for_each_round(self):
        rounds = valohai_case.load("24-readme-walkthrough")["rounds"]
        for entry in rounds:
            content = valohai_case.round_content(entry["parameters_json"])
            self.assertEqual({name: content[name] for name in entry["phase1"]["contents"]}, entry["phase1"]["contents"])
            self.assertEqual(set(content), set(entry["version_after"]["files"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
