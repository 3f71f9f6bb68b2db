"""An HTTP service on 127.0.0.1, in threads of its own, that answers every method and path as a test programs it.

    with answering_service() as service:
        service.script(Answer(status=503), Answer({"answer": "yes"}))
        ...
        assert service.asked[0].body == {"question": "…"}

Scripted answers go to one request each, in order; afterwards `service.answer` goes to all.
"""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from llmops.core.hashing import Json


@dataclass(frozen=True)
class Answer:
    """What is answered: JSON, or bytes as they are; `chunks` one after the other. `hang` waits for `service.release`."""

    body: Json = None
    status: int = 200
    type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: tuple[bytes, ...] = ()
    hang: bool = False
    reset: bool = False


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Json:
        """The JSON in it; None where there is none."""
        return json.loads(self.raw) if self.raw else None


@dataclass
class AnsweringService:
    """Handle to the running service."""

    url: str = ""
    answer: Answer = field(default_factory=lambda: Answer({"output": "yes"}))
    asked: list[Asked] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    planned: deque[Answer] = field(default_factory=deque)

    def script(self, *answers: Answer) -> None:
        """Answer the next requests so, one each."""
        self.planned.extend(answers)


@contextmanager
def answering_service() -> Iterator[AnsweringService]:
    """Run a service for the length of a `with` block."""
    service = AnsweringService()

    class Desk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer_it(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            service.asked.append(Asked(self.command, self.path, dict(self.headers), raw))
            answer = service.planned.popleft() if service.planned else service.answer
            if answer.hang:
                service.release.wait(30)
            if answer.reset:
                self.close_connection = True
                return
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header(
                *(("Transfer-Encoding", "chunked") if answer.chunks else ("Content-Length", str(len(body))))
            )
            self.end_headers()
            for chunk in answer.chunks:
                self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n" if answer.chunks else body)

        do_GET = do_POST = do_PUT = do_PATCH = answer_it  # noqa: N815  # the names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="answering-service")
    thread.start()
    try:
        yield service
    finally:
        service.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
