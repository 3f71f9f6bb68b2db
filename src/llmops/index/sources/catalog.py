"""Which kinds of sources there are: those that come with llmops, and what packages add under `llmops.sources`."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from llmops.core.catalog import Catalog
from llmops.core.errors import InputError
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import Source
from llmops.index.sources.surroundings import Surroundings

SourceFactory: TypeAlias = Callable[[SourceSpec, Surroundings], Source]
"""Makes a source of its lines in a RAG configuration; a package finds its arguments in `spec.plugin[name]`."""

SOURCES: Final[Catalog[SourceFactory]] = Catalog(
    "source",
    "llmops.sources",
    {
        "files": "llmops.index.sources.files:open_files",
        "git": "llmops.index.sources.git:open_git",
        "rows": "llmops.index.sources.rows:open_rows",
        "sql": "llmops.index.sources.sql:open_sql",
        "http": "llmops.index.sources.http:open_http",
        "objects": "llmops.index.sources.objects:open_objects",
        "python": "llmops.index.sources.python:open_python",
    },
)


def open_sources(specs: Sequence[SourceSpec], where: Surroundings) -> list[Source]:
    """Make the sources of a RAG configuration; equal specs once.

    Raises:
        InputError: two of them have one name, so that each would delete the documents of the other.
    """
    unique = [spec for place, spec in enumerate(specs) if spec not in specs[:place]]
    found: list[Source] = []
    for place, spec in enumerate(unique):
        kind = next(iter(spec.plugin)) if spec.plugin else spec.kind
        source = SOURCES.get(kind)(spec, Surroundings(where.root, where.connections, unique[:place]))
        if any(source.name == other.name for other in found):
            raise InputError(
                f"two sources are called {source.name}", hint="Make them one, or give them other patterns or queries."
            )
        found.append(source)
    return found
