#!/usr/bin/env python3
"""examples/valohai with the real binary: the local walkthrough, and the steps as Valohai would run them: valohai_example_test.py BINARY."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/servers")]
from support import peers  # noqa: E402

peers.go_on_in("valohai")
import valohai_yaml  # noqa: E402
from support import valohai_case  # noqa: E402
from valohai_agent import Execution  # noqa: E402
from valohai_server import ValohaiServer  # noqa: E402

EXAMPLE = ROOT / "examples/valohai"
BINARY = ""


class Example(unittest.TestCase):
    def test_the_walkthrough_runs_from_start_to_end(self):
        for flow in ("pipeline", "update"):
            done = subprocess.run(["bash", EXAMPLE / "run-local.sh", flow], env={**os.environ, "WAYBILL_VALOHAI": BINARY},
                                  capture_output=True, text=True, timeout=200, check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
            self.assertIn(f"Done: three versions by {flow}", done.stdout)


class Steps(unittest.TestCase):
    """The commands that Valohai makes of valohai.yaml, in a repository that holds the example's files."""

    def setUp(self):
        self.server = self.enterContext(ValohaiServer())
        self.place = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="waybill-valohai-example-")))
        self.config = valohai_yaml.parse((EXAMPLE / "valohai.yaml").read_text(encoding="utf-8"))
        self.dataset = self.server.platform.add("datasets", {"name": "demo"})
        self.server.platform.save()
        (self.place / "bin").mkdir()
        (self.place / "bin/waybill-valohai").symlink_to(BINARY)

    def run_step(self, name, parameters=None, inputs=None, token=True):
        step = self.config.steps[name]
        values = {**step.get_parameter_defaults(include_flags=True), **(parameters or {})}
        execution = Execution(self.server.url, name, values, inputs, self.place)
        shutil.copy(EXAMPLE / "fetch.sh", execution.repository)
        environment = {"PATH": f"{self.place / 'bin'}:{os.environ['PATH']}", "VH_API_BASE_URL": self.server.url,
                       "XDG_CACHE_HOME": str(self.place / "cache"), "VH_API_TOKEN": self.server.token if token else ""}
        done = execution.run(["bash", "-ec", "\n".join(step.build_command(parameters or {}))], environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn(self.server.token, done.stdout + done.stderr)
        for line in done.stdout.splitlines():
            self.assertTrue(not line or isinstance(json.loads(line), dict), line)  # what Valohai takes for metadata
        made = execution.finish()
        self.assertEqual((made["problems"], self.server.leaks()), ([], []))
        return {datum["name"]: datum["id"] for datum in made["data"]}

    def held(self):
        """The last version: {name: SHA-256}."""
        versions = self.server.platform.versions_of(self.dataset)
        return {datum["name"]: datum["sha256"] for datum in self.server.platform.data_of(versions[-1])}

    def rounds(self):
        """Number, parameters, recorded version and recorded uploads of each round of the published walkthrough. Versions are named by
        the second; so each begins in another one."""
        for number, entry in enumerate(valohai_case.load("24-readme-walkthrough")["rounds"], 1):
            parameters = {name: entry["parameters_json"][name] for name in ("new-file-names", "new-file-contents")}
            yield number, parameters, entry["version_after"]["files"], set(entry["phase1"]["contents"])
            time.sleep(1)

    def test_the_pipeline_makes_the_versions_of_the_published_walkthrough(self):
        for number, parameters, files, uploaded in self.rounds():
            made = self.run_step("phase1", {**parameters, "dataset-id": self.dataset["id"]})
            self.assertEqual(set(made), uploaded | {"_dataset-manifest.json", "_waybill-manifest.json"})
            manifests = [f"datum://{made[name]}" for name in ("_dataset-manifest.json", "_waybill-manifest.json")]
            for _ in range(2):  # a repeated phase 2 makes no second version
                self.run_step("phase2", inputs={"manifest": (manifests, "always")})
            self.assertEqual((self.held(), len(self.server.platform.dataset_versions)), (files, number))

    def test_the_single_step_makes_them_too_and_needs_no_token_once_there_is_a_version(self):
        for number, parameters, files, uploaded in self.rounds():
            inputs = {"current": (["dataset://demo/latest"], "on-demand")} if number > 1 else None
            made = self.run_step("update", {**parameters, "alias": ["stable"]}, inputs, token=number == 1)
            self.assertEqual(set(made), uploaded)
            version = self.server.platform.find_version("dataset://demo/stable")
            self.assertEqual((self.held(), len(self.server.platform.dataset_versions), version["id"]),
                             (files, number, self.server.platform.versions_of(self.dataset)[-1]["id"]))
        self.assertEqual(self.run_step("update", parameters, {"current": (["dataset://demo/latest"], "on-demand")}, token=False), {})

    def test_valohai_utils_reads_the_properties_of_an_update_and_keeps_them(self):
        """Its summary cannot show versions that are objects and ends in an error; the file is what counts."""
        self.server.platform.add_version(self.dataset, "v1", [self.server.platform.add_bytes("old ü.csv", b"1")["id"]])
        self.server.platform.save()
        execution = Execution(self.server.url, "update", {}, {"current": (["dataset://demo/latest"], "on-demand")}, self.place)
        for name in ("a.csv", "sub/ü b.csv"):
            (execution.repository / "content" / name).parent.mkdir(parents=True, exist_ok=True)
            (execution.repository / "content" / name).write_text(name, encoding="utf-8")
        command = [BINARY, "update", "--content", "content", "--dataset", "demo", "--alias", "stable", "--package"]
        self.assertEqual(execution.run(command, {"XDG_CACHE_HOME": str(self.place / "cache")}, capture_output=True).returncode, 0)
        path = execution.outputs / "valohai.metadata.jsonl"
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        items = [line["metadata"]["valohai.dataset-versions"][0] for line in lines]
        self.assertEqual([(item["from"], item["exclude"], item["targeting_aliases"], item["packaging"]) for item in items],
                         [("dataset://demo/latest", ["old ü.csv"], ["stable"], True)] * 2)
        script = "import valohai\nwith valohai.output_properties() as p:\n    p.add(file='a.csv', properties={'more': 1})"
        said = execution.run([sys.executable, "-c", script], capture_output=True, text=True)
        self.assertIn("unhashable type: 'dict'", said.stderr)
        lines[0]["metadata"]["more"] = 1
        self.assertEqual([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()], lines)
        made = execution.finish()
        self.assertEqual((made["problems"], made["versions"][0]["packaging"], set(self.held())), ([], True, {"a.csv", "sub/ü b.csv"}))


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
