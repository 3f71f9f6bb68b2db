"""The answer of a guarded service on its way out, over ASGI."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Final, TypeAlias

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.guard.bodies.sse import Event, EventReader
from llmops.guard.exchange import Blocked, Exchange, StreamedAnswer
from llmops.guard.refusal import refusal, unreadable

Message: TypeAlias = MutableMapping[str, Json]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[MutableMapping[str, Json], Receive, Send], Awaitable[None]]

_NO_BODY: Final = (204, 205, 304)


class Stopped(OSError):
    """The guard has ended the answer; to the service it looks like a client that went away."""


class GuardedAnswer:
    """Stands between a service and the server: gives it the checked request, and checks what it sends."""

    def __init__(self, exchange: Exchange, receive: Receive, send: Send, body: bytes, max_body: int) -> None:
        self._exchange = exchange
        self._receive_more = receive
        self._send_on = send
        self._body: bytes | None = body
        self._max_body = max_body
        self._start: Message | None = None
        self._take: Callable[[bytes, bool], Awaitable[None]] | None = None
        self._parts: list[bytes] = []
        self._events = EventReader()
        self._streamed = StreamedAnswer(exchange, refusal)
        self._ended = asyncio.Event()

    async def run(self, app: App, scope: MutableMapping[str, Json]) -> None:
        """Run the service until it or the guard has ended the answer."""
        try:
            await app(scope, self._receive, self._send)
        except Stopped:
            pass
        finally:
            self._streamed.close()

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        if self._ended.is_set():
            return {"type": "http.disconnect"}
        gone = asyncio.ensure_future(self._receive_more())
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait({gone, ended}, return_when=asyncio.FIRST_COMPLETED)
            return gone.result() if gone.done() else {"type": "http.disconnect"}
        finally:
            gone.cancel()
            ended.cancel()

    async def _send(self, message: Message) -> None:
        if self._ended.is_set():
            raise Stopped("the guard has ended this answer")
        if message["type"] == "http.response.start":
            self._start = message
            self._take = self._way(message)
        elif message["type"] == "http.response.body" and self._take is not None:
            await self._take(message.get("body", b""), bool(message.get("more_body", False)))
        else:
            await self._send_on(message)

    def _way(self, start: Message) -> Callable[[bytes, bool], Awaitable[None]]:
        """How an answer of this kind is guarded."""
        headers = {name.lower(): value for name, value in start["headers"]}
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if start["status"] in _NO_BODY or headers.get(b"content-length") == b"0":
            return self._pass
        if b"content-encoding" in headers:
            return self._refuse_kind(f"the answer is compressed ({headers[b'content-encoding'].decode('latin-1')})")
        if kind == b"text/event-stream":
            return self._stream
        if kind in (b"application/json", b"text/plain") or kind.endswith(b"+json"):
            return self._whole
        return self._refuse_kind(f"the answer is of the kind {kind.decode('latin-1') or 'that is not said'}")

    async def _pass(self, body: bytes, more: bool) -> None:
        await self._begin(None)
        await self._send_on({"type": "http.response.body", "body": body, "more_body": more})

    def _refuse_kind(self, problem: str) -> Callable[[bytes, bool], Awaitable[None]]:
        async def refuse(body: bytes, more: bool) -> None:
            await self._replace(502, unreadable(problem, "A guarded path answers with JSON, plain text or events."))

        return refuse

    async def _whole(self, body: bytes, more: bool) -> None:
        """Keep the parts, and check them together."""
        self._parts.append(body)
        if sum(map(len, self._parts)) > self._max_body:
            await self._replace(502, unreadable("the answer is larger than the guard reads", "Raise max_body."))
        if more:
            return
        whole = b"".join(self._parts)
        try:
            whole = await self._checked(whole)
        except Blocked as blocked:
            await self._replace(400, refusal(blocked.verdict))
        except InputError as error:
            await self._replace(502, unreadable(error.message, error.hint))
        await self._begin(len(whole))
        await self._send_on({"type": "http.response.body", "body": whole, "more_body": False})

    async def _checked(self, whole: bytes) -> bytes:
        assert self._start is not None
        kind = next((value for name, value in self._start["headers"] if name.lower() == b"content-type"), b"")
        if kind.startswith(b"text/plain"):
            said = {"text": whole.decode("utf-8", "replace")}
            return said["text"].encode() if await self._exchange.answer_text(said) else whole
        try:
            read = json.loads(whole)
        except (ValueError, RecursionError) as error:
            raise InputError("the answer is no JSON", hint="It says that it is; this path is guarded.") from error
        if not isinstance(read, (dict, list)):
            said = {"text": read} if isinstance(read, str) else {}
            return json.dumps(said["text"]).encode() if await self._exchange.answer_text(said) else whole
        return json.dumps(read).encode() if await self._exchange.answer(read) else whole

    async def _stream(self, body: bytes, more: bool) -> None:
        """Check events as they come."""
        await self._begin(None)
        out: list[bytes] = []
        try:
            for event in self._events.feed(body, final=not more):
                out += [event.with_data(data).encode() for data in await self._streamed.take(event.data)]
                if self._streamed.stopped is not None:
                    break
            else:
                if not more:
                    out += [Event(data).encode() for data in await self._streamed.end()]
        except InputError as error:
            out.append(Event(json.dumps(unreadable(error.message, error.hint))).encode())
            await self._finish(b"".join(out))
        if self._streamed.stopped is not None:
            await self._finish(b"".join(out))
        if out or not more:
            await self._send_on({"type": "http.response.body", "body": b"".join(out), "more_body": more})

    async def _begin(self, size: int | None) -> None:
        """Send the start on, once, with the length that is true now."""
        if self._start is None:
            return
        start, self._start = self._start, None
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        if size is not None:
            headers.append((b"content-length", str(size).encode()))
        elif self._take == self._pass:
            headers = start["headers"]
        await self._send_on({**start, "headers": headers})

    async def _replace(self, status: int, body: Json) -> None:
        """Answer in place of the service, and end it."""
        data = json.dumps(body).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
        await self._send_on({"type": "http.response.start", "status": status, "headers": headers})
        await self._finish(data)

    async def _finish(self, data: bytes) -> None:
        await self._send_on({"type": "http.response.body", "body": data, "more_body": False})
        self._ended.set()
        raise Stopped("the guard has ended this answer")
