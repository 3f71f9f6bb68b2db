"""The history of an index as people read it: which change came when, and what it brought."""

from llmops.core.hashing import Json
from llmops.domain.manifest import Commit, Generation
from llmops.domain.noun import Noun
from llmops.storage.corpus import CorpusRepository


class History(Noun):
    """The changes of a generation, newest first, from `oldest` on. What it held before that is forgotten."""

    index: str
    generation: str
    sequence: int
    oldest: int
    changes: tuple[Commit, ...] = ()

    @property
    def columns(self) -> list[str]:
        """What `rows` holds."""
        return ["sequence", "at", "added", "updated", "removed", "embedded", "why"]

    def rows(self) -> list[list[str]]:
        """The changes as a table."""
        return [
            [
                str(change.sequence),
                f"{change.at:%Y-%m-%d %H:%M:%S}",
                *map(str, (change.added, change.updated, change.removed, change.embedded)),
                change.note or "sync",
            ]
            for change in self.changes
        ]

    def as_json(self) -> Json:
        """The history as plain values."""
        return self.model_dump(mode="json")


def read_history(corpus: CorpusRepository, generation: Generation, limit: int | None = None) -> History:
    """Read the history of a generation."""
    return History(
        index=generation.index,
        generation=generation.uid,
        sequence=generation.sequence,
        oldest=generation.oldest,
        changes=tuple(corpus.past.commits(generation.id, limit)),
    )
