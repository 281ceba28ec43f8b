"""HTTP of the Valohai test server: strict reading, faults on request, and a record of all that was asked."""
import json
import random
import re
import socket
import threading
import time
import traceback
from urllib.parse import parse_qsl, urlsplit

import fault_plan
from http_server import Exchange, Port, Refused

# kind: what happens. Those of fault_plan.KINDS that need no checksum to be noticed, and these:
KINDS = {kind: said for kind, said in fault_plan.KINDS.items() if not kind.startswith("flip")}
KINDS |= {
    "silent": "no answer at all, for as long as the client waits",
    "slow": "the answer comes byte by byte",
    "html": "answered 200 with a web page",
    "redirect": "sent on, by 302, to the same path at another host",
    "next-elsewhere": "the page's `next` leads to another host",
    "no-next": "the page comes without `count`, `next` and `previous`",
    "same-page": "the same, and every page is the first one",
}
PAGE = b"<!DOCTYPE html>\n<html><head><title>Server Error</title></head><body><h1>Server Error</h1></body></html>\n"
JSON = "application/json"


class Answer:
    """Status, body and fields of an answer; a body that is no bytes is sent as JSON."""

    def __init__(self, status, body=b"", kind=JSON, fields=()):
        self.status, self.kind, self.fields = status, kind, list(fields)
        self.body = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


class Request:
    """One request as handlers see it: `path` and `query` (the pairs in order) are taken from `target`."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        parts = urlsplit(target)
        self.path, self.query = parts.path, parse_qsl(parts.query, keep_blank_values=True)
        self.fault = None

    def get(self, name):
        """The value of a field, empty where it is absent."""
        name = name.decode() if isinstance(name, bytes) else name
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Faults:
    """Scripted ones first, each for so many requests; then those of a plan, which a seed repeats."""

    def __init__(self, plan=None):
        self._plan, self._scripted = plan, []

    def add(self, kind, pattern="", times=1):
        """The next `times` requests in whose `METHOD /path?query` the pattern is found meet this."""
        if kind not in KINDS:
            raise ValueError(f"no such kind: {kind}; there are {', '.join(KINDS)}")
        self._scripted.append([kind, re.compile(pattern), times])

    def clear(self):
        """Takes back what was scripted and has not been met."""
        self._scripted.clear()

    def parse(self, text):
        """`KIND[*TIMES] [PATTERN]`, as on the command line."""
        what, _, pattern = text.partition(" ")
        kind, _, times = what.partition("*")
        self.add(kind, pattern, int(times or 1))

    def next(self, request):
        """(kind or None, random numbers for its details); what the worker asks meets none."""
        if request.path.startswith("/_worker/"):
            return None, None
        for scripted in self._scripted:
            if scripted[2] > 0 and scripted[1].search(f"{request.method} {request.target}"):
                scripted[2] -= 1
                return scripted[0], random.Random(1)
        return self._plan.fault(request, bool(request.body)) if self._plan else (None, None)


class Site(Port):
    """One host of the server. `handler` makes an answer of a request, one at a time for all sites that share `lock`."""

    def __init__(self, name, host, handler, journal, faults, lock):
        self.name, self.host, self.handler, self.journal, self.faults, self.handling = name, host, handler, journal, faults, lock
        self.stall, self.retry_after, self.elsewhere = 0.5, 1, None
        super().__init__(exchange=Asked)

    @property
    def address(self):
        return f"http://{self.host}:{self.number}"

    def serve(self):
        try:
            super().serve()
        except OSError:  # stopped
            pass

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Journal:
    """All requests in the order in which they were read, and which of them gave the token to somebody it is not for."""

    def __init__(self, secret, path=None):
        self.secret, self.entries, self._start, self._lock = secret, [], time.monotonic(), threading.Lock()
        self._file = open(path, "a", buffering=1, encoding="utf-8") if path else None

    def open(self, site, request):
        shown = [[name, "…" if name.lower() == "authorization" else self.masked(value)] for name, value in request.headers]
        entry = {"n": 0, "at": round(time.monotonic() - self._start, 4), "site": site.name, "method": request.method,
                 "target": self.masked(request.target), "headers": shown, "token": self.token(request),
                 "body": self.masked(request.body.decode("utf-8", "backslashreplace")), "status": None, "fault": None,
                 "leak": self.leaks(site, request)}
        with self._lock:
            self.entries.append(entry)
            entry["n"] = len(self.entries)
        return entry

    def masked(self, text):
        return text.replace(self.secret, "…")

    def token(self, request):
        given = request.get("authorization")
        return "none" if not given else "right" if given == f"Token {self.secret}" else "wrong"

    def leaks(self, site, request):
        """A token belongs in one field of requests to the API, and nowhere else."""
        place = request.target + request.body.decode("latin-1")
        if site.name != "api":
            place += "".join(value for _, value in request.headers)
        return self.secret in place

    def close(self, entry, status, fault):
        entry["status"], entry["fault"] = status, fault
        if self._file:
            with self._lock:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")


class Asked(Exchange):
    """One request to a site, and what its fault does to the answer."""

    def run(self):
        site = self.port
        try:
            if not self.read_head():
                return False
            body = self.read_content()
        except Refused as why:
            refused = Request(getattr(self, "method", "?"), getattr(self, "target", "?"), [], b"")
            site.journal.close(site.journal.open(site, refused), 400, f"not HTTP: {why}")
            self.answer(400, str(why).encode(), ["Connection: close"])
            return False
        request = Request(self.method, self.target, self.headers, body)
        with site.handling:
            entry = site.journal.open(site, request)
            kind, chance = site.faults.next(request)
            request.fault = kind
            answer = self.spoilt_before(kind, chance)
            answer = self.handled(request) if answer is None else answer
        if kind in ("drop-after", "reset", "500-after") and answer is not False:
            answer = Answer(500, PAGE, "text/html") if kind == "500-after" else False
        site.journal.close(entry, answer.status if answer else None, kind)
        if not answer:
            return self.silent() if kind == "silent" else self.reset() if kind == "reset" else False
        return self.send(answer, kind)

    def read_content(self):
        if self.fields("expect") and not self.rest:
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        content, self.rest = self.rest, b""
        while len(content) < self.size:
            part = self.connection.recv(min(self.size - len(content), 1 << 18))
            if not part:
                raise OSError("the body ends early")
            content += part
        if len(content) > self.size:
            raise Refused("more came than Content-Length says")
        return content

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
        body = b"" if self.method == "HEAD" else answer.body
        length, half = len(answer.body), len(body) // 2
        said = length + (7 if kind == "wrong-length" else 0)
        ends = "close" in self.fields("connection")
        fields = [f"Content-Type: {answer.kind}", f"Content-Length: {said}", *answer.fields, *["Connection: close"] * ends]
        self.head(answer.status, fields)
        if kind == "truncate":
            self.connection.sendall(body[:half])
            return False
        if kind == "stall":
            self.connection.sendall(body[:half])
            time.sleep(self.port.stall)
            body = body[half:]
        if kind == "slow":
            for byte in body:
                time.sleep(self.port.stall / 100)
                self.connection.sendall(bytes([byte]))
            return not ends
        self.connection.sendall(body)
        return kind != "wrong-length" and not ends
