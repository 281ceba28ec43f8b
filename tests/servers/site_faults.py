"""Faults of the servers that stand in for platforms: which there are, and which request meets which."""
import random
import re
import threading

import fault_plan

# kind: what happens. Those of fault_plan.KINDS that need no checksum to be noticed, and these:
KINDS = {kind: said for kind, said in fault_plan.KINDS.items() if not kind.startswith("flip")}
KINDS |= {
    "silent": "no answer at all, for as long as the client waits",
    "slow": "the answer comes byte by byte",
    "html": "answered 200 with a web page",
    "redirect": "sent on, by 302, to the same path at another host",
}
# The same for requests with a body; a plan does not choose them.
BODY_KINDS = {
    "deaf": "half-way the request's body is not read any further, for as long as the client waits",
    "cut-request": "the connection is reset when half of the request's body has been read",
}


class Faults:
    """Scripted ones first, each for so many requests; then those of a plan, which a seed repeats. Paths below `spared` meet none."""

    def __init__(self, plan=None, kinds=None, spared="/_"):
        self.kinds = kinds or KINDS
        self._plan, self._scripted, self._spared, self._lock = plan, [], spared, threading.Lock()

    def add(self, kind, pattern="", times=1):
        """The next `times` requests in whose `METHOD /path?query` the pattern is found meet this."""
        if kind not in self.kinds:
            raise ValueError(f"no such kind: {kind}; there are {', '.join(self.kinds)}")
        self._scripted.append([kind, re.compile(pattern), times])

    def clear(self):
        """Takes back what was scripted and has not been met."""
        self._scripted.clear()

    def parse(self, text):
        """`KIND[*TIMES] [PATTERN]`, as on the command line."""
        what, _, pattern = text.partition(" ")
        kind, _, times = what.partition("*")
        self.add(kind, pattern, int(times or 1))

    def next(self, request, has_content):
        """(kind or None, random numbers for its details)."""
        if request.path.startswith(self._spared):
            return None, None
        with self._lock:
            for scripted in self._scripted:
                if scripted[2] > 0 and scripted[1].search(f"{request.method} {request.target}"):
                    scripted[2] -= 1
                    return scripted[0], random.Random(1)
            return self._plan.fault(request, has_content) if self._plan else (None, None)
