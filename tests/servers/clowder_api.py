"""What both versions of the Clowder test server share: routes, request bodies, uploads, and the archive of a dataset."""
import hashlib
import io
import json
import re
import zipfile
from urllib.parse import unquote

import multipart
from clowder_state import Refusal
from site_faults import BODY_KINDS
from site_faults import KINDS as SITE_KINDS
from site_host import Answer

# Beside the faults of all servers, those of its uploads.
KINDS = SITE_KINDS | BODY_KINDS | {
    "lost-bytes": "the upload is answered well, and its bytes are never stored",
    "short-bytes": "the upload is answered well, and the last byte of each file is not stored",
    "status-error": "the dataset is not created, and the answer is 200 with no id (version 1)",
    "first-only": "of the files of an upload only the first is stored, and the answer names that",
}
TEXT = "text/plain; charset=utf-8"
LONGEST_TEXT = 20 << 20  # bytes of a request that is no upload


class Api:
    """Answers of a platform. A version gives its ROUTES, a list of (method, pattern, handler), and says how it refuses."""

    PREFIX, ROUTES = "/api/", []

    def __init__(self, platform):
        self.platform = platform
        self.site = self.blobs = None  # set by the server: this host and the one of presigned links

    def __call__(self, request):
        try:
            answer = self.route(request)
            if request.method not in ("GET", "HEAD"):
                self.platform.changed()
            return answer if isinstance(answer, Answer) else Answer(200, answer)
        except Refusal as why:
            return self.refused(why)
        finally:
            self.tidy(request)

    def refused(self, why):
        text = isinstance(why.body, bytes)
        return Answer(why.status, why.body, TEXT if text else "application/json")

    def unknown(self, request):
        raise Refusal(404)

    def authorise(self, request, handler):
        raise NotImplementedError

    def route(self, request):
        if not request.path.startswith(self.PREFIX):
            return self.unknown(request)
        words = [unquote(word) for word in request.path[len(self.PREFIX):].split("/")]
        others = set()
        for method, pattern, handler in self.ROUTES:
            found = self.match(pattern.split("/"), words)
            if found is not None and method == request.method:
                self.authorise(request, handler)
                return handler(self, request, *found)
            others |= {method} if found is not None else set()
        return self.other_method(request) if others else self.unknown(request)

    def other_method(self, request):
        return self.unknown(request)

    @staticmethod
    def match(pattern, words):
        if len(pattern) != len(words) or any(p not in ("*", w) or (p == "*" and not w) for p, w in zip(pattern, words)):
            return None
        return [w for p, w in zip(pattern, words) if p == "*"]

    # -- requests --------------------------------------------------------------------------------------------------
    def json(self, request):
        """The request's body as an object."""
        if request.kind() not in ("application/json", "text/json"):
            raise self.not_json(request, f"Content-Type: {request.get('content-type')}")
        if request.size > LONGEST_TEXT:
            raise Refusal(413, b"Request Entity Too Large")
        try:
            value = json.loads(request.body.decode("utf-8"))
        except ValueError as why:
            raise self.not_json(request, str(why)) from why
        if not isinstance(value, dict):
            raise self.not_json(request, "no object")
        return value

    def not_json(self, request, why):
        return Refusal(400, f"Invalid Json: {why}".encode())

    unescape = staticmethod(lambda value: value)

    def prepare(self, request):
        """Takes an upload apart before its turn comes; many at once."""
        request.parts = request.broken = None
        if request.kind() == "multipart/form-data":
            try:
                request.parts = multipart.Reader(request.content, request.get("content-type"), self.platform.blobs, self.unescape).parts()
            except multipart.Broken as why:
                request.broken = str(why)

    def upload(self, request):
        """The fields of an upload, recorded; a fault may have taken some away."""
        if request.parts is None:
            raise Refusal(400, (request.broken or "no multipart/form-data").encode())
        request.entry["parts"] = [[part.name, part.filename, part.size] for part in request.parts]
        files = [part for part in request.parts if part.filename]
        if request.fault == "first-only":
            files = files[:1]
        if request.fault == "short-bytes":
            for part in files:
                with open(part.path, "r+b") as file:
                    file.truncate(max(0, part.size - 1))
        return files

    @staticmethod
    def tidy(request):
        """What an upload brought and nobody took."""
        for part in getattr(request, "parts", None) or []:
            if part.path:
                multipart.remove(part.path)

    def range(self, request, size):
        """(first byte, size) of `Range: bytes=FIRST-[LAST]`, None without; the end is cut to the file's."""
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", request.get("range"))
        if not match:
            return None
        first, last = int(match[1]), min(int(match[2] or size), size - 1)
        return first, max(0, last - first + 1)

    # -- the archive of a dataset ----------------------------------------------------------------------------------
    def bag(self, dataset, files, extra=()):
        """A BagIt archive (RFC 8493): payload below data/ and its MD5 sums, each line `SUM PATH` with one space. `extra` are
        (name, text) of further files."""
        lines, size, out = [], 0, io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for path, blob in files:
                content = blob.read_bytes()
                lines.append(f"{hashlib.md5(content).hexdigest()} {path}\n")
                size += len(content)
                archive.writestr("data/" + path, content)
            tags = {"bagit.txt": f"BagIt-Version: 0.97\nPayload-Oxum: {size}.{len(lines)}\nInternal-Sender-Identifier: {dataset['id']}\n",
                    "manifest-md5.txt": "".join(lines), **dict(extra)}
            sums = "".join(f"{hashlib.md5(text.encode()).hexdigest()} {name}\n" for name, text in tags.items())
            for name, text in {**tags, "tagmanifest-md5.txt": sums}.items():
                archive.writestr(name, text)
        return out.getvalue()
