"""Connections, transactions and locks."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select, text

from llmops.core.errors import ExtraMissing, SettingsError, StoreError
from llmops.storage.engine import connect, connect_memory
from llmops.storage.store import Store, open_store
from llmops.storage.tables.caches import REPLIES
from tests.support.children import ROOT, finish_child, start_child
from tests.support.examples import add_version
from tests.support.stores import SQLITE_URL


def keys(store: Store) -> list[str]:
    with store.database.read() as connection:
        return sorted(connection.execute(select(REPLIES.c.key)).scalars())


def put(store: Store, key: str) -> None:
    with store.database.transaction() as connection:
        connection.execute(insert(REPLIES), {"key": key, "reply": "{}"})


def test_nested_transactions_are_one(store: Store) -> None:
    def write_and_fail() -> None:
        with store.transaction():
            put(store, "outer")
            with store.transaction():
                put(store, "inner")
            assert keys(store) == ["inner", "outer"]
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        write_and_fail()
    assert keys(store) == []


def test_a_transaction_is_invisible_to_others_until_it_ends(store: Store) -> None:
    seen: list[list[str]] = []

    def look() -> None:
        seen.append(keys(store))

    with store.transaction():
        put(store, "mine")
        other = threading.Thread(target=look)
        other.start()
        other.join()
    look()
    assert seen == [[], ["mine"]]


def test_threads_may_share_a_store(store: Store) -> None:
    def write(number: int) -> None:
        for index in range(5):
            put(store, f"{number}-{index}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys(store)) == 40


def test_threads_may_share_an_in_memory_database() -> None:
    database = connect_memory()
    with database.transaction() as connection:
        REPLIES.create(connection)

    def write(number: int) -> None:
        with database.transaction() as connection:
            connection.execute(insert(REPLIES), {"key": str(number), "reply": "{}"})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert len(connection.execute(select(REPLIES)).all()) == 8
    database.close()


def test_a_locked_sqlite_store_says_who_is_in_the_way(sqlite_store: Store) -> None:
    @event.listens_for(sqlite_store.database.engine, "connect")
    def be_impatient(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 10")

    sqlite_store.close()
    other = sqlite3.connect(str(sqlite_store.database.path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"store\.db is locked by another process") as caught:
        put(sqlite_store, "late")
    assert "fuser" in caught.value.hint
    other.execute("ROLLBACK")
    other.close()
    put(sqlite_store, "late")
    assert keys(sqlite_store) == ["late"]


def test_sqlite_runs_in_wal_with_foreign_keys(sqlite_store: Store) -> None:
    with sqlite_store.database.read() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 20000}


FORK = """
import os, sys
from pathlib import Path
from llmops.storage.store import open_store
from tests.support.examples import add_version
store = open_store(sys.argv[1], root=Path(sys.argv[2]))
add_version(store, {"by": "parent"})
child = os.fork()
if child == 0:
    add_version(store, {"by": "child"})
    store.close()
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print([version.content["by"] for version in store.versions.of("prompt", "answer")])
store.close()
"""


def test_a_forked_child_opens_its_own_connections(store: Store, store_url: str, tmp_path: Path) -> None:
    assert finish_child(start_child(FORK, store_url, str(tmp_path))) == "['parent', 'child']\n"


def test_no_password_in_what_is_printed(postgres_url: str, tmp_path: Path) -> None:
    store = open_store("sqlite://", root=tmp_path)
    assert repr(store) == "Store(sqlite://)"
    store.close()
    database = connect(postgres_url, root=tmp_path)
    assert repr(database).startswith("Database(postgresql+psycopg://llmops:***@127.0.0.1:")
    database.close()


def test_a_wrong_password_is_not_repeated(postgres_url: str, tmp_path: Path) -> None:
    wrong = postgres_url.replace("correct-horse-battery", "wrong-horse")
    with pytest.raises(StoreError, match="the password is wrong") as caught:
        open_store(wrong, root=tmp_path)
    assert "wrong-horse" not in str(caught.value)
    assert "LLMOPS_STORE_URL" in caught.value.hint


def test_no_server(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not answer") as caught:
        open_store("postgresql://anna:s3cr3t@127.0.0.1:1/llmops", root=tmp_path)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.hint == "Start the server, or correct LLMOPS_STORE_URL."
    assert caught.value.exit_code == 3


def test_an_unknown_database_kind(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not use: oracle"):
        connect("oracle://x", root=tmp_path)


def test_postgresql_without_its_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ExtraMissing, match="a PostgreSQL store needs psycopg") as caught:
        connect("postgresql://anna@127.0.0.1/llmops", root=tmp_path)
    assert caught.value.hint == 'pip install "llmops[postgres]"'


REGISTER = """
import sys
from pathlib import Path
from llmops.storage.store import open_store
from tests.support.examples import add_version
store = open_store(sys.argv[1], root=Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(25):
    with store.transaction():
        add_version(store, {"by": sys.argv[3], "number": number})
        add_version(store, {"shared": number})
store.close()
"""


def test_two_processes_registering_at_once_get_one_number_each(store: Store, store_url: str, tmp_path: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", REGISTER, store_url, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for name in ("anna", "ben")
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        finish_child(child)
    versions = store.versions.of("prompt", "answer")
    assert [version.number for version in versions] == list(range(1, 76))
    assert len({version.digest for version in versions}) == 75
    assert add_version(store, {"shared": 3}).number <= 75


def test_opening_a_store_that_is_up_to_date_loads_neither_alembic_nor_a_driver_it_does_not_need(
    sqlite_store: Store, tmp_path: Path
) -> None:
    script = """
import sys
from pathlib import Path
from llmops.storage.store import open_store
open_store(sys.argv[1], root=Path(sys.argv[2])).close()
print(sorted({"alembic", "sqlalchemy.orm", "psycopg", "numpy", "fsspec", "mako"} & set(sys.modules)))
"""
    assert finish_child(start_child(script, SQLITE_URL, str(tmp_path))) == "[]\n"
    assert finish_child(start_child(script, SQLITE_URL, str(tmp_path / "fresh"))) == "[]\n"
