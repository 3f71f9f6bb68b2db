"""Every provider that has no OpenAI-compatible server, through litellm.

Its import costs seconds, so it happens at the first call; unless told before, it would fetch its cost map from the
network then. Retries, limits and messages are ours, the same as for direct calls: litellm is asked for one attempt.
"""

import importlib.util
import os
import threading
import time
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Protocol, cast

from llmops.backends.endpoints import Endpoint
from llmops.backends.failures import refused, timed_out, unreachable
from llmops.backends.hosted_embedder import HostedEmbedder
from llmops.backends.limits import shared_limit
from llmops.backends.pieces import Pieces
from llmops.backends.prices import find_price
from llmops.backends.retries import Failure, Retries, persist, retry_after
from llmops.backends.window import shared_window
from llmops.backends.wire import chat_payload, encode, read_reply
from llmops.core.bridge import to_thread
from llmops.core.errors import ExtraMissing, ModelError
from llmops.core.hashing import Json
from llmops.core.settings import Connection, Settings, seconds
from llmops.domain.interaction import ChatReply, ChatRequest

_loading = threading.Lock()


class _Response(Protocol):
    def model_dump(self) -> dict[str, Json]: ...


class _Chunks(Protocol):
    def __aiter__(self) -> AsyncIterator[_Response]: ...

    async def __anext__(self) -> _Response: ...

    async def aclose(self) -> None: ...


