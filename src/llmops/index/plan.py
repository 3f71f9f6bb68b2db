"""Compare what the sources list with what the manifest knows. Pure: two sorted streams in, the differences out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Generic, Literal, Protocol, TypeVar, get_args

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.noun import Noun
from llmops.domain.ports import SourceItem
from llmops.index.estimate import Estimate
from llmops.index.reports import told

SHRINK_SHARE: Final = 0.3
SHRINK_COUNT: Final = 5

ChangeKind = Literal["add", "update", "touch", "move", "delete"]


class Known(Protocol):
    """A document as a manifest knows it."""

    @property
    def key(self) -> str: ...
    @property
    def token(self) -> str: ...


K = TypeVar("K", bound=Known)


@dataclass(frozen=True, slots=True)
class Difference(Generic[K]):
    """One document that the two sides do not agree on: only listed, only known, or both with other tokens."""

    listed: SourceItem | None
    known: K | None


@dataclass(slots=True)
class Tally:
    """What a comparison has counted so far."""

    listed: int = 0
    known: int = 0
    added: int = 0
    changed: int = 0
    gone: int = 0

    @property
    def differs(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.added or self.changed or self.gone)

    @property
    def has_shrunk(self) -> bool:
        """Whether so much is gone that it may be the source that is not well: a folder not mounted, a glob mistyped."""
        return self.gone > SHRINK_COUNT and self.listed < (1 - SHRINK_SHARE) * self.known


class PlannedChange(Noun):
    """What a sync would do with one document. `touch`: the file is newer, its content the same. `move`: it has the content of
    another one that is gone (`was`), so nothing is embedded."""

    kind: ChangeKind
    source: str
    key: str
    size: int
    was: str = ""


class Plan(Noun):
    """What a sync would do.

    `generation` is the one it would bring up to date, empty if it would build a new one; `reason` says why then.
    `pending` vectors wait in the outbox of an interrupted sync; `rebuild` says why the vector store would be made anew.
    `held` sources have lost so much that a sync deletes nothing of them until it is confirmed. `paused` says why a sync does
    nothing at all now. `notes` say what sources left out. `estimate` is what embedding would take. `changes` are the first
    10,000; `untold` counts the others by their kind.
    """

    index: str
    generation: str
    reason: str = ""
    changes: tuple[PlannedChange, ...] = ()
    unchanged: int = 0
    pending: int = 0
    rebuild: str = ""
    held: tuple[str, ...] = ()
    paused: str = ""
    notes: tuple[str, ...] = ()
    estimate: Estimate = Estimate()
    untold: Mapping[ChangeKind, int] = {}

    def count(self, kind: ChangeKind) -> int:
        """How many documents one kind of change is planned for."""
        return len(self.keys(kind)) + self.untold.get(kind, 0)

    def keys(self, kind: ChangeKind) -> list[str]:
        """The documents that one kind of change is planned for."""
        return [change.key for change in self.changes if change.kind == kind]

    @property
    def is_empty(self) -> bool:
        """Whether a sync would do nothing."""
        return bool(self.generation) and not (self.changes or self.pending or self.rebuild)

    def rows(self) -> list[list[str]]:
        """The changes as a table of kind and document."""
        return [[c.kind, f"{c.was} -> {c.key}" if c.was else c.key] for c in self.changes]

    def in_words(self) -> str:
        """The plan in a few lines."""
        counts = [f"{n} to {kind}" for kind in get_args(ChangeKind) if (n := self.count(kind))]
        lines = [f"{self.index}: {', '.join([*counts, f'{self.unchanged} unchanged'])}"]
        if self.untold:
            lines.append(
                f"{len(self.changes):,} of {len(self.changes) + sum(self.untold.values()):,} changes are listed"
            )
        if self.estimate.documents:
            lines.append(self.estimate.in_words())
        if self.paused:
            lines.append(f"a sync does nothing now, because the index was {self.paused}; it does with --resume")
        if self.reason:
            lines.append(f"builds a new generation: {self.reason}")
        if self.pending:
            lines.append(f"finishes an interrupted sync: {self.pending} vectors are waiting")
        if self.rebuild:
            lines.append(f"rebuilds the vectors from the store, without embedding anew: {self.rebuild}")
        lines += [
            f"more than {SHRINK_SHARE:.0%} of {source} is gone; nothing of it is deleted without --confirm-deletes"
            for source in self.held
        ]
        return "\n".join(lines + told(self.notes))

    def as_json(self) -> Json:
        """The plan as plain values."""
        return self.model_dump(mode="json")


def compare(source: str, listed: Iterable[SourceItem], known: Iterable[K], tally: Tally) -> Iterator[Difference[K]]:
    """Merge two streams sorted by key; yields differences in that order and counts in the tally as it goes.

    Raises:
        InputError: the listing is not sorted or names a document twice; comparing it would delete what is there.
    """
    items = iter(known)
    item = next(items, None)
    previous = None
    for entry in listed:
        key = entry.key
        if previous is not None and key <= previous:
            raise InputError(
                f"source {source!r} lists {key!r} after {previous!r}", hint="A source lists each key once, sorted."
            )
        previous = key
        tally.listed += 1
        while item is not None and item.key < key:
            tally.known += 1
            tally.gone += 1
            yield Difference(None, item)
            item = next(items, None)
        if item is None or item.key != key:
            tally.added += 1
            yield Difference(entry, None)
            continue
        tally.known += 1
        if item.token != entry.token:
            tally.changed += 1
            yield Difference(entry, item)
        item = next(items, None)
    while item is not None:
        tally.known += 1
        tally.gone += 1
        yield Difference(None, item)
        item = next(items, None)
