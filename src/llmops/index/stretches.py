"""From the chunks that were found to what is read: parents in place of their children, overlapping chunks as one stretch."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final, TypeAlias

from llmops.domain.corpus import Chunk, Context
from llmops.domain.manifest import short_hash
from llmops.domain.parents import LEAD, PARENT, parent_of, parent_text
from llmops.storage.store import Store

_Document: TypeAlias = tuple[str, str]
_INNER: Final = (PARENT, LEAD)  # metadata that is about a chunk and its neighbours, not about the stretch


@dataclass(slots=True, eq=False)
class _Stretch:
    """A stretch of a document, and the best of the contexts that lie in it."""

    document: _Document
    start: int
    end: int
    best: Context


def gather_stretches(
    store: Store, generation: int, contexts: tuple[Context, ...], sequence: int | None = None
) -> tuple[Context, ...]:
    """What the contexts are to be read as, in their order. A context whose chunk is gone meanwhile stays as it is.

    Args:
        store: where the chunks are.
        generation: which one they are of.
        contexts: chunks that were found, best first.
        sequence: as of which the chunks are read; None for those of now.
    """
    found = [context.id for context in contexts]
    past = store.corpus.past
    chunks = store.corpus.chunks(generation, found) if sequence is None else past.chunks_at(generation, sequence, found)
    by_document: defaultdict[_Document, list[_Stretch]] = defaultdict(list)
    order: list[_Stretch | Context] = []
    for context in contexts:
        chunk = chunks.get(context.id)
        if chunk is None:
            order.append(context)
            continue
        start, end = parent_of(chunk) or (chunk.start, chunk.end)
        document = (chunk.source, chunk.key)
        stretch = _Stretch(document, start, end, context)
        by_document[document].append(stretch)
        order.append(stretch)
    kept = {id(stretch): stretch for stretches in by_document.values() for stretch in _merged(stretches)}
    places = [(*stretch.document, stretch.start, stretch.end) for stretch in kept.values()]
    members = _within(store, generation, places, sequence)
    return tuple(
        item if isinstance(item, Context) else _as_context(kept[id(item)], members)
        for item in order
        if isinstance(item, Context) or id(item) in kept
    )


def _within(
    store: Store, generation: int, places: list[tuple[str, str, int, int]], sequence: int | None
) -> list[Chunk]:
    """The chunks that lie in stretches of documents, given by source, key, first and last offset."""
    if sequence is None:
        return store.passages.within(generation, places)
    items = {(source, key): short_hash(source, key) for source, key, _, _ in places}
    were = store.corpus.past.indexed_at(generation, sequence, list(items.values()))
    return [
        indexed.chunk
        for source, key, first, last in places
        for indexed in were[items[source, key]]
        if indexed.chunk.start >= first and indexed.chunk.end <= last
    ]


def _merged(stretches: list[_Stretch]) -> list[_Stretch]:
    """Stretches of one document with those that overlap made one, which takes the place of the best of them."""
    kept: list[_Stretch] = []
    for stretch in stretches:  # best first
        touching = [other for other in kept if other.start < stretch.end and stretch.start < other.end]
        if not touching:
            kept.append(stretch)
            continue
        best = touching[0]
        best.start = min(stretch.start, *(other.start for other in touching))
        best.end = max(stretch.end, *(other.end for other in touching))
        for other in touching[1:]:
            kept.remove(other)
    return kept


def _as_context(stretch: _Stretch, members: list[Chunk]) -> Context:
    inside = [
        chunk
        for chunk in members
        if (chunk.source, chunk.key) == stretch.document and chunk.start >= stretch.start and chunk.end <= stretch.end
    ]
    if not inside:
        return stretch.best
    metadata = {name: value for name, value in stretch.best.metadata.items() if name not in _INNER}
    metadata |= {"line": min(chunk.line for chunk in inside), "end_line": max(chunk.end_line for chunk in inside)}
    pages = [chunk.page for chunk in inside if chunk.page is not None]
    if pages:
        metadata["page"] = min(pages)
    return stretch.best.model_copy(update={"text": parent_text(inside), "metadata": metadata})
