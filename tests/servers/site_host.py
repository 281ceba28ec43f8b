"""Hosts of the servers that stand in for platforms: strict HTTP, faults on request, and a record of all that was asked."""
import json
import socket
import tempfile
import threading
import time
import traceback
from urllib.parse import parse_qsl, urlsplit

from http_server import Exchange, Port, Refused
from site_faults import BODY_KINDS

PAGE = b"<!DOCTYPE html>\n<html><head><title>Server Error</title></head><body><h1>Server Error</h1></body></html>\n"
JSON = "application/json"
SPOOL = 1 << 20  # bytes of a request's body that are held in memory
BLOCK = 1 << 18


class Answer:
    """Status, body and fields of an answer; a body that is no bytes is sent as JSON. With a `path` the body is what the file holds,
    or `part` of it: (first byte, size). A `chunked` answer says no length; after one that `resets` the connection is reset."""

    def __init__(self, status, body=b"", kind=JSON, fields=(), path=None, part=None, chunked=False, resets=False):
        self.status, self.kind, self.fields, self.chunked, self.resets = status, kind, list(fields), chunked, resets
        self.body = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        self.file = open(path, "rb") if path else None
        self.start, self.length = part or (0, self.file.seek(0, 2) if path else len(self.body))

    def blocks(self, first, last):
        """The body from one position to another."""
        if not self.file:
            yield self.body[first:last]
            return
        self.file.seek(self.start + first)
        while first < last and (block := self.file.read(min(last - first, BLOCK))):
            first += len(block)
            yield block

    def close(self):
        if self.file:
            self.file.close()


class Request:
    """One request as handlers see it: `path` and `query` (the pairs in order) are taken from `target`; `content` is a file with the
    body, which is large at times. `entry` is its record."""

    def __init__(self, method, target, headers):
        self.method, self.target, self.headers = method, target, headers
        parts = urlsplit(target)
        self.path, self.query = parts.path, parse_qsl(parts.query, keep_blank_values=True)
        self.content, self.size, self.tail, self.tells = tempfile.SpooledTemporaryFile(SPOOL), 0, b"", False
        self.fault = self.entry = None

    def get(self, name):
        """The value of a field, empty where it is absent."""
        name = name.decode() if isinstance(name, bytes) else name
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def kind(self):
        return self.get("content-type").split(";")[0].strip().lower()

    @property
    def body(self):
        self.content.seek(0)
        return self.content.read()

    def take(self, data, secret):
        """Appends to the body; `tells` becomes true when the secret stands in it."""
        self.content.write(data)
        self.size += len(data)
        window = self.tail + data
        self.tells = self.tells or secret in window
        self.tail = window[-len(secret):]


class Site(Port):
    """One host of the server. `handler` makes an answer of a request, one at a time for all sites that share `lock`; before that, and
    for many at once, `prepare` gets the request. With a `context` it speaks TLS."""

    def __init__(self, name, host, handler, journal, faults, lock, prepare=None, context=None):
        self.name, self.host, self.handler, self.journal, self.faults, self.handling = name, host, handler, journal, faults, lock
        self.prepare = prepare or (lambda _: None)
        self.stall, self.retry_after, self.elsewhere = 0.5, 1, None
        super().__init__(context, exchange=Asked)

    @property
    def address(self):
        return f"{'https' if self.context else 'http'}://{self.host}:{self.number}"

    def serve(self):
        try:
            super().serve()
        except OSError:  # stopped
            pass

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Journal:
    """All requests in the order in which they were read, and which of them gave the secret to somebody it is not for: it belongs into
    the `field` of requests to the first site, in a `form`, and nowhere else."""

    def __init__(self, secret, field, form="{}", path=None, home="api"):
        self.secret, self.field, self.home, self.entries = secret, field.lower(), home, []
        self._right, self._start, self._lock = form.format(secret), time.monotonic(), threading.Lock()
        self._file = open(path, "a", buffering=1, encoding="utf-8") if path else None

    def open(self, site, request):
        shown = [[name, "…" if name.lower() == self.field else self.masked(value)] for name, value in request.headers]
        body = b"" if request.kind().startswith("multipart/") else request.body
        given = request.get(self.field)
        entry = {"n": 0, "at": round(time.monotonic() - self._start, 4), "site": site.name, "method": request.method,
                 "target": self.masked(request.target), "headers": shown,
                 "token": "none" if not given else "right" if given == self._right else "wrong",
                 "body": self.masked(body.decode("utf-8", "backslashreplace")), "size": request.size, "status": None, "fault": None,
                 "leak": self.leaks(site, request)}
        with self._lock:
            self.entries.append(entry)
            entry["n"] = len(self.entries)
        request.entry = entry
        return entry

    def masked(self, text):
        return text.replace(self.secret, "…")

    def leaks(self, site, request):
        own = site.name == self.home
        fields = "".join(value for name, value in request.headers if not own or name.lower() != self.field)
        return request.tells or self.secret in request.target + fields

    def told(self):
        """The requests that gave the secret away, for people."""
        return [f"{entry['site']}: {entry['method']} {entry['target']}" for entry in self.entries if entry["leak"]]

    def close(self, entry, status, fault):
        entry["status"], entry["fault"] = status, fault
        if self._file:
            with self._lock:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")


