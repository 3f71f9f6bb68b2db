"""From a RAG configuration's file, or its inline form in an app, to what is stored."""

from llmops.core.catalog import entry_names
from llmops.core.names import did_you_mean
from llmops.domain.corpus import CHUNKING_METHODS, RagSpec
from llmops.registry.held_prompts import Holding, hold_prompts
from llmops.text.yaml import YamlDocument, validate
from llmops.text.yaml_builder import Place


def read_rag(document: YamlDocument, embedding: str, holding: Holding, *, at: Place = ()) -> RagSpec:
    """Read a RAG configuration; `embedding` is used where it names none, and `holding` gives what its models are asked with.

    Raises:
        InvalidFile: with the line.
    """
    spec = validate(RagSpec, document, at=at)
    _check_method(document, spec.chunking.method, (*at, "chunking", "method"))
    held = hold_prompts(document, spec.retrieval, holding, (*at, "retrieval"))
    named = {} if "embedding" in spec.model_fields_set else {"embedding": embedding}
    return spec.model_copy(update={"retrieval": held, **named})


def _check_method(document: YamlDocument, method: str, at: Place) -> None:
    """Refuse a chunking method that neither llmops nor an installed package has."""
    if method in CHUNKING_METHODS:
        return
    added = entry_names("llmops.chunkers")
    if method not in added:
        known = (*CHUNKING_METHODS, *sorted(added))
        raise document.error(at, f"there is no chunking method called {method!r}", hint=did_you_mean(method, known))
