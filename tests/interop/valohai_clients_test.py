#!/usr/bin/env python3
"""valohai-cli and valohai-utils against the test server, which so stays as the platform is: they log in, list, download, take
inputs, and read the outputs' properties."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/servers")]
from support import peers  # noqa: E402

peers.go_on_in("valohai")
from valohai_agent import Execution  # noqa: E402
from valohai_server import ValohaiServer  # noqa: E402

VH = str(pathlib.Path(sys.executable).with_name("vh"))
FILES = {"a.csv": "foofoo", "sub/b ä.csv": "barbar", "empty": ""}


class Bench(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(ValohaiServer())
        self.place = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="waybill-valohai-clients-")))
        for name in ("home", "settings", "project"):
            (self.place / name).mkdir()
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("VH_", "VALOHAI_", "XDG_"))}
        self.env.update(HOME=str(self.place / "home"), VALOHAI_CONFIG_DIR=str(self.place / "settings"), NO_COLOR="1", COLUMNS="300")
        self.addCleanup(lambda: self.assertEqual(self.server.leaks(), []))

    def execution(self, files=(), **options):
        execution = Execution(self.server.url, "step", directory=self.place, **options)
        for name, content in dict(files).items():
            path = execution.outputs / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return execution

    def run_in(self, command, code=0, env=None):
        done = subprocess.run(command, cwd=self.place / "project", env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, code, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout + done.stderr

    def vh(self, *arguments, code=0):
        return self.run_in([VH, *map(str, arguments)], code)

    def log_in(self):
        self.vh("login", "--host", self.server.url, "--token", self.server.token, "--yes")
        self.vh("project", "link", "demo", "--yes")

    def python(self, script, env=None, code=0):
        """What a script printed last, as JSON."""
        said = self.run_in([sys.executable, "-c", script], code, env)
        return json.loads(said.strip().splitlines()[-1])


class Cli(Bench):
    def test_login_takes_the_right_token_only(self):
        said = self.vh("login", "--host", self.server.url, "--token", "wrong-token", "--yes", code=1)
        self.assertIn("Invalid token.", said)
        self.assertIn("Hey tester!", self.vh("login", "--host", self.server.url, "--token", self.server.token, "--yes"))

    def test_login_by_password_follows_the_error_codes(self):
        self.server.api.password = "secret"
        login = ("login", "--host", self.server.url, "--yes", "--username", "tester", "--password")
        self.assertIn("Hey tester!", self.vh(*login, "secret"))
        self.assertIn("Unable to log in.", self.vh(*login, "other", code=1))
        self.server.api.login_code = "has_2fa"
        self.assertIn('The error code "has_2fa"', self.vh(*login, "secret", code=1))

    def test_data_and_aliases_are_listed(self):
        self.log_in()
        made = self.execution({**FILES, "a.csv.metadata.json": '{"valohai.alias": "newest"}'}).finish()
        self.server.platform.add_bytes("loose", b"1")
        said = self.vh("data", "list")
        for datum in made["data"]:
            self.assertIn(datum["name"], said)
            self.assertIn(f"datum://{datum['id']}", said)
        self.assertIn("Not from exec", said)
        listed = json.loads(self.vh("--table-format", "json", "data", "list", "-n", "2"))
        self.assertEqual([datum["name"] for datum in listed][0], "loose")
        self.assertEqual(len(listed), 2)
        self.assertIn("datum://newest", self.vh("alias", "list"))

    def test_outputs_are_downloaded_from_the_other_host_and_from_a_stream(self):
        self.log_in()
        self.execution(FILES).finish()
        for downloads in ("url", "stream"):
            self.server.api.downloads = downloads
            self.vh("exec", "outputs", "1", "-d", self.place / downloads)
            for name, content in FILES.items():
                self.assertEqual((self.place / downloads / name).read_text(encoding="utf-8"), content)
        blobs = [entry for entry in self.server.entries if entry["site"] == "blobs"]
        self.assertEqual([entry["token"] for entry in blobs], ["none"] * 3)
        self.assertIn("does not exist", self.vh("exec", "outputs", "9", code=1))

    def test_pages_are_followed_to_a_short_one(self):
        self.log_in()
        self.execution({f"{i}.csv": str(i) for i in range(5)}).finish()
        script = ("from valohai_cli.commands.execution.outputs import get_execution_outputs as g; import json\n"
                  f"print(json.dumps([d['name'] for d in g({{'id': '{list(self.server.platform.executions)[0]}'}}, 2)]))")
        self.assertEqual(self.python(script), [f"{i}.csv" for i in range(5)])

    def test_errors_are_read_as_what_they_are(self):
        self.log_in()
        for kind, words in (("503", "Internal error"), ("429", "Request was throttled"), ("drop-before", "Remote end closed")):
            self.server.faults.add(kind, "/data/")
            self.assertIn(words, self.vh("data", "list", code=1))


class Utils(Bench):
    def take(self, uri):
        """Name and content of an input that is no execution's, as valohai-utils downloads it."""
        return self.python("import valohai, json, pathlib\n"
                           f"valohai.prepare(step='test', image='x', default_inputs={{'data': {uri!r}}})\n"
                           "path = pathlib.Path(valohai.inputs('data').path())\n"
                           "print(json.dumps([path.name, path.read_text()]))")

    def test_inputs_by_id_and_by_alias(self):
        self.log_in()
        made = self.execution({"a.csv": "foofoo", "a.csv.metadata.json": '{"valohai.alias": "newest"}'}).finish()
        self.assertEqual(self.take(f"datum://{made['data'][0]['id']}"), ["a.csv", "foofoo"])
        self.assertEqual(self.take("datum://newest"), ["a.csv", "foofoo"])
        asked = [entry["target"].split("?")[0] for entry in self.server.entries if entry["site"] == "api"]
        self.assertIn(f"/api/v0/data/{made['data'][0]['id']}", asked)
        self.assertIn("/api/v0/datum-aliases/resolve/", asked)

    def test_bytes_that_are_not_those_of_the_datum_are_noticed(self):
        self.log_in()
        datum = self.execution({"a.csv": "foofoo"}).finish()["data"][0]
        (self.server.platform.blobs / datum["id"]).write_text("barbar", encoding="ascii")
        said = self.run_in([sys.executable, "-c", "import valohai\n"
                            f"valohai.prepare(step='test', image='x', default_inputs={{'data': 'datum://{datum['id']}'}})\n"
                            "valohai.inputs('data').path()"], code=1)
        self.assertIn("checksum does not match", said)

    def test_inputs_on_demand_come_by_api_json(self):
        line = '{"file": "a.csv", "metadata": {"valohai.dataset-versions": ["dataset://demo/v1"]}}\n'
        self.execution({**FILES, "valohai.metadata.jsonl": line}).finish()
        execution = self.execution(inputs={"current": (["dataset://demo/latest"], "on-demand")})
        script = ("import valohai, json, pathlib\n"
                  "print(json.dumps({pathlib.Path(p).name: pathlib.Path(p).read_text() for p in valohai.inputs('current').paths()}))")
        self.assertEqual(self.python(script, execution.environment), {"a.csv": "foofoo"})
        self.assertEqual([entry["token"] for entry in self.server.entries], ["none"] * len(self.server.entries))

    def test_the_status_text_arrives(self):
        execution = self.execution()
        self.run_in([sys.executable, "-c", "import valohai; valohai.set_status_detail('half of it')"], env=execution.environment)
        self.assertEqual(self.server.platform.executions[execution.id]["status_detail"], "half of it")

    def test_properties_written_by_utils_make_a_version(self):
        execution = self.execution({"a.csv": "1", "sub/b.csv": "2"})
        self.run_in([sys.executable, "-c", "import valohai\n"
                     "with valohai.output_properties() as p:\n"
                     "    for file in ('a.csv', 'sub/b.csv'):\n"
                     "        p.add(file=file, properties={'valohai.tags': ['t']})\n"
                     "        p.add_to_dataset(file=file, dataset_version=p.dataset_version_uri('demo', 'v1'))"], env=execution.environment)
        made = execution.finish()
        self.assertEqual((made["problems"], len(made["versions"][0]["files"])), ([], 2))
        self.assertEqual(made["data"][0]["tags"], ["t"])

    def test_properties_in_the_form_of_updates_are_read_and_kept(self):
        """With objects for versions utils writes the file, and then cannot print its summary; the file is what counts."""
        version = {"uri": "dataset://demo/v2", "from": "dataset://demo/v1", "exclude": ["gone", "sub/ü"], "targeting_aliases": ["stable"],
                   "packaging": True}
        lines = [{"file": name, "metadata": {"valohai.dataset-versions": [version]}} for name in ("a.csv", "sub/b ä.csv")]
        execution = self.execution({"a.csv": "1", "sub/b ä.csv": "2"})
        path = execution.outputs / "valohai.metadata.jsonl"
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        said = self.run_in([sys.executable, "-c", "import valohai\nwith valohai.output_properties() as p:\n"
                            "    p.add(file='a.csv', properties={'more': 1})"], code=1, env=execution.environment)
        self.assertIn("unhashable type: 'dict'", said)
        lines[0]["metadata"]["more"] = 1
        self.assertEqual([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()], lines)


if __name__ == "__main__":
    unittest.main(verbosity=2)
