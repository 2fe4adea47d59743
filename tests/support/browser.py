"""Chromium, driven by the DevTools protocol over a pipe: no driver, no further library."""

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE = 30.0
"""Seconds for the slowest machine; a step takes milliseconds."""


class Browser:
    """A headless Chromium with one page at a time."""

    def __init__(self, folder: Path) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        log = (folder / "chromium.log").open("wb")
        flags = " ".join((*FLAGS, f"--user-data-dir={folder / 'profile'}"))
        # the protocol's descriptors have to be 3 and 4
        command = f"exec {CHROMIUM} {flags} about:blank 3<&{to_read} 4>&{to_write}"
        self._process = subprocess.Popen(
            ["bash", "-c", command], pass_fds=(to_read, to_write), stdout=log, stderr=log
        )
        log.close()
        os.close(to_read)
        os.close(to_write)
        os.set_blocking(self._read, False)
        self._buffer = b""
        self._number = 0
        self.session = ""
        self.events: list[Any] = []

    def close(self) -> None:
        os.close(self._write)
        os.close(self._read)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(60)

    def send(self, method: str, **parameters: Any) -> Any:
        """One command and its result; events on the way are kept."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            asked["sessionId"] = self.session
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            found = self._next(end)
            if found.get("id") == self._number:
                assert "error" not in found, found["error"]
                return found["result"]
            self.events.append(found)

    def _next(self, end: float) -> Any:
        while b"\0" not in self._buffer:
            assert time.monotonic() < end, "Chromium does not answer"
            assert self._process.poll() is None, "Chromium has ended"
            try:
                self._buffer += os.read(self._read, 1_000_000)
            except BlockingIOError:
                time.sleep(0.005)
        line, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(line)

    # ---- a page ------------------------------------------------------------------------------

    def open(self, url: str, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        """A new page of this size and colour scheme."""
        self.session = ""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        self.events.clear()
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)  # fmt: skip
        self.send("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def js(self, expression: str) -> Any:
        """The value of an expression in the page."""
        found = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True,
            userGesture=True,
        )  # fmt: skip
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + PATIENCE
        while not self.js(expression):
            assert time.monotonic() < end, f"{expression} did not become true"
            time.sleep(0.01)

    def text(self, selector: str) -> str:
        """The visible text of an element."""
        return str(self.js(f"document.querySelector({json.dumps(selector)}).innerText"))

    def fill(self, selector: str, text: str) -> None:
        """Type into an input, key by key as a person does."""
        self.js(f"document.querySelector({json.dumps(selector)}).focus()")
        self.send("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click in the middle of an element that can be seen."""
        box = self.js(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            "return [r.x + r.width / 2, r.y + r.height / 2, r.width * r.height]; })()"
        )
        assert box[2] > 0, f"{selector} cannot be seen"
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left",
                      clickCount=1)  # fmt: skip

    def run(self) -> None:
        """Press Run and wait for the answer."""
        self.click("#run")
        self.until("!document.querySelector('#answer').hidden && $('run') === 'Run'".replace(
            "$('run')", "document.querySelector('#run').textContent"))  # fmt: skip

    def picture(self, file: Path) -> None:
        """A picture of the whole page."""
        made = self.send("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(made["data"]))

    def complaints(self) -> list[Any]:
        """What the browser found wrong: exceptions, errors, refused by the policy."""
        self.js("1")
        return [
            it for it in self.events
            if it.get("method") == "Runtime.exceptionThrown"
            or (it.get("method") == "Log.entryAdded" and it["params"]["entry"]["level"] == "error"
                and "status of" not in it["params"]["entry"]["text"])
        ]  # fmt: skip

    def addresses(self) -> set[str]:
        """Every address that was asked for."""
        return {
            it["params"]["request"]["url"]
            for it in self.events
            if it.get("method") == "Network.requestWillBeSent"
        }
