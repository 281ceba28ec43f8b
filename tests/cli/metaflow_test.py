#!/usr/bin/env python3
"""waybill-metaflow as steps and people call it, without Metaflow: metaflow_test.py WAYBILL_METAFLOW."""
import concurrent.futures
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers  # noqa: E402

SANITIZED = bool(os.environ.get("WAYBILL_TEST_SANITIZED"))
ROWS = "id,v\n1,one\n2,\n3,\"\"\n"


class Case(peers.Workbench):
    def setUp(self):
        super().setUp()
        self.env = {name: value for name, value in self.env.items() if not name.startswith("MF_")}
        self.records = self.registry / ".waybill/lineage"

    def task(self, verb, *more, who="F/1/work/2", attempt=0, index=None, origin="", **options):
        """A verb as the task `who`, told as the decorator tells it; the JSON document."""
        told = {"MF_PATHSPEC": who, "MF_ATTEMPT": str(attempt), "WAYBILL_INDEX": json.dumps(index or []), "WAYBILL_ORIGIN_RUN": origin}
        return documents.strict(self.run_raw("--json", verb, *more, env={**told, **options.pop("env", {})}, **options).stdout)

    def attempt(self, who, *steps, attempt=0, status="ok", **options):
        """A whole attempt: begin, the verbs, end."""
        self.task("begin", who=who, attempt=attempt, **options)
        for verb in steps:
            self.task(*verb, who=who, attempt=attempt, **options)
        failure = ["--error", "KeyError"] if status == "fail" else []
        return self.task("end", "--status", status, *failure, who=who, attempt=attempt, **options)["records"]

    def uses(self, verb, *more, **options):
        document = self.json(verb, *more, **options)
        return {step: uses for step, uses in document.items() if "/" in step}

    def package(self, name, content):
        return self.write(f"{name}/file", content).parent

    def state(self, verb, *more):
        """`table: (commit is there, status)` of all answers."""
        return [(r.get("table") or r["package"], bool(r.get("commit")), r["status"], r["task"], r["attempt"])
                for uses in self.uses(verb, *more).values() for r in uses]


