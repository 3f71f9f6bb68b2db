"""The manifest of indexes: what was read from where, cut into which chunks, and what the vector store still lacks.

`commit` is the one transaction in which the manifest changes: items, chunks, texts and outbox rows together, under a lease
that is renewed by it. The outbox names chunks, not operations: whether a vector is to be there is asked of the manifest when
the row is read, so replaying it in any order and any number of times ends in the same place.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from llmops.core.hashing import Json
from llmops.domain.corpus import Chunk
from llmops.domain.manifest import (
    A_SYNC,
    CommitNote,
    Counts,
    Generation,
    ItemWrite,
    Lease,
    ManifestItem,
    Pending,
    Written,
)
from llmops.storage.engine import Database
from llmops.storage.freshness import FreshnessRepository
from llmops.storage.leases import LeaseRepository
from llmops.storage.manifest_commit import commit_manifest
from llmops.storage.manifest_history import HistoryRepository
from llmops.storage.manifest_items import ItemRepository
from llmops.storage.manifest_rows import CHUNK, chunk_of, generation_of, generation_values, parts
from llmops.storage.tables.corpus import CHUNKS, GENERATIONS, ITEMS, OUTBOX, TEXTS

_PAGE: Final = 5000  # rows read at once
_KEYS_AFTER: Final = (
    select(CHUNKS.c.cid, CHUNKS.c.embedding_key)
    .where(CHUNKS.c.generation_id == bindparam("generation"), CHUNKS.c.cid > bindparam("after"))
    .order_by(CHUNKS.c.cid)
    .limit(_PAGE)
)


class CorpusRepository:
    """Generations and their manifests."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.leases = LeaseRepository(database)
        self.past = HistoryRepository(database, self.leases)
        self.freshness = FreshnessRepository(database)
        self.items = ItemRepository(database)

    def indexes(self) -> list[str]:
        """The names of all indexes that were ever built."""
        with self._database.read() as connection:
            return list(connection.scalars(select(GENERATIONS.c.index_name).distinct().order_by("index_name")))

    def generations(self, index: str) -> list[Generation]:
        """The generations of an index, newest first."""
        statement = select(GENERATIONS).where(GENERATIONS.c.index_name == index).order_by(GENERATIONS.c.id.desc())
        with self._database.read() as connection:
            return [generation_of(row) for row in connection.execute(statement)]

    def create(self, generation: Generation, lease: Lease, now: datetime) -> Generation:
        """Add a generation and return it with its id."""
        with self._database.transaction() as connection:
            self.leases.renew(lease, now)
            values = generation_values(generation)
            id_ = connection.execute(insert(GENERATIONS).values(values).returning(GENERATIONS.c.id)).scalar_one()
            return generation.model_copy(update={"id": id_})

    def save(self, generation: Generation, lease: Lease, now: datetime) -> None:
        """Update what may change of a generation: state, dirty, stored, vectors, synced_at, verified_at."""
        changing = {"state", "dirty", "stored", "vectors", "synced_at", "verified_at"}
        with self._database.transaction() as connection:
            self.leases.renew(lease, now)
            values = generation.model_dump(include=changing)
            connection.execute(update(GENERATIONS).where(GENERATIONS.c.id == generation.id).values(values))

    def sequence(self, generation: int) -> int:
        """What the manifest of a generation is at."""
        with self._database.read() as connection:
            return connection.scalar(select(GENERATIONS.c.sequence).where(GENERATIONS.c.id == generation)) or 0

    def sources(self, generation: int) -> list[str]:
        """The names of the sources that a generation has items of, sorted."""
        statement = select(ITEMS.c.source).where(ITEMS.c.generation_id == generation).distinct()
        with self._database.read() as connection:
            return sorted(connection.scalars(statement))

    def counts(self, generation: int) -> Counts:
        """Count documents, chunks, failures and pending vectors."""
        # Source by source, for in the order of their keys rows lie one after the other; in that of their ids, each is a seek.
        items = select(func.count(), func.count().filter(ITEMS.c.error != ""))
        items = items.where(ITEMS.c.generation_id == generation).group_by(ITEMS.c.source)
        with self._database.read() as connection:
            of_sources = connection.execute(items).all()
            documents, failed = (sum(each[column] for each in of_sources) for column in range(2))
            chunks = connection.scalar(select(func.count()).where(CHUNKS.c.generation_id == generation)) or 0
            pending, oldest = connection.execute(
                select(func.count(), func.min(OUTBOX.c.changed_at)).where(OUTBOX.c.generation_id == generation)
            ).one()
        return Counts(documents, chunks, failed, pending, oldest)

    def commit(
        self,
        generation: int,
        lease: Lease,
        writes: Sequence[ItemWrite],
        gone: Sequence[ManifestItem],
        now: datetime,
        note: CommitNote = A_SYNC,
    ) -> Written:
        """Write items with their chunks, remove items that are gone, and note in the outbox what that means for vectors.

        Raises:
            Conflict: the lease was taken over; nothing is written.
        """
        with self._database.transaction() as connection:
            self.leases.renew(lease, now)
            return commit_manifest(connection, generation, (writes, gone), now, note)

    def pending(self, generation: int, after: int = 0, limit: int | None = None) -> list[Pending]:
        """The outbox in order, each chunk with the key of its vector, or None where it is to be removed; of a long one, up to
        `limit` rows that come after a sequence."""
        joined = OUTBOX.outerjoin(
            CHUNKS, (CHUNKS.c.generation_id == OUTBOX.c.generation_id) & (CHUNKS.c.cid == OUTBOX.c.cid)
        )
        statement = select(OUTBOX.c.sequence, OUTBOX.c.cid, CHUNKS.c.embedding_key).select_from(joined)
        statement = statement.where(OUTBOX.c.generation_id == generation, OUTBOX.c.sequence > after)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(OUTBOX.c.sequence).limit(limit))
            return [Pending._make(row) for row in rows]

    def last_pending(self, generation: int) -> int:
        """The sequence of the last row of the outbox; 0 where it is empty."""
        statement = select(func.max(OUTBOX.c.sequence)).where(OUTBOX.c.generation_id == generation)
        with self._database.read() as connection:
            return connection.scalar(statement) or 0

    def acknowledge(self, generation: int, lease: Lease, through: int, now: datetime) -> None:
        """Drop outbox rows up to a sequence: the vector store has them."""
        with self._database.transaction() as connection:
            self.leases.renew(lease, now)
            done = (OUTBOX.c.generation_id == generation) & (OUTBOX.c.sequence <= through)
            connection.execute(delete(OUTBOX).where(done))
            here = GENERATIONS.c.id == generation
            connection.execute(update(GENERATIONS).where(here).values(applied=GENERATIONS.c.sequence))

    def embedding_keys(self, generation: int) -> Iterator[list[tuple[str, str]]]:
        """Chunk ids with the keys of their vectors, sorted by id, in pages."""
        after, full = "", True
        while full:
            with self._database.read() as connection:
                rows = connection.execute(_KEYS_AFTER, {"generation": generation, "after": after}).fetchall()
            yield [(cid, key) for cid, key in rows]
            full = len(rows) == _PAGE
            after = rows[-1].cid if full else ""

    def metadata(self, generation: int, cids: Iterable[str]) -> dict[str, dict[str, Json]]:
        """What chunks can be filtered by, by id: their metadata, and the source and key of their document."""
        found = {}
        statement = select(CHUNKS.c.cid, CHUNKS.c.metadata, ITEMS.c.source, ITEMS.c.key).join(
            ITEMS, (ITEMS.c.generation_id == CHUNKS.c.generation_id) & (ITEMS.c.id == CHUNKS.c.item_id)
        )
        with self._database.read() as connection:
            for part in parts(list(cids)):
                wanted = (CHUNKS.c.generation_id == generation) & CHUNKS.c.cid.in_(part)
                for cid, metadata, source, key in connection.execute(statement.where(wanted)):
                    found[cid] = {**json.loads(metadata), "source": source, "key": key}
        return found

    def chunks(self, generation: int, cids: Iterable[str]) -> dict[str, Chunk]:
        """Those of the chunks that there are, by id."""
        found = {}
        statement = (
            select(*CHUNK, ITEMS.c.source, ITEMS.c.key, ITEMS.c.title, TEXTS.c.content)
            .join(ITEMS, (ITEMS.c.generation_id == CHUNKS.c.generation_id) & (ITEMS.c.id == CHUNKS.c.item_id))
            .join(TEXTS, TEXTS.c.hash == CHUNKS.c.text_hash)
        )
        with self._database.read() as connection:
            for part in parts(list(cids)):
                wanted = (CHUNKS.c.generation_id == generation) & CHUNKS.c.cid.in_(part)
                for row in connection.execute(statement.where(wanted)):
                    found[row.cid] = chunk_of(row)
        return found
