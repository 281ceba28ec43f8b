"""Version 2 of the Clowder API as its test server answers it, without files: what clowder2 2.0.0-beta.4 does, and what its clients
have to bear."""
import json
import re

from clowder_api import TEXT, Api
from clowder_state import USER, Refusal
from site_host import Answer

DEFAULT_LIMIT = 10
LICENSES = ("CC BY", "CC BY-SA", "CC BY-ND", "CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND", "CC0 Public Domain Dedication")
ID = re.compile(r"[0-9a-f]{24}\Z")
CRASH = b"Internal Server Error"


def text_value(text):
    """What becomes of a quoted value: python-multipart undoes backslashes, and keeps of a Windows path the last name."""
    text = text.replace("\\\\", "\\").replace('\\"', '"')
    return text.split("\\")[-1] if text[1:3] == ":\\" or text[:2] == "\\\\" else text


def detail(status, text):
    return Refusal(status, {"detail": text})


def invalid(where, name, message="field required", kind="value_error.missing"):
    return detail(422, [{"loc": [where, name], "msg": message, "type": kind}])


class DatasetsV2(Api):
    """`upload_seconds` pass for each uploaded file, in which nothing else is answered (the platform takes one). With `resets` the
    connection is reset after a crash. `whitelist` are the server's directories whose files may be registered; `definitions` names
    of metadata definitions; with `keycloak` a login server refuses bearers, without it they crash."""

    PREFIX = "/api/v2/"
    unescape = staticmethod(text_value)

    def __init__(self, platform, upload_seconds=0, resets=False, whitelist=(), keycloak=False):
        super().__init__(platform)
        self.upload_seconds, self.resets, self.whitelist, self.keycloak = upload_seconds, resets, list(whitelist), keycloak
        self.definitions, self.expired = {"LatLon"}, set()

    # -- who asks, and what is not there -----------------------------------------------------------------------------
    def authorise(self, request, handler):
        if handler is type(self).status:
            return
        key, bearer = request.get("x-api-key"), request.get("authorization")
        if bearer and (handler is type(self).update_file or not key):
            raise detail(401, "Not authenticated.") if self.keycloak else Refusal(500, CRASH)
        if not key:
            raise detail(401, {"error": "Not authenticated."})
        if key in self.expired:
            raise detail(401, {"error": "Key is expired."})
        if key != self.platform.key:
            raise detail(401, {"error": "Key is invalid."})

    def route(self, request):
        if request.method == "GET" and request.path == "/":
            return {"status": "ok"}
        return super().route(request)

    def unknown(self, request):
        other = request.path[:-1] if request.path.endswith("/") else request.path + "/"
        words = other[len(self.PREFIX):].split("/")
        if other.startswith(self.PREFIX) and any(self.match(pattern.split("/"), words) is not None for _, pattern, _ in self.ROUTES):
            query = request.target.partition("?")
            return Answer(307, fields=[f"Location: {self.site.address}{other}{query[1]}{query[2]}"])
        raise detail(404, "Not Found")

    def other_method(self, request):
        raise detail(405, "Method Not Allowed")

    def not_json(self, request, why):
        return invalid("body", 0, why, "value_error.jsondecode")

    def refused(self, why):
        if why.body == CRASH:
            return Answer(500, CRASH, TEXT, resets=self.resets)
        return super().refused(why)

    def get(self, table, key, what):
        """A record; an id that is none crashes the server."""
        if not ID.match(key):
            raise Refusal(500, CRASH)
        record = self.platform.table(table).get(key)
        if record is None:
            raise detail(404, f"{what} {key} not found")
        return record

    def dataset(self, key, frozen=True):
        return self.get("freezes" if frozen and key in self.platform.freezes else "datasets", key, "Dataset")

    def folder(self, key, what="Folder"):
        return None if key is None else self.get("folders", key, what)["id"]

    def page(self, request, rows, shown):
        query, asked = dict(request.query), {}
        for name, default in (("skip", 0), ("limit", DEFAULT_LIMIT)):
            text = query.get(name, str(default))
            if not re.fullmatch(r"[+-]?\d+", text):
                raise invalid("query", name, "value is not a valid integer", "type_error.integer")
            asked[name] = int(text)
        if asked["skip"] < 0 or asked["limit"] < 1:
            raise Refusal(500, CRASH)
        part = rows[asked["skip"]:asked["skip"] + asked["limit"]]
        return {"metadata": {"total_count": len(rows), **asked}, "data": [shown(row) for row in part]}

    @staticmethod
    def newest(rows):
        return list(reversed(rows))

    # -- datasets ----------------------------------------------------------------------------------------------------
    def status(self, _request):
        return {"version": "2.0.0-beta.4"}

    @staticmethod
    def dataset_shown(dataset):
        shown = {"name": dataset["name"], "description": dataset["description"], "status": dataset["status"], "id": dataset["id"],
                 "creator": USER, "created": dataset["created"], "modified": dataset["created"], "user_views": 0, "downloads": 0,
                 "thumbnail_id": None, "standard_license": dataset["license"] in LICENSES, "license_id": dataset["license"]}
        number = dataset.get("frozen_version_num", -999)
        return {**shown, "origin_id": dataset.get("origin"), "frozen": number > 0, "frozen_version_num": number}

    def create_dataset(self, request):
        license_id = dict(request.query).get("license_id")
        if license_id is None:
            raise invalid("query", "license_id")
        value = self.json(request)
        texts = {name: value.get(name, default) for name, default in (("name", "N/A"), ("description", "N/A"), ("status", "PRIVATE"))}
        for name, text in texts.items():
            if not isinstance(text, str):
                raise invalid("body", name, "str type expected", "type_error.str")
        return self.dataset_shown(self.platform.add_dataset(**texts, license=license_id))

    def list_datasets(self, request):
        return self.page(request, self.newest(self.platform.all("datasets")), self.dataset_shown)

    def get_dataset(self, _request, key):
        return self.dataset_shown(self.dataset(key))

    def delete_dataset(self, _request, key):
        dataset = self.dataset(key, frozen=False)
        for frozen in self.platform.all("freezes", origin=key):
            self.platform.remove_dataset(frozen)
            del self.platform.freezes[frozen["id"]]
        self.platform.remove_dataset(dataset)
        return {"deleted": key}

    def freeze(self, _request, key):
        dataset, places = self.dataset(key, frozen=False), {None: None}
        number = 1 + max((frozen["frozen_version_num"] for frozen in self.platform.all("freezes", origin=key)), default=0)
        copied = {name: value for name, value in dataset.items() if name not in ("id", "created")}
        frozen = self.platform.add("freezes", **copied, origin=key, frozen_version_num=number)
        for folder in self.platform.all("folders", dataset=key):  # parents come first
            places[folder["id"]] = self.platform.add_folder(frozen["id"], folder["name"], places[folder["parent"]])["id"]
        for file in self.platform.all("files", dataset=key):
            kept = {name: file[name] for name in ("name", "type", "size", "md5")}
            self.platform.add("files", **kept, origin=file.get("origin", file["id"]), versions=list(file["versions"]),
                              dataset=frozen["id"], folder=places[file["folder"]])
        return self.dataset_shown(frozen)

    def freezes(self, request, key):
        self.dataset(key)
        return self.page(request, self.newest(self.platform.all("freezes", origin=key)), self.dataset_shown)

    def latest_freeze(self, _request, key):
        self.dataset(key)
        return max((frozen["frozen_version_num"] for frozen in self.platform.all("freezes", origin=key)), default=-999)

    def download_dataset(self, _request, key):
        dataset, files = self.dataset(key), self.platform.all("files", dataset=key)
        if any("/" in file["name"] for file in files) or not self.is_latin(dataset["name"]):
            raise Refusal(500, CRASH)
        kept = [(self.platform.file_path(file), self.platform.blob(file)) for file in files]
        about = [held["content"] for held in self.platform.all("metadata", resource=key)]
        bag = self.bag(dataset, kept, [("metadata/_dataset_metadata.json", json.dumps(about))] if about else [])
        name = [f"Content-Disposition: attachment; filename={dataset['name']}.zip"]
        return Answer(200, bag, "application/x-zip-compressed", name, chunked=True)

    @staticmethod
    def is_latin(name):
        """Whether a field can hold it."""
        return bool(re.fullmatch(r"[\x20-\x7e\xa0-\xff]*", name))

    # -- folders -----------------------------------------------------------------------------------------------------
    def folder_shown(self, folder):
        return {"name": folder["name"], "id": folder["id"], "dataset_id": folder["dataset"], "parent_folder": folder["parent"],
                "creator": USER, "created": folder["created"], "modified": folder["created"], "object_type": "folder"}

    def create_folder(self, request, key):
        self.dataset(key, frozen=False)
        value = self.json(request)
        if not isinstance(value.get("name", "N/A"), str):
            raise invalid("body", "name", "str type expected", "type_error.str")
        parent = self.folder(value.get("parent_folder"), "Parent folder")
        return self.folder_shown(self.platform.add_folder(key, value.get("name", "N/A"), parent))

    def list_folders(self, request, key):
        self.dataset(key)
        rows = self.platform.all("folders", dataset=key, parent=dict(request.query).get("parent_folder"))
        shown = ("name", "id", "created")
        return self.page(request, self.newest(rows), lambda folder: {name: folder[name] for name in shown} | {"creator": USER})

    def list_both(self, request, key):
        self.dataset(key)
        folder = dict(request.query).get("folder_id")
        rows = self.newest(self.platform.all("folders", dataset=key, parent=folder))
        rows += self.newest(self.platform.all("files", dataset=key, folder=folder))
        return self.page(request, rows, lambda row: self.file_shown(row) if "versions" in row else self.folder_shown(row))
