"""Set the contents of an index back to what they were, without embedding anything.

A rollback is a change like any other: it takes the lease, goes through the steps of `index.apply` batch by batch, gets
sequences of its own, and can itself be rolled back. The index is paused first, so that no sync undoes it, and a rollback
that was killed is finished by typing it again.
"""

from time import monotonic

from llmops.core.bridge import to_thread
from llmops.core.hashing import Json
from llmops.domain.manifest import Generation, ItemThen, ItemWrite, ManifestItem
from llmops.domain.noun import Noun
from llmops.domain.ports import Progress
from llmops.index.apply import GenerationWriter
from llmops.index.past import PastSearcher, embed_lost
from llmops.index.workshop import Workshop
from llmops.storage.leases import this_process


class RollbackReport(Noun):
    """What a rollback did. Documents were `restored` as they were `to` a sequence, or `removed` because they were not there yet;
    `sequence` is what the manifest is at now."""

    index: str
    generation: str
    to: int
    sequence: int
    restored: int = 0
    removed: int = 0
    embedded: int = 0
    seconds: float = 0.0

    def in_words(self) -> str:
        """The report in two lines."""
        return (
            f"{self.index}: generation {self.generation} holds again what it held at sequence {self.to}; "
            f"{self.restored} documents restored, {self.removed} removed, {self.embedded} texts embedded, "
            f"in {self.seconds:.1f} s\n"
            f"syncs leave {self.index} as it is until: llmops index sync {self.index} --resume"
        )

    def as_json(self) -> Json:
        """The report as plain values."""
        return self.model_dump(mode="json")


async def roll_back(shop: Workshop, generation: Generation, to: int, progress: Progress) -> RollbackReport:
    """Set a generation back to a sequence that is known, and pause its index.

    Raises:
        Conflict: a sync has the index.
    """
    began = monotonic()
    corpus = shop.store.corpus
    note = f"rolled back to sequence {to}"
    lease = await to_thread(corpus.leases.acquire, generation.index, this_process(), shop.clock())
    try:
        await to_thread(corpus.past.pause, generation.index, note, lease, shop.clock())
        shop.fault("paused")
        restored = removed = 0
        writer = GenerationWriter(shop, generation, lease)
        try:
            await writer.recover(progress)
            embedded = await embed_lost(PastSearcher(shop.store), shop.store, shop.embedder, generation, to)
            for page in corpus.past.items_since(generation.id, to):
                writes, gone = await to_thread(_undo, shop, generation, to, page)
                await writer.write(writes, gone, progress, note)
                restored += len(writes)
                removed += len(gone)
                progress(restored + removed, None, "restoring")
            generation = await writer.finish(listed=False)
        finally:
            writer.close()
    finally:
        corpus.leases.release(lease)
    return RollbackReport(
        index=generation.index,
        generation=generation.uid,
        to=to,
        sequence=await to_thread(corpus.sequence, generation.id),
        restored=restored,
        removed=removed,
        embedded=embedded + writer.effort.embedded,
        seconds=monotonic() - began,
    )


def _undo(
    shop: Workshop, generation: Generation, to: int, page: list[ItemThen]
) -> tuple[list[ItemWrite], list[ManifestItem]]:
    """What brings some items back to where they were."""
    were = [each.then for each in page if each.then is not None]
    chunks = shop.store.corpus.past.indexed_at(generation.id, to, [item.id for item in were])
    writes = [ItemWrite(item, tuple(chunks[item.id])) for item in were]
    return writes, [each.now for each in page if each.then is None and each.now is not None]
