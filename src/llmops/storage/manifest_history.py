"""What indexes held before: which changes there were and when, and the manifest as it was at one of them.

A manifest at sequence n is made of the rows of the present that are as they are since n or before, and of the rows of the
past that were so at n. Vectors are not kept here: they are in the embedding cache, by the digest of their text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, or_, select, text, update

from llmops.core.errors import InputError
from llmops.domain.corpus import Chunk
from llmops.domain.manifest import Commit, Generation, IndexedChunk, ItemThen, Lease, ManifestItem, Pause
from llmops.storage.engine import Database
from llmops.storage.leases import LeaseRepository
from llmops.storage.lexical import purge_words
from llmops.storage.manifest_rows import CHUNK, ITEM, AnyRow, chunk_of, indexed_of, parts, was
from llmops.storage.tables.caches import EMBEDDINGS
from llmops.storage.tables.corpus import (
    CHUNKS,
    COMMITS,
    GENERATIONS,
    ITEMS,
    PAST_CHUNKS,
    PAST_ITEMS,
    PAUSES,
    TEXTS,
)
from llmops.storage.upserts import insert_or_update

_PAGE: Final = 5000  # rows read at once
_ITEMS: Final = 500  # items with all their chunks
_COMMIT: Final = [COMMITS.c[field.name] for field in fields(Commit)]


class HistoryRepository:
    """The histories of manifests, and which indexes are paused."""

    def __init__(self, database: Database, leases: LeaseRepository) -> None:
        self._database = database
        self._leases = leases

    def commits(self, generation: int, limit: int | None = None) -> list[Commit]:
        """The changes of a manifest, newest first."""
        statement = select(*_COMMIT).where(COMMITS.c.generation_id == generation).order_by(COMMITS.c.sequence.desc())
        with self._database.read() as connection:
            return [Commit(*row) for row in connection.execute(statement.limit(limit))]

    def sequence_at(self, generation: Generation, at: datetime) -> int:
        """The sequence that a manifest was at.

        Raises:
            InputError: it was not there yet, or what it held then is not known any more.
        """
        statement = select(func.max(COMMITS.c.sequence)).where(COMMITS.c.generation_id == generation.id)
        with self._database.read() as connection:
            found = connection.scalar(statement.where(COMMITS.c.at <= at))
        if found is None:
            raise InputError(
                f"what index {generation.index!r} held at {at:%Y-%m-%d %H:%M:%S} UTC is not known",
                hint=f"What is known: llmops index history {generation.index}",
            )
        return int(found)

    def embedding_rate(self, embedder: str) -> float | None:
        """How many texts a second syncs have embedded with an embedder; None if none has."""
        measured = select(func.sum(COMMITS.c.embedded), func.sum(COMMITS.c.seconds))
        measured = measured.join(GENERATIONS, GENERATIONS.c.id == COMMITS.c.generation_id)
        wanted = (GENERATIONS.c.embedder == embedder) & (COMMITS.c.embedded > 0)
        with self._database.read() as connection:
            embedded, seconds = connection.execute(measured.where(wanted)).one()
        return embedded / seconds if embedded and seconds else None

    def keys_at(self, generation: int, sequence: int) -> Iterator[list[tuple[str, str]]]:
        """Chunk ids with the keys of their vectors as they were, in pages."""
        for table in (CHUNKS, PAST_CHUNKS):
            after, full = "", True
            wanted = select(table.c.cid, table.c.embedding_key).where(was(table, generation, sequence))
            while full:
                page = wanted.where(table.c.cid > after).order_by(table.c.cid).limit(_PAGE)
                with self._database.read() as connection:
                    rows = connection.execute(page).fetchall()
                yield [(cid, key) for cid, key in rows]
                full = len(rows) == _PAGE
                after = rows[-1].cid if full else ""

    def chunks_at(self, generation: int, sequence: int, cids: Iterable[str]) -> dict[str, Chunk]:
        """Those of the chunks that there were, as they were, by id."""
        return {row.cid: chunk_of(row) for row in self._rows_at(generation, sequence, "cid", list(cids))}

    def indexed_at(self, generation: int, sequence: int, items: Sequence[str]) -> dict[str, list[IndexedChunk]]:
        """The chunks that items had, in the order of their documents."""
        found: dict[str, list[IndexedChunk]] = {item: [] for item in items}
        for row in sorted(self._rows_at(generation, sequence, "item_id", items), key=lambda row: row.ordinal):
            found[row.item_id].append(indexed_of(row))
        return found

    def items_since(self, generation: int, sequence: int) -> Iterator[list[ItemThen]]:
        """The items that are otherwise now than they were at a sequence, in pages sorted by id."""
        came = select(ITEMS.c.id).where(ITEMS.c.generation_id == generation, ITEMS.c.since > sequence)
        went = select(PAST_ITEMS.c.id).where(was(PAST_ITEMS, generation, sequence))
        after, full = "", True
        while full:
            with self._database.read() as connection:
                page = set[str]()
                for column, ids in ((ITEMS.c.id, came), (PAST_ITEMS.c.id, went)):
                    page |= set(connection.scalars(ids.where(column > after).order_by(column).limit(_ITEMS)))
                part = sorted(page)[:_ITEMS]
                full = len(part) == _ITEMS
                if not part:
                    return
                after = part[-1]
                present = (ITEMS.c.generation_id == generation) & ITEMS.c.id.in_(part)
                now = {row.id: ManifestItem._make(row) for row in connection.execute(select(*ITEM).where(present))}
                past = select(*(PAST_ITEMS.c[name] for name in ManifestItem._fields))
                past = past.where(was(PAST_ITEMS, generation, sequence), PAST_ITEMS.c.id.in_(part))
                then = {row.id: ManifestItem._make(row) for row in connection.execute(past)}
            yield [ItemThen(id_, now.get(id_), then.get(id_)) for id_ in part]

    def sequence_before(self, generation: int, at: datetime) -> int:
        """The sequence that a manifest was at, 0 if that is not known."""
        statement = select(func.max(COMMITS.c.sequence)).where(COMMITS.c.generation_id == generation)
        with self._database.read() as connection:
            return connection.scalar(statement.where(COMMITS.c.at <= at)) or 0

    def count_before(self, generation: int, before: int) -> int:
        """How many rows `forget` would remove."""
        with self._database.read() as connection:
            return sum(
                connection.scalar(select(func.count()).where(_is_over(table, generation, before))) or 0
                for table in (PAST_ITEMS, PAST_CHUNKS)
            )

    def forget(self, generation: Generation, before: int, lease: Lease, now: datetime) -> int:
        """Forget what a manifest held before a sequence, with the vectors that nothing else holds; returns how many of those.

        The texts go with `drop_texts`.
        """
        with self._database.transaction() as connection:
            _overwrite_what_goes(connection)
            self._leases.renew(lease, now)
            over = _is_over(PAST_CHUNKS, generation.id, before)
            vectors = _drop_vectors(connection, [(PAST_CHUNKS, over)])
            for table in (PAST_ITEMS, PAST_CHUNKS):
                connection.execute(delete(table).where(_is_over(table, generation.id, before)))
            old = (COMMITS.c.generation_id == generation.id) & (COMMITS.c.sequence < before)
            connection.execute(delete(COMMITS).where(old))
            here = GENERATIONS.c.id == generation.id
            connection.execute(update(GENERATIONS).where(here).values(oldest=before))
            return vectors

    def remove(self, generation: Generation, lease: Lease, now: datetime) -> int:
        """Remove a generation with its manifest and its past, and the vectors that nothing else holds; returns how many of
        those. The texts go with `drop_texts`."""
        with self._database.transaction() as connection:
            _overwrite_what_goes(connection)
            self._leases.renew(lease, now)
            all_of = [(table, table.c.generation_id == generation.id) for table in (CHUNKS, PAST_CHUNKS)]
            vectors = _drop_vectors(connection, all_of)
            connection.execute(delete(GENERATIONS).where(GENERATIONS.c.id == generation.id))
            return vectors

    def drop_texts(self) -> int:
        """Remove the texts that no chunk of the present or the past holds, with their words; returns how many."""
        unused = ~exists().where(CHUNKS.c.text_hash == TEXTS.c.hash)
        unused &= ~exists().where(PAST_CHUNKS.c.text_hash == TEXTS.c.hash)
        with self._database.transaction() as connection:
            _overwrite_what_goes(connection)
            if not self._database.is_sqlite:  # a sync of another index may be about to point to one of them
                connection.execute(text("LOCK TABLE texts IN SHARE ROW EXCLUSIVE MODE"))
            gone = connection.execute(delete(TEXTS).where(unused)).rowcount
            if gone:
                purge_words(connection)
            return gone

    def pause(self, index: str, note: str, lease: Lease, now: datetime) -> None:
        """Let no sync change an index until `resume`."""
        with self._database.transaction() as connection:
            self._leases.renew(lease, now)
            insert_or_update(connection, PAUSES, [{"index_name": index, "note": note, "at": now}])

    def resume(self, index: str) -> None:
        """Let syncs change an index again."""
        with self._database.transaction() as connection:
            connection.execute(delete(PAUSES).where(PAUSES.c.index_name == index))

    def paused(self, index: str) -> Pause | None:
        """Why no sync changes an index; None if one may."""
        with self._database.read() as connection:
            row = connection.execute(select(PAUSES).where(PAUSES.c.index_name == index)).one_or_none()
        return None if row is None else Pause(row.note, row.at)

    def _rows_at(self, generation: int, sequence: int, column: str, values: Sequence[str]) -> list[AnyRow]:
        """Rows of chunks as they were, joined with text and item, for values of one of their columns."""
        found: list[AnyRow] = []
        with self._database.read() as connection:
            for part in parts(values):
                for chunks in (CHUNKS, PAST_CHUNKS):
                    for items in (ITEMS, PAST_ITEMS):
                        statement = (
                            select(
                                *(chunks.c[each.name] for each in CHUNK),
                                items.c.source,
                                items.c.key,
                                items.c.title,
                                TEXTS.c.content,
                            )
                            .join(TEXTS, TEXTS.c.hash == chunks.c.text_hash)
                            .join(items, (items.c.generation_id == generation) & (items.c.id == chunks.c.item_id))
                            .where(was(chunks, generation, sequence), was(items, generation, sequence))
                        )
                        found += connection.execute(statement.where(chunks.c[column].in_(part))).fetchall()
        return found


def _is_over(table: Table, generation: int, before: int) -> ColumnElement[bool]:
    return (table.c.generation_id == generation) & (table.c.until <= before)


def _overwrite_what_goes(connection: Connection) -> None:
    """Have SQLite leave nothing of deleted rows in the free pages of its file."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def _drop_vectors(connection: Connection, going: Sequence[tuple[Table, ColumnElement[bool]]]) -> int:
    """Remove the vectors of chunks that are about to go, unless other chunks have them too."""
    rows = dict(going)
    unwanted = or_(*(EMBEDDINGS.c.key.in_(select(table.c.embedding_key).where(those)) for table, those in going))
    kept = [
        select(table.c.embedding_key).where(~rows[table]) if table in rows else select(table.c.embedding_key)
        for table in (CHUNKS, PAST_CHUNKS)
    ]
    lonely = and_(*(EMBEDDINGS.c.key.not_in(keys) for keys in kept))
    return connection.execute(delete(EMBEDDINGS).where(unwanted, lonely)).rowcount
