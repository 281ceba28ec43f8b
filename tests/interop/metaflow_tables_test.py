#!/usr/bin/env python3
"""DoltDT in real Metaflow runs: what it promises, and each defect of its forerunner: metaflow_tables_test.py WAYBILL_METAFLOW [tables|dolt]."""
import os
import subprocess
import sys
import unittest
import warnings

import metaflow_test as real  # runs on in the peer's environment  # noqa: E402
import pandas  # noqa: E402
from metaflow import Flow, Run  # noqa: E402

from waybill_metaflow import DoltDT  # noqa: E402

KIND = "tables"
PRICES = "id,item,price\n1,nut,0.5\n2,bolt,\n3,\"\",2\n"


class Tables(real.Case):
    def setUp(self):
        super().setUp()
        self.db = KIND
        self.env["PROBE_DB"] = self.db
        if KIND == "dolt":
            self.make_dolt()
        before = os.getcwd()
        os.chdir(self.dir)  # the database is named as the flow names it
        self.addCleanup(os.chdir, before)
        for name in ("WAYBILL_METAFLOW", "WAYBILL_REGISTRY", "DOLT_ROOT_PATH", "PATH"):
            os.environ[name] = self.env.get(name, "")
        self.put(PRICES, "1")

    def dolt(self, *arguments):
        subprocess.run(["dolt", *arguments], env=self.env, cwd=self.dir / self.db, stdout=subprocess.DEVNULL, check=True, timeout=120)

    def make_dolt(self):
        program = real.peers.peer_program("dolt")
        self.env.update(DOLT_ROOT_PATH=str(self.dir / "dolt-home"), PATH=f"{os.path.dirname(program)}:{self.env['PATH']}")
        for name in ("dolt-home", self.db):
            (self.dir / name).mkdir()
        for setting in (("user.name", "tester"), ("user.email", "tester@example.com"), ("metrics.disabled", "true"),
                        ("versioncheck.disabled", "true")):
            self.dolt("config", "--global", "--add", *setting)
        self.dolt("init")

    def put(self, rows, run, table="prices"):
        task = ["--run", f"Import/{run}/load/1", "--db", self.db]
        self.ask("write", "--table", table, "--pk", "id", *task, input=rows)
        return self.ask("commit", *task)["records"][0]["commit"]

    def flow(self, how="", **options):
        return self.run_flow("--how", how, flow="metaflow_tables_flow.py", **options)

    def test_reads_and_writes_of_a_run_are_those_of_its_commits(self):
        run = self.flow()
        number = run.split("/")[1]
        for i, rows in enumerate(("id,item,price\n1,nut,9\n", "id,item,price\n4,new,1\n", "id,item,price\n2,bolt,7\n")):
            self.put(rows, str(i + 2))
        dolt = DoltDT(Run(run), self.db)
        reads = dolt.get_reads()
        # Defects 1 and 2 were that nothing was ever found, or what a branch holds by now.
        self.assertEqual(set(reads), {f"{number}/start", f"{number}/work"})
        start = reads[f"{number}/start"]["prices"]
        self.assertEqual(start["id"].tolist(), [1, 2, 3])
        self.assertEqual(start["item"].tolist(), ["nut", "bolt", ""])
        self.assertEqual(start["price"].isna().tolist(), [False, True, False])
        # 6: each task of a foreach counts, not the first one only.
        work = reads[f"{number}/work"]["prices"]
        self.assertEqual((len(work), [frame.equals(start) for frame in work]), (3, [True] * 3))
        # 9: tasks that write one table do not overwrite each other's answer, and each has rows that others have not.
        writes = dolt.get_writes()
        self.assertEqual(set(writes), {f"{number}/work"})
        models = writes[f"{number}/work"]["model"]
        self.assertEqual(len(models), 3)
        for row in self.uses("writes", "--run", run)[f"{number}/work"]:
            self.assertTrue(row["commit"])
        self.assertEqual(sorted(set().union(*(frame["name"].tolist() for frame in models))), ["a", "b", "c"])
        # 7: task, attempt and place in the foreach are told.
        records = self.uses("reads", "--run", run)[f"{number}/work"]
        self.assertEqual(sorted(r["index"] for r in records), [[0], [1], [2]])
        self.assertEqual((len({r["task"] for r in records}), {r["attempt"] for r in records}), (3, {0}))
        # In the running flow, the same question is about the run itself.
        self.assertEqual({step.split("/")[1] for step in Run(run)["join"].task["own"].data}, {"start", "work"})

    def test_a_flow_answers_for_its_runs_and_filters_choose(self):
        first, second = self.flow(), self.flow("late")
        one, two = first.split("/")[1], second.split("/")[1]
        # 4: a Flow is recognised; 5: runs and steps choose.
        everything = DoltDT(Flow("TableFlow"), self.db)
        self.assertLessEqual({f"{n}/{step}" for n in (one, two) for step in ("start", "work")}, set(everything.get_reads()))
        self.assertEqual(set(everything.get_reads(runs=[one])), {f"{one}/start", f"{one}/work"})
        self.assertEqual(set(everything.get_reads(runs=[one, int(two)], steps=["start"])), {f"{one}/start", f"{two}/start"})
        self.assertEqual(set(everything.get_reads(runs=[f"TableFlow/{two}"], steps=["work"])), {f"{two}/work"})
        # 3: what a step wrote, another one commits; the writer stays the writer.
        late = self.uses("writes", "--run", second)[f"{two}/work"]
        self.assertEqual([(r["step"], r["committed_by"]["step"], bool(r["commit"])) for r in late], [("work", "join", True)] * 3)
        self.assertEqual(len(everything.get_writes(runs=[two])[f"{two}/work"]["model"]), 3)
        self.assertTrue(self.ask("same-inputs", first, second)["same"])
        self.put("id,item,price\n1,nut,0.25\n", "2")
        told, = self.ask("same-inputs", first, self.flow(), code=1)["differences"]
        self.assertEqual(told["table"], "prices")

    def test_what_nobody_committed_is_said_and_not_made_up(self):
        run = self.flow("late forget")
        number = run.split("/")[1]
        self.assertEqual([r["uncommitted"] for r in self.uses("writes", "--run", run)[f"{number}/work"]], [True] * 3)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            self.assertEqual(DoltDT(Run(run), self.db).get_writes(), {f"{number}/work": {}})
        self.assertEqual(len([w for w in said if "never committed" in str(w.message)]), 3)

    def test_a_read_of_rows_that_are_not_committed_is_no_read_of_a_commit(self):
        # 8: the working set was read and the commit below it recorded.
        task = ["--run", "F/1/work/1", "--db", self.db]
        self.ask("write", "--table", "prices", "--pk", "id", *task, input="id,item,price\n1,nut,100\n")
        self.ask("read", "--table", "prices", "--out", "rows.csv", *task)
        self.assertIn("1,nut,100", (self.dir / "rows.csv").read_text())
        record, = self.uses("reads", "--flow", "F")["1/work"]
        self.assertTrue(record["dirty"])
        committed, = self.ask("commit", *task)["records"]
        self.assertEqual(record["table_hash"], committed["table_hash"])
        self.assertNotEqual(record.get("commit"), committed["commit"])

    def test_frames_keep_their_values(self):
        frame = pandas.DataFrame({
            "key": ["007", "a,\"b\"\nc", "ä"], "whole": pandas.array([1, None, 2**60 + 1], dtype="Int64"), "int": [1, -2, 3],
            "real": [0.1, None, 123456789.123], "text": ["", None, "NA"],
            "time": pandas.to_datetime(["2026-01-02 03:04:05.000006", None, "1999-12-31 00:00:00"], format="ISO8601")})
        dolt = self.in_task("F/2/work/1")
        dolt.write_table("frames", frame, ["key"])
        dolt.commit_table_writes()
        back = dolt.read_table("frames").set_index("key").loc[frame["key"]].reset_index()
        for name in frame.columns:
            self.assertEqual([None if pandas.isna(v) else v for v in back[name]], [None if pandas.isna(v) else v for v in frame[name]], name)
        self.assertEqual([str(back[name].dtype) for name in ("whole", "int", "real")], ["Int64", "int64", "float64"])
        dolt.write_table("frames", frame[:1].assign(int=[10]), ["key"])  # an update of one row
        self.assertEqual(sorted(dolt.read_table("frames")["int"]), [-2, 3, 10])
        self.assertRaises(RuntimeError, dolt.read_table, "nowhere")
        self.assertRaises(TypeError, DoltDT, "TableFlow", self.db)

    def test_what_was_recorded_outlives_clean_up(self):
        run = self.flow("late")
        if KIND == "dolt":
            self.dolt("gc", "--full")
        writes = DoltDT(Run(run), self.db).get_writes()
        self.assertEqual(len(writes[run.split("/")[1] + "/work"]["model"]), 3)

    def in_task(self, pathspec):
        """A DoltDT as a step has it, without the run around it."""
        dolt = DoltDT.__new__(DoltDT)
        dolt.db, dolt._own = self.db, {"MF_PATHSPEC": pathspec}  # pylint: disable=protected-access
        return dolt


if __name__ == "__main__":
    real.PROGRAM = os.path.abspath(sys.argv.pop(1))
    if sys.argv[1:2] in (["tables"], ["dolt"]):
        KIND = sys.argv.pop(1)
    if KIND == "dolt":
        real.peers.peer_program("dolt")
    try:
        unittest.main(verbosity=2)
    finally:
        real.shutil.rmtree(real.PLACE, ignore_errors=True)