class Attempts(Case):
    def test_an_attempt_is_told_from_begin_to_end(self):
        began = self.task("begin", attempt=1, index=[3, 0], origin="0")["record"]
        self.assertEqual({name: began[name] for name in ("kind", "flow", "run", "step", "task", "attempt", "index", "origin_run")},
                         {"kind": "begin", "flow": "F", "run": "1", "step": "work", "task": "2", "attempt": 1, "index": [3, 0],
                          "origin_run": "0"})
        self.task("begin", who="F/1/work/22")
        ended = self.task("end", "--status", "fail", "--error", "KeyError", attempt=1)
        self.assertEqual([r["kind"] for r in ended["records"]], ["begin", "end"])
        self.assertEqual((ended["records"][1]["status"], ended["records"][1]["error"], ended["damaged"]), ("fail", "KeyError", []))
        plain = self.run_raw("end", "--status", "ok", env={"MF_PATHSPEC": "F/1/work/22"})
        self.assertEqual([r["kind"] for r in documents.strict(plain.stdout)["records"]], ["begin", "end"])

    def test_who_it_is_must_be_known(self):
        self.run_raw("begin", code=2)
        self.run_raw("begin", code=2, env={"MF_PATHSPEC": "F/1/work"})
        self.run_raw("begin", "--run", "F/1/work/2", "--attempt", "x", code=2)
        self.run_raw("begin", "--run", "F/1/work/2", "--attempt", "1")
        self.task("end", "--status", "well", code=2)
        self.task("end", "--status", "ok", "--error", "E", code=2)
        self.task("end", code=2)

    def test_records_stand_where_they_are_wanted(self):
        self.task("begin")
        self.assertTrue((self.records / "F/1.jsonl").exists())
        self.task("begin", "--store", self.dir / "flag", env={"WAYBILL_LINEAGE": str(self.dir / "env")})
        self.task("begin", env={"WAYBILL_LINEAGE": str(self.dir / "env")})
        self.task("begin", env={"WAYBILL_REGISTRY": f"file://{self.dir}/url"})
        self.assertEqual([(self.dir / place / "F/1.jsonl").exists() for place in ("flag", "env", "url/.waybill/lineage")], [True] * 3)
        self.run_raw("reads", "--store", self.dir / "none", code=66)
        self.task("begin", "--store", "https://example.com/x", code=69)

    def test_a_dry_run_records_nothing(self):
        tree = self.package("tree", "1")
        for verb in (["begin"], ["end", "--status", "ok"], ["write-package", "ns/p", tree]):
            self.assertIn("record", str(self.task(*verb, "--dry-run")))
        self.assertFalse(self.registry.exists())

    def test_a_hundred_processes_lose_nothing(self):
        count = 16 if SANITIZED else 100

        def run(i):
            self.task("begin", who=f"F/1/work/{i}")
            return self.task("end", "--status", "ok", who=f"F/1/work/{i}")["records"]

        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            ended = list(pool.map(run, range(count)))
        self.assertEqual({len(records) for records in ended}, {2})
        lines = [json.loads(line) for line in (self.records / "F/1.jsonl").read_text().splitlines()]
        self.assertEqual(sorted((int(r["task"]), r["kind"]) for r in lines),
                         sorted((i, kind) for i in range(count) for kind in ("begin", "end")))

    def test_damage_is_skipped_and_told(self):
        tree = self.package("tree", "1")
        self.attempt("F/1/work/2", ["write-package", "ns/p", tree])
        with open(self.records / "F/1.jsonl", "a", encoding="utf-8") as file:
            file.write('{"schema":"waybill/run-record/1","kind":"wri')
        self.attempt("F/1/work/3", ["write-package", "ns/p", tree])
        done = self.run_raw("--json", "writes")
        document = documents.strict(done.stdout)
        self.assertEqual([r["task"] for r in document["1/work"]], ["2", "3"])
        self.assertEqual([(d["key"], d["line"]) for d in document["damaged"]], [("F/1.jsonl", 4)])
        self.assertIn(b"F/1.jsonl line 4 is skipped", done.stderr)
        self.assertEqual(len(documents.strict(self.run_raw("export", "openlineage", "--json").stdout)["damaged"]), 1)


