"""Say what a sync would do, and do nothing: which documents it would take or leave, and what embedding them costs."""

from collections import Counter
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import Final

from llmops.core.errors import InputError, OutsideError
from llmops.core.hashing import digest_bytes
from llmops.domain.corpus import RagSpec
from llmops.domain.manifest import Generation, ManifestItem
from llmops.domain.ports import Source, SourceItem
from llmops.index.estimate import Drawn, Estimate, estimate
from llmops.index.generations import find_generation, why_new
from llmops.index.listing import Listing
from llmops.index.plan import ChangeKind, Plan, PlannedChange, Tally
from llmops.index.prepare import SERVED, same_content
from llmops.index.workshop import Workshop

MOST_TOLD: Final = 10_000
"""Changes that are told one by one; of all others a plan keeps only how many there are, so that it takes no more memory for a
million documents."""


@dataclass(slots=True)
class _Found:
    """What a comparison of all sources has found. `added` and `gone` are among the `changes` that are told."""

    changes: list[PlannedChange] = field(default_factory=list)
    untold: Counter[ChangeKind] = field(default_factory=Counter)
    added: list[tuple[Source, SourceItem]] = field(default_factory=list)
    gone: list[ManifestItem] = field(default_factory=list)
    to_embed: Drawn = field(default_factory=Drawn)
    held: list[str] = field(default_factory=list)
    unchanged: int = 0

    def take(self, kind: ChangeKind, source: str, key: str, size: int) -> bool:
        """Count a change; whether there was room to tell it."""
        if len(self.changes) >= MOST_TOLD:
            self.untold[kind] += 1
            return False
        self.changes.append(PlannedChange(kind=kind, source=source, key=key, size=size))
        return True


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
    sibling = generation or _sibling(generations, spec)
    found = _compare(listing, generation, sibling if sibling and sibling.fingerprint != spec.fingerprint else None)
    moves = _moves(found)
    was = {key: item.key for key, item in moves.items()}
    moved = set(was.values())
    changes = [
        _settled(change, was) for change in found.changes if not (change.kind == "delete" and change.key in moved)
    ]
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
        estimate=estimate(
            shop.store, spec, _without(found.to_embed, moves), sibling.embedder if sibling else "", shop.price
        ),
        untold=found.untold,
    )


def estimate_build(listing: Listing, spec: RagSpec, shop: Workshop, embedder: str) -> Estimate:
    """What building a generation from all documents would take, with an embedder of that identity."""
    found = _compare(listing, None, None)
    return estimate(shop.store, spec, found.to_embed, embedder, shop.price)


def _compare(listing: Listing, generation: Generation | None, sibling: Generation | None) -> _Found:
    """What sources list otherwise than a generation knows it; what another one cut and embedded before costs nothing."""
    found = _Found()
    for source in listing.sources:
        tally = Tally()
        before = _Before(listing, sibling)
        for difference in listing.differences(source, generation, tally):
            listed, known = difference.listed, difference.known
            if listed is None:
                assert known is not None
                if found.take("delete", source.name, known.key, known.size):
                    found.gone.append(known)
                continue
            kind: ChangeKind = "add"
            if known is not None:
                kind = "touch" if same_content(source, listed, known) else "update"
            if found.take(kind, source.name, listed.key, listed.size) and kind == "add":
                found.added.append((source, listed))
            if kind != "touch" and not before.knew(listed):
                found.to_embed.add(source, listed)
        found.unchanged += tally.known - tally.changed - tally.gone
        if tally.has_shrunk:
            found.held.append(source.name)
    return found


def _moves(found: _Found) -> dict[str, ManifestItem]:
    """Which added documents have the content of one that is gone, by their new keys; not looked for among more changes than are
    told, where they are told as one to add and one to delete."""
    if found.untold:
        return {}
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


def _without(documents: Drawn, moves: dict[str, ManifestItem]) -> Drawn:
    """Documents but those that are moved."""
    return Drawn(each for each in documents.kept if each[1].key not in moves) if moves else documents


class _Before:
    """The documents of another generation, whatever their source; asked in the order of keys."""

    def __init__(self, listing: Listing, generation: Generation | None) -> None:
        corpus = listing.corpus
        streams = (
            [corpus.items.tokens(generation.id, name) for name in corpus.sources(generation.id)] if generation else []
        )
        self._rest = groupby(merge(*streams, key=attrgetter("key")), key=attrgetter("key"))
        self._key = ""
        self._tokens: set[str] = set()
        self._ended = False

    def knew(self, listed: SourceItem) -> bool:
        """Whether it had a document under this key with the same token."""
        while self._key < listed.key and not self._ended:
            self._key, known = next(self._rest, ("", ()))
            self._tokens = {each.token for each in known}
            self._ended = not self._tokens
        return self._key == listed.key and listed.token in self._tokens


def _sibling(generations: list[Generation], spec: RagSpec) -> Generation | None:
    """A generation that cuts and embeds documents as a configuration does, so that their vectors are there."""
    fitting = (
        g
        for g in generations
        if g.pipeline in SERVED and (g.spec.chunking, g.spec.embedding) == (spec.chunking, spec.embedding)
    )
    return next(fitting, None)
