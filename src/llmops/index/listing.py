"""The sources of an index against a manifest: what is listed otherwise than it is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from llmops.domain.manifest import Generation, KnownToken, ManifestItem
from llmops.domain.ports import Source
from llmops.index.plan import Difference, Tally, compare
from llmops.storage.corpus import CorpusRepository

MOST_KEPT: Final = 2_000
"""Differences of one source that a survey keeps, so that it need not be listed twice."""


@dataclass(slots=True)
class Seen:
    """What a survey has seen of a source: the counts, and the differences unless they were too many."""

    tally: Tally
    kept: list[Difference[KnownToken]] | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The sources of one index, and where its manifests are."""

    index: str
    sources: Sequence[Source]
    corpus: CorpusRepository

    @property
    def notes(self) -> tuple[str, ...]:
        """What sources left out of their last listing and why; those that leave nothing out need not say so."""
        return tuple(note for source in self.sources for note in getattr(source, "notes", ()))

    def survey(self, source: Source, generation: Generation | None) -> "Seen":
        """Count what a source lists otherwise than a generation knows it, as cheaply as that can be told."""
        tally, kept, more = Tally(), list[Difference[KnownToken]](), False
        known = self.corpus.items.tokens(generation.id, source.name) if generation else iter(())
        for difference in compare(source.name, source.items(), known, tally):
            if len(kept) < MOST_KEPT:
                kept.append(difference)
            else:
                more = True
        return Seen(tally, None if more else kept)

    def again(self, source: Source, generation: Generation, seen: "Seen") -> Iterator[Difference[ManifestItem]]:
        """The differences that a survey has seen, with all that the manifest knows; counted in its tally already, or counted anew
        where there were too many to be kept."""
        if seen.kept is None:
            seen.tally = Tally()
            yield from self.differences(source, generation, seen.tally)
            return
        keys = [difference.known.key for difference in seen.kept if difference.known is not None]
        known = self.corpus.items.named(generation.id, source.name, keys)
        for difference in seen.kept:
            yield Difference(difference.listed, known[difference.known.key] if difference.known is not None else None)

    def differences(
        self, source: Source, generation: Generation | None, tally: Tally
    ) -> Iterator[Difference[ManifestItem]]:
        """What a source lists otherwise than a generation knows it, counted in the tally."""
        known = self.corpus.items.all(generation.id, source.name) if generation else iter(())
        return compare(source.name, source.items(), known, tally)
