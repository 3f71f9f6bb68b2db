"""The manifest of indexes: what was read from where, cut into which chunks, and what the vector store still lacks.

`commit` is the one transaction in which the manifest changes: items, chunks, texts and outbox rows together, under a lease
that is renewed by it. The outbox names chunks, not operations: whether a vector is to be there is asked of the manifest when
the row is read, so replaying it in any order and any number of times ends in the same place.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Row, bindparam, delete, exists, func, insert, select, update

from llmops.core.hashing import Json
from llmops.domain.corpus import Chunk, RagSpec
from llmops.domain.filters import tokens
from llmops.domain.manifest import Counts, Generation, IndexedChunk, ItemWrite, Lease, ManifestItem, Pending, Written
from llmops.domain.noun import content_of
from llmops.storage.engine import Database
from llmops.storage.leases import LeaseRepository
from llmops.storage.lexical import index_texts
from llmops.storage.tables.corpus import CHUNKS, GENERATIONS, ITEMS, OUTBOX, TEXTS
from llmops.storage.upserts import insert_new, insert_or_update

_AnyRow: TypeAlias = Row[*tuple[Any, ...]]
_BATCH: Final = 500  # values in one IN
_PAGE: Final = 5000  # rows read at once
_ITEM: Final = tuple(ITEMS.c[name] for name in ManifestItem._fields)
_CHUNK: Final = tuple(column for column in CHUNKS.c if column.name != "generation_id")
_ITEMS_AFTER: Final = (
    select(*_ITEM)
    .where(ITEMS.c.generation_id == bindparam("generation"), ITEMS.c.source == bindparam("wanted"))
    .where(ITEMS.c.key > bindparam("after"))
    .order_by(ITEMS.c.key)
    .limit(_PAGE)
)
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

    def indexes(self) -> list[str]:
        """The names of all indexes that were ever built."""
        with self._database.read() as connection:
            return list(connection.scalars(select(GENERATIONS.c.index_name).distinct().order_by("index_name")))

    def generations(self, index: str) -> list[Generation]:
        """The generations of an index, newest first."""
        statement = select(GENERATIONS).where(GENERATIONS.c.index_name == index).order_by(GENERATIONS.c.id.desc())
        with self._database.read() as connection:
            return [_generation(row) for row in connection.execute(statement)]

    def create(self, generation: Generation, lease: Lease, now: datetime) -> Generation:
        """Add a generation and return it with its id."""
        with self._database.transaction() as connection:
            self.leases.renew(lease, now)
            values = _generation_values(generation)
            id_ = connection.execute(insert(GENERATIONS).values(values).returning(GENERATIONS.c.id)).scalar_one()
            return generation.model_copy(update={"id": id_})

    def save(self, generation: Generation, lease: Lease, now: datetime) -> None:
        """Update what may change of a generation: state, dirty, stored, vectors, synced_at."""
        changing = {"state", "dirty", "stored", "vectors", "synced_at"}
        with self._database.transaction() as connection:
            self.leases.renew(lease, now)
            values = generation.model_dump(include=changing)
            connection.execute(update(GENERATIONS).where(GENERATIONS.c.id == generation.id).values(values))

    def items(self, generation: int, source: str) -> Iterator[ManifestItem]:
        """The manifest's items of a source, sorted by key; read in pages, so that it may change meanwhile."""
        after, full = "", True
        while full:
            with self._database.read() as connection:
                values = {"generation": generation, "wanted": source, "after": after}
                rows = connection.execute(_ITEMS_AFTER, values).fetchall()
            yield from map(ManifestItem._make, rows)
            full = len(rows) == _PAGE
            after = rows[-1].key if full else ""

    def counts(self, generation: int) -> Counts:
        """Count documents, chunks, failures and pending vectors."""
        with self._database.read() as connection:
            documents, failed = connection.execute(
                select(func.count(), func.count().filter(ITEMS.c.error != "")).where(
                    ITEMS.c.generation_id == generation
                )
            ).one()
            chunks = connection.scalar(select(func.count()).where(CHUNKS.c.generation_id == generation)) or 0
            pending, oldest = connection.execute(
                select(func.count(), func.min(OUTBOX.c.changed_at)).where(OUTBOX.c.generation_id == generation)
            ).one()
        return Counts(documents, chunks, failed, pending, oldest)

    def failures(self, generation: int) -> list[ManifestItem]:
        """The items whose last version could not be read, sorted by source and key."""
        statement = select(*_ITEM).where(ITEMS.c.generation_id == generation, ITEMS.c.error != "")
        with self._database.read() as connection:
            return [
                ManifestItem._make(row) for row in connection.execute(statement.order_by(ITEMS.c.source, ITEMS.c.key))
            ]

    def commit(
        self, generation: int, lease: Lease, writes: Sequence[ItemWrite], gone: Sequence[ManifestItem], now: datetime
    ) -> Written:
        """Write items with their chunks, remove items that are gone, and note in the outbox what that means for vectors.

        Raises:
            Conflict: the lease was taken over; nothing is written.
        """
        cut = [write for write in writes if write.chunks is not None]
        new = {indexed.chunk.cid: (write.item.id, indexed) for write in cut for indexed in write.chunks or ()}
        changed_at = {write.item.id: write.item.changed_at for write in cut}
        changed_at |= {item.id: now.timestamp() for item in gone}
        with self._database.transaction() as connection:
            self.leases.renew(lease, now)
            old = {row.cid: row for row in _chunks_of(connection, generation, list(changed_at))}
            insert_or_update(connection, ITEMS, [{"generation_id": generation, **w.item._asdict()} for w in writes])
            added = [cid for cid in new if cid not in old]
            rows = {cid: _chunk_values(generation, *new[cid]) for cid in new}
            updated = [cid for cid in new if cid in old and _differs(old[cid], rows[cid])]
            removed = [cid for cid in old if cid not in new]
            texts = {new[cid][1].text_hash: new[cid][1].chunk.text for cid in added}
            insert_new(connection, TEXTS, [{"hash": key, "content": texts[key]} for key in sorted(texts)])
            index_texts(connection, texts)
            insert_or_update(connection, CHUNKS, [rows[cid] for cid in (*added, *updated)])
            unused = {old[cid].text_hash for cid in removed}
            _delete(connection, generation, removed, unused, [item.id for item in gone])
            refiled = [cid for cid in updated if _tokens(old[cid]) != tokens(new[cid][1].chunk.metadata)]
            outbox = [(cid, changed_at[new[cid][0]]) for cid in (*added, *refiled)]
            outbox += [(cid, changed_at[old[cid].item_id]) for cid in removed]
            moved = [
                cid for cid in updated if old[cid].embedding_key != rows[cid]["embedding_key"]
            ]  # under a new header
            outbox += [(cid, changed_at[new[cid][0]]) for cid in moved]
            if outbox:
                values = [{"generation_id": generation, "cid": cid, "changed_at": at} for cid, at in outbox]
                connection.execute(insert(OUTBOX), values)
            if added or updated or removed or gone:
                here = GENERATIONS.c.id == generation
                connection.execute(update(GENERATIONS).where(here).values(sequence=GENERATIONS.c.sequence + 1))
        return Written(len(added), len(updated), len(removed))

    def pending(self, generation: int) -> list[Pending]:
        """The outbox in order, each chunk with the key of its vector, or None where it is to be removed."""
        joined = OUTBOX.outerjoin(
            CHUNKS, (CHUNKS.c.generation_id == OUTBOX.c.generation_id) & (CHUNKS.c.cid == OUTBOX.c.cid)
        )
        statement = select(OUTBOX.c.sequence, OUTBOX.c.cid, CHUNKS.c.embedding_key).select_from(joined)
        statement = statement.where(OUTBOX.c.generation_id == generation).order_by(OUTBOX.c.sequence)
        with self._database.read() as connection:
            return [Pending._make(row) for row in connection.execute(statement)]

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
            for part in _parts(list(cids)):
                wanted = (CHUNKS.c.generation_id == generation) & CHUNKS.c.cid.in_(part)
                for cid, metadata, source, key in connection.execute(statement.where(wanted)):
                    found[cid] = {**json.loads(metadata), "source": source, "key": key}
        return found

    def chunks(self, generation: int, cids: Iterable[str]) -> dict[str, Chunk]:
        """Those of the chunks that there are, by id."""
        found = {}
        statement = (
            select(*_CHUNK, ITEMS.c.source, ITEMS.c.key, ITEMS.c.title, TEXTS.c.content)
            .join(ITEMS, (ITEMS.c.generation_id == CHUNKS.c.generation_id) & (ITEMS.c.id == CHUNKS.c.item_id))
            .join(TEXTS, TEXTS.c.hash == CHUNKS.c.text_hash)
        )
        with self._database.read() as connection:
            for part in _parts(list(cids)):
                wanted = (CHUNKS.c.generation_id == generation) & CHUNKS.c.cid.in_(part)
                for row in connection.execute(statement.where(wanted)):
                    found[row.cid] = _chunk(row)
        return found


