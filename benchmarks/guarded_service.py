"""How long one hostile message of 64 kB delays other people's requests to examples/chat_service.

The service runs in a process of its own (uvicorn, one worker, the offline model). One client asks small questions, one after
the other; another sends a hostile message in their midst. The delay is the slowest small question while the message is being
answered, less the median when there is none; each message is sent several times. The same is measured where nothing hostile is
sent, for as long, which is what the machine and the service do by themselves.

Where other processes use the machine too, seconds say more of them than of the service. So the delay is told in processor time of
the service as well (Linux): what it computed, for whomever, while the small question waited. A question waits for little else,
since only one thread of Python computes at a time.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import aiohttp
from support.hostile import HOSTILE, message
from support.measure import show

import llmops

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "chat_service"
SERVE = """
import socket, sys
import uvicorn
sys.path.insert(0, sys.argv[1])
from service import api
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(api, log_level="critical", ws="none")).run(sockets=[listening])
"""
JSON = {"Content-Type": "application/json"}
SMALL = message("Is my bike ready? I am ann@mail.example.")
TIMES = 7
PAUSE = 0.002  # seconds between small questions
IDLE = 0.2  # seconds of small questions where nothing hostile is sent


class Caller:
    """Asks small questions one after the other, and knows how long each took, in milliseconds."""

    def __init__(self, session: aiohttp.ClientSession, url: str, service: int) -> None:
        self.session, self.url = session, url
        self.clock = (~service << 3) | 2  # the processor time of another process, as Linux numbers its clocks
        self.took: list[float] = []
        self.computed: list[float] = []

    async def ask(self, body: bytes) -> int:
        """Send a body; the status of the answer."""
        async with self.session.post(self.url, data=body, headers=JSON) as answer:
            await answer.read()
            return answer.status

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            began, computed = time.perf_counter(), time.clock_gettime(self.clock)
            status = await self.ask(SMALL)
            if status != 200:
                raise SystemExit(f"a small question was answered with {status}")
            self.took.append((time.perf_counter() - began) * 1e3)
            self.computed.append((time.clock_gettime(self.clock) - computed) * 1e3)
            await asyncio.sleep(PAUSE)

    async def slowest_during(self, body: bytes | None) -> "Found":
        """The slowest small question while a body is answered, in both times (ms)."""
        for _ in range(3):
            await self._next()
        first, began = len(self.took), time.perf_counter()
        status = await self.ask(body) if body is not None else await asyncio.sleep(IDLE, 0)
        took = (time.perf_counter() - began) * 1e3
        await self._next()
        return Found(max(self.took[first:]), max(self.computed[first:]), took, status)

    async def _next(self) -> None:
        count = len(self.took)
        while len(self.took) == count:
            await asyncio.sleep(0.001)


class Found(NamedTuple):
    """The slowest small question, what the service computed meanwhile, how long the hostile one took, and its status."""

    slowest: float
    computed: float
    took: float
    status: int


async def measure(url: str, service: int) -> Mapping[str | None, list[Found]]:
    """All messages in turn, TIMES each; None is where nothing is sent."""
    async with aiohttp.ClientSession() as session:
        caller = Caller(session, f"{url}/chat", service)
        for body in (SMALL, *HOSTILE.values()):
            await caller.ask(body)  # what loads on first use is loaded
        asking = asyncio.create_task(caller.run())
        runs: dict[str | None, list[Found]] = {name: [] for name in (None, *HOSTILE)}
        for _ in range(TIMES):
            for name, found in runs.items():
                found.append(await caller.slowest_during(HOSTILE[name] if name else None))
                if asking.done():
                    asking.result()
        asking.cancel()
        usual, little = statistics.median(caller.took), statistics.median(caller.computed)
    return {
        name: [f._replace(slowest=f.slowest - usual, computed=f.computed - little) for f in found]
        for name, found in runs.items()
    }


def main() -> None:
    """Serve the example, measure, and print."""
    os.environ.setdefault("LLMOPS_ACTOR", "bench@example.com")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "chat_service"
        shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns(".llmops", "__pycache__"))
        policy = root / "policies" / "chat.yaml"
        policy.write_text(
            policy.read_text().replace("output:", '  - regex: {pattern: "(a+)+$", action: flag}\noutput:')
        )
        with llmops.open(root) as workspace:
            workspace.register()
            workspace.promote("app/chat@1", to="production")
        child = subprocess.Popen([sys.executable, "-c", SERVE, str(root)], stdout=subprocess.PIPE, text=True)
        try:
            assert child.stdout is not None
            runs = asyncio.run(measure(f"http://127.0.0.1:{child.stdout.readline().strip()}", child.pid))
        finally:
            child.terminate()
            child.wait()
    rows = []
    for name, found in runs.items():
        delays, computed = sorted(f.slowest for f in found), sorted(f.computed for f in found)
        said = f"status {found[0].status} after {statistics.median(f.took for f in found):.0f} ms" if name else ""
        busy = f"{statistics.median(computed):.1f} (worst {computed[-1]:.1f}) computed"
        rows.append((name or "nothing hostile", f"{statistics.median(delays):.1f} ms, {busy}", said))
    show("Delay of other requests by one message of 64 kB, aim <= 20 ms", rows)


if __name__ == "__main__":
    main()
