#!/usr/bin/env python3
"""Runs a command beside a Dolt database of its own: with_dolt.py directory|server -- COMMAND…

The command finds Dolt in WAYBILL_TEST_DOLT and the database in WAYBILL_TEST_DOLT_DB. Exits as the command does.
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.dolt import Dolt  # noqa: E402


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("directory", "server") or sys.argv[2] != "--":
        sys.exit(__doc__)
    with Dolt() as dolt:
        database = str(dolt.database("my-db"))
        if sys.argv[1] == "server":
            database = f"dolt://root@127.0.0.1:{dolt.serve()}/my-db"
        environment = {**dolt.environment, "WAYBILL_TEST_DOLT": dolt.program, "WAYBILL_TEST_DOLT_DB": database}
        return subprocess.run(sys.argv[3:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