def _chunks_of(connection: Connection, generation: int, items: list[str]) -> list[_AnyRow]:
    found: list[_AnyRow] = []
    for part in _parts(items):
        wanted = (CHUNKS.c.generation_id == generation) & CHUNKS.c.item_id.in_(part)
        found += connection.execute(select(*_CHUNK).where(wanted)).fetchall()
    return found


def _delete(connection: Connection, generation: int, cids: list[str], texts: set[str], items: list[str]) -> None:
    """Remove chunks and items, and the texts that no chunk holds any more: what was deleted at the source goes here too."""
    for part in _parts(cids):
        connection.execute(delete(CHUNKS).where(CHUNKS.c.generation_id == generation, CHUNKS.c.cid.in_(part)))
    for part in _parts(items):
        connection.execute(delete(ITEMS).where(ITEMS.c.generation_id == generation, ITEMS.c.id.in_(part)))
    for part in _parts(sorted(texts)):
        used = exists().where(CHUNKS.c.text_hash == TEXTS.c.hash)
        connection.execute(delete(TEXTS).where(TEXTS.c.hash.in_(part), ~used))


def _parts(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def _chunk_values(generation: int, item: str, indexed: IndexedChunk) -> dict[str, object]:
    chunk = indexed.chunk
    return {
        "generation_id": generation,
        "cid": chunk.cid,
        "item_id": item,
        "ordinal": chunk.ordinal,
        "start": chunk.start,
        "end": chunk.end,
        "line": chunk.line,
        "end_line": chunk.end_line,
        "page": chunk.page,
        "text_hash": indexed.text_hash,
        "embedding_key": indexed.embedding_key,
        "metadata": json.dumps(chunk.metadata, ensure_ascii=False, sort_keys=True),
    }


def _differs(row: _AnyRow, values: dict[str, object]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items() if name != "generation_id")


def _tokens(row: _AnyRow) -> list[str]:
    return tokens(json.loads(row.metadata))


def _chunk(row: _AnyRow) -> Chunk:
    metadata = json.loads(row.metadata)
    return Chunk(
        cid=row.cid,
        source=row.source,
        key=row.key,
        ordinal=row.ordinal,
        start=row.start,
        end=row.end,
        text=row.content,
        line=row.line,
        end_line=row.end_line,
        page=row.page,
        metadata={**metadata, "title": row.title} if row.title else metadata,
    )


def _generation(row: _AnyRow) -> Generation:
    values = {name: value for name, value in row._mapping.items() if name in Generation.model_fields}
    return Generation(**{**values, "index": row.index_name, "spec": RagSpec.model_validate_json(row.spec)})


def _generation_values(generation: Generation) -> dict[str, object]:
    values = generation.model_dump(exclude={"id", "index", "spec"})
    return {
        **values,
        "index_name": generation.index,
        "spec": json.dumps(content_of(generation.spec), ensure_ascii=False),
    }
