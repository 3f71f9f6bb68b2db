"""Post JSON to a model server and turn everything that can go wrong into a ModelError that says what to do.

aiohttp, not an SDK: a call costs about 0.15 ms of CPU instead of several. One session a model, made on the loop that
first uses it; redirects are not followed (a key must not travel on); the environment's proxy is looked up once.
"""

import asyncio
import json
import time
import weakref
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from llmops.backends.endpoints import Endpoint
from llmops.backends.event_stream import read_events
from llmops.backends.failures import read_error, refused, timed_out, unreachable
from llmops.backends.limits import shared_limit
from llmops.backends.pieces import Pieces
from llmops.backends.proxies import close_forgotten, find_proxy
from llmops.backends.retries import Failure, Retries, persist, retry_after
from llmops.backends.window import shared_window
from llmops.core.errors import ModelError
from llmops.core.hashing import Json

MAX_BODY: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Answer:
    """A decoded body, and the seconds from sending the request (the one that succeeded) to its last byte; of a streamed one
    also to the first piece of its answer."""

    data: Json
    latency: float
    first_piece: float | None = None


class JsonClient:
    """Posts to one path of one endpoint, within its rate limit, with retries."""

    def __init__(self, endpoint: Endpoint, path: str, retries: Retries | None = None) -> None:
        self.endpoint = endpoint
        self._url = URL(endpoint.api_base + path)
        self._retries = retries or Retries()
        self._limit = shared_limit(endpoint.provider, endpoint.address, endpoint.rpm, endpoint.tpm)
        self._window = shared_window(endpoint.provider, endpoint.address)
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._proxy: str | None = None
        self._finalizer: weakref.finalize[[aiohttp.ClientSession, asyncio.AbstractEventLoop], JsonClient] | None = None

    async def post(self, body: bytes) -> Answer:
        """Send a body and decode the reply.

        Raises:
            ModelError: no reply with status 200 and a JSON body, after the retries that make sense.
        """
        if self._limit is None:
            return await persist(lambda: self._in_turn(body), self._retries)
        estimate = len(body) // 4
        await self._limit.acquire(estimate)
        answer = await persist(lambda: self._in_turn(body), self._retries)
        self._limit.correct(estimate, _tokens_used(answer.data, estimate))
        return answer

    async def stream(self, body: bytes) -> AsyncGenerator[str | Answer, None]:
        """Send a body that asks for a stream; gives pieces of text as they come, and the whole last. Closing it ends the request.

        Raises:
            ModelError: no answer after the retries that make sense, of which there are none once a piece has come.
        """
        estimate = len(body) // 4
        if self._limit is not None:
            await self._limit.acquire(estimate)
        async with AsyncExitStack() as until_read:
            begun: _Incoming | Answer = await persist(lambda: self._begin(body, until_read), self._retries)
            if isinstance(begun, Answer):  # of a server that does not stream
                whole: Answer | Failure = begun
            else:
                text: str | Failure | None = begun.text
                while isinstance(text, str):
                    if text:
                        yield text
                    text = await self._next(begun)
                whole = text if text is not None else self._whole(begun)
        if isinstance(whole, Failure):
            raise whole.error
        if self._limit is not None:
            self._limit.correct(estimate, _tokens_used(whole.data, estimate))
        yield whole

    async def close(self) -> None:
        """Close the connections; the client may be used again."""
        session, self._session = self._session, None
        if self._finalizer is not None:
            self._finalizer.detach()
            self._finalizer = None
        if session is not None:
            await session.close()

    async def _in_turn(self, body: bytes) -> Answer | Failure:
        return await self._window.ask(lambda: self._attempt(body))

    async def _attempt(self, body: bytes) -> Answer | Failure:
        session = self._open_session()
        started = time.perf_counter()
        try:
            async with session.post(self._url, data=body, allow_redirects=False, proxy=self._proxy) as response:
                if _is_streamed(response):
                    return await self._streamed(_Incoming(response, started))
                raw = await _read(response)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return self._no_reply(error)
        return self._read_whole(response, raw, started)

    async def _streamed(self, incoming: "_Incoming") -> Answer | Failure:
        text: str | Failure | None = incoming.text
        while isinstance(text, str):
            text = await self._next(incoming)
        return text if text is not None else self._whole(incoming)

    async def _begin(self, body: bytes, until_read: AsyncExitStack) -> "_Incoming | Answer | Failure":
        """An attempt at a stream. It keeps its turn and its connection until everything has been read."""
        endpoint = self.endpoint
        async with AsyncExitStack() as attempt:
            began = await attempt.enter_async_context(self._window.turn())
            # No total: how long a stream takes is also up to who reads it.
            timeout = aiohttp.ClientTimeout(sock_read=endpoint.timeout, sock_connect=min(10.0, endpoint.timeout))
            outcome = await self._open(body, attempt, timeout)
            self._window.learn(began, outcome)
            if isinstance(outcome, _Incoming):
                until_read.push_async_callback(attempt.pop_all().aclose)
        return outcome

    async def _open(
        self, body: bytes, until_read: AsyncExitStack, timeout: aiohttp.ClientTimeout
    ) -> "_Incoming | Answer | Failure":
        """Send a body. Of a streamed answer the first piece has come; of another one everything."""
        session = self._open_session()
        started = time.perf_counter()
        sending = session.post(self._url, data=body, allow_redirects=False, proxy=self._proxy, timeout=timeout)
        try:
            response = await until_read.enter_async_context(sending)
            if not _is_streamed(response):
                return self._read_whole(response, await _read(response), started)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return self._no_reply(error)
        until_read.callback(response.close)
        incoming = _Incoming(response, started)
        while not incoming.pieces.has_begun:
            text = await self._next(incoming)
            if isinstance(text, Failure):
                return text
            if text is None:
                break
            incoming.text += text
        return incoming

    def _read_whole(self, response: aiohttp.ClientResponse, raw: bytes, started: float) -> Answer | Failure:
        """The answer in a body, or what its status says."""
        if response.status != 200:
            said, code = read_error(raw)
            return refused(self.endpoint, response.status, said, code=code, wait=retry_after(response.headers))
        latency = time.perf_counter() - started
        try:
            return Answer(json.loads(raw), latency)
        except (ValueError, RecursionError):
            return Failure(self._rubbish(raw), again=False)

    async def _next(self, incoming: "_Incoming") -> str | Failure | None:
        """The text of the next event, None after the last one."""
        try:
            return await incoming.next()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return self._no_reply(error)
        except ValueError as error:
            return self._broke_off(error)

    def _whole(self, incoming: "_Incoming") -> Answer | Failure:
        """What a stream that has been read to its end adds up to."""
        try:
            return Answer(incoming.pieces.completion(), time.perf_counter() - incoming.started, incoming.first)
        except ValueError as error:
            return self._broke_off(error)

    def _broke_off(self, error: ValueError) -> Failure:
        text = (
            f"{self.endpoint.address} broke off while answering {self.endpoint.model}: {self.endpoint.hide(str(error))}"
        )
        return Failure(ModelError(text, hint="Try again; look at the server's log if it goes on."), again=True)

    def _open_session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is not None and self._loop is loop and not self._session.closed:
            return self._session
        if self._finalizer is not None:
            self._finalizer()  # the session of another loop
        headers = {"Content-Type": "application/json", "User-Agent": "llmops", **self.endpoint.headers}
        key = self.endpoint.key()
        if key is not None and not any(name.lower() == "authorization" for name in headers):
            headers["Authorization"] = f"Bearer {key}"
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=self.endpoint.timeout, sock_connect=min(10.0, self.endpoint.timeout)),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._session, self._loop = session, loop
        self._proxy = find_proxy(self._url)
        self._finalizer = weakref.finalize(self, close_forgotten, session, loop)
        return session

    def _no_reply(self, error: Exception) -> Failure:
        endpoint = self.endpoint
        why = str(error) or type(error).__name__
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return unreachable(endpoint, why)
        if isinstance(error, TimeoutError):
            return timed_out(endpoint)
        if isinstance(error, _TooBig):
            text = f"{endpoint.address} answered {endpoint.model} with more than {MAX_BODY >> 20} MiB"
            return Failure(ModelError(text, hint="Ask for less."), again=False)
        text = f"{endpoint.address} broke the connection while answering {endpoint.model}: {endpoint.hide(why)}"
        return Failure(ModelError(text, hint="Try again; look at the server's log if it goes on."), again=True)

    def _rubbish(self, raw: bytes) -> ModelError:
        start = self.endpoint.hide(raw[:200].decode("utf-8", "replace"))[:80]
        return ModelError(
            f"{self.endpoint.address} answered {self.endpoint.model} with something that is no JSON: {start!r}",
            hint="Is the address that of an OpenAI-compatible API? It usually ends in /v1.",
        )


