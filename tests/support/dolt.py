"""A Dolt of a test's own: settings, databases in directories, and a server."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from support.peers import peer_program


class Dolt:
    """A directory that holds settings and databases; removed at the end of a `with`."""

    def __init__(self):
        self.program = peer_program("dolt")
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="waybill-dolt-"))
        self.environment = {**os.environ, "DOLT_ROOT_PATH": str(self.dir / "settings"), "DOLT_DISABLE_EVENT_FLUSH": "1", "NO_COLOR": "1"}
        for name in ("DOLT_CLI_PASSWORD", "DOLT_CLI_USER"):
            self.environment.pop(name, None)
        (self.dir / "settings").mkdir()
        for setting in ("user.name A Tester", "user.email tester@example.org", "metrics.disabled true", "versioncheck.disabled true"):
            self.run("config", "--global", "--add", *setting.split(" ", 1), cwd=self.dir)
        self.serving = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, *args, cwd, code=0):
        done = subprocess.run([self.program, *args], cwd=cwd, env=self.environment, capture_output=True, timeout=120, check=False)
        if code is not None and done.returncode != code:
            raise AssertionError(f"dolt {' '.join(args)}: exit {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode()

    def database(self, name):
        """A new database in a directory."""
        path = self.dir / "databases" / name
        path.mkdir(parents=True)
        self.run("init", cwd=path)
        return path

    def sql(self, path, statements, code=0):
        """What statements answer as CSV, in a database of a directory."""
        return self.run("sql", "-r", "csv", "-q", statements, cwd=path, code=code)

    def serve(self, port=None):
        """Starts a server for all databases; the port it listens on."""
        if port is None:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        self.serving = subprocess.Popen(
            [self.program, "sql-server", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(self.dir / "databases")],
            cwd=self.dir, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            if self.serving.poll() is not None:
                raise AssertionError(f"dolt sql-server ended with {self.serving.returncode}")
            time.sleep(0.05)
        raise AssertionError("dolt sql-server does not listen")

    def stop(self, with_signal=signal.SIGTERM):
        if self.serving is not None:
            self.serving.send_signal(with_signal)
            self.serving.wait(timeout=60)
            self.serving = None
