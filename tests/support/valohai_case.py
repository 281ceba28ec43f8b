"""A recorded case of tests/vectors/valohai as a place to run programs in: its server, its directories, and what differs afterwards.

    with ValohaiCase("09-mixed") as case:
        code = subprocess.run([binary, "phase1", "--content", case.content, "--compat"], env=case.environment).returncode
        differences = case.phase1_differences(code)          # texts; none: all as the published program did
        case.prepare_phase2()                                # the recorded manifest, or the one given, becomes the input `manifest`
        code = subprocess.run([binary, "phase2"], env=case.environment).returncode
        differences = case.phase2_differences(code)

The published programs' clock was frozen and others' is not: a version name of the right form stands for the recorded one.
"""
import hashlib
import itertools
import json
import os
import pathlib
import re
import sys
import tempfile
from urllib.parse import parse_qsl, urlsplit

from . import peers

sys.path.append(str(peers.ROOT / "tests/servers"))
from valohai_server import ValohaiServer, platform_of_case  # noqa: E402

VECTORS = pathlib.Path(os.environ.get("WAYBILL_VECTORS") or peers.ROOT / "tests/vectors") / "valohai"
MANIFEST = "_dataset-manifest.json"
MANIFEST_KEYS = ["dataset_id", "exclude", "execution_id", "keep", "new", "new_version_name", "new_version_uri", "old_version_id",
                 "old_version_uri"]
VERSION_NAME = re.compile(r"\d{8}-\d{6}\Z")


def load(name):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def names():
    """Of all cases with one run; 24-readme-walkthrough has rounds instead."""
    found = sorted(path.stem for path in VECTORS.glob("*.json"))
    return [name for name in found if "rounds" not in load(name)]


def round_content(parameters):
    """The files that the walkthrough's parameters stand for: contents in turn, from the first on again."""
    return dict(zip(parameters["new-file-names"], itertools.cycle(parameters["new-file-contents"])))


def write_tree(directory, files):
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())


