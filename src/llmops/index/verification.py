"""What a verification found, level by level, as people and programs read it."""

from typing import Final

from llmops.core.hashing import Json
from llmops.domain.noun import Noun
from llmops.presentation.figures import count

LEAST_RECALL: Final = 0.9
"""The share of the nearest chunks that a vector store is to find."""


class Recall(Noun):
    """What share of the `k` nearest chunks the vector store finds, of those that exact search finds: the mean over so many
    `queries`, vectors of the index itself, with its 95 % interval. At least `least` is wanted."""

    k: int
    queries: int
    share: float
    low: float
    high: float
    least: float = LEAST_RECALL

    @property
    def is_poor(self) -> bool:
        """Whether it is below what is wanted, beyond what the sample leaves open."""
        return self.high < self.least

    def in_words(self) -> str:
        """The recall in a few words."""
        of = f"recall@{self.k} {self.share:.3f} [{self.low:.3f}, {self.high:.3f}] of {count(self.queries, 'query', 'queries')}"
        wanted = f"{self.least:g} wanted"
        return f"{of}, {wanted}{' and missed' if self.is_poor else ''}"


class Reread(Noun):
    """Sources against the manifest, document by document and whatever their times say: `changed` since they were indexed, `new`,
    `gone`, and `unreadable`. `examples` are some of those."""

    documents: int = 0
    changed: int = 0
    new: int = 0
    gone: int = 0
    unreadable: int = 0
    examples: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the index is not in step with its sources."""
        return bool(self.changed or self.new or self.gone or self.unreadable)


class Verification(Noun):
    """What a verification found, at levels L0 to L4.

    Vectors may be `missing`, `extra`, `duplicate` (an id twice, or the same vector under an id that nothing knows), `wrong` (not
    what the cache has), of a `wrong_dimension`, or `unreachable` (there, but not found when searched for; `probed` were tried).
    `uncached` vectors could not be compared, `pending` ones wait for a sync, `unusable` says why the vector store was not looked
    into at all. `recall` is None where it was not measured, `sources` where they were not read again. `repaired` says what
    was done, after which everything was looked at again.
    """

    index: str
    generation: str
    documents: int
    chunks: int
    vectors: int = 0
    missing: int = 0
    extra: int = 0
    duplicate: int = 0
    wrong: int = 0
    wrong_dimension: int = 0
    unreachable: int = 0
    probed: int = 0
    uncached: int = 0
    pending: int = 0
    unusable: str = ""
    recall: Recall | None = None
    sources: Reread | None = None
    repaired: str = ""
    embedded: int = 0

    @property
    def is_damaged(self) -> bool:
        """Whether the vector store holds something else than the manifest says."""
        found = (self.missing, self.extra, self.duplicate, self.wrong, self.wrong_dimension, self.unreachable)
        return any(found)

    @property
    def is_only_unreachable(self) -> bool:
        """Whether all vectors are as they should be, and searches for some of them find others."""
        others = (self.missing, self.extra, self.duplicate, self.wrong, self.wrong_dimension, self.uncached)
        return self.unreachable > 0 and not any(others)

    @property
    def is_intact(self) -> bool:
        """Whether searches find what the manifest holds."""
        return not (self.unusable or self.is_damaged or self.uncached or self.pending)

    @property
    def is_slack(self) -> bool:
        """Whether the vector store finds too few of the nearest chunks, although all are there."""
        return self.recall is not None and self.recall.is_poor

    @property
    def sound(self) -> bool:
        """Whether there is no finding at any level that was looked at."""
        return self.is_intact and not self.is_slack and not (self.sources is not None and self.sources.differs)

    @property
    def columns(self) -> list[str]:
        """What `rows` holds."""
        return ["level", "compares", "looked at", "found"]

    def rows(self) -> list[list[str]]:
        """The levels as a table."""
        counts = f"{count(self.chunks, 'chunk')}, {count(self.vectors, 'vector')}"
        levels = [["L0", "counts with the manifest", counts, _found({"pending": self.pending})]]
        if self.unusable:
            levels[0][3] = self.unusable
            levels += [[level, what, "not looked at", ""] for level, what in _WITHIN]
        else:
            looked = (f"{self.vectors:,} ids", count(self.chunks - self.uncached, "vector"), self._searched())
            found = (
                _found({"missing": self.missing, "extra": self.extra, "duplicate": self.duplicate}),
                _found({"wrong": self.wrong, "of a wrong dimension": self.wrong_dimension, "uncached": self.uncached}),
                self._not_found(),
            )
            levels += [[*level, *told] for level, told in zip(_WITHIN, zip(looked, found, strict=True), strict=True)]
        return [*levels, self._sources_row()]

    def in_words(self) -> str:
        """The verification in a few lines."""
        lines = [f"{self.index}: {self.chunks} chunks of {self.documents} documents, {self.vectors} vectors"]
        if self.repaired:
            lines.append(f"repaired: {self.repaired}; {self.embedded} texts embedded")
        if self.unusable:
            lines.append(f"the vector store is not usable: {self.unusable}")
        names = ("missing", "extra", "duplicate", "wrong", "unreachable", "uncached", "pending")
        lines += [f"{number} {name}" for name in names if (number := getattr(self, name))]
        if self.wrong_dimension:
            lines.append(f"{self.wrong_dimension} of a wrong dimension")
        if self.recall is not None:
            lines.append(self.recall.in_words())
        if self.is_intact and not self.is_slack:
            lines.append(f"sound: every vector is there and equal, {self.probed} were searched for and found")
        elif self.is_intact:
            lines.append(f"every vector is there, but too few are found: llmops index verify {self.index} --repair")
        else:
            lines.append(f"searches read the store until it is mended: llmops index verify {self.index} --repair")
        if self.sources is not None and self.sources.differs:
            lines.append(f"not in step with its sources: {_told(self.sources)}; llmops index sync {self.index}")
        return "\n".join(lines)

    def as_json(self) -> Json:
        """The verification as plain values."""
        return {**self.model_dump(mode="json"), "sound": self.sound}

    def _searched(self) -> str:
        return count(self.probed, "search", "searches") + (f", {self.recall.queries} for recall" if self.recall else "")

    def _not_found(self) -> str:
        told = _found({"unreachable": self.unreachable})
        return f"{told}; {self.recall.in_words()}" if self.recall is not None else told

    def _sources_row(self) -> list[str]:
        if self.sources is None:
            return ["L4", "sources with the manifest", "not looked at", "--sources reads them again"]
        return ["L4", "sources with the manifest", count(self.sources.documents, "document"), _told(self.sources)]


_WITHIN: Final = (
    ("L1", "ids with the manifest"),
    ("L2", "vectors with the embedding cache"),
    ("L3", "searches with the vectors"),
)


def _found(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in numbers.items())


def _told(sources: Reread) -> str:
    names = ("changed", "new", "gone", "unreadable")
    told = ", ".join(f"{getattr(sources, name):,} {name}" for name in names)
    return f"{told} ({', '.join(sources.examples)})" if sources.examples else told
