"""Statements for the driver itself, in transactions like all others."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from llmops.core.errors import StoreError
from llmops.storage.store import Store
from llmops.storage.tables.metadata import Instant
from tests.support.examples import example_run

FILES = "run_files (run_id, path, digest, size)"


def paths(store: Store) -> list[str]:
    with store.database.driver() as driver:
        return [path for (path,) in driver.rows("SELECT path FROM run_files ORDER BY path")]


@pytest.mark.parametrize("way", ["insert", "copy"])
def test_rows_go_in_by_hundreds(way: str, store: Store) -> None:
    store.runs.start(example_run())
    rows = [("run-1", f"{number:04} %s ?", "sha256:a", number) for number in range(450)]
    with store.database.driver() as driver:
        getattr(driver, way)(FILES, rows)
        getattr(driver, way)(FILES, [])
        driver.update("UPDATE run_files SET path = ? WHERE path = ?", [("last", rows[-1][1])])
        driver.update("UPDATE run_files SET path = ?", [])
    assert paths(store) == [*(path for _, path, _, _ in rows[:-1]), "last"]


def test_what_rows_return_comes_back(store: Store) -> None:
    store.runs.start(example_run())
    rows = [("run-1", str(number), "sha256:a", number) for number in range(450)]
    with store.database.driver() as driver:
        assert driver.insert(FILES, rows, "RETURNING size") == [(number,) for number in range(450)]


def test_a_block_that_fails_leaves_nothing_and_says_what_the_database_said(store: Store) -> None:
    def write() -> None:
        with store.database.driver() as driver:
            driver.insert(FILES, [("run-1", "a", "sha256:a", 1)])
            driver.execute("INSERT INTO nothing VALUES (1)")

    store.runs.start(example_run())
    with pytest.raises(StoreError, match="nothing"):
        write()
    with pytest.raises(StoreError, match="nothing"), store.transaction():
        write()
    assert paths(store) == []


def test_it_joins_the_transaction_that_runs(store: Store) -> None:
    def start_and_fail() -> None:
        with store.transaction():
            store.runs.start(example_run())
            assert store.runs.get("run-1").name
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        start_and_fail()
    assert store.runs.runs() == []


def test_a_connection_that_is_gone_is_not_used_again(store: Store) -> None:
    if store.database.is_sqlite:
        pytest.skip("SQLite has no server that could end a connection")
    with pytest.raises(StoreError, match="terminating connection"), store.database.driver() as driver:
        driver.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert paths(store) == []


def test_moments_are_kept_as_columns_keep_them(store: Store) -> None:
    moment = datetime(2026, 1, 1, 2, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    dialect = store.database.engine.dialect
    keep = Instant().dialect_impl(dialect).bind_processor(dialect)
    with store.database.driver() as driver:
        assert driver.instant(None) is None
        kept = driver.instant(moment)
    assert kept == (keep(moment) if keep else moment)
    if store.database.is_sqlite:
        assert kept == "2026-01-01 00:00:00.000005"
        assert datetime.fromisoformat(kept).replace(tzinfo=UTC) == moment
