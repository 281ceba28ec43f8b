#!/usr/bin/env python3
"""waybill-dagster and its glue against dagster: sensor, runs, jobs, failures, `exec`, and the time of a scan:
dagster_test.py WAYBILL_DAGSTER."""
import json
import logging
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

peers.go_on_in("dagster")
sys.path[:0] = [str(peers.ROOT / "adapters/dagster"), str(peers.ROOT / "tests/servers")]
import dagster  # noqa: E402
import waybill_dagster as glue  # noqa: E402
from clowder_server import ClowderServer  # noqa: E402
from support import pipes  # noqa: E402

PROGRAM = ""
logging.disable()


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="waybill-dagster-")))
        self.root, self.registry = self.dir / "volume", self.dir / "registry"
        self.root.mkdir()
        changed = {"XDG_CACHE_HOME": str(self.dir / "cache"), "XDG_DATA_HOME": str(self.dir / "data"), "HOME": str(self.dir),
                   "XDG_CONFIG_HOME": str(self.dir / "config"), "WAYBILL_REGISTRY": str(self.registry),
                   "PATH": f"{os.path.dirname(PROGRAM)}:{os.environ['PATH']}"}
        for name, value in changed.items():
            self.addCleanup(os.environ.__setitem__, name, os.environ[name]) if name in os.environ else \
                self.addCleanup(os.environ.pop, name, None)
            os.environ[name] = value

    def put(self, **files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def run_raw(self, *arguments, code=0, **options):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def scan(self, *more, cursor=None, **options):
        known = ["--cursor", cursor] if cursor else []
        return json.loads(self.run_raw("scan", self.root, *known, *more, **options).stdout)


class Scan(Case):
    def test_requests_cursor_and_problems(self):
        self.put(**{"cat/a/f": "1", "cat/b/f": "2", "cat/deep/er/f": "3", "cat/beside": "", "top": ""})
        (self.root / "cat/empty").mkdir()
        (self.root / "cat/a/out").symlink_to("/etc/hostname")
        first = self.scan()
        self.assertEqual((first["waybill"], [r["dataset"] for r in first["requests"]], first["skip"]),
                         (1, ["cat/a", "cat/b", "cat/deep/er"], None))
        for request in first["requests"]:
            self.assertRegex(request["run_key"], rf"^{request['dataset']}@[0-9a-f]{{16}}$")
            self.assertEqual((request["change"], request["files"], request["category"]), ("new", 1, "cat"))
            self.assertEqual(request["tags"], {"waybill/dataset": request["dataset"], "waybill/version": request["version"]})
        self.assertEqual([(p["kind"], p["path"]) for p in first["problems"]],
                         [("files_beside_directories", "."), ("files_beside_directories", "cat"), ("escape", "cat/a/out"),
                          ("empty", "cat/empty")])
        again = self.scan(cursor=first["cursor"])
        self.assertEqual((again["requests"], again["problems"]), ([], first["problems"]))
        self.assertIn("nothing new in 3 datasets", again["skip"])
        self.put(**{"cat/b/f": "two"})
        changed = self.scan(cursor=again["cursor"])
        self.assertEqual([(r["dataset"], r["change"]) for r in changed["requests"]], [("cat/b", "changed")])
        self.put(**{"cat/b/f": "2"})
        back, = self.scan(cursor=changed["cursor"])["requests"]
        self.assertEqual((back["version"], back["run_key"] in {r["run_key"] for r in first["requests"]}),
                         (first["requests"][1]["version"], False))

    def test_the_version_is_what_waybill_hashes(self):
        self.put(**{"cat/a/f": "1", "cat/a/g": "2"})
        request, = self.scan()["requests"]
        hashed = subprocess.run([os.path.join(os.path.dirname(PROGRAM), "waybill"), "hash", self.root / "cat/a"], capture_output=True,
                                text=True, check=True)
        self.assertEqual(request["version"], hashed.stdout.split()[0])

    def test_limit_settle_and_files_of_cursors(self):
        for n in range(5):
            self.put(**{f"c/d{n}/f": str(n)})
        file, seen = self.dir / "cursor", []
        for _ in range(3):
            found = self.scan("--limit", 2, "--cursor-file", file)
            seen.append([r["title"] for r in found["requests"]])
            file.write_text(found["cursor"] + "\n")
        self.assertEqual(seen, [["d0", "d1"], ["d2", "d3"], ["d4"]])
        held = self.scan("--settle", 3600)
        self.assertEqual((held["requests"], len(held["waiting"])), ([], 5))
        self.assertIn("5 wait", held["skip"])

    def test_what_makes_no_sense_is_refused(self):
        self.put(**{"c/d/f": ""})
        self.run_raw("scan", self.root, "--cursor", "1700000000", code=70)
        self.run_raw("scan", self.root / "none", code=66)
        self.run_raw("scan", code=2, env={k: v for k, v in os.environ.items() if k != "DATASET_DIRECTORY"})
        self.run_raw("scan", self.root, "--cursor", "x", "--cursor-file", "y", code=2)
        said = json.loads(self.run_raw("--json", "scan", self.root).stdout)
        self.assertEqual((said["schema"], said["waybill"]), ("waybill/scan/1", 1))

    def test_an_unchanged_volume_is_not_read(self):
        """Its directories are listed, and no file is opened."""
        for d in range(50):
            for f in range(10):
                self.put(**{f"c{d % 5}/d{d}/f{f}": f"{d} {f}"})
        cursor = self.scan()["cursor"]
        time.sleep(2.1)  # until then the file system's clock could hide a change
        cursor = self.scan(cursor=cursor)["cursor"]
        if not shutil.which("strace"):
            self.skipTest("strace is not installed: it tells which files are opened")
        calls = self.dir / "calls"
        settings = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}  # not under strace
        done = subprocess.run(["strace", "-f", "-e", "trace=openat", "-o", calls, PROGRAM, "scan", self.root, "--cursor", cursor],
                              env=settings, capture_output=True, check=False)
        self.assertEqual(json.loads(done.stdout)["requests"], [])
        self.assertIn('c0/d0"', calls.read_text())
        self.assertNotRegex(calls.read_text(), "[\"/]f1\"")


