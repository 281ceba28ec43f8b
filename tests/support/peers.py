"""What the Python tests share: the binary under test, peers, and the way to skip."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
PEERS = pathlib.Path(os.environ.get("WAYBILL_PEERS") or CACHE / "waybill-peers")  # as in interop/install-peers.sh


def skip(reason):
    """Ends the script as skipped; where a peer must be there (CI), as failed."""
    print(f"SKIPPED: {reason}")
    sys.exit(1 if os.environ.get("CI") else 77)


def _require(name):
    """Ends the script where a peer is absent, with what its installation said last."""
    if not (PEERS / name / ".complete").exists():
        log = PEERS / (name + ".log")
        said = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        skip(f"{name} is not installed: {said[-1] if said else 'tests/interop/install-peers.sh does it'}")


def peer_python(name):
    """The interpreter of a peer's environment; ends the script where it is absent."""
    _require(name)
    return str(PEERS / name / "bin" / "python")


def peer_program(name):
    """The path of a peer that is a program; ends the script where it is absent."""
    _require(name)
    return str(PEERS / name / "bin" / name)


def go_on_in(name):
    """Runs this script in a peer's environment, if it does not run there already."""
    python = peer_python(name)
    if pathlib.Path(sys.prefix).resolve() != (PEERS / name).resolve():
        os.execv(python, [python, *sys.argv])


class Workbench(unittest.TestCase):
    """A temporary directory, a registry in it, and the binary with an environment of its own."""

    binary = ""

    def setUp(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="waybill-test-")
        self.addCleanup(self._temporary.cleanup)
        self.dir = pathlib.Path(self._temporary.name)
        self.registry = self.dir / "registry"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("WAYBILL_", "XDG_", "AWS_", "QUILT_"))}
        self.env.update(WAYBILL_REGISTRY=str(self.registry), HOME=str(self.dir / "home"), XDG_DATA_HOME=str(self.dir / "data"),
                        XDG_CACHE_HOME=str(self.dir / "cache"), XDG_CONFIG_HOME=str(self.dir / "config"))

    def run_raw(self, *args, code=0, cwd=None, env=None, stdin=None):
        done = subprocess.run([self.binary, *map(str, args)], cwd=cwd or self.dir, env={**self.env, **(env or {})}, input=stdin,
                              capture_output=True, timeout=300, check=False)
        if code is not None:
            self.assertEqual(done.returncode, code,
                             f"waybill {' '.join(map(str, args))}\nstdout: {done.stdout[-2000:]}\nstderr: {done.stderr[-2000:]}")
        return done

    def text(self, *args, **options):
        return self.run_raw(*args, **options).stdout.decode()

    def json(self, *args, **options):
        """The one JSON document a verb prints with --json."""
        return json.loads(self.run_raw("--json", *args, **options).stdout)

    def write(self, name, content):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


def main(test_case):
    """unittest.main with the binary as the script's first argument."""
    test_case.binary = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
