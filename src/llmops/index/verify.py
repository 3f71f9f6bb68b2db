"""Compare the vector store with the manifest and the embedding cache, and mend it from them.

Counts and ids prove little: a torn HNSW file answers both correctly and finds a third of its vectors no more. So each vector
is fetched and compared, and a sample is searched for by itself. What cannot be opened, or does not find its own vectors, is
made again from the cache; single vectors are put back by `upsert`.

What a verification concludes is noted with the generation, and only where that says something else: damage makes it `broken`,
and searches then read the store; an intact one is `ready` and was verified now. So verifying a healthy index writes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from llmops.core.bridge import to_thread
from llmops.core.errors import Conflict, VectorStoreError
from llmops.domain.manifest import Counts, Generation
from llmops.domain.ports import Progress, VectorStore
from llmops.index.alignment import Aligned, align
from llmops.index.apply import OUTBOX_PAGE, GenerationWriter
from llmops.index.damage import Faults
from llmops.index.listing import Listing
from llmops.index.reader import let_go_of
from llmops.index.recall import QUERIES, TOLERANCE, RecallProbe, finds
from llmops.index.rereading import reread
from llmops.index.sorting import in_order
from llmops.index.verification import Verification as Verification
from llmops.index.workshop import Workshop
from llmops.storage.leases import this_process

SAMPLE: Final = 200
_PART: Final = 500


@dataclass(frozen=True, slots=True)
class Depth:
    """How closely to look: search for so many vectors by themselves (`probes`, None: all), measure the `recall` of the vector
    store, read the sources again by a `listing`, and compare about so many vectors with the cache (`compared`, None: all)."""

    probes: int | None = SAMPLE
    recall: bool = True
    listing: Listing | None = None
    compared: int | None = None


AFTER_A_SYNC: Final = Depth(compared=2_000, probes=25, recall=False)
"""All counts and ids, some vectors, and a few searches: a search of Chroma among 10,000 takes 5 to 10 ms."""


class Verifier:
    """Verifies and repairs one generation."""

    def __init__(self, workshop: Workshop, generation: Generation, depth: Depth) -> None:
        self._shop, self._corpus = workshop, workshop.store.corpus
        self._generation, self._depth = generation, depth

    async def verify(self, progress: Progress) -> Verification:
        """Look at everything, change no vector, and note the conclusion where it is news.

        Raises:
            Conflict: a sync is running; what it has not finished would look like damage.
        """
        held = await to_thread(self._corpus.leases.held, self._generation.index, self._shop.clock())
        if held is not None:
            raise Conflict(
                f"index {self._generation.index!r} is being changed by {held.holder}",
                hint="Verify it when that has ended.",
            )
        found = await self.check(progress)
        await to_thread(self._note, found)
        if self._depth.listing is None:
            return found
        sources = await to_thread(reread, self._depth.listing, self._generation, progress)
        return found.model_copy(update={"sources": sources})

    async def check(self, progress: Progress) -> Verification:
        """Look at everything but the sources, and write nothing; also for those who hold the lease."""
        counts = await to_thread(self._corpus.counts, self._generation.id)
        return self._as_found(counts, await self._look(counts.chunks, progress))

    async def repair(self, progress: Progress) -> Verification:
        """Look at everything, mend what is wrong, and look again. A sound index is not written to."""
        found = await self.verify(progress)
        if found.is_intact and not found.is_slack:
            return found
        lease = await to_thread(self._corpus.leases.acquire, self._generation.index, this_process(), self._shop.clock())
        try:
            faults = await self._look(found.chunks, progress)
            writer = GenerationWriter(self._shop, self._generation, lease)
            try:
                done = await self._mend(writer, faults, progress)
                self._generation = await writer.finish(listed=False)
            finally:
                writer.close()
            again = await self.check(progress)
        finally:
            self._corpus.leases.release(lease)
        await to_thread(self._note, again)
        told = {"repaired": done, "embedded": writer.effort.embedded, "sources": found.sources}
        return again.model_copy(update=told)

    def _note(self, found: Verification) -> None:
        """Note what was found with the generation, if it is news and the generation is still what was looked at."""
        if concluded(self._generation, found, self._shop) == self._generation:
            return  # no news
        lease = self._corpus.leases.acquire(self._generation.index, this_process(), self._shop.clock())
        try:
            generations = self._corpus.generations(self._generation.index)
            now = next((each for each in generations if each.id == self._generation.id), None)
            if now is not None and _vectors_of(now) == _vectors_of(self._generation):
                self._generation = concluded(now, found, self._shop)
                self._corpus.save(self._generation, lease, self._shop.clock())
        finally:
            self._corpus.leases.release(lease)

    async def _mend(self, writer: GenerationWriter, faults: Faults, progress: Progress) -> str:
        if reason := faults.to_rebuild:
            await writer.rebuild(reason, progress)
            return f"the vector store was rebuilt ({writer.effort.upserted} vectors)"
        await writer.recover(progress, trusted=True)
        if put := list(dict.fromkeys([*faults.missing, *faults.wrong, *faults.uncached])):
            await writer.upsert(put)
        if gone := [*faults.extra, *faults.doubled]:
            await writer.remove(gone)
        return f"{writer.effort.upserted} vectors were put back, {writer.effort.removed} removed"

    async def _look(self, chunks: int, progress: Progress) -> Faults:
        reason = self._shop.place.doubt(self._generation)
        if reason:
            return Faults(unusable=reason)
        return await to_thread(self._look_into, chunks, progress)

    def _look_into(self, chunks: int, progress: Progress) -> Faults:
        faults = Faults()
        let_go_of(self._shop.place.address(self._generation))
        try:
            store = self._shop.place.open_for(self._generation)
        except VectorStoreError as error:
            return Faults(unusable=error.message)
        try:
            faults.vectors = store.count()
            every = max(1, chunks // self._depth.compared) if self._depth.compared else 1
            step = max(1, chunks // every // self._depth.probes) if self._depth.probes else 1
            recall = self._recall(chunks) if self._depth.recall else None
            compared = 0
            for done, drawn, unknown in self._drawn(store, every, faults):
                self._compare(store, drawn, faults, probe=slice(-compared % step, None, step), recall=recall)
                self._sort_extra(store, unknown, faults)
                compared += len(drawn)
                progress(done, chunks, "comparing vectors")
            if recall is not None and not faults.misshapen:
                faults.recall = recall.measure(store)
        except VectorStoreError as error:
            return Faults(unusable=error.message)
        finally:
            store.close()
        return faults

    def _recall(self, chunks: int) -> RecallProbe | None:
        """What measures the recall, with vectors drawn evenly from all."""
        import numpy as np

        step, drawn, place = max(1, chunks // QUERIES), dict[str, str](), 0
        for part in self._parts():
            drawn |= dict(part[-place % step :: step])
            place += len(part)
        known = self._shop.store.embeddings.get_many(list(drawn.values()))
        cids = [cid for cid, key in drawn.items() if key in known][:QUERIES]
        return RecallProbe((cids, np.stack([known[drawn[cid]] for cid in cids]))) if cids else None

    def _parts(self) -> Iterator[list[tuple[str, str]]]:
        for page in self._corpus.embedding_keys(self._generation.id):
            for start in range(0, len(page), _PART):
                yield page[start : start + _PART]

    def _drawn(self, store: VectorStore, every: int, faults: Faults) -> Iterator[tuple[int, list[Aligned], list[str]]]:
        """What is to be looked at more closely, some at a time: how many chunks were passed, those of them that were drawn (one
        of so many, and all that are not listed), and ids that nothing knows."""
        known = (pair for part in self._parts() for pair in part)
        drawn, unknown, done = list[Aligned](), list[str](), 0
        for chunk in align(known, in_order(store.ids()), in_order(self._waiting())):
            faults.repeated += max(0, chunk.listed - 1)
            if chunk.key is not None:
                if done % every == 0 or not chunk.listed:
                    drawn.append(chunk)
                done += 1
            elif not chunk.waits:  # a vector that is to be removed is in the outbox, and was counted there
                unknown.append(chunk.cid)
            if len(drawn) + len(unknown) == _PART:
                yield done, drawn, unknown
                drawn, unknown = [], []
        yield done, drawn, unknown

    def _waiting(self) -> Iterator[str]:
        """The chunks in the outbox."""
        after = 0
        while page := self._corpus.pending(self._generation.id, after, OUTBOX_PAGE):
            yield from (entry.cid for entry in page)
            after = page[-1].sequence

    def _compare(
        self, store: VectorStore, drawn: list[Aligned], faults: Faults, *, probe: slice, recall: RecallProbe | None
    ) -> None:
        import numpy as np

        part = [(chunk.cid, chunk.key) for chunk in drawn if chunk.key is not None]
        waiting = {chunk.cid for chunk in drawn if chunk.waits}
        held = store.fetch([cid for cid, _ in part])
        cached = self._shop.store.embeddings.get_many([key for _, key in part])
        there = []
        for cid, key in part:
            if key not in cached:
                faults.uncached.add((cid, key))
            elif cid not in held:
                faults.missing.add(*[] if cid in waiting else [(cid, key)])
            elif held[cid].shape != cached[key].shape:
                faults.misshapen.add((cid, key))
            else:
                there.append((cid, key))
        right = set[str]()
        if there:
            off = np.abs(np.stack([held[cid] for cid, _ in there]) - np.stack([cached[key] for _, key in there]))
            same = (off.max(axis=1) <= TOLERANCE).tolist()  # what is no number is not the same
            right = {cid for (cid, _), is_same in zip(there, same, strict=True) if is_same}
            faults.wrong.add(*((cid, key) for cid, key in there if cid not in right))
        known = [(cid, key) for cid, key in part if key in cached]
        if recall is not None and known:
            recall.see([cid for cid, _ in known], np.stack([cached[key] for _, key in known]))
        probed = [(cid, key) for cid, key in part[probe] if cid in right]
        metadata = self._corpus.metadata(self._generation.id, [cid for cid, _ in probed])
        faults.probed += len(probed)
        for cid, key in probed:
            found = finds(store, cid, cached[key], {}) and finds(store, cid, cached[key], metadata.get(cid, {}))
            faults.unreachable += not found

    def _sort_extra(self, store: VectorStore, unknown: list[str], faults: Faults) -> None:
        """Tell ids that nothing knows and whose vector another id has, too, from others that nothing knows."""
        held = store.fetch(unknown)
        for cid in unknown:
            fits = cid in held and held[cid].shape == (self._generation.dimension,)
            near = store.search(held[cid], 2) if fits else []
            doubles = any(other != cid and score >= 1 - TOLERANCE for other, score in near)
            (faults.doubled if doubles else faults.extra).add(cid)

    def _as_found(self, counts: Counts, faults: Faults) -> Verification:
        return Verification(
            index=self._generation.index,
            generation=self._generation.uid,
            documents=counts.documents,
            chunks=counts.chunks,
            vectors=faults.vectors,
            missing=faults.missing.count,
            extra=faults.extra.count,
            duplicate=faults.doubled.count + faults.repeated,
            wrong=faults.wrong.count,
            wrong_dimension=faults.misshapen.count,
            unreachable=faults.unreachable,
            probed=faults.probed,
            uncached=faults.uncached.count,
            pending=counts.pending,
            unusable=faults.unusable,
            recall=faults.recall,
        )


def _vectors_of(generation: Generation) -> tuple[object, ...]:
    """What says whether vectors are what they were when they were looked at."""
    return (
        generation.state,
        generation.dirty,
        generation.sequence,
        generation.applied,
        generation.stored,
        generation.vectors,
    )


def concluded(generation: Generation, found: Verification, shop: Workshop) -> Generation:
    """A generation as a verification leaves it: broken where its vectors are damaged, and if that was its build, never served;
    where they are not, ready, and verified now if it was not before.

    Vectors that are all as they should be, of which an approximate index cannot reach some (which building again does not mend),
    are served, too: a broken generation is searched in the store, exactly.
    """
    if found.is_damaged:
        is_lost = generation.state == "building" and not found.is_only_unreachable
        served = None if is_lost else generation.synced_at
        return generation.model_copy(update={"state": "broken", "verified_at": None, "synced_at": served})
    if not found.is_intact:
        return generation
    verified = generation.verified_at or shop.clock()
    state = "ready" if generation.state in ("building", "broken") else generation.state
    return generation.model_copy(update={"state": state, "verified_at": verified})