class Packages(Case):
    def setUp(self):
        super().setUp()
        self.tree = self.package("tree", "first")

    def write_then_read(self, run, content, attempt=0):
        self.write("tree/file", content)
        wrote, = (r for r in self.attempt(f"F/{run}/make/1", ["write-package", "ns/p", self.tree], attempt=attempt) if r["kind"] == "write")
        self.attempt(f"F/{run}/use/2", ["read-package", "ns/p", "--location", self.dir / f"copy{run}"])
        return wrote["top_hash"]

    def test_what_is_written_and_read_is_recorded_with_its_hash(self):
        top = self.write_then_read("1", "first")
        self.assertEqual((self.dir / "copy1/file").read_text(), "first")
        read, = self.uses("reads")["1/use"]
        self.assertEqual((read["package"], read["top_hash"], read["status"], read["index"]), ("ns/p", top, "ok", []))
        self.assertEqual([r["top_hash"] for r in self.uses("writes")["1/make"]], [top])
        writer, = self.json("who-wrote", f"ns/p@{top}")["writers"]
        self.assertEqual((writer["run"], writer["step"], writer["task"]), ("1", "make", "1"))
        self.json("who-wrote", "ns/p@" + "0" * 64, code=66)
        self.json("who-wrote", "ns/p", code=2)
        self.task("read-package", "ns/none", "--location", "x", code=66)

    def test_an_old_version_is_read_by_its_hash(self):
        first = self.write_then_read("1", "first")
        self.write_then_read("2", "second")
        read = self.task("read-package", f"ns/p@{first}", "--location", "old", who="F/3/use/1")
        self.assertEqual((read["record"]["top_hash"], (self.dir / "old/file").read_text()), (first, "first"))

    def test_questions_choose_flow_run_step_and_attempt(self):
        self.attempt("F/1/make/1", ["write-package", "ns/p", self.tree], status="fail")
        self.attempt("F/1/make/1", ["write-package", "ns/p", self.tree], attempt=1)
        self.task("begin", who="F/1/make/1", attempt=2)
        self.task("write-package", "ns/p", self.tree, who="F/1/make/1", attempt=2)
        self.attempt("F/2/make/1", ["write-package", "ns/p", self.tree])
        self.attempt("G/1/other/1", ["write-package", "ns/p", self.tree])
        self.assertEqual({step: len(uses) for step, uses in self.uses("writes").items()}, {"1/make": 1, "1/other": 1, "2/make": 1})
        self.assertEqual([r["attempt"] for r in self.uses("writes", "--run", "F/1")["1/make"]], [1])
        self.assertEqual(set(self.uses("writes", "--flow", "F", "--run", "2")), {"2/make"})
        self.assertEqual(set(self.uses("writes", "--run", "1", "--run", "F/2", "--step", "make")), {"1/make", "2/make"})
        everything = self.run_raw("--json", "writes", "--run", "F/1", "--attempt", "all")
        self.assertEqual([(r["attempt"], r["status"]) for r in documents.strict(everything.stdout)["1/make"]],
                         [(0, "fail"), (1, "ok"), (2, "unfinished")])
        self.assertIn(b"F/1/make/1 attempt 0 did not end well (fail)", everything.stderr)
        self.assertEqual([r["attempt"] for r in self.uses("writes", "--run", "F/1", "--attempt", "0")["1/make"]], [0])
        self.json("writes", "--run", "F/9", code=66)
        self.json("writes", "--run", "9", code=66)
        self.json("writes", "--attempt", "best", code=2)
        self.json("writes", "--flow", "G", "--run", "F/1", code=2)

    def test_same_inputs_names_each_difference(self):
        tops = [self.write_then_read(run, content) for run, content in (("1", "first"), ("2", "second"), ("3", "first"))]
        self.assertEqual(tops[0], tops[2])
        same = self.json("same-inputs", "F/1", "F/3")
        self.assertEqual((same["same"], same["differences"]), (True, []))
        told = self.json("same-inputs", "F/1", "F/2", "F/3", code=1)
        self.assertEqual(told["differences"], [{"package": "ns/p", "versions": [{"contents": [tops[0]], "runs": ["F/1", "F/3"]},
                                                                               {"contents": [tops[1]], "runs": ["F/2"]}]}]
                         if tops[0] < tops[1] else
                         [{"package": "ns/p", "versions": [{"contents": [tops[1]], "runs": ["F/2"]},
                                                           {"contents": [tops[0]], "runs": ["F/1", "F/3"]}]}])
        self.assertIn(b"F/2 read " + tops[1].encode(), self.run_raw("same-inputs", "F/1", "F/2", code=1).stdout)
        self.attempt("F/4/use/1")
        unread = self.json("same-inputs", "F/1", "F/4", code=1)["differences"]
        self.assertIn({"contents": [], "runs": ["F/4"]}, unread[0]["versions"])
        self.json("same-inputs", "F/1", code=2)
        self.json("same-inputs", "F/1", "F/99", code=66)
        self.json("same-inputs", "F/1", "2", code=2)

    def test_a_resumed_run_answers_with_what_its_origin_read(self):
        top = self.write_then_read("1", "first")
        self.attempt("F/2/last/1", origin="1")
        read, = self.uses("reads", "--run", "F/2")["2/use"]
        self.assertEqual((read["run"], read["top_hash"]), ("1", top))

    def test_events_are_one_a_line_or_a_document(self):
        self.write_then_read("1", "first")
        self.attempt("G/1/broken/1", status="fail")
        lines = [documents.strict(line) for line in self.text("export", "openlineage").splitlines()]
        self.assertEqual([(e["eventType"], e["job"]["name"]) for e in lines],
                         [("START", "F.make"), ("COMPLETE", "F.make"), ("START", "F.use"), ("COMPLETE", "F.use"), ("START", "G.broken"),
                          ("FAIL", "G.broken")])
        self.assertEqual(self.json("export", "openlineage")["events"], lines)
        self.assertEqual([json.loads(line) for line in self.text("--json=lines", "export", "openlineage").splitlines()], lines)
        self.assertEqual(self.json("export", "openlineage", "--run", "F/1")["events"], lines[:4])
        self.json("export", "openlineage", "--run", "F/2", code=66)
        self.json("export", "graphviz", code=2)


