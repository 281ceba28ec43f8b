#!/usr/bin/env python3
"""docs/cli.md against the binary, both ways: docs_test.py WAYBILL."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import peers  # noqa: E402

PAGE = peers.ROOT / "docs/cli.md"
OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][a-z-]*")


class Docs(peers.Workbench):
    def setUp(self):
        super().setUp()
        self.page = PAGE.read_text()
        self.sections = {}
        for part in re.split(r"^(?=###? )", self.page, flags=re.MULTILINE):
            title, _, body = part.partition("\n")
            self.sections[title.lstrip("# ")] = body

    def help_of(self, *verb):
        """Options and positionals of a help text."""
        text = self.text(*verb, "--help")
        blocks = dict(re.findall(r"^(Positionals|Options|Subcommands):\n((?:  .*\n)+)", text, re.MULTILINE))
        # a name stands two blanks in; descriptions on a line of their own stand deeper
        options = {name for line in re.findall(r"^  (-\S+)", blocks.get("Options", ""), re.MULTILINE)
                   for name in re.sub(r"\{.*?\}", "", line).split(",")}
        positionals = [re.split(r"\s{2,}| TEXT| UINT| FLOAT", line)[0]
                       for line in re.findall(r"^  (\S.*)$", blocks.get("Positionals", ""), re.MULTILINE)]
        verbs = re.findall(r"^  ([a-z][a-z-]*)\s", blocks.get("Subcommands", ""), re.MULTILINE)
        return options, positionals, verbs

    def code(self, text):
        """What stands in backticks, where a table's `\\|` is a plain bar."""
        return [c.replace("\\|", "|") for c in re.findall(r"`([^`]+)`", text)]

    def options_in(self, text):
        return {option for code in self.code(text) for option in OPTION.findall(code)}

    def test_every_verb_and_option_is_described_and_none_is_made_up(self):
        common, _, verbs = self.help_of()
        self.assertGreater(len(verbs), 30)
        described = self.options_in(self.sections["Common options"])
        self.assertEqual(described, common)
        self.assertEqual([v for v in verbs if v not in self.sections], [], "verbs without a section")
        titles = re.findall(r"^### (.*)$", self.page, re.MULTILINE)
        self.assertEqual(sorted(titles), sorted(verbs))
        known = set(common)
        for verb in verbs:
            with self.subTest(verb=verb):
                options, positionals, _ = self.help_of(verb)
                known |= options
                body = self.sections[verb]
                said = self.options_in(body)
                self.assertEqual(options - {"-h", "--help"} - said, set(), "not described")
                self.assertEqual(said - options - common, set(), "not known to the binary")
                usage = next(c for c in self.code(body) if c.startswith(f"waybill {verb}"))
                words = usage.replace("[", "").replace("]", "")
                for positional in positionals:
                    self.assertIn(positional, words)
        self.assertEqual(self.options_in(self.page) - known, set())

    def test_exit_codes_are_those_of_the_contract(self):
        rows = re.findall(r"^\| ([\d, ]+) \|(.*?)\|", self.sections["Exit codes"], re.MULTILINE)
        self.assertEqual([code for row, _ in rows for code in row.split(", ")],
                         ["0", "1", "2", "3", "65", "66", "69", "70", "75", "77", "130", "143"])
        header = (peers.ROOT / "adapters/common/exit_code.hpp").read_text()
        in_code = dict(re.findall(r"condition::(\w+): return (\d+);", header))
        in_page = {name: row.split(", ")[0] for row, names in rows for name in re.findall(r"`(\w+)`", names)}
        self.assertEqual(in_page, in_code)

    def test_settings_and_variables_exist(self):
        names = [row["name"] for row in self.json("config")["settings"]]
        body = self.sections["Settings and environment"]
        self.assertEqual(re.findall(r"^\| `(\w+)` \| `WAYBILL_", body, re.MULTILINE), names)
        for name in names:
            value = {"registry": "/r", "jobs": "2", "progress": "none"}[name]
            row = self.json("config", name, env={f"WAYBILL_{name.upper()}": value})["settings"][0]
            self.assertEqual((row["value"], row["origin"]), (value, f"environment WAYBILL_{name.upper()}"))
        for variable in re.findall(r"^\| `(XDG_\w+|TERM)` \|", body, re.MULTILINE):
            self.assertIn(variable.encode(), pathlib.Path(self.binary).read_bytes())

    def test_members_named_in_json_are_printed(self):
        """The members of the documents that can be had without much ado."""
        self.write("tree/README.md", "# x\n")
        pushed = self.json("push", "tree", "--name", "ns/x", "-t", "v1")
        documents = {"push": pushed, "show": self.json("show", "ns/x"), "ls": self.json("ls", "ns/x"),
                     "cat": self.json("cat", "ns/x", "README.md"), "meta": self.json("meta", "ns/x"),
                     "readme": self.json("readme", "ns/x"), "list": self.json("list"), "tags": self.json("tags", "ns/x"),
                     "versions": self.json("versions", "ns/x"), "verify": self.json("verify", "tree"),
                     "manifest": self.json("manifest", "tree"), "hash": self.json("hash", "tree"),
                     "diff": self.json("diff", "ns/x", "ns/x"), "install": self.json("install", "ns/x", "--location", "c"),
                     "tag": self.json("tag", "ns/x", "t", "v1"), "untag": self.json("untag", "ns/x", "t"),
                     "rollback": self.json("rollback", "ns/x", "v1"), "status": self.json("status", "c"),
                     "fetch": self.json("fetch", "c")}
        chapters = {"push": "Publishing", "install": "Installing", "fetch": "Installing"}
        for verb, document in documents.items():
            words = set(re.findall(r"\w+", " ".join(self.code(self.sections[verb] + self.sections.get(chapters.get(verb), "")))))
            self.assertEqual(set(document) - {"schema"} - words, set(), f"{verb}: members the page does not name")

    def test_links_lead_somewhere(self):
        for link in re.findall(r"\]\(([^)#]+)", self.page):
            self.assertTrue((PAGE.parent / link).exists(), link)


if __name__ == "__main__":
    peers.main(Docs)
