"""The jobs, who does each of them, and the bar that is set for waybill."""
import json
import os
import pathlib
import re
import shutil
import subprocess

from job import WAYBILL, Bar, Job, absolute, ratio
from measure import Contender, output_name


def startup(lab):
    quilt = Contender("quilt3", lab.quilt("version"), "imports and prints its version", rounds=3)
    git = shutil.which("git")
    contenders = [
        Contender("floor", ["/bin/true"], "a process that does nothing"),
        Contender(WAYBILL, [lab.waybill, "--version"], "prints its version"),
        Contender("git", [git or "git", "--version"], "prints its version", absent="" if git else "not installed"),
        quilt,
    ]
    quilt.absent = "" if lab.has_quilt() else "not installed"
    return Job("startup", "Start-up", "floor", contenders,
               [Bar("wall", 0.010, absolute("wall"), unit="s")])


def scan(lab):
    tree, manifest, registry = lab.small_tree(lab.o.files), lab.scratch / "scan.jsonl", lab.scratch / "quilt-registry"
    xargs = f"find {tree} -type f -print0 | xargs -0 -n 256 -P 2 sha256sum"
    contenders = [
        Contender("floor scan", [lab.floor, "scan", str(tree), "2"], "opens, reads and hashes each file; prints a listing, syncs nothing"),
        # quilt3's set_dir sets metadata null: with it the two packages are the same
        Contender(WAYBILL, [lab.waybill, "manifest", str(tree), "--meta", "null", "-o", str(manifest)],
                  "the same, sorted, with the top hash; manifest fsynced and renamed; writes the stat cache it did not have",
                  before=lambda: (lab.empty_cache(), manifest.unlink(missing_ok=True))),
        Contender("find | xargs -P2 sha256sum", xargs, "hashes each file; unsorted listing"),
        Contender("quilt3", lab.quilt("build", tree, registry), "set_dir and build into an empty directory registry",
                  before=lambda: lab.drop(registry), rounds=1, absent="" if lab.has_quilt() else "not installed"),
    ]

    def check():
        top = (lab.scratch / output_name(WAYBILL)).read_text().strip()
        lines = [f"top hash {top}"]
        if lab.has_quilt():
            theirs = (lab.scratch / output_name("quilt3")).read_text()
            if top not in theirs:
                raise AssertionError(f"quilt3 built another package: {theirs.strip()}")
            lines.append("quilt3 built the same top hash")
        return lines
    return Job("scan", f"{lab.o.files:,} files x 4 KiB to a manifest on disk", "floor scan", contenders, [
        Bar("wall / floor scan", 1.3, ratio(WAYBILL, "floor scan")),
        Bar("sha256sum / waybill", 2, ratio("find | xargs -P2 sha256sum", WAYBILL), at_least=True),
        Bar("quilt3 / waybill", 20, ratio("quilt3", WAYBILL), at_least=True),
        Bar("peak memory", 40, absolute("rss"), unit="MiB")], check)


def opened_data_files(lab, command):
    """Names of the data files that a run opens, by strace; None where strace is absent."""
    if not shutil.which("strace"):
        return None
    trace = lab.scratch / "trace.txt"
    lab.run("strace", "-f", "-qq", "-e", "trace=open,openat,openat2,creat", "-o", trace, *command)
    return set(re.findall(r'([^/"]*\.bin)"', trace.read_text()))


