"""One request through the fault proxy, and what its fault does to it."""
import asyncio

import fault_plan
from http_wire import BLOCK, BROKEN, Body, read_head

CODES = {500: ("Internal Server Error", "InternalError"), 503: ("Service Unavailable", "SlowDown"),
         429: ("Too Many Requests", "TooManyRequests")}


class Flip:
    """Changes one bit of the content that passes."""

    def __init__(self, offset, bit):
        self.offset, self._bit, self._seen = offset, bit, 0

    def __call__(self, data):
        at = self.offset - self._seen
        self._seen += len(data)
        if 0 <= at < len(data):
            data = bytearray(data)
            data[at] ^= 1 << self._bit
        return data


class Exchange:
    """One request and its answer."""

    def __init__(self, proxy, connection, head):
        self.proxy, self.client, self.head = proxy, connection, head
        self.body = Body(head)
        self.waits = "100-continue" in head.get(b"expect").lower()  # the body comes when it is asked for
        self.number, self.started = proxy.number(), proxy.now()
        self.fault, self.chance = proxy.plan.fault(head, not self.body.empty() and head.get(b"x-amz-decoded-content-length") != "0")
        self.detail = None
        self.taken = 0  # bytes of the request's body
        self.pump = None  # the task that passes a body on while an answer may come

    def log(self, status, upstream):
        self.proxy.write({"n": self.number, "at": round(self.started, 4), "method": self.head.method, "path": self.head.target,
                          "range": self.head.get(b"range") or None, "status": status, "upstream": upstream, "fault": self.fault, "detail": self.detail})

    # -- the request's body ----------------------------------------------------------------------------------------
    async def forward_body(self, upstream):
        """Passes the body on. Where the client stops, the server's connection ends; where the server does, that is seen there."""
        flip = self.request_flip() if self.fault == "flip-request" else None
        try:
            async for data, content in self.body.blocks(self.client.reader):
                self.taken += len(data)
                upstream.write(flip(data) if flip and content else data)
                await upstream.drain()
        except (*BROKEN, ValueError) as problem:
            if not isinstance(problem, OSError) or self.client.reader.exception():
                upstream.transport.abort()

    def request_flip(self):
        length = self.body.length or int(self.head.get(b"x-amz-decoded-content-length") or 1)
        flip = Flip(self.chance.randrange(length), self.chance.randrange(8))
        self.detail = {"offset": flip.offset}
        return flip

    async def skip_body(self):
        """Takes the body away, so that the connection ends or goes on cleanly."""
        if not self.waits:
            async for _ in self.body.blocks(self.client.reader):
                pass

    # -- without the server ----------------------------------------------------------------------------------------
    async def spoil_before(self):
        """True when the fault was one that keeps the request from the server."""
        if self.fault == "reset" and self.chance.random() < 0.5:
            self.log(None, None)
            self.client.reset()
        elif self.fault == "drop-before":
            await self.skip_body()
            self.log(None, None)
            self.client.close()
        elif self.fault in ("500", "503", "503-retry-after", "429", "429-retry-after"):
            await self.skip_body()
            await self.answer_status(int(self.fault[:3]), None, self.fault.endswith("retry-after"))
        else:
            return False
        return True

    async def answer_status(self, status, upstream, retry_after=False):
        reason, code = CODES[status]
        text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>by the fault proxy</Message></Error>"
        fields = [f"HTTP/1.1 {status} {reason}", "Content-Type: application/xml", f"Content-Length: {len(text)}"]
        fields += [f"Retry-After: {self.proxy.options.retry_after}"] * retry_after
        ends = self.head.closes() or self.waits
        fields += ["Connection: close"] * ends
        self.log(status, upstream)
        self.client.writer.write("\r\n".join([*fields, "", text if self.head.method != "HEAD" else ""]).encode())
        if ends:
            await self.end_connection()

    async def end_connection(self):
        if self.pump:
            self.pump.cancel()
            await asyncio.wait([self.pump])  # only one may read from the client
        await self.client.linger()

    # -- with the server -------------------------------------------------------------------------------------------
    async def run(self):
        if await self.spoil_before():
            return
        try:
            reader, upstream = await self.client.upstream()
        except OSError as problem:
            self.server_ended(problem)
            return
        upstream.write(self.head.raw)
        if self.waits or self.body.length is None or self.body.length > BLOCK:
            self.pump = asyncio.create_task(self.forward_body(upstream))
        elif not self.body.empty():
            await self.forward_body(upstream)
        try:
            await self.take_answer(reader)
        finally:
            if self.pump:
                self.pump.cancel()

    async def take_answer(self, reader):
        try:
            answer = await read_head(reader)
            while answer.status < 200:
                self.waits = self.waits and answer.status != 100
                self.client.writer.write(answer.raw)
                answer = await read_head(reader)
        except BROKEN as problem:
            self.server_ended(problem)
            return
        unasked = self.waits and self.taken == 0  # the client may send the body or leave it: the connection can tell no more
        body = Body(answer, self.head)
        if self.fault in ("drop-after", "reset", "500-after"):
            async for _ in body.blocks(reader):
                pass
            await self.spoil_after(answer.status, unasked)
            return
        await self.pass_answer(reader, answer, body, unasked)
        if self.client.closed:
            return
        if unasked or answer.closes() or body.to_end or self.head.closes():
            await self.end_connection()
        elif self.pump:
            await self.pump

    def server_ended(self, problem):
        self.fault, self.detail = None, f"no answer from the server: {type(problem).__name__}"
        self.log(None, None)
        self.client.close()

    async def spoil_after(self, status, unasked):
        if self.pump and not unasked:
            await self.pump
        if self.fault == "500-after":
            await self.answer_status(500, status)
            return
        self.log(None, status)
        if self.fault == "reset":
            self.client.reset()
        else:
            self.client.close()

    async def pass_answer(self, reader, answer, body, unasked):
        """Sends head and body on, spoiled where that is due."""
        writer = self.client.writer
        if answer.status == 412 and self.proxy.options.unconditional:
            await self.claim_success(reader, body)
            return
        raw = answer.replaced(b"Connection", b"close") if unasked else answer.raw
        self.check_fit(answer, body)
        flip, half = None, None
        if self.fault == "flip-answer":
            flip = Flip(self.chance.randrange(body.length or 1), self.chance.randrange(8))
            self.detail = {"offset": flip.offset}
        elif self.fault == "wrong-length":
            said = max(0, body.length + self.chance.choice((-1, 1)) * self.chance.randrange(1, 100))
            raw = answer.replaced(b"Content-Length", str(said).encode())
            self.detail = {"said": said, "sent": body.length}
        elif self.fault in ("truncate", "stall"):
            half = (body.length or 0) // 2
            self.detail = {"offset": half}
        self.log(answer.status, answer.status)
        if self.fault == "stall" and body.empty():
            await asyncio.sleep(self.proxy.options.stall)
        writer.write(raw)
        sent = 0
        async for data, content in body.blocks(reader):
            if half is not None and sent + len(data) > half:
                writer.write(data[:half - sent])
                if self.fault == "truncate":
                    self.client.close()
                    return
                await asyncio.sleep(self.proxy.options.stall)
                data, half = data[half - sent:], None
            sent += len(data)
            writer.write(flip(data) if flip and content else data)
            await writer.drain()
        if self.fault == "wrong-length":
            self.client.close()

    async def claim_success(self, reader, body):
        async for _ in body.blocks(reader):
            pass
        self.log(200, 412)
        self.client.writer.write(b'HTTP/1.1 200 OK\r\nETag: "done"\r\nContent-Length: 0\r\n\r\n')

    def check_fit(self, answer, body):
        """Takes back a fault that this answer cannot meet."""
        xml = "xml" in answer.get(b"content-type") and not self.proxy.options.flip_xml
        if ((self.fault in fault_plan.IN_ANSWER and body.empty()) or (self.fault == "wrong-length" and body.length is None) or
                (self.fault == "flip-answer" and xml)):
            self.proxy.plan.spare(self.fault)
            self.fault = None
