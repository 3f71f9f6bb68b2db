"""Blobs of every kind, and what spoils one of them."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from llmops.storage.addressed import AddressedBlobs
from llmops.storage.blobs import open_blobs
from llmops.storage.object_blobs import FileBlobs
from llmops.storage.row_blobs import DatabaseBlobs
from llmops.storage.store import open_store
from llmops.storage.tables.blobs import BLOBS
from llmops.storage.upgrade import upgrade

ABSENT = "sha256:" + "0" * 64
Damage = Callable[[str], None]


@pytest.fixture(params=["folder", "fsspec", "sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[AddressedBlobs, Damage]]:
    """Blobs, and what damages one of them."""
    if request.param == "folder":

        def spoil(digest: str) -> None:
            (tmp_path / "blobs" / "sha256" / digest[7:9] / digest[7:]).write_bytes(b"spoilt")

        yield open_blobs("blobs", root=tmp_path), spoil
    elif request.param == "fsspec":
        blobs = open_blobs(f"memory://{uuid.uuid4().hex}", root=tmp_path)
        assert isinstance(blobs, FileBlobs)

        def overwrite(digest: str) -> None:
            blobs._filesystem.pipe_file(blobs._path(digest), b"spoilt")

        yield blobs, overwrite
    else:
        url = "sqlite:///store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
        upgrade(url, root=tmp_path)
        store = open_store(url, root=tmp_path)

        def rewrite(digest: str) -> None:
            with store.database.transaction() as connection:
                connection.execute(update(BLOBS).where(BLOBS.c.digest == digest).values(content=b"spoilt"))

        yield DatabaseBlobs(store.database), rewrite
        store.close()
