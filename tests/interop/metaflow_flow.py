"""A flow that knows nothing of waybill but the calls in its steps: metaflow_test.py runs it. `--how` says what its steps do."""
import os
import pathlib
import signal

from metaflow import FlowSpec, Parameter, current, step

from waybill_metaflow import call


class ProbeFlow(FlowSpec):
    how = Parameter("how", default="")
    width = Parameter("width", default=3)

    def once(self, name):
        """True the first time it is asked."""
        mark = pathlib.Path(os.environ["PROBE_DIR"]) / name
        known = mark.exists()
        mark.touch()
        return not known

    @step
    def start(self):
        if "package" in self.how:
            call("read-package", "ns/in", "--location", os.environ["PROBE_DIR"] + "/start")
        self.items = list(range(self.width))
        self.next(self.work, foreach="items")

    @step
    def work(self):
        if "package" in self.how:
            call("read-package", "ns/in", "--location", os.environ["PROBE_DIR"] + f"/work{self.input}")
        if "raise" in self.how and self.input == 1 and self.once("raised"):
            raise KeyError("once")
        if "kill" in self.how and self.input == 1 and self.once("killed"):
            os.kill(os.getpid(), signal.SIGKILL)
        self.square = self.input ** 2
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = sum(one.square for one in inputs)
        self.merge_artifacts(inputs, exclude=["square"])
        if "break" in self.how and self.once("broke"):
            raise ValueError("once")
        self.next(self.end)

    @step
    def end(self):
        assert current.pathspec.endswith("/end/" + current.task_id)


if __name__ == "__main__":
    ProbeFlow()
