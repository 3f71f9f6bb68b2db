"""Guards what goes through OpenAI's client: every endpoint, streamed or not, every choice, tool arguments and reasoning.

    client = guard_client(openai.OpenAI(), ws.guard("chat@production"))

The guard stands where the client sends, so that it holds for `create`, `stream`, `parse`, raw responses and copies of the client
alike. A request that is blocked is not sent; it raises the client's own `BadRequestError` with the body of `guard.refusal`, and
so does an answer. A stream that must stop is closed upstream and raises the client's `APIError` after what had been shown.
"""

import json
import time
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Final, TypeVar

import httpx
import openai

from llmops.core.bridge import run_sync
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import new_id
from llmops.domain.interaction import Reply, Usage
from llmops.guard.bodies.places import OpenAiShape
from llmops.guard.bodies.sse import Event, EventReader
from llmops.guard.exchange import Blocked, Exchange, StreamedAnswer
from llmops.guard.holding import Holder, acurrent, current
from llmops.guard.noting import Happening, Log, log_of
from llmops.guard.once import is_looking
from llmops.guard.policy import Policy
from llmops.guard.refusal import refusal, unreadable

Client = TypeVar("Client", openai.OpenAI, openai.AsyncOpenAI)

_OF_THE_BODY: Final = ("content-length", "content-encoding", "transfer-encoding")


def guard_client(client: Client, policy: Policy | Holder) -> Client:
    """A copy of a client whose requests and answers a policy guards.

    Args:
        client: `openai.OpenAI` or `openai.AsyncOpenAI`; it goes on unguarded, and shares its connections with the copy.
        policy: a Policy, or what holds one: `ws.guard(ref)`, `ws.app(ref).policy`. Its version is looked up for each request.
    """
    if isinstance(client, openai.OpenAI):
        sender = httpx.Client(transport=_Transport(client._client, policy))
        return client.copy(http_client=sender)
    asender = httpx.AsyncClient(transport=_AsyncTransport(client._client, policy))
    return client.copy(http_client=asender)


class _Transport(httpx.BaseTransport):
    """Sends through another client what may be sent."""

    def __init__(self, inner: httpx.Client, policy: Policy | Holder) -> None:
        self._inner = inner
        self._policy = policy

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Check, send, check."""
        exchange = _exchange(current(self._policy))
        if exchange is None:
            return self._inner.send(request, stream=True)
        record = _Record(log_of(self._policy), exchange.happening())
        with record:
            asked = run_sync(_asked(exchange, request, request.read()))
            if isinstance(asked, httpx.Response):
                return asked
            answer = self._inner.send(asked, stream=True)
            if record.is_failed(answer):
                return answer
            if _is_streamed(answer):
                events = _Events(answer, exchange, record)
                return httpx.Response(answer.status_code, headers=_kept(answer.headers), stream=events)
            return run_sync(_answered(exchange, answer, answer.read(), record))


class _AsyncTransport(httpx.AsyncBaseTransport):
    """The same, for async clients."""

    def __init__(self, inner: httpx.AsyncClient, policy: Policy | Holder) -> None:
        self._inner = inner
        self._policy = policy

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Check, send, check."""
        exchange = _exchange(await acurrent(self._policy))
        if exchange is None:
            return await self._inner.send(request, stream=True)
        record = _Record(log_of(self._policy), exchange.happening())
        with record:
            asked = await _asked(exchange, request, await request.aread())
            if isinstance(asked, httpx.Response):
                return asked
            answer = await self._inner.send(asked, stream=True)
            if record.is_failed(answer):
                return answer
            if _is_streamed(answer):
                events = _AsyncEvents(answer, exchange, record)
                return httpx.Response(answer.status_code, headers=_kept(answer.headers), stream=events)
            return await _answered(exchange, answer, await answer.aread(), record)