class LitellmChat:
    """A chat model that litellm asks."""

    def __init__(self, endpoint: Endpoint, retries: Retries | None = None) -> None:
        self.endpoint = endpoint
        self._caller = _Caller(endpoint, retries)

    @property
    def address(self) -> str:
        """The connection's server, or the provider's name, for cache keys."""
        return self.endpoint.address

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Answer one request; ModelError when there is no usable answer."""
        payload = chat_payload(request, self.endpoint.name)
        size = len(encode(payload))
        litellm = await to_thread(load_litellm)
        data, latency = await self._caller.call(litellm.acompletion, payload, size)
        return self._read(data, latency)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[str | ChatReply, None]:
        """Pieces of the text as they come, and the whole reply last; ModelError when there is no usable answer."""
        asked = request.model_copy(update={"parameters": {**request.parameters, "stream": True}})
        payload = chat_payload(asked, self.endpoint.name, streams=True)
        litellm = await to_thread(load_litellm)
        began, whole, first = time.perf_counter(), Pieces(), None
        async with aclosing(self._caller.stream(litellm.acompletion, payload, len(encode(payload)))) as chunks:
            async for chunk in chunks:
                text = whole.add(chunk)
                if first is None and whole.has_begun:
                    first = time.perf_counter() - began
                if text:
                    yield text
        try:
            data = whole.completion()
        except ValueError as error:
            raise _broke_off(self.endpoint, str(error)) from error
        reply = self._read(data, time.perf_counter() - began)
        yield reply.model_copy(update={"usage": reply.usage.model_copy(update={"first_token": first})})

    def _read(self, data: Json, latency: float) -> ChatReply:
        endpoint = self.endpoint
        price = find_price(endpoint.name)
        return read_reply(data, model=endpoint.model, where=endpoint.address, latency=latency, price=price)


class LitellmEmbeddings:
    """Asks litellm for embeddings."""

    def __init__(self, endpoint: Endpoint, retries: Retries | None = None) -> None:
        self._endpoint = endpoint
        self._caller = _Caller(endpoint, retries)

    async def ask(self, texts: list[str]) -> Json:
        """The reply for some texts, in the OpenAI shape."""
        litellm = await to_thread(load_litellm)
        payload: dict[str, Json] = {"model": self._endpoint.name, "input": texts}
        data, _ = await self._caller.call(litellm.aembedding, payload, sum(map(len, texts)))
        return data

    async def close(self) -> None:
        """litellm keeps its connections for the whole process."""


class _Litellm(Protocol):
    def acompletion(self, **arguments: Json) -> Awaitable[_Response]: ...

    def aembedding(self, **arguments: Json) -> Awaitable[_Response]: ...


class _Caller:
    """One function of litellm, with our limits, time-out, retries and errors."""

    def __init__(self, endpoint: Endpoint, retries: Retries | None) -> None:
        self._endpoint = endpoint
        self._retries = retries or Retries()
        self._limit = shared_limit(endpoint.provider, endpoint.address, endpoint.rpm, endpoint.tpm)
        self._window = shared_window(endpoint.provider, endpoint.address)

    async def call(
        self, function: Callable[..., Awaitable[_Response]], payload: dict[str, Json], size: int
    ) -> tuple[dict[str, Json], float]:
        """The reply as plain JSON, and its latency; `size` is that of the request in characters."""
        arguments = self._arguments(payload)
        if self._limit is not None:
            await self._limit.acquire(size // 4)
        data, latency = await persist(
            lambda: self._window.ask(lambda: self._attempt(function, arguments)), self._retries
        )
        if self._limit is not None:
            self._limit.correct(size // 4, int((data.get("usage") or {}).get("total_tokens") or size // 4))
        return data, latency

    async def stream(
        self, function: Callable[..., Awaitable[_Response]], payload: dict[str, Json], size: int
    ) -> AsyncGenerator[dict[str, Json], None]:
        """The chunks of a streamed reply as plain JSON, tried again only until the first has come."""
        arguments = self._arguments(payload)
        if self._limit is not None:
            await self._limit.acquire(size // 4)
        async with AsyncExitStack() as until_read:
            chunks, chunk = await persist(lambda: self._begin(function, arguments, until_read), self._retries)
            while chunk is not None:
                yield chunk
                try:
                    chunk = await _next_chunk(chunks)
                except Exception as error:  # wall: whatever a provider's stream raises has broken it off
                    raise _broke_off(self._endpoint, str(error)) from error

    async def _begin(
        self, function: Callable[..., Awaitable[_Response]], arguments: dict[str, Json], until_read: AsyncExitStack
    ) -> tuple[_Chunks, dict[str, Json] | None] | Failure:
        """An attempt at a stream, up to its first chunk. It keeps its turn until everything has been read."""
        import openai

        async with AsyncExitStack() as attempt:
            began = await attempt.enter_async_context(self._window.turn())
            outcome: tuple[_Chunks, dict[str, Json] | None] | Failure
            try:
                chunks = cast("_Chunks", await function(**arguments))
                attempt.push_async_callback(chunks.aclose)
                outcome = chunks, await _next_chunk(chunks)
            except openai.APITimeoutError:
                outcome = timed_out(self._endpoint)
            except openai.OpenAIError as error:
                outcome = self._failure(error)
            self._window.learn(began, outcome)
            if not isinstance(outcome, Failure):
                until_read.push_async_callback(attempt.pop_all().aclose)
        return outcome

    def _arguments(self, payload: dict[str, Json]) -> dict[str, Json]:
        endpoint = self._endpoint
        arguments = {**payload, "timeout": endpoint.timeout, "num_retries": 0, "max_retries": 0}
        if endpoint.api_base:
            arguments["api_base"] = endpoint.api_base
        if endpoint.headers:
            arguments["extra_headers"] = dict(endpoint.headers)
        if endpoint.key_env:
            arguments["api_key"] = endpoint.key()
        return arguments

    async def _attempt(
        self, function: Callable[..., Awaitable[_Response]], arguments: dict[str, Json]
    ) -> tuple[dict[str, Json], float] | Failure:
        import openai  # litellm's own errors are subclasses of this library's

        started = time.perf_counter()
        try:
            response = await function(**arguments)
        except openai.APITimeoutError:
            return timed_out(self._endpoint)
        except openai.OpenAIError as error:
            return self._failure(error)
        latency = time.perf_counter() - started
        data = response.model_dump()
        cost = getattr(response, "_hidden_params", {}).get("response_cost")
        if isinstance(cost, float) and cost > 0 and isinstance(data.get("usage"), dict):
            data["usage"]["cost"] = cost
        return data, latency

    def _failure(self, error: Exception) -> Failure:
        status = getattr(error, "status_code", None)
        said = str(error).removeprefix("litellm.").partition("Traceback (most recent call last)")[0].strip()
        if _never_connected(error):
            return unreachable(self._endpoint, said)
        if type(error).__name__ == "APIConnectionError" or not isinstance(status, int):
            # litellm's word for whatever went wrong inside it
            text = f"litellm could not ask {self._endpoint.model}: {self._endpoint.hide(said)}"
            return Failure(ModelError(text, hint="Check the model string, and what its provider needs."), again=False)
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
        code = str(getattr(error, "code", "") or "")
        return refused(self._endpoint, status, said, code=code, wait=retry_after(headers))


async def _next_chunk(chunks: _Chunks) -> dict[str, Json] | None:
    chunk = await anext(chunks, None)
    return None if chunk is None else chunk.model_dump()


def _broke_off(endpoint: Endpoint, why: str) -> ModelError:
    text = f"{endpoint.address} broke off while answering {endpoint.model}: {endpoint.hide(why)}"
    return ModelError(text, hint="Try again; look at the server's log if it goes on.")


def _never_connected(error: BaseException | None) -> bool:
    """Whether a failed connection is behind an error; litellm calls it HTTP 500."""
    import httpx

    while error is not None:
        if isinstance(error, OSError | httpx.ConnectError):
            return True
        error = error.__cause__ or error.__context__
    return False


def open_chat(model: str, settings: Settings) -> LitellmChat:
    """Open a chat model of a provider that litellm knows; `litellm/…` before the model string insists on it."""
    return LitellmChat(find_litellm_endpoint(model, settings))


def open_embedder(model: str, settings: Settings) -> HostedEmbedder:
    """Open an embedding model of a provider that litellm knows."""
    endpoint = find_litellm_endpoint(model, settings)
    return HostedEmbedder(model, endpoint.address, lambda: LitellmEmbeddings(endpoint))


def find_litellm_endpoint(model: str, settings: Settings) -> Endpoint:
    """Resolve a model string; the connection named like the provider gives address, key, headers and limits.

    Raises:
        ExtraMissing: litellm is not installed.
    """
    if importlib.util.find_spec("litellm") is None:
        raise ExtraMissing("litellm", "litellm", needed_for=f"the model {model}")
    name = model.removeprefix("litellm/")
    provider = name.partition("/")[0]
    connection = settings.connections.get(provider, Connection())
    return Endpoint(
        model=model,
        provider=provider,
        name=name,
        api_base=connection.api_base or connection.url,
        key_env=(connection.key_env,) if connection.key_env else (),
        headers=connection.headers,
        timeout=seconds(connection.timeout),
        rpm=connection.rpm,
        tpm=connection.tpm,
    )


def load_litellm() -> _Litellm:
    """Import litellm without network, telemetry and advertising."""
    with _loading:
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        os.environ.setdefault("LITELLM_LOG", "ERROR")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import litellm

        # It builds some of its types at the first call, and pydantic has something to say about them.
        warnings.filterwarnings("ignore", "Item .* on TypedDict class .* ReadOnly", UserWarning)
        litellm.telemetry = False
        litellm.suppress_debug_info = True
        loaded: _Litellm = litellm
        return loaded
