"""What a search wants to know of the chunks that it found: their vectors' keys, their families, how old what lacks is."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import and_, func, or_, select

from llmops.domain.corpus import Chunk
from llmops.storage.corpus import CorpusRepository
from llmops.storage.engine import Database
from llmops.storage.manifest_rows import was
from llmops.storage.tables.corpus import CHUNKS, COMMITS, ITEMS, PAST_CHUNKS, TEXTS

_BATCH: Final = 500
_PAGE: Final = 5000  # rows read at once
_PLACES: Final = 50


class PassageRepository:
    """Chunks as a search sees them."""

    def __init__(self, database: Database, corpus: CorpusRepository) -> None:
        self._database = database
        self._corpus = corpus

    def vector_keys(self, generation: int, cids: Iterable[str]) -> dict[str, str]:
        """The keys of the vectors of those chunks that there are, by id."""
        wanted, found = list(cids), dict[str, str]()
        with self._database.read() as connection:
            for start in range(0, len(wanted), _BATCH):
                part = CHUNKS.c.cid.in_(wanted[start : start + _BATCH])
                rows = connection.execute(
                    select(CHUNKS.c.cid, CHUNKS.c.embedding_key).where(CHUNKS.c.generation_id == generation, part)
                )
                found |= {row.cid: row.embedding_key for row in rows}
        return found

    def within(self, generation: int, places: Iterable[tuple[str, str, int, int]]) -> list[Chunk]:
        """The chunks that lie in stretches of documents: source, key, first and last offset of each."""
        wanted, found = list(places), list[Chunk]()
        for start in range(0, len(wanted), _PLACES):
            inside = or_(
                *(
                    and_(ITEMS.c.source == source, ITEMS.c.key == key, CHUNKS.c.start >= first, CHUNKS.c.end <= last)
                    for source, key, first, last in wanted[start : start + _PLACES]
                )
            )
            joined = CHUNKS.join(
                ITEMS, (ITEMS.c.generation_id == CHUNKS.c.generation_id) & (ITEMS.c.id == CHUNKS.c.item_id)
            )
            statement = select(CHUNKS.c.cid).select_from(joined).where(CHUNKS.c.generation_id == generation, inside)
            with self._database.read() as connection:
                cids = list(connection.scalars(statement))
            found += self._corpus.chunks(generation, cids).values()
        return found

    def texts_at(self, generation: int, sequence: int) -> Iterator[list[tuple[str, str, str]]]:
        """Chunk ids with the hashes and contents of their texts as they were, in pages."""
        for table in (CHUNKS, PAST_CHUNKS):
            after, full = "", True
            wanted = select(table.c.cid, table.c.text_hash, TEXTS.c.content)
            wanted = wanted.join(TEXTS, TEXTS.c.hash == table.c.text_hash).where(was(table, generation, sequence))
            while full:
                page = wanted.where(table.c.cid > after).order_by(table.c.cid).limit(_PAGE)
                with self._database.read() as connection:
                    rows = connection.execute(page).fetchall()
                yield [(cid, text_hash, content) for cid, text_hash, content in rows]
                full = len(rows) == _PAGE
                after = rows[-1].cid if full else ""

    def changed_after(self, generation: int, sequence: int) -> datetime | None:
        """When a manifest first changed after a sequence; None if it has not."""
        statement = select(func.min(COMMITS.c.at)).where(COMMITS.c.generation_id == generation)
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(statement.where(COMMITS.c.sequence > sequence))
        return found
