"""Those who prepare documents and embed texts for a sync in other processes, and documents on their way to them and back.

What travels is JSON: it says the same to every process, and runs nothing where it is read.
"""

import base64
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from llmops.core.hashing import Json
from llmops.domain.corpus import Chunk
from llmops.domain.documents import SourceItem
from llmops.domain.manifest import Generation, IndexedChunk, ItemWrite, ManifestItem

if TYPE_CHECKING:
    from llmops.domain.vector_store import Vectors


class Reading(NamedTuple):
    """A document that was read and is to be parsed and cut: as the manifest knows it, as its source lists it, its bytes and
    their digest."""

    item: ManifestItem
    listed: SourceItem
    data: bytes
    content_hash: str


class Crew(Protocol):
    """Does what depends on nothing but what it is given, so that it does not matter who does it, and when."""

    @property
    def width(self) -> int:
        """How many pieces of work keep all of them busy."""
        ...

    async def prepare(self, readings: Sequence[Reading]) -> list[ItemWrite]:
        """Parse and cut documents; one that cannot be parsed says so in its `error`."""
        ...

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """Embed texts of documents; shape (len(texts), dimension), float32, unit length."""
        ...


OpenCrew: TypeAlias = Callable[[Generation], AbstractAsyncContextManager[Crew]]
"""Has a crew for as long as a generation is written."""


def written_readings(readings: Sequence[Reading]) -> Json:
    """Documents as JSON."""
    return [
        [
            list(reading.item),
            [*reading.listed[:4], dict(reading.listed.metadata), reading.listed.format],
            base64.b64encode(reading.data).decode("ascii"),
            reading.content_hash,
        ]
        for reading in readings
    ]


def read_readings(written: Json) -> list[Reading]:
    """The documents again."""
    return [
        Reading(ManifestItem(*item), SourceItem(*listed), base64.b64decode(data), content_hash)
        for item, listed, data, content_hash in written
    ]


def written_writes(writes: Sequence[ItemWrite]) -> Json:
    """What documents became, as JSON."""
    return [
        [
            list(write.item),
            None
            if write.chunks is None
            else [[indexed.chunk.model_dump(mode="json"), *indexed[1:]] for indexed in write.chunks],
        ]
        for write in writes
    ]


def read_writes(written: Json) -> list[ItemWrite]:
    """What they became again."""
    return [
        ItemWrite(
            ManifestItem(*item),
            None if chunks is None else tuple(IndexedChunk(Chunk(**chunk), *rest) for chunk, *rest in chunks),
        )
        for item, chunks in written
    ]
