"""What the registry's tables refuse, whoever writes to them."""

import pytest
from sqlalchemy import delete, insert, update

from llmops.core.errors import StoreError
from llmops.storage.store import Store
from llmops.storage.tables.registry import ARTIFACTS, MOVES, TAGS, VERSIONS
from tests.support.examples import add_version, move_alias


def test_a_version_that_an_alias_holds_cannot_be_deleted(store: Store) -> None:
    move_alias(store, add_version(store, {"body": "hi"}), None)
    with pytest.raises(StoreError, match=r"(?i)foreign key"), store.database.transaction() as connection:
        connection.execute(delete(VERSIONS))


def test_no_artifact_has_two_versions_of_one_digest(store: Store) -> None:
    first = add_version(store, {"body": "hi"})
    add_version(store, {"body": "ho"})
    with pytest.raises(StoreError, match=r"(?i)unique"), store.database.transaction() as connection:
        connection.execute(update(VERSIONS).values(digest=first.digest))


def test_the_history_does_not_fork(store: Store) -> None:
    first = move_alias(store, add_version(store, {"body": "hi"}), None)
    move_alias(store, add_version(store, {"body": "ho"}), 1)
    with pytest.raises(StoreError, match=r"(?i)unique"), store.database.transaction() as connection:
        connection.execute(update(MOVES).where(MOVES.c.sequence == 2).values(previous=first.previous))


def test_no_version_is_left_out_of_the_listing(store: Store) -> None:
    add_version(store, {"body": "hi"})
    with pytest.raises(StoreError, match=r"(?i)foreign key"), store.database.transaction() as connection:
        connection.execute(delete(ARTIFACTS))


def test_a_tag_is_on_a_version(store: Store) -> None:
    row = {"kind": "prompt", "name": "answer", "number": 7, "key": "team", "value": "search"}
    with pytest.raises(StoreError, match=r"(?i)foreign key"), store.database.transaction() as connection:
        connection.execute(insert(TAGS), row)
