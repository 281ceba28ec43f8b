#!/usr/bin/env python3
"""tests/conformance/pipes_probe against dagster: every test of the public conformance suite of Pipes by its name, and what the suite
leaves open; of the messages that Dagster cannot bear (tests/interop/pipes_test.py) none is ever sent: pipes_probe_test.py PROBE."""
import contextlib
import io
import json
import logging
import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

peers.go_on_in("dagster")
import dagster  # noqa: E402
import tomllib  # noqa: E402
from dagster._core.pipes.client import PipesContextInjector  # noqa: E402
from dagster._core.pipes.utils import PipesBlobStoreMessageReader, PipesEnvContextInjector, PipesTempFileContextInjector  # noqa: E402
from support import pipes, s3_server  # noqa: E402

PROBE = ""
DATA = pathlib.Path(os.environ.get("WAYBILL_TEST_DATA") or peers.ROOT.parent / "shared/data") / "dagster-pipes"
KEYS = {"opened": {"extras"}, "log": {"message", "level"}, "report_custom_message": {"payload"},
        "report_asset_materialization": {"asset_key", "metadata", "data_version"},
        "report_asset_check": {"asset_key", "check_name", "passed", "severity", "metadata"},
        "log_external_stream": {"stream", "text", "extras"}}
LEVELS = [(10, "Debug message"), (20, "Info message"), (30, "Warning message"), (40, "Error message"), (50, "Critical message")]


def case(name):
    if not DATA.exists():
        raise unittest.SkipTest(f"the suite's data are not here: {DATA}; WAYBILL_TEST_DATA names their directory")
    return json.loads((DATA / name).read_text(encoding="utf-8"))


class Bucket(PipesContextInjector, PipesBlobStoreMessageReader):
    """Context and messages in a bucket, as dagster_aws has them, read with dagster's own reader of chunks."""

    def __init__(self, server):
        PipesBlobStoreMessageReader.__init__(self, interval=0.1)
        self.server, self.bucket = server, s3_server.BUCKET

    def request(self, method, key, body=b""):
        return self.server.request(method, f"/{self.bucket}/{key}", "", body)

    @contextlib.contextmanager
    def inject_context(self, context):
        self.request("PUT", "a/context.json", json.dumps(context).encode())
        yield {"bucket": self.bucket, "key": "a/context.json"}

    @contextlib.contextmanager
    def get_params(self):
        yield {"bucket": self.bucket, "key_prefix": "run/messages"}

    def messages_are_readable(self, _params):
        return True

    def download_messages_chunk(self, index, params):
        status, body = self.request("GET", f"{params['key_prefix']}/{index}.json")
        return body.decode() if status == 200 else None

    def no_messages_debug_text(self):
        return "looked into a bucket"


