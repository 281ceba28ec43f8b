"""What becomes of an execution's outputs directory when the execution ends: data, their properties, and versions of datasets.

Sidecars `FILE.metadata.json` and the root's `valohai.metadata.jsonl` are consumed. What they may hold is taken strictly: whatever the
public examples do not show is a problem, which the answer lists; a version with a problem of its own is not made.
"""
import json
import os
import stat

from valohai_state import DATASET_URI, UUID, utc_now

JSONL = "valohai.metadata.jsonl"
SIDECAR = ".metadata.json"
PROPERTIES = {"valohai.tags": list, "valohai.alias": str, "valohai.dataset-versions": list}
ITEM = {"uri": str, "from": (str, type(None)), "exclude": list, "start_fresh": bool, "targeting_aliases": list, "packaging": bool,
        "associated_project_ids": list, "metadata": dict, "valohai.tags": list}
SHARED = ("from", "exclude", "start_fresh", "targeting_aliases", "packaging")  # of a version, so alike in all its files


class Upload:
    """One finished execution."""

    def __init__(self, platform, execution, directory):
        self.platform, self.execution, self.directory = platform, execution, os.fsencode(directory)
        self.problems, self.data, self.versions = [], [], []
        self.properties = {}  # by file

    def run(self):
        """{"data", "versions", "problems"}: the new records, and what was wrong."""
        files = self.walk()
        self.read_properties(files)
        for name in sorted(files):
            if name != JSONL and not self.is_sidecar(name, files):
                self.add_datum(name, files[name])
        self.make_versions()
        self.execution["problems"] += self.problems
        return {"data": self.data, "versions": self.versions, "problems": self.problems}

    def problem(self, text):
        self.problems.append(text)

    # -- files -----------------------------------------------------------------------------------------------------
    def walk(self):
        """Path by name, names being relative to the directory with `/`."""
        found = {}
        for directory, directories, files in os.walk(self.directory):
            for entry in sorted(files + [d for d in directories if os.path.islink(os.path.join(directory, d))]):
                path = os.path.join(directory, entry)
                try:
                    name = os.path.relpath(path, self.directory).decode("utf-8")
                except UnicodeDecodeError:
                    self.problem(f"{path!r}: its name is not UTF-8")
                    continue
                if stat.S_ISREG(os.lstat(path).st_mode):
                    found[name] = path
                else:
                    self.problem(f"{name}: is no regular file")
        return found

    def is_sidecar(self, name, files):
        return name.endswith(SIDECAR) and name[:-len(SIDECAR)] in files

    def add_datum(self, name, path):
        properties = self.properties.get(name, {})
        datum = self.platform.add_datum(name, path, self.execution, tags=list(properties.get("valohai.tags", [])),
                                        metadata={k: v for k, v in properties.items() if not k.startswith("valohai.")})
        self.data.append(datum)
        if "valohai.alias" in properties:
            alias = self.platform.one("datum-aliases", name=properties["valohai.alias"])
            alias = alias or self.platform.add("datum-aliases", {"name": properties["valohai.alias"], "project": datum["project"]})
            alias.update(datum=datum["id"], mtime=utc_now())

    # -- properties ------------------------------------------------------------------------------------------------
    def read_properties(self, files):
        for name in sorted(files):
            if self.is_sidecar(name, files):
                with open(files[name], "rb") as file:
                    self.take(name, name[:-len(SIDECAR)], file.read())
            elif name.endswith(SIDECAR):
                self.problem(f"{name}: there is no {name[:-len(SIDECAR)]} beside it")
        if JSONL in files:
            with open(files[JSONL], "rb") as file:
                content = file.read()
            if not content.endswith(b"\n"):
                self.problem(f"{JSONL}: its last line does not end")
            for number, line in enumerate(content.splitlines(), 1):
                self.take_line(f"{JSONL}: line {number}", line, files)

    def take_line(self, place, line, files):
        value = self.parse(place, line)
        if value is None:
            return
        if set(value) != {"file", "metadata"} or not isinstance(value["file"], str):
            self.problem(f"{place}: its members are not `file` and `metadata`")
        elif value["file"] not in files or value["file"] == JSONL:
            self.problem(f"{place}: there is no output {value['file']}")
        else:
            self.take(place, value["file"], json.dumps(value["metadata"]).encode())

    def parse(self, place, text):
        def no_duplicates(pairs):
            if len(dict(pairs)) != len(pairs):
                raise ValueError("a member stands twice")
            return dict(pairs)

        try:
            value = json.loads(text.decode("utf-8"), object_pairs_hook=no_duplicates)
        except ValueError as why:
            self.problem(f"{place}: is no JSON: {why}")
            return None
        if not isinstance(value, dict):
            self.problem(f"{place}: is no JSON object")
            return None
        return value

    def take(self, place, name, text):
        value = self.parse(place, text)
        if value is None:
            return
        if name in self.properties:
            self.problem(f"{place}: {name} has properties already")
        for key, of_key in value.items():
            texts = key != "valohai.tags" or (isinstance(of_key, list) and all(isinstance(tag, str) for tag in of_key))
            if key.startswith("valohai.") and not (isinstance(of_key, PROPERTIES.get(key, ())) and texts):
                self.problem(f"{place}: {key} is not known, or its value is of another type")
                return
        self.properties.setdefault(name, {}).update(value)

    # -- versions --------------------------------------------------------------------------------------------------
    def make_versions(self):
        wanted = {}  # by URI, the (item, datum) in order
        for datum in self.data:
            for item in self.properties.get(datum["name"], {}).get("valohai.dataset-versions", []):
                item = self.checked(item if isinstance(item, dict) else {"uri": item}, datum["name"])
                if item:
                    wanted.setdefault(item["uri"], []).append((item, datum))
        for uri, members in wanted.items():
            self.make_version(uri, members)

    def checked(self, item, name):
        """The item, or None where something of it is not as it must be."""
        for key, value in item.items():
            if not isinstance(value, ITEM.get(key, ())):
                self.problem(f"{name}: dataset version: {key} is not known, or its value is of another type")
                return None
        for key in ("exclude", "targeting_aliases", "valohai.tags", "associated_project_ids"):
            if not all(isinstance(text, str) for text in item.get(key, [])) or len(set(item.get(key, []))) != len(item.get(key, [])):
                self.problem(f"{name}: dataset version: {key} holds something else than different texts")
                return None
        if not DATASET_URI.match(item.get("uri", "")):
            self.problem(f"{name}: dataset version: {item.get('uri')!r} is not dataset://NAME/VERSION")
            return None
        if not all(UUID.match(text) and text in self.platform.projects for text in item.get("associated_project_ids", [])):
            self.problem(f"{name}: dataset version: associated_project_ids names a project that is not there")
            return None
        return item

    def make_version(self, uri, members):
        platform, first = self.platform, members[0][0]
        dataset_name, version_name = DATASET_URI.match(uri).groups()
        for key in SHARED:
            if any(item.get(key) != first.get(key) for item, _ in members):
                self.problem(f"{uri}: its files say different things of `{key}`")
                return
        if platform.find_version(uri):
            self.problem(f"{uri}: is there already")
            return
        base = platform.find_version(first["from"]) if first.get("from") else None
        if first.get("from") and not base:
            self.problem(f"{uri}: is to go on from {first['from']}, which is not there")
            return
        old = platform.data_of(base) if base and not first.get("start_fresh") else []
        excluded = first.get("exclude", [])
        for name in sorted(set(excluded) - {datum["name"] for datum in old}):
            self.problem(f"{uri}: excludes {name}, which is not in {first.get('from')}")
        kept = [datum for datum in old if datum["name"] not in excluded]
        twice = {datum["name"] for datum in kept} & {datum["name"] for _, datum in members}
        if twice:
            self.problem(f"{uri}: would hold two files of one name: {', '.join(sorted(twice))}")
            return
        dataset = platform.one("datasets", name=dataset_name)
        dataset = dataset or platform.add("datasets", {"name": dataset_name, "owner": 1})
        version = platform.add_version(dataset, version_name, [d["id"] for d in kept] + [d["id"] for _, d in members],
                                       base and base["id"], packaging=first.get("packaging", False))
        platform.point_aliases(version, first.get("targeting_aliases", []))
        self.versions.append(version)
