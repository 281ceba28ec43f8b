"""What tests of waybill-clowder share: a strict server, a directory to upload, and the binary beside both."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/servers")]
from clowder_server import ClowderServer  # noqa: E402

# Names as people have them, and worse; those with a backslash are for version 2 alone.
TREE = {"a.csv": b"foofoo", "b \xe4 \u20ac \u65e5\u672c.csv": b"bar\r\nbar", 'c "q" %22;=.txt': b"1", "empty": b"", ".hidden": b"\0\xff",
        " blanks ": b"2", "100%.txt": b"3", "in/x": b"4", "in/deep er/.y": b"5", "in/deep er/\U0001f600": b"6", "n" * 255: b"7",
        "boundary": b"\r\n--waybill--\r\n--x1y2--\r\n"}
BACKSLASHES = {"a\\b": b"8", 'a\\"b': b"9", "d\\e/f": b"10"}


def write_tree(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


class ClowderCase(unittest.TestCase):
    """Runs BINARY; a subclass says which version of the server, and with what."""

    binary, version, options, leaks = "", "v1", {}, False  # whether the key may come to where it does not belong

    def setUp(self):
        self.begin()

    def begin(self, plan=None, **options):
        """A fresh server, an empty directory `content`, and one for all else."""
        options = {**self.options, **options}
        self.server = self.enterContext(ClowderServer(self.version, plan=plan, **options))
        self.server.site.stall = self.server.blobs.stall = 0.1
        self.platform = self.server.platform
        self.place = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="waybill-clowder-")))
        self.content = self.place / "content"
        self.content.mkdir()
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("CLOWDER_", "SPACE_ID", "DATASET_DIRECTORY", "XDG_", "WAYBILL_", "SSL_CERT"))}
        self.env.update(CLOWDER_URL=self.server.url, CLOWDER_TOKEN=self.server.key, HOME=str(self.place),
                        XDG_CACHE_HOME=str(self.place / "cache"))
        self.addCleanup(lambda server=self.server: self.leaks or self.assertEqual(server.leaks(), []))

    def run_raw(self, *arguments, code=0, env=None, **options):
        done = subprocess.run([self.binary, *map(str, arguments)], env={**self.env, **(env or {})}, capture_output=True,
                              timeout=300, check=False, **options)
        self.assertNotIn(self.server.key.encode(), done.stdout + done.stderr)
        if code is not None:
            self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout[-2000:].decode()}\n{done.stderr[-2000:].decode()}")
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_raw("--json", *arguments, **options).stdout)

    def upload(self, *more, **options):
        return self.json("upload", self.content, *more, **options)

    def held(self, dataset=None):
        """{path: bytes} of the one dataset there is; fails where a file is there twice."""
        if dataset is None:
            dataset, = self.platform.datasets
        return self.platform.contents(dataset)


def main():
    """unittest.main with the binary as the script's first argument."""
    ClowderCase.binary = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
