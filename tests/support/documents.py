"""Strict reading of what `--json` prints, and manifests made without the program under test."""
import base64
import hashlib
import json
import os
import shutil
import tempfile

EXIT_CODES = {"usage": 2, "refused": 3, "unsafe_input": 65, "not_found": 66, "permanent": 69, "integrity": 70,
              "transient": 75, "conflict": 75, "denied": 77, "interrupted": 130}


def _no_duplicates(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"a member stands twice: {names}")
    return dict(pairs)


def _no_constant(text):
    raise ValueError(f"{text} is not JSON")


def strict(text):
    """One JSON document in UTF-8: no second one, no NaN, no member twice."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "strict")
    return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)


def chunked(content):
    """`sha2-256-chunked` of less than 80 GB, in base64 (facts: quilt3's chunk rule, parts of 8 MiB)."""
    if not content:
        return base64.b64encode(hashlib.sha256().digest()).decode()
    part = 8 << 20
    parts = b"".join(hashlib.sha256(content[i:i + part]).digest() for i in range(0, len(content), part))
    return base64.b64encode(hashlib.sha256(parts).digest()).decode()


def entry(key, content=b"", place=None, **changes):
    """An entry line's members; `changes` replace them, a value of `...` leaves one out."""
    out = {"logical_key": key, "physical_keys": [place or "file:///nowhere/x"], "size": len(content),
           "hash": {"type": "sha2-256-chunked", "value": chunked(content)}, "meta": {}}
    out.update(changes)
    return {name: value for name, value in out.items() if value is not ...}


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def walk_key(key):
    return [part.encode("utf-8", "surrogatepass") for part in key.split("/")]


def top_hash(header, entries):
    """Top hash as quilt3 computes it: the header and, in walk order, four members of each entry."""
    text = canonical(header)
    for line in sorted(entries, key=lambda e: walk_key(e["logical_key"])):
        text += canonical({name: line.get(name) for name in ("hash", "logical_key", "meta", "size")})
    return hashlib.sha256(text.encode()).hexdigest()


def manifest_text(entries, header=None):
    header = header or {"version": "v0", "message": None}
    lines = [json.dumps(line, ensure_ascii=False) for line in [header, *entries]]
    return "\n".join(lines) + "\n"


def publish_by_hand(registry, name, entries, header=None, text=None):
    """Puts a manifest into a registry directory as another program would; returns its top hash."""
    header = header or {"version": "v0", "message": None}
    found = top_hash(header, entries)
    for directory in (registry / ".quilt/packages", registry / ".quilt/named_packages" / name):
        directory.mkdir(parents=True, exist_ok=True)
    content = text if text is not None else manifest_text(entries, header)
    (registry / ".quilt/packages" / found).write_bytes(content if isinstance(content, bytes) else content.encode())
    for pointer in ("latest", "1700000000"):
        (registry / ".quilt/named_packages" / name / pointer).write_text(found)
    return found


def snapshot(*roots):
    """Every name below the roots with kind, size, time and content: equal when nothing was touched."""
    out = {}
    for root in roots:
        if not root.exists():
            out[str(root)] = None
            continue
        for path in [root, *sorted(root.rglob("*"))]:
            state = path.lstat()
            content = (str(path.readlink()) if path.is_symlink() else
                       hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
            out[str(path)] = (state.st_mode, state.st_size if content else 0, state.st_mtime_ns, content)
    return out


def work_in_memory(room=3 << 30):
    """Temporary directories in memory where there is room: a kill or a rival is the same there, and hundreds of flushes
    do not wait for a disk."""
    if "TMPDIR" not in os.environ and os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free >= room:
        tempfile.tempdir = "/dev/shm"
