"""What both vector stores ask of ids, vectors and the folder of a generation."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmops.core.errors import InputError, VectorStoreError

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
REBUILD: Final = "Delete that folder and sync the index again: it is rebuilt from the store, without embedding anew."


def open_folder(path: Path, name: str) -> Path:
    """Make sure of the folder of one generation below `path`, and return it."""
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} cannot name a generation", hint="Use letters, digits, '-', '_' and '.'.")
    folder = path / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VectorStoreError(
            f"{folder} cannot be created: {error.strerror}", hint="Check [vectors] path and the folder's permissions."
        ) from error
    return folder


def last_of_each(ids: Sequence[str], vectors: "Vectors", dimension: int) -> "tuple[list[str], Vectors]":
    """Keep the last vector of each id, as float32.

    Raises:
        VectorStoreError: not one vector an id, of another dimension, or not finite.
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
    last = {identifier: row for row, identifier in enumerate(ids)}
    if len(last) == len(ids):
        return list(ids), matrix
    return list(last), matrix[list(last.values())]


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
