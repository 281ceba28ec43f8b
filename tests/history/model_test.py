#!/usr/bin/env python3
"""Random sequences of act, savepoint, revert, fork and merge: what the library does is what a reference model does.

model_test.py DRIVER [--count N] [--seed S] [--vectors DIR]: the model also runs the vectors. A sequence that differs is shrunk and
printed as a vector, so that it can be kept as one. With --plant N the model makes its Nth mistake on purpose: the test must then fail.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import model  # noqa: E402

KEYS = ["a", "b", "c", "d", "d/x", "d-1", "#m"]
KINDS = ["File.add", "File.replace", "File.remove", "File.move", "Meta.set", "Meta.unset", "Package.apply", "Dataset.edit"]
WEIGHTS = [6, 5, 3, 2, 4, 2, 2, 1]


class Generator:
    """Steps that mostly can be done, because they look at what the model holds; and some that cannot."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.count = 0

    def content(self):
        return self.r.choice(["A", "B", "C"])

    def intention(self, files, kind):
        r, there = self.r, sorted(files.files)
        key = r.choice(there) if there and kind != "File.add" and r.random() < 0.97 else r.choice(KEYS)
        if kind == "File.add":
            meta = {"meta": {r.choice("mn"): r.choice([1, "x"])}} if r.random() < 0.2 else {}
            return {"key": key, "content": self.content(), **meta}
        if kind == "File.replace":
            return {"key": key, "content": self.content()}
        if kind == "File.remove":
            return {"key": key}
        if kind == "File.move":
            return {"key": key, "to": r.choice(KEYS)}
        if kind == "Dataset.edit":
            return {"description": r.choice(["one", "two"])}
        owner = {"key": key} if r.random() < 0.7 else {}
        return {**owner, "name": r.choice("mn"), **({"value": r.choice([1, 2, "x", None])} if kind == "Meta.set" else {})}

    def action(self, files):
        kind = self.r.choices(KINDS, WEIGHTS)[0]
        if kind != "Package.apply":
            return {"key": kind, "params": self.intention(files, kind)}
        kinds = self.r.choices(KINDS[:6], WEIGHTS[:6], k=self.r.randint(0, 3))
        return {"key": kind, "params": {"changes": [{"key": k, "params": self.intention(files, k)} for k in kinds]}}

    def options(self, source, m):
        r, out = self.r, {}
        for name, likely, value in (("autorollback", 0.5, False), ("remember", 0.4, True), ("force", 0.12, True)):
            if r.random() < likely:
                out[name] = value
        if r.random() < 0.45:
            flt = out["filter"] = {}
            labels = [a.label for a in source.log]
            if r.random() < 0.6:
                flt["hash"] = r.sample(labels, r.randint(0, min(3, len(labels))))
                if r.random() < 0.05:
                    flt["hash"].append(r.choice(sorted(m.actions) or ["nobody"]))
            if r.random() < 0.6:
                flt["key"] = r.sample(KINDS, r.randint(0, 4))
            if r.random() < 0.02:
                flt["user"] = ["me"]
        return out

    def step(self, m):
        r = self.r
        names = sorted(m.sets)
        on = r.choice(names)
        self.count += 1
        related = [n for n in names if n != on and m.sets[n].root == m.sets[on].root]
        forks = 8 if not related else 1 if len(names) < 5 else 0
        op = r.choices(["act", "savepoint", "revert", "fork", "merge"], [12, 2, 2, forks, 8 if related else 0.5])[0]
        if op == "act":
            return {"op": op, "on": on, "as": f"x{self.count}", "action": self.action(m.sets[on].state())}
        if op == "savepoint":
            return {"op": op, "on": on, "as": f"s{self.count}", "description": "point"}
        if op == "revert":
            known = [s for s, _ in m.sets[on].savepoints] if r.random() < 0.9 else sorted(m.marks)
            return {"op": op, "on": on, "to": r.choice(known or ["none"])}
        if op == "fork":
            return {"op": op, "from": on, "to": f"F{self.count}"}
        source = r.choice(related if related and r.random() < 0.97 else names)
        return {"op": op, "into": on, "from": source, "options": self.options(m.sets[source], m)}


def sequence(seed):
    g = Generator(seed)
    files = {k: {"content": g.content()} for k in g.r.sample(KEYS[:3], g.r.randint(0, 3))}
    vector = {"id": f"seed-{seed}", "datasets": {"U": {"manifest": files}}, "steps": []}
    if g.r.random() < 0.1:
        vector["datasets"]["X"] = {"manifest": files}
    m = model.Model(vector["datasets"])
    for _ in range(g.r.randint(4, 32)):
        step = g.step(m)
        m.run(step)
        vector["steps"].append(step)
    return vector


def expected(vector):
    m = model.Model(vector["datasets"])
    try:
        seen = [m.run(step) for step in vector["steps"]]
    except KeyError:
        return None  # a shrunk sequence that names what it no longer makes
    return {"seen": seen, "end": {name: m.observe(name) for name in m.sets}, "disagreement": ""}


