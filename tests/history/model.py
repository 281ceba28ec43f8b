"""The history of datasets as a reader of tests/vectors/history/README.md would write it down: plain, slow, no storage.

A reference for the kit, which must do the same; it shares no code with it. What the README leaves open is said where it is decided.
"""
import copy

LOCAL = {"Dataset.edit"}
LISTS = ("applied", "satisfied", "skipped", "remembered", "retracted", "local", "common", "pending")


class Refused(Exception):
    """Nothing was touched; the text is the reason's word."""


class Conflict(Exception):
    def __init__(self, reason, at):
        super().__init__(reason, at)
        self.reason, self.at = reason, at


class Action:
    """Identity is the object: the README's hash covers origin and seq, which no two actions share."""

    def __init__(self, key, params, origin, label):
        self.key, self.params, self.origin, self.label = key, params, origin, label

    def parts(self):
        return [(c["key"], c["params"]) for c in self.params["changes"]] if self.key == "Package.apply" else [(self.key, self.params)]

    def touched(self):
        """Keys; a field of the dataset's own metadata counts as one, under its name."""
        out = set()
        for key, params in self.parts():
            if key in LOCAL:
                continue
            if "key" in params:
                out.add(params["key"])
            elif "name" in params:
                out.add("#" + params["name"])
            if "to" in params:
                out.add(params["to"])
        return out


class Files:
    def __init__(self, manifest, meta):
        self.files = {key: [f["content"], dict(f.get("meta", {}))] for key, f in manifest.items()}
        self.meta = dict(meta)

    def blocked(self, key):
        """No name is a file and a directory at once: what stands in the way counts as existing."""
        above = [k for k in self.files if key.startswith(k + "/")]
        below = [k for k in self.files if k.startswith(key + "/")]
        return min(above, key=len) if above else min(below, key=lambda k: k.replace("/", "\0")) if below else None

    def fields(self, params):
        if "key" not in params:
            return self.meta, ""
        if params["key"] not in self.files:
            raise Conflict("missing", params["key"])
        return self.files[params["key"]][1], params["key"]

    def play(self, key, params):
        """True: changed, False: satisfied."""
        if key == "Package.apply":
            before = copy.deepcopy((self.files, self.meta))
            try:
                return any([self.play(c["key"], c["params"]) for c in params["changes"]])
            except Conflict:
                self.files, self.meta = before
                raise
        if key == "Dataset.edit":
            return True
        if key == "File.add":
            name, new = params["key"], params["new"]
            if name in self.files:
                if self.files[name] == [new["content"], new["meta"]]:
                    return False
                raise Conflict("exists", name)
            if self.blocked(name):
                raise Conflict("exists", self.blocked(name))
            self.files[name] = [new["content"], dict(new["meta"])]
            return True
        if key == "File.replace":
            name = params["key"]
            if name not in self.files:
                raise Conflict("missing", name)
            if self.files[name][0] == params["new"]["content"]:
                return False
            if self.files[name][0] != params["old"]["content"]:
                raise Conflict("changed", name)
            self.files[name][0] = params["new"]["content"]
            return True
        if key == "File.remove":
            name = params["key"]
            if name not in self.files:
                return False
            if self.files[name][0] != params["old"]["content"]:
                raise Conflict("changed", name)
            if self.files[name][1] != params["old"]["meta"]:
                raise Conflict("meta_changed", name)
            del self.files[name]
            return True
        if key == "File.move":
            name, to, old = params["key"], params["to"], params["old"]["content"]
            if name not in self.files:
                if to in self.files and self.files[to][0] == old:
                    return False
                raise Conflict("missing", name)
            if self.files[name][0] != old:
                raise Conflict("changed", name)
            if to in self.files:
                raise Conflict("exists", to)
            moved = self.files.pop(name)
            if self.blocked(to):
                at = self.blocked(to)
                self.files[name] = moved
                raise Conflict("exists", at)
            self.files[to] = moved
            return True
        if key in ("Meta.set", "Meta.unset"):
            fields, owner = self.fields(params)
            wanted = [params["new"]] if key == "Meta.set" else []
            now = [fields[params["name"]]] if params["name"] in fields else []
            if now == wanted:
                return False
            if now != ([params["old"]] if "old" in params else []):
                raise Conflict("meta_changed", owner + "#" + params["name"])
            if wanted:
                fields[params["name"]] = wanted[0]
            else:
                del fields[params["name"]]
            return True
        raise Conflict("unknown_action", key)

    def complete(self, key, p):
        """Params of an intention: the implementation fills in `old`; where there is nothing to change it is missing."""
        if key == "Package.apply":
            trial, changes = copy.deepcopy(self), []
            for c in p["changes"]:
                whole = trial.complete(c["key"], c["params"])
                trial.play(c["key"], whole)
                changes.append({"key": c["key"], "params": whole})
            return {"changes": changes}
        if key == "Dataset.edit":
            return dict(p)
        if key == "File.add":
            return {"key": p["key"], "new": {"content": p["content"], "meta": dict(p.get("meta", {}))}}
        if key in ("File.replace", "File.remove", "File.move"):
            if p["key"] not in self.files:
                raise Conflict("missing", p["key"])
            content, meta = self.files[p["key"]]
            old = {"content": content, "meta": dict(meta)}
            extra = {"File.replace": {"new": {"content": p.get("content")}}, "File.move": {"to": p.get("to")}}.get(key, {})
            return {"key": p["key"], "old": old, **extra}
        if key in ("Meta.set", "Meta.unset"):
            fields, owner = self.fields(p)
            out = {k: p[k] for k in ("key", "name") if k in p}
            if p["name"] in fields:
                out["old"] = fields[p["name"]]
            elif key == "Meta.unset":
                raise Conflict("missing", owner + "#" + p["name"])
            if key == "Meta.set":
                out["new"] = p["value"]
            return out
        raise Conflict("unknown_action", key)


