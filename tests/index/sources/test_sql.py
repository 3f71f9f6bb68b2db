"""Rows of a database as documents."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from llmops.core.errors import InputError, OutsideError, SettingsError
from llmops.core.hashing import Json
from llmops.core.settings import Connection
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import Source
from llmops.index.sources.catalog import open_sources
from llmops.index.sources.sql import MOST_AHEAD
from llmops.index.sources.surroundings import Surroundings
from llmops.storage.sql_reader import SqlReader

QUERY = "SELECT id, body, updated, tenant, gone FROM notes"


@pytest.fixture
def shop(tmp_path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")  # rows are committed one by one
    connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, updated TEXT, tenant TEXT, gone TEXT)")
    connection.executemany(
        "INSERT INTO notes VALUES (?, ?, ?, ?, ?)",
        [(10, "ten", "2026-01-01", "a", None), (9, "nine", "2026-01-02", None, None), (8, "eight", "x", "a", "2026")],
    )
    return connection


def opened(root: Path, **more: Json) -> Source:
    sql: Mapping[str, Json] = {"connection": "crm", "query": QUERY, "id": "id", "text": "body", **more}
    spec = SourceSpec.model_validate({"sql": sql})
    (source,) = open_sources([spec], Surroundings(root, {"crm": Connection(url="sqlite:///shop.db")}))
    return source


def test_rows_are_documents_with_metadata(shop: sqlite3.Connection, tmp_path: Path) -> None:
    source = opened(tmp_path, version="updated", metadata=["tenant"], deleted="gone", format="md")
    found = list(source.items())
    assert [(item.key, dict(item.metadata), item.format) for item in found] == [
        ("10", {"tenant": "a"}, "md"),
        ("9", {}, "md"),
    ]
    assert [source.read(item.key) for item in found] == [b"ten", b"nine"]
    assert source.name == f"sql:crm:{QUERY}"


@pytest.mark.parametrize("version", [None, "updated"])
def test_a_changed_row_has_another_token_and_a_deleted_one_is_gone(
    shop: sqlite3.Connection, tmp_path: Path, version: str | None
) -> None:
    more: dict[str, Json] = {"version": version} if version else {}
    before = {item.key: item.token for item in opened(tmp_path, **more).items()}
    assert before == {item.key: item.token for item in opened(tmp_path, **more).items()}
    shop.execute("UPDATE notes SET body = 'new', updated = '2026-02-02' WHERE id = 9")
    shop.execute("DELETE FROM notes WHERE id = 8")
    after = {item.key: item.token for item in opened(tmp_path, **more).items()}
    assert after.keys() == {"10", "9"}
    assert (after["10"], after["9"] != before["9"]) == (before["10"], True)
    assert opened(tmp_path, **more).read("9") == b"new"


def test_texts_of_versioned_rows_are_read_together_while_they_are_read_in_order(
    shop: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.executemany("INSERT INTO notes VALUES (?, ?, 'v', 'a', NULL)", [(n, f"text {n}") for n in range(1000, 2000)])
    asked: list[int] = []
    find = SqlReader.find

    def counted(self: SqlReader, key: str, wanted: list[object], names: list[str]) -> dict[object, tuple[object, ...]]:
        asked.append(len(wanted))
        return find(self, key, wanted, names)

    monkeypatch.setattr(SqlReader, "find", counted)
    source = opened(tmp_path, version="updated")
    keys = [item.key for item in source.items()]
    assert all(source.read(key) == f"text {key}".encode() for key in keys if len(key) == 4)
    assert len(asked) < 15
    assert max(asked) <= MOST_AHEAD
    asked.clear()
    assert (source.read("1500"), source.read("1100")) == (b"text 1500", b"text 1100")
    assert asked == [1, 1]


def test_a_row_that_is_deleted_meanwhile_is_told(shop: sqlite3.Connection, tmp_path: Path) -> None:
    source = opened(tmp_path, version="updated")
    assert len(list(source.items())) == 3
    shop.execute("DELETE FROM notes WHERE id = 10")
    with pytest.raises(OutsideError, match="has no row '10' any more") as caught:
        source.read("10")
    assert caught.value.hint == "Sync again."


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"text": "boddy"}, "the query has no column 'boddy'"),
        ({"query": "SELECT NULL AS id, 'x' AS body"}, "row 1: id is None, which names no document"),
        ({"query": "SELECT 1 AS id, 2 AS body"}, "the text is int"),
        ({"query": "SELECT 1 AS id, 'a' AS body UNION ALL SELECT 1, 'b'"}, "lists '1' twice"),
    ],
)
def test_a_query_that_gives_no_documents_is_told(
    shop: sqlite3.Connection, tmp_path: Path, more: dict[str, Json], said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        list(opened(tmp_path, **more).items())
    assert caught.value.hint


def test_a_connection_that_is_not_there_is_named(tmp_path: Path) -> None:
    spec = SourceSpec.model_validate({"sql": {"connection": "crm", "query": QUERY, "id": "id", "text": "body"}})
    with pytest.raises(SettingsError, match=r"llmops.toml has no \[connections.crm\]"):
        open_sources([spec], Surroundings(tmp_path))