class Steps(Case):
    """The programs as dagster's client sees them."""

    def session(self, **options):
        return self.enterContext(pipes.Session(**options))

    def good(self, session, done, code=0):
        self.assertEqual(done.returncode, code, done.stderr)
        said = session.read()
        self.assertEqual(session.problems(said), [])
        return said

    def request(self):
        self.put(**{"cat/leaf/a": "1", "cat/leaf/in": "22"})
        return self.scan()["requests"][0]

    def test_load_on_every_channel(self):
        request = self.request()
        for number, channel in enumerate(pipes.CHANNELS):
            with self.subTest(channel):
                session = self.session(extras=request, channel=channel)
                done = session.run([PROGRAM, "load", "--to", "registry", "--root", self.root, "--check", "arrived"])
                said = self.good(session, done)
                made, = said.materializations
                check, = said.checks
                self.assertEqual((made.data_version.value, check.check_name, check.passed), (request["version"], "arrived", True))
                values = {name: value.value for name, value in made.metadata.items() if name != "changes"}
                self.assertEqual((values["package"], values["files"], values["bytes"], values["new_version"], values["files_copied"]),
                                 ("cat/leaf", 2, 3, number == 0, 2 if number == 0 else 0))
        self.assertEqual([r.data for r in made.metadata["changes"].value.records] if "changes" in made.metadata else [], [])

    def test_load_of_an_op_and_with_bootstrap_arguments(self):
        session = self.session(extras=self.request(), asset_keys=None)
        done = session.run([PROGRAM, "load", "--to", "registry", "--root", self.root], bootstrap="arguments")
        said = self.good(session, done)
        self.assertEqual((said.materializations, said.customs[0]["metadata"]["package"]), ([], "cat/leaf"))

    def test_failures_are_told_and_end_with_their_code(self):
        request = self.request()
        outside = self.root / "cat/link"
        outside.symlink_to("leaf")
        for extras, code, word in (({"dataset": "cat/none"}, 66, "cat/none"), ({"dataset": "../etc"}, 65, "dataset"),
                                   ({}, 65, "extras/dataset"), ({"dataset": "cat/link"}, 65, "link")):
            with self.subTest(extras):
                session = self.session(extras=extras)
                said = self.good(session, session.run([PROGRAM, "load", "--to", "registry", "--root", self.root]), code)
                self.assertIn(word, said.exception.message)
                self.assertEqual(said.results, [])
        session = self.session(extras=request)
        said = self.good(session, session.run([PROGRAM, "load", "--to", "moon", "--root", self.root]), 2)
        self.assertIn("moon", said.exception.message)

    def test_undecodable_parameters_are_loud(self):
        for verb in (["load", "--to", "registry", "--root", str(self.root)], ["exec", "--", "waybill", "list"]):
            done = self.run_raw(*verb, code=65, env={**os.environ, "DAGSTER_PIPES_CONTEXT": "?", "DAGSTER_PIPES_MESSAGES": "?"})
            self.assertIn("DAGSTER_PIPES_CONTEXT", done.stderr)

    def test_outside_of_dagster_load_is_a_plain_command(self):
        file = self.dir / "request.json"
        file.write_text(json.dumps(self.request()))
        said = json.loads(self.run_raw("--json", "load", "--to", "registry", file, "--root", self.root).stdout)
        self.assertEqual((said["schema"], said["package"], said["files"], said["arrived"]),
                         ("waybill/load/1", "cat/leaf", 2, True))
        self.run_raw("load", "--to", "registry", "--root", self.root, code=2)
        dry = json.loads(self.run_raw("--json", "--dry-run", "load", "--to", "registry", file, "--root", self.root, "--name", "a/b").stdout)
        self.assertEqual((dry["dry_run"], dry["package"]), (True, "a/b"))
        self.assertEqual(self.run_raw("exec", "--", "waybill", "list").stdout.split()[0], "cat/leaf")

    def test_exec_reports_what_a_command_did(self):
        self.request()
        session = self.session()
        done = session.run([PROGRAM, "exec", "--", "waybill", "push", self.root / "cat/leaf", "--name", "x/y"])
        made, = self.good(session, done).materializations
        document = json.loads(session.rest["stdout"])
        self.assertEqual((document["schema"], made.data_version.value), ("waybill/push/1", document["top_hash"]))
        self.assertEqual((made.metadata["files_copied"].value, made.metadata["new_version"].value, made.metadata["name"].value),
                         (2, True, "x/y"))
        session = self.session()
        done = session.run([PROGRAM, "--json", "exec", "--", "waybill", "show", "x/none"])
        said = self.good(session, done, 66)
        self.assertEqual((said.exception.cls_name, said.results), ("package_not_found", []))
        self.assertEqual(json.loads(done.stdout)["exit"], 66)
        self.run_raw("exec", "--", "sh", "-c", "true", code=2)


