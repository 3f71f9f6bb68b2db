"""Blobs in tables: in pieces, each blob whole or not at all."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, func, select, update

from llmops.core.errors import StoreError
from llmops.core.hashing import Json
from llmops.storage.row_blobs import DatabaseBlobs
from llmops.storage.store import Store
from llmops.storage.tables.blobs import BLOB_PIECES, BLOBS

LARGE = b"abc" * 1_000_000


def rows(store: Store) -> tuple[int, int]:
    with store.database.read() as connection:
        counted = [select(func.count()).select_from(table) for table in (BLOBS, BLOB_PIECES)]
        return connection.execute(counted[0]).scalar_one(), connection.execute(counted[1]).scalar_one()


def test_a_large_blob_lies_in_pieces(store: Store) -> None:
    blobs = DatabaseBlobs(store.database)
    digest = blobs.put(LARGE)
    assert rows(store) == (1, 2)
    assert [len(block) for block in blobs.blocks(digest)] == [1 << 20, 1 << 20, 3_000_000 - (2 << 20)]
    assert blobs.size(digest) == 3_000_000
    blobs.remove(digest)
    assert rows(store) == (0, 0)


@pytest.mark.parametrize(
    "harm",
    [delete(BLOB_PIECES).where(BLOB_PIECES.c.ordinal == 2), update(BLOB_PIECES).values(content=b"x")],
    ids=["missing", "changed"],
)
def test_a_piece_that_is_missing_or_changed(store: Store, harm: Json) -> None:
    blobs = DatabaseBlobs(store.database)
    digest = blobs.put(LARGE)
    with store.database.transaction() as connection:
        connection.execute(harm)
    with pytest.raises(StoreError, match=f"blob {digest} in .* is damaged"):
        blobs.get(digest)
    assert blobs.put(LARGE) == digest
    assert blobs.get(digest) == LARGE


def test_a_blob_that_is_not_written_to_its_end_was_never_there(store: Store) -> None:
    blobs = DatabaseBlobs(store.database)

    def blocks() -> Iterator[bytes]:
        yield LARGE
        raise RuntimeError("the network is gone")

    with pytest.raises(RuntimeError, match="the network is gone"):
        blobs.put_blocks(blocks())
    assert rows(store) == (0, 0)
