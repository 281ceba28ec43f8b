#!/usr/bin/env python3
"""A strict HTTP/1.1 server for tests that misbehaves on request: python3 http_server.py [--tls]

Listens on free ports of 127.0.0.1, prints one line of JSON with them, and ends when its standard input does.
  port, other_port  plain HTTP, two origins; with --tls also tls_port, and its self-signed certificate as ca (a file) and ca_directory
A request that is not what RFC 9112 asks for gets 400 and its reason. Paths, with their parameters in the query:
  /echo                        the request as JSON: method, target, headers, connection (its number), size and sha256 of the body
  /bytes?size=                 that many bytes of the pattern, with Content-Length; /chunked?size= the same in chunks
  /count                       connections and requests so far on this port and connections open now, as JSON; no request itself
  /status?code=                an empty answer; &retry=S adds Retry-After, &location=URL a Location
  /drip?size=&every=           a byte every so many milliseconds
  /stall?after=                a head, so many bytes, then nothing; without `after` not even a head; bodies are not read
  /reset?after=                a head, so many bytes, then a reset; without `after` not even a head
  /cut?size=&send=             fewer bytes than Content-Length says, or than the chunks say with &chunked=1, then the end
  /close                       an answer like any other, then the end
  /break                       a reset before the body is read
  /once                        as /echo for the first request of a connection, as /break for any further one
  /garbage                     bytes that are no HTTP
  /head?fields=&size=          so many fields of that size
  /fold                        a field that goes on in a second line, and an interim answer before
  /refuse                      403 before the body is read, then the end
  /no-expect                   417 to whoever asks first
"""
import argparse
import hashlib
import json
import os
import re
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import parse_qs, urlsplit

PATTERN = bytes((7 * i + 13) & 255 for i in range(256)) * 256
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")


class Refused(Exception):
    pass


class Port:
    """One listening socket and what happened on it."""

    def __init__(self, context=None, exchange=None):
        self.context, self.exchange = context, exchange or Exchange
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.number = self.socket.getsockname()[1]
        self.lock = threading.Lock()
        self.connections = 0
        self.open = 0
        self.requests = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, raw):
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self.context.wrap_socket(raw, server_side=True) if self.context else raw
            with self.lock:
                self.connections += 1
                self.open += 1
                number = self.connections
            try:
                with connection:
                    before = 0  # requests on this connection
                    while self.exchange(self, connection, number, before).run():
                        before += 1
            finally:
                with self.lock:
                    self.open -= 1
        except OSError:  # a client that goes away is what some tests are about
            raw.close()


