#!/usr/bin/env python3
"""waybill-valohai as steps call it: configuration, output, exit codes. valohai_test.py WAYBILL_VALOHAI."""
import hashlib
import http.server
import json
import os
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents, peers  # noqa: E402

DATASET = "01900000-0000-7000-8000-0000000000d5"
TOKEN = "a-token-that-nobody-may-see"


class Platform(http.server.BaseHTTPRequestHandler):
    """A dataset `demo` whose version v1 has the files keep and gone; takes statuses."""

    files = [{"datum": {"id": f"datum-{name}", "name": name, "size": 4, "sha256": hashlib.sha256(name.encode()).hexdigest()}}
             for name in ("keep", "gone")]
    answers = {f"/api/v0/datasets/{DATASET}/": {"id": DATASET, "name": "demo", "latest_version": {"id": "aa", "name": "v1"}},
               "/api/v0/dataset-versions/aa/": {"id": "aa", "name": "v1", "files": files}}
    asked = []

    def do_GET(self):
        self.asked.append((self.command, self.path, self.headers["Authorization"], ""))
        right = self.headers["Authorization"] == f"Token {TOKEN}"
        answer = self.answers.get(self.path) if right else {"detail": f"Invalid token {self.headers['Authorization']}."}
        self.reply((200 if answer else 404) if right else 401, answer or {"detail": "Not found."})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append((self.command, self.path, self.headers["Authorization"], body))
        self.reply(200, {})

    def reply(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Steps(peers.Workbench):
    def setUp(self):
        super().setUp()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Platform)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_address[1]}/"
        Platform.asked.clear()
        self.outputs = self.dir / "outputs"
        self.env = {k: v for k, v in self.env.items() if not k.startswith("VH_")}
        self.env.update(VH_API_BASE_URL=self.url, VH_API_TOKEN=TOKEN, VH_EXECUTION_ID="e0", VH_JOB_ID="exec-e0")
        for name in ("config", "inputs", "outputs"):
            self.env[f"VH_{name.upper()}_DIR"] = str(self.dir / name)
        self.write("content/keep", "keep")
        self.write("content/sub/new", "new")
        self.phase1 = ("phase1", "--content", "content", "--dataset-id", DATASET)

    def run_raw(self, *args, **options):
        done = super().run_raw(*args, **options)
        self.assertNotIn(TOKEN.encode(), done.stdout + done.stderr)
        return done

    def configure(self, **documents_by_name):
        for name, document in documents_by_name.items():
            self.write(f"config/{name}.json", json.dumps(document))

    def written(self):
        return {str(p.relative_to(self.outputs)): p.read_text() for p in self.outputs.rglob("*") if p.is_file()}

    # -- output ----------------------------------------------------------------------------------------------------
    def test_stdout_holds_the_platforms_metadata_and_nothing_else(self):
        done = self.run_raw(*self.phase1)
        lines = [documents.strict(line) for line in done.stdout.splitlines()]
        self.assertEqual({**lines[-1], "dataset_version": ""},
                         {"files_done": 2, "files_total": 2, "bytes_hashed": 7, "new": 1, "changed": 0, "kept": 1, "removed": 1, "dataset_version": ""})
        self.assertRegex(done.stderr.decode(), r"dataset://demo/v1 -> dataset://demo/\d{8}-\d{6}: 1 new file, 0 changed, 1 kept, 1 removed")

    def test_json_is_one_document_also_for_errors(self):
        done = self.json(*self.phase1, "--version-name", "v2")
        self.assertEqual((done["schema"], done["dry_run"]), ("waybill/phase1/1", False))
        self.assertEqual(done["added"], [{"name": "sub/new", "size": 3, "reason": "not_in_version", "sha256": hashlib.sha256(b"new").hexdigest()}])
        self.assertEqual([file["name"] for file in done["removed"]], ["gone"])
        self.assertEqual(done["new_version"], {"name": "v2", "uri": "dataset://demo/v2"})
        self.assertEqual(done["old_version"], {"uri": "dataset://demo/v1", "id": "aa", "name": "v1"})
        failed = documents.strict(self.run_raw("--json", "phase1", "--content", "absent", "--dataset-id", DATASET, code=66).stdout)
        self.assertEqual(failed["schema"], "waybill/error/1")

    def test_the_status_is_shown_by_the_platforms_own_call_and_without_the_token(self):
        self.configure(api={"set_status_detail": {"url": self.url + "status", "headers": {"X-Key": "k"}}})
        self.run_raw(*self.phase1)
        shown = [body for method, path, token, body in Platform.asked if method == "POST" and path == "/status" and token is None]
        self.assertEqual(json.loads(shown[-1]), {"status_detail": "outputs and manifest are ready"})

    def test_a_broken_status_call_does_no_harm(self):
        self.configure(api={"set_status_detail": {"url": "http://127.0.0.1:1/status"}})
        self.assertIn(b"the status was not shown", self.run_raw("-v", *self.phase1).stderr)

    # -- configuration ---------------------------------------------------------------------------------------------
    def test_parameters_say_what_flags_do_not(self):
        self.configure(parameters={"dataset-id": DATASET, "content": "content", "jobs": 2, "version-name": "given", "new-file-names": ["x"]})
        self.run_raw("phase1", "--version-name", "flag")
        self.assertEqual(json.loads(self.written()["_dataset-manifest.json"])["new_version_name"], "flag")
        self.run_raw("phase1")
        self.assertEqual(json.loads(self.written()["_dataset-manifest.json"])["new_version_name"], "given")

    def test_a_dry_run_by_parameter_writes_nothing(self):
        self.configure(parameters={"dry-run": True})
        self.assertTrue(self.json(*self.phase1)["dry_run"])
        self.assertFalse(self.outputs.exists())

    def test_the_execution_is_the_one_of_the_environment_or_of_its_configuration(self):
        self.configure(execution={"valohai.execution-id": "e1"})
        self.run_raw(*self.phase1)
        self.assertEqual(json.loads(self.written()["_dataset-manifest.json"])["execution_id"], "e0")
        self.run_raw(*self.phase1, env={"VH_EXECUTION_ID": ""})
        self.assertEqual(json.loads(self.written()["_dataset-manifest.json"])["execution_id"], "e1")

    def test_a_token_may_come_from_a_file(self):
        self.write("token", TOKEN + "\n")
        self.run_raw(*self.phase1, "--token-file", "token", env={"VH_API_TOKEN": ""})
        self.run_raw(*self.phase1, "--token-file", "-", env={"VH_API_TOKEN": ""}, stdin=TOKEN.encode())

    def test_an_update_by_its_input_asks_nobody_and_needs_no_token(self):
        files = [{"name": f["datum"]["name"], "size": 4, "uri": f"datum://{f['datum']['id']}", "checksums": {"sha256": f["datum"]["sha256"]}}
                 for f in Platform.files]
        self.configure(inputs={"current": {"files": files}}, parameters={"dataset": "demo", "alias": ["prod", "best"]})
        self.run_raw("update", "--content", "content", "--package", "--version-name", "v2", env={"VH_API_TOKEN": ""})
        line = documents.strict(self.written()["valohai.metadata.jsonl"])
        self.assertEqual(line, {"file": "sub/new", "metadata": {"valohai.dataset-versions": [
            {"uri": "dataset://demo/v2", "from": "dataset://demo/latest", "exclude": ["gone"], "targeting_aliases": ["prod", "best"],
             "packaging": True}]}})
        self.assertEqual(Platform.asked, [])

    # -- exit codes ------------------------------------------------------------------------------------------------
    def test_diff_writes_nothing_and_tells_differences_by_its_exit_code(self):
        found = self.json("diff", "--content", "content", "--dataset-id", DATASET, code=1)
        self.assertEqual(([f["name"] for f in found["added"]], [f["name"] for f in found["removed"]]), (["sub/new"], ["gone"]))
        (self.dir / "content/sub/new").unlink()
        self.write("content/gone", "gone")
        self.assertFalse(self.json("diff", "--content", "content", "--dataset-id", DATASET)["changes"])
        self.assertFalse(self.outputs.exists())

    def test_what_cannot_be_done_has_its_exit_code_and_writes_nothing(self):
        missing = DATASET[:-1] + "0"
        for code, words, args, env in (
                (77, "VH_API_TOKEN", self.phase1, {"VH_API_TOKEN": ""}),
                (77, "401", self.phase1, {"VH_API_TOKEN": TOKEN + "x"}),
                (69, "404", ("phase1", "--content", "content", "--dataset-id", missing), {}),
                (2, "--dataset-id", ("phase1", "--content", "content"), {}),
                (2, "--content", ("phase1", "--dataset-id", DATASET), {}),
                (2, "upload, keep or download", (*self.phase1, "--on-missing-checksum", "guess"), {}),
                (2, "--compat", (*self.phase1, "--compat", "--extended"), {}),
                (66, "absent", ("phase1", "--content", "absent", "--dataset-id", DATASET), {}),
                (75, "", self.phase1, {"VH_API_BASE_URL": "http://127.0.0.1:1/"}),
                (66, "no manifest", ("phase2",), {}),
                (77, "on-demand", ("update", "--content", "content", "--dataset", "demo"), {"VH_API_TOKEN": ""})):
            with self.subTest(code=code, words=words):
                done = self.run_raw(*args, code=code, env=env)
                self.assertIn(words, done.stderr.decode())
                self.assertEqual(self.written(), {})

    def test_a_bad_manifest_is_refused_with_its_place(self):
        self.write("inputs/manifest/_dataset-manifest.json", '{"mine": 1}')
        self.assertIn(b"/mine", self.run_raw("phase2", code=65).stderr)
        self.assertEqual(Platform.asked, [])

    def test_content_that_cannot_become_data_is_refused(self):
        def refused(code, words):
            done = self.run_raw(*self.phase1, code=code)
            self.assertIn(words, done.stderr.decode())
            self.assertEqual(self.written(), {})

        outside = self.write("outside", "secret")
        link = self.dir / "content/link"
        link.symlink_to(outside)
        refused(65, "link")
        link.unlink()
        strange = os.fsencode(self.dir / "content") + b"/bad\xff"
        pathlib.Path(os.fsdecode(strange)).write_text("x")
        refused(65, "UTF-8")
        os.unlink(strange)
        link.symlink_to("keep")
        self.run_raw(*self.phase1)
        self.assertEqual(self.written()["link"], "keep")
        self.assertFalse((self.outputs / "link").is_symlink())

    def test_content_and_outputs_must_lie_apart(self):
        self.assertIn(b"lie in each other", self.run_raw(*self.phase1, code=2, env={"VH_OUTPUTS_DIR": str(self.dir / "content/out")}).stderr)


if __name__ == "__main__":
    peers.main(Steps)
