"""Tables in steps, with DoltDT: metaflow_test.py runs it."""
import os

import pandas
from metaflow import FlowSpec, Parameter, step

from waybill_metaflow import DoltDT, waybill_flow

DB = os.environ.get("PROBE_DB", "tables")


@waybill_flow
class TableFlow(FlowSpec):
    how = Parameter("how", default="")

    @step
    def start(self):
        with DoltDT(run=self, db=DB) as dolt:
            self.rows = dolt.read_table("prices").values.tolist()
        self.items = ["a", "b", "c"]
        self.next(self.work, foreach="items")

    @step
    def work(self):
        with DoltDT(run=self, db=DB) as dolt:
            prices = dolt.read_table("prices")
            dolt.write_table("model", pandas.DataFrame({"name": [self.input], "score": [float(prices["price"].sum())]}), ["name"])
            if "late" not in self.how:
                dolt.commit_table_writes()
        self.next(self.join)

    @step
    def join(self, inputs):
        self.merge_artifacts(inputs, exclude=["rows"])
        with DoltDT(run=self, db=DB) as dolt:
            if "forget" not in self.how:
                dolt.commit_table_writes(allow_empty=False)
            self.own = {step: list(tables) for step, tables in dolt.get_reads().items()}
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    TableFlow()
