"""What people read when a database fails."""

import sqlite3

import pytest
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from llmops.core.errors import StoreError
from llmops.storage.failures import explain, store_failures
from llmops.storage.urls import parse_url

SQLITE = parse_url("sqlite:///store.db")
POSTGRESQL = parse_url("postgresql://anna:s3cr3t@db.example/llmops")


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ("database or disk is full", "the disk is full: /w/store.db could not be written", "Free some space"),
        ("disk I/O error", "disk I/O error", "Check the free space"),
        ("attempt to write a readonly database", "/w/store.db is read-only", "LLMOPS_STORE_URL"),
        ("unable to open database file", "/w/store.db cannot be opened", "make the folder writable"),
        ("database is locked", "/w/store.db is locked by another process", "fuser /w/store.db"),
        ("file is not a database", "/w/store.db is no SQLite database", "LLMOPS_STORE_URL"),
        ("database disk image is malformed", "/w/store.db is damaged", "Restore it from a copy"),
        ("something new", "/w/store.db: something new", "llmops db check"),
    ],
)
def test_sqlite_messages_say_what_to_do(said: str, message: str, hint: str) -> None:
    error = explain(sqlite3.OperationalError(said), SQLITE, "/w/store.db")
    assert message in error.message
    assert hint in error.hint
    assert error.exit_code == 3


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ("connection failed: Connection refused\nIs it running?", "does not answer", "Start the server"),
        ('FATAL: password authentication failed for user "anna"', "the password is wrong", "Correct the password"),
        ('FATAL: database "llmops" does not exist', 'database "llmops" does not exist', "createdb"),
        ("could not extend file: No space left on device", "the disk of", "Free some space"),
        ("PostgreSQL text fields cannot contain NUL (0x00) bytes", "a NUL character", "Remove the character"),
        ("odd: s3cr3t", "odd: ***", "llmops db check"),
    ],
)
def test_postgresql_messages_say_what_to_do_and_hide_the_password(said: str, message: str, hint: str) -> None:
    error = explain(ValueError(said), POSTGRESQL)
    assert message in error.message
    assert hint in error.hint
    assert "postgresql+psycopg://anna:***@db.example/llmops" in error.message
    assert "s3cr3t" not in str(error)


def test_busy_connections_and_other_failures_are_store_errors() -> None:
    with pytest.raises(StoreError, match="all connections are busy"), store_failures(POSTGRESQL):
        raise PoolTimeout("QueuePool limit reached")
    with pytest.raises(StoreError, match=r"/w/store\.db: odd"), store_failures(SQLITE, "/w/store.db"):
        raise ArgumentError("odd")


def test_errors_of_the_callers_own_pass() -> None:
    with pytest.raises(KeyError, match="mine"), store_failures(SQLITE):
        raise KeyError("mine")
