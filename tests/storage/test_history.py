"""The history: a chain in which every field of every row counts."""

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from llmops.core.errors import CheckFailed
from llmops.core.hashing import Json
from llmops.domain.artifact import Actor, MoveRecord
from llmops.storage.history import GENESIS, Entry, append, find, walk
from llmops.storage.store import Store
from llmops.storage.tables.registry import MOVES
from tests.support.examples import ANNA, NOW

FULL: Final = Entry(
    action="canary",
    kind="app",
    name="docs",
    alias="production",
    from_number=1,
    to_number=2,
    to_digest="sha256:" + "a" * 64,
    actor=ANNA,
    reason="cites its sources",
    at=NOW,
    weight=0.1,
    record=MoveRecord(evidence=("run-1", "run-2"), forced=True, details={"requirements": [{"state": "met"}]}),
)

# What somebody could write into each column in place of what is there.
FORGED: Final[dict[str, Json]] = {
    "kind": "prompt",
    "name": "other",
    "alias": "staging",
    "action": "shadow",
    "from_number": 3,
    "to_number": None,
    "to_digest": "sha256:" + "b" * 64,
    "actor_name": "somebody else",
    "actor_source": "argument",
    "reason": "",
    "at": NOW + timedelta(microseconds=1),
    "weight": 0.5,
    "evidence": '["run-1"]',
    "forced": False,
    "details": "null",
    "previous": "sha256:" + "f" * 64,
    "hash": "sha256:" + "f" * 64,
}


def add(store: Store, *entries: Entry) -> None:
    with store.transaction(), store.database.transaction() as connection:
        for entry in entries:
            append(connection, entry)


def walked(store: Store) -> list[str]:
    with store.database.read() as connection:
        return [move.hash for move in walk(connection)]


def test_a_row_comes_back_with_all_its_fields(store: Store) -> None:
    add(store, FULL)
    with store.database.read() as connection:
        (move,) = find(connection, select(MOVES))
        assert list(walk(connection)) == [move]
    assert (move.sequence, move.previous, move.action, move.weight) == (1, GENESIS, "canary", 0.1)
    assert (move.kind, move.name, move.alias, move.from_number, move.to_number) == ("app", "docs", "production", 1, 2)
    assert (move.actor, move.reason, move.at, move.to_digest) == (ANNA, FULL.reason, NOW, FULL.to_digest)
    assert (move.evidence, move.forced) == (("run-1", "run-2"), True)
    assert move.details == {"requirements": [{"state": "met"}]}


def test_every_column_can_be_forged_in_the_next_test() -> None:
    assert FORGED.keys() | {"sequence"} == set(MOVES.columns.keys())


@pytest.mark.parametrize("column", FORGED)
def test_no_column_can_be_changed_unseen(store: Store, column: str) -> None:
    add(store, FULL, FULL, FULL)
    with store.database.transaction() as connection:
        connection.execute(update(MOVES).where(MOVES.c.sequence == 2).values({column: FORGED[column]}))
    with pytest.raises(CheckFailed, match=r"row 2 of the history .* (was changed after|does not follow)"):
        walked(store)


def test_a_row_before_the_first_is_seen(store: Store) -> None:
    add(store, FULL)
    with store.database.transaction() as connection:
        row = dict(connection.execute(select(MOVES)).mappings().one())
        connection.execute(insert(MOVES), row | {"sequence": 0, "previous": "sha256:0", "hash": "sha256:1"})
    with pytest.raises(CheckFailed, match="row 1 of the history is missing"):
        walked(store)


def test_a_row_about_rules_is_named_so(store: Store) -> None:
    add(store, Entry(action="rule", alias="production", actor=ANNA, reason="", at=NOW))
    with store.database.transaction() as connection:
        connection.execute(update(MOVES).values(alias="staging"))
    with pytest.raises(CheckFailed, match=r"row 1 of the history \(the rules of staging\) was changed"):
        walked(store)


def test_a_history_of_many_pages(sqlite_store: Store) -> None:
    add(sqlite_store, *[FULL] * 1001)
    assert len(set(walked(sqlite_store))) == 1001


TEXT: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reason=TEXT,
    name=TEXT,
    weight=st.none() | st.floats(0, 1, exclude_min=True),
    evidence=st.lists(TEXT, max_size=3).map(tuple),
    details=st.none() | st.dictionaries(TEXT, st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT),
)
def test_whatever_is_written_verifies(
    store: Store, reason: str, name: str, weight: float | None, evidence: tuple[str, ...], details: Json
) -> None:
    record = MoveRecord(evidence=evidence, details=details)
    actor = Actor(name=name, source="argument")
    add(store, Entry(action="move", alias="a", actor=actor, reason=reason, at=NOW, weight=weight, record=record))
    with store.database.read() as connection:
        *_, last = walk(connection)
    assert (last.reason, last.weight, last.evidence, last.details) == (reason, weight, evidence, details)
