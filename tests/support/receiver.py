"""A receiver of webhooks on 127.0.0.1, in threads of its own, that answers as a test programs it.

    with receiver() as there:
        there.script(503, 204)
        ...
        assert there.wait_for(1)[0].body["event"] == "promote"

Scripted statuses answer one request each, in order; afterwards `status` answers all.
"""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from llmops.core.hashing import Json

PATIENCE = 30.0


@dataclass(frozen=True)
class Posted:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Json:
        """The JSON in it."""
        return json.loads(self.raw)


@dataclass
class Receiver:
    """Handle to the running receiver. `hold` keeps requests waiting while it is cleared; `location` goes out with 3xx."""

    url: str = ""
    status: int = 204
    location: str = ""
    retry_after: str = ""
    posted: list[Posted] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    statuses: deque[int] = field(default_factory=deque)

    def script(self, *statuses: int) -> None:
        """Answer the next requests so, one each."""
        self.statuses.extend(statuses)

    def wait_for(self, count: int) -> list[Posted]:
        """Wait until so many requests have come; returns all."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.posted) >= count, PATIENCE), f"only {len(self.posted)} came"
            return list(self.posted)

    def take(self, posted: Posted) -> int:
        """Note a request, and say how to answer it."""
        with self.arrived:
            self.posted.append(posted)
            status = self.statuses.popleft() if self.statuses else self.status
            self.arrived.notify_all()
        self.hold.wait(PATIENCE)
        return status


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    there: Receiver

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that goes away before the answer is no news."""


class _Answers(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:  # the name that http.server calls
        there = self.server.there
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        status = there.take(Posted(self.path, dict(self.headers), raw))
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", there.location)
        if there.retry_after:
            self.send_header("Retry-After", there.retry_after)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of http.server
        """Say nothing."""


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    """Run a receiver for the length of a `with` block."""
    there = Receiver()
    there.hold.set()
    with _Server(("127.0.0.1", port), _Answers) as server:
        server.there = there
        there.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="receiver")
        thread.start()
        try:
            yield there
        finally:
            there.hold.set()
            server.shutdown()
            thread.join()
