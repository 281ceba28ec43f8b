"""Runs a command as Dagster Pipes does, and reads its messages as dagster itself does: in the peer's environment `dagster`.

    with Session(extras={"a": 1}) as session:
        done = session.run([PROGRAM, …])       # a finished process
        said = session.read()                  # Reported, or Broken where dagster's reader would die and lose what is reported
        session.problems(said)                 # what dagster bears, or fails the run for, and a good client never does
"""
import json
import os
import pathlib
import subprocess
import tempfile

from dagster import AssetCheckResult, MaterializeResult
from dagster._core.pipes.context import PipesMessageHandler, _ser_err_from_pipes_exc
from dagster._core.pipes.utils import PipesFileMessageReader
from dagster._core.utils import coerce_valid_log_level
from dagster._utils import tail_file
from dagster_pipes import PIPES_PROTOCOL_VERSION_FIELD, encode_param

CHANNELS = ("file", "stdout", "stderr", "buffered_stdout", "buffered_stderr")
LARGEST = 1 << 16  # bytes of a message: longer ones may be read half-written


class Broken(Exception):
    """A line (from 1) that stops dagster's reader, and why."""

    def __init__(self, line, why):
        super().__init__(f"line {line}: {type(why).__name__}: {why}")
        self.line, self.why = line, why


class Log:
    """What a handler's context logs to; levels are checked as dagster checks them."""

    def __init__(self, reported):
        self._reported = reported

    def log(self, level, message):
        self._reported.logs.append((coerce_valid_log_level(level), message))

    def info(self, _message):
        """Dagster's own remarks."""

    def warning(self, message):
        self._reported.warnings.append(message)


class Reported(PipesMessageHandler):
    """Dagster's handler of messages outside of a run: `results`, `customs`, `logs` (level, text), `streams` (name, text), `exception`
    of `closed` (dagster's SerializableErrorInfo, or None), the `methods` in order, and `warnings`."""

    def __init__(self, path):
        super().__init__(self, PipesFileMessageReader(str(path)))
        self.log, self.logs, self.streams, self.methods, self.warnings, self.exception = Log(self), [], [], [], [], None

    def handle_message(self, message):
        super().handle_message(message)
        self.methods.append(message["method"])

    def _handle_closed(self, params):
        self._closed_count += 1
        if params and "exception" in params:
            self.exception = _ser_err_from_pipes_exc(params["exception"])

    def _handle_log_external_stream(self, stream, text, extras=None):
        if stream not in ("stdout", "stderr"):
            raise ValueError(f"Unexpected stream: {stream}")
        self.streams.append((stream, text))

    @property
    def results(self):
        return list(self.get_reported_results())

    @property
    def customs(self):
        return list(self.get_custom_messages())

    @property
    def materializations(self):
        return [result for result in self.results if isinstance(result, MaterializeResult)]

    @property
    def checks(self):
        return [result for result in self.results if isinstance(result, AssetCheckResult)]


def undecodable(path):
    """The first line that is no UTF-8. Dagster reads ahead, so that lines before it are lost too."""
    for number, line in enumerate(pathlib.Path(path).read_bytes().splitlines(), 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            return number
    return 0


def read(path):
    """What a file of messages reports. Broken where a line is none; what dagster took before is in the exception's `reported`."""
    reported, number = Reported(path), 0
    try:
        for line in tail_file(str(path), lambda: True):
            number += 1
            reported.handle_message(json.loads(line))
    except Exception as why:
        problem = Broken(undecodable(path) if isinstance(why, UnicodeDecodeError) else number, why)
        problem.reported = reported
        raise problem from why
    return reported


class Session:
    """A directory with the context, and the place of the messages. `context` changes members of the context; `inline` gives it in the
    parameter itself, as the environment injector does."""

    def __init__(self, extras=None, channel="file", asset_keys=("demo",), inline=False, **context):
        if channel not in CHANNELS:
            raise ValueError(f"no such channel: {channel}")
        self.channel, self.inline, self.asset_keys = channel, inline, asset_keys and list(asset_keys)
        by_key = dict.fromkeys(asset_keys) if asset_keys else None
        self.context = {"asset_keys": self.asset_keys, "code_version_by_asset_key": by_key, "provenance_by_asset_key": by_key,
                        "partition_key": None, "partition_key_range": None, "partition_time_window": None,
                        "run_id": "11111111-2222-4333-8444-555555555555", "job_name": "demo_job", "retry_number": 0,
                        "extras": extras or {}, **context}
        self.rest = {}  # of a run: what was on stdout and stderr and is no message

    def __enter__(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="waybill-pipes-")
        self.place = pathlib.Path(self._temporary.name)
        self.messages = self.place / "messages"
        self.messages.touch()
        (self.place / "context").write_text(json.dumps(self.context), encoding="utf-8")
        return self

    def __exit__(self, *_):
        self._temporary.cleanup()

    def parameters(self):
        """(context, messages), encoded."""
        context = {"data": self.context} if self.inline else {"path": str(self.place / "context")}
        kind, _, stream = self.channel.rpartition("_")
        messages = {"path": str(self.messages), "include_stdio_in_messages": False} if self.channel == "file" else \
            {"buffered_stdio" if kind else "stdio": stream}
        return encode_param(context), encode_param(messages)

    def environment(self):
        return dict(zip(("DAGSTER_PIPES_CONTEXT", "DAGSTER_PIPES_MESSAGES"), self.parameters()))

    def arguments(self):
        """The same for the command line."""
        context, messages = self.parameters()
        return ["--dagster-pipes-context", context, "--dagster-pipes-messages", messages]

    def run(self, command, environment=None, bootstrap="environment", timeout=60):
        more = self.arguments() if bootstrap == "arguments" else []
        own = self.environment() if bootstrap == "environment" else {}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DAGSTER_PIPES_")}
        done = subprocess.run([*map(str, command), *more], env={**clean, **(environment or {}), **own}, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=timeout, check=False)
        self.rest = {"stdout": done.stdout, "stderr": done.stderr}
        if self.channel != "file":
            self._sort(self.channel.rpartition("_")[2])
        return done

    def _sort(self, stream):
        """Messages go into the file of messages; all else is what people see."""
        messages, rest = [], []
        for line in self.rest[stream].splitlines(keepends=True):
            try:
                value = json.loads(line)
            except ValueError:
                value = None
            (messages if isinstance(value, dict) and PIPES_PROTOCOL_VERSION_FIELD in value else rest).append(line)
        self.messages.write_bytes(b"".join(messages))
        self.rest[stream] = b"".join(rest)

    def read(self):
        return read(self.messages)

    def problems(self, reported):
        """What is wrong although it can be read."""
        found, methods = list(reported.warnings), reported.methods
        if methods[:1] != ["opened"] or methods.count("opened") != 1:
            found.append("`opened` is not the first message, or not the only one of its kind")
        if methods[-1:] != ["closed"]:
            found.append("`closed` is not the last message")
        keys = [result.asset_key.to_escaped_user_string() for result in reported.materializations]
        found += [f"{key} is materialised twice" for key in sorted(set(keys)) if keys.count(key) > 1]
        asked = {result.asset_key.to_escaped_user_string() for result in reported.results}
        found += [f"{key} is no asset of this run" for key in sorted(asked - set(self.asset_keys or []))]
        text = self.messages.read_bytes()
        if not text.endswith(b"\n"):
            found.append("the last message does not end its line")
        found += [f"line {n} has {len(line)} bytes" for n, line in enumerate(text.splitlines(), 1) if len(line) >= LARGEST]
        return found
