"""What a job is: who does it, the bars that are set for waybill, and how figures become ratios."""
import dataclasses
from typing import Callable, Optional

WAYBILL = "waybill"


@dataclasses.dataclass
class Bar:
    """A limit on a figure of the rows; `value` answers None where a contender is absent."""

    text: str
    limit: float
    value: Callable
    at_least: bool = False
    unit: str = ""

    def met(self, figure):
        return figure >= self.limit if self.at_least else figure <= self.limit


@dataclasses.dataclass
class Job:
    name: str
    title: str
    floor: str  # the row that ratios refer to
    contenders: list
    bars: list
    check: Optional[Callable] = None  # () -> lines about what was computed; raises where it is wrong


def ratio(over, under, what="wall"):
    """Figure of one row divided by another's; by the medians, or by the best runs for `pick` = least."""
    def value(rows, pick):
        a, b = rows.get(over), rows.get(under)
        if a is None or b is None or not a.wall or not b.wall:
            return None
        return getattr(a, pick)(what) / getattr(b, pick)(what)
    return value


def absolute(what, name=WAYBILL):
    return lambda rows, pick: getattr(rows[name], pick)(what) if rows[name].wall else None
