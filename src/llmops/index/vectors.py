"""Where the vectors of a generation are: a folder of its own, which can be thrown away and made again."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from llmops.core.errors import VectorStoreError
from llmops.domain.manifest import Generation
from llmops.domain.ports import VectorStore

LAYOUT: Final = "2"
"""How vectors are written. A change of what a vector store is given raises it: they are then made anew from the cache."""


class VectorStoreOpener(Protocol):
    """Opens a vector store: `backends.catalogs.open_vector_store`."""

    def __call__(self, kind: str, path: Path, *, name: str, dimension: int) -> VectorStore: ...


@dataclass(frozen=True, slots=True)
class VectorPlace:
    """Where the indexes of a workspace keep their vectors, and what opens them."""

    kind: str
    path: Path
    open: VectorStoreOpener

    @property
    def layout(self) -> str:
        """What a generation notes about its vectors: another kind, or another way of writing them, makes them anew."""
        return f"{self.kind}/{LAYOUT}"

    def folder(self, generation: Generation) -> Path:
        """The folder of a generation."""
        return self.path / generation.index / generation.uid

    def open_for(self, generation: Generation) -> VectorStore:
        """Open the vectors of a generation, an empty store if there are none."""
        self.folder(generation).mkdir(parents=True, exist_ok=True)
        parent = self.path / generation.index
        return self.open(self.kind, parent, name=generation.uid, dimension=generation.dimension)

    def discard(self, generation: Generation) -> None:
        """Remove the vectors of a generation. Set aside first, so that a kill leaves no half of a folder in place."""
        folder = self.folder(generation)
        aside = folder.with_name(f"{folder.name}.discarded-{os.getpid()}")
        try:
            if folder.exists():
                folder.rename(aside)
            for left in folder.parent.glob(f"{folder.name}.discarded-*"):
                shutil.rmtree(left)
        except OSError as error:
            raise VectorStoreError(
                f"the vectors in {folder} cannot be removed: {error.strerror}",
                hint="Remove the folder yourself and repeat; it is rebuilt without embedding anything.",
            ) from error

    def distrust(self, generation: Generation) -> str:
        """Say why what is there cannot be taken as it is; empty if nothing speaks against it."""
        if generation.dirty:
            return "the last sync was interrupted while it wrote vectors"
        if generation.vectors == self.kind:
            return "its vectors were written by a version of llmops that kept nothing to filter by"
        if generation.vectors != self.layout:
            return f"vectors are kept in {self.kind} now, not in {generation.vectors.partition('/')[0]}"
        if generation.stored and not self.folder(generation).is_dir():
            return "the folder of vectors is gone"
        return ""
