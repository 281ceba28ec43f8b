#!/usr/bin/env python3
"""What a kill leaves in the outputs of an execution: valohai_kill_test.py WAYBILL_VALOHAI."""
import collections
import hashlib
import http.server
import json
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers  # noqa: E402

POINTS = 100
FILES = 500
DATASET = "01900000-0000-7000-8000-0000000000d5"
MANIFEST = "_dataset-manifest.json"
LINES = "valohai.metadata.jsonl"
# The calls that change something, or are about to, and those that read content.
CALLS = "openat,openat2,mkdir,mkdirat,read,write,copy_file_range,link,linkat,rename,renameat2,unlink,unlinkat,utimensat,fsync,syncfs"
STRACE = ["strace", "-f", "-qq", "-e", "signal=none"]


class Platform(http.server.BaseHTTPRequestHandler):
    """The two answers that phase 1 asks for."""

    answers = {}

    def do_GET(self):
        body = self.answers.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Killed(peers.Workbench):
    def setUp(self):
        super().setUp()
        self.random = random.Random(21)
        self.content, self.outputs = self.dir / "content", self.dir / "outputs"
        self.texts, self.previous = {}, {}  # name -> bytes: what the content holds, and what it held in the round before
        files = []
        for i in range(FILES):
            name = f"d{i % 17}/e{i % 3}/f{i}.bin"
            old = f"old {i} ".encode() * (300_000 if i % 250 in (8, 107) else i % 90)  # more than is read at once, or little
            if i < FILES * 4 // 5:
                files.append({"datum": {"id": f"datum-{i}", "name": name, "size": len(old), "sha256": hashlib.sha256(old).hexdigest()}})
            self.texts[name] = old
        files.append({"datum": {"id": "datum-gone", "name": "gone", "size": 4, "md5": None}})
        self.change("first")
        Platform.answers = {
            f"/api/v0/datasets/{DATASET}/": json.dumps({"id": DATASET, "name": "demo", "latest_version": {"id": "aa", "name": "v1"}}),
            "/api/v0/dataset-versions/aa/": json.dumps({"id": "aa", "name": "v1", "files": files})}
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Platform)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.env.update(VH_API_BASE_URL=f"http://127.0.0.1:{server.server_address[1]}/", VH_API_TOKEN="t0ken", VH_EXECUTION_ID="e0",
                        VH_OUTPUTS_DIR=str(self.outputs), VH_CONFIG_DIR=str(self.dir / "config"),
                        ASAN_OPTIONS=self.env.get("ASAN_OPTIONS", "") + ":detect_leaks=0")

    # -- helpers ---------------------------------------------------------------------------------------------------
    def change(self, salt):
        """Other content for all files but the first two fifths, some of it of the old size."""
        self.previous = dict(self.texts)
        for i, name in enumerate(self.texts):
            if i >= FILES * 2 // 5:
                size = len(self.texts[name])
                fresh = f"{salt} {i} ".encode() + self.random.randbytes(size + i % 2 * 11)
                self.texts[name] = fresh[:size] if i % 2 == 0 and size > 20 else fresh
            path = self.content / name
            if not path.exists() or path.read_bytes() != self.texts[name]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self.texts[name])

    def arguments(self, verb):
        names = ["--dataset-id", DATASET, "--version-name", "v2"]
        return [verb, "--content", self.content, *names, "--jobs", "3", *(["--extended"] if verb == "phase1" else [])]

    def traced(self, options, verb):
        """Runs under strace; true when the run came to its end."""
        done = subprocess.run([*STRACE, *map(str, options), self.binary, *map(str, self.arguments(verb))], cwd=self.dir, env=self.env,
                              capture_output=True, timeout=300, check=False)
        self.assertIn(done.returncode, (0, -signal.SIGKILL), (options, done.stdout, done.stderr))
        return done.returncode == 0

    def survey(self, verb):
        """[(call, how often one thread makes it)]: where a run can be killed."""
        calls = self.dir / "calls"
        self.traced(["-o", calls, "-e", f"trace={CALLS}"], verb)
        found = collections.Counter(re.findall(r"^(\d+) +(\w+)\(", calls.read_text(), re.MULTILINE))
        most = {}
        for (_, call), count in found.items():
            most[call] = max(count, most.get(call, 0))
        return sorted(most.items())

    def strike(self, points, verb):
        call, most = self.random.choice(points)
        return not self.traced(["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={self.random.randint(1, most)}"], verb)

    def written(self):
        return {str(p.relative_to(self.outputs)): p.read_bytes() for p in self.outputs.rglob("*") if p.is_file()}

    def check_whole(self):
        """Each output has a name of the content and the whole bytes of one of its states; what is named is there."""
        there = self.written()
        for name, text in there.items():
            if name in (MANIFEST, LINES, "_waybill-manifest.json"):
                continue
            self.assertIn(text, (self.texts.get(name), self.previous.get(name)), f"{name} is short or not ours")
        named = []
        if MANIFEST in there:
            named += json.loads(there[MANIFEST])["new"]
        if LINES in there:
            named += [json.loads(line)["file"] for line in there[LINES].splitlines()]
        if any(there.get(name) != self.texts[name] for name in named):  # then nothing of the run before was touched yet
            for name in named:
                self.assertEqual(there.get(name), self.previous.get(name), f"{name} is named, but is not there")

    def check_end(self, verb):
        """The state every run must end in."""
        there = self.written()
        changed = {name for i, name in enumerate(self.texts) if i >= FILES * 2 // 5}
        own = {MANIFEST, "_waybill-manifest.json"} if verb == "phase1" else {LINES}
        self.assertEqual(set(there), changed | own)
        self.check_whole()
        if verb == "phase1":
            manifest = json.loads(there[MANIFEST])
            self.assertEqual(set(manifest["new"]), changed)
            self.assertEqual(len(manifest["keep"]), FILES * 2 // 5)
            self.assertIn("gone", manifest["exclude"])
        else:
            self.assertEqual({json.loads(line)["file"] for line in there[LINES].splitlines()}, changed)

    def kill_often(self, verb, points_wanted):
        points = self.survey(verb)
        self.check_end(verb)
        hits = rounds = 0
        while hits < points_wanted and rounds < 3 * points_wanted:
            if rounds % 5 == 0:  # else the next run finds what the last one left
                shutil.rmtree(self.outputs)
                self.change(f"round {rounds}")
            hits += self.strike(points, verb)
            if self.outputs.exists():
                self.check_whole()
            if rounds % 3 == 0:
                self.run_raw(*self.arguments(verb))
                self.check_end(verb)
            rounds += 1
        self.assertGreaterEqual(hits, points_wanted, f"of {rounds}")
        self.run_raw(*self.arguments(verb))
        self.check_end(verb)

    # -- kill -9 ---------------------------------------------------------------------------------------------------
    def test_kill_at_many_points_of_phase_1(self):
        self.kill_often("phase1", POINTS)

    def test_kill_at_some_points_of_an_update(self):
        self.kill_often("update", POINTS // 4)

    def test_kill_between_two_contents(self):
        """The outputs of the old content are replaced by those of the new one, whole files by whole files."""
        points = self.survey("phase1")
        for turn in range(20):
            self.run_raw(*self.arguments("phase1"))
            self.change(f"turn {turn}")
            self.strike(points, "phase1")
            self.check_whole()
            self.previous = {}
            self.run_raw(*self.arguments("phase1"))
            self.check_end("phase1")


if __name__ == "__main__":
    if not shutil.which("strace"):
        peers.skip("strace is not installed: it kills at the chosen system call")
    documents.work_in_memory()
    peers.main(Killed)
