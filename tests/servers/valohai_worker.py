"""The worker's side of the Valohai test server, which the platform does not publish: executions begin, get their inputs, and end.

    POST /_worker/executions/              {"step", "parameters", "inputs": {NAME: {"uris", "download"}}} → {"execution", "inputs",
                                           "api", "downloads"}: what goes into inputs.json (paths relative to the inputs directory)
                                           and api.json, and path and URL of each file that is to be there at the start
    POST /_worker/executions/ID/finish/    {"outputs": DIRECTORY, "exit"} → {"data", "versions", "problems"}
    POST /_worker/faults/                  {"fault": "KIND[*TIMES] [PATTERN]"}
    POST /presigned/ID/input_request/?inputs=INPUT, /presigned/ID/set_status_detail/    the calls of api.json
"""
import json
from urllib.parse import parse_qs, urlsplit

from site_host import Answer
from valohai_outputs import Upload
from valohai_state import Refusal, not_found

SIGNED = "X-Valohai-Presigned"


class Worker:
    """Answers below /_worker/ and /presigned/."""

    def __init__(self, platform, faults):
        self.platform, self.faults = platform, faults
        self.site = self.blobs = None  # as in Api

    def __call__(self, request):
        words = request.path.strip("/").split("/")
        try:
            if request.method != "POST" or not request.path.endswith("/"):
                raise Refusal(405, {"detail": f'Method "{request.method}" not allowed.'})
            return Answer(200, self.route(request, words))
        except Refusal as why:
            return Answer(why.status, why.body)
        except (ValueError, KeyError, TypeError) as why:
            return Answer(400, {"error": repr(why)})

    def route(self, request, words):
        if words[0] == "presigned" and len(words) == 3:
            return self.presigned(request, self.platform.get("executions", words[1]), words[2])
        given = json.loads(request.body)
        if words == ["_worker", "executions"]:
            return self.begin(given)
        if words[:2] == ["_worker", "executions"] and words[3:] == ["finish"]:
            return self.finish(self.platform.get("executions", words[2]), given)
        if words == ["_worker", "faults"]:
            return self.faults.parse(given["fault"])
        raise not_found()

    # -- an execution's life ---------------------------------------------------------------------------------------
    def begin(self, given):
        inputs = {name: self.resolved(name, wanted) for name, wanted in given.get("inputs", {}).items()}
        execution = self.platform.add_execution(given["step"], given.get("parameters"))
        for name, files in inputs.items():
            input_id = self.platform.new_id()
            for file in files:
                file["input_id"] = input_id
            execution["inputs"].append({"id": input_id, "name": name, "files": files})
        self.platform.save()
        shown = {entry["name"]: {"input_id": entry["id"], "files": entry["files"]} for entry in execution["inputs"]}
        downloads = [{"path": file["path"], "url": self.url(file["datum_id"])} for files in inputs.values() for file in files
                     if file["download_intent"] == "always"]
        return {"execution": execution, "inputs": shown, "api": self.api_json(execution), "downloads": downloads}

    def resolved(self, name, wanted):
        """The files of an input as inputs.json shows them; their paths keep the directories of their names, and begin with the input's."""
        files = []
        for datum in (datum for uri in wanted["uris"] for datum in self.platform.resolve_input(uri)):
            if datum["purged"]:
                raise Refusal(404, {"error": f"The datum {datum['id']} has been purged."})
            files.append({"name": datum["name"], "path": f"{name}/{datum['name']}", "size": datum["size"] or 0,
                          "uri": f"datum://{datum['id']}", "storage_uri": datum["uri"], "datum_id": datum["id"], "input_id": None,
                          "checksums": {kind: datum[kind] for kind in ("md5", "sha1", "sha256") if datum.get(kind)},
                          "metadata": [datum["metadata"]] if datum["metadata"] else [],
                          "download_intent": wanted.get("download", "always")})
        return files

    def finish(self, execution, given):
        if execution["status"] != "started":
            raise Refusal(400, {"error": "The execution has ended already."})
        made = Upload(self.platform, execution, given["outputs"]).run()
        execution["status"] = "complete" if given.get("exit", 0) == 0 else "error"
        self.platform.save()
        return made

    def url(self, datum_id):
        return f"{self.blobs.address}/blobs/{datum_id}?signature={self.platform.signature(datum_id)}"

    # -- calls without a token -------------------------------------------------------------------------------------
    def api_json(self, execution):
        return {what: {"url": f"{self.site.address}/presigned/{execution['id']}/{what}/", "method": "POST",
                       "headers": {SIGNED: self.platform.signature(f"{execution['id']} {what}")}}
                for what in ("input_request", "set_status_detail")}

    def presigned(self, request, execution, what):
        if request.get(SIGNED) != self.platform.signature(f"{execution['id']} {what}"):
            raise Refusal(401, {"detail": "The presigned call's headers are missing or wrong."})
        if what == "set_status_detail":
            value = json.loads(request.body)
            if set(value) != {"status_detail"} or not isinstance(value["status_detail"], str):
                raise Refusal(400, {"status_detail": [{"code": "invalid", "message": "Not a text."}]})
            execution["status_detail"] = value["status_detail"]
            self.platform.save()
            return value
        if what != "input_request":
            raise not_found()
        asked = parse_qs(urlsplit(request.target).query).get("inputs", [])
        found = [entry for entry in execution["inputs"] if entry["id"] in asked]
        if not asked or len(found) != len(asked):
            raise not_found()
        return [{"name": entry["name"],
                 "files": [{"input_id": entry["id"], "url": self.url(file["datum_id"]), "filename": file["name"],
                            "original_uri": file["uri"], "download_intent": file["download_intent"]} for file in entry["files"]]}
                for entry in found]
