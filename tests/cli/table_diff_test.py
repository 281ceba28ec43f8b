#!/usr/bin/env python3
"""Rows of a table that differ, on the command line: table_diff_test.py WAYBILL."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

SCHEMA = {"columns": [{"name": "id", "type": "bigint", "nullable": False}, {"name": "v", "type": "longblob"}],
          "primary_key": ["id"]}


def crc64nvme(data):
    crc = (1 << 64) - 1
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x9A6C9329AC4BC9B5 if crc & 1 else 0)
    return crc ^ ((1 << 64) - 1)


class TableDiff(peers.Workbench):
    """The database is made by its format alone (docs/formats.md#tables): files that were pushed, and the package's name."""

    def setUp(self):
        super().setUp()
        self.write("db/.waybill/tables.json", '{"waybill":1,"package":"tables/db-1"}\n')
        self.commits = [self.commit("id,v\n1,a\n2,b\n9,c\n"), self.commit("id,v\n1,A\n9,c\n10,\n11,\"\"\n")]

    def commit(self, rows, table="t"):
        self.write(f"state/{table}.csv", rows)
        self.write(f"state/{table}.schema.json", json.dumps(SCHEMA))
        return self.json("push", "state", "--name", "tables/db-1")["top_hash"]

    def record(self, store, kind, run, commit, **more):
        record = {"schema": "waybill/run-record/1", "kind": kind, "flow": "F", "run": run, "step": "s", "task": "1",
                  "attempt": 0, "time": "2026-11-20T19:03:43Z", "table": "t", "db": "db", **more}
        if commit:
            record["commit"] = commit
        line = json.dumps(record, separators=(",", ":"))[:-1]
        path = self.dir / store / "F" / f"{run}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(f'{line},"sum":"{crc64nvme(line.encode()):016x}"}}\n')

    def diff(self, a, b, *options, code=1):
        return self.json("diff", "--table", "t", "--db", "db", a, b, *options, code=code)

    def test_rows_that_differ_between_commits_are_counted_and_listed(self):
        found = self.diff(*self.commits)
        self.assertEqual((found["added"], found["removed"], found["modified"]), (2, 1, 1))
        self.assertEqual(found["rows"], [
            {"kind": "modified", "key": {"id": "1"}, "old": {"id": "1", "v": "a"}, "new": {"id": "1", "v": "A"}},
            {"kind": "removed", "key": {"id": "2"}, "old": {"id": "2", "v": "b"}, "new": None},
            {"kind": "added", "key": {"id": "10"}, "old": None, "new": {"id": "10", "v": None}},
            {"kind": "added", "key": {"id": "11"}, "old": None, "new": {"id": "11", "v": ""}},
        ])
        self.assertEqual([found["from"], found["to"]], self.commits)
        self.assertEqual(self.diff(self.commits[0][:8], "latest")["rows"], found["rows"])
        self.assertEqual(self.diff("latest", "latest", code=0)["rows"], [])
        self.assertEqual(self.diff(*self.commits, "--stat")["rows"], [])

    def test_rows_are_lines_for_people(self):
        text = self.text("diff", "--table", "t", "--db", "db", *self.commits, code=1)
        self.assertEqual(text, "~ id=1 v=a -> A\n- id=2 v=b\n+ id=10 v=NULL\n+ id=11 v=\n"
                               "2 added, 1 removed, 1 modified\n")
        self.assertEqual(self.text("diff", "--table", "t", "--db", "db", "--stat", *self.commits, code=1),
                         "2 added, 1 removed, 1 modified\n")

    def test_bytes_that_are_no_text_are_base64(self):
        self.commit("id,v\n1,a\n")
        (self.dir / "state" / "t.csv").write_bytes(b"id,v\n1,\xff\n")
        self.json("push", "state", "--name", "tables/db-1")
        found = self.diff(self.json("versions", "tables/db-1")["versions"][1]["top_hash"], "latest")
        self.assertIn({"base64": "/w=="}, [row["new"]["v"] for row in found["rows"]])

    def test_a_run_is_the_commit_that_it_wrote_or_else_read(self):
        self.record("runs", "write", "1", None)
        self.record("runs", "write", "1", self.commits[0])
        self.record("runs", "read", "1", self.commits[1])
        self.record("runs", "read", "2", self.commits[1], db="./db/")
        self.record("runs", "read", "3", self.commits[1], dirty=True)
        found = self.diff("F/1", "F/2", "--store", "runs")
        self.assertEqual([found["from"], found["to"]], self.commits)
        self.assertEqual(self.failure("diff", "--table", "t", "--db", "db", "F/3", "latest", "--store", "runs", code=66),
                         "object_not_found")
        self.assertEqual(self.failure("diff", "--table", "t", "--db", "db", "F/4", "latest", "--store", "runs", code=66),
                         "object_not_found")

    def test_what_cannot_be_compared_is_refused_by_its_name(self):
        self.assertEqual(self.failure("diff", "--table", "none", "--db", "db", *self.commits, code=66),
                         "object_not_found")
        self.assertEqual(self.failure("diff", "--table", "t", "--db", "db", "nothing", "latest", code=66),
                         "version_not_found")
        self.assertEqual(self.failure("diff", "--table", "t", "--db", "elsewhere", *self.commits, code=66),
                         "version_not_found")
        self.assertEqual(self.failure("diff", "--table", "t", *self.commits, code=2), "usage")
        self.write("state/t.csv", "id,v\n2,b\n1,a\n")
        self.json("push", "state", "--name", "tables/db-1")
        self.assertEqual(self.failure("diff", "--table", "t", "--db", "db", self.commits[0], "latest", code=65),
                         "unsorted")

    def failure(self, *arguments, code):
        return self.json(*arguments, code=code)["error"]["code"]


if __name__ == "__main__":
    peers.main(TableDiff)
