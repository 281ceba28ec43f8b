#!/usr/bin/env python3
"""Deterministic benchmark data: the same arguments always give the same bytes.

  gen_tree.py tree DIR --files N --dirs D --size B    N files of B incompressible bytes in D directories
  gen_tree.py file PATH --size B                      one incompressible file
  gen_tree.py listing A B --entries N --changed P     two sorted listings "path, sha256, size"; B has P % of A's entries
                                                      modified, P % removed and P % added; and A.jsonl, B.jsonl: the same
                                                      entries as Quilt manifests
  gen_tree.py inputs DIR CONFIG --every N             CONFIG/inputs.json of a Valohai execution: what DIR held when one file
                                                      in N was another one; CONFIG/changed: the names of these
"""
import argparse
import hashlib
import json
import os
import pathlib
import random


def write_file(path, size, name):
    """Bytes from a generator seeded with the name: cheap, and nothing to compress or deduplicate."""
    source, left = random.Random(hashlib.blake2b(f"waybill\0{name}".encode(), digest_size=16).digest()), size
    with open(path, "wb") as out:
        while left > 0:
            piece = min(left, 1 << 20)
            out.write(source.randbytes(piece))
            left -= piece


def tree(root, files, dirs, size):
    per = -(-files // dirs)
    for i in range(files):
        folder = os.path.join(root, f"d{i // per:05d}")
        if i % per == 0:
            os.makedirs(folder, exist_ok=True)
        write_file(os.path.join(folder, f"f{i:07d}.bin"), size, f"t{i}")


class ListingPair:
    """One side of a diff, written as a plain listing and as a Quilt manifest."""

    def __init__(self, path):
        self.plain = open(path, "w")
        self.quilt = open(path + ".jsonl", "w")
        self.quilt.write(json.dumps({"version": "v0", "message": None, "user_meta": {}}) + "\n")

    def add(self, key, digest, size):
        self.plain.write(f"{key}\t{digest}\t{size}\n")
        self.quilt.write(json.dumps({"logical_key": key, "physical_keys": ["s3://b/" + key], "size": size,
                                     "hash": {"type": "SHA256", "value": digest}, "meta": {}}) + "\n")

    def close(self):
        self.plain.close()
        self.quilt.close()


def listing(before, after, entries, changed):
    step = max(3, int(100 / changed))
    a, b = ListingPair(before), ListingPair(after)
    for i in range(entries):
        key, size = f"d{i // 1000:05d}/f{i:07d}.bin", 4096 + i % 97
        digest = hashlib.sha256(b"%d" % i).hexdigest()
        a.add(key, digest, size)
        kind = i % step
        if kind == 0:
            digest = hashlib.sha256(b"x%d" % i).hexdigest()
        if kind != 1:
            b.add(key, digest, size)
        if kind == 2:
            b.add(key + ".new", hashlib.sha256(b"n%d" % i).hexdigest(), size)
    a.close()
    b.close()


def checksums(path):
    hashers = {kind: hashlib.new(kind) for kind in ("md5", "sha1", "sha256")}
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            for hasher in hashers.values():
                hasher.update(block)
    return {kind: hasher.hexdigest() for kind, hasher in hashers.items()}


def inputs(content, config, every):
    rows, changed = [], []
    for path in sorted(p for p in content.rglob("*") if p.is_file()):
        name, sums = str(path.relative_to(content)), checksums(path)
        if len(rows) % every == every - 1:
            changed.append(path.name)
            sums = {kind: text[::-1] for kind, text in sums.items()}
        rows.append({"name": name, "path": f"/valohai/inputs/current/{name}", "size": path.stat().st_size, "uri": f"datum://{len(rows):08x}",
                     "datum_id": f"{len(rows):08x}", "checksums": sums})
    config.mkdir(parents=True)
    (config / "inputs.json").write_text(json.dumps({"current": {"files": rows}}))
    (config / "changed").write_text("".join(name + "\n" for name in changed))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_subparsers(dest="what", required=True)
    p = what.add_parser("tree")
    p.add_argument("root")
    p.add_argument("--files", type=int, default=100_000)
    p.add_argument("--dirs", type=int, default=1000)
    p.add_argument("--size", type=int, default=4096)
    p = what.add_parser("file")
    p.add_argument("path")
    p.add_argument("--size", type=int, default=4 << 30)
    p = what.add_parser("listing")
    p.add_argument("before")
    p.add_argument("after")
    p.add_argument("--entries", type=int, default=1_000_000)
    p.add_argument("--changed", type=float, default=1)
    p = what.add_parser("inputs")
    p.add_argument("content", type=pathlib.Path)
    p.add_argument("config", type=pathlib.Path)
    p.add_argument("--every", type=int, default=10)
    o = parser.parse_args()
    if o.what == "tree":
        tree(o.root, o.files, o.dirs, o.size)
    elif o.what == "file":
        write_file(o.path, o.size, "file")
    elif o.what == "inputs":
        inputs(o.content, o.config, o.every)
    else:
        listing(o.before, o.after, o.entries, o.changed)


if __name__ == "__main__":
    main()
