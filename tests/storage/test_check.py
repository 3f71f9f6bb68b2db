"""Whether a store is whole."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update

from llmops.core.errors import CheckFailed, InputError, StoreError
from llmops.core.hashing import canonical_json
from llmops.storage.check import check_store
from llmops.storage.folder_blobs import FolderBlobs
from llmops.storage.store import Store, open_store
from llmops.storage.tables.registry import ALIASES, MOVES, VERSIONS
from tests.support.examples import ANNA, NOW, add_version, move_alias


def test_a_whole_store(store: Store) -> None:
    assert check_store(store).head == ""
    move = move_alias(store, add_version(store, {"body": "Hi"}), None)
    add_version(store, {"cases": 1, "blob": store.blobs.put(b"{}")}, name="cases", kind="dataset")
    assert check_store(store).head == move.hash


def test_everything_that_is_wrong_is_listed(store: Store) -> None:
    move_alias(store, add_version(store, {"body": "Hi"}), None)
    with store.database.transaction() as connection:
        connection.execute(update(MOVES).values(reason="nothing to see"))
        connection.execute(update(VERSIONS).values(content=canonical_json({"body": "Ho"}).decode()))
    with pytest.raises(CheckFailed, match="has 2 problems:") as caught:
        check_store(store)
    assert caught.value.message.splitlines()[1:] == [
        "- row 1 of the history (prompt/answer@production) was changed after it was written",
        "- prompt/answer@1: its content is not what was registered",
    ]
    assert "compare it with a copy" in caught.value.hint
    assert caught.value.exit_code == 1


def test_versions_that_changed_places(store: Store) -> None:
    """Each is what its digest says, and yet the alias holds another one than before."""
    first = add_version(store, {"body": "1"})
    add_version(store, {"body": "2"})
    move_alias(store, first, None)
    with store.database.transaction() as connection:
        connection.execute(update(VERSIONS).where(VERSIONS.c.number == 2).values(number=3))
        connection.execute(update(VERSIONS).where(VERSIONS.c.number == 1).values(message="as it was"))
        rows = {row.number: row for row in connection.execute(select(VERSIONS))}
        connection.execute(update(VERSIONS).where(VERSIONS.c.number == 3).values(digest="sha256:between"))
        for number, other in ((1, 3), (3, 1)):
            swapped = {"digest": rows[other].digest, "content": rows[other].content}
            connection.execute(update(VERSIONS).where(VERSIONS.c.number == number).values(swapped))
    with pytest.raises(CheckFailed, match="has 2 problems:") as caught:
        check_store(store)
    assert caught.value.message.splitlines()[1:] == [
        "- prompt/answer: it is listed with a latest version that is not its latest",
        "- prompt/answer@production: version 1 is not the one that it was pointed at",
    ]


def test_missing_and_damaged_blobs(sqlite_store: Store) -> None:
    assert isinstance(sqlite_store.blobs, FolderBlobs)
    digests = [sqlite_store.blobs.put(data) for data in (b"one", b"two", b"three")]
    for digest in digests:
        add_version(sqlite_store, {"cases": 1, "blob": digest}, name="cases", kind="dataset")
    places = [sqlite_store.blobs.folder / "sha256" / digest[7:9] / digest[7:] for digest in digests]
    places[0].unlink()
    places[1].write_bytes(b"spoilt")
    with pytest.raises(CheckFailed, match="has 2 problems:") as caught:
        check_store(sqlite_store)
    missing, damaged = caught.value.message.splitlines()[1:]
    assert missing.startswith(f"- dataset/cases@1: there is no blob {digests[0]}")
    assert damaged.startswith(f"- dataset/cases@2: blob {digests[1]}")
    assert "is damaged" in damaged


def test_rows_that_refer_to_nothing(sqlite_store: Store) -> None:
    with sqlite_store.database.read() as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        connection.execute(text("INSERT INTO results VALUES ('run-9', 0, 'a', 0, '{}')"))
        connection.execute(text("PRAGMA foreign_keys = ON"))
    with pytest.raises(CheckFailed, match="of results refers to a row of runs that is not there"):
        check_store(sqlite_store)


def damage(store: Store, table: str) -> None:
    """Overwrite the first page of a table or index."""
    with store.database.read() as connection:
        find = text("SELECT rootpage FROM sqlite_master WHERE name = :name")
        page = connection.execute(find, {"name": table}).scalar_one() - 1
    store.close()
    assert store.database.path is not None
    data = bytearray(store.database.path.read_bytes())
    data[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    store.database.path.write_bytes(data)


@pytest.mark.parametrize("table", ["ix_versions_digest", "versions", "moves"])
def test_a_damaged_file(sqlite_store: Store, table: str) -> None:
    add_version(sqlite_store, {"body": "Hi"})
    damage(sqlite_store, table)
    with pytest.raises(CheckFailed, match=r"has (\d+|a) problems?:\n- .*store\.db"):
        check_store(sqlite_store)


def test_a_file_too_damaged_to_be_opened(sqlite_store: Store, tmp_path: Path) -> None:
    damage(sqlite_store, "alembic_version")
    with pytest.raises(StoreError, match=r"store\.db is damaged") as caught:
        open_store("sqlite:///.llmops/store.db", root=tmp_path)
    assert caught.value.hint == "Restore it from a copy."


@pytest.mark.parametrize("content", [{"cases": 1}, [], None])
def test_a_dataset_without_a_blob_is_no_problem(sqlite_store: Store, content: object) -> None:
    add_version(sqlite_store, content, name="cases", kind="dataset")
    assert check_store(sqlite_store).head == ""


def test_an_expected_head_proves_what_came_before_it(store: Store) -> None:
    first = move_alias(store, add_version(store, {"body": "Hi"}), None)
    checked = check_store(store, expect=first.hash)
    assert (checked.head, checked.rows, checked.after) == (first.hash, 1, 0)
    second = move_alias(store, add_version(store, {"body": "Ho"}), 1)
    for spelt in (first.hash, first.hash.removeprefix("sha256:"), f" {first.hash.upper()} "):
        checked = check_store(store, expect=spelt)
        assert (checked.head, checked.rows, checked.after) == (second.hash, 2, 1)


def test_a_history_that_was_replaced_as_a_whole_is_found_by_what_was_expected(store: Store) -> None:
    """The new chain is sound in itself, and yet not the one whose head somebody noted."""
    version = add_version(store, {"body": "Hi"})
    noted = move_alias(store, version, None).hash
    with store.database.transaction() as connection:
        connection.execute(delete(MOVES))
        connection.execute(delete(ALIASES))
    forged = store.aliases.move(version, "production", expected=None, actor=ANNA, reason="forged", now=NOW).hash
    assert check_store(store).head == forged
    with pytest.raises(CheckFailed, match=f"no row of the history has the expected hash {noted}: rows were rewritten"):
        check_store(store, expect=noted)


def test_an_empty_history_has_no_expected_head(store: Store) -> None:
    with pytest.raises(CheckFailed, match="rows were rewritten or cut off; it is empty"):
        check_store(store, expect="sha256:" + "0" * 64)


@pytest.mark.parametrize("text", ["sha256:ab12cd34ef", "production", "sha256:" + "g" * 64])
def test_a_shortened_hash_proves_too_little(sqlite_store: Store, text: str) -> None:
    with pytest.raises(InputError, match="is no hash of a row of the history") as caught:
        check_store(sqlite_store, expect=text)
    assert "64 hex digits" in caught.value.hint
