"""What the Clowder test server knows: spaces, datasets, folders, files and metadata of one account."""
import datetime
import json
import os
import pathlib
import secrets
import tempfile
import time

TABLES = ("spaces", "datasets", "folders", "files", "metadata", "freezes")
USER = {"id": "65a0000000000000000000aa", "email": "tester@example.com", "first_name": "Test", "last_name": "Er"}


class Refusal(Exception):
    """An error answer: status and body, a text (bytes) or what becomes JSON."""

    def __init__(self, status, body=b""):
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None).isoformat()


class Platform:
    """Tables of plain records by id, in the order in which they were made. With a directory, its state.json keeps them and its key
    file holds the account's key; without one all of it is temporary."""

    def __init__(self, directory=None, key=None):
        self._temporary = None if directory else tempfile.TemporaryDirectory(prefix="waybill-clowder-")
        self.directory = pathlib.Path(directory or self._temporary.name)
        self.blobs = self.directory / "blobs"
        self.blobs.mkdir(parents=True, exist_ok=True)
        self._counter, self._saved = 0, 0
        for table in TABLES:
            setattr(self, table, {})
        saved = self.directory / "state.json"
        if saved.exists():
            state = json.loads(saved.read_text(encoding="utf-8"))
            self._counter = state["counter"]
            for table in TABLES:
                self.table(table).update(state[table])
        self.key = key or self._key()

    def _key(self):
        place = self.directory / "key"
        if not place.exists():
            with open(os.open(place, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_hex(20))
        return place.read_text(encoding="ascii").strip()

    def changed(self):
        """Saves, once a second at most: what is newer is saved in the end."""
        if not self._temporary and time.monotonic() - self._saved > 1:
            self.save()

    def save(self):
        self._saved = time.monotonic()
        state = {"counter": self._counter, **{table: self.table(table) for table in TABLES}}
        fresh = self.directory / "state.json.new"
        fresh.write_text(json.dumps(state, indent=1, ensure_ascii=False), encoding="utf-8")
        fresh.replace(self.directory / "state.json")

    def close(self):
        if self._temporary:
            self._temporary.cleanup()
        else:
            self.save()

    # -- records ---------------------------------------------------------------------------------------------------
    def table(self, name):
        return getattr(self, name)

    def add(self, table, **record):
        """Ids are 24 hexadecimal digits and rise, as the database's do."""
        self._counter += 1
        record = {"id": f"65a0{self._counter:020x}", "created": utc_now(), **record}
        self.table(table)[record["id"]] = record
        return record

    def all(self, table, **fields):
        """The records with these values, oldest first."""
        return [r for r in self.table(table).values() if all(r.get(k) == v for k, v in fields.items())]

    def add_dataset(self, name, description="", spaces=(), **fields):
        fields = {"status": "PRIVATE", "license": "CC BY", "public": False, **fields}
        return self.add("datasets", name=name, description=description, spaces=list(spaces), **fields)

    def add_folder(self, dataset, name, parent=None, display=None):
        """`parent` is a folder's id, or None at the top."""
        return self.add("folders", name=name, display=display or name, dataset=dataset, parent=parent)

    def add_file(self, dataset, part, folder=None, **fields):
        """A file of what a part of an upload brought; the bytes become the server's own."""
        record = self.add("files", name=part.filename, dataset=dataset, folder=folder, type=part.kind or "application/octet-stream",
                          versions=[], **fields)
        self.add_version(record, part)
        return record

    def add_version(self, file, part):
        number = len(file["versions"]) + 1
        os.replace(part.path, self.blobs / f"{file['id']}.{number}")
        file.update(size=part.size, md5=part.md5)
        file["versions"].append({"number": number, "id": secrets.token_hex(16), "size": part.size, "created": utc_now()})

    def blob(self, file, number=None):
        return self.blobs / f"{file.get('origin', file['id'])}.{number or len(file['versions'])}"

    def folder_path(self, folder_id, field="name"):
        """`a/b`, empty at the top."""
        names = []
        while folder_id:
            folder = self.folders[folder_id]
            names.append(folder[field])
            folder_id = folder["parent"]
        return "/".join(reversed(names))

    def file_path(self, file):
        folder = self.folder_path(file["folder"])
        return f"{folder}/{file['name']}" if folder else file["name"]

    # -- deletion --------------------------------------------------------------------------------------------------
    def remove_file(self, file):
        del self.files[file["id"]]
        self.remove_metadata(file["id"])
        kept = {other.get("origin", other["id"]) for other in self.files.values()}
        if file.get("origin", file["id"]) not in kept:
            for version in file["versions"]:
                self.blob(file, version["number"]).unlink(missing_ok=True)

    def remove_folder(self, folder):
        for inner in self.all("folders", parent=folder["id"]):
            self.remove_folder(inner)
        for file in self.all("files", folder=folder["id"]):
            self.remove_file(file)
        del self.folders[folder["id"]]

    def remove_dataset(self, dataset):
        for table, remove in (("files", self.remove_file), ("folders", lambda f: self.folders.pop(f["id"]))):
            for record in self.all(table, dataset=dataset["id"]):
                remove(record)
        self.remove_metadata(dataset["id"])
        self.datasets.pop(dataset["id"], None)

    def remove_metadata(self, resource):
        gone = self.all("metadata", resource=resource)
        for record in gone:
            del self.metadata[record["id"]]
        return len(gone)

    # -- what tests ask --------------------------------------------------------------------------------------------
    def contents(self, dataset_id):
        """{path: bytes} of a dataset; ValueError when two files have one path."""
        held = [(self.file_path(file), self.blob(file).read_bytes()) for file in self.all("files", dataset=dataset_id)]
        if len(dict(held)) != len(held):
            raise ValueError(f"there is a file twice: {sorted(path for path, _ in held)}")
        return dict(held)

    def sums(self, dataset_id):
        """[(path, size, MD5)] of a dataset, sorted, without reading the bytes again."""
        return sorted((self.file_path(file), file["size"], file["md5"]) for file in self.all("files", dataset=dataset_id))
