#!/usr/bin/env python3
"""Waits until a Dagster instance (DAGSTER_HOME) has seen what it should, and says what it saw: watch.py RUNS [TICKS]

RUNS runs of success and no others, and after them TICKS further evaluations (default 2) of the sensor that asked for nothing. Exit 1
when a run fails, when there are too many, or after WATCH_SECONDS (120).
"""
import os
import sys
import time

from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.scheduler.instigation import TickStatus


def idle_ticks(instance, since):
    """Evaluations that skipped, of those that began after the last run was there."""
    return sum(tick.status == TickStatus.SKIPPED and tick.timestamp > since for state in instance.all_instigator_state()
               for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id))


def main():
    runs, ticks = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2
    end = time.monotonic() + float(os.environ.get("WATCH_SECONDS", "120"))
    with DagsterInstance.get() as instance:
        found = []
        while time.monotonic() < end:
            found = instance.get_run_records()
            states = [record.dagster_run.status for record in found]
            if DagsterRunStatus.FAILURE in states or len(found) > runs:
                break
            last = max((record.create_timestamp.timestamp() for record in found), default=0)
            if states.count(DagsterRunStatus.SUCCESS) == runs and idle_ticks(instance, last) >= ticks:
                break
            time.sleep(0.25)
        for record in reversed(found):
            tags = record.dagster_run.tags
            print(f"{record.dagster_run.status.value}: {tags.get('dagster/run_key')}")
        good = [record.dagster_run.status for record in found] == [DagsterRunStatus.SUCCESS] * runs and time.monotonic() < end
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
