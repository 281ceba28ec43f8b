#!/usr/bin/env python3
"""A strict test server of the Clowder API: clowder_server.py --api v1|v2 --state DIR [--port-file F] [--log F] [--fault …]

Keeps all records in DIR (made when absent, empty then): state.json, the account's key in `key`, bytes in `blobs`. Listens on free
ports of 127.0.0.1 (API: the port that is printed, and written to --port-file once it listens; presigned links and redirects: another
one, under the name localhost), until its standard input ends or it gets SIGTERM. --log takes one JSON line for each request: {"n", "at"
(s), "site" (api or blobs), "method", "target", "headers", "token" (the key in X-API-Key: right, wrong, none), "body" (uploads: empty),
"size" of the body, "parts" of an upload ([field, file name, bytes]), "status" (null: no answer), "fault", "leak"}. Exit 1 when the key
came to where it does not belong; in the query of version 1 it is understood, and yet does not belong.

While it runs, POST /_faults with {"fault": "KIND[*TIMES] [REGEX]"} adds one, and needs no key.

From Python: `with ClowderServer("v1") as server:`, then server.url, .key, .platform (what it knows), .faults, .entries (what was asked).
"""
import json
import re
import ssl
import threading

import site_program
from clowder_api import KINDS
from clowder_state import Platform
from clowder_v1 import ApiV1
from clowder_v2_files import ApiV2
from http_server import certificate
from site_faults import Faults
from site_host import Answer, Journal, Site

REFUSED = b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
VERSIONS = {"v1": ApiV1, "v2": ApiV2}


class ClowderServer:
    """Serves from `with` on; with `tls`, the API by TLS, its self-signed certificate being `ca` (a file). Options beyond these are those
    of ApiV1 or ApiV2."""

    def __init__(self, api, platform=None, log=None, plan=None, tls=False, **options):
        self.platform, self.ca, self.context = platform or Platform(), None, None
        if tls:
            key, self.ca = certificate(self.platform.directory)
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(self.ca, key)
        self.faults, self.journal = Faults(plan, KINDS), Journal(self.platform.key, "X-API-Key", path=log)
        self.api = VERSIONS[api](self.platform, **options)

    def __enter__(self):
        lock = threading.RLock()
        self.site = Site("api", "127.0.0.1", self.answer, self.journal, self.faults, lock, self.api.prepare, self.context)
        self.blobs = Site("blobs", "localhost", self.answer_blob, self.journal, self.faults, lock)
        self.site.elsewhere = self.blobs.elsewhere = self.blobs
        self.api.site, self.api.blobs = self.site, self.blobs
        return self

    def __exit__(self, *_):
        self.site.stop()
        self.blobs.stop()
        self.platform.close()

    # -- what tests ask --------------------------------------------------------------------------------------------
    @property
    def url(self):
        return self.site.address + "/"

    @property
    def key(self):
        return self.platform.key

    @property
    def entries(self):
        return self.journal.entries

    def leaks(self):
        """Requests that gave the key to somebody it is not for."""
        return self.journal.told()

    def uploads(self):
        """Names of the files that uploads brought, in order, those with a lost answer too."""
        return [name for entry in self.entries for _, name, _ in entry.get("parts", []) if name]

    # -- answers ---------------------------------------------------------------------------------------------------
    def answer(self, request):
        if (request.method, request.path) == ("POST", "/_faults"):
            try:
                return Answer(200, self.faults.parse(json.loads(request.body)["fault"]))
            except (ValueError, KeyError, TypeError, re.error) as why:
                return Answer(400, {"error": str(why)})
        return self.api(request)

    def answer_blob(self, request):
        if request.entry["leak"] or request.entry["token"] != "none":
            request.entry["leak"] = True
            return Answer(400, {"error": "The key came here."})
        name = request.path.rpartition("/")[2]
        path = self.platform.blobs / name
        given = dict(request.query).get("X-Amz-Signature")
        wanted = getattr(self.api, "signature", lambda _: None)(name)
        if request.path != f"/clowder/{name}" or request.method not in ("GET", "HEAD") or given != wanted or not path.is_file():
            return Answer(403, REFUSED, "application/xml")
        part = self.api.range(request, path.stat().st_size)
        return Answer(206 if part else 200, b"", "application/octet-stream", ["Accept-Ranges: bytes"], path, part)


def main():
    parser = site_program.arguments(__doc__, KINDS)
    parser.add_argument("--api", choices=sorted(VERSIONS), required=True)
    parser.add_argument("--state", metavar="DIR", required=True)
    parser.add_argument("--tls", action="store_true", help="the API by TLS, for which DIR/ca.pem vouches")
    parser.add_argument("--store-after", type=float, default=0.2, metavar="S", help="v1: bytes are there so long after the answer")
    parser.add_argument("--upload-seconds", type=float, default=0, metavar="S", help="v2: what each uploaded file takes; the platform: 1")
    parser.add_argument("--resets", action="store_true", help="v2: after a crash (500 as text) the connection is reset")
    parser.add_argument("--server-path", action="append", default=[], metavar="DIR", help="repeatable; its files may be registered by path")
    options, plan = site_program.parse(parser, KINDS)
    own = {"store_after": options.store_after, "sourcepaths": options.server_path} if options.api == "v1" else \
        {"upload_seconds": options.upload_seconds, "resets": options.resets, "whitelist": options.server_path}
    server = ClowderServer(options.api, Platform(options.state), options.log, plan, options.tls, **own)
    site_program.serve(server, options, "key", server.platform.save)


if __name__ == "__main__":
    main()
