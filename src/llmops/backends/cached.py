"""Replies and vectors that were asked for before, from a content-addressed cache.

A key is a digest of everything an answer depends on and of nothing else, so a changed prompt, parameter or server misses
and an unchanged one costs nothing. It holds no secret. Equal requests under way at the same time are asked once.
Writes of replies that end together are grouped into one, in a thread, and `chat` returns when its reply is stored.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from llmops.core.bridge import to_thread
from llmops.core.errors import InputError
from llmops.core.hashing import Json, digest
from llmops.domain.interaction import ChatReply, ChatRequest
from llmops.domain.ports import ChatModel, Embedder, EmbeddingCache, ReplyCache, TextRole

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


@runtime_checkable
class _Addressed(Protocol):
    @property
    def address(self) -> str: ...


@runtime_checkable
class _ReadsContexts(Protocol):
    @property
    def reads_contexts(self) -> bool: ...


@runtime_checkable
class _ReadsValues(Protocol):
    @property
    def reads_values(self) -> bool: ...


@runtime_checkable
class _Closing(Protocol):
    async def close(self) -> None: ...


@runtime_checkable
class _StoresMany(Protocol):
    def put_many(self, replies: Mapping[str, ChatReply]) -> None: ...


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class CachedChat:
    """A chat model before a cache. Replies from the cache are marked and keep their original time, latency and cost."""

    def __init__(self, model: ChatModel, cache: ReplyCache, clock: Callable[[], datetime] = utc_now) -> None:
        self._model = model
        self._cache = cache
        self._clock = clock
        self._running: dict[str, _Flight] = {}
        self._writer = _Writer(cache)
        # Asked once: looking a protocol up takes longer than a look into the cache.
        self._addressed = model if isinstance(model, _Addressed) else None
        self._reads_contexts = isinstance(model, _ReadsContexts) and model.reads_contexts
        self._reads_values = isinstance(model, _ReadsValues) and model.reads_values

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Answer from the cache, else ask and remember. Failures are not remembered."""
        key = self.key(request)
        flight = self._running.get(key)
        if flight is None:
            found = self._cache.get(key)
            if found is not None:
                return found.model_copy(update={"cached": True})
            flight = self._running[key] = _Flight(asyncio.ensure_future(self._ask(key, request)))
        try:
            return await flight.wait()
        finally:
            if flight.ended and self._running.get(key) is flight:
                del self._running[key]

    def key(self, request: ChatRequest) -> str:
        """What a request's reply is stored under."""
        parts: dict[str, Json] = {
            "address": self._addressed.address if self._addressed is not None else "",
            "model": request.model,
            "messages": [message.model_dump(exclude_defaults=True) for message in request.messages],
            "parameters": request.parameters,
            "tools": request.tools,
            "output": request.output,
            "repeat": request.repeat,
        }
        if self._reads_contexts:
            parts["question"] = request.question
            parts["contexts"] = [context.text for context in request.contexts]
        if self._reads_values:
            parts["prompt"] = request.prompt
            parts["values"] = request.values
        try:
            return digest("reply", parts)
        except ValueError as error:
            raise InputError(
                f"the request cannot be written as JSON: {error}", hint="Check parameters, tools and output schema."
            ) from error

    async def close(self) -> None:
        """Close the model behind."""
        if isinstance(self._model, _Closing):
            await self._model.close()

    async def _ask(self, key: str, request: ChatRequest) -> ChatReply:
        reply = await self._model.chat(request)
        if reply.at is None:
            reply = reply.model_copy(update={"at": self._clock()})
        await self._writer.put(key, reply)
        return reply


class _Flight:
    """A request under way and those who wait for it; when the last of them is cancelled, so is the request."""

    def __init__(self, task: asyncio.Future[ChatReply]) -> None:
        self._task = task
        self._waiting = 0

    @property
    def ended(self) -> bool:
        """Whether nobody can join any more."""
        return self._task.done() or self._waiting == 0

    async def wait(self) -> ChatReply:
        self._waiting += 1
        try:
            return await asyncio.shield(self._task)
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                self._task.cancel()  # changes nothing when it is done


class _Writer:
    """Stores replies, one write at a time; those that come in while one is under way share the next."""

    def __init__(self, cache: ReplyCache) -> None:
        self._cache = cache
        self._turn = asyncio.Lock()
        self._batch: dict[str, ChatReply] = {}
        self._write: asyncio.Future[None] | None = None

    async def put(self, key: str, reply: ChatReply) -> None:
        self._batch[key] = reply
        if self._write is None:
            self._write = asyncio.ensure_future(self._flush())
        await asyncio.shield(self._write)

    async def _flush(self) -> None:
        async with self._turn:
            batch, self._batch, self._write = self._batch, {}, None
            await to_thread(self._store, batch)

    def _store(self, batch: Mapping[str, ChatReply]) -> None:
        if isinstance(self._cache, _StoresMany):
            self._cache.put_many(batch)
            return
        for key, reply in batch.items():
            self._cache.put(key, reply)


class CachedEmbedder:
    """An embedder before a cache: only texts that are not in it are embedded, each once."""

    def __init__(self, embedder: Embedder, cache: EmbeddingCache) -> None:
        self._embedder = embedder
        self._cache = cache

    @property
    def identity(self) -> str:
        """That of the embedder behind."""
        return self._embedder.identity

    @property
    def dimension(self) -> int:
        """That of the embedder behind."""
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        """That of the embedder behind."""
        return self._embedder.max_tokens

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Those of the embedder behind."""
        return self._embedder.token_spans(text)

    async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
        """Embed texts, from the cache where possible."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        keys = {text: digest("embedding", [self.identity, role, text]) for text in dict.fromkeys(texts)}
        known = dict(await to_thread(self._cache.get_many, list(keys.values())))
        absent = [text for text, key in keys.items() if key not in known]
        if absent:
            fresh = await self._embedder.embed(absent, role)
            new = {keys[text]: vector for text, vector in zip(absent, fresh, strict=True)}
            await to_thread(self._cache.put_many, new)
            known.update(new)
        vectors: Vectors = np.stack([known[keys[text]] for text in texts])
        return vectors

    async def close(self) -> None:
        """Close the embedder behind."""
        if isinstance(self._embedder, _Closing):
            await self._embedder.close()