class _TooBig(aiohttp.ClientError):
    pass


class _Incoming:
    """A streamed answer that is being read. `text` is what has come with its beginning; `first` the seconds to it."""

    def __init__(self, response: aiohttp.ClientResponse, started: float) -> None:
        self.pieces = Pieces()
        self.started = started
        self.first: float | None = None
        self.text = ""
        self._events = read_events(response.content)
        self._size = 0

    async def next(self) -> str | None:
        """The text of the next event, None after the last one. Raises ValueError, or an error of the connection."""
        event = await anext(self._events, None)
        if event is None:
            return None
        self._size += len(event)
        if self._size > MAX_BODY:
            raise _TooBig
        text = self.pieces.take(event)
        if self.first is None and self.pieces.has_begun:
            self.first = time.perf_counter() - self.started
        return text


def _is_streamed(response: aiohttp.ClientResponse) -> bool:
    return response.status == 200 and response.content_type == "text/event-stream"


async def _read(response: aiohttp.ClientResponse) -> bytes:
    if (response.content_length or 0) > MAX_BODY:
        raise _TooBig
    if response.content_length is not None:
        return await response.read()
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise _TooBig
    return b"".join(chunks)


def _tokens_used(data: Json, estimate: int) -> int:
    usage = data.get("usage") if isinstance(data, dict) else None
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if isinstance(total, int) else estimate
