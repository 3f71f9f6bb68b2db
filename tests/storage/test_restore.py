"""Restoring: the same store again, or the old one untouched."""

import random
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from llmops.core.errors import CheckFailed, InputError, StoreError
from llmops.storage.archive import ArchiveWriter, read_parts, verify_archive
from llmops.storage.backup import back_up
from llmops.storage.check import check_store
from llmops.storage.engine import connect
from llmops.storage.restore import restore
from llmops.storage.store import Store, open_store
from llmops.storage.tables.schema import SCHEMA
from tests.support.children import kill_child_after, start_child
from tests.support.corpora import add_documents, new_index
from tests.support.examples import NOW, add_version, example_result, example_run, move_alias
from tests.support.postgres import PostgresServer
from tests.support.stores import SQLITE_URL


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, str, Path]]:
    """A store that holds something of everything, and the URL and root of a place that holds nothing."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    if request.param == "sqlite":
        store = open_store(SQLITE_URL, root=tmp_path / "old")
        fill(store)
        yield store, SQLITE_URL, tmp_path / "new"
        store.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as empty:
        store = open_store(request.getfixturevalue("postgres_store_url"), root=tmp_path / "old")
        try:
            fill(store)
            yield store, empty, tmp_path / "new"
        finally:
            with store.database.transaction() as connection:
                for table in reversed(SCHEMA.sorted_tables):
                    connection.execute(table.delete())
            store.close()


def fill(store: Store) -> None:
    """Put something into most tables, with characters that COPY must escape."""
    first = add_version(store, {"body": "tab\t newline\n backslash \\ \\N nul-free ünïcödé 🎉"})
    move_alias(store, first, None)
    move_alias(store, add_version(store, {"body": "Ho"}), 1)
    add_version(store, {"cases": 1, "blob": store.blobs.put(b"\0\1cases\xff")}, name="docs", kind="dataset")
    store.runs.start(example_run())
    store.runs.add_results("run-1", [example_result("a"), example_result("b", value=None)])
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one", "two"]})


def contents(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but blobs, which may live elsewhere."""
    with store.database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in SCHEMA.sorted_tables
            if not table.name.startswith("blob")
        }


def test_a_restored_store_is_the_same(places: tuple[Store, str, Path], tmp_path: Path) -> None:
    store, url, root = places
    path, manifest = back_up(store, tmp_path / "store.tar.gz", now=NOW)
    done = restore(url, path, root=root)
    assert (done.manifest, done.replaced, done.indexes) == (manifest, "", ("docs",))
    again = open_store(url, root=root)
    assert contents(again) == contents(store)
    assert len(contents(again)["chunks"]) == 2
    assert check_store(again).head == manifest.head
    assert again.blobs.get(next(iter(store.blobs))) == b"\0\1cases\xff"
    assert add_version(again, {"body": "next"}).number == 3
    (restored,) = again.corpus.generations("docs")
    assert new_index(again, "other", "g2")[0].id > restored.id
    again.close()


def test_what_is_there_is_replaced_only_if_asked(places: tuple[Store, str, Path], tmp_path: Path) -> None:
    store, url, root = places
    path, manifest = back_up(store, tmp_path / "store.tar", now=NOW)
    restore(url, path, root=root)
    other = open_store(url, root=root)
    head = move_alias(other, add_version(other, {"body": "more"}, name="other"), None).hash
    with pytest.raises(InputError, match="is not empty, and restoring would replace all of it") as caught:
        restore(url, path, root=root)
    assert "--yes" in caught.value.hint
    assert check_store(other).head == head
    done = restore(url, path, root=root, overwrite=True)
    assert done.replaced == head
    assert check_store(other).head == manifest.head  # seen by whoever has it open
    assert contents(other) == contents(store)
    other.close()


def rewritten(path: Path, target: Path, **changed: object) -> Path:
    """The same backup with another manifest."""
    manifest = verify_archive(path)
    writer = ArchiveWriter(target, NOW)
    for name, part in read_parts(path):
        if name == "backup.json":
            continue
        data = target.parent / "part"
        data.write_bytes(part.read())
        if name.startswith("blobs/"):
            writer.add_blob("sha256:" + name[6:], [data.read_bytes()], data.stat().st_size)
        else:
            writer.add_file(name, data, manifest.members[name].columns)
    writer.finish(manifest.model_copy(update={"members": writer.members, **changed}))
    writer.close()
    return target


def test_a_backup_that_does_not_keep_its_word_changes_nothing(places: tuple[Store, str, Path], tmp_path: Path) -> None:
    store, url, root = places
    path, _ = back_up(store, tmp_path / "store.tar", now=NOW)
    restore(url, path, root=root)
    before = open_store(url, root=root)
    expected = contents(before)
    forged = rewritten(path, tmp_path / "forged.tar", head="sha256:" + "0" * 64)
    with pytest.raises(CheckFailed, match="should hold a history of 2 rows with the head sha256:000"):
        restore(url, forged, root=root, overwrite=True)
    assert contents(before) == expected
    assert check_store(before).rows == 2
    before.close()


