"""What the Valohai test server knows: projects, executions, data, aliases, datasets and their versions."""
import datetime
import hashlib
import json
import os
import pathlib
import re
import secrets
import shutil
import tempfile

TABLES = ("projects", "executions", "data", "datum-aliases", "datasets", "dataset-versions")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
DATASET_URI = re.compile(r"dataset://([^/]+)/([^/]+)\Z")
USER = {"id": 1, "username": "tester", "email": "tester@example.com"}


class Refusal(Exception):
    """An error answer: status and the body in one of the platform's forms."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {json.dumps(body)}")
        self.status, self.body = status, body


def not_found():
    return Refusal(404, {"detail": "Not found."})


def invalid(field, code, message):
    return Refusal(400, {field: [{"code": code, "message": message}]})


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def digests(path):
    """(size, {"md5", "sha1", "sha256"} in lower-case hex) of a file, read once."""
    hashers, size = {name: hashlib.new(name) for name in ("md5", "sha1", "sha256")}, 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            size += len(block)
            for hasher in hashers.values():
                hasher.update(block)
    return size, {name: hasher.hexdigest() for name, hasher in hashers.items()}


class Platform:
    """Tables of plain records by id, in the order in which they were made. With a directory, `save` keeps them in its state.json,
    and its token file holds the token; without one all of it is temporary."""

    def __init__(self, directory=None, token=None):
        self._temporary = None if directory else tempfile.TemporaryDirectory(prefix="waybill-valohai-")
        self.directory = pathlib.Path(directory or self._temporary.name)
        self.blobs = self.directory / "blobs"
        self.blobs.mkdir(parents=True, exist_ok=True)
        self._counter, self._signing_key, self.planned_ids = 0, secrets.token_hex(16), []
        for table in TABLES:
            setattr(self, self.attribute(table), {})
        saved = self.directory / "state.json"
        if saved.exists():
            self._load(json.loads(saved.read_text(encoding="utf-8")))
        else:
            self.add("projects", {"name": "demo", "owner": {"id": 1, "username": USER["username"]}})
        self.token = token or self._token()

    @staticmethod
    def attribute(table):
        return table.replace("-", "_")

    def table(self, name):
        return getattr(self, self.attribute(name))

    def _token(self):
        place = self.directory / "token"
        if not place.exists():
            with open(os.open(place, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_hex(20))
        return place.read_text(encoding="ascii").strip()

    def _load(self, saved):
        self._counter, self._signing_key = saved["counter"], saved["signing_key"]
        for table in TABLES:
            self.table(table).update(saved[table])

    def save(self):
        state = {"counter": self._counter, "signing_key": self._signing_key, **{table: self.table(table) for table in TABLES}}
        fresh = self.directory / "state.json.new"
        fresh.write_text(json.dumps(state, indent=1, ensure_ascii=False), encoding="utf-8")
        fresh.replace(self.directory / "state.json")

    def close(self):
        if self._temporary:
            self._temporary.cleanup()

    # -- records ---------------------------------------------------------------------------------------------------
    def new_id(self):
        """Ids rise in the order in which records are made, as the platform's (UUID version 7) do."""
        if self.planned_ids:
            return self.planned_ids.pop(0)
        self._counter += 1
        return f"0193{self._counter >> 16:04x}-{self._counter & 0xffff:04x}-7000-8000-{self._counter:012x}"

    def add(self, table, record):
        record = {"id": None, "ctime": utc_now(), **record}
        record["id"] = record["id"] or self.new_id()
        self.table(table)[record["id"]] = record
        return record

    def get(self, table, key):
        record = self.table(table).get(key)
        if record is None:
            raise not_found()
        return record

    def one(self, table, **fields):
        """The record with these values, or None."""
        return next((r for r in self.table(table).values() if all(r.get(k) == v for k, v in fields.items())), None)

    @property
    def project(self):
        return next(iter(self.projects.values()))

    # -- executions ------------------------------------------------------------------------------------------------
    def add_execution(self, step="step", parameters=None):
        return self.add("executions", {"counter": len(self.executions) + 1, "step": step, "status": "started",
                                       "status_detail": None, "project": self.project["id"], "parameters": parameters or {},
                                       "inputs": [], "problems": []})

    def find_execution(self, key):
        """By id, `PROJECT:COUNTER` or `PROJECT:latest`."""
        project, colon, counter = key.partition(":")
        if not colon:
            return self.get("executions", key)
        of_project = [e for e in self.executions.values() if e["project"] == project]
        found = of_project[-1:] if counter == "latest" else [e for e in of_project if str(e["counter"]) == counter]
        if not found:
            raise not_found()
        return found[0]

    # -- data ------------------------------------------------------------------------------------------------------
    def add_datum(self, name, path=None, execution=None, **fields):
        """A datum; with a file its bytes are kept and its size and sums computed."""
        record = {"id": fields.pop("id", None) or self.new_id(), "name": name, "size": None, "md5": None, "sha1": None, "sha256": None,
                  "purged": False, "deleted": False, "project": self.project["id"], "tags": [], "metadata": {},
                  "output_execution": execution and {"id": execution["id"], "counter": execution["counter"]}}
        if path is not None:
            shutil.copyfile(path, self.blobs / record["id"])
            record["size"], sums = digests(self.blobs / record["id"])
            record.update(sums)
        record["uri"] = f"s3://demo-store/data/{record['id']}"
        return self.add("data", {**record, **fields})

    def add_bytes(self, name, content, **fields):
        with tempfile.NamedTemporaryFile(dir=self.directory) as file:
            file.write(content)
            file.flush()
            return self.add_datum(name, file.name, **fields)

    def purge(self, datum):
        datum["purged"] = True
        (self.blobs / datum["id"]).unlink(missing_ok=True)

    def signature(self, what):
        return hashlib.sha256(f"{self._signing_key} {what}".encode()).hexdigest()[:32]

    # -- datasets --------------------------------------------------------------------------------------------------
    def versions_of(self, dataset):
        """Newest last."""
        return [v for v in self.dataset_versions.values() if v["dataset"] == dataset["id"]]

    def add_version(self, dataset, name, data_ids, previous=None, **fields):
        files = [{"datum": datum_id} for datum_id in data_ids]
        return self.add("dataset-versions", {"name": name, "dataset": dataset["id"], "previous_version": previous, "files": files,
                                             "aliases": [], "packaging": False, "metadata": {}, "tags": [], **fields})

    def data_of(self, version):
        return [self.data[file["datum"]] for file in version["files"]]

    def find_version(self, uri):
        """The version that `dataset://NAME/VERSION` names, by its name, an alias of versions, or `latest`; or None."""
        match = DATASET_URI.match(uri)
        dataset = match and self.one("datasets", name=match[1])
        if not dataset:
            return None
        versions = self.versions_of(dataset)
        if match[2] == "latest":
            return versions[-1] if versions else None
        return next((v for v in reversed(versions) if match[2] == v["name"] or match[2] in v["aliases"]), None)

    def point_aliases(self, version, names):
        """Moves aliases of versions: in one dataset each names one version."""
        for other in self.versions_of(self.datasets[version["dataset"]]):
            other["aliases"] = [name for name in other["aliases"] if name not in names]
        version["aliases"] = sorted(set(version["aliases"]) | set(names))

    def resolve_input(self, uri):
        """The data that an input's URI stands for: `datum://ID`, `datum://ALIAS` or `dataset://NAME/VERSION`."""
        if uri.startswith("datum://"):
            key = uri[len("datum://"):]
            alias = self.one("datum-aliases", name=key)
            return [self.get("data", alias["datum"] if alias else key)]
        version = self.find_version(uri)
        if version is None:
            raise not_found()
        return self.data_of(version)
