"""The store as a whole: opened, shared, out of space, read-only, killed."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from llmops.core.errors import StoreError
from llmops.domain.interaction import ChatReply
from llmops.storage.check import check_store
from llmops.storage.folder_blobs import FolderBlobs
from llmops.storage.revisions import HEAD
from llmops.storage.row_blobs import DatabaseBlobs
from llmops.storage.store import Store, open_store
from tests.support.children import finish_child, kill_child_after, start_child
from tests.support.examples import add_version, example_result, example_run, move_alias
from tests.support.folders import unprivileged
from tests.support.stores import SQLITE_URL


def test_a_fresh_store_is_empty(store: Store) -> None:
    assert store.revision == HEAD
    assert store.versions.artifacts() == []
    assert store.runs.runs() == []
    assert store.aliases.history() == []


def test_what_one_program_wrote_another_reads(store: Store, store_url: str, tmp_path: Path) -> None:
    version = add_version(store, {"body": "Hi"})
    digest = store.blobs.put(b"evidence")
    store.close()
    again = open_store(store_url, root=tmp_path)
    assert again.versions.latest("prompt", "answer") == version
    assert again.blobs.get(digest) == b"evidence"
    again.close()


def test_one_transaction_spans_all_repositories(store: Store) -> None:
    def write_and_fail() -> None:
        with store.transaction():
            move_alias(store, add_version(store, {"body": "Hi"}), None)
            store.runs.start(example_run())
            store.runs.add_results("run-1", [example_result("a")])
            store.replies.put("key", ChatReply(text="t", model="m"))
            assert store.runs.get("run-1").name == "docs"
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        write_and_fail()
    assert store.versions.artifacts() == []
    assert store.runs.runs() == []
    assert store.replies.get("key") is None


def test_reading_never_creates_a_store(tmp_path: Path) -> None:
    store = open_store(SQLITE_URL, root=tmp_path, create=False)
    assert store.versions.artifacts() == []
    assert add_version(store, {"body": "Hi"}).number == 1
    assert isinstance(store.blobs, DatabaseBlobs)
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_reading_opens_a_store_that_is_there(sqlite_store: Store, tmp_path: Path) -> None:
    version = add_version(sqlite_store, {"body": "Hi"})
    again = open_store(SQLITE_URL, root=tmp_path, create=False)
    assert again.versions.latest("prompt", "answer") == version
    again.close()


def test_where_blobs_live(store: Store, store_url: str, tmp_path: Path) -> None:
    if store.database.is_sqlite:
        assert isinstance(store.blobs, FolderBlobs)
        assert store.blobs.folder == tmp_path / ".llmops" / "blobs"
    else:
        assert isinstance(store.blobs, DatabaseBlobs)
    elsewhere = open_store(store_url, root=tmp_path, blobs_url="files")
    assert isinstance(elsewhere.blobs, FolderBlobs)
    assert elsewhere.blobs.folder == tmp_path / "files"
    elsewhere.close()


def test_the_url_has_no_password(store: Store) -> None:
    assert "correct-horse-battery" not in repr(store) + store.url + repr(store.database)


def test_a_folder_that_cannot_be_written_to(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with unprivileged(), pytest.raises(StoreError, match=r"/\.llmops cannot be made: Permission denied") as caught:
        open_store(SQLITE_URL, root=open_folder)
    assert caught.value.exit_code == 3
    assert "LLMOPS_STORE_URL" in caught.value.hint


def test_a_store_in_a_folder_that_became_read_only(open_folder: Path) -> None:
    store = open_store(SQLITE_URL, root=open_folder)
    store.close()
    (open_folder / ".llmops" / "store.db").chmod(0o444)
    (open_folder / ".llmops").chmod(0o555)
    with unprivileged(), pytest.raises(StoreError, match=r"store\.db (cannot be opened|is read-only)") as caught:
        add_version(open_store(SQLITE_URL, root=open_folder), {"body": "Hi"})
    assert "writable" in caught.value.hint


def test_a_folder_that_may_not_be_looked_into_is_not_taken_for_empty(open_folder: Path) -> None:
    open_store(SQLITE_URL, root=open_folder).close()
    (open_folder / ".llmops").chmod(0)
    with unprivileged(), pytest.raises(StoreError, match=r"store\.db cannot be reached: Permission denied"):
        open_store(SQLITE_URL, root=open_folder, create=False)


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / ".llmops").write_text("a file")
    with pytest.raises(StoreError, match=r"\.llmops cannot be made"):
        open_store(SQLITE_URL, root=tmp_path)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("This is a letter to my grandmother, and no database at all." * 100)
    with pytest.raises(StoreError, match=r"store\.db is no SQLite database"):
        open_store("sqlite:///store.db", root=tmp_path)


def test_a_full_disk_loses_nothing_that_was_saved(sqlite_store: Store) -> None:
    sqlite_store.runs.start(example_run())
    sqlite_store.runs.add_results("run-1", [example_result("saved")])
    with sqlite_store.database.read() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
    batch = [example_result(f"case-{number}") for number in range(1000)]
    with pytest.raises(StoreError, match=r"the disk is full: .*store\.db could not be written") as caught:
        sqlite_store.runs.add_results("run-1", batch)
    assert caught.value.hint == "Free some space and repeat; what was saved stays."
    assert [result.case_id for result in sqlite_store.runs.results("run-1")] == ["saved"]
    with sqlite_store.database.read() as connection:
        connection.execute(text("PRAGMA max_page_count = 1000000"))
    sqlite_store.runs.add_results("run-1", batch)
    assert len(list(sqlite_store.runs.results("run-1"))) == 1001
    assert check_store(sqlite_store).head == ""


FULL = """
import resource, sys
from pathlib import Path
from llmops.core.errors import StoreError
from llmops.storage.store import open_store
from tests.support.examples import add_version
store = open_store("sqlite:///.llmops/store.db", root=Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, 800_000))
try:
    for number in range(100000):
        add_version(store, {"number": number, "body": "x" * 1000})
        print(number)