def test_a_newer_backup_is_refused(places: tuple[Store, str, Path], tmp_path: Path) -> None:
    store, url, root = places
    path, _ = back_up(store, tmp_path / "store.tar", now=NOW)
    newer = rewritten(path, tmp_path / "newer.tar", revision="9999")
    with pytest.raises(StoreError, match="is at revision 9999, newer than this program's") as caught:
        restore(url, newer, root=root)
    assert caught.value.hint == "pip install --upgrade llmops"


def test_a_cut_off_backup_makes_no_store(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    path, _ = back_up(sqlite_store, tmp_path / "store.tar", now=NOW)
    path.write_bytes(path.read_bytes()[:5000])
    (tmp_path / "new").mkdir()
    with pytest.raises(CheckFailed, match="is damaged: it was cut off"):
        restore(SQLITE_URL, path, root=tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())


def test_a_backup_of_another_kind_of_store(sqlite_store: Store, postgres_url: str, tmp_path: Path) -> None:
    path, _ = back_up(sqlite_store, tmp_path / "store.tar", now=NOW)
    with pytest.raises(InputError, match=r"is a backup of a SQLite store, but the store here is postgresql.*\*\*\*"):
        restore(postgres_url, path, root=tmp_path)


def test_blobs_go_where_the_settings_say(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    path, _ = back_up(sqlite_store, tmp_path / "store.tar", now=NOW)
    (tmp_path / "new").mkdir()
    restore(SQLITE_URL, path, root=tmp_path / "new", blobs_url="elsewhere")
    assert len(list((tmp_path / "new" / "elsewhere").rglob("*/??/*"))) == 1
    assert not (tmp_path / "new" / ".llmops" / "blobs").exists()


def test_a_damaged_store_is_moved_away_by_people(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    path, _ = back_up(sqlite_store, tmp_path / "store.tar", now=NOW)
    (tmp_path / "new" / ".llmops").mkdir(parents=True)
    broken = tmp_path / "new" / ".llmops" / "store.db"
    broken.write_text("no database, but perhaps dear to somebody " * 100)
    with pytest.raises(StoreError, match="that the backup shall replace cannot be opened") as caught:
        restore(SQLITE_URL, path, root=tmp_path / "new", overwrite=True)
    assert "mv " in caught.value.hint
    assert broken.read_text().startswith("no database")
    shutil.move(broken, tmp_path)
    assert restore(SQLITE_URL, path, root=tmp_path / "new").manifest.rows == 2


def test_tables_of_another_program_are_left_alone(postgres_store_url: str, postgres_url: str, tmp_path: Path) -> None:
    store = open_store(postgres_store_url, root=tmp_path)
    path, _ = back_up(store, tmp_path / "store.tar", now=NOW)
    store.close()
    other = connect(postgres_url, root=tmp_path)
    with other.transaction() as connection:
        connection.execute(text("CREATE TABLE invoices (id int)"))
    with pytest.raises(StoreError, match="holds tables of another program: invoices"):
        restore(postgres_url, path, root=tmp_path, overwrite=True)
    with other.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM invoices")).scalar() == 0
    other.close()


def test_readers_see_the_old_store_or_the_new_one(places: tuple[Store, str, Path], tmp_path: Path) -> None:
    """Somebody reads on while a store is replaced again and again."""
    store, url, root = places
    path, _ = back_up(store, tmp_path / "two.tar", now=NOW)
    restore(url, path, root=root)
    reader = open_store(url, root=root)
    move_alias(reader, add_version(reader, {"body": "3"}), 2)
    longer, _ = back_up(reader, tmp_path / "three.tar", now=NOW)
    seen: set[tuple[int, int]] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with reader.database.snapshot():
                seen.add((len(reader.versions.of("prompt", "answer")), len(reader.aliases.history())))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for backup in (path, longer, path, longer):
            restore(url, backup, root=root, overwrite=True)
    finally:
        stop.set()
        thread.join()
    reader.close()
    assert seen == {(2, 2), (3, 3)}


RESTORE = """
import sys
from pathlib import Path
from llmops.storage.restore import restore
url, root, *backups = sys.argv[1:]
print("go", flush=True)
while True:
    for backup in backups:
        restore(url, Path(backup), root=Path(root), overwrite=True)
        print(backup, flush=True)
"""


@pytest.mark.slow
def test_a_killed_restore_leaves_the_old_store_or_the_new_one(places: tuple[Store, str, Path], tmp_path: Path) -> None:
    store, url, root = places
    two, manifest = back_up(store, tmp_path / "two.tar", now=NOW)
    restore(url, two, root=root)
    longer = open_store(url, root=root)
    move_alias(longer, add_version(longer, {"body": "3"}), 2)
    three, longer_manifest = back_up(longer, tmp_path / "three.tar", now=NOW)
    longer.close()
    chance = random.Random(1)
    for _ in range(8):
        child = start_child(RESTORE, url, str(root), str(two), str(three))
        assert child.stdout is not None
        for _ in range(chance.randrange(1, 4)):
            child.stdout.readline()
        time.sleep(chance.uniform(0, 0.1))
        kill_child_after(child, 0)
        again = open_store(url, root=root)
        assert check_store(again).head in (manifest.head, longer_manifest.head)
        again.close()
