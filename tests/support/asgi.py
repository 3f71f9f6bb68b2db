"""Calls an ASGI application as a server would, without one."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field

from llmops.core.hashing import Json

Message = MutableMapping[str, Json]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Json], Receive, Send], Awaitable[None]]


@dataclass
class Answer:
    """What came back: the parts of the body as they were sent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.parts)

    def json(self) -> Json:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def events(self) -> list[str]:
        """The data of the events in the body."""
        blocks = self.body.decode().split("\n\n")
        return ["\n".join(x[6:] for x in b.split("\n") if x.startswith("data: ")) for b in blocks if "data: " in b]


def call(app: App, path: str, body: Json, *, size: int | None = None) -> Answer:
    """POST a body (JSON, or bytes as they are) to a path; `size` cuts it into messages."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    cut = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in cut]
    messages[-1]["more_body"] = False
    answer = Answer()

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError("never")

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert answer.status == 0, "the answer began twice"
            answer.status = message["status"]
            answer.headers = {n.decode().lower(): v.decode() for n, v in message["headers"]}
        else:
            answer.parts.append(message.get("body", b""))

    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    scope: MutableMapping[str, Json] = {"type": "http", "method": "POST", "path": path, "headers": headers}
    asyncio.run(asyncio.wait_for(_run(app, scope, receive, send), 30))
    if "content-length" in answer.headers:
        assert int(answer.headers["content-length"]) == len(answer.body)
    return answer


async def _run(app: App, scope: MutableMapping[str, Json], receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


async def read_json(receive: Receive) -> Json:
    """The JSON body of a request."""
    data, more = b"", True
    while more:
        message = await receive()
        data += message.get("body", b"")
        more = message.get("more_body", False)
    return json.loads(data)


async def send_json(send: Send, body: Json, status: int = 200) -> None:
    """Answer with JSON."""
    data = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def send_events(send: Send, data: Sequence[Json], *, size: int | None = None) -> None:
    """Answer with events, as one part each, or cut anywhere."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    parts = [f"data: {item if isinstance(item, str) else json.dumps(item)}\n\n".encode() for item in data]
    if size:
        whole = b"".join(parts)
        parts = [whole[at : at + size] for at in range(0, len(whole), size)]
    for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
