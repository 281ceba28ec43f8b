#!/usr/bin/env python3
"""waybill-metaflow and its glue in real Metaflow runs: foreach, retry, resume, kills, joins, events, S3: metaflow_test.py WAYBILL_METAFLOW."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

peers.go_on_in("metaflow")
PLACE = pathlib.Path(tempfile.mkdtemp(prefix="waybill-metaflow-"))
os.environ.update(METAFLOW_DATASTORE_SYSROOT_LOCAL=str(PLACE), METAFLOW_DEFAULT_DATASTORE="local", METAFLOW_DEFAULT_METADATA="local",
                  METAFLOW_USER="tester", METAFLOW_HOME=str(PLACE / "config"), HOME=str(PLACE), USERNAME="tester")
sys.path.insert(0, str(peers.ROOT / "adapters/metaflow"))
import jsonschema  # noqa: E402
from metaflow import Flow, Run, namespace  # noqa: E402
from openlineage.client import event_v2  # noqa: E402
from support import s3_server  # noqa: E402

PROGRAM = ""
HERE = pathlib.Path(__file__).parent
FACET = {"type": "object", "required": ["_producer", "_schemaURL"], "properties": {
    "_producer": {"type": "string", "format": "uri"}, "_schemaURL": {"type": "string", "format": "uri"}}}
JOB = {"type": "object", "required": ["namespace", "name"],
       "properties": {"namespace": {"type": "string"}, "name": {"type": "string"}, "facets": {"additionalProperties": FACET}}}
RUN = {"type": "object", "required": ["runId"],
       "properties": {"runId": {"type": "string", "format": "uuid"}, "facets": {"additionalProperties": FACET}}}
DATASET = {**JOB, "properties": {**JOB["properties"], "facets": {"additionalProperties": FACET, "properties": {
    "version": {"required": ["datasetVersion"], "properties": {"datasetVersion": {"type": "string", "minLength": 1}}}}}}}
# What OpenLineage 2-0-2 asks of a RunEvent, with the facets that we use.
RUN_EVENT = {
    "type": "object", "required": ["eventTime", "producer", "schemaURL", "run", "job", "eventType"],
    "properties": {
        "eventTime": {"type": "string", "format": "date-time"}, "producer": {"type": "string", "format": "uri"},
        "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]}, "job": JOB, "run": {**RUN, "properties": {
            **RUN["properties"], "facets": {"additionalProperties": FACET, "required": ["parent"], "properties": {
                "parent": {"required": ["run", "job"], "properties": {"run": RUN, "job": JOB}}}}}},
        "inputs": {"type": "array", "items": DATASET}, "outputs": {"type": "array", "items": DATASET}}}


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(dir=PLACE)))
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("WAYBILL_", "XDG_", "AWS_", "MF_"))}
        self.env.update(WAYBILL_METAFLOW=PROGRAM, WAYBILL_REGISTRY=str(self.dir / "registry"), PROBE_DIR=str(self.dir),
                        XDG_CACHE_HOME=str(self.dir / "cache"), XDG_CONFIG_HOME=str(self.dir / "config"),
                        PYTHONPATH=str(peers.ROOT / "adapters/metaflow"), METAFLOW_DEFAULT_DECOSPECS="waybill_metaflow.waybill")
        namespace(None)

    def ask(self, *arguments, code=0, **options):
        done = subprocess.run([PROGRAM, "--json", *map(str, arguments)], env=self.env, cwd=self.dir, capture_output=True, text=True,
                              timeout=120, check=False, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def uses(self, verb, *arguments):
        return {step: uses for step, uses in self.ask(verb, *arguments).items() if "/" in step}

    def run_flow(self, *arguments, flow="metaflow_flow.py", verb="run", code=0, env=None):
        """Runs a flow; the name of its run."""
        ids = self.dir / "run-id"
        done = subprocess.run([sys.executable, str(HERE / flow), "--no-pylint", verb, "--run-id-file", str(ids), *map(str, arguments)],
                              env={**self.env, **(env or {})}, cwd=self.dir, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, code, done.stdout[-6000:] + done.stderr[-6000:])
        return ("TableFlow/" if "tables" in flow else "ProbeFlow/") + ids.read_text()

    def push(self, content):
        tree = self.dir / "in"
        tree.mkdir(exist_ok=True)
        (tree / "file").write_text(content)
        return self.ask("write-package", "ns/in", tree, "--run", "Import/1/load/1")["record"]["top_hash"]


class Runs(Case):
    def test_twenty_splits_are_twenty_records_and_two_runs_are_compared(self):
        top = self.push("first")
        run = self.run_flow("--how", "package", "--width", 20, "--max-workers", 20)
        number = run.split("/")[1]
        found = self.uses("reads", "--run", run)
        self.assertEqual({step: len(uses) for step, uses in found.items()}, {f"{number}/start": 1, f"{number}/work": 20})
        work = found[f"{number}/work"]
        self.assertEqual(sorted(r["index"][0] for r in work), list(range(20)))
        self.assertEqual(len({r["task"] for r in work}), 20)
        self.assertEqual({(r["top_hash"], r["status"], r["attempt"]) for r in work}, {(top, "ok", 0)})
        for step in Run(run):
            for task in step:
                records = task["waybill"].data["records"]
                self.assertEqual([records[0]["kind"], records[-1]["kind"]], ["begin", "end"], task)
                self.assertEqual({r["task"] for r in records}, {task.id})
        self.check_events(run, 23)
        self.push("second")
        self.push("first")
        again = self.run_flow("--how", "package", "--width", 2)
        self.assertTrue(self.ask("same-inputs", run, again)["same"])
        changed = self.push("second")
        other = self.run_flow("--how", "package", "--width", 2)
        told = self.ask("same-inputs", run, again, other, code=1)["differences"]
        self.assertEqual([(d["package"], sorted((v["contents"], v["runs"]) for v in d["versions"])) for d in told],
                         [("ns/in", sorted([([top], [run, again]), ([changed], [other])]))])

    def check_events(self, run, attempts):
        events = self.ask("export", "openlineage", "--run", run)["events"]
        checker = jsonschema.Draft202012Validator(RUN_EVENT, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        for event in events:
            checker.validate(event)
            event_v2.RunEvent(eventTime=event["eventTime"], producer=event["producer"], eventType=event_v2.RunState(event["eventType"]),
                              run=event_v2.Run(runId=event["run"]["runId"]), job=event_v2.Job(**{k: event["job"][k] for k in ("namespace", "name")}))
        for broken in ({"eventTime": "yesterday"}, {"run": {"runId": "1", "facets": events[0]["run"]["facets"]}}):
            self.assertRaises(jsonschema.ValidationError, checker.validate, {**events[0], **broken})
        kinds = [event["eventType"] for event in events]
        self.assertEqual((kinds.count("START"), kinds.count("COMPLETE"), len(kinds)), (attempts, attempts, 2 * attempts))

    def test_a_failed_attempt_is_told_and_its_retry_is_what_counts(self):
        self.push("first")
        run = self.run_flow("--how", "package raise", "--with", "retry:times=2,minutes_between_retries=0")
        step = run.split("/")[1] + "/work"
        self.assertEqual(sorted((r["index"], r["attempt"], r["status"]) for r in self.uses("reads", "--run", run, "--attempt", "all")[step]),
                         [([0], 0, "ok"), ([1], 0, "fail"), ([1], 1, "ok"), ([2], 0, "ok")])
        self.assertEqual(sorted((r["index"], r["attempt"]) for r in self.uses("reads", "--run", run)[step]), [([0], 0), ([1], 1), ([2], 0)])
        self.assertEqual([r["index"] for r in self.uses("reads", "--run", run, "--attempt", "1")[step]], [[1]])
        events = self.ask("export", "openlineage", "--run", run)["events"]
        failed, = (e for e in events if e["eventType"] == "FAIL")
        self.assertEqual(failed["run"]["facets"]["errorMessage"]["message"], "KeyError")

    def test_a_killed_task_is_unfinished_and_its_retry_is_what_counts(self):
        self.push("first")
        run = self.run_flow("--how", "package kill", "--with", "retry:times=1,minutes_between_retries=0")
        step = run.split("/")[1] + "/work"
        states = [(r["index"], r["attempt"], r["status"]) for r in self.uses("reads", "--run", run, "--attempt", "all")[step]]
        self.assertEqual(sorted(states), [([0], 0, "ok"), ([1], 0, "unfinished"), ([1], 1, "ok"), ([2], 0, "ok")])
        self.assertEqual(len(self.uses("reads", "--run", run)[step]), 3)

    def test_a_resumed_run_answers_with_what_its_origin_read(self):
        top = self.push("first")
        first = self.run_flow("--how", "package break", code=1)
        self.push("second")
        resumed = self.run_flow("--origin-run-id", first.split("/")[1], verb="resume")
        self.assertNotEqual(first, resumed)
        number = resumed.split("/")[1]
        found = self.uses("reads", "--run", resumed)
        self.assertEqual({step: len(uses) for step, uses in found.items()}, {f"{number}/start": 1, f"{number}/work": 3})
        self.assertEqual({(r["run"], r["top_hash"]) for uses in found.values() for r in uses}, {(first.split("/")[1], top)})
        self.assertTrue(self.ask("same-inputs", first, resumed)["same"])
        own = [r for task in Run(resumed)["join"] for r in task["waybill"].data["records"]]
        self.assertEqual({(r["run"], r["origin_run"]) for r in own}, {(number, first.split("/")[1])})
        self.assertEqual({r["run"] for r in Run(resumed)["start"].task["waybill"].data["records"]}, {first.split("/")[1]})

    def test_the_decorator_is_named_on_the_command_line(self):
        plain = {"METAFLOW_DEFAULT_DECOSPECS": ""}
        run = self.run_flow("--with", "waybill_metaflow.waybill", env=plain)
        records = (self.dir / "registry/.waybill/lineage" / (run + ".jsonl")).read_text().splitlines()
        self.assertEqual(len(records), 12)  # of six tasks
        silent = self.run_flow(env=plain)
        self.assertFalse((self.dir / "registry/.waybill/lineage" / (silent + ".jsonl")).exists())


class Bucket(Case):
    def test_records_are_kept_in_a_bucket(self):
        with s3_server.S3Server("versitygw") as server:
            self.env.update(server.environment, WAYBILL_LINEAGE=f"s3://{s3_server.BUCKET}/team/records")
            self.push("first")
            run = self.run_flow("--how", "package raise", "--with", "retry:times=1,minutes_between_retries=0")
            found = self.uses("reads", "--run", run)
            self.assertEqual(sorted(map(len, found.values())), [1, 3])
            self.assertEqual(len(self.uses("reads", "--run", run, "--attempt", "all")[run.split("/")[1] + "/work"]), 4)
            self.assertEqual(len(self.ask("export", "openlineage", "--run", run)["events"]), 14)
            self.assertFalse((self.dir / "registry/.waybill/lineage").exists())


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    try:
        unittest.main(verbosity=2)
    finally:
        shutil.rmtree(PLACE, ignore_errors=True)
