#!/usr/bin/env python3
"""docs/clowder.md against the binary: its commands, options by verb, exit codes by doing what they mean: clowder_docs_test.py BINARY."""
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.clowder_case import ROOT, ClowderCase, main, write_tree  # noqa: E402

PAGE = (ROOT / "docs/clowder.md").read_text(encoding="utf-8")
VERBS = ("upload", "diff", "verify", "space", "dataset", "add", "download", "list", "freeze", "ping")
OPTION = re.compile(r"--[a-z][a-z0-9-]*")


def section(title):
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


class Docs(ClowderCase):
    version = "v2"

    def options_of(self, *verb):
        said = self.run_raw(*verb, "--help").stdout.decode()
        return {option for line in re.findall(r"^  (-\S+)", said, re.MULTILINE) for option in OPTION.findall(line)} - {"--help"}

    def test_the_commands_of_the_page_lead_to_a_loaded_dataset(self):
        for version in ("v1", "v2"):
            self.version = version
            self.begin()
            write_tree(self.place, {"run1/a": b"1", "run1/in/b": b"2"})
            script = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)[1]
            script = re.sub(r"^export .*\n", "", script, flags=re.MULTILINE).replace("waybill-clowder", self.binary)
            done = subprocess.run(["bash", "-e", "-c", script], env=self.env, cwd=self.place, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("0 files, 0 B uploaded; 2 files there already", done.stdout)
            self.assertEqual(self.held(), {"a": b"1", "in/b": b"2"})
            self.assertEqual(done.stdout.splitlines()[-1], f"{next(iter(self.platform.datasets))}  run1")

    def test_every_option_is_described_for_the_verbs_that_have_it(self):
        common = self.options_of()
        described = {verb: set() for verb in VERBS}
        for names, verbs in re.findall(r"^\| (`--.*?) \| (.*?) \|", section("Options"), re.MULTILINE):
            for verb in VERBS if verbs == "all" else verbs.split(", "):
                described[verb] |= set(OPTION.findall(names)) - common
        self.assertEqual(described, {verb: self.options_of(verb) for verb in VERBS})

    def test_no_option_and_no_verb_is_made_up(self):
        known = self.options_of().union(*map(self.options_of, VERBS))
        codes = re.findall(r"`([^`\n]+)`", PAGE) + re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()
        self.assertEqual({option for code in codes for option in OPTION.findall(code)} - known, set())
        said = self.run_raw("--help").stdout.decode()
        verbs = re.findall(r"^  ([a-z]+) ", said.partition("Subcommands:")[2], re.MULTILINE)
        self.assertEqual(sorted(verbs), sorted(VERBS))
        self.assertEqual({row.split()[0] for row in re.findall(r"^\| `([^`]+)`", section("Verbs"), re.MULTILINE)}, set(VERBS))

    def test_exit_codes_mean_what_is_said(self):
        write_tree(self.content, {"a": b"1"})
        dataset = self.upload()["dataset"]["id"]
        write_tree(self.content, {"a": b"2"})
        bad = self.place / "bad"
        write_tree(bad, {"x\\": b""})
        for code, arguments, env in (
                (0, ("ping",), {}), (1, ("diff", self.content, "--dataset", dataset), {}), (1, ("verify", self.content, "--dataset", dataset), {}),
                (2, ("diff", self.content), {}), (65, ("upload", bad), {}), (66, ("list", "0" * 24), {}), (66, ("upload", self.place / "no"), {}),
                (69, ("ping", "--api", "1"), {}), (77, ("list",), {"CLOWDER_TOKEN": "x"}), (77, ("list",), {"CLOWDER_TOKEN": ""}),
                (75, ("list", "--retries", "0"), {"CLOWDER_URL": "http://127.0.0.1:1"})):
            with self.subTest(code=code, arguments=arguments):
                self.run_raw(*arguments, code=code, env=env)
        for file in list(self.platform.files.values()):
            self.platform.blob(file).write_bytes(b"X")
        self.run_raw("download", dataset, self.place / "out", code=70)
        self.platform.add("files", **{**file, "id": "65a0" + "f" * 20})
        self.run_raw("download", dataset, self.place / "out", code=3)
        codes = [int(code) for code in re.findall(r"^\| (\d+) \|", section("Exit codes"), re.MULTILINE)]
        self.assertEqual(codes, [0, 1, 2, 3, 65, 66, 69, 70, 75, 77])

    def test_links_lead_somewhere(self):
        for link in re.findall(r"\]\(([^)#]+)", PAGE):
            self.assertTrue(link.startswith("https://clowderframework.org") or (ROOT / "docs" / link).exists(), link)


if __name__ == "__main__":
    main()
