"""What is wrong with the vectors of a generation, chunk by chunk, and whether they can be put right one by one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeAlias, TypeVar

from llmops.index.verification import Recall

MOST_NAMED: Final = 50_000
"""Vectors of each kind of damage that are remembered one by one; where there are more, all are made again."""

T = TypeVar("T")


class Found(Generic[T]):
    """Things that were found: all are counted, the first are kept."""

    def __init__(self, things: Iterable[T] = ()) -> None:
        self.count = 0
        self._kept: list[T] = []
        self.add(*things)

    def add(self, *things: T) -> None:
        """Count some more."""
        self.count += len(things)
        self._kept += things[: MOST_NAMED - len(self._kept)]

    def __iter__(self) -> Iterator[T]:
        return iter(self._kept)

    def __bool__(self) -> bool:
        return self.count > 0

    @property
    def is_cut(self) -> bool:
        """Whether there were more than are kept."""
        return self.count > len(self._kept)


Vectors: TypeAlias = Found[tuple[str, str]]
"""Chunk ids with the keys of their vectors."""


@dataclass(slots=True)
class Faults:
    """What is wrong, by chunk: (cid, embedding key) to be put back, and ids to be removed. `doubled` ids are extra ones whose
    vector another id has; so many were `repeated` that an id occurs twice."""

    missing: Vectors = field(default_factory=Found)
    wrong: Vectors = field(default_factory=Found)
    misshapen: Vectors = field(default_factory=Found)
    uncached: Vectors = field(default_factory=Found)
    extra: Found[str] = field(default_factory=Found)
    doubled: Found[str] = field(default_factory=Found)
    repeated: int = 0
    vectors: int = 0
    probed: int = 0
    unreachable: int = 0
    recall: Recall | None = None
    unusable: str = ""

    @property
    def to_rebuild(self) -> str:
        """Why the vector store is to be made again as a whole; empty if single vectors can be put right."""
        if self.unusable:
            return self.unusable
        if self.unreachable:
            return f"{self.unreachable} of {self.probed} vectors were not found"
        if self.misshapen:
            return f"{self.misshapen.count} vectors had a wrong dimension"
        if self.repeated:
            return f"{self.repeated} ids were there twice"
        kinds = (self.missing, self.wrong, self.uncached, self.extra, self.doubled)
        if any(kind.is_cut for kind in kinds):
            return f"{sum(kind.count for kind in kinds):,} vectors were missing, wrong or unknown"
        single = self.missing or self.wrong or self.extra or self.doubled  # put right, they may have been all of it
        poor = self.recall is not None and self.recall.is_poor and not single
        return "it found too few of the nearest chunks" if poor else ""
