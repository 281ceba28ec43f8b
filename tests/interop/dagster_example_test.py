#!/usr/bin/env python3
"""examples/dagster/run-headless.sh: the live daemon, three datasets → three runs, one changed file → exactly one more:
dagster_example_test.py WAYBILL_DAGSTER [v1|v2|registry]."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import keeper, peers  # noqa: E402


def main():
    program, kind = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "v1"
    settings = {**os.environ, "WAYBILL_BIN": os.path.dirname(program), "WAYBILL_PYTHON": peers.peer_python("dagster")}
    done = subprocess.run(["bash", str(peers.ROOT / "examples/dagster/run-headless.sh"), kind], env=settings, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300, check=False)
    print(done.stdout[-4000:])
    good = done.returncode == 0 and done.stdout.count("SUCCESS: ") == 7 and done.stdout.endswith("four runs, nothing loaded twice\n")
    left = keeper.users_of("examples/dagster/definitions.py")
    if not good or left:
        sys.exit(f"exit code {done.returncode}, still running: {left}\n{done.stderr[-8000:]}")


if __name__ == "__main__":
    main()
