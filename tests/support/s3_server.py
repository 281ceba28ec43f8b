"""S3 servers on a free loopback port, each with random credentials, two buckets and a directory of its own.

    with S3Server("versitygw", keep_alive=True) as server:
        subprocess.run(command, env={**os.environ, **server.environment})

`versitygw` is the strict one; `minio` shows what files cannot (key `x` beside `x/y`). A FaultProxy stands before either.
"""
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import secrets
import socket
import sys
import tempfile
import time
import urllib.parse

from . import keeper, peers

REGION = "us-east-1"
BUCKET = "waybill-plain"
VERSIONED_BUCKET = "waybill-versioned"
START = 30  # seconds a server may take to answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def signed(method, host, path, query, body, access, secret):
    """The headers of a request with AWS Signature V4; `query` is in canonical form."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/{REGION}/s3/aws4_request"
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
    names = ";".join(headers)
    canonical = "\n".join([method, urllib.parse.quote(path), query, *(f"{k}:{v}" for k, v in headers.items()), "", names, digest])
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return {**headers, "authorization":
            f"AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={names}, Signature={signature}"}


class S3Server:
    """A server that lives as long as the `with` block, and no longer than this process."""

    def __init__(self, kind, keep_alive=False):
        self.kind = kind
        self._program = peers.peer_program(kind)
        self._keep_alive = keep_alive
        self.access, self.secret = "WB" + secrets.token_hex(8).upper(), secrets.token_hex(20)

    # -- life ------------------------------------------------------------------------------------------------------
    def __enter__(self):
        for attempt in range(3):  # another program may take the port between the look and the start
            self.port = free_port()
            directory = tempfile.mkdtemp(prefix="waybill-s3-")
            self.directory = pathlib.Path(directory)
            self.kept = keeper.Kept(directory, self._command(directory), self._settings(directory))
            try:
                self._await_answer()
                self._make_buckets()
                return self
            except BaseException as problem:
                log = self.kept.log.read_text(errors="replace")[-2000:] if self.kept.log.exists() else ""
                self.kept.stop()
                if attempt == 2 or not isinstance(problem, ConnectionError):
                    raise RuntimeError(f"{self.kind} does not serve: {problem}\n{log}") from problem
        raise AssertionError("not reached")

    def __exit__(self, *_):
        self.kept.stop()

    def _command(self, directory):
        data = os.path.join(directory, "data")
        os.mkdir(data)
        if self.kind == "minio":
            return [self._program, "server", "--quiet", "--address", f"127.0.0.1:{self.port}", "--certs-dir", directory, data]
        versions = os.path.join(directory, "versions")
        os.mkdir(versions)
        return [self._program, "--quiet", *(["--keep-alive"] if self._keep_alive else []), "--port", f"127.0.0.1:{self.port}",
                "--region", REGION, "posix", "--versioning-dir", versions, data]

    def _settings(self, directory):
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return {**kept, "HOME": directory, "ROOT_ACCESS_KEY": self.access, "ROOT_SECRET_KEY": self.secret,
                "MINIO_ROOT_USER": self.access, "MINIO_ROOT_PASSWORD": self.secret, "MINIO_REGION": REGION,
                "MINIO_BROWSER": "off", "MINIO_UPDATE": "off"}

    def request(self, method, path, query="", body=b""):
        """(status, body) of one signed request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START)
        try:
            connection.request(method, f"{path}?{query}" if query else path, body or None,
                               signed(method, f"127.0.0.1:{self.port}", path, query, body, self.access, self.secret))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _await_answer(self):
        """Returns once the server knows its credentials: it is then ours, and ready."""
        end = time.monotonic() + START
        last = None
        while time.monotonic() < end:
            if not self.kept.alive():
                raise ConnectionError("it ended while starting")
            try:
                status, body = self.request("GET", "/")
                if status == 200:
                    return
                last = f"{status} {body[:300]}"
            except (OSError, http.client.HTTPException) as problem:
                last = problem
            time.sleep(0.02)
        raise TimeoutError(f"no answer in {START} s, at last: {last}")

    def _make_buckets(self):
        enabled = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        for path, query, body in ((f"/{BUCKET}", "", b""), (f"/{VERSIONED_BUCKET}", "", b""),
                                  (f"/{VERSIONED_BUCKET}", "versioning=", enabled)):
            status, answer = self.request("PUT", path, query, body)
            if status != 200:
                raise RuntimeError(f"PUT {path}?{query}: {status} {answer[:300]}")

    # -- what clients need -----------------------------------------------------------------------------------------
    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def environment(self):
        """For a client: the endpoint, credentials, nothing of the user's, and no proxy on the way."""
        return {"AWS_ENDPOINT_URL": f"http://{self.address}", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
                "AWS_ACCESS_KEY_ID": self.access, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "NO_PROXY": "127.0.0.1",
                "no_proxy": "127.0.0.1", "WAYBILL_TEST_BUCKET": BUCKET, "WAYBILL_TEST_VERSIONED_BUCKET": VERSIONED_BUCKET}


class FaultProxy:
    """tests/servers/fault_proxy.py before a server; `arguments` as on its command line."""

    def __init__(self, server, *arguments):
        self._server, self._arguments = server, arguments

    def __enter__(self):
        directory = tempfile.mkdtemp(prefix="waybill-faults-")
        self.log_file = pathlib.Path(directory) / "requests.jsonl"
        program = peers.ROOT / "tests" / "servers" / "fault_proxy.py"
        self.kept = keeper.Kept(directory, [sys.executable, program, "--upstream", self._server.address, "--log", self.log_file,
                                            *self._arguments], {"PATH": os.environ.get("PATH", ""), "PYTHONUNBUFFERED": "1"})
        end = time.monotonic() + START
        while not self.kept.log.read_text().endswith("\n"):
            if not self.kept.alive() or time.monotonic() > end:
                text = self.kept.log.read_text()
                self.kept.stop()
                raise RuntimeError(f"the fault proxy does not start: {text[-2000:]}")
            time.sleep(0.02)
        self.port = int(self.kept.log.read_text())
        return self

    def __exit__(self, *_):
        self.kept.stop()

    def entries(self):
        """What came by, in order: n, method, path, status (as the client saw it), upstream (null when it was not asked), fault."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    @property
    def environment(self):
        return {**self._server.environment, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
                "WAYBILL_TEST_FAULT_LOG": str(self.log_file)}
