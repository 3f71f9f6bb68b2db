"""Rows of the table of aliases."""

from datetime import timedelta

import pytest

from llmops.core.errors import StoreError
from llmops.domain.artifact import Candidate
from llmops.storage.alias_rows import point_alias, put_candidate, read_alias, read_aliases
from llmops.storage.store import Store
from tests.support.examples import NOW, add_version


def test_a_row_is_made_pointed_and_given_a_candidate(store: Store) -> None:
    first, second = add_version(store, {"body": "1"}), add_version(store, {"body": "2"})
    trial = Candidate(number=2, digest=second.digest, weight=0.25, mode="shadow")
    with store.database.transaction() as connection:
        assert read_alias(connection, "prompt", "answer", "production") is None
        point_alias(connection, None, first, "production", NOW)
        made = read_alias(connection, "prompt", "answer", "production")
        assert made is not None
        assert (made.number, made.digest, made.epoch, made.moved_at, made.candidate) == (1, first.digest, 1, NOW, None)
        put_candidate(connection, made, trial)
        trying = read_alias(connection, "prompt", "answer", "production")
        assert trying == made.model_copy(update={"epoch": 2, "candidate": trial})
        point_alias(connection, trying, second, "production", NOW + timedelta(hours=1))
        (moved,) = read_aliases(connection)
        assert (moved.number, moved.epoch, moved.candidate) == (2, 3, None)
        assert moved.moved_at == NOW + timedelta(hours=1)


def test_the_database_refuses_a_candidate_that_is_no_version(store: Store) -> None:
    first = add_version(store, {"body": "1"})

    def try_nothing() -> None:
        with store.database.transaction() as connection:
            point_alias(connection, None, first, "production", NOW)
            held = read_alias(connection, "prompt", "answer", "production")
            assert held is not None
            put_candidate(connection, held, Candidate(number=7, digest="sha256:ab", weight=1, mode="canary"))

    with pytest.raises(StoreError, match=r"(?i)foreign key"):
        try_nothing()
    assert store.aliases.of("prompt", "answer") == []
