"""From a RAG configuration's file, or its inline form in an app, to what is stored."""

from typing import Final

from llmops.core.catalog import entry_names
from llmops.core.names import did_you_mean
from llmops.domain.corpus import CHUNKING_METHODS, RagSpec
from llmops.registry.reading import read_noun
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

_LATER: Final[dict[Place, str]] = {
    ("retriever",): "retrievers of your own",
    ("sources", "sql"): "SQL sources",
    ("sources", "python"): "sources of your own",
    ("sources", "http"): "HTTP sources",
    ("retrieval", "required_filters"): "filters",
}


def read_rag(document: YamlDocument, embedding: str, *, at: Place = ()) -> RagSpec:
    """Read a RAG configuration; `embedding` is used where it names none.

    Raises:
        InvalidFile: with the line.
    """
    data = document.data
    for part in at:
        data = data[part]
    if isinstance(data, dict):
        mode = data.get("retrieval", {}).get("mode") if isinstance(data.get("retrieval"), dict) else None
        if mode in ("hybrid", "lexical"):
            raise document.error(
                (*at, "retrieval", "mode"),
                f"retrieval mode {mode!r} is not supported in this version",
                hint="Write mode: dense.",
            )
    spec = read_noun(RagSpec, document, {(*at, *place): what for place, what in _LATER.items()}, at=at)
    _check_method(document, spec.chunking.method, (*at, "chunking", "method"))
    return spec if "embedding" in spec.model_fields_set else spec.model_copy(update={"embedding": embedding})


def _check_method(document: YamlDocument, method: str, at: Place) -> None:
    """Refuse a chunking method that neither llmops nor an installed package has."""
    if method in CHUNKING_METHODS:
        return
    added = entry_names("llmops.chunkers")
    if method not in added:
        known = (*CHUNKING_METHODS, *sorted(added))
        raise document.error(at, f"there is no chunking method called {method!r}", hint=did_you_mean(method, known))
