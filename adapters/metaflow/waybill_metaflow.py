"""Metaflow and waybill: who read and wrote exactly which data. The program waybill-metaflow does the work; docs/metaflow.md tells it.

    python flow.py run --with waybill_metaflow.waybill      # an unmodified flow: every attempt of every task is recorded

    with DoltDT(run=self, db="data/db") as dolt:            # in a step; a Run or a Flow asks what was read and written
        prices = dolt.read_table("prices")
        dolt.write_table("model", frame, ["name"])
        dolt.commit_table_writes()
"""
import json
import os
import re
import subprocess
import tempfile
import warnings

from metaflow import Flow, FlowMutator, FlowSpec, Run, current, user_step_decorator


def call(*arguments, allowed=(0,), **options):
    """The JSON document that waybill-metaflow prints; an error where its exit code is none of the allowed ones."""
    program = os.environ.get("WAYBILL_METAFLOW", "waybill-metaflow")
    done = subprocess.run([program, "--json", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                          check=False, **options)
    if done.returncode not in allowed:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"{program} ended with {done.returncode}"])[-1])
    return json.loads(done.stdout) if done.stdout.strip() else {}


def identity(flow):
    """Who this task is, as waybill-metaflow reads it from its environment."""
    index = [frame.index for frame in getattr(flow, "_foreach_stack", None) or [] if frame.index is not None]
    return {"MF_PATHSPEC": current.pathspec, "MF_ATTEMPT": str(current.retry_count), "WAYBILL_INDEX": json.dumps(index),
            "WAYBILL_ORIGIN_RUN": current.origin_run_id or ""}


@user_step_decorator
def waybill(step_name, flow, inputs=None, attributes=None):
    """Records that an attempt begins, and how it ends; what is recorded of it becomes the artifact `waybill`."""
    os.environ.update(identity(flow))
    flow.waybill = None  # each branch has one of its own: merge_artifacts would find a conflict
    call("begin")
    try:
        yield
    except BaseException as error:
        call("end", "--status", "fail", "--error", type(error).__name__)
        raise
    flow.waybill = {"records": call("end", "--status", "ok")["records"]}


class waybill_flow(FlowMutator):  # pylint: disable=invalid-name
    """The same for every step of a flow: `@waybill_flow` on its class."""

    def pre_mutate(self, mutable_flow):
        for _, step in mutable_flow.steps:
            step.add_decorator(waybill, duplicates=step.IGNORE)


class DoltDT:
    """Tables of a database for a running flow, and the tables that runs read and wrote, as pandas frames.

    `run` is a FlowSpec (in one of its steps), a Run or a Flow; `db` a directory, or `dolt://user@host:port/db`.
    """

    def __init__(self, run, db):
        self.db, self._own, self._flow, self._runs = str(db), {}, getattr(run, "id", None), None
        if isinstance(run, Run):
            self._flow, self._runs = run.pathspec.split("/")[0], [run.id]
        elif isinstance(run, FlowSpec):
            self._own = identity(run)
            self._flow, self._runs = current.flow_name, [current.run_id]
        elif isinstance(run, type) and issubclass(run, FlowSpec):
            self._flow = run.__name__
        elif not isinstance(run, Flow):
            raise TypeError(f"run is a FlowSpec, a Run or a Flow, not {type(run).__name__}")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False

    def _task(self, *arguments, **options):
        if not self._own:
            raise RuntimeError("tables are read and written in a step: DoltDT(run=self, db=…)")
        return call(*arguments, "--db", self.db, env={**os.environ, **self._own}, **options)

    def read_table(self, table_name, as_of=None, query=None, **read_csv):
        """The rows as this task sees them, or at a commit, branch or tag. Types are told from the values, or by options of read_csv."""
        with tempfile.TemporaryDirectory() as place:
            rows = os.path.join(place, "rows.csv")
            more = [*(["--as-of", as_of] if as_of else []), *(["--query", query] if query else [])]
            self._task("read", "--table", table_name, "--out", rows, *more)
            return read_frame(rows, **read_csv)

    def write_table(self, table_name, df, pks):
        """Updates rows by their primary key, or adds them; makes the table when it is missing. Nobody else sees it until it is committed."""
        frame = df if set(pks) <= set(df.columns) else df.reset_index()
        with tempfile.TemporaryDirectory() as place:
            schema, rows = os.path.join(place, "schema.json"), os.path.join(place, "rows.csv")
            with open(schema, "w", encoding="utf-8") as out:
                json.dump(schema_of(frame, pks), out)
            with open(rows, "w", encoding="utf-8", newline="") as out:
                write_csv(frame, out)
            return self._task("write", "--table", table_name, "--pk", ",".join(pks), "--schema", schema, "--in", rows)["record"]

    def commit_table_writes(self, allow_empty=True, message=None):
        """Commits what this task, and earlier steps of its run, wrote; the records get their commit, and are returned."""
        more = [*(["--allow-empty"] if allow_empty else []), *(["--message", message] if message else [])]
        done = self._task("commit", *more, allowed=(0, 1))
        if done["conflicts"]:
            raise RuntimeError("others changed the same rows: " + ", ".join(c["table"] for c in done["conflicts"]) +
                               "; the commit is kept, and is not part of the branch")
        return done["records"]

    def get_reads(self, runs=None, steps=None):
        """`{run/step: {table: frame}}` of the rows that were read; a list of frames where a step read a table more than once."""
        return self._frames("reads", runs, steps)

    def get_writes(self, runs=None, steps=None):
        """The same for the rows that were written, as they were committed. What nobody committed is left out, with a warning."""
        return self._frames("writes", runs, steps)

    def _frames(self, verb, runs, steps):
        asked = [word for run in (self._runs if runs is None else runs) or [] for word in ("--run", str(run).rsplit("/", maxsplit=1)[-1])]
        asked += [word for step in steps or [] for word in ("--step", step)]
        with tempfile.TemporaryDirectory() as place:
            found = call(verb, "--flow", self._flow, *asked, "--db", self.db, "--data", place)
            frames = {file: read_frame(file) for file in {r["file"] for uses in found.values() if isinstance(uses, list)
                                                          for r in uses if r.get("file")}}
        out = {}
        for step, uses in found.items():
            if "/" in step:  # `<run>/<step>`; other members tell of the document
                out[step] = self._tables(step, uses, frames)
        return out

    @staticmethod
    def _tables(step, uses, frames):
        tables = {}
        for use in uses:
            if use["file"]:
                tables.setdefault(use["table"], []).append(frames[use["file"]])
            else:
                warnings.warn(f"{step}: no rows of {use['table']}: {use['no_rows']}", stacklevel=4)
        return {table: found if len(found) > 1 else found[0] for table, found in tables.items()}