def rescan(lab):
    tree, manifest = lab.small_tree(lab.o.files), lab.scratch / "rescan.jsonl"
    git = shutil.which("git")
    repository = lab.git_tree(lab.o.files) if git else ""
    command = [lab.waybill, "manifest", str(tree), "-o", str(manifest)]
    digest = [lab.waybill, "hash", str(tree)]
    lab.empty_cache()
    lab.run(*command)
    lab.run(*digest)
    if git:
        lab.run(git, "-C", repository, "status", "--porcelain")
    contenders = [
        Contender("floor stat", [lab.floor, "stat", str(tree), "2"], "walk and one statx a file; no cache to compare with, prints nothing"),
        Contender("waybill hash DIR", digest, "compares each file with the stat cache, computes the top hash"),
        Contender(WAYBILL, command, "the same, and a manifest on disk, fsynced and renamed"),
        Contender("git status", [git or "git", "-C", str(repository), "status", "--porcelain"],
                  "compares each file with the index, looks for untracked files", absent="" if git else "not installed"),
        Contender("find -printf", ["/usr/bin/find", str(tree), "-type", "f", "-printf", "%p %s %T@\\n"], "walk and stat, prints a listing"),
    ]

    def check():
        opened = opened_data_files(lab, command)
        if opened:
            raise AssertionError(f"waybill opened {len(opened)} data files of an unchanged tree")
        return ["strace is not installed: not checked that no data file is opened" if opened is None
                else "strace: no data file was opened"]
    return Job("rescan", f"unchanged tree of {lab.o.files:,} files, stat cache there", "floor stat", contenders, [
        Bar("waybill hash DIR / floor stat", 1.5, ratio("waybill hash DIR", "floor stat")),
        Bar("waybill manifest / floor stat", 1.5, ratio(WAYBILL, "floor stat")),
        Bar("waybill hash DIR / git status", 1, ratio("waybill hash DIR", "git status")),
        Bar("waybill manifest / git status", 1, ratio(WAYBILL, "git status"))], check)


def big(lab):
    path, registry = lab.big_file(), lab.scratch / "quilt-registry"
    contenders = [
        Contender("floor chunks", [lab.floor, "chunks", str(path), "2"], "SHA-256 of the SHA-256s of 8 MiB parts, OpenSSL, 2 threads"),
        Contender(WAYBILL, [lab.waybill, "hash", str(path)], "the same digest"),
        Contender("sha256sum", ["/usr/bin/sha256sum", str(path)], "plain SHA-256, one stream", rounds=2),
        Contender("quilt3", lab.quilt("build", path.parent, registry), "set_dir and build: the same digest",
                  before=lambda: lab.drop(registry), rounds=3, absent="" if lab.has_quilt() else "not installed"),
    ]
    return Job("big", f"one file of {lab.o.big / 2**30:.2f} GiB, sha2-256-chunked", "floor chunks", contenders, [
        Bar("wall / floor chunks", 1.1, ratio(WAYBILL, "floor chunks"))])


