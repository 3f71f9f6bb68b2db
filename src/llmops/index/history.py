"""The history of an index as people read it: which change came when, and what it brought."""

from datetime import datetime

from llmops.core.hashing import Json
from llmops.domain.manifest import Generation
from llmops.domain.noun import Noun
from llmops.storage.corpus import CorpusRepository


class Change(Noun):
    """One change: chunks that were `added`, `updated` and `removed`, texts that were `embedded` for it, and why it was made if
    it was no sync."""

    sequence: int
    at: datetime
    added: int
    updated: int
    removed: int
    embedded: int
    note: str = ""


class History(Noun):
    """The changes of a generation, newest first, from `oldest` on. What it held before that is forgotten."""

    index: str
    generation: str
    sequence: int
    oldest: int
    changes: tuple[Change, ...] = ()

    @property
    def columns(self) -> list[str]:
        """What `rows` holds."""
        return ["sequence", "at", "added", "updated", "removed", "embedded", "why"]

    def rows(self) -> list[list[str]]:
        """The changes as a table."""
        return [
            [
                str(c.sequence),
                f"{c.at:%Y-%m-%d %H:%M:%S}",
                str(c.added),
                str(c.updated),
                str(c.removed),
                str(c.embedded),
                c.note or "sync",
            ]
            for c in self.changes
        ]

    def as_json(self) -> Json:
        """The history as plain values."""
        return self.model_dump(mode="json")


def read_history(corpus: CorpusRepository, generation: Generation, limit: int | None = None) -> History:
    """Read the history of a generation."""
    changes = (
        Change(
            sequence=commit.sequence,
            at=commit.at,
            added=commit.added,
            updated=commit.updated,
            removed=commit.removed,
            embedded=commit.embedded,
            note=commit.note,
        )
        for commit in corpus.past.commits(generation.id, limit)
    )
    return History(
        index=generation.index,
        generation=generation.uid,
        sequence=generation.sequence,
        oldest=generation.oldest,
        changes=tuple(changes),
    )
