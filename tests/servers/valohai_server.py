#!/usr/bin/env python3
"""A strict test server of the Valohai API: valohai_server.py --state DIR | --case FILE [--port-file F] [--log F] [--fault …]

--state keeps all records in DIR (made when absent, with one project named demo): state.json, the token in `token`, bytes in `blobs`.
--case serves one case of tests/vectors/valohai. Listens on free ports of 127.0.0.1 (API: the port that is printed, and written to
--port-file once it listens; bytes of data: another one, under the name localhost), until its standard input ends or it gets SIGTERM.
--log takes one JSON line for each request: {"n", "at" (s), "site" (api or blobs), "method", "target", "headers", "token" (right,
wrong, none), "body", "status" (null: no answer), "fault", "leak"}. Exit 1 when the token came to where it does not belong.

From Python: `with ValohaiServer() as server:`, then server.url, .token, .platform (what it knows), .faults, .entries (what was asked).
"""
import json
import pathlib
import threading

import site_program
from site_faults import Faults
from site_host import Answer, Journal, Site
from valohai_api import KINDS, Api
from valohai_state import Platform
from valohai_worker import Worker

BLOB_REFUSED = b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class ValohaiServer:
    """Serves from `with` on. Options beyond a platform are those of Api."""

    def __init__(self, platform=None, log=None, plan=None, **options):
        self.platform = platform or Platform()
        self.faults = Faults(plan, KINDS, "/_worker/")
        self.journal = Journal(self.platform.token, "Authorization", "Token {}", log)
        self.api, self.worker = Api(self.platform, **options), Worker(self.platform, self.faults)

    def __enter__(self):
        lock = threading.RLock()
        self.site = Site("api", "127.0.0.1", self.answer, self.journal, self.faults, lock)
        self.blobs = Site("blobs", "localhost", self.answer_blob, self.journal, self.faults, lock)
        self.site.elsewhere = self.blobs.elsewhere = self.blobs
        for part in (self.api, self.worker):
            part.site, part.blobs = self.site, self.blobs
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
    def token(self):
        return self.platform.token

    @property
    def entries(self):
        return self.journal.entries

    def request_lines(self):
        """The API's requests as the vectors have them."""
        return [f"{e['method']} {e['target']} HTTP/1.1" for e in self.entries
                if e["site"] == "api" and not e["target"].startswith(("/_worker/", "/presigned/"))]

    def leaks(self):
        """Requests that gave the token to somebody it is not for."""
        return self.journal.told()

    # -- answers ---------------------------------------------------------------------------------------------------
    def answer(self, request):
        own = request.path.startswith(("/_worker/", "/presigned/"))
        return (self.worker if own else self.api)(request)

    def answer_blob(self, request):
        if self.entries[-1]["leak"]:
            return Answer(400, {"error": "The token came here."})
        _, place, key = ("/" + request.path.strip("/")).rpartition("/")
        signed = dict(request.query).get("signature") == self.platform.signature(key)
        path = self.platform.blobs / key
        if request.path != f"/blobs/{key}" or request.method not in ("GET", "HEAD") or not signed or not path.is_file() or not place:
            return Answer(403, BLOB_REFUSED, "application/xml")
        return Answer(200, path.read_bytes(), "application/octet-stream")


def platform_of_case(case):
    """What the recorded case's server knew; and, of Api, its overrides."""
    env, api = case["env"], case["api"]
    platform = Platform(token=env["VH_API_TOKEN"])
    dataset = platform.add("datasets", {"id": api["dataset"]["id"], "name": api["dataset"]["name"]})
    version = api["version"]
    if version:
        data = [file["datum"] for file in version["files"]]
        for datum in data:
            platform.add("data", {"project": platform.project["id"], "output_execution": None, **datum})
        platform.add_version(dataset, version["name"], [datum["id"] for datum in data], id=version["id"])
    execution = platform.add("executions", {"id": env["VH_EXECUTION_ID"], "counter": 1, "project": platform.project["id"],
                                            "status": "complete", "inputs": []})
    for datum in (case.get("phase2") or {}).get("api_data", []):
        platform.add("data", {"project": platform.project["id"], "output_execution": {"id": execution["id"], "counter": 1}, **datum})
    platform.planned_ids = ["0192aaaa-0000-0000-0000-00000000beef"]  # what the recorded server gave to the new version
    overrides = {key: Answer(value["status"], value["body"].encode()) for key, value in api["override"].items()}
    return platform, overrides


def main():
    parser = site_program.arguments(__doc__, KINDS)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--state", metavar="DIR")
    what.add_argument("--case", metavar="FILE")
    parser.add_argument("--downloads", choices=("url", "stream"), default="url")
    parser.add_argument("--largest-page", type=int, default=5000, metavar="N", help="what `limit` is cut to")
    options, plan = site_program.parse(parser, KINDS)
    platform, overrides = Platform(options.state) if options.state else None, {}
    if options.case:
        platform, overrides = platform_of_case(json.loads(pathlib.Path(options.case).read_text(encoding="utf-8")))
    server = ValohaiServer(platform, options.log, plan, downloads=options.downloads, largest_page=options.largest_page)
    server.api.overrides = overrides
    site_program.serve(server, options, "token", server.platform.save if options.state else None)


if __name__ == "__main__":
    main()
