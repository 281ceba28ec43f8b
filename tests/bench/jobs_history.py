"""Jobs of a package with a long history."""
import json
import os
import time

from job import WAYBILL, Bar, Job
from measure import Contender, output_name

START, OPEN = "start", "open"


def beyond(base):
    """Wall time in ms that the job takes longer than another row: starting, or opening the package, is not what is asked about."""
    def value(rows, pick):
        mine, other = rows.get(WAYBILL), rows.get(base)
        if mine is None or other is None or not mine.wall or not other.wall:
            return None
        return 1000 * (getattr(mine, pick)("wall") - getattr(other, pick)("wall"))
    return value


class Past:
    """A package bench/main with a history, its fork bench/fork with 1,000 actions of its own, and the commands on them."""

    def __init__(self, lab):
        self.lab = lab
        program = os.path.join(os.path.dirname(lab.floor), "history")
        self.absent = "" if os.access(program, os.X_OK) else "not built (target bench_history)"
        self.title = f"{lab.o.entries:,} files, {lab.o.actions:,} actions"
        if not self.absent:
            make = lambda place: lab.run(program, place / "registry", lab.o.entries, lab.o.actions)
            self.registry = lab.once(f"history-{lab.o.entries}-{lab.o.actions}", make) / "registry"
        self.target = lab.scratch / "target.txt"

    def command(self, *arguments):
        return [self.lab.waybill, "--json", "--registry", str(getattr(self, "registry", "")), *arguments]

    def start(self):
        return Contender(START, [self.lab.waybill, "--version"], "the program does nothing", absent=self.absent)

    def opened(self):
        one = json.dumps({"name": "bench", "value": time.time_ns()})
        return Contender(OPEN, self.command("act", "--dry-run", "bench/main", "Meta.set", one),
                         "opens the package with its files, tries one action, writes nothing", absent=self.absent)

    def new_fork(self):
        """Its name stands in `target`: the jobs that change something do it to a fork of their own."""
        self.target.write_text(f"bench/f{time.time_ns()}")

    def fork(self):
        self.lab.run(*self.command("fork", "bench/main", self.target.read_text()))

    def answer(self):
        return json.loads((self.lab.scratch / output_name(WAYBILL)).read_text())


def fork(lab):
    past = Past(lab)
    spelt = " ".join(past.command("fork", "bench/main"))
    work = Contender(WAYBILL, f"exec {spelt} $(cat {past.target})", "a fork of the package", before=past.new_fork, absent=past.absent)

    def check():
        logs = past.registry / ".waybill" / "logs" / past.answer()["id"]
        size = sum(file.stat().st_size for file in logs.rglob("*") if file.is_file())
        if size > 4096:
            raise AssertionError(f"a fork takes {size} bytes")
        if past.answer()["actions"] != lab.o.actions:
            raise AssertionError(f"{past.answer()['actions']} inherited actions")
        return [f"a fork takes {size} bytes"]
    return Job("history-fork", f"fork of a package: {past.title}", START, [past.start(), work],
               [Bar("beyond start", 10, beyond(START), unit="ms")], check)


def log(lab):
    past = Past(lab)
    work = Contender(WAYBILL, past.command("log", "bench/main", "--sort", "-datetime", "--limit", "50"), "the newest 50 actions",
                     absent=past.absent)

    def check():
        rows = len(past.answer()["actions"])
        if rows != 50:
            raise AssertionError(f"{rows} actions")
        return []
    return Job("history-log", f"newest 50 of the log: {past.title}", START, [past.start(), work],
               [Bar("beyond start", 20, beyond(START), unit="ms")], check)


def merge(lab):
    past = Past(lab)

    def before():
        past.new_fork()
        past.fork()
    spelt = " ".join(past.command("merge", "--from", "bench/fork"))
    work = Contender(WAYBILL, f"exec {spelt} $(cat {past.target})", "replays 1,000 actions into a fork of the package", before=before,
                     absent=past.absent)

    def open_only(rows, pick):
        return getattr(rows[OPEN], pick)("wall") if OPEN in rows and rows[OPEN].wall else None

    def check():
        applied = len(past.answer()["applied"])
        if applied != 1000:
            raise AssertionError(f"{applied} actions applied")
        return []
    return Job("history-merge", f"merge of 1,000 actions: {past.title}", OPEN, [past.opened(), work],
               [Bar("open", 1, open_only, unit="s"), Bar("beyond open", 200, beyond(OPEN), unit="ms")], check)


JOBS = {"history-fork": fork, "history-log": log, "history-merge": merge}
