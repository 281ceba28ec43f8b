#!/usr/bin/env python3
"""What the Valohai test server makes of an execution: its inputs before, its outputs after, and what it has against them."""
import hashlib
import json
import os
import pathlib
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent)]
from valohai_agent import Execution, inputs_of, pair, parameters_of  # noqa: E402
from valohai_server import ValohaiServer  # noqa: E402

VERSIONS = "valohai.dataset-versions"


class Bench(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(ValohaiServer())
        self.platform = self.server.platform
        self.place = self.enterContext(tempfile.TemporaryDirectory())

    def execution(self, inputs=None, parameters=None):
        return Execution(self.server.url, "step", parameters, inputs, self.place)

    def finish(self, files, code=0):
        """What a finished execution with these outputs brought; values that are no text are written as JSON."""
        execution = self.execution()
        for name, content in files.items():
            path = execution.outputs / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return execution.finish(code)

    def jsonl(self, **metadata):
        """The lines of valohai.metadata.jsonl; `__` in a name stands for a dot."""
        return "".join(json.dumps({"file": name.replace("__", "."), "metadata": value}) + "\n" for name, value in metadata.items())

    def version(self, name="v1", files=("a", "b"), dataset="demo", **more):
        return self.finish({**{file: f"{file} of {name}" for file in files},
                            "valohai.metadata.jsonl": self.jsonl(**{file: {VERSIONS: [{"uri": f"dataset://{dataset}/{name}", **more}]}
                                                                    for file in files})})

    def names(self, version):
        return [datum["name"] for datum in self.platform.data_of(version)]

    def refused(self, call):
        """The error answer of a call that must be refused."""
        with self.assertRaises(urllib.error.HTTPError) as caught:
            call()
        with caught.exception as answer:
            return answer.code, json.load(answer)


class Outputs(Bench):
    def test_every_file_becomes_a_datum_with_its_path_size_and_sums(self):
        made = self.finish({"a.csv": "foofoo", "sub/dir/b.csv": "", "ä.csv": "x"}, code=1)  # of a failed execution too
        self.assertEqual([(d["name"], d["size"]) for d in made["data"]], [("a.csv", 6), ("sub/dir/b.csv", 0), ("ä.csv", 1)])
        for kind in ("md5", "sha1", "sha256"):
            self.assertEqual(made["data"][0][kind], hashlib.new(kind, b"foofoo").hexdigest())
        self.assertEqual((made["problems"], made["versions"]), ([], []))
        execution = self.platform.executions[made["data"][0]["output_execution"]["id"]]
        self.assertEqual(execution["status"], "error")
        self.assertEqual((self.platform.blobs / made["data"][0]["id"]).read_text(), "foofoo")

    def test_sidecars_are_consumed(self):
        made = self.finish({"a.csv": "1", "a.csv.metadata.json": {"valohai.tags": ["t"], "valohai.alias": "newest", "shape": [1, 2]},
                            "b/c.csv": "2", "valohai.metadata.jsonl": self.jsonl(**{"b/c__csv": {"k": "v"}})})
        self.assertEqual([d["name"] for d in made["data"]], ["a.csv", "b/c.csv"])
        self.assertEqual([(d["tags"], d["metadata"]) for d in made["data"]], [(["t"], {"shape": [1, 2]}), ([], {"k": "v"})])
        self.assertEqual(self.platform.one("datum-aliases", name="newest")["datum"], made["data"][0]["id"])
        self.assertEqual(made["problems"], [])
        again = self.finish({"a.csv": "3", "a.csv.metadata.json": {"valohai.alias": "newest"}})
        self.assertEqual([a["datum"] for a in self.platform.datum_aliases.values()], [again["data"][0]["id"]])

    def test_what_is_wrong_with_properties_is_said(self):
        good = '{"file": "a", "metadata": {}}\n'
        for files, words in (({"x.metadata.json": "{}"}, "there is no x beside it"), ({"a.metadata.json": "{"}, "is no JSON"),
                             ({"a.metadata.json": "[]"}, "is no JSON object"), ({"a.metadata.json": '{"k": 1, "k": 2}'}, "stands twice"),
                             ({"a.metadata.json": {"valohai.colour": "x"}}, "valohai.colour is not known"),
                             ({"a.metadata.json": {"valohai.tags": "x"}}, "another type"),
                             ({"a.metadata.json": {"valohai.tags": [1]}}, "another type"),
                             ({"valohai.metadata.jsonl": good[:-1]}, "last line does not end"),
                             ({"valohai.metadata.jsonl": good * 2}, "has properties already"),
                             ({"valohai.metadata.jsonl": good, "a.metadata.json": "{}"}, "has properties already"),
                             ({"valohai.metadata.jsonl": good.replace('"a"', '"b"')}, "there is no output b"),
                             ({"valohai.metadata.jsonl": good.replace('"a"', '"valohai.metadata.jsonl"')}, "there is no output"),
                             ({"valohai.metadata.jsonl": good.replace("{}", '{}, "more": 1')}, "are not `file` and `metadata`"),
                             ({"valohai.metadata.jsonl": good + "\n"}, "line 2: is no JSON")):
            made = self.finish({"a": "1", **files})
            self.assertEqual(len(made["problems"]), 1, (files, made["problems"]))
            self.assertIn(words, made["problems"][0])
            self.assertIn("a", [d["name"] for d in made["data"]])
        self.assertEqual([d["name"] for d in self.finish({"sub/valohai.metadata.jsonl": ""})["data"]], ["sub/valohai.metadata.jsonl"])

    def test_what_is_no_file_with_a_name_in_utf_8_is_said(self):
        execution = self.execution()
        (execution.outputs / "a").write_text("1")
        (execution.outputs / "link").symlink_to("a")
        (execution.outputs / "directory").symlink_to(".")
        os.mkfifo(execution.outputs / "pipe")
        with open(os.fsencode(execution.outputs) + b"/\xff", "w", encoding="ascii"):
            pass
        made = execution.finish()
        self.assertEqual([d["name"] for d in made["data"]], ["a"])
        self.assertEqual(len(made["problems"]), 4)

    def test_an_execution_ends_once(self):
        execution = self.execution()
        execution.finish()
        self.assertEqual(self.refused(execution.finish), (400, {"error": "The execution has ended already."}))


class Versions(Bench):
    def test_the_short_form_makes_dataset_and_version(self):
        made = self.finish({"a": "1", "a.metadata.json": {VERSIONS: ["dataset://new/v1"]}})
        self.assertEqual((made["problems"], self.names(made["versions"][0])), ([], ["a"]))
        self.assertEqual(self.platform.one("datasets", name="new")["id"], made["versions"][0]["dataset"])

    def test_a_version_goes_on_from_another(self):
        first = self.version(targeting_aliases=["stable"], packaging=True)["versions"][0]
        self.assertEqual((first["packaging"], first["aliases"], first["previous_version"]), (True, ["stable"], None))
        for base in ("v1", "stable", "latest"):  # of which the last is the one before by then
            made = self.version(f"after-{base}", ["c"], **{"from": f"dataset://demo/{base}", "exclude": ["c" if base == "latest" else "a"]})
            self.assertEqual((made["problems"], self.names(made["versions"][0])), ([], ["b", "c"]))
            self.assertEqual(made["versions"][0]["previous_version"] == first["id"], base != "latest")

    def test_start_fresh_and_aliases_that_move(self):
        first = self.version(targeting_aliases=["stable", "old"])["versions"][0]
        made = self.version("v2", ["z"], start_fresh=True, targeting_aliases=["stable"], **{"from": "dataset://demo/v1"})
        self.assertEqual(self.names(made["versions"][0]), ["z"])
        self.assertEqual((self.platform.find_version("dataset://demo/stable")["name"], first["name"]), ("v2", "v1"))
        self.assertEqual(self.platform.dataset_versions[first["id"]]["aliases"], ["old"])

    def test_bad_versions_are_said_and_not_made(self):
        self.version()
        for item, words in (({"include": ["a"]}, "include is not known"), ({"from": 1}, "from is not known"),
                            ({"exclude": "a"}, "exclude is not known"), ({"exclude": ["a", "a"]}, "different texts"),
                            ({"exclude": [1]}, "different texts"), ({"packaging": "yes"}, "packaging"),
                            ({"uri": "demo/v2"}, "is not dataset:"),
                            ({"uri": "dataset://demo/v/2"}, "is not dataset:"), ({"uri": "dataset://demo/v1"}, "is there already"),
                            ({"from": "dataset://demo/v0"}, "which is not there"), ({"from": "dataset://demo/v1"}, "two files of one name"),
                            ({"associated_project_ids": ["x"]}, "a project that is not there")):
            made = self.finish({"a": "1", "a.metadata.json": {VERSIONS: [{"uri": "dataset://demo/v2", **item}]}})
            self.assertEqual((len(made["problems"]), made["versions"]), (1, []), (item, made["problems"]))
            self.assertIn(words, made["problems"][0])
        self.assertEqual(len(self.platform.dataset_versions), 1)

    def test_files_that_say_different_things_of_one_version(self):
        line = {"uri": "dataset://demo/v2", "exclude": []}
        lines = self.jsonl(a={VERSIONS: [line]}, b={VERSIONS: [{**line, "exclude": ["x"]}]})
        made = self.finish({"a": "1", "b": "2", "valohai.metadata.jsonl": lines})
        self.assertEqual(made["problems"], ["dataset://demo/v2: its files say different things of `exclude`"])
        self.assertEqual(made["versions"], [])

    def test_an_excluded_name_that_is_not_there_is_said(self):
        self.version()
        made = self.version("v2", ["c"], exclude=["a", "nothing"], **{"from": "dataset://demo/v1"})
        self.assertEqual(made["problems"], ["dataset://demo/v2: excludes nothing, which is not in dataset://demo/v1"])
        self.assertEqual(self.names(made["versions"][0]), ["b", "c"])


class Inputs(Bench):
    def setUp(self):
        super().setUp()
        self.made = self.version(files=["a", "sub/b"])

    def test_files_are_there_or_are_only_named(self):
        alias = self.platform.add("datum-aliases", {"name": "first", "datum": self.made["data"][0]["id"], "project": None})
        execution = self.execution({"all": (["dataset://demo/v1"], "always"), "later": (["dataset://demo/latest"], "on-demand"),
                                    "one": ([f"datum://{alias['name']}", f"datum://{self.made['data'][1]['id']}"], "always")})
        shown = json.loads((execution.config / "inputs.json").read_text())
        self.assertEqual([file["name"] for file in shown["later"]["files"]], ["a", "sub/b"])
        self.assertEqual([os.path.exists(file["path"]) for name in ("all", "one", "later") for file in shown[name]["files"]],
                         [True] * 4 + [False] * 2)
        self.assertEqual((execution.inputs / "all/sub/b").read_text(), "sub/b of v1")
        file, datum = shown["later"]["files"][1], self.made["data"][1]
        self.assertEqual((file["checksums"]["sha256"], file["size"], file["uri"]), (datum["sha256"], 11, f"datum://{datum['id']}"))

    def test_presigned_calls_need_their_headers_and_no_token(self):
        execution = self.execution({"later": (["dataset://demo/latest"], "on-demand")})
        api = json.loads((execution.config / "api.json").read_text())
        input_id = json.loads((execution.config / "inputs.json").read_text())["later"]["input_id"]

        def call(what, query="", body=None, headers=...):
            headers = api[what]["headers"] if headers is ... else headers
            request = urllib.request.Request(api[what]["url"] + query, body, headers, method=api[what]["method"])
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)

        listed = call("input_request", f"?inputs={input_id}")
        self.assertEqual([file["filename"] for file in listed[0]["files"]], ["a", "sub/b"])
        self.assertEqual(urllib.request.urlopen(listed[0]["files"][0]["url"]).read(), b"a of v1")
        call("set_status_detail", body=b'{"status_detail": "half"}')
        self.assertEqual(self.platform.executions[execution.id]["status_detail"], "half")
        for arguments in (("input_request", f"?inputs={input_id}", None, {}), ("set_status_detail", "", b'{"status_detail": "x"}', {}),
                          ("set_status_detail", "", b'{"status_detail": "x"}', api["input_request"]["headers"])):
            self.assertEqual(self.refused(lambda arguments=arguments: call(*arguments))[0], 401)
        self.assertEqual(self.refused(lambda: call("input_request", "?inputs=other"))[0], 404)
        self.assertEqual(self.refused(lambda: call("set_status_detail", body=b'{"status": "x"}'))[0], 400)

    def test_faults_spare_the_worker(self):
        self.server.faults.add("500", times=9)
        self.assertEqual(self.execution().finish()["problems"], [])

    def test_what_cannot_be_an_input(self):
        self.platform.purge(self.platform.data[self.made["data"][0]["id"]])
        for uri in ("dataset://demo/v9", "dataset://none/v1", "datum://none", "dataset://demo/v1"):
            self.assertEqual(self.refused(lambda uri=uri: self.execution({"x": ([uri], "always")}))[0], 404)

    def test_a_command_runs_as_in_an_execution(self):
        execution = self.execution(parameters=parameters_of([("jobs", "4"), ("name", "a.csv"), ("name", "b.csv")]))
        script = ("import json, os, pathlib as p; e = os.environ; assert p.Path.cwd() == p.Path(e['VH_REPOSITORY_DIR']).resolve()\n"
                  "p.Path(e['VH_OUTPUTS_DIR'], 'x').write_text(json.dumps(json.load(open(e['VH_CONFIG_DIR'] + '/parameters.json'))))\n"
                  "raise SystemExit(0 if e['VH_JOB_ID'] == 'exec-' + e['VH_EXECUTION_ID'] and e['EXTRA'] == '1' else 9)")
        self.assertEqual(execution.run([sys.executable, "-c", script], {"EXTRA": "1"}).returncode, 0)
        datum = execution.finish()["data"][0]
        self.assertEqual((self.platform.blobs / datum["id"]).read_text(), '{"jobs": 4, "name": ["a.csv", "b.csv"]}')
        self.assertEqual(pair("a=b=c"), ("a", "b=c"))
        options = type("Options", (), {"input": [("m", "datum://1"), ("m", "datum://2")], "on_demand": [("current", "dataset://d/v")]})
        self.assertEqual(inputs_of(options), {"m": (["datum://1", "datum://2"], "always"), "current": (["dataset://d/v"], "on-demand")})


if __name__ == "__main__":
    unittest.main(verbosity=2)