def mixed(lab):
    tree, manifest = lab.mixed_tree(), lab.scratch / "mixed.jsonl"
    floor = f"{lab.floor} chunks {tree}/big.bin 2 && {lab.floor} scan {tree}/small 2"
    contenders = [
        Contender("floor chunks + scan", floor, "the big file on 2 threads, then the small ones on 2 threads"),
        Contender(WAYBILL, [lab.waybill, "manifest", str(tree), "-o", str(manifest)],
                  "all files to a manifest on disk, empty stat cache", before=lab.empty_cache),
    ]

    def busy(rows, pick):
        row = rows[WAYBILL]
        shares = sorted(c / w for c, w in zip(row.cpu, row.wall))
        return (shares[len(shares) // 2] if pick == "median" else shares[-1]) if shares else None
    return Job("mixed", f"one file of {lab.o.big / 2**30:.2f} GiB beside {lab.o.files:,} of 4 KiB", "floor chunks + scan", contenders, [
        Bar("cores busy (CPU / wall) of 2", 1.8, busy, at_least=True),
        Bar("wall / (floor chunks + scan)", 1.1, ratio(WAYBILL, "floor chunks + scan"))])


def diff(lab):
    a, b = lab.listings()
    old, new = f"{a}.jsonl", f"{b}.jsonl"
    contenders = [
        Contender("floor diff", [lab.floor, "diff", str(a), str(b)], "merges two mapped plain listings (90 bytes a line, not JSON)"),
        Contender(WAYBILL, [lab.waybill, "diff", old, new, "--json"], "two Quilt manifests (219 bytes a line), each line checked", ok=(1,)),
        Contender("diff", ["/usr/bin/diff", "--speed-large-files", str(a), str(b)], "text diff of the plain listings", ok=(1,), rounds=3),
        Contender("quilt3", lab.quilt("diff", old, new), "Package.load of both, Package.diff", rounds=1,
                  absent="" if lab.has_quilt() else "not installed"),
    ]

    def check():
        with open(lab.scratch / output_name(WAYBILL)) as f:
            answer = json.load(f)
        found = {kind: {e["key"] for e in answer[kind]} for kind in ("added", "removed", "modified")}
        marks = {"A": "added", "D": "removed", "M": "modified"}
        for other in ["floor diff"] + (["quilt3"] if lab.has_quilt() else []):
            theirs = {kind: set() for kind in found}
            for line in (lab.scratch / output_name(other)).read_text().splitlines():
                mark, key = line.split("\t")
                theirs[marks[mark]].add(key)
            if theirs != found:
                raise AssertionError(f"{other} finds other differences")
        return ["the same keys added, removed and modified as the floor" + (" and quilt3" if lab.has_quilt() else "") + ": " +
                ", ".join(f"{len(found[k]):,} {k}" for k in found)]
    return Job("diff", f"diff of two Quilt manifests of {lab.o.entries:,} entries, 1 % added, removed, modified", "floor diff", contenders, [
        Bar("wall", 0.5, absolute("wall"), unit="s"),
        Bar("quilt3 / waybill", 40, ratio("quilt3", WAYBILL), at_least=True),
        Bar("peak memory", 64, absolute("rss"), unit="MiB")], check)


def install(lab, link):
    """Places a pushed package in a fresh directory each round."""
    files = lab.o.install_files
    tree, registry, target = lab.small_tree(files), lab.scratch / "registry", lab.scratch / "target"
    if not registry.exists():
        source = lab.scratch / "source"  # a push leaves its workspace in the directory; the data stays as it is
        lab.run("cp", "-r", tree, source)
        lab.run(lab.waybill, "push", source, "--name", "bench/data", "--registry", registry)
    word = "link" if link else "copy"
    used = lab.scratch / f"used-{word}"
    used.mkdir()

    def fresh():
        # Kept until the job is over: ext4 searches long for new inodes where others were freed seconds ago.
        if target.exists():
            target.rename(used / str(len(os.listdir(used))))
        lab.empty_cache()
    command = [lab.waybill, "install", "bench/data", "--registry", str(registry), "--location", str(target)]
    copy = f"cp -r{'l' if link else ''} {tree} {target}"
    contenders = [
        Contender(f"floor {word}", [lab.floor, word, str(tree), str(target), "2"], "no check of bytes, nothing synced", before=fresh),
        Contender(f"floor {word}, then sync -f", f"{lab.floor} {word} {tree} {target} 2 && sync -f {target}",
                  "the same, on disk when it ends", before=fresh, rounds=2),
        Contender(WAYBILL, command + (["--link"] if link else []),
                  "from the registry's objects by the manifest" + ("" if link else ", each byte checked while copied"), before=fresh),
        Contender(copy.split(" /")[0], copy, "nothing checked, nothing synced", before=fresh, rounds=2),
    ]

    def check():
        fresh()
        lab.run(*contenders[2].command)
        lab.run("diff", "-r", "--exclude=.waybill", tree, target)
        told = lab.run(lab.waybill, "verify", target, "--registry", registry)
        fresh()
        lab.drop(used)
        return ["diff -r finds the tree and the installed directory equal; verify: " + told.strip().splitlines()[-1].replace(str(target), "target")]
    return Job(f"install-{word}", f"install {files:,} files x 4 KiB from a directory registry, {'hard links' if link else 'copies'}",
               f"floor {word}", contenders, [Bar(f"wall / floor {word}", 1.5, ratio(WAYBILL, f"floor {word}"))], check)


JOBS = {"startup": startup, "scan": scan, "rescan": rescan, "big": big, "mixed": mixed, "diff": diff,
        "install-link": lambda lab: install(lab, True), "install-copy": lambda lab: install(lab, False)}


def versions(lab):
    """Name -> version of everything that takes part."""
    def first(*argv):
        try:
            done = subprocess.run(list(map(str, argv)), env=lab.env, capture_output=True, text=True, check=False)
        except OSError:
            return "not installed"
        return (done.stdout + done.stderr).strip().splitlines()[0] if done.returncode == 0 else "not installed"
    return {"waybill": first(lab.waybill, "--version"), "compiler": first("c++", "--version"), "OpenSSL": first("openssl", "version"),
            "quilt3": first(*lab.quilt("version")) if lab.has_quilt() else "not installed", "git": first("git", "--version"),
            "coreutils": first("sha256sum", "--version"), "python": first("python3", "--version"),
            "commit": first("git", "-C", pathlib.Path(__file__).parent, "describe", "--always", "--dirty")}
