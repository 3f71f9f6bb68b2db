"""How a sync is to go about it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a sync may do.

    Args:
        confirm_deletes: delete what is gone even if a source has lost more than 30 % of its documents.
        build: build a new generation beside those that the index has. A first one is built unasked.
        budget: US dollars that embedding may cost; None is no bound.
        resume: go on though the contents were set back; without it such an index is left as it is.
        force: take the lease and ask the embedder who it is, even when nothing changed.
        executor: where documents are parsed and cut, and texts embedded.
        concurrency: how many pieces of that are under way at once, where it is not in this process.
    """

    confirm_deletes: bool = False
    build: bool = False
    budget: float | None = None
    resume: bool = False
    force: bool = False
    executor: str = "local"
    concurrency: int = 8


A_PLAIN_SYNC: Final = SyncOptions()
