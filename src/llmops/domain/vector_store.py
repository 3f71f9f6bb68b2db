"""Where the vectors of an index are searched: a copy of what the store holds, which can be made again at any time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from llmops.core.hashing import Json
from llmops.domain.filters import Filters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float32]


@runtime_checkable
class VectorStore(Protocol):
    """A derived view of the store: vectors by chunk id, of one generation. Everything in it can be rebuilt.

    Raises VectorStoreError when it cannot be read or written.
    """

    def upsert(
        self, ids: Sequence[str], vectors: "Vectors", metadata: Sequence[Mapping[str, Json]] | None = None
    ) -> None:
        """Put vectors in place with what they can be filtered by; what was under the same ids before is replaced, metadata
        included. Only texts, numbers, true and false in the metadata can be filtered by."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors; ids that are not there are ignored."""
        ...

    def search(self, vector: "Vectors", k: int, filters: Filters | None = None) -> list[tuple[str, float]]:
        """The k nearest by cosine similarity as (id, similarity), best first; equal similarities in the order of ids.

        With filters, the k nearest of those that match, and never another one.
        """
        ...

    def ids(self) -> Iterator[str]:
        """All ids."""
        ...

    def fetch(self, ids: Sequence[str]) -> "dict[str, Vectors]":
        """The stored vectors of those ids that are there."""
        ...

    def count(self) -> int:
        """How many vectors there are."""
        ...

    def close(self) -> None:
        """Let go of files and locks."""
        ...


@runtime_checkable
class VectorShelf(Protocol):
    """Keeps the vectors of generations apart, each under a name such as `docs/3f2a91c0b7de`.

    Raises VectorStoreError when it cannot be reached.
    """

    @property
    def kind(self) -> str:
        """What `[vectors] kind` calls it."""
        ...

    @property
    def place(self) -> str:
        """Where it is, for people; no two shelves have the same."""
        ...

    @property
    def is_served(self) -> bool:
        """Whether a server keeps it: others may use it too, and a kill of this process tears nothing."""
        ...

    def open(self, name: str, dimension: int) -> VectorStore:
        """Open what is under a name; an empty store if that is nothing."""
        ...

    def discard(self, name: str) -> None:
        """Remove what is under a name. What others may have put there is set aside instead."""
        ...

    def stamp(self, name: str, mark: str) -> None:
        """Note that what is under a name is now as `mark` says."""
        ...

    def doubt(self, name: str, mark: str) -> str:
        """Say why what is under a name cannot be what was stamped so; empty if nothing speaks against it. Opens nothing."""
        ...
