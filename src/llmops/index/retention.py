"""What an index keeps and what it can forget: which generations somebody needs, and how far back each is known.

Who needs a configuration is told by its fingerprint. A generation that serves a needed one is never removed, whatever the
embedder that it was built with, because another machine may still have that embedder.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.manifest import Generation, Lease
from llmops.domain.needs import Needs
from llmops.domain.noun import Noun
from llmops.index.past import Moment
from llmops.index.prepare import SERVED
from llmops.index.reader import let_go_of
from llmops.index.workshop import Workshop
from llmops.storage.corpus import CorpusRepository
from llmops.storage.leases import this_process


class KeptGeneration(Noun):
    """One generation: what it was built `of`, what it holds, from which sequence on its history is known (`oldest`), when its
    vectors were found right, and the working files and alias holders that need it. Its state is `active` where it is ready and an
    alias answers from it."""

    uid: str
    state: str
    of: str
    documents: int
    chunks: int
    sequence: int
    oldest: int
    verified_at: datetime | None = None
    needed_by: tuple[str, ...] = ()


class Generations(Noun):
    """The generations of an index, newest first."""

    index: str
    generations: tuple[KeptGeneration, ...] = ()

    @property
    def columns(self) -> list[str]:
        """What `rows` holds."""
        return [
            "generation", "state", "built of", "documents", "chunks", "sequence", "known from", "verified", "needed by"
        ]  # fmt: skip

    def rows(self) -> list[list[str]]:
        """The generations as a table."""
        return [
            [
                g.uid,
                g.state,
                g.of,
                str(g.documents),
                str(g.chunks),
                str(g.sequence),
                str(g.oldest),
                f"{g.verified_at:%Y-%m-%d %H:%M}" if g.verified_at else "no",
                ", ".join(g.needed_by) or "nobody",
            ]
            for g in self.generations
        ]

    def as_json(self) -> Json:
        """The generations as plain values."""
        return self.model_dump(mode="json")


class PruneReport(Noun):
    """What a prune did, or would do if `dry`. Generations were `removed`, and `kept` because somebody needs them; `forgotten`
    documents and chunks, as they once were, went from the histories of those that are kept, which are known from the
    sequences in `oldest` on. `pinned` ones could not be forgotten further, for those who answer from then. `texts` and `vectors`
    are what nothing held any more."""

    index: str
    dry: bool
    removed: tuple[str, ...] = ()
    kept: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    oldest: dict[str, int] = Field(default_factory=dict)
    pinned: dict[str, str] = Field(default_factory=dict)
    forgotten: int = 0
    texts: int = 0
    vectors: int = 0

    def in_words(self) -> str:
        """The report in a few lines."""
        would = "would be " if self.dry else ""
        lines = [f"{self.index}: generation {uid} {would}removed, nobody needs it" for uid in self.removed]
        lines += [f"{self.index}: generation {uid} stays for {', '.join(by)}" for uid, by in self.kept.items()]
        lines += [
            f"{self.index}: generation {uid} {'would be ' if self.dry else 'is '}known from sequence {sequence} on"
            for uid, sequence in self.oldest.items()
        ]
        lines += [
            f"{self.index}: generation {uid} is not forgotten further for {who}" for uid, who in self.pinned.items()
        ]
        went = f"{self.forgotten} former documents and chunks {would}forgotten"
        return "\n".join(
            [*lines, went if self.dry else f"{went}, {self.texts} texts and {self.vectors} vectors removed"]
        )

    def as_json(self) -> Json:
        """The report as plain values."""
        return self.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class _Plan:
    remove: list[Generation]
    kept: dict[str, tuple[str, ...]]
    forget: list[tuple[Generation, int]]
    pinned: dict[str, str]


def read_generations(index: str, corpus: CorpusRepository, needs: Needs) -> Generations:
    """List the generations of an index with those who need them."""
    found = (_kept(corpus, generation, needs) for generation in corpus.generations(index))
    return Generations(index=index, generations=tuple(found))


def retire(corpus: CorpusRepository, index: str, needs: Needs, keep: str, now: datetime) -> tuple[str, ...]:
    """Retire the ready generations that nobody needs: they go on answering as they are, and syncs pass them by.

    Args:
        corpus: where they are.
        index: whose they are.
        needs: who needs which.
        keep: the uid of one that stays ready, because it was asked for.
        now: the time.

    Returns the uids of those that were retired; where there are none, nothing is written.

    Raises:
        Conflict: a sync has the index.
    """
    idle = [g for g in corpus.generations(index) if g.state == "ready" and g.uid != keep and not _needed_by(g, needs)]
    if not idle:
        return ()
    lease = corpus.leases.acquire(index, this_process(), now)
    try:
        for generation in corpus.generations(index):
            if generation.uid in {each.uid for each in idle} and generation.state == "ready":
                corpus.save(generation.model_copy(update={"state": "retired"}), lease, now)
    finally:
        corpus.leases.release(lease)
    return tuple(generation.uid for generation in idle)


def prune(shop: Workshop, index: str, current: Generation | None, needs: Needs, before: Moment | None) -> PruneReport:
    """Remove the generations that nobody needs, and what the others held before a moment. Killed, it is finished by the next.

    Args:
        shop: where the index is written.
        index: its name.
        current: the generation that a sequence is meant of; a time is meant of all.
        needs: who needs which configuration.
        before: what is forgotten; None forgets nothing of those that stay.

    Raises:
        InputError: that sequence has not been reached.
        Conflict: a sync has the index.
    """
    corpus = shop.store.corpus
    lease = corpus.leases.acquire(index, this_process(), shop.clock())
    try:
        plan = _plan(corpus, index, current, needs, before)
        vectors = 0
        forgotten = _former(corpus, plan)
        for generation in plan.remove:
            vectors += _remove(shop, generation, lease)
        for generation, sequence in plan.forget:
            vectors += corpus.past.forget(generation, sequence, lease, shop.clock())
            shop.fault("forgotten")
        texts = corpus.past.drop_texts()
    finally:
        corpus.leases.release(lease)
    return _report(index, plan, forgotten).model_copy(update={"dry": False, "texts": texts, "vectors": vectors})


def plan_prune(
    shop: Workshop, index: str, current: Generation | None, needs: Needs, before: Moment | None
) -> PruneReport:
    """Say what `prune` would do."""
    corpus = shop.store.corpus
    plan = _plan(corpus, index, current, needs, before)
    return _report(index, plan, _former(corpus, plan))


def _plan(
    corpus: CorpusRepository, index: str, current: Generation | None, needs: Needs, before: Moment | None
) -> _Plan:
    generations = corpus.generations(index)
    needed = {g.uid: by for g in generations if (by := _needed_by(g, needs))}
    kept = [g for g in generations if g.uid in needed]
    forget = []
    if isinstance(before, int):
        if current is None or not 0 <= before <= current.sequence:
            at = f"at {current.sequence}" if current else "not built"
            raise InputError(
                f"index {index!r} has not reached sequence {before}, it is {at}", hint=f"llmops index history {index}"
            )
        forget = [(g, before) for g in kept if g.id == current.id]
    elif before is not None:
        forget = [(g, corpus.past.sequence_before(g.id, before)) for g in kept]
    pinned = {}
    for place, (generation, sequence) in enumerate(forget):
        pin = needs.first_pin(generation)
        if pin is not None and pin[0] < sequence:
            forget[place], pinned[generation.uid] = (generation, pin[0]), pin[1]
    return _Plan(
        remove=[g for g in generations if g.uid not in needed],
        kept=needed,
        forget=[(g, sequence) for g, sequence in forget if sequence > max(1, g.oldest)],
        pinned=pinned,
    )


def _former(corpus: CorpusRepository, plan: _Plan) -> int:
    return sum(corpus.past.count_before(generation.id, sequence) for generation, sequence in plan.forget)


def _report(index: str, plan: _Plan, forgotten: int) -> PruneReport:
    return PruneReport(
        index=index,
        dry=True,
        removed=tuple(g.uid for g in plan.remove),
        kept=plan.kept,
        oldest={g.uid: sequence for g, sequence in plan.forget},
        pinned=plan.pinned,
        forgotten=forgotten,
    )


def _remove(shop: Workshop, generation: Generation, lease: Lease) -> int:
    """Remove a generation: readers are warned, then the vectors go, and last the rows by which it is known."""
    corpus = shop.store.corpus
    corpus.save(generation.model_copy(update={"dirty": True}), lease, shop.clock())
    let_go_of(shop.place.address(generation))
    shop.place.discard(generation)
    shop.fault("discarded")
    vectors = corpus.past.remove(generation, lease, shop.clock())
    shop.fault("removed")
    return vectors


def _kept(corpus: CorpusRepository, generation: Generation, needs: Needs) -> KeptGeneration:
    counts = corpus.counts(generation.id)
    return KeptGeneration(
        uid=generation.uid,
        state="active"
        if generation.state == "ready" and _needed_by(generation, needs) and needs.is_active(generation)
        else generation.state,
        of=_built_of(generation, corpus.sources(generation.id)),
        documents=counts.documents,
        chunks=counts.chunks,
        sequence=generation.sequence,
        oldest=max(min(1, generation.sequence), generation.oldest),
        verified_at=generation.verified_at,
        needed_by=_needed_by(generation, needs),
    )


def _needed_by(generation: Generation, needs: Needs) -> tuple[str, ...]:
    return needs.of(generation) if generation.pipeline in SERVED else ()


def _built_of(generation: Generation, sources: Iterable[str]) -> str:
    cut = generation.spec.chunking
    return f"{', '.join(sources) or 'nothing yet'}; {cut.method} {cut.size}/{cut.overlap}; {generation.spec.embedding}"
