"""Jobs of waybill-dagster."""
import json
import os
import time

from job import WAYBILL, Bar, Job, absolute
from jobs import opened_data_files
from measure import Contender, output_name


def volume(lab):
    """A sensor's evaluation of a volume in which nothing has changed since the one before."""
    files = lab.o.files
    small = lab.small_tree(files)

    def make(place):
        lab.run("cp", "-rl", small, place / "category")
        time.sleep(3)  # what was touched a moment ago is not remembered, as it might change once more unseen
    root, cursor = lab.once(f"volume-{files}", make), lab.scratch / "cursor"
    binary = os.path.join(os.path.dirname(lab.waybill), "waybill-dagster")
    datasets = sum(entry.is_dir() for entry in os.scandir(root / "category"))
    command = [binary, "--json", "scan", str(root), "--limit", str(datasets), "--cursor-file", str(cursor)]
    absent = "" if os.access(binary, os.X_OK) else "not built (target waybill_dagster)"
    if not absent:
        lab.empty_cache()
        cursor.write_text(json.loads(lab.run("/bin/sh", "-c", " ".join(command) + " 2>/dev/null"))["cursor"])
    contenders = [
        Contender("floor stat", [lab.floor, "stat", str(root), "2"], "walk and one statx a file; remembers nothing"),
        Contender(WAYBILL, command, "compares each file with what it remembers; says which datasets are new or changed", absent=absent),
    ]

    def check():
        answer = json.loads((lab.scratch / output_name(WAYBILL)).read_text())
        if answer["datasets"] != datasets or answer["requests"]:
            raise AssertionError(f"{answer['datasets']} of {datasets} datasets, {len(answer['requests'])} requests of an unchanged volume")
        if opened_data_files(lab, command):
            raise AssertionError("data files of an unchanged volume were opened")
        return [f"{datasets:,} datasets, none to load; no data file was opened"]
    return Job("volume", f"unchanged volume of {files:,} files in {datasets:,} datasets", "floor stat", contenders,
               [Bar("wall", 2, absolute("wall"), unit="s")], check)


JOBS = {"volume": volume}
