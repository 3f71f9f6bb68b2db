"""A headless Chromium, where one is installed, driven over its debugging protocol."""

import asyncio
import base64
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

import aiohttp
import pytest

from llmops.core.bridge import run_sync
from llmops.core.hashing import Json

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
)
PATIENCE = 60.0  # seconds that a busy machine may need for one answer


class Page:
    """One open page. `console` is what it said of errors and warnings, `requests` what it asked the network for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, session: aiohttp.ClientSession) -> None:
        self.console: list[str] = []
        self.requests: list[str] = []
        self._socket, self._session = socket, session
        self._last = 0
        self._loaded = False

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a page from disk and wait for it."""
        run_sync(self._open(path.resolve().as_uri() + fragment))

    def evaluate(self, script: str) -> Json:
        """The value of an expression; a promise is awaited."""
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until an expression is true."""
        waiting = f"""new Promise((done, fail) => {{
            const until = Date.now() + {PATIENCE * 1000};
            const look = () => ({script}) ? done(true) : Date.now() > until ? fail("never") : setTimeout(look, 10);
            look(); }})"""
        self.evaluate(waiting)

    def press(self, key: str) -> None:
        """Press a key."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def resize(self, width: int, height: int) -> None:
        """Give the page a window of this size."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )

    def prefer(self, scheme: str) -> None:
        """Prefer a `light` or `dark` page."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path: Path, *, full: bool = False) -> None:
        """Save what is seen as PNG; `full` is the whole page."""
        done = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=full)
        path.write_bytes(base64.b64decode(done["data"]))

    def call(self, method: str, **parameters: Json) -> Json:
        """Call the debugging protocol."""
        return run_sync(self._call(method, parameters))

    async def _open(self, address: str) -> None:
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self._call(f"{domain}.enable", {})
        for place in ("about:blank", address):  # another fragment of the same page would load nothing
            self._loaded = False
            self.console, self.requests = [], []
            await self._call("Page.navigate", {"url": place})
            while not self._loaded:
                self._note(await self._receive())

    async def _call(self, method: str, parameters: Mapping[str, Json]) -> Json:
        self._last += 1
        await self._socket.send_json({"id": self._last, "method": method, "params": parameters})
        while True:
            message = await self._receive()
            if message.get("id") == self._last:
                assert "error" not in message, message["error"]
                return message["result"]
            self._note(message)

    async def _receive(self) -> Json:
        async with asyncio.timeout(PATIENCE):
            return json.loads((await self._socket.receive()).data)

    def _note(self, message: Json) -> None:
        told = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.consoleAPICalled":
                self.console.append(json.dumps(told["args"]))
            case "Runtime.exceptionThrown":
                self.console.append(json.dumps(told["exceptionDetails"]))
            case "Log.entryAdded":
                self.console.append(told["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])

    async def close(self) -> None:
        """Leave the page."""
        await self._socket.close()
        await self._session.close()


class Chromium:
    """A browser; use it in a `with`. Skips the test where there is none."""

    def __init__(self) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        names = ("chromium", "chromium-browser", "google-chrome")
        program = next((path for name in names if (path := shutil.which(name))), None)
        if program is None:
            pytest.skip("no Chromium is installed")
        command = [program, *FLAGS, f"--user-data-dir={self._profile.name}", "--remote-debugging-port=0", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.page = run_sync(self._connect())

    def __enter__(self) -> Page:
        return self.page

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        run_sync(self.page.close())
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._profile.cleanup()

    async def _connect(self) -> Page:
        port = await self._port()
        session = aiohttp.ClientSession()
        async with session.get(f"http://127.0.0.1:{port}/json") as answer:
            pages = [one for one in await answer.json() if one["type"] == "page"]
        socket = await session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)
        return Page(socket, session)

    async def _port(self) -> int:
        """The port that Chromium chose, once it says so."""
        told = Path(self._profile.name) / "DevToolsActivePort"
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self._process.poll() is not None:
                pytest.skip("Chromium does not start here")
            with contextlib.suppress(OSError, IndexError, ValueError):
                return int(told.read_text().splitlines()[0])
            await asyncio.sleep(0.02)
        pytest.skip("Chromium does not start here")


def open_chromium() -> Iterator[Page]:
    """The body of a fixture: one browser for all tests of a module."""
    with Chromium() as page:
        yield page
