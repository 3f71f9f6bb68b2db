"""Whether the vectors of each index are there, can be opened and are as the last sync left them."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from llmops.backends.catalogs import open_vector_shelf
from llmops.core.errors import ExtraMissing, LlmopsError, VectorStoreError
from llmops.core.settings import Settings
from llmops.domain.manifest import Generation
from llmops.index.vectors import VectorPlace
from llmops.storage.store import Store


@runtime_checkable
class _Examined(Protocol):
    """A shelf that can tell whether its server has what it needs."""

    def examine(self) -> str: ...


def look_at_vectors(settings: Settings, store: Store) -> Iterator[tuple[str, str, str]]:
    """What was looked at, how it is, and what to type where it is not as it should be; nothing is written."""
    built = [generation for name in store.corpus.indexes() for generation in store.corpus.generations(name)]
    built = [generation for generation in built if generation.answers and generation.stored]
    try:
        shelf = open_vector_shelf(settings)
        told = shelf.examine() if isinstance(shelf, _Examined) else shelf.place
    except LlmopsError as error:
        if built or not isinstance(error, ExtraMissing):  # what no index needs may be missing
            yield "vectors", error.message, error.hint or "llmops settings"
        return
    yield "vectors", f"{shelf.kind}: {told}", ""
    for generation in built:
        what = f"vectors of {generation.index}"
        if problem := _problem(VectorPlace(shelf), generation):
            yield f"{what} {generation.uid}", problem, f"llmops index verify {generation.index} --repair"
        else:
            yield f"{what} {generation.uid}", f"{generation.stored} of dimension {generation.dimension}", ""


def _problem(place: VectorPlace, generation: Generation) -> str:
    """Why the vectors of a generation cannot be used; empty if they can."""
    if reason := place.distrust(generation):
        return reason
    try:
        opened = place.open_for(generation)
        try:
            held = opened.count()
        finally:
            opened.close()
    except VectorStoreError as error:
        return error.message
    return "" if held == generation.stored else f"{held} vectors are there, not {generation.stored}"
