"""What all vector stores ask of names, ids, vectors and metadata before they write or search anything."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmops.core.errors import InputError, VectorStoreError
from llmops.core.hashing import Json
from llmops.domain.filters import tokens

if TYPE_CHECKING:
    from llmops.domain.vector_store import Vectors

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9][A-Za-z0-9._-]{0,199})*")


def check_name(name: str) -> str:
    """Return what a generation's vectors are kept under, or raise InputError: it may become part of a path."""
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} cannot name a generation", hint="Use letters, digits, '-', '_' and '.'.")
    return name


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be written: each id once, with its vector and the tokens it can be filtered by."""

    ids: list[str]
    vectors: "Vectors"
    tokens: list[list[str]]

    def parts(self, size: int) -> "Iterator[Batch]":
        """It again in batches of at most `size`."""
        for start in range(0, len(self.ids), size):
            part = slice(start, start + size)
            yield Batch(self.ids[part], self.vectors[part], self.tokens[part])


def last_of_each(
    ids: Sequence[str], vectors: "Vectors", metadata: Sequence[Mapping[str, Json]] | None, dimension: int
) -> Batch:
    """Keep what was given last for each id, with vectors as float32.

    Raises:
        VectorStoreError: not one vector and metadata an id, of another dimension, or not finite.
    """
    import numpy as np

    matrix: Vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if matrix.shape != (len(ids), dimension):
        raise VectorStoreError(
            f"{len(ids)} ids came with vectors of shape {matrix.shape}; this generation has dimension {dimension}",
            hint="Was the index built with another embedding model? Sync it to build a generation for this one.",
        )
    if not np.isfinite(matrix).all():
        raise VectorStoreError("a vector is not finite", hint="The embedding model answered with NaN; embed anew.")
    if metadata is not None and len(metadata) != len(ids):
        raise VectorStoreError(
            f"{len(ids)} ids came with metadata for {len(metadata)}", hint="Give a mapping for each id, or none at all."
        )
    last = {identifier: row for row, identifier in enumerate(ids)}
    kept = list(last.values())
    held = [[] if metadata is None else tokens(metadata[row]) for row in kept]
    return Batch(list(last), matrix if len(last) == len(ids) else matrix[kept], held)


def check_query(vector: "Vectors", dimension: int) -> "Vectors":
    """Return a query vector as float32 of shape (dimension,), or raise VectorStoreError."""
    import numpy as np

    query: Vectors = np.asarray(vector, dtype=np.float32).reshape(-1)
    if query.shape != (dimension,) or not np.isfinite(query).all():
        raise VectorStoreError(
            f"the query vector has shape {query.shape}; this generation has dimension {dimension}",
            hint="Was the index built with another embedding model? Sync it to build a generation for this one.",
        )
    return query