# -- frames and CSV: NULL is an empty field, an empty text `""` ------------------------------------------------------------------------
FIELD = re.compile(r'("(?:[^"]|"")*"|[^,\n]*)(,|\n|\Z)')
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?"


def schema_of(frame, pks):
    """The columns as waybill-metaflow takes them: types of the frame's own, never narrower."""
    def type_of(name):
        kind, column = frame[name].dtype.kind, frame[name]
        if kind in "iu":
            return "bigint unsigned" if kind == "u" else "bigint"
        if kind in "fbM":
            return {"f": "double", "b": "boolean", "M": "datetime(6)"}[kind]
        longest = max((len(str(value)) for value in column.dropna()), default=0)
        return f"varchar({max(255, longest)})" if name in pks else "longtext"
    return {"columns": [{"name": str(name), "type": type_of(name), "nullable": name not in pks} for name in frame.columns],
            "primary_key": [str(name) for name in pks]}


def write_csv(frame, out):
    """A frame's rows, with a line of column names."""
    def quoted(value):
        return '"' + str(value).replace('"', '""') + '"'

    def text_of(column):
        write = {"b": lambda v: "1" if v else "0", "i": str, "u": str, "f": lambda v: repr(float(v)),
                 "M": lambda v: v.strftime("%Y-%m-%d %H:%M:%S.%f")}.get(column.dtype.kind, quoted)
        if getattr(column.dtype, "tz", None) is not None:
            column = column.dt.tz_convert("UTC")
        return ["" if missing else write(value) for value, missing in zip(column, column.isna())]

    out.write(",".join(quoted(name) for name in frame.columns) + "\n")
    for row in zip(*(text_of(frame[name]) for name in frame.columns)):
        out.write(",".join(row) + "\n")


def read_frame(file, **read_csv):
    """A frame of the rows in a CSV file: whole numbers stay exact beside NULL, times become datetimes."""
    import pandas  # pylint: disable=import-outside-toplevel
    options = {"keep_default_na": False, "na_values": [""], **read_csv}
    if read_csv:
        return pandas.read_csv(file, **options)
    frame = pandas.read_csv(file, dtype_backend="numpy_nullable", **options)
    empty = _empty_texts(file, frame.columns)
    for name in frame.columns:
        column = frame[name]
        if column.dtype == "string":
            texts = column.astype(object).where(column.notna(), None).tolist()
            for row in empty.get(name, []):
                texts[row] = ""
            is_time = any(texts) and all(text is None or re.fullmatch(TIME, text) for text in texts)
            column = pandas.to_datetime(pandas.Series(texts), format="ISO8601") if is_time else pandas.Series(texts)
        elif column.dtype == "Float64" or not column.isna().any():
            column = column.astype({"Int64": "int64", "Float64": "float64", "boolean": "bool"}[str(column.dtype)])
        frame[name] = column
    return frame


def _empty_texts(file, columns):
    """Rows of each column where an empty text stands, which pandas takes for NULL."""
    with open(file, encoding="utf-8", newline="") as text:
        text = text.read()
    found, row, at = {}, -1, 0
    if '""' not in text:
        return found
    for field in FIELD.finditer(text):
        if field[1] == '""' and row >= 0:
            found.setdefault(columns[at], []).append(row)
        row, at = (row, at + 1) if field[2] == "," else (row + 1, 0)
    return found
