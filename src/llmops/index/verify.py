"""Compare the vector store with the manifest and the embedding cache, and mend it from them.

Counts and ids prove little: a torn HNSW file answers both correctly and finds a third of its vectors no more. So each vector
is fetched and compared, and a sample is searched for by itself. What cannot be opened, or does not find its own vectors, is
made again from the cache; single vectors are put back by `upsert`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from llmops.core.bridge import to_thread
from llmops.core.errors import Conflict, VectorStoreError
from llmops.core.hashing import Json
from llmops.domain.filters import tokens
from llmops.domain.manifest import Counts, Generation
from llmops.domain.noun import Noun
from llmops.domain.ports import Progress, VectorStore
from llmops.index.apply import GenerationWriter, Workshop
from llmops.index.reader import let_go_of
from llmops.storage.leases import this_process

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

SAMPLE: Final = 200
TOLERANCE: Final = 1e-3
_PART: Final = 500


class Verification(Noun):
    """What a verification found. Vectors may be `missing`, `extra`, `wrong` (not what the cache has) or `unreachable` (there,
    but not found when searched for; `probed` were tried). `uncached` vectors could not be compared, `pending` ones wait for a
    sync, `unusable` says why the vector store was not looked into at all. `repaired` says what was done, after which
    everything was looked at again."""

    index: str
    generation: str
    documents: int
    chunks: int
    vectors: int = 0
    missing: int = 0
    extra: int = 0
    wrong: int = 0
    unreachable: int = 0
    probed: int = 0
    uncached: int = 0
    pending: int = 0
    unusable: str = ""
    repaired: str = ""
    embedded: int = 0

    @property
    def sound(self) -> bool:
        """Whether searches find what the manifest holds."""
        faults = (self.missing, self.extra, self.wrong, self.unreachable, self.uncached, self.pending)
        return not self.unusable and not any(faults)

    def in_words(self) -> str:
        """The verification in a few lines."""
        lines = [f"{self.index}: {self.chunks} chunks of {self.documents} documents, {self.vectors} vectors"]
        if self.repaired:
            lines.append(f"repaired: {self.repaired}; {self.embedded} texts embedded")
        if self.unusable:
            lines.append(f"the vector store is not usable: {self.unusable}")
        names = ("missing", "extra", "wrong", "unreachable", "uncached", "pending")
        lines += [f"{count} {name}" for name in names if (count := getattr(self, name))]
        if self.sound:
            lines.append(f"sound: every vector is there and equal, {self.probed} were searched for and found")
        else:
            lines.append(f"searches read the store until it is mended: llmops index verify {self.index} --repair")
        return "\n".join(lines)

    def as_json(self) -> Json:
        """The verification as plain values."""
        return {**self.model_dump(mode="json"), "sound": self.sound}


@dataclass(slots=True)
class _Faults:
    """What is wrong, by chunk: (cid, embedding key) to be put back, and ids to be removed."""

    missing: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    uncached: list[tuple[str, str]] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    vectors: int = 0
    probed: int = 0
    unreachable: int = 0
    unusable: str = ""


class Verifier:
    """Verifies and repairs one generation."""

    def __init__(self, workshop: Workshop, generation: Generation, *, full: bool) -> None:
        self._shop = workshop
        self._corpus = workshop.store.corpus
        self._generation = generation
        self._full = full

    async def verify(self, progress: Progress) -> Verification:
        """Look at everything and change nothing.

        Raises:
            Conflict: a sync is running; what it has not finished would look like damage.
        """
        held = await to_thread(self._corpus.leases.held, self._generation.index, self._shop.clock())
        if held is not None:
            raise Conflict(
                f"index {self._generation.index!r} is being changed by {held.holder}",
                hint="Verify it when that has ended.",
            )
        counts = await to_thread(self._corpus.counts, self._generation.id)
        return self._as_found(counts, await self._look(counts.chunks, progress))

    async def repair(self, progress: Progress) -> Verification:
        """Look at everything, mend what is wrong, and look again. A sound index is not written to."""
        found = await self.verify(progress)
        if found.sound:
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
            counts = await to_thread(self._corpus.counts, self._generation.id)
            again = self._as_found(counts, await self._look(counts.chunks, progress))
            return again.model_copy(update={"repaired": done, "embedded": writer.effort.embedded})
        finally:
            self._corpus.leases.release(lease)

    async def _mend(self, writer: GenerationWriter, faults: _Faults, progress: Progress) -> str:
        if faults.unusable or faults.unreachable:
            reason = faults.unusable or f"{faults.unreachable} of {faults.probed} vectors were not found"
            await writer.rebuild(reason, progress)
            return f"the vector store was rebuilt ({writer.effort.upserted} vectors)"
        await writer.recover(progress)
        if put := list(dict.fromkeys([*faults.missing, *faults.wrong, *faults.uncached])):
            await writer.upsert(put)
        if faults.extra:
            await writer.remove(faults.extra)
        return f"{writer.effort.upserted} vectors were put back, {writer.effort.removed} removed"

    async def _look(self, chunks: int, progress: Progress) -> _Faults:
        reason = self._shop.place.distrust(self._generation)
        if reason:
            return _Faults(unusable=reason)
        return await to_thread(self._look_into, chunks, progress)

    def _look_into(self, chunks: int, progress: Progress) -> _Faults:
        faults = _Faults()
        let_go_of(self._shop.place.address(self._generation))
        try:
            store = self._shop.place.open_for(self._generation)
        except VectorStoreError as error:
            return _Faults(unusable=error.message)
        try:
            faults.vectors = store.count()
            stored = set(store.ids())
            step = 1 if self._full else max(1, chunks // SAMPLE)
            done = 0
            for part in self._parts():
                stored.difference_update(cid for cid, _ in part)
                self._compare(store, part, faults, probe=slice(-done % step, None, step))
                done += len(part)
                progress(done, chunks, "comparing vectors")
            # A vector that is to be removed is in the outbox, and was counted there.
            waiting = {entry.cid for entry in self._corpus.pending(self._generation.id)}
            faults.extra = sorted(stored - waiting)
        except VectorStoreError as error:
            return _Faults(unusable=error.message)
        finally:
            store.close()
        return faults

    def _parts(self) -> Iterator[list[tuple[str, str]]]:
        for page in self._corpus.embedding_keys(self._generation.id):
            for start in range(0, len(page), _PART):
                yield page[start : start + _PART]

    def _compare(self, store: VectorStore, part: list[tuple[str, str]], faults: _Faults, *, probe: slice) -> None:
        import numpy as np

        waiting: set[str] = set()
        held = store.fetch([cid for cid, _ in part])
        cached = self._shop.store.embeddings.get_many([key for _, key in part])
        if len(held) < len(part):
            waiting = {entry.cid for entry in self._corpus.pending(self._generation.id)}
        right = set()
        for cid, key in part:
            if key not in cached:
                faults.uncached.append((cid, key))
            elif cid not in held:
                if cid not in waiting:
                    faults.missing.append((cid, key))
            elif held[cid].shape != cached[key].shape or not np.allclose(held[cid], cached[key], atol=TOLERANCE):
                faults.wrong.append((cid, key))
            else:
                right.add(cid)
        probed = [(cid, key) for cid, key in part[probe] if cid in right]
        metadata = self._corpus.metadata(self._generation.id, [cid for cid, _ in probed])
        faults.probed += len(probed)
        for cid, key in probed:
            found = _finds(store, cached[key], {}) and _finds(store, cached[key], metadata.get(cid, {}))
            faults.unreachable += not found

    def _as_found(self, counts: Counts, faults: _Faults) -> Verification:
        return Verification(
            index=self._generation.index,
            generation=self._generation.uid,
            documents=counts.documents,
            chunks=counts.chunks,
            vectors=faults.vectors,
            missing=len(faults.missing),
            extra=len(faults.extra),
            wrong=len(faults.wrong),
            unreachable=faults.unreachable,
            probed=faults.probed,
            uncached=len(faults.uncached),
            pending=counts.pending,
            unusable=faults.unusable,
        )


def _finds(store: VectorStore, vector: "Vectors", metadata: Mapping[str, Json]) -> bool:
    """Whether searching for a vector among those with some metadata finds it, or one that is equal."""
    best = store.search(vector, 1, {key: value for key, value in metadata.items() if tokens({key: value})})
    return bool(best) and best[0][1] >= 1 - TOLERANCE
