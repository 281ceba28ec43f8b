#!/usr/bin/env python3
"""Measures waybill against the least work the machine can do a job with (floor.cpp) and against other programs.

  python3 tests/bench/run.py [--quick] [--only JOB…] [--rounds N] [--json FILE] [--markdown] [--check]

Contenders run in turn, round by round, so that a busy moment meets all of them; the table shows medians, best runs, CPU time of
the process tree, peak memory, and ratios to the floor and to waybill. --check exits 1 where a bar is missed.
"""
import argparse
import json
import os
import pathlib
import sys
import time

import report
import jobs_dagster
import jobs_history
import jobs_metaflow
import jobs_s3
import jobs_valohai
from jobs import JOBS as FILE_JOBS, versions
from lab import ROOT, Lab, peers
from measure import run_rounds, say

LOCAL_JOBS = {**FILE_JOBS, **jobs_valohai.JOBS, **jobs_dagster.JOBS, **jobs_history.JOBS, **jobs_metaflow.JOBS}
JOBS = {**LOCAL_JOBS, **jobs_s3.JOBS}
ROUNDS = {"startup": 40, "scan": 7, "rescan": 15, "big": 7, "mixed": 5, "diff": 9, "install-link": 7, "install-copy": 5,
          **dict.fromkeys((*jobs_valohai.JOBS, *jobs_dagster.JOBS, *jobs_history.JOBS, *jobs_metaflow.JOBS), 5),
          **dict.fromkeys(jobs_s3.JOBS, 3)}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    built = ROOT / "build" / "bench" / "bin"
    parser.add_argument("--quick", action="store_true", help="tiny data and few rounds: does everything run?")
    parser.add_argument("--only", nargs="+", choices=JOBS, metavar="JOB", help="of: " + " ".join(JOBS))
    parser.add_argument("--rounds", type=int, help="rounds of each job")
    parser.add_argument("--waybill", default=str(built / "waybill"), help="binary to measure (Release; default: preset bench)")
    parser.add_argument("--floor", default=str(built / "floor"), help="the floor program (target bench_floor)")
    parser.add_argument("--work", help="data and scratch space, kept between runs (default: waybill-bench in the temporary directory)")
    parser.add_argument("--files", type=int, default=100_000, help="files of the scan jobs")
    parser.add_argument("--big", type=int, default=4 << 30, help="bytes of the big file")
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries of each diffed manifest")
    parser.add_argument("--install-files", type=int, default=10_000, help="files of the install jobs")
    parser.add_argument("--actions", type=int, default=10_000, help="actions of the package with a history; its files: --entries")
    parser.add_argument("--bucket-files", type=int, default=10_000, help="small files of the jobs with a bucket")
    parser.add_argument("--bucket-large", type=int, default=128 << 20, help="bytes of each of their four large files")
    parser.add_argument("--json", metavar="FILE", help="write every run's figures")
    parser.add_argument("--markdown", action="store_true", help="print the tables of docs/benchmarks.md")
    parser.add_argument("--check", action="store_true", help="exit 1 where a bar is missed")
    o = parser.parse_args()
    if o.quick:
        o.files, o.big, o.entries, o.actions, o.install_files = 2000, 64 << 20, 20_000, 2000, 500
        o.bucket_files, o.bucket_large = 500, 20 << 20
    for program in (o.waybill, o.floor):
        if not os.access(program, os.X_OK):
            parser.error(f"{program}: not there; cmake --workflow --preset bench, or name it with --waybill and --floor")
    return o


def has_server():
    there = (peers.PEERS / "versitygw" / ".complete").exists()
    if not there:
        say("versitygw is not installed (tests/interop/install-peers.sh versitygw): the jobs with a bucket are left out")
    return there


def measure(lab, name, rounds):
    say(f"{name}: data")
    job = JOBS[name](lab)
    before = os.getloadavg()[0]
    rows = run_rounds(job.contenders, rounds, lab.env, lab.scratch, say)
    by_name = {row.name: row for row in rows}
    bars = []
    for bar in job.bars:
        figure, best = (bar.value(by_name, pick) for pick in ("median", "least"))
        bars.append({"text": bar.text, "limit": bar.limit, "at_least": bar.at_least, "unit": bar.unit, "median": figure, "best": best,
                     "met": None if figure is None else bar.met(figure)})
    failed = [row.name for row in rows if row.failure]
    try:
        notes = job.check() if job.check and not failed else []
        wrong = ""
    except AssertionError as e:
        notes, wrong = [], str(e)
    return {"name": name, "title": job.title, "floor": job.floor, "rounds": rounds, "load": [before, os.getloadavg()[0]],
            "rows": [vars(row) for row in rows], "bars": bars, "notes": notes, "wrong": wrong}


def main():
    o = options()
    lab = Lab(o)
    result = {"when": time.strftime("%Y-%m-%d"), "machine": report.machine(lab.work), "versions": versions(lab), "jobs": []}
    for name in o.only or (JOBS if has_server() else LOCAL_JOBS):
        job = measure(lab, name, o.rounds or (3 if o.quick else ROUNDS[name]))
        result["jobs"].append(job)
        if not o.markdown:
            print(report.job_text(job), flush=True)
    if o.markdown:
        print(report.markdown(result))
    if o.json:
        pathlib.Path(o.json).write_text(json.dumps(result, indent=1) + "\n")
    broken = [j["name"] for j in result["jobs"] if j["wrong"] or any(r["failure"] for r in j["rows"])]
    missed = [f"{j['name']}: {b['text']}" for j in result["jobs"] for b in j["bars"] if b["met"] is False]
    say(f"bars missed: {', '.join(missed) or 'none'}")
    if broken:
        say(f"failed or wrong: {', '.join(broken)}")
    return 1 if broken or (o.check and missed) else 0


if __name__ == "__main__":
    sys.exit(main())
