"""One model per region, of the prices in a table: python train_flow.py run

Nothing here says which version of the table is read or written; waybill records it.
"""
import os

import pandas
from metaflow import FlowSpec, Parameter, step

from waybill_metaflow import DoltDT, waybill_flow


def fit(points):
    """Slope and intercept of the least-squares line through (x, y) points, and its mean absolute error."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    intercept = mean_y - slope * mean_x
    return slope, intercept, sum(abs(y - slope * x - intercept) for x, y in points) / n


@waybill_flow
class TrainFlow(FlowSpec):
    db = Parameter("db", default=os.environ.get("DB", "tables"), help="directory of the database, or dolt://USER@HOST:PORT/DB")

    @step
    def start(self):
        with DoltDT(run=self, db=self.db) as dolt:
            self.regions = sorted(set(dolt.read_table("prices")["region"]))
        self.next(self.train, foreach="regions")

    @step
    def train(self):
        """Each region's task reads the table, writes its row of `models` and commits just that."""
        with DoltDT(run=self, db=self.db) as dolt:
            prices = dolt.read_table("prices")
            mine = prices[prices["region"] == self.input]
            slope, intercept, error = fit(list(zip(mine["area"], mine["price"])))
            model = pandas.DataFrame({"region": [self.input], "slope": [slope], "intercept": [intercept], "error": [error]})
            dolt.write_table("models", model, ["region"])
            dolt.commit_table_writes()
        self.error = error
        self.next(self.join)

    @step
    def join(self, inputs):
        """Writes a summary, and leaves its commit to the next step."""
        errors = [one.error for one in inputs]
        self.mean_error = sum(errors) / len(errors)
        self.merge_artifacts(inputs, exclude=["error"])
        with DoltDT(run=self, db=self.db) as dolt:
            dolt.write_table("summary", pandas.DataFrame({"name": ["mean error"], "value": [self.mean_error]}), ["name"])
        self.next(self.end)

    @step
    def end(self):
        with DoltDT(run=self, db=self.db) as dolt:
            dolt.commit_table_writes()


if __name__ == "__main__":
    TrainFlow()
