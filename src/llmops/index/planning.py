"""Say what a sync would do, and do nothing: which documents it would take or leave, and what embedding them costs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from llmops.core.errors import InputError, OutsideError
from llmops.core.hashing import digest_bytes
from llmops.domain.corpus import RagSpec
from llmops.domain.manifest import Generation, ManifestItem
from llmops.domain.ports import Source, SourceItem
from llmops.index.apply import Workshop
from llmops.index.estimate import Estimate, estimate
from llmops.index.generations import find_generation, why_new
from llmops.index.listing import Listing
from llmops.index.plan import Plan, PlannedChange, Tally
from llmops.index.prepare import SERVED, same_content


@dataclass(slots=True)
class _Found:
    """What a comparison of all sources has found."""

    changes: list[PlannedChange] = field(default_factory=list)
    added: list[tuple[Source, SourceItem]] = field(default_factory=list)
    updated: list[tuple[Source, SourceItem]] = field(default_factory=list)
    gone: list[ManifestItem] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    unchanged: int = 0


def make_plan(listing: Listing, spec: RagSpec, shop: Workshop) -> Plan:
    """Compare the sources with the manifest of the generation that a configuration selects; nothing is written.

    Documents with another token are read, to tell those that changed from those that were only touched, and so are added ones
    that may be others under a new name.

    Raises:
        InputError, OutsideError: the sources cannot be listed completely.
    """
    corpus = shop.store.corpus
    generations = corpus.generations(listing.index)
    generation = find_generation(generations, spec)
    found = _compare(listing, generation)
    moves = _moves(found)
    was = {key: item.key for key, item in moves.items()}
    moved = set(was.values())
    changes = [
        _settled(change, was) for change in found.changes if not (change.kind == "delete" and change.key in moved)
    ]
    sibling = generation or _sibling(generations, spec)
    paused = corpus.past.paused(listing.index)
    return Plan(
        index=listing.index,
        generation=generation.uid if generation else "",
        reason="" if generation else why_new(generations, spec),
        changes=tuple(changes),
        unchanged=found.unchanged,
        pending=corpus.counts(generation.id).pending if generation else 0,
        rebuild=shop.place.distrust(generation) if generation else "",
        held=tuple(found.held),
        paused=paused.note if paused else "",
        notes=listing.notes,
        estimate=_estimate(shop, spec, found, moves, sibling),
    )


def estimate_build(listing: Listing, spec: RagSpec, shop: Workshop, embedder: str) -> Estimate:
    """What building a generation from all documents would take, with an embedder of that identity."""
    found = _compare(listing, None)
    return estimate(shop.store, spec, found.added, embedder, shop.price)


def _compare(listing: Listing, generation: Generation | None) -> _Found:
    found = _Found()
    for source in listing.sources:
        tally = Tally()
        for difference in listing.differences(source, generation, tally):
            listed, known = difference.listed, difference.known
            if listed is None:
                assert known is not None
                found.gone.append(known)
                found.changes.append(PlannedChange(kind="delete", source=source.name, key=known.key, size=known.size))
                continue
            if known is None:
                kind = "add"
                found.added.append((source, listed))
            elif same_content(source, listed, known):
                kind = "touch"
            else:
                kind = "update"
                found.updated.append((source, listed))
            found.changes.append(PlannedChange(kind=kind, source=source.name, key=listed.key, size=listed.size))
        found.unchanged += tally.known - tally.changed - tally.gone
        if tally.has_shrunk:
            found.held.append(source.name)
    return found


def _moves(found: _Found) -> dict[str, ManifestItem]:
    """Which added documents have the content of one that is gone, by their new keys."""
    sizes = {item.size for item in found.gone}
    by_content = {item.content_hash: item for item in found.gone}
    moves = {}
    for source, listed in found.added if sizes else ():
        if listed.size not in sizes:
            continue
        try:
            content = digest_bytes(source.read(listed.key))
        except (InputError, OutsideError):
            continue
        if item := by_content.pop(content, None):
            moves[listed.key] = item
    return moves


def _settled(change: PlannedChange, was: dict[str, str]) -> PlannedChange:
    if change.kind == "add" and change.key in was:
        return change.model_copy(update={"kind": "move", "was": was[change.key]})
    return change


def _estimate(
    shop: Workshop, spec: RagSpec, found: _Found, moves: dict[str, ManifestItem], sibling: Generation | None
) -> Estimate:
    cut_before: set[tuple[str, str]] = set()
    if sibling is not None and sibling.fingerprint != spec.fingerprint:
        cut_before = {(item.key, item.token) for item in _items(shop, sibling)}
    added = [(s, i) for s, i in found.added if i.key not in moves and (i.key, i.token) not in cut_before]
    documents = [*added, *found.updated]
    return estimate(shop.store, spec, documents, sibling.embedder if sibling else "", shop.price)


def _items(shop: Workshop, generation: Generation) -> Iterator[ManifestItem]:
    for source in shop.store.corpus.sources(generation.id):
        yield from shop.store.corpus.items.all(generation.id, source)


def _sibling(generations: list[Generation], spec: RagSpec) -> Generation | None:
    """A generation that cuts and embeds documents as a configuration does, so that their vectors are there."""
    fitting = (
        g
        for g in generations
        if g.pipeline in SERVED and (g.spec.chunking, g.spec.embedding) == (spec.chunking, spec.embedding)
    )
    return next(fitting, None)
