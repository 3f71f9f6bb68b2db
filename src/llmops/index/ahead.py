"""Have a crew prepare and embed batches ahead of the writer: the same batches, in the same order, as one process makes.

Only the writer changes the index. What runs beside it depends on nothing but documents and texts, so it may run anywhere, in any
order, and twice; its results are put back into the order of the listing before anything is made of them. There are as many
pieces of work under way as keep the crew busy, and no more documents are read before the writer has taken a batch.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from llmops.core.bridge import to_thread
from llmops.core.errors import LlmopsError
from llmops.domain.crew import Crew, Reading
from llmops.domain.manifest import Generation, ItemWrite, ManifestItem
from llmops.index.batches import BATCH_CHUNKS, BATCH_DOCUMENTS, Batch
from llmops.index.embedding import EMBED_BATCH, Made, embed_batch, in_batches, texts_of
from llmops.index.plan import Difference
from llmops.index.prepare import Preparation
from llmops.index.turns import EVERY
from llmops.storage.caches import EmbeddingRepository

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

T = TypeVar("T")

PARCEL_DOCUMENTS: Final = 32
PARCEL_BYTES: Final = 1_000_000


class Entry(NamedTuple):
    """A difference, and what is to be written for it or has still to be parsed; None where nothing is listed."""

    difference: Difference[ManifestItem]
    found: ItemWrite | Reading | None


class Ahead:
    """Makes batches of one generation ahead. `renew` keeps the lease while the writer waits for a batch."""

    def __init__(
        self, crew: Crew, generation: Generation, cache: EmbeddingRepository, renew: Callable[[], Awaitable[None]]
    ) -> None:
        self._crew = crew
        self._generation = generation
        self._cache = cache
        self._renew = renew
        self._under_way: set[str] = set()  # keys of vectors that are being made
        self._turns = asyncio.Semaphore(crew.width)
        self._made_at = 0.0

    async def batches(
        self, differences: Iterator[Difference[ManifestItem]], preparation: Preparation, delete: bool
    ) -> AsyncGenerator[Batch, None]:
        """The batches of one source; what fails is raised where it stands in the listing."""
        width = self._crew.width
        prepared = in_order(self._parcels(differences, preparation), width)
        embedded = in_order(
            self._embedding(_filled(prepared, delete)), 1 + math.ceil(width * EMBED_BATCH / BATCH_CHUNKS)
        )
        async with aclosing(read_ahead(embedded, self._renew)) as batches:
            async for batch in batches:
                yield batch

    async def _parcels(
        self, differences: Iterator[Difference[ManifestItem]], preparation: Preparation
    ) -> AsyncGenerator[Coroutine[None, None, list[Entry]], None]:
        while parcel := await to_thread(next_parcel, differences, preparation):
            yield self._prepare(parcel)

    async def _prepare(self, parcel: list[Entry]) -> list[Entry]:
        readings = [entry.found for entry in parcel if isinstance(entry.found, Reading)]
        writes = iter(await self._crew.prepare(readings) if readings else ())
        return [entry._replace(found=next(writes)) if isinstance(entry.found, Reading) else entry for entry in parcel]

    async def _embedding(
        self, batches: AsyncGenerator[Batch, None]
    ) -> AsyncGenerator[Coroutine[None, None, Batch], None]:
        """Say which texts each batch is to have embedded: those that neither the cache has nor an earlier batch brings."""
        async with aclosing(batches):
            async for batch in batches:
                under_way = frozenset(self._under_way)  # what ends from here on, the cache is asked for
                texts = texts_of(batch.to_write())
                known = await to_thread(self._cache.known, list(texts))
                absent = {key: text for key, text in texts.items() if key not in known and key not in under_way}
                self._under_way |= absent.keys()
                yield self._embed(batch, absent)

    async def _embed(self, batch: Batch, texts: Mapping[str, str]) -> Batch:
        if not texts:
            return batch
        began = monotonic()
        vectors: dict[str, Vectors] = {}
        async with aclosing(in_order(self._parts(texts), self._crew.width)) as parts:
            async for part in parts:
                vectors |= part
        now = monotonic()
        batch.made = Made(
            vectors, now - max(began, self._made_at)
        )  # batches share the time in which they are made together
        self._made_at = now
        return batch

    async def _parts(
        self, texts: Mapping[str, str]
    ) -> AsyncGenerator[Coroutine[None, None, "dict[str, Vectors]"], None]:
        for part in in_batches(texts):
            yield self._embed_part(part)

    async def _embed_part(self, texts: Mapping[str, str]) -> "dict[str, Vectors]":
        async with self._turns:
            vectors = await embed_batch(self._crew.embed, texts, self._generation, self._cache)
        self._under_way -= texts.keys()
        return vectors


def next_parcel(differences: Iterator[Difference[ManifestItem]], preparation: Preparation) -> list[Entry]:
    """Read documents until there is enough for one piece of work; nothing at the end."""
    parcel: list[Entry] = []
    documents = size = 0
    for difference in differences:
        found = None if difference.listed is None else preparation.read(difference.listed, difference.known)
        parcel.append(Entry(difference, found))
        if isinstance(found, Reading):
            documents, size = documents + 1, size + len(found.data)
        if documents >= PARCEL_DOCUMENTS or size >= PARCEL_BYTES or len(parcel) >= BATCH_DOCUMENTS:
            break
    return parcel


async def _filled(parcels: AsyncGenerator[list[Entry], None], delete: bool) -> AsyncGenerator[Batch, None]:
    """Fill batches with what was prepared, as one process does."""
    batch = Batch()
    async with aclosing(parcels):
        async for parcel in parcels:
            for difference, found in parcel:
                assert not isinstance(found, Reading)
                batch.add(difference, found, delete=delete)
                if batch.is_full:
                    yield batch
                    batch = Batch()
    if batch.size:
        yield batch


async def in_order(work: AsyncGenerator[Coroutine[None, None, T], None], width: int) -> AsyncGenerator[T, None]:
    """What pieces of work give, in their order, up to `width` of them under way; what fails is raised where it stands."""
    running: deque[asyncio.Task[T]] = deque()
    failure: LlmopsError | None = None
    try:
        async with aclosing(work):
            while True:
                try:
                    piece = await anext(work)
                except StopAsyncIteration:
                    break
                except LlmopsError as error:  # no more work; what was begun stands before this
                    failure = error
                    break
                running.append(asyncio.create_task(piece))
                if len(running) >= width:
                    yield await running.popleft()
        while running:
            yield await running.popleft()
        if failure is not None:
            raise failure
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def read_ahead(
    items: AsyncGenerator[T, None], renew: Callable[[], Awaitable[None]], every: float = EVERY
) -> AsyncGenerator[T, None]:
    """The items of a generator; the next one is made while the reader is busy, and `renew` is called while he has to wait."""
    made: asyncio.Queue[T | None] = asyncio.Queue()
    taken = asyncio.Semaphore(0)

    async def make() -> None:
        async with aclosing(items):
            async for item in items:
                made.put_nowait(item)
                await taken.acquire()

    making = asyncio.create_task(make())
    making.add_done_callback(lambda _: made.put_nowait(None))
    try:
        while True:
            try:
                item = await asyncio.wait_for(made.get(), every)
            except TimeoutError:
                await renew()
                continue
            if item is None:
                break
            taken.release()
            yield item
        await making
    finally:
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
