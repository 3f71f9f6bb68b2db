"""Backups: what is in them, and that nobody has to stop for them."""

import sqlite3
import tarfile
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from llmops.core.errors import CheckFailed, InputError, OutsideError
from llmops.storage.archive import verify_archive
from llmops.storage.backup import back_up
from llmops.storage.store import Store, open_store
from llmops.storage.tables.registry import MOVES
from tests.support.children import finish_child, start_child
from tests.support.examples import NOW, add_version, move_alias
from tests.support.folders import unprivileged
from tests.support.stores import SQLITE_URL


def test_a_backup_names_what_it_holds(store: Store, tmp_path: Path) -> None:
    move = move_alias(store, add_version(store, {"body": "Hi"}), None)
    blob = store.blobs.put(b"cases")
    path, manifest = back_up(store, tmp_path / "store.tar", now=NOW)
    assert path == tmp_path / "store.tar"
    assert (manifest.head, manifest.rows, manifest.blobs, manifest.created_at) == (move.hash, 1, 1, NOW)
    assert verify_archive(path) == manifest
    with tarfile.open(path) as tar:
        names = tar.getnames()
    assert names[-2:] == [f"blobs/{blob[7:]}", "backup.json"]
    assert ("store.db" in names) == store.database.is_sqlite
    assert ("tables/moves.copy" in names) != store.database.is_sqlite
    assert "tables/blobs.copy" not in names
    assert sorted(entry.name for entry in tmp_path.glob("*.tar*")) == ["store.tar"]


def test_the_sqlite_file_inside_can_be_opened_by_anything(sqlite_store: Store, tmp_path: Path) -> None:
    add_version(sqlite_store, {"body": "Hi"})
    path, _ = back_up(sqlite_store, tmp_path / "store.tar", now=NOW)
    with tarfile.open(path) as tar:
        tar.extract("store.db", tmp_path / "out", filter="data")
    database = sqlite3.connect(f"file:{tmp_path}/out/store.db?mode=ro&immutable=1", uri=True)
    assert database.execute("select name from versions").fetchall() == [("answer",)]
    database.close()


def test_in_a_folder_it_is_named_by_its_time(sqlite_store: Store, tmp_path: Path) -> None:
    first, _ = back_up(sqlite_store, tmp_path, now=NOW)
    second, _ = back_up(sqlite_store, tmp_path, now=NOW + timedelta(seconds=1))
    assert [first.name, second.name] == ["llmops-20260301T123015Z.tar", "llmops-20260301T123016Z.tar"]


def test_no_file_is_overwritten(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "notes.tar").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.tar is there already"):
        back_up(sqlite_store, tmp_path / "notes.tar", now=NOW)
    assert (tmp_path / "notes.tar").read_text() == "mine"
    with pytest.raises(InputError, match="there is no folder"):
        back_up(sqlite_store, tmp_path / "absent" / "store.tar", now=NOW)


def test_nothing_is_no_backup(tmp_path: Path) -> None:
    store = open_store(SQLITE_URL, root=tmp_path, create=False)
    with pytest.raises(InputError, match="no store to back up yet"):
        back_up(store, tmp_path / "store.tar", now=NOW)
    store.close()


def test_an_unsound_store_is_not_copied(store: Store, tmp_path: Path) -> None:
    move_alias(store, add_version(store, {"body": "Hi"}), None)
    with store.database.transaction() as connection:
        connection.execute(update(MOVES).values(reason="forged"))
    with pytest.raises(CheckFailed, match="row 1 of the history"):
        back_up(store, tmp_path / "store.tar", now=NOW)
    assert not list(tmp_path.glob("*.tar*"))
    assert not list(tmp_path.glob(".llmops-backup-*"))


def test_a_folder_that_may_not_be_written_to(sqlite_store: Store, open_folder: Path) -> None:
    locked = open_folder / "locked"
    locked.mkdir(mode=0o555)
    with unprivileged(), pytest.raises(OutsideError, match=r"store\.tar cannot be written: Permission denied"):
        back_up(sqlite_store, locked / "store.tar", now=NOW)


def test_a_backup_waits_for_no_writer(store: Store, tmp_path: Path) -> None:
    """A write that is under way neither stops a backup nor gets into it."""
    before = add_version(store, {"body": "one"})
    begun, done = threading.Event(), threading.Event()

    def write() -> None:
        with store.transaction():
            move_alias(store, before, None)
            begun.set()
            assert done.wait(60)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(60)
        _, during = back_up(store, tmp_path / "during.tar", now=NOW)
    finally:
        done.set()
        writer.join()
    _, after = back_up(store, tmp_path / "after.tar", now=NOW)
    assert (during.rows, after.rows) == (0, 1)


def test_writers_do_not_wait_for_a_backup(store: Store) -> None:
    """While a snapshot is read, versions are added and aliases are moved; the snapshot does not see it."""
    add_version(store, {"body": "one"})
    with store.database.snapshot():
        assert len(store.versions.of("prompt", "answer")) == 1
        writer = threading.Thread(target=lambda: move_alias(store, add_version(store, {"body": "two"}), None))
        writer.start()
        writer.join(60)
        assert not writer.is_alive()
        assert len(store.versions.of("prompt", "answer")) == 1
        assert store.aliases.history() == []
    assert len(store.versions.of("prompt", "answer")) == 2


WRITER = """
import sys
from pathlib import Path
from llmops.storage.store import open_store
from tests.support.examples import add_version, move_alias

store = open_store(sys.argv[1], root=Path(sys.argv[2]))
held = None
for number in range(int(sys.argv[3])):
    with store.transaction():
        blob = store.blobs.put(f"case {number}".encode())
        version = add_version(store, {"cases": 1, "blob": blob}, name="docs", kind="dataset")
        move_alias(store, version, held)
    held = version.number
    print(number, flush=True)
store.close()
"""


def test_backups_while_others_write_are_all_sound(store: Store, store_url: str, tmp_path: Path) -> None:
    """A writer adds a blob, a version and a move at a time; each backup holds as many of each."""
    child = start_child(WRITER, store_url, str(tmp_path), "150")
    assert child.stdout is not None
    rows = []
    for number in range(4):
        child.stdout.readline()
        _, manifest = back_up(store, tmp_path / f"{number}.tar", now=NOW)
        rows.append(manifest.rows)
        assert manifest.blobs >= manifest.rows
    finish_child(child)
    assert rows == sorted(rows)
    assert rows[0] >= 1
