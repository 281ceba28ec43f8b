"""HTTP/1.1 messages as they stand on the wire, for programs between client and server: RFC 9112, sections 2 to 7."""
import asyncio

BLOCK = 1 << 16  # bytes read at once
LONGEST_HEAD = 1 << 18
BROKEN = (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError)  # what reading a connection that ends early raises


class Head:
    """Start line and fields of a message, and the bytes they were read from."""

    def __init__(self, raw):
        self.raw = raw
        lines = raw[:-4].split(b"\r\n")
        self.start = lines[0].split(b" ", 2)
        self._fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            self._fields[name.lower()] = value.strip()

    def get(self, name):
        return self._fields.get(name, b"").decode("latin-1")

    @property
    def method(self):
        return self.start[0].decode("latin-1")

    @property
    def target(self):
        return self.start[1].decode("latin-1")

    @property
    def status(self):
        return int(self.start[1])

    def closes(self):
        """Whether the sender closes the connection after this message."""
        connection = self.get(b"connection").lower()
        old = b"HTTP/1.0" in (self.start[0], self.start[-1])
        return "close" in connection or (old and "keep-alive" not in connection)

    def replaced(self, name, value):
        """The bytes with another value of a field, or with the field added."""
        lines = [line for line in self.raw[:-4].split(b"\r\n") if not line.lower().startswith(name.lower() + b":")]
        return b"\r\n".join([*lines, name + b": " + value]) + b"\r\n\r\n"


class Body:
    """How a message's body ends: after `length` bytes, with the last chunk (length None), or with the connection."""

    def __init__(self, head, request=None):
        """`request` is the one that `head` answers; a request itself has none."""
        self.chunked = "chunked" in head.get(b"transfer-encoding").lower()
        self.to_end = False
        self.length = int(head.get(b"content-length") or 0)
        if request and (request.method == "HEAD" or head.status in (204, 304)):
            self.chunked, self.length = False, 0
        elif self.chunked:
            self.length = None
        elif request and not head.get(b"content-length"):
            self.to_end, self.length = True, None

    def empty(self):
        return self.length == 0

    async def blocks(self, reader):
        """Yields (bytes, whether they are content), all that stands on the wire; IncompleteReadError where the body ends early."""
        if self.chunked:
            async for block in self._chunks(reader):
                yield block
        elif self.to_end:
            while data := await reader.read(BLOCK):
                yield data, True
        else:
            left = self.length
            while left:
                data = await reader.read(min(left, BLOCK))
                if not data:
                    raise asyncio.IncompleteReadError(b"", left)
                left -= len(data)
                yield data, True

    @staticmethod
    async def _chunks(reader):
        while True:
            line = await reader.readuntil(b"\r\n")
            yield line, False
            left = int(line.split(b";")[0], 16)
            if left == 0:
                break
            while left:
                data = await reader.read(min(left, BLOCK))
                if not data:
                    raise asyncio.IncompleteReadError(b"", left)
                left -= len(data)
                yield data, True
            yield await reader.readexactly(2), False
        while True:  # trailer fields, then an empty line
            line = await reader.readuntil(b"\r\n")
            yield line, False
            if line == b"\r\n":
                return


async def read_head(reader):
    return Head(await reader.readuntil(b"\r\n\r\n"))
