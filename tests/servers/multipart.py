"""Reads multipart/form-data as it stands in a file: RFC 7578 and RFC 2046, section 5.1.1, and nothing that is laxer."""
import hashlib
import os
import re
import tempfile

BLOCK = 1 << 20
LONGEST_HEAD = 1 << 14


class Broken(Exception):
    """The body is not what it says it is."""


class Part:
    """A field: its name, `filename` (None for a text), type, and its bytes, in `content` or for a file at `path`; with size and MD5."""

    def __init__(self, disposition, kind):
        self.name, self.filename, self.kind = disposition["name"], disposition.get("filename"), kind
        self.content, self.path, self.size, self.md5 = b"", None, 0, None


def parameters(text, unescape):
    """{name: value} of `form-data; name="…"; …`. A semicolon inside of quotes stands for itself, and so does a quote behind a
    backslash: that is how Play 2.2 and python-multipart split."""
    pieces, quoted, escaped = [""], False, False
    for character in text:
        quoted = quoted != (character == '"' and not escaped)
        escaped = character == "\\"
        if character == ";" and not quoted:
            pieces.append("")
        else:
            pieces[-1] += character
    fields = {}
    for piece in pieces[1:]:
        name, equals, value = piece.strip().partition("=")
        if quoted or not equals or len(value) < 2 or value[0] + value[-1] != '""':
            raise Broken(f"Content-Disposition: {piece.strip()} is not name=\"value\"")
        if name in fields:
            raise Broken(f"Content-Disposition: {name} stands there twice")
        fields[name] = unescape(value[1:-1])
    if pieces[0].strip() != "form-data" or "name" not in fields:
        raise Broken(f"Content-Disposition: {text}")
    return fields


class Reader:
    """Takes a body apart; files go to files of their own in `directory`, under temporary names."""

    def __init__(self, file, content_type, directory, unescape=lambda value: value):
        match = re.fullmatch(r'multipart/form-data\s*;\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))', content_type.strip(), re.I)
        if not match:
            raise Broken(f"Content-Type: {content_type}")
        self._mark = b"\r\n--" + (match[1] or match[2]).encode("latin-1")
        self._file, self._directory, self._unescape = file, directory, unescape
        self._held = b"\r\n"  # the first boundary may stand at the very start

    def parts(self):
        """All fields, in order."""
        self._file.seek(0)
        found = []
        try:
            for block in self._until_mark():
                if block.strip(b"\r\n"):
                    raise Broken("there is something before the first boundary")
            while self._goes_on():
                found.append(self._head())
                self._take(found[-1])
        except Broken:
            for part in found:
                if part.path:
                    remove(part.path)
            raise
        return found

    def _more(self):
        block = self._file.read(BLOCK)
        if not block:
            raise Broken("the body ends inside of a part")
        self._held += block

    def _until_mark(self):
        """Yields what stands before the next boundary, and skips that."""
        while (at := self._held.find(self._mark)) < 0:
            safe = len(self._held) - len(self._mark) + 1
            if safe > 0:
                yield self._held[:safe]
                self._held = self._held[safe:]
            self._more()
        yield self._held[:at]
        self._held = self._held[at + len(self._mark):]

    def _goes_on(self):
        while len(self._held) < 2:
            self._more()
        after, self._held = self._held[:2], self._held[2:]
        if after == b"--":
            if (self._held + self._file.read(3)).strip(b"\r\n"):
                raise Broken("there is something behind the last boundary")
            return False
        if after != b"\r\n":
            raise Broken("a boundary is not a line")
        return True

    def _head(self):
        while b"\r\n\r\n" not in self._held:
            if len(self._held) > LONGEST_HEAD:
                raise Broken("the head of a part has no end")
            self._more()
        text, self._held = self._held.split(b"\r\n\r\n", 1)
        fields = {}
        try:
            lines = text.decode("utf-8").split("\r\n")
        except UnicodeDecodeError as why:
            raise Broken("the head of a part is not UTF-8") from why
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not re.fullmatch(r"[!-9;-~]+", name) or name.lower() in fields:
                raise Broken(f"header line of a part: {line!r}")
            fields[name.lower()] = value.strip()
        return Part(parameters(fields.get("content-disposition", ""), self._unescape), fields.get("content-type"))

    def _take(self, part):
        if part.filename is None:
            part.content = b"".join(self._until_mark())
            part.size = len(part.content)
            return
        handle, part.path = tempfile.mkstemp(prefix="part-", dir=self._directory)
        digest = hashlib.md5()
        with open(handle, "wb") as out:
            for block in self._until_mark():
                out.write(block)
                digest.update(block)
                part.size += len(block)
        part.md5 = digest.hexdigest()


def remove(path):
    """Takes a part's file away, if nobody has made it his."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
