"""Jobs of waybill-metaflow."""
import json
import os

from job import WAYBILL, Bar, Job, absolute, ratio
from lab import peers
from measure import Contender, output_name

ROWS = 1_000_000


def binary_of(lab):
    binary = os.path.join(os.path.dirname(lab.waybill), "waybill-metaflow")
    return binary, "" if os.access(binary, os.X_OK) else "not built (target waybill_metaflow)"


def task(lab):
    """What the records of one task cost: two programs, and nothing read or written between them."""
    binary, absent = binary_of(lab)
    store = lab.scratch / "records"
    named = f"{binary} --store {store} --run Flow/1/step/$$ --attempt 0"
    begin, end = (named.replace(f"{binary} ", f"{binary} --json {verb} ") for verb in ("begin", "end"))
    contenders = [
        Contender("floor", ["/bin/sh", "-c", "/bin/true; /bin/true"], "a shell and two processes that do nothing"),
        Contender(WAYBILL, ["/bin/sh", "-c", f"{begin} >/dev/null && {end} --status ok"], "a shell, begin and end of one task's attempt",
                  absent=absent),
    ]

    def beyond(rows, pick):
        mine, floor = rows[WAYBILL], rows["floor"]
        return 1000 * (getattr(mine, pick)("wall") - getattr(floor, pick)("wall")) if mine.wall else None

    def check():
        records = json.loads((lab.scratch / output_name(WAYBILL)).read_text())["records"]
        if [record["kind"] for record in records] != ["begin", "end"]:
            raise AssertionError(records)
        return []
    return Job("lineage-task", "begin and end of one task", "floor", contenders, [Bar("beyond floor", 10, beyond, unit="ms")], check)


def same_inputs(lab):
    """A thousand runs of two tasks that read one table each."""
    binary, absent = binary_of(lab)
    runs = 1000

    def make(place):
        lab.run(program, place / "records", runs)
    program = os.path.join(os.path.dirname(lab.floor), "lineage")
    absent = absent or ("" if os.access(program, os.X_OK) else "not built (target bench_lineage)")
    store = "" if absent else lab.once(f"lineage-{runs}", make) / "records"
    names = [f"Flow/{number}" for number in range(runs)]
    work = Contender(WAYBILL, [binary, "--json", "same-inputs", "--store", str(store), *names], "reads the records of all runs", absent=absent)

    def check():
        answer = json.loads((lab.scratch / output_name(WAYBILL)).read_text())
        if not answer["same"] or len(answer["runs"]) != runs:
            raise AssertionError(answer["differences"])
        return [f"{runs:,} runs read the same"]
    return Job("lineage-same", f"same inputs of {runs:,} runs", WAYBILL, [work], [Bar("wall", 0.05, absolute("wall"), unit="s")], check)


def read_table(lab):
    """A table of Dolt as CSV, at its newest commit."""
    binary, absent = binary_of(lab)
    dolt = peers.PEERS / "dolt" / "bin" / "dolt"
    absent = absent or ("" if os.access(dolt, os.X_OK) else "dolt is not installed (tests/interop/install-peers.sh dolt)")
    lab.env["DOLT_ROOT_PATH"] = str(lab.scratch / "home")
    at = lab.work / f"dolt-{ROWS}" / "db"

    def make(place):
        database = place / "db"
        database.mkdir()
        for words in (["config", "--global", "--add", "user.name", "bench"], ["config", "--global", "--add", "user.email", "bench@localhost"],
                      ["config", "--global", "--add", "metrics.disabled", "true"], ["init"]):
            lab.run(dolt, *words, cwd=database)
        rows = place / "rows.csv"
        with open(rows, "w", encoding="utf-8") as out:
            out.write("id,name,note,price,at\n")
            for i in range(ROWS):
                out.write(f"{i},name {i % 977},a note on row {i},{i % 1000}.25,2026-01-02 03:04:{i % 60:02}\n")
        lab.run(dolt, "sql", "-q", "CREATE TABLE t (id bigint primary key, name varchar(40), note varchar(60), price decimal(10,2), at datetime)",
                cwd=database)
        lab.run(dolt, "table", "import", "-u", "t", rows, cwd=database)
        rows.unlink()
        lab.run(dolt, "sql", "-q", "call dolt_commit('-Am', 'rows')", cwd=database)
    if not absent:
        lab.once(f"dolt-{ROWS}", make)
    command = [binary, "read", "--store", str(lab.scratch / "records"), "--run", "Flow/1/read/1", "--attempt", "0", "--dolt", str(dolt),
               "--table", "t", "--db", str(at), "--as-of", "HEAD"]
    contenders = [
        Contender("dolt", f"cd {at} && exec {dolt} sql -r csv -q 'select * from t order by id'", "the rows; no record of which they were",
                  absent=absent),
        Contender(WAYBILL, command, "the rows, their commit and hash, and a record of it", absent=absent),
    ]

    def check():
        mine, theirs = ((lab.scratch / output_name(name)).read_bytes() for name in (WAYBILL, "dolt"))
        if mine != theirs:
            raise AssertionError("the rows differ")
        return [f"{len(mine) >> 20} MiB, byte for byte the same"]
    return Job("dolt-read", f"table of {ROWS:,} rows from Dolt", "dolt", contenders, [Bar("wall / dolt", 1.05, ratio(WAYBILL, "dolt"))], check)


JOBS = {"lineage-task": task, "lineage-same": same_inputs, "dolt-read": read_table}
