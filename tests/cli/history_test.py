#!/usr/bin/env python3
"""The verbs of histories: every vector through the command line, and what only the command line does. history_test.py WAYBILL"""
import concurrent.futures
import html.parser
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import documents  # noqa: E402

WAYBILL = ""
VECTORS = pathlib.Path(os.environ.get("WAYBILL_VECTORS", "tests/vectors")) / "history"


class Registry:
    """A registry, and labels for the hashes and savepoints of a scenario."""

    def __init__(self, home, environment=None):
        self.home = pathlib.Path(home)
        self.hashes, self.labels, self.points, self.point_labels = {}, {}, {}, {}
        self.environment = {**os.environ, "WAYBILL_REGISTRY": str(self.home / "registry"), "WAYBILL_USER": "ann", "HOME": str(self.home),
                            "XDG_CACHE_HOME": str(self.home / "cache"), "XDG_CONFIG_HOME": str(self.home / "config"),
                            **(environment or {})}

    def run(self, *words, codes=(0,)):
        done = subprocess.run([WAYBILL, *words, "--json"], capture_output=True, text=True, env=self.environment, cwd=self.home, check=False)
        if done.returncode not in codes:
            raise AssertionError(f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def refused(self, *words, code=3):
        return self.run(*words, codes=(code,))["error"]

    def token(self, token):
        path = self.home / "tokens" / token
        path.parent.mkdir(exist_ok=True)
        path.write_text(token)
        return str(path)

    def with_sources(self, params):
        out = {("source" if k == "content" else k): (self.token(v) if k == "content" else v) for k, v in params.items()}
        if "changes" in out:
            out["changes"] = [{**c, "params": self.with_sources(c["params"])} for c in out["changes"]]
        return out

    def create(self, name, described):
        """A dataset as a vector describes it: pushed from a manifest of files with metadata."""
        work = self.home / ("draft-" + name)
        work.mkdir()
        env = self.environment
        words = [["init", "v/" + name]]
        for key, file in described["manifest"].items():
            meta = ["--meta", json.dumps(file["meta"])] if file.get("meta") else []
            words.append(["set", key, self.token(file["content"]), *meta])
        if described.get("meta"):
            words.append(["set-meta", ".", json.dumps(described["meta"])])
        words.append(["push"])
        for line in words:
            done = subprocess.run([WAYBILL, *line], capture_output=True, text=True, env=env, cwd=work, check=False)
            if done.returncode:
                raise AssertionError(f"{line}: {done.stdout}{done.stderr}")

    def manifest(self, name):
        path = self.home / "head.jsonl"
        self.run("head", "v/" + name, "-o", str(path))
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        files = {}
        for line in lines[1:]:
            content = self.content(line)
            meta = line["meta"].get("user_meta", {})
            files[line["logical_key"]] = {"content": content, **({"meta": meta} if meta else {})}
        return files, lines[0].get("user_meta") or {}

    def content(self, line):
        place = urllib.parse.urlsplit(line["physical_keys"][0])
        if place.scheme == "file":
            return pathlib.Path(urllib.parse.unquote(place.path)).read_text()
        tokens = {documents.chunked(p.read_bytes()): p.name for p in (self.home / "tokens").iterdir()}
        return tokens[line["hash"]["value"]]

    def labelled(self, hashes):
        return [self.labels.get(h, h) for h in hashes]

    def rows(self, verb, name):
        return self.labelled([r["hash"] for r in self.run(verb, "v/" + name)["actions"]])


class Scenario:
    """The steps of a vector, each answered with what was seen."""

    def __init__(self, home, vector, environment=None):
        self.r = Registry(home, environment)
        for name, described in vector["datasets"].items():
            self.r.create(name, described)
            self.point(name + ":0", f"v/{name}:0")

    def point(self, label, known):
        self.r.points[label] = known
        self.r.point_labels.setdefault(known, label)

    def fork(self, step):
        self.r.run("fork", "v/" + step["from"], "v/" + step["to"])
        self.point(step["to"] + ":0", f"v/{step['to']}:0")
        return {}

    def act(self, step):
        words = ["act", "v/" + step["on"], step["action"]["key"], json.dumps(self.r.with_sources(step["action"]["params"]))]
        done = self.r.run(*words, codes=(0, 3))
        if "error" in done:
            return {"error": done["error"]["code"]}
        self.r.hashes[step["as"]] = done["hash"]
        self.r.labels[done["hash"]] = step["as"]
        return {}

    def savepoint(self, step):
        done = self.r.run("savepoint", "v/" + step["on"], "create", "-m", step["description"])
        self.point(step["as"], done["id"])
        return {"created": done["created"], "same_as": self.r.point_labels[done["id"]]}

    def revert(self, step):
        done = self.r.run("savepoint", "v/" + step["on"], "revert", self.r.points[step["to"]], codes=(0, 66))
        if "error" in done:
            return {"error": done["error"]["code"]}
        return {"thrown_away": self.r.labelled(done["thrown_away"])}

    def merge(self, step):
        options, words = dict(step["options"]), ["merge", "v/" + step["into"], "--from", "v/" + step["from"]]
        words += [flag for name, flag in (("remember", "--remember"), ("force", "--force")) if options.get(name)]
        if options.get("autorollback") is False:
            words.append("--no-autorollback")
        chosen = options.get("filter")
        if chosen is not None:
            chosen = {k: [self.r.hashes.get(v, v) for v in values] for k, values in chosen.items()}
            if all(chosen.values()) and set(chosen) <= {"hash", "key"}:
                for name, values in chosen.items():
                    for value in values:
                        words += ["--" + name, value]
            else:  # what no flag can say
                words += ["--filter", json.dumps(chosen)]
        before = self.r.rows("log", step["into"])
        preview = self.r.run(*words, "--dry-run", codes=(0, 1, 3))
        if self.r.rows("log", step["into"]) != before:
            return {"error": "a dry run changed the log"}
        done = self.r.run(*words, codes=(0, 1, 3))
        if done != preview:
            return {"error": f"the preview was {preview}"}
        if "error" in done:
            return {"error": done["error"]["code"]}
        out = {k: self.r.labelled(v) if isinstance(v, list) else v for k, v in done.items()}
        if "failed" in out:
            out["failed"] = {**out["failed"], "action": self.r.labelled([out["failed"]["action"]])[0],
                             "needs": self.r.labelled(out["failed"]["needs"])}
        return out

    def check(self, step):
        on, seen = step["on"], {}
        seen["manifest"], seen["meta"] = self.r.manifest(on)
        if "actions" in step:
            seen["actions"] = self.r.rows("log", on)
        if "savepoints" in step:
            rows = self.r.run("savepoint", "v/" + on, "list")["savepoints"]
            seen["savepoints"] = [self.r.point_labels[row["id"]] for row in rows]
        for name in ("since_forking", "upstream_delta"):
            if name in step:
                seen[name] = self.r.rows(name.replace("_", "-"), on)
        if "same_manifest_as" in step:
            same = seen["manifest"] == self.r.manifest(step["same_manifest_as"])[0]
            seen["same_manifest_as"] = step["same_manifest_as"] if same else "another"
        if "distinct" in step:
            seen["distinct"] = step["distinct"] if len({self.r.hashes[x] for x in step["distinct"]}) == len(step["distinct"]) else []
        return seen

    def mistake(self, step):
        seen = getattr(self, step["op"])(step)
        expected = {k: v for k, v in step.items() if k not in ("op", "on")} if step["op"] == "check" else dict(step.get("expect", {}))
        if step["op"] == "merge" and "failed" not in expected and "failed" in seen:
            return f"failed: {seen}"
        if "error" in seen and "error" not in expected:
            return f"refused: {seen}"
        if "failed" in expected:
            expected["failed"] = {"needs": [], **expected["failed"]}
        for name, value in expected.items():
            if seen.get(name) != value:
                return f"{name}: {seen.get(name)} instead of {value}"
        return None


class Vectors(unittest.TestCase):
    environment = None

    def run_vector(self, vector):
        with tempfile.TemporaryDirectory() as home:
            scenario = Scenario(home, vector, self.environment)
            for i, step in enumerate(vector["steps"]):
                mistake = scenario.mistake(step)
                if mistake:
                    return f"{vector['id']} step {i} {json.dumps(step)}: {mistake}"
        return None

    def test_every_vector_is_what_the_command_line_does(self):
        paths = sorted(VECTORS.glob("*.json"))
        self.assertGreaterEqual(len(paths), 14)
        for path in paths:
            with self.subTest(path.name):
                self.assertIsNone(self.run_vector(json.loads(path.read_text())))

    def test_a_wrong_expectation_is_found(self):
        vector = json.loads((VECTORS / "H02-conflict-autorollback-true.json").read_text())
        for step in vector["steps"]:
            if step["op"] == "merge":
                step["expect"]["failed"]["at"] = "b"
        self.assertIn("failed:", self.run_vector(vector))


class Page(html.parser.HTMLParser):
    """What a browser would make of a page."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.classes, self.text = [], set(), set(), [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if tag == "li":
            self.classes.append(dict(attrs)["class"])

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes something else")

    def handle_data(self, data):
        self.text += data


class Histories(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.r = Registry(self.temporary.name)
        self.data = self.r.home / "data"
        self.data.mkdir()

    def tearDown(self):
        self.temporary.cleanup()

    def push(self, name="v/data", **files):
        for key, text in files.items():
            if text is None:
                (self.data / key).unlink()
            else:
                (self.data / key).write_text(text)
        return self.r.run("push", str(self.data), "--name", name, "-m", "pushed")

    def log(self, *words, name="v/data"):
        return self.r.run("log", name, *words)["actions"]

    def test_pushes_are_in_the_log(self):
        self.push(a="1", b="1")
        self.assertEqual(self.log(), [])
        self.assertEqual([s["id"] for s in self.r.run("savepoint", "v/data", "list")["savepoints"]], ["v/data:0"])
        top = self.push(a="2", b=None, c="1")["top_hash"]
        [row] = self.log()
        self.assertEqual((row["key"], row["user"], row["seq"]), ("Package.apply", "ann", 1))
        self.assertEqual(row["state"], {"played": True, "completed": True, "failed": False})
        whole = self.r.run("action", "v/data", row["hash"][:9])
        self.assertEqual([(c["key"], c["params"]["key"]) for c in whole["params"]["changes"]],
                         [("File.remove", "b"), ("File.replace", "a"), ("File.add", "c")])
        points = self.r.run("savepoint", "v/data", "list")["savepoints"]
        self.assertEqual([(s["id"], s["manifest"], s["description"]) for s in points][1], ("v/data:1", top, "pushed"))
        self.assertEqual(self.r.run("head", "v/data")["top_hash"], top)
        self.push(a="2")
        self.assertEqual(len(self.log()), 1)

    def test_the_catalogue_is_sorted_filtered_and_paged(self):
        self.push(a="1")
        for i in range(5):
            self.r.environment["WAYBILL_USER"] = "ann" if i % 2 else "bob"
            self.r.run("act", "v/data", "Meta.set", json.dumps({"name": f"n{i}", "value": i}))
        self.r.run("act", "v/data", "File.remove", '{"key": "a"}')
        everything = self.log()
        self.assertEqual([r["seq"] for r in everything], [1, 2, 3, 4, 5, 6])
        self.assertEqual([r["seq"] for r in self.log("--user", "ann")], [2, 4])
        self.assertEqual([r["seq"] for r in self.log("--key", "File.")], [6])
        self.assertEqual([r["seq"] for r in self.log("--path", "a")], [6])
        self.assertEqual([r["seq"] for r in self.log("--limit", "2")], [5, 6])
        self.assertEqual([r["seq"] for r in self.log("--limit", "2", "--offset", "1")], [4, 5])
        self.assertEqual([r["seq"] for r in self.log("--sort", "-datetime", "--limit", "2")], [6, 5])
        self.assertEqual([r["seq"] for r in self.log("--sort", "datetime", "--limit", "2")], [1, 2])
        self.assertEqual([r["seq"] for r in self.log("--since", everything[3]["datetime"])], [4, 5, 6])
        self.assertEqual(self.log("--since", "2200-01-01"), [])
        self.r.refused("log", "v/data", "--since", "yesterday", code=2)
        self.r.run("savepoint", "v/data", "revert", "v/data:0")
        self.assertEqual(self.log(), [])
        self.assertEqual([r["state"]["completed"] for r in self.log("--all")], [False] * 6)
        lines = subprocess.run([WAYBILL, "log", "v/data", "--all", "--json=lines"], capture_output=True, text=True,
                               env=self.r.environment, check=True).stdout.splitlines()
        self.assertEqual(len([json.loads(line) for line in lines]), 6)

    def test_undo_travels_and_refusals_change_nothing(self):
        self.push(a="1")
        self.r.run("fork", "v/data", "v/fork")
        done = self.r.run("act", "v/fork", "File.replace", json.dumps({"key": "a", "source": self.r.token("2")}))["hash"]
        self.r.run("merge", "v/data", "--from", "v/fork")
        self.r.run("undo", "v/fork", done)
        self.assertEqual(len(self.r.run("since-forking", "v/fork")["actions"]), 1)
        self.r.run("merge", "v/data", "--from", "v/fork")
        files, _ = self.r.manifest("data")
        self.assertEqual(files, {"a": {"content": "1"}})
        self.assertEqual(self.r.refused("undo", "v/data", "0000000")["code"], "unknown_action")
        def objects():
            return len([p for p in (self.r.home / "registry/.waybill/objects").rglob("*") if p.is_file()])
        before, params = objects(), {"key": "a", "source": self.r.token("3")}
        refused = self.r.refused("act", "v/data", "File.add", json.dumps(params))
        self.assertEqual((refused["code"], refused["path"]), ("exists", "a"))
        self.assertEqual(objects(), before, "bytes of a refused action were stored")
        self.r.run("act", "v/data", "File.replace", json.dumps(params))
        self.assertEqual(objects(), before + 1)
        self.r.refused("act", "v/none", "File.remove", '{"key": "a"}', code=66)
        self.r.refused("since-forking", "v/data", code=2)
        self.r.refused("fork", "v/data", "v/fork")
        self.r.refused("act", "v/data", "File.add", '{"key": "../x", "content": {"size": 1, "digests": {"md5": "x"}}}', code=65)

    def test_conflicts_are_resolved_per_key_or_squashed(self):
        self.push(a="1", b="1")
        self.r.run("fork", "v/data", "v/fork")
        for key in "ab":
            self.r.run("act", "v/fork", "File.replace", json.dumps({"key": key, "source": self.r.token("fork")}))
            self.r.run("act", "v/data", "File.replace", json.dumps({"key": key, "source": self.r.token("data")}))
        self.assertEqual(self.r.run("merge", "v/data", "--from", "v/fork", "--squash", codes=(1,))["status"], "rolled_back")
        done = self.r.run("merge", "v/data", "--from", "v/fork", "--take", "theirs", "a", "--take", "ours", "b")
        self.assertEqual(done["status"], "merged")
        files, _ = self.r.manifest("data")
        self.assertEqual({k: f["content"] for k, f in files.items()}, {"a": "fork", "b": "data"})

    def test_a_fork_is_a_package(self):
        top = self.push(a="1")["top_hash"]
        self.r.run("fork", "v/data", "v/fork", "-m", "try")
        self.assertEqual([v["top_hash"] for v in self.r.run("versions", "v/fork")["versions"]], [top])
        self.assertEqual([f["name"] for f in self.r.run("forks", "v/data")["forks"]], ["v/fork"])
        self.push(name="v/fork", a="2")
        self.assertEqual([r["key"] for r in self.r.run("since-forking", "v/fork")["actions"]], ["Package.apply"])
        self.r.run("merge", "v/data", "--from", "v/fork")
        self.assertEqual(self.r.manifest("data")[0], {"a": {"content": "2"}})

    def test_a_page_shows_the_history_and_nothing_in_it_is_markup(self):
        self.push(a="1")
        self.r.run("fork", "v/data", "v/fork")
        hostile = "<img src=x onerror=alert(1)>&\"'"
        self.r.run("act", "v/data", "File.add", json.dumps({"key": hostile, "source": self.r.token("2"), "meta": {hostile: hostile}}))
        self.r.run("savepoint", "v/data", "create", "-m", hostile)
        self.r.run("act", "v/fork", "File.remove", '{"key": "a"}')
        self.r.run("merge", "v/data", "--from", "v/fork")
        self.r.run("savepoint", "v/data", "revert", "v/data:1")
        path = self.r.home / "page.html"
        self.r.run("log", "v/data", "--html", str(path))
        page = Page()
        page.feed(path.read_text())
        page.close()
        self.assertEqual(page.open, [])
        self.assertEqual(page.classes, ["dataset", "action", "savepoint", "merge", "action gone", "revert"])
        self.assertLessEqual(page.tags, {"html", "head", "meta", "title", "style", "body", "h1", "p", "ol", "li", "details", "summary",
                                         "small", "code", "table", "tr", "td", "br"})
        self.assertLessEqual(page.attributes, {"lang", "charset", "http-equiv", "content", "name", "class"})
        self.assertIn(hostile, page.text)
        self.assertIn("v/fork", page.text)

    def test_dry_runs_change_nothing(self):
        self.push(a="1")
        def everything():
            return sorted((str(p), p.read_bytes()) for p in (self.r.home / "registry").rglob("*") if p.is_file())
        before = everything()
        self.r.run("act", "v/data", "File.add", json.dumps({"key": "b", "source": self.r.token("new")}), "--dry-run")
        self.r.run("savepoint", "v/data", "create", "-m", "x", "--dry-run")
        self.r.run("savepoint", "v/data", "revert", "v/data:0", "--dry-run")
        self.r.run("fork", "v/data", "v/fork", "--dry-run")
        self.assertEqual(everything(), before)


def insist_on_acts(registry, name, writer, count):
    """One writer's actions, each by a process of its own."""
    hashes = []
    for i in range(count):
        params = {"name": f"{writer}-{i}", "value": i}
        hashes.append(registry.run("act", name, "Meta.set", json.dumps(params))["hash"])
    return hashes


def check_two_writers(test, registry, name, count):
    """Two writers at once: every action is there, counted without a gap."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        done = [pool.submit(insist_on_acts, registry, name, writer, count) for writer in ("one", "two")]
        hashes = [f.result() for f in done]
    rows = registry.run("log", name)["actions"]
    test.assertEqual([row["seq"] for row in rows], list(range(1, 2 * count + 1)))
    for mine in hashes:
        test.assertEqual([row["hash"] for row in rows if row["hash"] in set(mine)], mine)


class Writers(unittest.TestCase):
    def test_two_writers_lose_nothing(self):
        with tempfile.TemporaryDirectory() as home:
            registry = Registry(home)
            registry.create("data", {"manifest": {"a": {"content": "A"}}})
            check_two_writers(self, registry, "v/data", 50 if os.environ.get("WAYBILL_TEST_SANITIZED") else 500)


def main():
    global WAYBILL
    WAYBILL = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()


if __name__ == "__main__":
    main()