class _Record:
    """What is written down of a request when it has ended, which of a stream is when it is closed."""

    def __init__(self, log: Log | None, happening: Happening) -> None:
        self._log = log
        self._happening = happening
        self.goes_on = False

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._happening.error = kind.__name__
        if not self.goes_on:
            self.end()

    def end(self) -> None:
        """Write it down, once."""
        log, self._log = self._log, None
        if log is not None:
            log.write_down(self._happening)

    def is_failed(self, answer: httpx.Response) -> bool:
        """Whether the server refused, which is handed on as it is."""
        if answer.status_code >= 400:
            self._happening.error = f"HTTP {answer.status_code}"
        return answer.status_code >= 400

    def take(self, body: Json) -> None:
        """Take note of the model that answered, and of what it took."""
        if not isinstance(body, dict):
            return
        used: dict[str, Json] = body.get("usage") or {}
        usage = Usage(
            prompt_tokens=int(used.get("prompt_tokens") or used.get("input_tokens") or 0),
            completion_tokens=int(used.get("completion_tokens") or used.get("output_tokens") or 0),
            latency=time.perf_counter() - self._happening.began,
        )
        model, fingerprint = str(body.get("model") or ""), str(body.get("system_fingerprint") or "")
        reply = Reply(id=new_id("reply"), text="", usage=usage, model=model, fingerprint=fingerprint)
        self._happening.notes.append(reply)


class _Reader:
    """Events of a stream as they come, and as they may go on."""

    def __init__(self, answer: httpx.Response, exchange: Exchange, record: _Record) -> None:
        record.goes_on = True
        self._record = record
        self._answer = answer
        self._read = EventReader()
        self._streamed = StreamedAnswer(exchange, refusal)

    @property
    def _is_stopped(self) -> bool:
        return self._streamed.stopped is not None

    async def _take(self, chunk: bytes, *, final: bool = False) -> bytes:
        out: list[bytes] = []
        for event in self._read.feed(chunk, final=final):
            out += [event.with_data(data).encode() for data in await self._streamed.take(event.data)]
            if self._is_stopped:
                break
        else:
            if final:
                out += [Event(data).encode() for data in await self._streamed.end()]
        return b"".join(out)


class _Events(_Reader, httpx.SyncByteStream):
    """Them, for a client that is not async."""

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._answer.iter_bytes():
            yield run_sync(self._take(chunk))
            if self._is_stopped:
                self._answer.close()
                return
        yield run_sync(self._take(b"", final=True))

    def close(self) -> None:
        """Stop upstream, and looking."""
        self._record.end()
        self._streamed.close()
        self._answer.close()


class _AsyncEvents(_Reader, httpx.AsyncByteStream):
    """Them, for one that is."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_bytes():
            yield await self._take(chunk)
            if self._is_stopped:
                await self._answer.aclose()
                return
        yield await self._take(b"", final=True)

    async def aclose(self) -> None:
        """Stop upstream, and looking."""
        self._record.end()
        self._streamed.close()
        await self._answer.aclose()


def _exchange(policy: Policy) -> Exchange | None:
    """What a request begins; None where somebody further out guards with the same policy."""
    return None if is_looking(policy.digest) else Exchange(policy, OpenAiShape())


async def _asked(exchange: Exchange, request: httpx.Request, body: bytes) -> httpx.Request | httpx.Response:
    """The request as it may be sent, or the answer in place of one."""
    if not body:
        return request
    try:
        read = json.loads(body)
    except ValueError:
        hint = "Send files and audio with a client that is not guarded."
        return httpx.Response(422, json=unreadable("the body of the request is no JSON", hint))
    try:
        is_changed = await exchange.ask(read)
    except Blocked as blocked:
        return httpx.Response(400, json=refusal(blocked.verdict))
    if not is_changed:
        return request
    headers = _kept(request.headers)
    return httpx.Request(request.method, request.url, headers=headers, json=read, extensions=request.extensions)


async def _answered(exchange: Exchange, answer: httpx.Response, body: bytes, record: _Record) -> httpx.Response:
    """A whole answer as it may be shown."""
    try:
        read = json.loads(body) if body else None
    except ValueError:
        hint = "Ask for files and audio with a client that is not guarded."
        return httpx.Response(422, json=unreadable("the answer is no JSON", hint))
    record.take(read)
    try:
        if read is not None and await exchange.answer(read):
            body = json.dumps(read).encode()
    except Blocked as blocked:
        return httpx.Response(400, json=refusal(blocked.verdict))
    except InputError as error:
        return httpx.Response(422, json=unreadable(error.message, error.hint))
    return httpx.Response(answer.status_code, headers=_kept(answer.headers), content=body)


def _is_streamed(answer: httpx.Response) -> bool:
    kind: str = answer.headers.get("content-type", "")
    return kind.startswith("text/event-stream")


def _kept(headers: httpx.Headers) -> list[tuple[str, str]]:
    """All headers but those that tell of the body as it was."""
    return [(name, value) for name, value in headers.multi_items() if name.lower() not in _OF_THE_BODY]