class Dataset:
    def __init__(self, name, files, root=None):
        self.name, self.base, self.root = name, files, root or name
        self.upstream, self.inherited = None, set()
        self.log, self.retracted, self.remembered = [], set(), set()
        self.savepoints = [(name + ":0", 0)]

    def state(self, length=None):
        out = copy.deepcopy(self.base)
        for a in self.log[:length]:
            out.play(a.key, a.params)
        return out

    def cut(self, length):
        gone = self.log[length:]
        self.log = self.log[:length]
        self.retracted |= set(gone)
        self.savepoints = [s for s in self.savepoints if s[1] <= length]
        return gone


class Model:
    def __init__(self, datasets):
        self.sets = {n: Dataset(n, Files(d["manifest"], d.get("meta", {}))) for n, d in datasets.items()}
        self.actions, self.marks = {}, {n + ":0": n + ":0" for n in datasets}

    def run(self, step):
        try:
            return getattr(self, step["op"])(step)
        except Refused as e:
            return {"error": str(e)}
        except Conflict as e:
            return {"error": e.reason}

    def fork(self, step):
        up = self.sets[step["from"]]
        new = Dataset(step["to"], up.base, up.root)
        new.upstream, new.log, new.inherited = step["from"], list(up.log), set(up.log)
        new.savepoints = [(step["to"] + ":0", len(new.log))]
        self.sets[step["to"]] = new
        self.marks[step["to"] + ":0"] = step["to"] + ":0"
        return {}

    def act(self, step):
        d, key = self.sets[step["on"]], step["action"]["key"]
        state = d.state()
        params = state.complete(key, step["action"]["params"])
        state.play(key, params)
        a = Action(key, params, d.name, step["as"])
        d.log.append(a)
        self.actions[step["as"]] = a
        return {"done": True}

    def savepoint(self, step):
        d = self.sets[step["on"]]
        if d.savepoints and d.savepoints[-1][1] == len(d.log):
            self.marks[step["as"]] = d.savepoints[-1][0]
            return {"created": False, "same_as": d.savepoints[-1][0]}
        d.savepoints.append((step["as"], len(d.log)))
        self.marks[step["as"]] = step["as"]
        return {"created": True}

    def revert(self, step):
        d = self.sets[step["on"]]
        at = [length for name, length in d.savepoints if name == self.marks.get(step["to"])]
        if not at:
            raise Refused("no_savepoint")
        return {"thrown_away": [a.label for a in d.cut(at[0])]}

    def merge(self, step):
        t, s, options = self.sets[step["into"]], self.sets[step["from"]], step["options"]
        if t is s:
            raise Refused("self_merge")
        if t.root != s.root:
            raise Refused("unrelated")
        given = options.get("filter")
        if given is not None and set(given) - {"hash", "key"}:
            raise Refused("bad_filter")
        named = None
        if given is not None and "hash" in given:
            named = {self.actions.get(h, h) for h in given["hash"]}
            if named - set(s.log):
                raise Refused("unknown_action")

        def matches(a):
            return (named is None or a in named) and ("key" not in given or a.key in given["key"])

        trial = copy.copy(t)
        trial.log, trial.retracted, trial.remembered = list(t.log), set(t.retracted), set(t.remembered)
        trial.savepoints = list(t.savepoints)
        if options.get("force"):
            shared = 0
            while shared < min(len(trial.log), len(s.log)) and trial.log[shared] is s.log[shared]:
                shared += 1
            trial.cut(shared)
        kind = {}
        for a in s.log:
            if a in trial.log:
                kind[a] = "common"
            elif a.key in LOCAL:
                kind[a] = "local"
            elif a in trial.retracted and (a.origin == t.name or a in s.inherited) and not (named is not None and a in named and matches(a)):
                kind[a] = "retracted"
            elif given is not None and not matches(a):
                kind[a] = "skipped"
            elif given is None and a in trial.remembered:
                kind[a] = "remembered"
            else:
                kind[a] = "selected"
        out = {name: [a.label for a in s.log if kind[a] == name] for name in LISTS}
        selected, state = [a for a in s.log if kind[a] == "selected"], trial.state()
        for i, a in enumerate(selected):
            try:
                changed = state.play(a.key, a.params)
            except Conflict as e:
                reason = e.reason
                if reason == "missing" and any(e.at in r.touched() for r in trial.retracted):
                    reason = "rolled_back"
                before = s.log[:s.log.index(a)]
                needs = [b.label for b in before if kind[b] in ("skipped", "remembered") and b.touched() & a.touched()]
                out["pending"] = [b.label for b in selected[i + 1:]]
                out["failed"] = {"action": a.label, "reason": reason, "at": e.at, "needs": needs}
                break
            out["applied" if changed else "satisfied"].append(a.label)
            trial.log.append(a)
            trial.retracted.discard(a)
            trial.remembered.discard(a)
        if "failed" in out and options.get("autorollback", True):
            out.update(status="rolled_back", applied=[], satisfied=[])
            return out
        if "failed" not in out and options.get("remember"):
            trial.remembered |= {a for a in s.log if kind[a] == "skipped"}
        self.sets[step["into"]] = trial
        out["status"] = "stopped" if "failed" in out else "merged" if out["applied"] or out["satisfied"] else "nothing"
        return out

    def observe(self, name):
        d = self.sets[name]
        state = d.state()
        out = {"manifest": {k: {"content": c, **({"meta": m} if m else {})} for k, (c, m) in state.files.items()}, "meta": state.meta,
               "actions": [a.label for a in d.log], "savepoints": [s for s, _ in d.savepoints]}
        if d.upstream:
            up = self.sets[d.upstream].log
            out["since_forking"] = [a.label for a in d.log if a not in up]
            out["upstream_delta"] = [a.label for a in up if a not in d.log]
        return out
