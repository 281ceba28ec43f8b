#!/usr/bin/env python3
"""tests/support/pipes.py reads messages as dagster does: what its own client writes passes, and what loses results is told."""
import json
import logging
import math
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

peers.go_on_in("dagster")
import dagster  # noqa: E402
from support import pipes  # noqa: E402

CLIENT = """
import sys
from dagster_pipes import open_dagster_pipes, PipesCliArgsParamsLoader
loader = {"params_loader": PipesCliArgsParamsLoader()} if "--dagster-pipes-context" in sys.argv else {}
with open_dagster_pipes(**loader) as p:
    print("for people")
    p.log.warning("careful")
    p.report_custom_message({"extras": p.extras, "run": p.run_id, "key": p.asset_keys, "job": p.job_name})
    p.report_asset_materialization(asset_key="demo", data_version="v1", metadata={
        "n": {"type": "int", "raw_value": 3}, "x": {"type": "float", "raw_value": 0.5}, "t": "plain",
        "table": {"type": "table", "raw_value": {"records": [{"a": 1}], "schema": [{"name": "a", "type": "int"}]}}})
    p.report_asset_check(asset_key="demo", check_name="arrived", passed=True, severity="WARN", metadata={"n": 1})
    if "fail" in sys.argv:
        raise RuntimeError("broken ä")
"""


def message(method, params, **more):
    return {"__dagster_pipes_version": "0.1", "method": method, "params": params, **more}


def made(**change):
    params = {"asset_key": "demo", "metadata": {}, "data_version": "v1", **change}
    return message("report_asset_materialization", {name: value for name, value in params.items() if value is not Ellipsis})


def value(kind, raw):
    return made(metadata={"x": {"type": kind, "raw_value": raw}})


OPENED, CLOSED = message("opened", {"extras": {}}), message("closed", {})
CHECK = {"asset_key": "demo", "check_name": "c", "passed": True, "severity": "WARN", "metadata": None}
ERROR = {"message": "m", "stack": [], "name": "E", "cause": None, "context": None}
BROKEN = {
    "garbage": "garbage", "a blank line": "", "two on one line": json.dumps(OPENED) * 2, "torn": json.dumps(made())[:-5],
    "not UTF-8": b'{"__dagster_pipes_version":"0.1","method":"log","params":{"message":"\xff","level":"INFO"}}',
    "an unknown method": message("report", {}), "no method": {"params": {}}, "no params": {"method": "log"},
    "an extra key": made(more=1), "no data_version": made(data_version=...), "no metadata": made(metadata=...),
    "no asset_key": made(asset_key=...), "a number for a version": made(data_version=1), "an unknown type": value("blob", 1),
    "a job": value("job", "x"), "metadata without types": made(metadata={"x": 1}), "no type": made(metadata={"x": {"raw_value": 1}}),
    "1.0 for an int": value("int", 1.0), "1 for a float": value("float", 1),
    "a level that is none": message("log", {"message": "m", "level": "TRACE"}),
    "a number to log": message("log", {"message": 1, "level": "INFO"}),
    "a check without metadata": message("report_asset_check", {k: v for k, v in CHECK.items() if k != "metadata"}),
    "a severity that is none": message("report_asset_check", {**CHECK, "severity": "INFO"}),
    "passed as a number": message("report_asset_check", {**CHECK, "passed": 1}),
    "an exception without its cause": message("closed", {"exception": {k: v for k, v in ERROR.items() if k != "cause"}}),
    "a stream that is none": message("log_external_stream", {"stream": "stdlog", "text": "t", "extras": {}}),
}
GOOD = {
    "a level in small letters": message("log", {"message": "m", "level": "info"}),
    "a level of others": message("log", {"message": "m", "level": "FATAL"}),
    "another protocol version": {**made(), "__dagster_pipes_version": "9.9"},
    "no protocol version": {"method": "log", "params": {"message": "m", "level": "WARN"}},
    "no metadata at all": made(metadata=None), "no version": made(data_version=None), "UTF-8": made(data_version="ä 日"),
    "a type to be found": value("__infer__", "x"), "a time": value("timestamp", 1.5), "a large number": value("int", 1 << 63),
    "no number": value("float", math.nan), "any payload": message("report_custom_message", {"payload": None}),
    "a check": message("report_asset_check", CHECK), "an exception": message("closed", {"exception": ERROR}),
    "a stream": message("log_external_stream", {"stream": "stdout", "text": "t", "extras": {}}), "a float": value("float", 1.0),
}


def line_of(what):
    return what if isinstance(what, bytes) else (what if isinstance(what, str) else json.dumps(what, ensure_ascii=False)).encode()


