#!/usr/bin/env python3
"""What a kill, a rival and an interruption leave behind: kill_test.py WAYBILL."""
import base64
import collections
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers  # noqa: E402

POINTS = 50
FILES = 300
# The calls that change something, or are about to.
CHANGES = ("openat,openat2,mkdir,mkdirat,write,pwrite64,copy_file_range,ftruncate,link,linkat,rename,renameat,renameat2,"
           "unlink,unlinkat,fchmod,fsync,fdatasync,syncfs")
STRACE = ["strace", "-f", "-qq", "-e", "signal=none"]


class Killed(peers.Workbench):
    def setUp(self):
        super().setUp()
        self.random = random.Random(20)
        self.versions = {}   # top hash -> {key: content}
        self.checked = set()  # objects whose bytes were compared with their name

    # -- helpers ---------------------------------------------------------------------------------------------------
    def contents(self, salt, count=FILES):
        """Fresh bytes for each salt; some files larger than a buffer, one empty, keys in many directories."""
        out = {}
        for i in range(count):
            size = 300_000 if i % 100 == 7 else self.random.randrange(1, 5000)
            out[f"d{i % 17}/e{i % 3}/f{i}.bin"] = f"{salt} {i} ".encode() + self.random.randbytes(size)
        out["empty"] = b""
        out["README.md"] = f"# {salt}\n".encode()
        return out

    def place(self, directory, contents):
        for key, content in contents.items():
            path = directory / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def start(self, *args):
        return subprocess.Popen([self.binary, *map(str, args)], cwd=self.dir, env=self.env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def survey(self, *args):
        """[(call, how often one thread makes it)]: where a run can be killed."""
        calls = self.dir / "calls"
        self.traced("-o", calls, "-e", f"trace={CHANGES}", *args)
        found = collections.Counter(re.findall(r"^(\d+) +(\w+)\(", calls.read_text(), re.MULTILINE))
        most = {}
        for (_, call), count in found.items():
            most[call] = max(count, most.get(call, 0))
        return sorted(most.items())

    def traced(self, *options_and_args):
        """Runs under strace, where the leak check of a sanitizer cannot."""
        options = [str(o) for o in options_and_args[:4]]
        env = {**self.env, "ASAN_OPTIONS": self.env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        done = subprocess.run([*STRACE, *options, self.binary, *map(str, options_and_args[4:])], cwd=self.dir, env=env,
                              capture_output=True, timeout=300, check=False)
        self.assertIn(done.returncode, (0, -signal.SIGKILL), (options_and_args, done.stdout, done.stderr))
        return done.returncode == 0

    def strike(self, points, *args):
        """Runs and kills at one of the points; true when the process came that far."""
        call, most = self.random.choice(points)
        return not self.traced("-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={self.random.randint(1, most)}",
                               *args)

    def check_objects(self):
        """No object has a name that its bytes do not have."""
        for path in (self.registry / ".waybill/objects").rglob("*"):
            if not path.is_file() or path in self.checked:
                continue
            algorithm, first, rest = path.relative_to(self.registry / ".waybill/objects").parts
            self.assertEqual(algorithm, "sha2-256-chunked")
            self.assertEqual(bytes.fromhex(first + rest), base64.b64decode(documents.chunked(path.read_bytes())), path)
            self.checked.add(path)

    def check_published(self):
        """Every version lists, one of them loads, whole; the newest pointer names a version that is there."""
        rows = self.json("versions", "ns/data")["versions"]
        listed = {row["top_hash"] for row in rows}
        self.assertLessEqual(set(self.versions), listed)
        self.assertEqual(sum(row["latest"] for row in rows), 1)
        for row in rows:
            stored = self.registry / ".quilt/packages" / row["top_hash"]
            if stored not in self.checked:
                lines = [documents.strict(line) for line in stored.read_text().splitlines()]
                self.assertEqual(documents.top_hash(lines[0], lines[1:]), row["top_hash"])
                self.checked.add(stored)
        if self.versions:
            top = self.random.choice(sorted(self.versions))
            self.assertEqual(self.json("show", f"ns/data@{top}")["entries"], len(self.versions[top]))

    # -- kill -9 ---------------------------------------------------------------------------------------------------
    def test_kill_at_many_points_of_a_push(self):
        tree = self.dir / "tree"
        contents = self.contents("first")
        self.place(tree, contents)
        points = self.survey("push", tree, "--name", "ns/data")
        self.versions[self.json("hash", "ns/data")["top_hash"]] = dict(contents)
        hits = rounds = 0
        while hits < POINTS and rounds < 8 * POINTS:
            # most of the files stay, so that a push takes over what is there; a quarter is fresh, one is gone, one is new
            fresh = self.contents(f"round {rounds}")
            for key in self.random.sample(sorted(contents), FILES // 4):
                contents[key] = fresh.get(key, b"fresh")
                (tree / key).write_bytes(contents[key])
            contents[f"new/{rounds}"] = f"new {rounds}".encode()
            self.place(tree, {f"new/{rounds}": contents[f"new/{rounds}"]})
            gone = contents.pop(f"new/{rounds - 5}", None)
            if gone is not None:
                (tree / f"new/{rounds - 5}").unlink()
            hits += self.strike(points, "push", tree)
            self.check_objects()
            self.check_published()
            if rounds % 3 == 0:  # finish it, else the next round goes on from what the kill left
                done = self.json("push", tree)
                self.versions[done["top_hash"]] = dict(contents)
                self.assertEqual(self.json("verify", tree, "ns/data")["differences"], [])
            rounds += 1
        self.assertGreaterEqual(hits, POINTS, f"of {rounds}")
        done = self.json("push", tree)
        self.versions[done["top_hash"]] = dict(contents)
        self.check_objects()
        for i, (top, expected) in enumerate(self.versions.items()):  # all that was ever published is there, byte for byte
            if i % 4 == 0 or top == done["top_hash"]:
                copy = self.dir / f"copy{i}"
                self.json("install", f"ns/data@{top}", "--location", copy)
                self.assertEqual(self.files(copy), expected)

    def files(self, directory):
        return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*")
                if p.is_file() and p.relative_to(directory).parts[0] != ".waybill"}

    def check_placed(self, copy, *states):
        """Each file has one of the whole contents that versions have under its name."""
        if not copy.exists():
            return
        for key, content in self.files(copy).items():
            self.assertIn(content, [state.get(key) for state in states], f"{key} is neither old nor new")

    def test_kill_at_many_points_of_install_and_sync(self):
        tree = self.dir / "tree"
        states = []
        for tag in ("v1", "v2"):
            states.append(self.contents(tag, FILES + len(states)))
            self.place(tree, states[-1])
            self.json("push", tree, "--name", "ns/data", "-t", tag)
        points = {"install": self.survey("install", "ns/data:v1", "--location", "full"),
                  "sync": self.survey("sync", "full", "ns/data:v2")}
        hits = rounds = 0
        copy = self.dir / "fresh"
        while hits < POINTS and rounds < 8 * POINTS:
            if rounds % 2 == 0:
                copy, verb, expected = self.dir / f"copy{rounds}", "install", states[0]
                args = ("install", "ns/data:v1", "--location", copy)
            else:
                copy, verb, expected = self.dir / "full", "sync", states[rounds // 2 % 2]
                args = ("sync", copy, f"ns/data:v{rounds // 2 % 2 + 1}")
            hits += self.strike(points[verb], *args)
            self.check_placed(copy, *(states if verb == "sync" else states[:1]))
            if rounds % 3 == 0 or verb == "sync":
                self.run_raw(*args)
                self.assertEqual(self.files(copy), expected)
            if rounds % 6 == 0:
                self.assertEqual(self.json("verify", copy)["differences"], [])
            rounds += 1
        self.assertGreaterEqual(hits, POINTS, f"of {rounds}")
        left = [p for p in copy.rglob("*") if p.relative_to(copy).parts[0] != ".waybill" and p.is_file()
                and str(p.relative_to(copy)) not in expected]
        self.assertEqual(left, [])

    # -- rivals ----------------------------------------------------------------------------------------------------
    def rivals(self, count, rounds):
        expected, codes = set(), collections.Counter()
        for directory in range(count):
            self.place(self.dir / f"tree{directory}", self.contents(f"tree {directory}", 20))
        for turn in range(rounds):
            for directory in range(count):
                self.write(f"tree{directory}/turn", f"{turn} {directory}")
                expected.add(self.json("hash", self.dir / f"tree{directory}")["top_hash"])
            running = [self.start("push", self.dir / f"tree{d}", "--name", "ns/data", "-t", f"by{d}") for d in range(count)]
            for process in running:
                out, err = process.communicate(timeout=120)
                codes[process.returncode] += 1
                self.assertIn(process.returncode, (0, 75), (out, err))
            rows = self.json("versions", "ns/data")["versions"]
            self.assertLessEqual(expected, {row["top_hash"] for row in rows})
            latest = [row["top_hash"] for row in rows if row["latest"]]
            self.assertEqual(len(latest), 1)
            self.assertIn(latest[0], expected)
        self.assertGreater(codes[0], 0)
        for directory in range(count):
            self.json("install", f"ns/data:by{directory}", "--location", f"copy{directory}")
            self.assertEqual(self.json("verify", f"copy{directory}")["differences"], [])
        self.check_objects()

    def test_two_pushes_to_one_name_lose_nothing(self):
        self.rivals(2, 6)

    def test_four_pushes_to_one_name_lose_nothing(self):
        self.rivals(4, 4)

    def test_rivals_with_the_same_content(self):
        self.place(self.dir / "tree", self.contents("same", 50))
        running = [self.start("push", self.dir / "tree", "--name", f"ns/data{i % 2}") for i in range(4)]
        for process in running:
            out, err = process.communicate(timeout=120)
            self.assertIn(process.returncode, (0, 75), (out, err))
        self.check_objects()
        self.assertEqual(len(self.json("list")["packages"]), 2)

    # -- interruption ----------------------------------------------------------------------------------------------
    def interrupt(self, how, code, stage):
        """Sends a signal once the progress lines say that a stage is under way; false when all was over by then."""
        process = self.start("push", self.dir / "big", "--name", "ns/big", "--progress=json", "--json")
        guard = threading.Timer(60, process.kill)
        guard.start()
        for line in process.stderr:
            report = documents.strict(line)
            if report["stage"] == stage and report["bytes_done"] < report["bytes_total"]:
                break
        started = time.monotonic()
        process.send_signal(how)
        out, _ = process.communicate()
        took = time.monotonic() - started
        guard.cancel()
        if process.returncode == 0:
            return False
        self.assertEqual(process.returncode, code, (stage, out))
        self.assertLess(took, 3)
        if out:  # nothing at all when the second of grace was over
            self.assertEqual(documents.strict(out)["error"]["condition"], "interrupted")
        return True

    def test_sigint_and_sigterm_stop_a_large_push_which_then_finishes(self):
        block = self.random.randbytes(1 << 20)
        turn = 0

        def fill():
            for i in range(8):
                path = self.write(f"big/{i}", f"{i} {turn} ")
                with open(path, "ab") as out:
                    for _ in range(80):
                        out.write(block)

        for how, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            for stage in ("hash", "copy"):
                for _ in range(5):
                    turn += 1
                    fill()
                    if self.interrupt(how, code, stage):
                        break
                else:
                    self.fail(f"no push could be interrupted in stage {stage}")
        published = self.run_raw("show", "ns/big", code=None)
        done = self.json("push", self.dir / "big", "--name", "ns/big")
        self.assertTrue(done["new_version"], published)
        self.json("install", "ns/big", "--location", "copy")
        self.assertEqual(self.json("verify", "copy")["differences"], [])
        left = [p for p in self.registry.rglob("*") if p.is_file() and p.stat().st_size > (1 << 20)
                and "objects" not in p.relative_to(self.registry).parts]
        self.assertEqual(left, [])


if __name__ == "__main__":
    if not shutil.which("strace"):
        peers.skip("strace is not installed: it kills at the chosen system call")
    documents.work_in_memory()
    peers.main(Killed)