except StoreError as error:
    print(error.message)
    print(error.hint)
"""


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    *numbers, message, hint = finish_child(start_child(FULL, str(tmp_path))).splitlines()
    assert message.endswith("store.db could not be read or written: disk I/O error")
    assert hint.startswith("Check the free space, the file size limit")
    store = open_store(SQLITE_URL, root=tmp_path)
    assert len(store.versions.of("prompt", "answer")) == len(numbers) > 10
    assert check_store(store).head == ""
    store.close()


REGISTER = """
import sys
from pathlib import Path
from llmops.storage.store import open_store
from tests.support.examples import add_version
store = open_store(sys.argv[1], root=Path(sys.argv[2]))
for number in range(100000):
    with store.transaction():
        digest = store.blobs.put(f"{sys.argv[3]} {number}".encode())
        add_version(store, {"blob": digest, "cases": 1}, name="cases", kind="dataset")
        add_version(store, {"dataset": digest}, name="docs", kind="suite")
    print(number, flush=True)
"""


def test_a_store_whose_writer_was_killed_opens_and_is_whole(store: Store, store_url: str, tmp_path: Path) -> None:
    store.close()
    for attempt in range(3):
        kill_child_after(start_child(REGISTER, store_url, str(tmp_path), str(attempt)), lines=5 + 3 * attempt)
    again = open_store(store_url, root=tmp_path)
    datasets, suites = again.versions.of("dataset", "cases"), again.versions.of("suite", "docs")
    assert len(datasets) == len(suites) >= 5 + 8 + 11
    assert check_store(again).head == ""
    again.close()


CREATE = """
import sys
from pathlib import Path
from llmops.storage.store import open_store
print("go", flush=True)
open_store("sqlite:///.llmops/store.db", root=Path(sys.argv[1]))
print("made", flush=True)
sys.stdin.read()
"""


def test_a_store_killed_while_it_is_made_is_made_the_next_time(tmp_path: Path) -> None:
    for number in range(3):
        kill_child_after(start_child(CREATE, str(tmp_path / str(number))), lines=1)
        store = open_store(SQLITE_URL, root=tmp_path / str(number))
        assert add_version(store, {"body": "Hi"}).number == 1
        store.close()


def test_a_copy_of_a_closed_store_is_a_backup(sqlite_store: Store, tmp_path: Path) -> None:
    version = add_version(sqlite_store, {"body": "Hi"})
    sqlite_store.close()
    (tmp_path / "copy.db").write_bytes((tmp_path / ".llmops" / "store.db").read_bytes())
    copy = open_store("sqlite:///copy.db", root=tmp_path)
    assert copy.versions.latest("prompt", "answer") == version
    copy.close()


def test_the_file_is_plain_sqlite(sqlite_store: Store, tmp_path: Path) -> None:
    add_version(sqlite_store, {"body": "Hi"})
    connection = sqlite3.connect(tmp_path / ".llmops" / "store.db")
    assert connection.execute("SELECT kind, name, number, content FROM versions").fetchall() == [
        ("prompt", "answer", 1, '{"body":"Hi"}')
    ]
    connection.close()