class Reading(unittest.TestCase):
    def setUp(self):
        self.session = self.enterContext(pipes.Session())

    def read(self, *lines):
        self.session.messages.write_bytes(b"".join(line_of(line) + b"\n" for line in lines))
        return self.session.read()

    def test_what_dagster_takes(self):
        for name, what in GOOD.items():
            with self.subTest(name):
                self.assertEqual(self.session.problems(self.read(OPENED, what, *[CLOSED] * (what["method"] != "closed"))), [])

    def test_what_stops_dagster(self):
        for name, what in BROKEN.items():
            with self.subTest(name), self.assertRaises(pipes.Broken) as caught:
                self.read(OPENED, what, made(), CLOSED)
            self.assertEqual((caught.exception.line, caught.exception.reported.results), (2, []), name)

    def test_what_dagster_bears_and_a_good_client_does_not_do(self):
        for lines, said in (([], "first"), ([made(), OPENED, CLOSED], "first"), ([OPENED, OPENED, CLOSED], "only one"),
                            ([OPENED, made()], "last"),
                            ([OPENED, CLOSED, made()], "unexpected message received after closed"),
                            ([OPENED, made(), made(), CLOSED], "demo is materialised twice"),
                            ([OPENED, made(asset_key="other"), CLOSED], "other is no asset"),
                            ([OPENED, made(data_version="v" * pipes.LARGEST), CLOSED], "line 2 has")):
            self.assertIn(said, "\n".join(self.session.problems(self.read(*lines))))
        reported = self.read(OPENED, CLOSED)
        self.session.messages.write_bytes(self.session.messages.read_bytes()[:-1])
        self.assertEqual(self.session.problems(reported), ["the last message does not end its line"])

    def test_escaped_keys(self):
        self.session.asset_keys = ["a\\/b/c"]
        reported = self.read(OPENED, made(asset_key="a\\/b/c"), CLOSED)
        self.assertEqual(list(reported.materializations[0].asset_key.path), ["a/b", "c"])
        self.assertEqual(self.session.problems(reported), [])


class Running(unittest.TestCase):
    def run_client(self, *arguments, bootstrap="environment", **options):
        session = self.enterContext(pipes.Session(extras={"a": [1, None, "ä"]}, **options))
        return session, session.run([sys.executable, "-c", CLIENT, *arguments], bootstrap=bootstrap)

    def test_dagsters_own_client_on_every_channel(self):
        for options in ({}, {"inline": True}, {"bootstrap": "arguments"}, *({"channel": channel} for channel in pipes.CHANNELS[1:])):
            with self.subTest(options):
                session, done = self.run_client(**options)
                said = session.read()
                self.assertEqual((done.returncode, session.problems(said), said.exception), (0, [], None), done.stderr)
                self.assertEqual(said.customs, [{"extras": {"a": [1, None, "ä"]}, "run": session.context["run_id"], "key": ["demo"],
                                                 "job": "demo_job"}])
                made_of, = said.materializations
                self.assertEqual((made_of.data_version.value, made_of.metadata["n"].value, made_of.metadata["x"].value), ("v1", 3, 0.5))
                self.assertEqual([(c.check_name, c.passed, c.severity.value) for c in said.checks], [("arrived", True, "WARN")])
                self.assertEqual(said.logs, [(30, "careful")])
                self.assertEqual(session.rest["stdout"], b"for people\n")

    def test_a_failure(self):
        session, done = self.run_client("fail")
        said = session.read()
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual((said.exception.cls_name, session.problems(said)), ("RuntimeError", []))
        self.assertIn("broken ä", said.exception.message)

    def test_outside_of_dagster_it_is_quiet(self):
        session, done = self.run_client(bootstrap="none")
        self.assertEqual((done.returncode, session.messages.read_bytes()), (0, b""))

    def test_the_verdict_is_dagsters(self):
        """In a run of dagster a broken line loses the version that was reported behind it, and the run is a success all the same."""
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)
        self.addCleanup(setattr, threading, "excepthook", threading.excepthook)
        threading.excepthook = lambda _: None  # of the reader's thread, which is to die
        for name, middle in (("good", GOOD["a float"]), ("torn", BROKEN["torn"]), ("an int as 1.0", BROKEN["1.0 for an int"])):
            lines = [OPENED, middle, CLOSED] if name == "good" else [OPENED, middle, made(), CLOSED]
            text = b"".join(line_of(line) + b"\n" for line in lines).decode()
            script = "import dagster_pipes as d, os, sys\n" \
                     "p = d.decode_param(os.environ['DAGSTER_PIPES_MESSAGES'])['path']\nopen(p, 'a').write(sys.argv[1])"

            @dagster.asset(name="demo")
            def demo(context, client: dagster.PipesSubprocessClient):
                return client.run(command=[sys.executable, "-c", script, text], context=context).get_results()

            with dagster.instance_for_test() as instance:
                client = {"client": dagster.PipesSubprocessClient()}
                run = dagster.materialize([demo], resources=client, instance=instance, raise_on_error=False)
                tags = run.asset_materializations_for_node("demo")[0].tags
            self.assertEqual((run.success, tags["dagster/data_version"] == "v1"), (True, name == "good"), name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