def listing(directory):
    """Every file below: {name: (size, SHA-256 in hex)}."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file() or path.is_symlink():
            content = path.read_bytes()
            found[path.relative_to(directory).as_posix()] = (len(content), hashlib.sha256(content).hexdigest())
    return found


def renamed_version(text, recorded):
    """The text with its manifest's version name replaced by the recorded one's, if both are manifests and the name has its form."""
    try:
        name, wanted = json.loads(text)["new_version_name"], json.loads(recorded)["new_version_name"]
    except (ValueError, KeyError, TypeError):
        return text
    return text.replace(name, wanted) if isinstance(name, str) and VERSION_NAME.match(name) else text


class ValohaiCase:
    """The case is served and its directories exist inside the `with` block."""

    def __init__(self, name, **server_options):
        self.name, self.case, self._options = name, load(name), server_options

    def __enter__(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="waybill-valohai-case-")
        self.root = pathlib.Path(self._temporary.name)
        for part in ("content", "config", "inputs", "outputs"):
            setattr(self, part, self.root / part)
            (self.root / part).mkdir()
        write_tree(self.content, self.case["new"])
        (self.config / "parameters.json").write_text(json.dumps({"dataset-id": self.case["env"]["dataset-id"]}), encoding="utf-8")
        platform, overrides = platform_of_case(self.case)
        self.server = ValohaiServer(platform, **self._options).__enter__()
        self.server.api.overrides = overrides
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        self._temporary.cleanup()

    @property
    def environment(self):
        """The caller's environment with the case's in it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VH_")}
        given = {"VH_API_TOKEN": self.server.token, "VH_API_BASE_URL": self.server.url, "VH_CONFIG_DIR": str(self.config),
                 "VH_INPUTS_DIR": str(self.inputs), "VH_OUTPUTS_DIR": str(self.outputs)}
        if self.case["env"]["VH_EXECUTION_ID"]:
            given["VH_EXECUTION_ID"] = self.case["env"]["VH_EXECUTION_ID"]
        return {**kept, **given}

    # -- phase 1 ---------------------------------------------------------------------------------------------------
    def phase1_differences(self, code, moved=False):
        """Of exit (zero or not), requests, manifest bytes and outputs; with `moved` also of what is left in the content directory."""
        recorded, found = self.case["phase1"], []
        self._compare(found, "exit", code == 0, recorded["exit"] == 0)
        self._compare(found, "requests", self.server.request_lines(), recorded["requests"])
        outputs = listing(self.outputs)
        if MANIFEST in outputs:
            raw = (self.outputs / MANIFEST).read_bytes().decode("utf-8", "backslashreplace")
            text = renamed_version(raw, recorded["manifest_bytes"])
            self._compare(found, "manifest", text, recorded["manifest_bytes"])
            outputs[MANIFEST] = (len(text.encode()), hashlib.sha256(text.encode()).hexdigest())
        self._compare(found, "outputs", outputs, {file["name"]: (file["size"], file["sha256"]) for file in recorded["outputs"]})
        if moved:
            self._compare(found, "left", sorted(listing(self.content)), recorded["left_in_content_dir"])
        return found + self.server.leaks()

    # -- phase 2 ---------------------------------------------------------------------------------------------------
    def prepare_phase2(self, manifest=None):
        """The input `manifest`; what was asked so far is forgotten."""
        (self.inputs / "manifest").mkdir(exist_ok=True)
        text = self.case["phase1"]["manifest_bytes"] if manifest is None else manifest
        if text is None:
            raise ValueError(f"{self.name}: the recorded phase 1 left no manifest")
        (self.inputs / "manifest" / MANIFEST).write_bytes(text.encode() if isinstance(text, str) else text)
        self.server.entries.clear()

    def posts(self):
        """Bodies of the versions that were posted, in order."""
        return [entry["body"] for entry in self.server.entries if entry["method"] == "POST" and entry["site"] == "api"]

    def phase2_differences(self, code, exact=True):
        """Of exit (zero or not), requests and the POST, whose `files` have no order. `exact` wants the published requests, among them
        the one for the empty page, and allows no others but looks at datasets and their versions; without it they may be other ones
        for the outputs of the same execution."""
        recorded, found = self.case["phase2"], []
        self._compare(found, "exit", code == 0, recorded["exit"] == 0)
        lines = self.server.request_lines()
        if exact:
            looks = [line for line in lines if line.startswith("GET /api/v0/dataset")]
            self._compare(found, "requests", [line for line in lines if line not in looks], recorded["requests"])
        else:
            self._compare(found, "execution", self._executions(lines), self._executions(recorded["requests"]))
        posts = self.posts()
        if "post_raw" not in recorded:
            self._compare(found, "posts", posts, [])
        elif len(posts) != 1:
            found.append(f"posts: {len(posts)} instead of 1")
        else:
            self._compare_post(found, posts[0], recorded)
        return found + self.server.leaks()

    def _compare_post(self, found, text, recorded):
        body = json.loads(text)
        self._compare(found, "POST members", list(body), list(json.loads(recorded["post_raw"].partition("\r\n\r\n")[2])))
        self._compare(found, "POST form", text, json.dumps(body, separators=(",", ":"), ensure_ascii=False))
        self._compare(found, "POST files", sorted(file["datum"] for file in body["files"]), recorded["post_files_sorted"])
        self._compare(found, "POST", {name: value for name, value in body.items() if name != "files"}, recorded["post_without_files"])

    @staticmethod
    def _executions(lines):
        """The executions whose outputs were asked for."""
        queries = [dict(parse_qsl(urlsplit(line.split(" ")[1]).query)) for line in lines if line.startswith("GET /api/v0/data/?")]
        return sorted({query.get("output_execution", "") for query in queries})

    # -- the single step -------------------------------------------------------------------------------------------
    def single_step_differences(self, code):
        """Of exit and of what the outputs' properties say of versions, be they sidecars or lines of valohai.metadata.jsonl."""
        recorded, found = self.case["single_step"], []
        self._compare(found, "exit", code == 0, recorded["exit"] == 0)
        said = {name.removesuffix(".metadata.json"): json.loads(text) for name, text in recorded["sidecars"].items()}
        self._compare(found, "versions", self._versions(self._properties()), self._versions(said))
        return found + self.server.leaks()

    def _properties(self):
        lines = self.outputs / "valohai.metadata.jsonl"
        said = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()] if lines.exists() else []
        sidecars = {path: path.relative_to(self.outputs).as_posix() for path in self.outputs.rglob("*.metadata.json")}
        return {**{line["file"]: line["metadata"] for line in said},
                **{name.removesuffix(".metadata.json"): json.loads(path.read_text(encoding="utf-8")) for path, name in sidecars.items()}}

    @staticmethod
    def _versions(properties):
        """{file: [(dataset, from, excluded names)]}; absent and empty are alike."""
        items = {name: said["valohai.dataset-versions"] for name, said in properties.items() if "valohai.dataset-versions" in said}
        return {name: [(item["uri"].rpartition("/")[0], item.get("from"), item.get("exclude", [])) for item in of_file]
                for name, of_file in items.items()}

    @staticmethod
    def _compare(found, what, given, wanted):
        if given != wanted:
            found.append(f"{what}: {given!r} instead of {wanted!r}")
