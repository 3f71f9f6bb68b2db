"""Texts in batches, and batches of vectors in the cache."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from llmops.backends.hashed import HashEmbedder
from llmops.core.errors import ModelError
from llmops.index.embedding import EMBED_BATCH, embed_batch, in_batches
from tests.support.indexes import Library

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


def test_batches_hold_every_text_once_and_those_of_one_length_together() -> None:
    texts = {f"k{n:03d}": "x" * (n % 7) for n in range(2 * EMBED_BATCH + 3)}
    batches = list(in_batches(texts))
    assert [len(batch) for batch in batches] == [EMBED_BATCH, EMBED_BATCH, 3]
    assert {key: text for batch in batches for key, text in batch.items()} == texts
    lengths = [len(text) for batch in batches for text in batch.values()]
    assert lengths == sorted(lengths, reverse=True)
    assert list(in_batches({})) == []


def test_vectors_of_another_length_are_not_kept(library: Library) -> None:
    library.write({"a.md": "text"}).sync()

    async def shorter(texts: Sequence[str]) -> "Vectors":
        return await HashEmbedder(32).embed(texts)

    cache = library.store.embeddings
    with pytest.raises(ModelError, match=r"answered 1 texts with vectors of shape \(1, 32\), not \(1, 64\)") as refused:
        asyncio.run(embed_batch(shorter, {"k": "text"}, library.generation, cache))
    assert "Nothing of this batch was kept" in refused.value.hint
    assert cache.known(["k"]) == set()
    fresh = asyncio.run(embed_batch(HashEmbedder(64).embed, {"k": "text"}, library.generation, cache))
    assert cache.get_many(["k"])["k"].tolist() == fresh["k"].tolist()
