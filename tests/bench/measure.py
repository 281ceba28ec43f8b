"""Runs contenders in turn and keeps wall time, CPU time and peak memory of each run."""
import dataclasses
import os
import statistics
import sys
import time
from typing import Callable, Optional


@dataclasses.dataclass
class Contender:
    """One way to do a job. `command` is an argument list, or a string for the shell."""

    name: str
    command: object
    does: str = ""                              # what it does and does not do, for the reader
    before: Optional[Callable[[], None]] = None  # untimed, each round
    after: Optional[Callable[[], None]] = None   # untimed, each round
    rounds: int = 0                             # at most so many rounds (0: all); for the slow ones
    ok: tuple = (0,)
    absent: str = ""                            # why it cannot run here


@dataclasses.dataclass
class Row:
    """What the runs of one contender came to."""

    name: str
    does: str
    command: str
    absent: str = ""
    wall: list = dataclasses.field(default_factory=list)  # seconds
    cpu: list = dataclasses.field(default_factory=list)   # user + system seconds of the process tree
    rss: list = dataclasses.field(default_factory=list)   # MiB, largest process of the tree
    failure: str = ""

    def median(self, what):
        return statistics.median(getattr(self, what))

    def least(self, what):
        return min(getattr(self, what))


def spell(command):
    return command if isinstance(command, str) else " ".join(command)


def run_once(command, env, output, log):
    """(wall s, cpu s, peak MiB, exit code). ru_maxrss of a child starts at this interpreter's own size (about 15 MiB)."""
    argv = ["/bin/sh", "-c", command] if isinstance(command, str) else command
    with open(output, "wb") as out, open(log, "wb") as err, open(os.devnull, "rb") as none:
        start = time.perf_counter()
        child = os.posix_spawn(argv[0], argv, env, file_actions=[(os.POSIX_SPAWN_DUP2, none.fileno(), 0),
                                                                 (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
                                                                 (os.POSIX_SPAWN_DUP2, err.fileno(), 2)])
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - start
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def run_rounds(contenders, rounds, env, scratch, say):
    """All contenders once a round, each round starting with another one; the disk is settled before each run."""
    rows = {c.name: Row(c.name, c.does, spell(c.command), c.absent) for c in contenders}
    present = [c for c in contenders if not c.absent]
    for turn in range(rounds):
        shift = turn % len(present)
        for c in present[shift:] + present[:shift]:
            row = rows[c.name]
            if row.failure or (c.rounds and turn >= c.rounds):
                continue
            if c.before:
                c.before()
            os.sync()
            log = os.path.join(scratch, "stderr.txt")
            wall, cpu, rss, code = run_once(c.command, env, os.path.join(scratch, output_name(c.name)), log)
            if code not in c.ok:
                with open(log, errors="replace") as text:
                    row.failure = f"exit {code}: {text.read()[-400:].strip()}"
                say(f"  {c.name}: {row.failure}")
                continue
            row.wall.append(wall)
            row.cpu.append(cpu)
            row.rss.append(rss)
            if c.after:
                c.after()
        say(f"  round {turn + 1} of {rounds}")
    return list(rows.values())


def output_name(name):
    """File that the stdout of a contender goes to."""
    return "".join(c if c.isalnum() else "-" for c in name) + ".out"


def say(text):
    print(text, file=sys.stderr, flush=True)