class Driver:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, vectors):
        answers = []
        for vector in vectors:
            self.process.stdin.write(json.dumps(vector) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            if not line:
                sys.exit(f"the driver died of {json.dumps(vector)}")
            answers.append(json.loads(line))
        return answers


def difference(wanted, got):
    if "exception" in got:
        return "exception " + got["exception"]
    for i, (w, g) in enumerate(zip(wanted["seen"], got["seen"])):
        if w != g:
            return f"step {i}: the model saw {json.dumps(w, sort_keys=True)}, the library {json.dumps(g, sort_keys=True)}"
    if wanted["end"] != got["end"]:
        return f"at the end the model has {json.dumps(wanted['end'], sort_keys=True)}, the library {json.dumps(got['end'], sort_keys=True)}"
    return got["disagreement"]


def shrink(driver, vector):
    """Leaves out steps as long as a difference remains."""
    steps, size = vector["steps"], max(1, len(vector["steps"]) // 2)
    while size:
        at = 0
        while at < len(steps):
            fewer = {**vector, "steps": steps[:at] + steps[at + size:]}
            wanted = expected(fewer)
            if wanted is not None and difference(wanted, driver.ask([fewer])[0]):
                steps = fewer["steps"]
                vector = fewer
            else:
                at += size
        size //= 2
    return vector


def vector_mistake(vector):
    """What the model does otherwise than a vector's expectations; the model has to earn its trust, too."""
    m = model.Model(vector["datasets"])
    for i, step in enumerate(vector["steps"]):
        if step["op"] == "check":
            seen = m.observe(step["on"])
            wanted = {k: v for k, v in step.items() if k not in ("op", "on", "same_manifest_as", "distinct")}
            if "same_manifest_as" in step and seen["manifest"] != m.observe(step["same_manifest_as"])["manifest"]:
                return f"step {i}: another manifest"
        else:
            seen, wanted = m.run(step), dict(step.get("expect", {}))
            if ("failed" in seen) != ("failed" in wanted) or ("error" in seen) != ("error" in wanted):
                return f"step {i}: {seen}"
            if "failed" in wanted:
                wanted["failed"] = {"needs": [], **wanted["failed"]}
        for name, value in wanted.items():
            if seen.get(name) != value:
                return f"step {i} {name}: {seen.get(name)} instead of {value}"
    return None


def plant(which):
    """Mistakes the test has to find."""
    if which == 1:  # a satisfied action that is not kept
        model.Files.play, play = (lambda self, key, params: play(self, key, params) or True), model.Files.play
    elif which == 2:  # forks that inherit the record of what is skipped
        fork = model.Model.fork

        def inheriting(self, step):
            out = fork(self, step)
            self.sets[step["to"]].remembered = set(self.sets[step["from"]].remembered)
            return out
        model.Model.fork = inheriting
    elif which == 3:  # a revert that keeps later savepoints
        cut = model.Dataset.cut

        def keeping(self, length):
            kept = self.savepoints
            gone = cut(self, length)
            self.savepoints = kept
            return gone
        model.Dataset.cut = keeping


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("driver")
    arguments.add_argument("--count", type=int, default=10000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--vectors", default=os.environ.get("WAYBILL_VECTORS", "tests/vectors") + "/history")
    arguments.add_argument("--plant", type=int, default=0)
    a = arguments.parse_args()
    for path in sorted(pathlib.Path(a.vectors).glob("*.json")):
        mistake = vector_mistake(json.loads(path.read_text()))
        if mistake:
            sys.exit(f"the model is wrong about {path.name}: {mistake}")
    plant(a.plant)
    driver, statuses = Driver(a.driver), {}
    for seed in range(a.seed, a.seed + a.count):
        vector = sequence(seed)
        wanted = expected(vector)
        if difference(wanted, driver.ask([vector])[0]):
            small = shrink(driver, vector)
            print(json.dumps(small, indent=1))
            sys.exit(f"sequence {seed} differs: {difference(expected(small), driver.ask([small])[0])}")
        for step in wanted["seen"]:
            word = step.get("status") or step.get("error")
            if "failed" in step:
                word += " " + step["failed"]["reason"]
            for name in ("retracted", "remembered", "satisfied", "local"):
                if step.get(name):
                    statuses[name] = statuses.get(name, 0) + 1
            if word:
                statuses[word] = statuses.get(word, 0) + 1
    driver.process.stdin.close()
    driver.process.wait()
    print(f"{a.count} sequences agree; met: " + ", ".join(f"{k} {v}" for k, v in sorted(statuses.items())))
    rare = [w for w in ("merged", "nothing", "stopped changed", "rolled_back exists", "rolled_back rolled_back", "rolled_back missing",
                        "rolled_back meta_changed", "retracted", "remembered", "satisfied", "local", "unrelated", "self_merge",
                        "bad_filter", "unknown_action", "no_savepoint") if statuses.get(w, 0) < 5]
    if rare and a.count >= 10000:
        sys.exit(f"the sequences hardly ever meet: {rare}")


if __name__ == "__main__":
    main()
