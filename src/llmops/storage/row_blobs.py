"""Blobs in tables of the store, a megabyte a row, each blob in one transaction."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import IO, Final

from sqlalchemy import bindparam, delete, func, select

from llmops.storage.addressed import AddressedBlobs, Swept, blocks_of, expecting, relative, unknown
from llmops.storage.engine import Database
from llmops.storage.tables.blobs import BLOB_PIECES, BLOBS
from llmops.storage.upserts import insert_or_update

_B: Final = BLOBS.c
_P: Final = BLOB_PIECES.c
_FIRST: Final = select(_B.content).where(_B.digest == bindparam("wanted"))
_NEXT: Final = select(_P.content).where(_P.digest == bindparam("wanted"), _P.ordinal == bindparam("place"))
_SIZE: Final = select(
    select(func.length(_B.content)).where(_B.digest == bindparam("wanted")).scalar_subquery(),
    select(func.sum(func.length(_P.content))).where(_P.digest == bindparam("wanted")).scalar_subquery(),
)


class DatabaseBlobs(AddressedBlobs):
    """Blobs in the database: the first megabyte of each in one table, further ones in another."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self.place = database.place

    def __iter__(self) -> Iterator[str]:
        with self._database.read() as connection:
            return iter(connection.execute(select(_B.digest).order_by(_B.digest)).scalars().all())

    def size(self, digest: str) -> int | None:
        """How many bytes a blob has; None where there is none."""
        relative(digest)
        with self._database.read() as connection:
            first, further = connection.execute(_SIZE, {"wanted": digest}).one()
        return None if first is None else int(first) + int(further or 0)

    def remove(self, digest: str) -> None:
        """Remove a blob; one that is not there is no error."""
        with self._database.transaction() as connection:
            connection.execute(delete(BLOB_PIECES).where(_P.digest == digest))
            connection.execute(delete(BLOBS).where(_B.digest == digest))

    def sweep(self, before: datetime, *, dry_run: bool = False) -> Swept:
        """Remove nothing: what was not written to its end was never there."""
        return Swept(0, 0)

    def signatures(self) -> set[str]:
        """None: no other store writes to these tables."""
        return set()

    def _read(self, digest: str) -> Iterator[bytes]:
        with self._database.read() as connection:
            first = connection.execute(_FIRST, {"wanted": digest}).scalar()
        if first is None:
            raise unknown(digest, self.place)
        yield bytes(first)
        for ordinal in count(1):
            with self._database.read() as connection:
                piece = connection.execute(_NEXT, {"wanted": digest, "place": ordinal}).scalar()
            if piece is None:
                return
            yield bytes(piece)

    def _write(self, digest: str, file: IO[bytes], size: int) -> None:
        blocks = expecting(digest, blocks_of(file))
        with self._database.transaction() as connection:
            connection.execute(delete(BLOB_PIECES).where(_P.digest == digest))
            insert_or_update(connection, BLOBS, [{"digest": digest, "content": next(blocks, b"")}])
            for ordinal, block in enumerate(blocks, 1):
                insert_or_update(connection, BLOB_PIECES, [{"digest": digest, "ordinal": ordinal, "content": block}])

    def _sign(self, store_id: str) -> None:
        """Nothing is noted: the tables are the store's own."""