class Runs(Case):
    """Whole runs of dagster with the glue."""

    def resources(self, **more):
        return {"volume": glue.DatasetVolume(dataset_directory=str(self.root)), "pipes": dagster.PipesSubprocessClient(), **more}

    def config(self, name, **config):
        return dagster.RunConfig({name: glue.DatasetRequest(**config)})

    def materialize(self, asset, config, **resources):
        with dagster.instance_for_test() as instance:
            return dagster.materialize([asset], resources=self.resources(**resources), run_config=config, instance=instance,
                                       raise_on_error=False)

    def test_materialize_a_dataset_of_files(self):
        self.put(**{"cat/leaf/a": "1", "cat/leaf/b": "2"})
        files = [str(self.root / "cat/leaf" / name) for name in "ab"]
        run = self.materialize(glue.registry_dataset, self.config("registry_dataset", category="cat", files=files))
        self.assertTrue(run.success)
        made, = run.asset_materializations_for_node("registry_dataset")
        self.assertRegex(made.tags["dagster/data_version"], "^[0-9a-f]{64}$")
        self.assertEqual(made.metadata["package"].value, "cat/leaf")
        self.assertTrue(run.get_asset_check_evaluations()[0].passed)
        run = self.materialize(glue.registry_dataset, self.config("registry_dataset", category="cat", dataset_title="none"))
        self.assertFalse(run.success)

    def test_lost_messages_fail_the_run(self):
        self.put(**{"cat/leaf/a": "1"})
        silent = self.dir / "silent"
        silent.write_text("#!/bin/sh\nexit 0\n")
        silent.chmod(0o755)
        volume = glue.DatasetVolume(dataset_directory=str(self.root), program=str(silent))
        run = self.materialize(glue.registry_dataset, self.config("registry_dataset", category="cat", dataset_title="leaf"), volume=volume)
        self.assertFalse(run.success)

    def test_the_sensor(self):
        self.put(**{"cat/a/f": "1", "cat/b/f": "2", "dog/a/f": "3", "cat/beside": ""})
        volume = glue.DatasetVolume(dataset_directory=str(self.root))
        with dagster.instance_for_test() as instance:
            def tick(cursor):
                context = dagster.build_sensor_context(instance=instance, cursor=cursor, resources={"volume": volume})
                return glue.file_sensor(context)
            first = tick(None)
            self.assertEqual([r.run_key.partition("@")[0] for r in first.run_requests], ["cat/a", "cat/b", "dog/a"])
            self.assertEqual(first.run_requests[0].tags["waybill/dataset"], "cat/a")
            config = first.run_requests[0].run_config["ops"]["clowder_dataset"]["config"]
            self.assertEqual((config["category"], config["dataset_title"], config["request"]["dataset"]), ("cat", "a", "cat/a"))
            second = tick(first.cursor)
            self.assertEqual(second.run_requests, [])
            self.assertIn("nothing new", second.skip_reason.skip_message)
            self.put(**{"cat/b/g": "new"})
            third = tick(second.cursor)
            self.assertEqual([r.run_key.partition("@")[0] for r in third.run_requests], ["cat/b"])

    def test_clowder_of_both_versions(self):
        for version in ("v1", "v2"):
            with self.subTest(version), ClowderServer(version) as server:
                self.put(**{"cat/leaf/a": "1", "cat/leaf/b ä": "2", "cat/deep/leaf/a": "3"})
                clowder = glue.ClowderResource(clowder_url=server.url, clowder_token=server.key)
                config = self.config("clowder_dataset", category="cat", dataset_title="leaf")
                run = self.materialize(glue.clowder_dataset, config, clowder=clowder)
                self.assertTrue(run.success)
                made, = run.asset_materializations_for_node("clowder_dataset")
                self.assertEqual((made.metadata["uploaded"].value, made.metadata["title"].value), (2, "leaf"))
                again = self.materialize(glue.clowder_dataset, config, clowder=clowder)
                self.assertEqual(again.asset_materializations_for_node("clowder_dataset")[0].metadata["uploaded"].value, 0)
                dataset, = server.platform.datasets
                self.assertEqual(server.platform.contents(dataset), {"a": b"1", "b ä": b"2"})
                request = next(r for r in self.scan()["requests"] if r["dataset"] == "cat/deep/leaf")
                other = self.materialize(glue.clowder_dataset, self.config("clowder_dataset", category="cat", dataset_title="leaf",
                                                                           request=request), clowder=clowder)
                self.assertEqual(other.asset_materializations_for_node("clowder_dataset")[0].metadata["title"].value, "deep/leaf")
                self.assertEqual(len(server.platform.datasets), 2)
                self.assertEqual(server.leaks(), [])

    def test_the_methods_of_the_resource(self):
        self.put(**{"x/a": "1", "x/b": "2", "x/c": "3"})
        with ClowderServer("v1") as server:
            clowder = glue.ClowderResource(clowder_url=server.url, clowder_token=server.key)
            space = clowder.get_or_create_space("cat")
            self.assertEqual((clowder.get_or_create_space("cat"), len(server.platform.spaces)), (space, 1))
            dataset = clowder.create_dataset("title", space)
            self.assertEqual(clowder.create_dataset("title", space), dataset)
            files = [str(self.root / "x" / name) for name in "ab"]
            done = clowder.add_files_to_dataset(dataset, files)
            self.assertEqual([row["path"] for row in done["uploaded"]], ["a", "b"])
            self.assertEqual(clowder.add_files_to_dataset(dataset, files)["uploaded"], [])
            self.assertEqual(server.platform.contents(dataset), {"a": b"1", "b": b"2"})
            wrong = glue.ClowderResource(clowder_url=server.url, clowder_token="wrong")
            with self.assertRaises(dagster.Failure):
                wrong.create_dataset("other")

    def test_job_execute_of_the_example(self):
        self.put(**{"cat/leaf/a": "1"})
        config = self.dir / "config.yaml"
        config.write_text(json.dumps({"ops": {"registry_dataset": {"config": {"category": "cat", "dataset_title": "leaf"}}}}))
        home = self.dir / "home"
        home.mkdir()
        done = subprocess.run([os.path.join(os.path.dirname(sys.executable), "dagster"), "job", "execute", "-f",
                               str(peers.ROOT / "examples/dagster/definitions.py"), "-j", "load_registry", "-c", str(config)],
                              env={**os.environ, "DAGSTER_HOME": str(home), "DATASET_DIRECTORY": str(self.root), "PYTHONWARNINGS": "ignore",
                                   "DAGSTER_DISABLE_TELEMETRY": "1"}, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.assertIn("RUN_SUCCESS", done.stderr)
        self.assertTrue((self.registry / ".quilt/named_packages/cat/leaf/latest").exists())


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
