"""Version 1 of the Clowder API as its test server answers it: what clowder 1.23.0 does, and what its clients have to bear."""
import base64
import binascii
import json
import os
import re
import shutil
import tempfile
import time
from urllib.parse import quote

from clowder_api import TEXT, Api
from clowder_state import USER, Refusal
from site_host import PAGE, Answer

DEFAULT_LIMIT = 12
VERSION = {"version": {"number": "1.23.0", "build": "test", "branch": "HEAD", "gitsha1": "870b70f"}}
NOT_AUTHORIZED = b"Not authorized"


def text_value(text):
    """What becomes of a quoted value: Play 2.2 makes `\\"` a quote, and keeps of a path as Windows has it the last name."""
    return text.replace('\\"', '"').split("\\")[-1]


class ApiV1(Api):
    """`store_after` s pass between the answer to an upload and its bytes being there. Server paths below `sourcepaths` can be
    registered. `password` lets the account in by HTTP Basic."""

    PREFIX = "/api/"
    unescape = staticmethod(text_value)

    def __init__(self, platform, store_after=0.2, sourcepaths=(), password=None):
        super().__init__(platform)
        self.store_after, self.sourcepaths, self.password, self.writable = store_after, list(sourcepaths), password, True
        self.stored_at = {}  # file: when its bytes are there (s)

    # -- who asks ----------------------------------------------------------------------------------------------------
    def knows(self, request):
        """The first credential of a request decides; who gives none, or a wrong one, is anonymous."""
        kind, _, given = request.get("authorization").partition(" ")
        if kind.lower() == "basic":
            try:
                return self.password is not None and base64.b64decode(given).decode() == f"{USER['email']}:{self.password}"
            except (binascii.Error, UnicodeDecodeError):
                return False
        key = request.get("x-api-key") or dict(request.query).get("key")
        return key == self.platform.key

    def authorise(self, request, handler):
        request.user = self.knows(request)
        reads = request.method == "GET" and handler is not ApiV1.list_folders
        if not reads and not (request.user and self.writable):
            raise Refusal(401, NOT_AUTHORIZED)

    def unknown(self, request):
        return Answer(404, b"<h1>Action not found</h1>", "text/html; charset=utf-8")

    def get(self, request, table, key, missing):
        """A record that the asker may see."""
        record = self.platform.table(table).get(key)
        owner = record and self.platform.datasets.get(record.get("dataset"), record)
        if record and not request.user and not owner.get("public"):
            raise Refusal(401, NOT_AUTHORIZED)
        if record is None:
            raise missing
        return record

    def dataset(self, request, key, missing=None):
        return self.get(request, "datasets", key, missing or Refusal(404))

    def listed(self, request, table):
        """Newest first; `title` is a regular expression, or with exact=true the name."""
        query = dict(request.query)
        title, exact = query.get("title"), query.get("exact") == "true"
        try:
            limit = int(query.get("limit", DEFAULT_LIMIT))
            matches = re.compile(title or "", re.I).search
        except re.error as why:
            raise Refusal(500, PAGE) from why
        except ValueError as why:
            raise Refusal(400, b"For request 'GET' [Cannot parse parameter limit as Int]") from why
        rows = [row for row in reversed(self.platform.table(table).values()) if request.user or row.get("public")]
        return [row for row in rows if (row["name"] == title if exact and title is not None else matches(row["name"]))][:max(0, limit)]

    def wanted(self, value, *names):
        for name in names:
            if not isinstance(value.get(name), str):
                raise Refusal(400, f"Missing parameter [{name}]")
        return [value[name] for name in names]

    # -- spaces ------------------------------------------------------------------------------------------------------
    def version(self, _request):
        return VERSION

    def list_spaces(self, request):
        return [self.space_shown(space) for space in self.listed(request, "spaces")]

    @staticmethod
    def space_shown(space):
        return {name: space[name] for name in ("id", "name", "description", "created")}

    def create_space(self, request):
        name, description = self.wanted(self.json(request), "name", "description")
        return {"id": self.platform.add("spaces", name=name, description=description)["id"]}

    def get_space(self, request, key):
        return self.space_shown(self.get(request, "spaces", key, Refusal(400, b"Space not found")))

    def add_to_space(self, request, space, dataset):
        space, dataset = self.get(request, "spaces", space, Refusal(404)), self.dataset(request, dataset)
        dataset["spaces"] = [*dict.fromkeys([*dataset["spaces"], space["id"]])]
        return {"status": "success"}

    def datasets_of_space(self, request, key):
        self.get_space(request, key)
        limit = int(dict(request.query).get("limit", DEFAULT_LIMIT))
        return [self.dataset_shown(d) for d in reversed(self.platform.datasets.values()) if key in d["spaces"]][:limit]

    # -- datasets ----------------------------------------------------------------------------------------------------
    @staticmethod
    def dataset_shown(dataset):
        return {**{name: dataset[name] for name in ("id", "name", "description", "created", "spaces")}, "authorId": USER["id"]}

    def create_dataset(self, request):
        value = self.json(request)
        name, = self.wanted(value, "name")
        for member in ("existingfiles", "collection"):
            if member in value:
                raise Refusal(501, f"The test server does not know {member}".encode())
        if request.fault == "status-error":
            return {"status": "error"}
        spaces = value.get("space") if isinstance(value.get("space"), list) else []
        known = [space for space in spaces if space in self.platform.spaces]  # others are dropped, and nothing says so
        description = value.get("description", "")
        return {"id": self.platform.add_dataset(name, description, known, public=value.get("access") == "PUBLIC")["id"]}

    def list_datasets(self, request):
        return [self.dataset_shown(dataset) for dataset in self.listed(request, "datasets")]

    def get_dataset(self, request, key):
        return self.dataset_shown(self.dataset(request, key))

    def delete_dataset(self, request, key):
        self.platform.remove_dataset(self.dataset(request, key))
        return {"status": "success"}

    def create_folder(self, request, key):
        dataset = self.dataset(request, key, Refusal(500, f"Parent Dataset {key} not found".encode()))
        name, parent, kind = self.wanted(self.json(request), "name", "parentId", "parentType")
        if kind not in ("dataset", "folder") or (kind == "dataset" and parent != key):
            raise Refusal(500, f"Parent type {kind} not acceptable".encode())
        if kind == "folder" and self.platform.folders.get(parent, {}).get("dataset") != key:
            raise Refusal(500, f"parent folder {parent} not found".encode())
        inside, name = None if kind == "dataset" else parent, name.strip()
        same = self.platform.all("folders", dataset=dataset["id"], parent=inside, name=name)
        made = self.platform.add_folder(key, name, inside, f"{name} ({len(same)})" if same else name)
        return {"id": made["id"], "name": name, "parentDatasetID": key, "parentId": parent, "parentType": kind, "files": "", "folders": "",
                "created": made["created"]}

    def list_folders(self, request, key):
        self.dataset(request, key)
        return [{"id": folder["id"], "name": "/" + self.platform.folder_path(folder["id"], "display")}
                for folder in self.platform.all("folders", dataset=key)]

    def download_dataset(self, request, key):
        dataset = self.dataset(request, key)
        files = [(self.platform.file_path(file), self.platform.blob(file)) for file in self.platform.all("files", dataset=key)
                 if self.is_stored(file)]
        return Answer(200, self.bag(dataset, files), "application/zip", chunked=True)

    # -- files -------------------------------------------------------------------------------------------------------
    def is_stored(self, file):
        return not file.get("lost") and self.stored_at.get(file["id"], 0) <= time.monotonic()

    def upload_files(self, request, key):
        dataset = self.dataset(request, key, Refusal(400, f"Dataset with id={key} does not exist".encode()))
        folder = dict(request.query).get("folder_id")
        if folder is not None and self.platform.folders.get(folder, {}).get("dataset") != key:
            raise Refusal(400, b"There is no such folder")
        made, texts = [], {part.name: part.content for part in request.parts or [] if part.filename is None}
        for part in self.upload(request) + self.registered(request):
            file = self.platform.add_file(dataset["id"], part, folder, lost=request.fault == "lost-bytes")
            self.stored_at[file["id"]] = time.monotonic() + self.store_after
            if part.filename in texts:
                self.attach(file["id"], json.loads(texts[part.filename]))
            made.append(file)
        if not made:
            raise Refusal(400, b"No files uploaded")
        if len(made) == 1:
            return {"id": made[0]["id"]}
        return {"ids": [{"id": file["id"], "name": file["name"], "status": "CREATED", "created": file["created"]} for file in made]}

    def registered(self, request):
        """Text fields `file` that name a path of the server; paths that are not allowed, or do not exist, are passed over."""
        found = []
        for part in request.parts:
            if part.filename is None and part.name == "file":
                try:
                    path = os.path.realpath(json.loads(part.content)["path"])
                except (ValueError, KeyError, TypeError) as why:
                    raise Refusal(500, PAGE) from why
                if os.path.isfile(path) and any(path.startswith(os.path.join(os.path.realpath(s), "")) for s in self.sourcepaths):
                    part.filename, part.path = os.path.basename(path), tempfile.mktemp(prefix="registered-", dir=self.platform.blobs)
                    part.size = os.path.getsize(path)
                    shutil.copyfile(path, part.path)
                    found.append(part)
        return found

    def list_files(self, request, key):
        self.dataset(request, key, Refusal(500))
        files = self.platform.all("files", dataset=key)
        limit = int(dict(request.query).get("max", -1))
        return [self.file_shown(file) for file in (files if limit < 0 else files[:limit])]

    def file_shown(self, file):
        shown = {"id": file["id"], "filename": file["name"], "contentType": file["type"], "date-created": file["created"],
                 "size": str(file["size"])}
        folder = self.platform.folders.get(file["folder"])
        return {**shown, "folders": {"id": folder["id"], "name": folder["name"]}} if folder else shown

    def file_info(self, request, key):
        file = self.file(request, key)
        return {"id": key, "filename": file["name"], "content-type": file["type"], "date-created": file["created"],
                "size": str(file["size"])}

    def file(self, request, key):
        return self.get(request, "files", key, Refusal(400, b"Invalid file ID"))

    def download_file(self, request, key):
        file = self.file(request, key)
        if not self.is_stored(file):
            raise Refusal(404)
        path, part = self.platform.blob(file), self.range(request, self.platform.blob(file).stat().st_size)
        if part:
            spans = f"Content-Range: bytes {part[0]}-{part[0] + part[1] - 1}/{file['size']}"
            return Answer(206, b"", file["type"], ["Accept-Ranges: bytes", spans], path, part)
        name = f"Content-Disposition: attachment; filename*=UTF-8''{quote(file['name'])}"
        return Answer(200, b"", file["type"], [name], path, chunked=True)

    def delete_file(self, request, key):
        self.platform.remove_file(self.file(request, key))
        return {"status": "success"}

    # -- metadata ----------------------------------------------------------------------------------------------------
    def attach(self, resource, value):
        agent, context = value.get("agent"), value.get("@context")
        known = isinstance(agent, dict) and isinstance(agent.get("@type"), str) and ("user_id" in agent or "extractor_id" in agent)
        if not known or not isinstance(value.get("content"), dict):
            raise Refusal(400, "Creator data is missing or incorrect.")
        if isinstance(context, str) and not re.match(r"[a-z]+://\S+\Z", context):
            raise Refusal(500, PAGE)
        self.platform.add("metadata", resource=resource, context=context, agent=agent, content=value["content"])

    def resource(self, request, kind, key):
        self.get(request, kind, key, Refusal(404 if request.method == "POST" else 400, f"Error getting {kind[:-1]}  {key}"))

    def metadata(self, request, kind, key):
        self.resource(request, kind, key)
        found = []
        for held in self.platform.all("metadata", resource=key):
            context = {} if held["context"] is None else {"@context": held["context"]}
            url = f"{self.site.address}/{kind}/{key}"
            found.append({**context, "attached_to": {"resource_type": f"cat:{kind[:-1]}", "url": url}, "created_at": held["created"],
                          "agent": held["agent"], "content": held["content"]})
        return found

    def add_metadata(self, request, kind, key):
        self.resource(request, kind, key)
        self.attach(key, self.json(request))
        return "Metadata successfully added to db"

    def remove_metadata(self, request, kind, key):
        self.resource(request, kind, key)
        return {"status": "success", "count": str(self.platform.remove_metadata(key))}

    def refused(self, why):
        if why.body == PAGE:
            return Answer(why.status, PAGE, "text/html")
        return super().refused(why) if why.body else Answer(why.status, b"", TEXT)


