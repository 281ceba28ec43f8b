"""Files and metadata of version 2 of the Clowder API, and all its routes."""
import hashlib
import os
import shutil
import tempfile
import time
import types

from clowder_state import USER, Refusal
from clowder_v2 import CRASH, DatasetsV2, detail, invalid
from site_host import Answer


class ApiV2(DatasetsV2):
    """The whole of version 2."""

    # -- files -------------------------------------------------------------------------------------------------------
    @staticmethod
    def file_shown(file):
        newest = file["versions"][-1]
        return {"name": file["name"], "status": "PRIVATE", "id": file["id"], "creator": USER, "created": newest["created"],
                "version_id": newest["id"], "version_num": newest["number"], "dataset_id": file["dataset"], "folder_id": file["folder"],
                "views": 0, "downloads": 0, "bytes": file["size"], "thumbnail_id": None, "storage_type": "minio", "storage_path": None,
                "content_type": {"content_type": file["type"], "main_type": file["type"].split("/")[0]}, "object_type": "file",
                "origin_id": file.get("origin")}

    def sent(self, request, field):
        """The files of an upload in the one field that counts."""
        if request.broken:
            raise detail(400, "There was an error parsing the body")
        wanted = [part for part in self.upload(request) if part.name == field] if request.parts is not None else []
        if not wanted:
            raise invalid("body", field)
        return wanted

    def store(self, request, key, parts):
        made = []
        self.dataset(key, frozen=False)
        for part in parts:
            folder = self.folder(dict(request.query).get("folder_id"))
            file = self.platform.add_file(key, part, folder)
            if request.fault == "lost-bytes":
                self.platform.blob(file).unlink()
            time.sleep(self.upload_seconds)
            made.append(self.file_shown(file))
        return made

    def upload_file(self, request, key):
        return self.store(request, key, self.sent(request, "file")[-1:])[0]

    def upload_files(self, request, key):
        return self.store(request, key, self.sent(request, "files"))

    def list_files(self, request, key):
        self.dataset(key)
        folder = dict(request.query).get("folder_id")
        rows = self.platform.all("files", dataset=key) if folder is None else self.platform.all("files", dataset=key, folder=folder)
        return self.page(request, self.newest(rows), self.file_shown)

    def file(self, key):
        return self.get("files", key, "File")

    def file_summary(self, _request, key):
        return self.file_shown(self.file(key))

    def file_versions(self, _request, key):
        return [{"file_id": key, "creator": USER, "created": version["created"], "version_id": version["id"],
                 "version_num": version["number"], "bytes": version["size"]} for version in self.newest(self.file(key)["versions"])]

    def version(self, request, key):
        """(file, path of its bytes) of the version that is asked for."""
        file, number = self.file(key), dict(request.query).get("version")
        if number is not None and not any(str(version["number"]) == number for version in file["versions"]):
            raise detail(404, f"File {key} version {number} not found")
        path = self.platform.blob(file, number and int(number))
        if not path.is_file():
            raise Refusal(500, CRASH)
        return file, path

    def download_file(self, request, key):
        file, path = self.version(request, key)
        if not self.is_latin(file["name"]):
            raise Refusal(500, CRASH)
        name = [f"Content-Disposition: attachment; filename={file['name']}"]
        return Answer(200, b"", "application/octet-stream", name, path, chunked=True)

    def link(self, request, key):
        _, path = self.version(request, key)
        return {"presigned_url": f"{self.blobs.address}/clowder/{path.name}?X-Amz-Signature={self.signature(path.name)}"}

    def signature(self, name):
        return hashlib.sha256(f"{self.platform.key} {name}".encode()).hexdigest()[:32]

    def update_file(self, request, key):
        raise detail(403, "Not authenticated")  # with a bearer it does not come here

    def delete_file(self, _request, key):
        file = self.file(key)
        if file["dataset"] in self.platform.freezes:
            raise detail(404, f"File {key} not found")
        self.platform.remove_file(file)
        return {"deleted": key}

    def register_file(self, request, key):
        """A file that the server can reach by itself, where that is allowed."""
        self.dataset(key, frozen=False)
        path = self.json(request).get("path")
        if not isinstance(path, str):
            raise invalid("body", "path")
        if not any(path.startswith(allowed) for allowed in self.whitelist):
            raise detail(500, "File is not located in a whitelisted directory.")
        if not os.path.isfile(path):
            raise Refusal(500, CRASH)
        copy = tempfile.mktemp(prefix="registered-", dir=self.platform.blobs)
        shutil.copyfile(path, copy)
        part = types.SimpleNamespace(filename=os.path.basename(path), kind=None, path=copy, size=os.path.getsize(path), md5=None)
        return self.store(request, key, [part])[0]

    # -- metadata ----------------------------------------------------------------------------------------------------
    def resource(self, kind, key):
        """(record, its version)"""
        record = self.dataset(key) if kind == "datasets" else self.file(key)
        return record, record["versions"][-1]["number"] if kind == "files" else None

    @staticmethod
    def metadata_shown(held):
        return {"@context": held["context"], "context_url": held["context_url"], "definition": held["definition"],
                "content": held["content"], "description": None, "id": held["id"], "created": held["created"],
                "agent": {"creator": USER, "listener": None},
                "resource": {"collection": held["kind"], "resource_id": held["resource"], "version": held["version"]}}

    def metadata(self, request, kind, key):
        _, version = self.resource(kind, key)
        held = self.platform.all("metadata", resource=key)
        return [self.metadata_shown(record) for record in held if kind == "datasets" or record["version"] == version]

    def add_metadata(self, request, kind, key):
        _, version = self.resource(kind, key)
        value = self.json(request)
        context, url, definition = value.get("@context", value.get("context")), value.get("context_url"), value.get("definition")
        if not isinstance(value.get("content"), dict):
            raise invalid("body", "content")
        if context is not None and not (isinstance(context, list) and all(isinstance(item, (dict, str)) for item in context)):
            raise invalid("body", "@context", "value is not a valid list", "type_error.list")
        if context is None and url is None and definition is None:
            raise detail(400, "Context is required")
        if definition is not None and definition not in self.definitions:
            raise detail(400, f"{definition} is not valid metadata definition")
        if definition is not None and self.platform.all("metadata", resource=key, definition=definition, version=version):
            raise detail(409, f"Metadata for {definition} already exists on this {kind[:-1]}")
        return self.metadata_shown(self.platform.add("metadata", resource=key, kind=kind, version=version, context=context, context_url=url,
                                                     definition=definition, content=value["content"]))


