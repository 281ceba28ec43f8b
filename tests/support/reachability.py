"""What a registry directory still needs, found out from its files by nobody's code but this.

    named, needed = reached(root)            # top hashes, keys of objects
    garbage = unreached(root)                # what a collection of everything, of whatever age, has to remove
"""
import base64
import json
import pathlib

MANIFESTS, OBJECTS = ".quilt/packages", ".waybill/objects"
IN_BASE64 = {"sha2-256-chunked", "crc64nvme"}
MARK = "/.waybill/objects/"
CRC64NVME = [0] * 256
for _i in range(256):
    _c = _i
    for _ in range(8):
        _c = (_c >> 1) ^ (0x9A6C9329AC4BC9B5 if _c & 1 else 0)
    CRC64NVME[_i] = _c


def crc64nvme(content):
    c = 0xFFFFFFFFFFFFFFFF
    for byte in content:
        c = CRC64NVME[(c ^ byte) & 255] ^ (c >> 8)
    return c ^ 0xFFFFFFFFFFFFFFFF


def run_record(flow, run, package, top_hash):
    """A line that says that a task read a version (docs/formats.md#run-records)."""
    members = {"schema": "waybill/run-record/1", "kind": "read", "flow": flow, "run": run, "step": "s", "task": "1", "attempt": 0,
               "time": "2026-01-01T00:00:00Z", "package": package, "top_hash": top_hash}
    line = json.dumps(members, separators=(",", ":"))[:-1]
    return f'{line},"sum":"{crc64nvme(line.encode()):016x}"}}\n'


def object_key(algorithm, text):
    digits = base64.b64decode(text).hex() if algorithm in IN_BASE64 else text
    return f"{OBJECTS}/{algorithm}/{digits[:2]}/{digits[2:]}"


def files_below(root, prefix):
    return [p for p in sorted((root / prefix).rglob("*")) if p.is_file()]


def logs_below(root):
    return [p for p in files_below(root, ".waybill/logs") if p.suffix == ".jsonl"]


def needed_by_entry(line):
    names = {"SHA256": "sha256"}
    out = {p[p.index(MARK) + 1:].split("?")[0] for p in line["physical_keys"] if MARK in p}
    return out | {object_key(names.get(line["hash"]["type"], line["hash"]["type"]), line["hash"]["value"])}


def needed_by_document(value):
    out = set()
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "digests" and isinstance(inner, dict):
                out |= {object_key(algorithm, text) for algorithm, text in inner.items()}
            out |= needed_by_document(inner)
    elif isinstance(value, list):
        for inner in value:
            out |= needed_by_document(inner)
    elif isinstance(value, str) and MARK in value:
        out.add(value[value.index(MARK) + 1:].split("?")[0])
    return out


def entries_of(manifest):
    return [line for line in map(json.loads, manifest.read_text().splitlines()[1:]) if "physical_keys" in line]


def reached(root, also=()):
    """@param also  top hashes of manifests that stay although nothing names them"""
    root = pathlib.Path(root)
    named, needed, perhaps = set(), set(), set()
    for prefix in (".quilt/named_packages", ".waybill/tags"):
        named |= {p.read_text() for p in files_below(root, prefix)}
    for log in logs_below(root):
        for record in map(json.loads, log.read_text().splitlines()):
            named |= {record[name] for name in ("base", "manifest") if record.get(name)}
            needed |= needed_by_document(record.get("action", {}))
    for log in files_below(root, ".waybill/lineage"):
        perhaps |= {record["top_hash"] for record in map(json.loads, log.read_text().splitlines()) if "top_hash" in record}
    named |= {hash_ for hash_ in perhaps if (root / MANIFESTS / hash_).exists()}
    for top_hash in named | set(also):
        for line in entries_of(root / MANIFESTS / top_hash):
            needed |= needed_by_entry(line)
    return named, needed


def stored(root):
    """Names of all manifests and objects, below the registry."""
    root = pathlib.Path(root)
    return {str(p.relative_to(root)) for prefix in (MANIFESTS, OBJECTS) for p in files_below(root, prefix)}


def unreached(root):
    named, needed = reached(root)
    return stored(root) - {f"{MANIFESTS}/{h}" for h in named} - needed


def contents_of(value):
    """The contents that a document names, as lists of keys of which one is enough."""
    if isinstance(value, dict):
        own = [[object_key(*pair) for pair in value["digests"].items()]] if isinstance(value.get("digests"), dict) else []
        return own + [content for inner in value.values() for content in contents_of(inner)]
    return [content for inner in value for content in contents_of(inner)] if isinstance(value, list) else []


def damage(root, content_of):
    """What a manifest that is named, or an action, lacks. @param content_of  digest text of bytes"""
    root = pathlib.Path(root)
    named, _ = reached(root)
    out = []
    for top_hash in named:
        for line in entries_of(root / MANIFESTS / top_hash):
            place = root / object_key(line["hash"]["type"], line["hash"]["value"])
            if not place.exists() or content_of(place.read_bytes()) != line["hash"]["value"]:
                out.append(f"{top_hash[:9]}: {line['logical_key']}")
    there = stored(root)
    for log in logs_below(root):
        for record in map(json.loads, log.read_text().splitlines()):
            out += [f"{log}: {keys}" for keys in contents_of(record.get("action", {})) if there.isdisjoint(keys)]
    return out
