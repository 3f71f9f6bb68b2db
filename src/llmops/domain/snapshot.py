"""What an app with `snapshot: true` answers from: its index as it was when an alias was moved to the app."""

from typing import Final

from llmops.core.hashing import Json
from llmops.domain.artifact import Move
from llmops.domain.noun import Noun

SNAPSHOT: Final = "snapshot"
"""The key under which the details of a move name it."""


class Snapshot(Noun):
    """The contents of an index at a sequence of one of its generations, named by its uid."""

    index: str
    generation: str
    sequence: int

    def __str__(self) -> str:
        return f"index {self.index} as of sequence {self.sequence} of generation {self.generation}"

    def details(self) -> Json:
        """What a row of the history keeps of it."""
        return {SNAPSHOT: self.model_dump()}


def snapshot_of(move: Move) -> Snapshot | None:
    """What a row of the history pins; None where it pins nothing."""
    found = move.details.get(SNAPSHOT) if isinstance(move.details, dict) else None
    return None if found is None else Snapshot.model_validate(found)
