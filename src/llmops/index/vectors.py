"""Where the vectors of a generation are: a place of its own, which can be emptied and filled again from the cache."""

from dataclasses import dataclass
from typing import Final

from llmops.domain.manifest import Generation, short_hash
from llmops.domain.ports import VectorShelf, VectorStore

LAYOUT: Final = "2"
"""How vectors are written. A change of what a vector store is given raises it: they are then made anew from the cache."""


@dataclass(frozen=True, slots=True)
class VectorPlace:
    """Where the indexes of a workspace keep their vectors."""

    shelf: VectorShelf

    @property
    def kind(self) -> str:
        """What `[vectors] kind` calls it."""
        return self.shelf.kind

    @property
    def layout(self) -> str:
        """What a generation notes about its vectors: another kind, or another way of writing them, makes them anew."""
        return f"{self.kind}/{LAYOUT}"

    def address(self, generation: Generation) -> tuple[str, str]:
        """The shelf and the name under which the vectors of a generation are."""
        return self.shelf.place, self._name(generation)

    def open_for(self, generation: Generation) -> VectorStore:
        """Open the vectors of a generation, an empty store if there are none."""
        return self.shelf.open(self._name(generation), generation.dimension)

    def discard(self, generation: Generation) -> None:
        """Remove the vectors of a generation."""
        self.shelf.discard(self._name(generation))

    def stamp(self, generation: Generation) -> None:
        """Note that the vectors of a generation are now as the store has it; they are closed and complete."""
        self.shelf.stamp(self._name(generation), _mark(generation))

    def distrust(self, generation: Generation) -> str:
        """Say why what is there cannot be taken as it is; empty if nothing speaks against it."""
        return self.doubt(generation) or ("a verification found it damaged" if generation.state == "broken" else "")

    def doubt(self, generation: Generation) -> str:
        """The same, whatever the last verification found."""
        if generation.dirty:
            return "the last sync was interrupted while it wrote vectors"
        if generation.vectors == self.kind:
            return "its vectors were written by a version of llmops that kept nothing to filter by"
        if generation.vectors != self.layout:
            return f"vectors are kept in {self.kind} now, not in {generation.vectors.partition('/')[0]}"
        if generation.stored:
            return self.shelf.doubt(self._name(generation), _mark(generation))
        return ""

    def _name(self, generation: Generation) -> str:
        name = f"{generation.index}/{generation.uid}"
        # Two stores may build an index of the same name and configuration on one server.
        return f"{name}-{short_hash(generation.created_at.isoformat())[:12]}" if self.shelf.is_served else name

    def is_whole_after_a_kill(self, generation: Generation) -> bool:
        """Whether a write that was interrupted left the vectors of a generation as they were, or a part further."""
        return generation.dirty and generation.vectors == self.layout and self.shelf.is_served


def _mark(generation: Generation) -> str:
    """Tells apart what the vector store held after each sync."""
    return short_hash(generation.created_at.isoformat(), str(generation.applied), str(generation.stored))
