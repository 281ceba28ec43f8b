"""Jobs of waybill-valohai: the old version is known by an input, nothing is asked of a network."""
import json
import os
import shlex
import sys

from job import WAYBILL, Bar, Job, absolute, ratio
from jobs import opened_data_files
from lab import HERE
from measure import Contender, output_name

CHANGED = 10  # one file in so many is another one than in the old version


def update(lab, name, title, content, bars):
    binary = os.path.join(os.path.dirname(lab.waybill), "waybill-valohai")
    config, outputs, cache = lab.scratch / f"{name}-config", lab.scratch / f"{name}-outputs", lab.scratch / f"{name}-digests"
    lab.generate("inputs", content, config, "--every", CHANGED)
    changed = set((config / "changed").read_text().split())

    def command(digests):
        argv = [binary, "--json", "update", "--content", str(content), "--dataset", "bench", "--stat-cache", str(digests)]
        return f"VH_CONFIG_DIR={config} VH_OUTPUTS_DIR={outputs} {shlex.join(argv)}"

    def fresh():
        # Kept until the job is over: ext4 searches long for new inodes where others were freed seconds ago.
        if outputs.exists():
            outputs.rename(used / str(len(os.listdir(used))))
        outputs.mkdir()
    used = lab.scratch / f"{name}-used"
    used.mkdir()
    fresh()
    lab.run("/bin/sh", "-c", command(cache))
    absent = "" if os.access(binary, os.X_OK) else "not built (target waybill_valohai)"
    contenders = [
        Contender("floor scan", [lab.floor, "scan", str(content), "1"], "opens, reads and hashes each file on one thread; copies nothing"),
        Contender(WAYBILL, command("none"), "no digests kept: each file is hashed, what changed is copied, metadata last", before=fresh, absent=absent),
        Contender("waybill, digests kept", command(cache), "the same with the digests of an earlier run", before=fresh, absent=absent),
        Contender("the published way", [sys.executable, str(HERE / "peer_valohai.py"), str(content), str(config / "inputs.json"), str(outputs)],
                  "its reads and sums, without its requests and their libraries", before=fresh, rounds=3),
    ]

    def check():
        fresh()
        answer = json.loads(lab.run("/bin/sh", "-c", command(cache) + " 2>/dev/null").splitlines()[-1])
        fresh()
        opened = opened_data_files(lab, ["/bin/sh", "-c", command(cache)])
        theirs = int((lab.scratch / output_name("the published way")).read_text())
        if not theirs == answer["summary"]["changed"] == len(changed):
            raise AssertionError(f"{len(changed)} files changed, the published way found {theirs}, waybill {answer['summary']['changed']}")
        if opened is not None and not opened <= changed:
            raise AssertionError(f"{len(opened - changed)} files were opened that did not change")
        lab.drop(used)
        return [f"{len(changed):,} files changed, and both found them"] + (
            ["strace: with the digests kept no other data file is opened"] if opened is not None else [])
    return Job(name, title, "floor scan", contenders, bars, check)


def small(lab):
    files = min(lab.o.files, 20_000)
    return update(lab, "valohai-small", f"update of a Valohai dataset of {files:,} files x 4 KiB, three checksums known, one in ten changed",
                  lab.small_tree(files), [Bar("CPU of the published way / waybill", 3, ratio("the published way", WAYBILL, "cpu"), at_least=True),
                                          Bar("peak memory", 64, absolute("rss"), unit="MiB")])


def large(lab):
    size = min(lab.o.big, 1 << 30)
    content = lab.once(f"valohai-{size}", lambda d: lab.generate("file", d / "large.bin", "--size", size))
    return update(lab, "valohai-large", f"the same of one file of {size / 2**30:.2f} GiB, unchanged", content,
                  [Bar("CPU of the published way / waybill", 3, ratio("the published way", WAYBILL, "cpu"), at_least=True),
                   Bar("peak memory", 64, absolute("rss"), unit="MiB")])


JOBS = {"valohai-small": small, "valohai-large": large}
