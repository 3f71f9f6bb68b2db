"""Which kinds of sources there are: built-in files, and what packages add under `llmops.sources`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from llmops.core.catalog import Catalog
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import Source

SourceFactory: TypeAlias = Callable[[SourceSpec, Path, Sequence[SourceSpec]], Source]
"""Makes a source of a spec, the workspace folder, and the specs listed before it, whose documents it leaves to them."""

SOURCES: Final[Catalog[SourceFactory]] = Catalog(
    "source", "llmops.sources", {"files": "llmops.index.sources.files:open_files"}
)


def open_sources(specs: Sequence[SourceSpec], root: Path) -> list[Source]:
    """Make the sources of a RAG configuration; equal specs once."""
    unique = list(dict.fromkeys(specs))
    return [SOURCES.get("files")(spec, root, unique[:place]) for place, spec in enumerate(unique)]
