#!/usr/bin/env python3
"""Runs a command as Valohai runs a step, with the test server as the platform:

    valohai_agent.py --server URL --step NAME [--parameter NAME=VALUE]… [--input NAME=URI]… [--on-demand NAME=URI]… -- COMMAND…

Makes the directories config, inputs, outputs and repository, the configuration files and VH_*; downloads inputs (those on demand are
only named); runs the command in the repository; and uploads whatever stands in outputs, after a failure too. The last line on stdout is
{"execution", "exit", "data": {NAME: ID}, "versions": [NAME], "problems"}; the exit code is the command's, or 70 where the platform
had something against the outputs. A parameter that is given twice is a list; its value is JSON or else text.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

TIMEOUT = 60  # s, of one request


def call(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        return json.load(answer)


class Execution:
    """One execution in a directory of its own below `directory`. `inputs` are {NAME: (URIS, "always" or "on-demand")}."""

    def __init__(self, server, step, parameters=None, inputs=None, directory=None):
        self.server = server.rstrip("/")
        inputs = {name: {"uris": list(uris), "download": download} for name, (uris, download) in (inputs or {}).items()}
        begun = call(f"{self.server}/_worker/executions/", {"step": step, "parameters": parameters or {}, "inputs": inputs})
        self.record, self.id = begun["execution"], begun["execution"]["id"]
        self.root = pathlib.Path(tempfile.mkdtemp(prefix=f"execution-{self.record['counter']}-", dir=directory))
        for name in ("config", "inputs", "outputs", "repository"):
            setattr(self, name, self.root / name)
            (self.root / name).mkdir()
        self._configure(begun, parameters or {})
        self._download(begun["downloads"])

    def _configure(self, begun, parameters):
        for files in begun["inputs"].values():
            for file in files["files"]:
                file["path"] = str(self.inputs / file["path"])
        execution = {"valohai.execution-id": self.id, "valohai.execution-counter": self.record["counter"],
                     "valohai.execution-step": self.record["step"], "valohai.project-id": self.record["project"],
                     "valohai.project-name": "tester/demo"}
        for name, value in (("parameters", parameters), ("inputs", begun["inputs"]), ("execution", execution), ("api", begun["api"])):
            (self.config / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")

    def _download(self, files):
        for file in files:
            path = self.inputs / file["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            with urllib.request.urlopen(file["url"], timeout=TIMEOUT) as answer, open(path, "wb") as out:
                shutil.copyfileobj(answer, out)

    @property
    def environment(self):
        """What the platform sets; VH_API_TOKEN and VH_API_BASE_URL are variables of the user's project."""
        return {"VH_JOB_ID": f"exec-{self.id}", "VH_EXECUTION_ID": self.id, "VH_PROJECT_ID": self.record["project"],
                "VH_CONFIG_DIR": str(self.config), "VH_INPUTS_DIR": str(self.inputs), "VH_OUTPUTS_DIR": str(self.outputs),
                "VH_REPOSITORY_DIR": str(self.repository)}

    def run(self, command, environment=None, **options):
        """The finished process."""
        return subprocess.run(list(map(str, command)), cwd=self.repository, check=False,
                              env={**os.environ, **(environment or {}), **self.environment}, **options)

    def finish(self, code=0):
        """Uploads the outputs: {"data", "versions", "problems"}, the records in full."""
        return call(f"{self.server}/_worker/executions/{self.id}/finish/", {"outputs": str(self.outputs), "exit": code})

    def remove(self):
        shutil.rmtree(self.root)


def pair(text):
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


def parameters_of(pairs):
    values = {}
    for name, text in pairs:
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        values.setdefault(name, []).append(value)
    return {name: given if len(given) > 1 else given[0] for name, given in values.items()}


def inputs_of(options):
    inputs = {}
    for pairs, download in ((options.input, "always"), (options.on_demand, "on-demand")):
        for name, uri in pairs:
            inputs.setdefault(name, ([], download))[0].append(uri)
    return inputs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, metavar="URL")
    parser.add_argument("--step", required=True)
    for name in ("--parameter", "--input", "--on-demand"):
        parser.add_argument(name, type=pair, action="append", default=[], metavar="NAME=VALUE")
    if "--" not in sys.argv:
        parser.error("-- COMMAND is missing")
    split = sys.argv.index("--")
    options, command = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1:]
    execution = Execution(options.server, options.step, parameters_of(options.parameter), inputs_of(options))
    try:
        code = execution.run(command).returncode
        made = execution.finish(code)
    finally:
        execution.remove()
    versions = [version["name"] for version in made["versions"]]
    print(json.dumps({"execution": execution.id, "exit": code, "data": {d["name"]: d["id"] for d in made["data"]},
                      "versions": versions, "problems": made["problems"]}, ensure_ascii=False), flush=True)
    sys.exit(code or (70 if made["problems"] else 0))


if __name__ == "__main__":
    main()