def of(kind, handler):
    return lambda api, request, key: handler(api, request, kind, key)


ApiV2.ROUTES = [
    ("GET", "status", ApiV2.status), ("POST", "datasets", ApiV2.create_dataset), ("GET", "datasets", ApiV2.list_datasets),
    ("GET", "datasets/*", ApiV2.get_dataset), ("DELETE", "datasets/*", ApiV2.delete_dataset),
    ("POST", "datasets/*/freeze", ApiV2.freeze), ("GET", "datasets/*/freeze", ApiV2.freezes),
    ("GET", "datasets/*/freeze/latest_version_num", ApiV2.latest_freeze), ("GET", "datasets/*/download", ApiV2.download_dataset),
    ("POST", "datasets/*/folders", ApiV2.create_folder), ("GET", "datasets/*/folders", ApiV2.list_folders),
    ("GET", "datasets/*/folders_and_files", ApiV2.list_both), ("GET", "datasets/*/files", ApiV2.list_files),
    ("POST", "datasets/*/files", ApiV2.upload_file), ("POST", "datasets/*/filesMultiple", ApiV2.upload_files),
    ("POST", "datasets/*/local_files", ApiV2.register_file), ("GET", "files/*", ApiV2.download_file), ("PUT", "files/*", ApiV2.update_file),
    ("DELETE", "files/*", ApiV2.delete_file), ("GET", "files/*/url/", ApiV2.link), ("GET", "files/*/summary", ApiV2.file_summary),
    ("GET", "files/*/versions", ApiV2.file_versions),
] + [(method, f"{kind}/*/metadata", of(kind, handler)) for kind in ("datasets", "files")
     for method, handler in (("GET", ApiV2.metadata), ("POST", ApiV2.add_metadata))]