class Exchange:
    """One request and its answer."""

    def __init__(self, port, connection, number, before):
        self.port, self.connection, self.number, self.before = port, connection, number, before
        self.rest = b""

    def run(self):
        """Answers one request; true when the connection goes on."""
        try:
            if not self.read_head():
                return False
        except Refused as why:
            self.answer(400, str(why).encode(), ["Connection: close"])
            return False
        parts = urlsplit(self.target)
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path != "/count":
            with self.port.lock:
                self.port.requests += 1
        handler = getattr(self, "do_" + parts.path[1:].replace("-", "_"), None)
        if handler is None:
            self.read_body()
            self.answer(404, b"no such path")
            return True
        return handler() is not False

    # What comes in.
    def read_head(self):
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.connection.recv(65536)
            if not part:
                if data:
                    raise Refused("the head ends early")
                return False
            data += part
        head, self.rest = data.split(b"\r\n\r\n", 1)
        first, *lines = head.split(b"\r\n")
        if not (match := re.fullmatch(rb"([!-~]+) (/[!-~]*) HTTP/1\.1", first)):
            raise Refused(f"request line {first!r}")
        self.method, self.target = match[1].decode(), match[2].decode()
        self.headers = []
        for line in lines:
            name, colon, value = line.partition(b":")
            if not colon or not TOKEN.match(name) or re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", value):
                raise Refused(f"header line {line!r}")
            self.headers.append([name.decode(), value.strip(b" \t").decode("latin-1")])
        for name in ("host", "content-length", "transfer-encoding", "authorization", "content-type", "expect"):
            if len(self.fields(name)) > 1:
                raise Refused(f"{name} stands there twice")
        if not self.fields("host"):
            raise Refused("no Host")
        if self.fields("transfer-encoding"):
            raise Refused("bodies of unknown size are not sent")
        self.size = int((self.fields("content-length") or ["0"])[0])
        if self.method in ("POST", "PUT") and not self.fields("content-length"):
            raise Refused(f"{self.method} without Content-Length")
        return True

    def fields(self, name):
        return [value for n, value in self.headers if n.lower() == name]

    def read_body(self):
        """(size, SHA-256) of the body, which is not kept."""
        if self.fields("expect") and not self.rest:
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        digest, left = hashlib.sha256(), self.size
        while left:
            part, self.rest = self.rest or self.connection.recv(min(left, 1 << 18)), b""
            if not part or len(part) > left:
                raise OSError("the body is not as long as it said")
            digest.update(part)
            left -= len(part)
        return self.size, digest.hexdigest()

    # What goes out.
    def head(self, status, fields):
        self.connection.sendall("\r\n".join([f"HTTP/1.1 {status} Reason", *fields, "", ""]).encode())

    def answer(self, status, body=b"", fields=()):
        text = "\r\n".join([f"HTTP/1.1 {status} Reason", *fields, f"Content-Length: {len(body)}", "", ""]).encode()
        self.connection.sendall(text + (b"" if getattr(self, "method", "") == "HEAD" else body))

    def number_of(self, name, default=0):
        return int(self.query.get(name, default))

    def send_pattern(self, size):
        whole = memoryview(PATTERN)
        while size:
            part = whole[: min(size, len(whole))]
            self.connection.sendall(part)
            size -= len(part)

    def wait_for_end(self):
        """Until the client gives up, at most five minutes; what it sends stays unread."""
        poll = select.poll()
        poll.register(self.connection, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        poll.poll(300_000)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    # The paths.
    def do_echo(self):
        size, digest = self.read_body()
        said = {"method": self.method, "target": self.target, "headers": self.headers, "connection": self.number,
                "size": size, "sha256": digest}
        self.answer(200, json.dumps(said).encode(), ["Content-Type: application/json"])

    def do_bytes(self):
        self.read_body()
        self.head(200, [f"Content-Length: {self.number_of('size')}"])
        if self.method != "HEAD":
            self.send_pattern(self.number_of("size"))

    def do_chunked(self):
        self.read_body()
        self.head(200, ["Transfer-Encoding: chunked"])
        left = self.number_of("size")
        while left:
            part = PATTERN[: min(left, 40_960)]
            self.connection.sendall(b"%x\r\n%b\r\n" % (len(part), part))
            left -= len(part)
        self.connection.sendall(b"0\r\nX-Trailer: dropped\r\n\r\n")

    def do_count(self):
        self.answer(200, json.dumps({"connections": self.port.connections, "open": self.port.open, "requests": self.port.requests}).encode())

    def do_status(self):
        self.read_body()
        fields = [f"{name}: {self.query[key]}" for key, name in (("retry", "Retry-After"), ("location", "Location")) if key in self.query]
        self.answer(self.number_of("code"), b"", fields)

    def do_drip(self):
        self.read_body()
        size = self.number_of("size")
        self.head(200, [f"Content-Length: {size}"])
        for _ in range(size):
            time.sleep(self.number_of("every") / 1000)
            self.connection.sendall(b".")

    def do_stall(self):
        if "after" in self.query:
            self.head(200, ["Content-Length: 1000000000"])
            self.send_pattern(self.number_of("after"))
        self.wait_for_end()
        return False

    def do_reset(self):
        self.read_body()
        if "after" in self.query:
            self.head(200, ["Content-Length: 1000000"])
            self.send_pattern(self.number_of("after"))
            time.sleep(0.2)  # what was sent arrives before the reset throws it away
        return self.reset()

    def do_cut(self):
        self.read_body()
        size, sent = self.number_of("size"), self.number_of("send")
        self.head(200, ["Transfer-Encoding: chunked" if "chunked" in self.query else f"Content-Length: {size}"])
        if "chunked" in self.query:
            self.connection.sendall(b"%x\r\n" % size)
        self.send_pattern(sent)
        return False

    def do_close(self):
        self.read_body()
        self.answer(200, b"that was it")
        return False

    def do_break(self):
        return self.reset()

    def do_once(self):
        return self.reset() if self.before else self.do_echo()

    def do_garbage(self):
        self.connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\x00\x01\x02 not HTTP\r\n" * 3)
        return False

    def do_head(self):
        self.answer(200, b"x", [f"X-Field-{i}: " + "v" * self.number_of("size") for i in range(self.number_of("fields"))])

    def do_fold(self):
        self.connection.sendall(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n")
        self.answer(200, b"x", ["X-Folded: one\r\n   two", "X-Empty:", "X-Twice: a", "x-twice: b"])

    def do_refuse(self):
        self.answer(403, b"not for you", ["Connection: close"])
        time.sleep(0.2)  # so that the answer is read before the rest of the body meets a closed connection
        return False

    def do_no_expect(self):
        if self.fields("expect"):
            self.answer(417)
            return True
        return self.do_echo()


def certificate(directory):
    """(key, certificate) of 127.0.0.1, signed by itself; localhost is another name, which it does not vouch for."""
    key, certificate_file = os.path.join(directory, "key.pem"), os.path.join(directory, "ca.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=waybill tests", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", certificate_file], check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return key, certificate_file


def trust_directory(directory, certificate_file):
    """A directory of trusted certificates as OpenSSL wants them: under the hash of their subject."""
    trusted = os.path.join(directory, "trusted")
    os.mkdir(trusted)
    said = subprocess.run(["openssl", "x509", "-noout", "-subject_hash", "-in", certificate_file], check=True, capture_output=True, text=True)
    os.symlink(certificate_file, os.path.join(trusted, said.stdout.strip() + ".0"))
    return trusted


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--tls", action="store_true")
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="waybill-http-") as directory:
        said = {"port": Port().number, "other_port": Port().number}
        if options.tls:
            key, said["ca"] = certificate(directory)
            said["ca_directory"] = trust_directory(directory, said["ca"])
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(said["ca"], key)
            said["tls_port"] = Port(context).number
        print(json.dumps(said), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
