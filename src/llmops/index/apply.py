"""Write one generation so that a kill at any moment loses nothing and leaves nothing wrong.

For each batch, in this order:

    E   embed the texts whose vectors the cache lacks, and commit them to the cache
    T1  commit items, chunks and outbox in one transaction: from here on the change is certain
    A   bring the vector store in line with the outbox; the generation is marked dirty before the first write
    T2  drop the outbox rows that the vector store has acknowledged

A kill before T1 costs the vectors of a batch at most, and those are in the cache. A kill after it leaves outbox rows, which
the next sync applies. A kill during A leaves the generation dirty: its vector store is thrown away and made again from the
cache, because embedded stores do not survive being killed and do not notice it (docs/indexes.md).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from llmops.core.bridge import to_thread
from llmops.core.errors import VectorStoreDown, VectorStoreError
from llmops.domain.manifest import CommitNote, Generation, ItemWrite, Lease, ManifestItem
from llmops.domain.ports import Progress, VectorStore, no_progress
from llmops.index.chunking.headers import open_header
from llmops.index.embedding import NOTHING_FRESH, NOTHING_MADE, Made, embed_batch, in_batches, texts_of
from llmops.index.reader import let_go_of
from llmops.index.turns import keeping_turn
from llmops.index.workshop import Workshop

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

WRITE_BATCH: Final = 1000
OUTBOX_PAGE: Final = 5000
"""Rows of the outbox that are applied and acknowledged at once, however many an interrupted sync has left."""


@dataclass(slots=True)
class Effort:
    """What was done: texts sent to the embedder, and vectors put into and removed from the vector store."""

    embedded: int = 0
    upserted: int = 0
    removed: int = 0
    rebuilt: str = ""


class GenerationWriter:
    """Writes one generation, under a lease. Use it in one task; `finish` or `close` it."""

    def __init__(self, workshop: Workshop, generation: Generation, lease: Lease) -> None:
        self._shop = workshop
        self._corpus = workshop.store.corpus
        self._lease = lease
        self._vectors: VectorStore | None = None
        self.generation = generation
        self.effort = Effort()

    async def recover(self, progress: Progress, *, trusted: bool = False) -> None:
        """Bring the vector store to where the manifest is, before anything new is written.

        Args:
            progress: told of every batch.
            trusted: take the vector store as it is although a verification found it damaged; that is being mended.
        """
        place = self._shop.place
        reason = place.doubt(self.generation) if trusted else place.distrust(self.generation)
        if not reason:
            await self._apply(progress)
        elif not (self._shop.place.is_whole_after_a_kill(self.generation) and await self._replay(progress)):
            await self.rebuild(reason, progress)

    async def write(
        self,
        writes: Sequence[ItemWrite],
        gone: Sequence[ManifestItem],
        progress: Progress,
        why: str = "",
        made: Made = NOTHING_MADE,
    ) -> None:
        """Take one batch through E, T1, A and T2; `why` is noted in the history, what was `made` ahead is not embedded here."""
        before, began = self.effort.embedded, monotonic() - made.seconds
        self.effort.embedded += len(made.vectors)
        fresh = {**made.vectors, **await self._embed(writes, made, progress)}
        note = CommitNote(why, self.effort.embedded - before, monotonic() - began)
        self._shop.fault("E")
        await to_thread(self._corpus.commit, self.generation.id, self._lease, writes, gone, self._shop.clock(), note)
        self._shop.fault("T1")
        await self._apply(progress, fresh)

    async def rebuild(self, reason: str, progress: Progress) -> None:
        """Throw the vector store away and make it again from the embedding cache."""
        corpus, generation = self._corpus, self.generation
        self.effort.rebuilt = reason
        await to_thread(self.close)
        await self._mark(dirty=True, vectors=self._shop.place.layout, verified_at=None)
        await to_thread(let_go_of, self._shop.place.address(generation))
        await to_thread(self._shop.place.discard, generation)
        self._shop.fault("discard")
        last = await to_thread(corpus.last_pending, generation.id)
        total = (await to_thread(corpus.counts, generation.id)).chunks
        done = 0
        for page in corpus.embedding_keys(generation.id):
            async for part in self._put(page):
                done += part
                progress(done, total, "rebuilding vectors")
        if last:
            await to_thread(corpus.acknowledge, generation.id, self._lease, last, self._shop.clock())
        self._shop.fault("rebuilt")

    async def finish(self, *, listed: bool) -> Generation:
        """Close the vector store and mark the generation clean. What is being built or broken is ready once it was verified.

        Args:
            listed: whether the sources were listed completely, so that the generation is up to date now.
        """
        chunks = (await to_thread(self._corpus.counts, self.generation.id)).chunks
        if self._vectors is not None:
            held = await to_thread(self._vectors.count)
            if held != chunks:
                raise VectorStoreError(
                    f"the vector store of index {self.generation.index!r} holds {held} vectors after {chunks} were written",
                    hint=f"llmops index verify {self.generation.index} --repair",
                )
        await to_thread(self.close)
        self._shop.fault("closed")
        await keeping_turn(to_thread(self._stamp, chunks), self._renew)
        synced = self._shop.clock() if listed else self.generation.synced_at
        state = "ready" if self.generation.state == "retired" else self.generation.state
        await self._mark(state=state, dirty=False, stored=chunks, synced_at=synced)
        return self.generation

    def close(self) -> None:
        """Let go of the vector store."""
        if self._vectors is not None:
            self._vectors.close()
            self._vectors = None

    async def upsert(self, keys: Sequence[tuple[str, str]]) -> None:
        """Put vectors of the manifest into the vector store, whatever the outbox says."""
        await self._make_dirty()
        async for _ in self._put(keys):
            pass

    async def remove(self, cids: Sequence[str]) -> None:
        """Remove vectors from the vector store, whatever the outbox says."""
        await self._make_dirty()
        await self._remove(cids)

    async def _apply(self, progress: Progress, fresh: "Mapping[str, Vectors]" = NOTHING_FRESH) -> None:
        """Step A and T2: bring vectors in line with the manifest; `fresh` ones, by their keys, are not read from the cache."""
        full = True
        while full:
            pending = await to_thread(self._corpus.pending, self.generation.id, limit=OUTBOX_PAGE)
            if not pending:
                return
            if not self.generation.dirty and not await self._is_as_left():
                await self.rebuild("the vector store is not as the last sync left it", progress)
                return
            await self._make_dirty()
            wanted = {entry.cid: entry.embedding_key for entry in pending}
            async for _ in self._put([(cid, key) for cid, key in wanted.items() if key is not None], fresh):
                pass
            await self._remove([cid for cid, key in wanted.items() if key is None])
            now = self._shop.clock()
            await to_thread(self._corpus.acknowledge, self.generation.id, self._lease, pending[-1].sequence, now)
            self._shop.fault("T2")
            full = len(pending) == OUTBOX_PAGE

    async def _replay(self, progress: Progress) -> bool:
        """Apply what an interrupted sync left to be done; tells whether the vector store then holds all there is."""
        await self._apply(progress)
        store = await self._opened()
        chunks = (await to_thread(self._corpus.counts, self.generation.id)).chunks
        return await to_thread(store.count) == chunks

    def _stamp(self, chunks: int) -> None:
        """Have the vector store note what it holds now that it is closed."""
        generations = self._corpus.generations(self.generation.index)
        [now] = [generation for generation in generations if generation.id == self.generation.id]
        self.generation = self.generation.model_copy(update={"applied": now.applied, "sequence": now.sequence})
        self._shop.place.stamp(self.generation.model_copy(update={"stored": chunks}))

    async def _put(
        self, keys: Sequence[tuple[str, str]], fresh: "Mapping[str, Vectors]" = NOTHING_FRESH
    ) -> AsyncIterator[int]:
        """Upsert vectors from the cache, a part at a time; yields how many each part held."""
        import numpy as np

        store = await self._opened()
        for start in range(0, len(keys), WRITE_BATCH):
            part = keys[start : start + WRITE_BATCH]
            found = await self._vectors_of(part, fresh)
            matrix = np.stack([found[key] for _, key in part])
            cids = [cid for cid, _ in part]
            held = await to_thread(self._corpus.metadata, self.generation.id, cids)
            await to_thread(store.upsert, cids, matrix, [held.get(cid, {}) for cid in cids])
            await self._renew()
            self.effort.upserted += len(part)
            self._shop.fault("upsert")
            yield len(part)

    async def _remove(self, cids: Sequence[str]) -> None:
        store = await self._opened()
        for start in range(0, len(cids), WRITE_BATCH):
            part = list(cids[start : start + WRITE_BATCH])
            await to_thread(store.delete, part)
            await self._renew()
            self.effort.removed += len(part)
            self._shop.fault("delete")

    async def _vectors_of(
        self, keys: Sequence[tuple[str, str]], fresh: "Mapping[str, Vectors]"
    ) -> "Mapping[str, Vectors]":
        """Vectors by embedding key; those that the cache has lost are embedded again."""
        cached = [key for _, key in keys if key not in fresh]
        if not cached:
            return fresh
        found = {**fresh, **await to_thread(self._shop.store.embeddings.get_many, cached)}
        absent = [cid for cid, key in keys if key not in found]
        if absent:
            chunks = await to_thread(self._corpus.chunks, self.generation.id, absent)
            header = open_header(self.generation.spec.chunking, self._shop.embedder())
            by_key = {
                key: header(chunk.metadata, str(chunk.metadata.get("title", ""))) + chunk.text
                for cid, key in keys
                if key not in found
                for chunk in (chunks[cid],)
            }
            found |= await self._embed_texts(by_key, no_progress)
        return found

    async def _embed(self, writes: Sequence[ItemWrite], made: Made, progress: Progress) -> "dict[str, Vectors]":
        """Step E: vectors for the texts that the cache lacks, each text once."""
        texts = {key: text for key, text in texts_of(writes).items() if key not in made.vectors}
        known = await to_thread(self._shop.store.embeddings.known, list(texts))
        return await self._embed_texts({key: text for key, text in texts.items() if key not in known}, progress)

    async def _embed_texts(self, texts: Mapping[str, str], progress: Progress) -> "dict[str, Vectors]":
        found: dict[str, Vectors] = {}
        for part in in_batches(texts):
            embed, cache = self._shop.embedder().embed, self._shop.store.embeddings
            found |= await embed_batch(embed, part, self.generation, cache)
            await self._renew()
            self.effort.embedded += len(part)
            progress(len(found), len(texts), "embedding")
        return found

    async def _is_as_left(self) -> bool:
        """Whether the vector store holds what it held when it was last clean."""
        try:
            store = await self._opened()
            return await to_thread(store.count) == self.generation.stored
        except VectorStoreDown:
            raise
        except VectorStoreError:
            return False

    async def _opened(self) -> VectorStore:
        if self._vectors is None:
            self._vectors = await to_thread(self._shop.place.open_for, self.generation)
        return self._vectors

    async def _make_dirty(self) -> None:
        if not self.generation.dirty:
            await self._mark(dirty=True)
            self._shop.fault("dirty")

    async def _mark(self, **changes: object) -> None:
        self.generation = self.generation.model_copy(update=changes)
        await to_thread(self._corpus.save, self.generation, self._lease, self._shop.clock())

    async def _renew(self) -> None:
        await to_thread(self._corpus.leases.renew, self._lease, self._shop.clock())