def of(kind, handler):
    return lambda api, request, key: handler(api, request, kind, key)


ApiV1.ROUTES = [
    ("GET", "version", ApiV1.version), ("GET", "spaces", ApiV1.list_spaces), ("POST", "spaces", ApiV1.create_space),
    ("GET", "spaces/*", ApiV1.get_space), ("GET", "spaces/*/datasets", ApiV1.datasets_of_space),
    ("POST", "spaces/*/addDatasetToSpace/*", ApiV1.add_to_space),
    ("POST", "datasets/createempty", ApiV1.create_dataset), ("GET", "datasets", ApiV1.list_datasets),
    ("GET", "datasets/*", ApiV1.get_dataset), ("DELETE", "datasets/*", ApiV1.delete_dataset),
    ("POST", "datasets/*/newFolder", ApiV1.create_folder), ("GET", "datasets/*/folders", ApiV1.list_folders),
    ("GET", "datasets/*/download", ApiV1.download_dataset), ("GET", "datasets/*/files", ApiV1.list_files),
    ("GET", "datasets/*/listAllFiles", ApiV1.list_files), ("POST", "datasets/*/files", ApiV1.upload_files),
    ("POST", "uploadToDataset/*", ApiV1.upload_files), ("GET", "files/*/metadata", ApiV1.file_info),
    ("GET", "files/*", ApiV1.download_file), ("GET", "files/*/blob", ApiV1.download_file), ("DELETE", "files/*", ApiV1.delete_file),
] + [(method, f"{kind}/*/metadata.jsonld", of(kind, handler)) for kind in ("datasets", "files")
     for method, handler in (("GET", ApiV1.metadata), ("POST", ApiV1.add_metadata), ("DELETE", ApiV1.remove_metadata))]
