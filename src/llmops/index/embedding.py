"""Step E of a sync: texts become vectors in batches, and each batch is in the cache before anything else happens to it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from llmops.core.bridge import to_thread
from llmops.core.errors import ModelError
from llmops.domain.manifest import Generation, ItemWrite
from llmops.domain.ports import EmbeddingCache

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

EMBED_BATCH: Final = 128

NOTHING_FRESH: Final["Mapping[str, Vectors]"] = MappingProxyType({})

Embed: TypeAlias = Callable[[Sequence[str]], Awaitable["Vectors"]]


class Made(NamedTuple):
    """Vectors by their keys that were embedded for a batch before it is written, in so many seconds; the cache has them."""

    vectors: "Mapping[str, Vectors]" = NOTHING_FRESH
    seconds: float = 0.0


NOTHING_MADE: Final = Made()


def texts_of(writes: Sequence[ItemWrite]) -> dict[str, str]:
    """What is embedded for chunks, by the keys of their vectors; each text once."""
    chunks = (indexed for write in writes for indexed in write.chunks or ())
    return {indexed.embedding_key: indexed.header + indexed.chunk.text for indexed in chunks}


def in_batches(texts: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Cut texts into batches for the embedder; those of one length together, which need no padding."""
    keys = sorted(texts, key=lambda key: (-len(texts[key]), key))
    for start in range(0, len(keys), EMBED_BATCH):
        yield {key: texts[key] for key in keys[start : start + EMBED_BATCH]}


async def embed_batch(
    embed: Embed, texts: Mapping[str, str], generation: Generation, cache: EmbeddingCache
) -> "dict[str, Vectors]":
    """Embed a batch, and commit its vectors to the cache.

    Raises:
        ModelError: the embedder fails, or answers with vectors of another length than the generation has.
    """
    vectors = await embed(list(texts.values()))
    if vectors.shape != (len(texts), generation.dimension):
        raise ModelError(
            f"{generation.spec.embedding} answered {len(texts)} texts with vectors of shape {vectors.shape}, "
            f"not ({len(texts)}, {generation.dimension})",
            hint="Is the server serving another model than before? Nothing of this batch was kept.",
        )
    fresh = dict(zip(texts, vectors, strict=True))
    await to_thread(cache.put_many, fresh)
    return fresh
