"""The sources of an index against a manifest: what is listed otherwise than it is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llmops.domain.manifest import Generation, ManifestItem
from llmops.domain.ports import Source
from llmops.index.plan import Difference, Tally, compare
from llmops.storage.corpus import CorpusRepository


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

    def survey(self, source: Source, generation: Generation | None) -> Tally:
        """Count what a source lists otherwise than a generation knows it, as cheaply as that can be told."""
        tally = Tally()
        known = self.corpus.tokens(generation.id, source.name) if generation else iter(())
        for _ in compare(source.name, source.items(), known, tally):
            pass
        return tally

    def differences(
        self, source: Source, generation: Generation | None, tally: Tally
    ) -> Iterator[Difference[ManifestItem]]:
        """What a source lists otherwise than a generation knows it, counted in the tally."""
        known = self.corpus.items(generation.id, source.name) if generation else iter(())
        return compare(source.name, source.items(), known, tally)
