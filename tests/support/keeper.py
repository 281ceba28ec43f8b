#!/usr/bin/env python3
"""Runs a command for as long as somebody holds this program's standard input open: keeper.py DIRECTORY COMMAND…

A test that ends in any way, by a kill too, closes that pipe; the command is then ended by its process id and the directory,
which holds all that the command writes, is removed. Prints the process id first; the command's output goes to DIRECTORY/log.
"""
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading

GRACE = 5  # seconds between the request to end and the kill


class Kept:
    """A command that lives no longer than this process, nor than the process that this one becomes by exec."""

    def __init__(self, directory, command, environment):
        self.log = pathlib.Path(directory) / "log"
        self.keeper = subprocess.Popen([sys.executable, __file__, str(directory), *map(str, command)], env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        cwd="/", start_new_session=True)
        self.pid = int(self.keeper.stdout.readline() or 0)

    def alive(self):
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return self.pid != 0

    def outlive_exec(self):
        os.set_inheritable(self.keeper.stdin.fileno(), True)

    def stop(self):
        self.keeper.stdin.close()
        self.keeper.wait()
        self.keeper.stdout.close()
        shutil.rmtree(self.log.parent, ignore_errors=True)  # where the keeper was killed


def users_of(place):
    """Processes whose command line names a path: `PID: command line`, where the system shows them."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has just ended
            continue
        if str(place) in line:
            found.append(f"{entry.parent.name}: {line}")
    return found


def end_with_parent():
    """Where the system can: whoever kills this program kills the command."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl:
        prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def end(child):
    child.terminate()
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def main():
    place, command = sys.argv[1], sys.argv[2:]
    try:
        with open(os.path.join(place, "log"), "wb") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=end_with_parent)
        print(child.pid, flush=True)
        threading.Thread(target=child.wait, daemon=True).start()  # a command that ends by itself leaves no zombie
        while os.read(0, 4096):
            pass
        end(child)
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
