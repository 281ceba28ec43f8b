"""A headless Chromium, driven over its DevTools pipe: commands as JSON that ends with a zero byte, no port and no network."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
         "--window-size=1000,800", "--remote-debugging-pipe")


def program():
    """Path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Page:
    """One page of a browser of its own. What the page says in its console, and what it asks for, is kept."""

    def __init__(self, patience=60):
        self.home = tempfile.TemporaryDirectory(prefix="waybill-browser-", ignore_cleanup_errors=True)
        self.patience, self.number, self.rest = patience, 0, b""
        self.events, self.console, self.requests = [], [], []
        theirs_in, self.out = os.pipe()
        self.into, theirs_out = os.pipe()
        # The shell puts the pipes where DevTools look for them: commands on 3, answers on 4.
        line = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self.process = subprocess.Popen(["/bin/bash", "-c", line, program(), *FLAGS, f"--user-data-dir={self.home.name}", "about:blank"],
                                        pass_fds=(theirs_in, theirs_out), start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        os.set_blocking(self.into, False)
        self.session = None
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def close(self):
        os.close(self.out)  # it ends without whom it listens to
        try:
            self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # and what it started
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.into)
        self.home.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def receive(self, until):
        while b"\0" not in self.rest:
            if time.monotonic() > until or self.process.poll() is not None:
                raise AssertionError(f"the browser says nothing any more (exit {self.process.poll()})")
            try:
                self.rest += os.read(self.into, 1 << 20)
            except BlockingIOError:
                time.sleep(0.005)
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def note(self, message):
        self.events.append(message["method"])
        if message["method"] in ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"):
            self.console.append(message["params"])
        if message["method"] == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + self.patience
        while (answer := self.receive(until)).get("id") != self.number:
            self.note(answer)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        until = time.monotonic() + self.patience
        while "Page.loadEventFired" not in self.events:
            self.note(self.receive(until))

    def value(self, expression):
        """What a script in the page evaluates to, as JSON knows it."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def click(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
