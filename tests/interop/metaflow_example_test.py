#!/usr/bin/env python3
"""examples/metaflow/run-local.sh: three runs, three questions, three answers: metaflow_example_test.py WAYBILL_METAFLOW [tables|dolt]."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402


def main():
    program, kind = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "tables"
    settings = {**os.environ, "WAYBILL_BIN": os.path.dirname(program), "WAYBILL_PYTHON": peers.peer_python("metaflow")}
    if kind == "dolt":
        settings["PATH"] = f"{os.path.dirname(peers.peer_program('dolt'))}:{settings['PATH']}"
    done = subprocess.run(["bash", str(peers.ROOT / "examples/metaflow/run-local.sh"), kind], env=settings, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=400, check=False)
    print(done.stdout[-6000:])
    answers = ("all of them are the rows before the change: 61 lines", "All 2 runs read the same data", "table prices of " + kind + " differs",
               "wrote summary@", "committed by end")
    missing = [answer for answer in answers if answer not in done.stdout]
    if done.returncode != 0 or missing or not done.stdout.endswith("three questions, three answers\n"):
        sys.exit(f"exit code {done.returncode}, missing: {missing}\n{done.stderr[-8000:]}")


if __name__ == "__main__":
    main()