class Asked(Exchange):
    """One request to a site, and what its fault does to the answer."""

    def run(self):
        request = None
        try:
            if not self.read_head():
                return False
            request = Request(self.method, self.target, self.headers)
            kind, chance = self.port.faults.next(request, self.size > 0)
            if kind in BODY_KINDS:
                return self.stop_reading(request, kind)
            self.read_content(request, self.size)
            return self.answered(request, kind, chance)
        except Refused as why:
            request = request or Request(getattr(self, "method", "?"), getattr(self, "target", "?"), [])
            return self.refuse(request, why)
        finally:
            if request:
                request.content.close()

    def refuse(self, request, why):
        """What is no HTTP has no fields and no body that could be shown."""
        request.headers = []
        self.port.journal.close(self.port.journal.open(self.port, request), 400, f"not HTTP: {why}")
        self.answer(400, str(why).encode(), ["Connection: close"])
        return False

    def answered(self, request, kind, chance):
        """Makes the answer, and sends it or what its fault leaves of it."""
        site, request.fault = self.port, kind
        answer = self.spoilt_before(kind, chance)
        if answer is None:
            site.prepare(request)
        with site.handling:
            entry = site.journal.open(site, request)
            answer = self.handled(request) if answer is None else answer
        if kind in ("drop-after", "reset", "500-after") and answer is not False:
            answer.close()
            answer = Answer(500, PAGE, "text/html") if kind == "500-after" else False
        site.journal.close(entry, answer.status if answer else None, kind)
        if not answer:
            return self.silent() if kind == "silent" else self.reset() if kind == "reset" else False
        try:
            return self.send(answer, kind)
        finally:
            answer.close()

    def read_content(self, request, size):
        """Reads so many bytes of the body."""
        if self.fields("expect") and not self.rest:
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        part, self.rest = self.rest, b""
        if len(part) > self.size:
            raise Refused("more came than Content-Length says")
        secret = self.port.journal.secret.encode()
        request.take(part, secret)
        while request.size < size:
            part = self.connection.recv(min(size - request.size, BLOCK))
            if not part:
                raise OSError("the body ends early")
            request.take(part, secret)

    def stop_reading(self, request, kind):
        self.rest = self.rest[:self.size // 2]
        self.read_content(request, self.size // 2)
        self.port.journal.close(self.port.journal.open(self.port, request), None, kind)
        return self.silent() if kind == "deaf" else self.reset()

    def handled(self, request):
        """What the handler makes; a mistake of its own is an answer too, and is shown."""
        try:
            return self.port.handler(request)
        except Exception:
            traceback.print_exc()
            return Answer(500, PAGE, "text/html")

    def spoilt_before(self, kind, chance):
        """An answer that was not asked for, False for none, None where the handler has to make it."""
        site, status = self.port, (kind or "")[:3]
        waits = [f"Retry-After: {site.retry_after}"] if (kind or "").endswith("retry-after") else []
        if status in ("500", "503") and kind != "500-after":
            return Answer(int(status), PAGE, "text/html", waits)
        if status == "429":
            return Answer(429, {"detail": "Request was throttled. Expected available in 1 second."}, fields=waits)
        if kind == "html":
            return Answer(200, PAGE, "text/html")
        if kind == "redirect":
            return Answer(302, fields=[f"Location: {site.elsewhere.address}{self.target}"])
        if kind in ("drop-before", "silent") or (kind == "reset" and chance.random() < 0.5):
            return False
        return None

    def silent(self):
        self.wait_for_end()
        return False

    def send(self, answer, kind):
        """Head and body, spoilt where that is due; true when the connection goes on."""
        length = 0 if self.method == "HEAD" else answer.length
        chunked, ends = answer.chunked and self.method != "HEAD", "close" in self.fields("connection")
        said = answer.length + (7 if kind == "wrong-length" else 0)
        size = ["Transfer-Encoding: chunked" if chunked else f"Content-Length: {said}"]
        self.head(answer.status, [f"Content-Type: {answer.kind}", *size, *answer.fields, *["Connection: close"] * ends])
        half = length // 2
        for block in answer.blocks(0, half):
            self.put(block, chunked, kind)
        if kind == "truncate":
            return False
        if kind == "stall":
            time.sleep(self.port.stall)
        for block in answer.blocks(half, length):
            self.put(block, chunked, kind)
        if kind == "wrong-length":
            return False
        if chunked:
            self.connection.sendall(b"0\r\n\r\n")
        return self.reset() if answer.resets else not ends

    def put(self, block, chunked, kind):
        for at in range(0, len(block), 1 if kind == "slow" else BLOCK):
            piece = block[at:at + 1] if kind == "slow" else block
            if kind == "slow":
                time.sleep(self.port.stall / 100)
            self.connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
