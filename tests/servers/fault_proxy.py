#!/usr/bin/env python3
"""A proxy on the loopback that spoils some of the requests to an S3 server, or none: fault_proxy.py --upstream HOST:PORT …

Heads pass as they were sent, Host too, so that signatures hold. Prints its port once it listens. --log takes one JSON line for
each request, written before the client can see its answer: {"n", "at" (s since start), "method", "path", "range" (asked for, or null), "status" (as the client
saw it, null: none), "upstream" (the server's status, null: the server was not asked or did not answer), "fault" (a kind or null),
"detail"}. A request whose "upstream" is 2xx has been done, whatever the client saw.
"""
import argparse
import asyncio
import json
import socket
import struct
import sys
import time

import fault_plan
from fault_exchange import Exchange
from http_wire import BLOCK, BROKEN, LONGEST_HEAD, read_head

LINGER = 2  # seconds in which a client may read an answer that came before all of its request was taken


class Connection:
    """A client's connection and the one to the server that belongs to it; both stay open between requests."""

    def __init__(self, proxy, reader, writer):
        self.proxy, self.reader, self.writer = proxy, reader, writer
        self.closed = False
        self._upstream = None

    async def serve(self):
        try:
            while not self.closed:
                await Exchange(self.proxy, self, await read_head(self.reader)).run()
                if not self.closed:
                    await self.writer.drain()
        except BROKEN:
            pass
        finally:
            self.close()
            if self._upstream:
                self._upstream[1].close()

    async def upstream(self):
        if self._upstream and (self._upstream[0].at_eof() or self._upstream[0].exception()):  # closed while nothing was asked
            self._upstream[1].close()
            self._upstream = None
        if not self._upstream:
            self._upstream = await asyncio.open_connection(*self.proxy.options.upstream, limit=LONGEST_HEAD)
        return self._upstream

    def close(self):
        self.closed = True
        self.writer.close()

    def reset(self):
        self.closed = True
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def linger(self):
        """Ends the connection so that the client can read the answer, although it may still be sending."""
        try:
            await self.writer.drain()
            self.writer.write_eof()
            await asyncio.wait_for(self._read_to_end(), LINGER)
        except (*BROKEN, asyncio.TimeoutError):
            pass
        self.close()

    async def _read_to_end(self):
        while await self.reader.read(BLOCK):
            pass


class Proxy:
    def __init__(self, options):
        self.options = options
        self.plan = fault_plan.Plan(options.rate, options.seed, options.kinds, options.times, options.only)
        self._log = open(options.log, "w", buffering=1, encoding="utf-8") if options.log else None
        self._count, self._start = 0, time.monotonic()

    def number(self):
        self._count += 1
        return self._count

    def now(self):
        return time.monotonic() - self._start

    def write(self, entry):
        if self._log:
            self._log.write(json.dumps(entry) + "\n")

    async def run(self):
        async def serve(reader, writer):
            await Connection(self, reader, writer).serve()

        server = await asyncio.start_server(serve, "127.0.0.1", self.options.port, limit=LONGEST_HEAD, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


def host_and_port(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def main():
    kinds = "\n".join(f"  {name:16} {what}" for name, what in fault_plan.KINDS.items())
    parser = argparse.ArgumentParser(description=__doc__, epilog="kinds:\n" + kinds,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", type=host_and_port, required=True, metavar="HOST:PORT")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--rate", type=float, default=0, help="part of the requests that meet a fault, 0 to 1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", type=fault_plan.parse_kinds, default="all", help="all, or a,b, or all,-a: all but a")
    parser.add_argument("--times", type=int, help="faults that one request and its repetitions meet at most")
    parser.add_argument("--only", metavar="REGEX", help="spoil only where this is found in `METHOD /path?query`")
    parser.add_argument("--stall", type=float, default=5, metavar="SECONDS")
    parser.add_argument("--retry-after", type=int, default=1, metavar="SECONDS")
    parser.add_argument("--flip-xml", action="store_true", help="flip bits of XML answers too, which no client can notice")
    parser.add_argument("--unconditional", action="store_true", help="answer 200 where the server says 412, as services do that ignore conditions")
    parser.add_argument("--log", metavar="FILE")
    try:
        asyncio.run(Proxy(parser.parse_args()).run())
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
