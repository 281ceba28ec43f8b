#!/usr/bin/env python3
"""examples/valohai/valohai.yaml as Valohai's own tools read it, and what those do not look at."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]
from support import peers  # noqa: E402

peers.go_on_in("valohai")
import valohai_yaml  # noqa: E402

EXAMPLE = ROOT / "examples/valohai/valohai.yaml"
PLACEHOLDER = re.compile(r"\{parameter(?:-value)?:([^}]*)\}")


def lint(text):
    """(exit code, output) of `vh lint`, which asks no server when it is given a file."""
    with tempfile.TemporaryDirectory() as place:
        file = pathlib.Path(place) / "valohai.yaml"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run([pathlib.Path(sys.executable).with_name("vh"), "lint", file], capture_output=True, text=True, timeout=60,
                              env={"HOME": place, "VALOHAI_CONFIG_DIR": place, "PATH": "/usr/bin:/bin"}, cwd=place, check=False)
        return done.returncode, done.stdout + done.stderr


def gaps(text):
    """What vh lint does not catch: placeholders without a parameter, parameters without a placeholder, edges to inputs or from outputs
    that no step has, and steps that pick up nothing from the pipeline."""
    config, found = valohai_yaml.parse(text, validate=True), []
    for step in config.steps.values():
        commands = " ".join(step.command if isinstance(step.command, list) else [step.command])
        used = set(PLACEHOLDER.findall(commands))
        found += [f"{step.name}: no parameter {name}" for name in sorted(used - set(step.parameters))]
        found += [f"{step.name}: {name} is not used" for name in sorted(set(step.parameters) - used)]
    for pipeline in config.pipelines.values():
        steps = {node.name: config.steps[node.step] for node in pipeline.nodes}
        found += [f"{pipeline.name}: {edge.target_node} has no input {edge.target_key}" for edge in pipeline.edges
                  if edge.target_key not in steps[edge.target_node].inputs]
        fed = {(edge.target_node, edge.target_key) for edge in pipeline.edges}
        found += [f"{pipeline.name}: nothing feeds {node}'s {name}" for node, step in steps.items() for name, wanted in step.inputs.items()
                  if not wanted.optional and not wanted.default and (node, name) not in fed]
    return found


class Yaml(unittest.TestCase):
    def setUp(self):
        self.text = EXAMPLE.read_text(encoding="utf-8")

    def test_the_example_is_clean(self):
        code, said = lint(self.text)
        self.assertEqual((code, "No errors" in said), (0, True), said)
        self.assertEqual(gaps(self.text), [])
        config = valohai_yaml.parse(self.text)
        self.assertEqual((set(config.steps), set(config.pipelines)), ({"update", "phase1", "phase2"}, {"update-dataset"}))

    def test_mistakes_are_noticed(self):
        for old, new in (("step: phase2", "step: phase3"), ("    image: registry", "    picture: registry"),
                         ("- [compare.", "- [compared.")):
            self.assertIn(old, self.text)
            self.assertNotEqual(lint(self.text.replace(old, new, 1))[0], 0, new)
        for old, new in (("{parameter:dataset-id}", "{parameter:dataset}"), ("publish.input.manifest", "publish.input.manifests")):
            self.assertEqual(lint(self.text.replace(old, new))[0], 0, "vh lint sees this by now")
            self.assertNotEqual(gaps(self.text.replace(old, new)), [])

    def test_commands_are_what_the_binary_takes(self):
        step = valohai_yaml.parse(self.text).steps["update"]
        self.assertEqual(step.build_command({"alias": ["stable", "newest"], "package": True})[1],
                         "waybill-valohai update --content content --dataset=demo --base=latest --alias=stable --alias=newest --package "
                         "--jobs=4")


if __name__ == "__main__":
    unittest.main(verbosity=2)