class Probe(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="waybill-probe-")))

    def file(self, name, document):
        path = self.dir / name
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        return path

    # -- in a run of dagster -----------------------------------------------------------------------------------------
    def materialize(self, test, *arguments, specs=(), injector=None, reader=None, extras=None, job=True, environment=None):
        """(run, invocation's custom messages, what dagster printed) of an asset that the probe makes."""
        seen = {}

        @dagster.asset(check_specs=[dagster.AssetCheckSpec(name, asset="my_asset") for name in specs])
        def my_asset(context: dagster.AssetExecutionContext, client: dagster.PipesSubprocessClient):
            words = [PROBE, "--test-name", test, *map(str, arguments)]
            if job:
                words += ["--job-name", context.dagster_run.job_name]
            done = client.run(command=words, context=context, extras=extras, env=environment)
            seen["customs"] = list(done.get_custom_messages())
            yield from done.get_results()

        client = dagster.PipesSubprocessClient(context_injector=injector, message_reader=reader)
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()), \
                dagster.instance_for_test() as instance:
            run = dagster.materialize([my_asset], resources={"client": client}, instance=instance, raise_on_error=False)
        self.assertNotIn("did not receive any messages", said.getvalue())
        self.assertNotIn("framework exception", said.getvalue())
        return run, seen.get("customs"), said.getvalue()

    def both_injectors(self):
        for injector in (PipesTempFileContextInjector(), PipesEnvContextInjector()):
            with self.subTest(type(injector).__name__):
                yield injector

    def test_components(self):
        for injector in self.both_injectors():
            run, customs, _ = self.materialize("test_components", injector=injector)
            self.assertEqual((run.success, customs), (True, ["Hello from external process!"]))

    def test_components_on_s3(self):
        with s3_server.S3Server("versitygw") as server:
            bucket = Bucket(server)
            run, customs, _ = self.materialize("test_components", "--context-loader", "s3", "--message-writer", "s3", injector=bucket,
                                               reader=bucket, environment=server.environment)
        self.assertEqual((run.success, customs), (True, ["Hello from external process!"]))

    def test_extras(self):
        cases = case("cases/metadata.json")
        cases[4]["corge"] = None  # as the suite does
        for number, extras in enumerate(cases):
            for injector in self.both_injectors():
                path = self.file(f"{number}.json", extras)
                run, _, _ = self.materialize("test_extras", "--extras", path, injector=injector, extras=extras)
                self.assertTrue(run.success, extras)
        run, _, _ = self.materialize("test_extras", "--extras", self.file("other.json", {"foo": 1}), extras={"foo": 1.5})
        self.assertFalse(run.success)  # the probe does look

    def test_error_reporting(self):
        run, _, said = self.materialize("test_error_reporting")
        self.assertFalse(run.success)
        self.assertIn("failed with code 1", str(run.all_events))
        self.assertIn("Very bad error has happened!", said)

    def test_message_log(self):
        run, _, said = self.materialize("test_message_log")
        self.assertTrue(run.success)
        logged = re.findall(r" - ([A-Z]+) - .* - (\w+ message)$", re.sub(r"\x1b\[\d*m", "", said), re.MULTILINE)
        self.assertEqual([(logging.getLevelName(level), text) for level, text in logged], LEVELS)

    def test_message_report_custom_message(self):
        for number, payload in enumerate(case("cases/custom_payload.json")):
            path = self.file(f"{number}.json", {"payload": payload})
            run, customs, _ = self.materialize("test_message_report_custom_message", "--custom-payload", path)
            self.assertEqual((run.success, customs[-1], type(customs[-1])), (True, payload, type(payload)))

    def expected_metadata(self):
        known = {"text": dagster.MetadataValue.text, "url": dagster.MetadataValue.url, "path": dagster.MetadataValue.path,
                 "notebook": dagster.MetadataValue.notebook, "json": dagster.MetadataValue.json, "md": dagster.MetadataValue.md,
                 "float": dagster.MetadataValue.float, "int": dagster.MetadataValue.int, "bool": dagster.MetadataValue.bool,
                 "dagster_run": dagster.MetadataValue.dagster_run, "null": lambda _: dagster.MetadataValue.null(),
                 "asset": lambda key: dagster.MetadataValue.asset(dagster.AssetKey.from_user_string(key))}
        return {name: known[value["type"]](value["raw_value"]) for name, value in case("static/metadata.json").items()}

    def test_message_report_asset_materialization(self):
        expected = self.expected_metadata()
        for version in (None, "alpha"):
            for key in (None, "my_asset"):
                with self.subTest(version=version, key=key):
                    wanted = {**({"dataVersion": version} if version else {}), **({"assetKey": key} if key else {})}
                    run, _, _ = self.materialize("test_message_report_asset_materialization", "--report-asset-materialization",
                                                 self.file("m.json", wanted))
                    self.assertTrue(run.success)
                    made, = run.asset_materializations_for_node("my_asset")
                    self.assertEqual({name: made.metadata[name] for name in expected}, expected)
                    if version:
                        self.assertEqual(made.tags["dagster/data_version"], version)

    def test_message_report_asset_check(self):
        expected = self.expected_metadata()
        for passed in (True, False):
            for key in (None, "my_asset"):
                for severity in ("WARN", "ERROR"):
                    with self.subTest(passed=passed, key=key, severity=severity):
                        wanted = {"checkName": "c", "passed": passed, "severity": severity, **({"assetKey": key} if key else {})}
                        run, _, _ = self.materialize("test_message_report_asset_check", "--report-asset-check",
                                                     self.file("c.json", wanted), specs=["c"])
                        self.assertTrue(run.success)
                        found, = run.get_asset_check_evaluations()
                        self.assertEqual((found.passed, found.severity.value, {n: found.metadata[n] for n in expected}),
                                         (passed, severity, expected))

    def test_capabilities_are_all_there(self):
        declared = tomllib.loads((peers.ROOT / "tests/conformance/pipes.toml").read_text())
        self.assertEqual(declared, {"general": {"error_reporting": True}, "messages": {
            name: True for name in ("log", "report_custom_message", "report_asset_materialization", "report_asset_check",
                                    "log_external_stream")}, "message_channel": {"s3": True, "databricks": False}})

    # -- what the suite leaves open ------------------------------------------------------------------------------------
    def session(self, **options):
        return self.enterContext(pipes.Session(**options))

    def good(self, session, done, code=0):
        """What was reported, none of which Dagster stumbles over."""
        self.assertEqual(done.returncode, code, done.stderr)
        said = session.read()
        self.assertEqual(session.problems(said), [])
        for line in session.messages.read_bytes().splitlines(keepends=True):
            message = json.loads(line)
            self.assertLessEqual(len(line), pipes.LARGEST)
            self.assertTrue(line.isascii() and line.endswith(b"\n"))
            self.assertEqual(set(message), {"__dagster_pipes_version", "method", "params"})
            self.assertEqual(message["__dagster_pipes_version"], "0.1")
            if message["method"] != "closed":
                self.assertEqual(set(message["params"]), KEYS[message["method"]])
            elif message["params"]:
                self.assertEqual(set(message["params"]["exception"]), {"message", "name", "stack", "cause", "context"})
        return said

    def test_every_channel_and_bootstrap(self):
        for options in ({}, {"inline": True}, *({"channel": channel} for channel in pipes.CHANNELS[1:])):
            for bootstrap in ("environment", "arguments"):
                with self.subTest(bootstrap=bootstrap, **options):
                    session = self.session(**options)
                    done = session.run([PROBE, "--test-name", "test_message_log"], bootstrap=bootstrap)
                    self.assertEqual(self.good(session, done).logs, LEVELS)

    def test_context_fields(self):
        keys = ["a\\/b/c", "d\\\\e", "plain"]
        session = self.session(
            asset_keys=keys, extras={"a": [1, 1.0, None, "ä"]}, partition_key="p", partition_key_range={"start": "p", "end": "q"},
            partition_time_window={"start": "2026-01-01T00:00:00+00:00", "end": "2026-01-02T00:00:00+00:00"}, retry_number=3,
            code_version_by_asset_key=dict.fromkeys(keys, "7"), job_name=None,
            provenance_by_asset_key={key: {"code_version": "6", "input_data_versions": {}, "is_user_provided": True} for key in keys})
        said, = self.good(session, session.run([PROBE, "--test-name", "context"])).customs
        self.assertEqual(said, {
            "asset_keys": keys, "code_versions": dict.fromkeys(keys, "7"), "provenances": dict.fromkeys(keys, "6"),
            "partition_key": "p", "partition_key_range": ["p", "q"], "retry_number": 3, "job_name": None,
            "partition_time_window": ["2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"],
            "run_id": session.context["run_id"], "extras": {"a": [1, 1.0, None, "ä"]}})

    def test_escaped_keys_arrive(self):
        keys = ["a\\/b/c", "d\\\\e"]
        for key in keys:
            session = self.session(asset_keys=keys)
            file = self.file("m.json", {"assetKey": key, "dataVersion": "1"})
            done = session.run([PROBE, "--test-name", "test_message_report_asset_materialization",
                                "--report-asset-materialization", file])
            made, = self.good(session, done).materializations
            self.assertEqual(made.asset_key.to_escaped_user_string(), key)

    def test_external_streams(self):
        session = self.session()
        said = self.good(session, session.run([PROBE, "--test-name", "external_stream"]))
        self.assertEqual(said.streams, [("stdout", "on stdout"), ("stderr", "on stderr")])

    def test_one_write_a_message_from_several_threads(self):
        if not shutil.which("strace"):
            self.skipTest("strace is not installed: it tells what is written at once")
        session = self.session()
        done = session.run(["strace", "-ff", "-e", "trace=write,writev,pwrite64", "-y", "-o", self.dir / "calls", PROBE, "--test-name", "many"],
                           {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"})  # not under strace
        said = self.good(session, done)
        self.assertEqual(said.customs, ["x" * 300] * 200)
        written = re.compile(rf"^write\(\d+<{re.escape(str(session.messages))}>.*= (\d+)$", re.MULTILINE)
        sizes = [int(size) for calls in self.dir.glob("calls.*") for size in written.findall(calls.read_text())]  # a file a thread
        lines = session.messages.read_bytes().splitlines(keepends=True)
        self.assertEqual((sizes.count(391), sorted(sizes)), (200, sorted(map(len, lines))))

    def test_texts_of_any_bytes_and_length(self):
        for name, text in (("bytes", bytes(range(256)) * 3), ("long", "ä🙂\n".encode() * 30000), ("empty", b""),
                           ("lines", b"a\nb\r\n\0c\xe2\x80\xa8d")):
            with self.subTest(name):
                session = self.session()
                said = self.good(session, session.run([PROBE, "--test-name", "log_text", "--text", self.file("text", text)]))
                (_, shown), = said.logs
                expected = text.decode(errors="replace")
                if name == "long":
                    self.assertTrue(shown.endswith("…") and expected.startswith(shown[:-1]) and len(shown) > 5000)
                else:
                    self.assertEqual(shown, expected)

    def test_what_dagster_would_fail_for_is_refused_here(self):
        """An asset that is none of the step's, and messages that are too long; Dagster is told, and the exit code tells it too."""
        for test, option, document, word in (
                ("test_message_report_asset_materialization", "--report-asset-materialization", {"assetKey": "other"}, "other"),
                ("test_message_report_asset_check", "--report-asset-check",
                 {"checkName": "c", "passed": True, "severity": "WARN", "assetKey": "other"}, "other"),
                ("test_message_report_custom_message", "--custom-payload", {"payload": "x" * (8 << 20)}, "8388")):
            with self.subTest(test):
                session = self.session()
                said = self.good(session, session.run([PROBE, "--test-name", test, option, self.file("d.json", document)]), code=1)
                self.assertEqual((said.results, said.customs), ([], []))
                self.assertIn(word, said.exception.message)

    def test_failures_tell_all_and_end_with_another_code(self):
        session = self.session()
        said = self.good(session, session.run([PROBE, "--test-name", "test_error_reporting"]), code=1)
        shown = said.exception
        self.assertEqual((shown.message, shown.cls_name, shown.cause.message), ("Very bad error has happened!", "refused", "the cause"))
        self.assertGreater(len(shown.stack), 0)

    def test_numbers_keep_their_kind(self):
        session = self.session()
        file = self.file("p.json", {"payload": [1, 1.0, -0.0, 1e100, 9007199254740993, 1 << 63, 0.1]})
        said = self.good(session, session.run([PROBE, "--test-name", "test_message_report_custom_message", "--custom-payload", file]))
        self.assertEqual(repr(said.customs), repr([[1, 1.0, -0.0, 1e100, 9007199254740993, 1 << 63, 0.1]]))

    def test_undecodable_parameters_are_loud(self):
        session = self.session()
        good = session.environment()
        for variable in good:
            for value in ("", "?", "e30=", "eJw=", good[variable][:-8]):
                with self.subTest(variable=variable, value=value):
                    done = session.run([PROBE, "--test-name", "test_components"], {**good, variable: value}, bootstrap="given")
                    self.assertEqual(done.returncode, 65)
                    self.assertIn(variable.encode(), done.stderr)
        for variable in good:
            done = session.run([PROBE, "--test-name", "test_components"], {variable: good[variable]}, bootstrap="given")
            self.assertEqual(done.returncode, 65)
        self.assertEqual(session.messages.read_bytes(), b"")

    def test_outside_of_dagster_it_is_a_program_like_any(self):
        session = self.session()
        done = session.run([PROBE, "--test-name", "test_components"], bootstrap="none")
        self.assertEqual((done.returncode, done.stdout, done.stderr, session.messages.read_bytes()), (0, b"", b"", b""))


if __name__ == "__main__":
    PROBE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