class Tables(Case):
    """Tables kept as snapshots in the registry."""
    db = "tables"

    def write_rows(self, table="t", rows=ROWS, *more, **options):
        return self.task("write", "--table", table, "--db", self.db, "--pk", "id", *more, stdin=rows.encode(), **options)["record"]

    def read_rows(self, table="t", *more, who="F/1/look/9", **options):
        told = {"MF_PATHSPEC": who, **options.pop("env", {})}
        return self.run_raw("read", "--table", table, "--db", self.db, *more, env=told, **options).stdout.decode()

    def commit(self, *more, **options):
        return self.task("commit", "--db", self.db, *more, **options)

    def test_rows_are_written_committed_and_read_back(self):
        wrote = self.write_rows()
        self.assertEqual((wrote["table"], wrote["db"], "commit" in wrote), ("t", self.db, False))
        self.assertEqual(self.state("writes"), [("t", False, "ok", "2", 0)])
        self.assertIn(b"wrote t and nobody committed it", self.run_raw("writes").stderr)
        done = self.commit()
        record, = done["records"]
        self.assertEqual((record["table_hash"], done["conflicts"], done["lost"]), (wrote["table_hash"], [], []))
        self.assertEqual(self.read_rows(), ROWS)
        read, = self.uses("reads")["1/look"]
        self.assertEqual((read["commit"], read["table_hash"], read["dirty"]), (record["commit"], wrote["table_hash"], False))
        self.assertEqual(self.state("writes"), [("t", True, "ok", "2", 0)])
        self.assertEqual(self.commit()["records"], [])
        writer, = self.json("who-wrote", f"t@{record['commit']}", "--db", self.db)["writers"]
        self.assertEqual(writer["task"], "2")
        self.json("who-wrote", "t@nothing", "--db", self.db, code=66)

    def test_the_rows_of_a_read_are_those_of_its_commit(self):
        self.write_rows()
        self.commit()
        self.attempt("F/1/train/5", ["read", "--table", "t", "--db", self.db, "--out", self.dir / "then.csv"], index=[0])
        for run, rows in (("2", "id,v\n1,uno\n"), ("3", "id,v\n2,zwei\n"), ("4", "id,v\n9,new\n")):
            self.write_rows("t", rows, who=f"F/{run}/work/1")
            self.commit(who=f"F/{run}/work/1")
        self.assertNotEqual(self.read_rows(), ROWS)
        read, = self.uses("reads", "--run", "F/1", "--step", "train", "--data", self.dir / "data")["1/train"]
        self.assertEqual(pathlib.Path(read["file"]).read_text(), ROWS)
        self.assertEqual((self.dir / "then.csv").read_text(), ROWS)
        self.assertEqual(pathlib.Path(read["file"]), self.dir / "data/1/train/0.t.csv")
        self.assertEqual(self.read_rows("t", "--as-of", read["commit"]), ROWS)

    def test_rows_that_are_not_committed_are_the_writers_own(self):
        self.write_rows()
        self.read_rows(code=66)
        self.assertEqual(self.read_rows(who="F/1/work/2"), ROWS)
        dirty, = self.uses("reads", "--data", self.dir / "data")["1/work"]
        self.assertEqual((dirty["dirty"], dirty["file"]), (True, None))
        self.assertEqual(dirty["no_rows"], "never committed")
        write, = self.uses("writes", "--data", self.dir / "data")["1/work"]
        self.assertEqual((write["uncommitted"], write["file"], write["no_rows"]), (True, None, "never committed"))

    def test_a_later_step_commits_and_names_the_writer(self):
        self.attempt("F/1/a/1", ["write", "--table", "t", "--db", self.db, "--pk", "id", "--in", self.write("t.csv", ROWS)])
        self.task("begin", who="F/1/b/2")
        record, = self.commit(who="F/1/b/2")["records"]
        self.assertEqual((record["step"], record["committed_by"]), ("a", {"step": "b", "task": "2", "attempt": 0}))
        self.assertEqual(self.state("writes"), [("t", True, "ok", "1", 0)])
        writer, = self.json("who-wrote", f"t@{record['commit']}", "--db", self.db)["writers"]
        self.assertEqual((writer["step"], writer["committed_by"]["step"]), ("a", "b"))

    def test_failed_attempts_and_siblings_are_not_committed(self):
        rows = self.write("t.csv", ROWS)
        write = ["write", "--table", "t", "--db", self.db, "--pk", "id", "--in", rows]
        self.attempt("F/1/a/1", write, status="fail")
        self.attempt("F/1/b/2", write, index=[0])
        self.task("begin", who="F/1/b/3", index=[1])
        self.assertEqual(self.commit(who="F/1/b/3", index=[1])["records"], [])
        self.assertEqual(self.state("writes", "--attempt", "all"), [("t", False, "fail", "1", 0), ("t", False, "ok", "2", 0)])

    def test_equal_rows_are_equal_inputs_whatever_the_commit(self):
        for run in ("1", "2", "3"):
            self.write_rows("t", ROWS if run != "3" else ROWS.replace("one", "eins"), "--replace", who=f"F/{run}/make/1")
            self.commit("--allow-empty", who=f"F/{run}/make/1")
            self.attempt(f"F/{run}/use/2", ["read", "--table", "t", "--db", self.db, "--out", self.dir / "out.csv"])
        reads = self.uses("reads")
        self.assertNotEqual(reads["1/use"][0]["commit"], reads["2/use"][0]["commit"])
        self.assertTrue(self.json("same-inputs", "F/1", "F/2")["same"])
        told, = self.json("same-inputs", "F/1", "F/2", "F/3", code=1)["differences"]
        self.assertEqual((told["table"], told["db"], len(told["versions"])), ("t", self.db, 2))

    def test_who_uses_one_database_under_two_spellings_uses_one(self):
        (self.dir / "sub").mkdir()
        self.write_rows()
        record, = self.task("commit", "--db", "./sub/../tables/")["records"]
        self.assertEqual(record["db"], "tables")

    def test_options_are_checked(self):
        self.task("write", "--table", "t", "--db", self.db, "--pk", "id", "--replace", "--append", stdin=b"id\n", code=2)
        self.task("read", "--table", "t", "--db", self.db, code=2)  # the rows own standard output
        self.task("read", "--table", "none", "--db", self.db, "--out", "x", code=66)
        self.assertFalse((self.dir / "x").exists())
        self.write_rows("t", "id,v\n1,a\n")
        self.task("write", "--table", "t", "--db", self.db, "--pk", "id", "--append", stdin=b"id,v\n1,b\n", code=3)
        self.task("write", "--table", "u", "--db", self.db, "--pk", "id", stdin=b"id,v\n1\n", code=65)
        self.assertEqual(self.state("writes"), [("t", False, "ok", "2", 0)])

    def test_a_dry_run_changes_nothing(self):
        self.write_rows()
        before = documents.snapshot(self.dir)
        plan = self.commit("--dry-run")
        self.assertEqual([r["table"] for r in plan["records"]], ["t"])
        self.write_rows("t", ROWS, "--dry-run")
        self.task("read", "--table", "t", "--db", self.db, "--out", "x", "--dry-run")
        self.assertEqual(documents.snapshot(self.dir), before)

    def test_a_schema_gives_the_types(self):
        schema = self.write("schema.json", json.dumps({"columns": [{"name": "id", "type": "varchar(20)"}, {"name": "v", "type": "double"}],
                                                       "primary_key": ["id"]}))
        self.write_rows("t", "id,v\n007,1\n", "--schema", schema)
        self.assertEqual(self.read_rows(who="F/1/work/2"), "id,v\n007,1\n")
        self.write("schema.json", "{")
        self.task("write", "--table", "u", "--db", self.db, "--schema", schema, stdin=b"id,v\n1,2\n", code=65)


if __name__ == "__main__":
    peers.main(Case)
