"""Which request meets which fault: a plan that a seed repeats."""
import random
import re

# kind: what happens. `acted` kinds let the server do its work and spoil the answer.
KINDS = {
    "drop-before": "the connection is closed, the server never sees the request",
    "drop-after": "the connection is closed without an answer, after the server has done all",
    "reset": "the connection is reset, before the server sees the request or after it has done all",
    "500": "answered 500 without asking the server",
    "503": "answered 503 without asking the server",
    "503-retry-after": "the same with Retry-After",
    "429": "answered 429 without asking the server",
    "429-retry-after": "the same with Retry-After",
    "500-after": "answered 500 after the server has done all",
    "truncate": "the answer's body ends half-way, and with it the connection",
    "stall": "half-way in the answer nothing comes for some seconds, then the rest",
    "wrong-length": "the answer's Content-Length is not its body's; then the connection ends",
    "flip-answer": "one bit of the answer's body is another; listings and other XML are spared unless asked for",
    "flip-request": "one bit of the request's content is another when the server reads it",
}
IN_ANSWER = {"truncate", "wrong-length", "flip-answer"}

# Differ from run to run, so that they must not decide
UNSTABLE = re.compile(r"(?:uploadId|upload-id-marker|versionId|version-id-marker|continuation-token|X-Amz-[A-Za-z0-9-]+)=[^&]*&?")


def parse_kinds(text):
    """`all`, `a,b` or `-a,-b` (all but these); ValueError for an unknown one."""
    names = [name for name in text.split(",") if name != "all"]
    unknown = [name for name in names if name.lstrip("-") not in KINDS]
    if unknown:
        raise ValueError(f"no such kind: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    chosen = [name for name in names if not name.startswith("-")] or list(KINDS)
    return [name for name in chosen if "-" + name not in names]


class Plan:
    """Decides by seed, method, path, range and how often that was asked before: the order in which a client's connections
    happen to send does not matter. The kind is the least used of those that the request can meet, so that few faults show all."""

    def __init__(self, rate, seed, kinds, times=None, only=None):
        self._rate, self._seed, self._times = rate, seed, times
        self._only = re.compile(only) if only else None
        self._asked, self._met = {}, {}
        self._kinds = list(kinds)
        random.Random(seed).shuffle(self._kinds)
        self._used = dict.fromkeys(self._kinds, 0)

    def fault(self, head, has_content):
        """(kind, random numbers for its details) or (None, None)."""
        if self._rate <= 0 or (self._only and not self._only.search(f"{head.method} {head.target}")):
            return None, None
        what = f"{head.method} {UNSTABLE.sub('', head.target)} {head.get(b'range')}"
        turn = self._asked[what] = self._asked.get(what, 0) + 1
        chance = random.Random(f"{self._seed} {what} {turn}")
        if chance.random() >= self._rate or (self._times is not None and self._met.get(what, 0) >= self._times):
            return None, None
        possible = [kind for kind in self._kinds if (kind != "flip-request" or has_content) and
                    (kind not in IN_ANSWER or head.method in ("GET", "POST"))]
        if not possible:
            return None, None
        kind = min(possible, key=self._used.get)
        self._used[kind] += 1
        self._met[what] = self._met.get(what, 0) + 1
        return kind, chance

    def spare(self, kind):
        """The answer turned out to be one that this fault cannot meet."""
        self._used[kind] -= 1
