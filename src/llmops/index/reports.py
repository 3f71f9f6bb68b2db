"""What a sync says when it is done."""

from collections.abc import Sequence
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.noun import Noun
from llmops.domain.smoke import Smoke
from llmops.index.verification import Verification
from llmops.storage.corpus import CorpusRepository

MOST_NOTES: Final = 10


class Failure(Noun):
    """A document that could not be read, and why. If it is `kept`, what it held when it last could be is still served."""

    key: str
    reason: str
    kept: bool


class SyncReport(Noun):
    """What a sync did. Documents: `added`, `updated`, `touched` (newer, same content), `deleted`, `unchanged`; `held` were
    gone but not deleted, since so many at once need `confirm_deletes`. `chunks` are in the index now; `embedded` texts were
    sent to the embedder; `upserted` and `removed` vectors. `rebuilt` says why the vector store was made anew, `verified` what
    was found when new vectors were looked at.

    `others` are the other generations that were kept in step, `kept_for` who needs such a one; `troubles` say why one could
    not be. `retired` ones are needed by nobody any more. `smoke` is a first look at what a new generation finds. `notes` say
    what sources left out.
    """

    index: str
    generation: str
    reason: str = ""
    sequence: int = 0
    added: int = 0
    updated: int = 0
    touched: int = 0
    deleted: int = 0
    unchanged: int = 0
    held: int = 0
    failed: tuple[Failure, ...] = ()
    documents: int = 0
    chunks: int = 0
    embedded: int = 0
    upserted: int = 0
    removed: int = 0
    rebuilt: str = ""
    verified: Verification | None = None
    kept_for: tuple[str, ...] = ()
    others: tuple["SyncReport", ...] = ()
    retired: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    smoke: Smoke | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def problems(self) -> list[str]:
        """What did not go as it should, with what to do about it."""
        found = [
            f"{failure.reason}; {'its last good version is kept' if failure.kept else 'it is not in the index'}"
            for failure in self.failed
        ]
        if self.verified is not None and not self.verified.is_intact:
            faults = " ".join(self.verified.in_words().splitlines()[1:-1])
            found.append(
                f"generation {self.generation} was verified and is not sound: {faults}; try again with: "
                f"llmops index sync {self.index}"
            )
        if self.held:
            found.append(
                f"{self.held} documents are gone from the sources, too many to delete unasked; if that is right: "
                f"llmops index sync {self.index} --confirm-deletes"
            )
        return found + [problem for other in self.others for problem in other.problems] + list(self.troubles)

    def in_words(self) -> str:
        """The report in a few lines."""
        lines = [*self._lines(), *(line for other in self.others for line in other._lines())]
        lines += [self.smoke.in_words()] if self.smoke is not None else []
        lines += [f"retired generation {uid}: nobody needs it any more" for uid in self.retired]
        return "\n".join([*lines, *told(self.notes), *self.problems])

    def _lines(self) -> list[str]:
        parts = [
            f"{count} {what}"
            for what, count in (
                ("added", self.added),
                ("updated", self.updated),
                ("touched", self.touched),
                ("deleted", self.deleted),
                ("unchanged", self.unchanged),
            )
            if count
        ]
        whose = f" generation {self.generation}, for {', '.join(self.kept_for)}" if self.kept_for else ""
        lines = [
            f"{self.index}{whose}: {', '.join(parts) or 'no documents'}; {self.chunks} chunks of {self.documents} documents, "
            f"{self.embedded} texts embedded, in {self.seconds:.1f} s"
        ]
        if self.reason:
            lines.append(f"built generation {self.generation}: {self.reason}")
        if self.rebuilt:
            lines.append(f"vectors rebuilt from the store: {self.rebuilt}")
        return lines

    def as_json(self) -> Json:
        """The report as plain values."""
        return {**self.model_dump(mode="json"), "problems": self.problems}


def told(notes: Sequence[str]) -> list[str]:
    """The first notes as lines, and how many more there are."""
    more = len(notes) - MOST_NOTES
    return [*notes[:MOST_NOTES], *([f"and {more:,} more were left out (--json has all)"] if more > 0 else [])]


def read_failures(corpus: CorpusRepository, generation: int) -> tuple[Failure, ...]:
    """The documents of a generation whose last version could not be read."""
    items = corpus.items.failed(generation)
    return tuple(Failure(key=item.key, reason=item.error, kept=bool(item.content_hash)) for item in items)
