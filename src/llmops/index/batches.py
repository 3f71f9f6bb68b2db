"""Some differences at a time, prepared: what goes through the writer in one transaction."""

from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from llmops.core.bridge import to_thread
from llmops.domain.manifest import ItemWrite, ManifestItem
from llmops.index.embedding import NOTHING_MADE, Made
from llmops.index.plan import Difference
from llmops.index.prepare import Preparation

BATCH_CHUNKS: Final = 512
BATCH_DOCUMENTS: Final = 1000
BATCH_BYTES: Final = 16_000_000
"""Bytes of documents as they are known; all chunks that are replaced or go with them are read at once."""


@dataclass(slots=True)
class Batch:
    """Some differences, prepared: items to write, the state they were known in, items that are gone, and how many of those
    were not to be deleted; and what was `made` of it ahead. `replaced` are the bytes of those that were known."""

    writes: list[ItemWrite] = field(default_factory=list)
    known: dict[ManifestItem, None] = field(default_factory=dict)
    gone: list[ManifestItem] = field(default_factory=list)
    held: int = 0
    chunks: int = 0
    replaced: int = 0
    made: Made = NOTHING_MADE

    @property
    def size(self) -> int:
        """How many differences it holds."""
        return len(self.writes) + len(self.gone) + self.held

    @property
    def is_full(self) -> bool:
        """Whether that is enough for one transaction."""
        return self.chunks >= BATCH_CHUNKS or self.size >= BATCH_DOCUMENTS or self.replaced >= BATCH_BYTES

    def add(self, difference: Difference[ManifestItem], write: ItemWrite | None, *, delete: bool) -> None:
        """Add a difference, and what is to be written for it, if anything is listed."""
        self.replaced += difference.known.size if difference.known is not None else 0
        if write is not None:
            self.writes.append(write)
            self.chunks += len(write.chunks or ())
            if difference.known is not None:
                self.known[difference.known] = None
        elif difference.known is not None and delete:
            self.gone.append(difference.known)
        else:
            self.held += 1

    def to_write(self) -> list[ItemWrite]:
        """The items that are not as they were."""
        return [write for write in self.writes if write.item not in self.known]


MakeBatches: TypeAlias = Callable[[Iterator[Difference[ManifestItem]], Preparation, bool], AsyncGenerator[Batch, None]]
"""Prepares differences in their order; the flag says whether what is gone is to be deleted."""


async def one_by_one(
    differences: Iterator[Difference[ManifestItem]], preparation: Preparation, delete: bool
) -> AsyncGenerator[Batch, None]:
    """Prepare a batch in this process when the one before it is written."""
    while (batch := await to_thread(next_batch, differences, preparation, delete=delete)).size:
        yield batch


def next_batch(differences: Iterator[Difference[ManifestItem]], preparation: Preparation, *, delete: bool) -> Batch:
    """Read and cut documents until there is enough for one transaction; an empty batch at the end."""
    batch = Batch()
    for difference in differences:
        listed = difference.listed
        write = None if listed is None else preparation.prepare(listed, difference.known)
        batch.add(difference, write, delete=delete)
        if batch.is_full:
            break
    return batch
