"""Aliases: moved in one transaction, with a history that nobody can rewrite unseen."""

from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from llmops.core.errors import CheckFailed, Conflict
from llmops.domain.artifact import Actor
from llmops.storage.history import GENESIS
from llmops.storage.store import Store
from llmops.storage.tables.registry import ALIASES, MOVES
from tests.support.children import finish_child, kill_child_after, start_child
from tests.support.examples import ANNA, NOW, add_version, move_alias


def moved_three_times(store: Store) -> None:
    first, second = add_version(store, {"body": "1"}), add_version(store, {"body": "2"})
    move_alias(store, first, None)
    move_alias(store, second, 1)
    move_alias(store, first, None, alias="staging")


def test_an_alias_points_where_it_was_moved(store: Store) -> None:
    first, second = add_version(store, {"body": "1"}), add_version(store, {"body": "2"})
    move = move_alias(store, first, None)
    assert (move.sequence, move.from_number, move.to_number, move.previous) == (1, None, 1, GENESIS)
    move = store.aliases.move(second, "production", expected=1, actor=ANNA, reason="", now=NOW + timedelta(hours=1))
    alias = store.aliases.get("prompt", "answer", "production")
    assert alias is not None
    assert (alias.number, alias.digest, alias.epoch) == (2, second.digest, 2)
    assert alias.moved_at == NOW + timedelta(hours=1)
    assert store.aliases.of("prompt", "answer") == [alias]
    assert store.aliases.get("prompt", "answer", "staging") is None
    assert store.aliases.get("rag", "answer", "production") is None


def test_whoever_expects_what_is_no_longer_so_moves_nothing(store: Store) -> None:
    first = add_version(store, {"body": "1"})
    move_alias(store, first, None)
    with pytest.raises(Conflict, match="@production was expected to be unset but is version 1 by now") as caught:
        move_alias(store, first, None)
    assert caught.value.hint == "Look at it with: llmops history prompt/answer@production"
    with pytest.raises(Conflict, match="@production was expected to be version 7 but is version 1 by now"):
        move_alias(store, first, 7)
    with pytest.raises(Conflict, match="@staging was expected to be version 1 but is unset by now"):
        move_alias(store, first, 1, alias="staging")
    assert len(store.aliases.history()) == 1


def test_a_move_in_a_transaction_that_fails_did_not_happen(store: Store) -> None:
    version = add_version(store, {"body": "1"})

    def move_and_fail() -> None:
        with store.transaction():
            move_alias(store, version, None)
            raise RuntimeError("evidence missing")

    with pytest.raises(RuntimeError, match="evidence missing"):
        move_and_fail()
    assert store.aliases.get("prompt", "answer", "production") is None
    assert store.aliases.verify() == ""


def test_history_is_told_oldest_first_and_by_alias(store: Store) -> None:
    moved_three_times(store)
    other = add_version(store, {"sources": []}, name="docs", kind="rag")
    store.aliases.roll_back(
        other, "production", expected=None, actor=Actor(name="ci", source="OS user"), reason="", now=NOW
    )
    everything = store.aliases.history()
    assert [move.sequence for move in everything] == [1, 2, 3, 4]
    assert [move.to_number for move in store.aliases.history("prompt", "answer", "production")] == [1, 2]
    assert [move.alias for move in store.aliases.history("prompt")] == ["production", "production", "staging"]
    assert everything[0].actor == ANNA
    assert everything[0].at == NOW
    assert everything[3].action == "rollback"
    assert [move.previous for move in everything[1:]] == [move.hash for move in everything[:-1]]
    assert store.aliases.verify() == everything[-1].hash


def test_the_hash_does_not_depend_on_the_time_zone_of_the_writer(store: Store) -> None:
    version = add_version(store, {"body": "1"})
    here = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    move = store.aliases.move(version, "production", expected=None, actor=ANNA, reason="", now=here)
    assert store.aliases.verify() == move.hash
    assert store.aliases.history() == [move]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reason", "because"),
        ("to_number", 7),
        ("to_digest", "sha256:" + "f" * 64),
        ("actor_name", "somebody else"),
        ("at", NOW - timedelta(days=1)),
        ("hash", "sha256:" + "f" * 64),
    ],
)
def test_a_changed_row_is_found(store: Store, column: str, value: object) -> None:
    moved_three_times(store)
    with store.database.transaction() as connection:
        connection.execute(update(MOVES).where(MOVES.c.sequence == 2).values({column: value}))
    with pytest.raises(CheckFailed, match=r"row 2 of the history \(prompt/answer@production\) was changed") as caught:
        store.aliases.verify()
    assert caught.value.exit_code == 1


def test_a_removed_or_inserted_row_is_found(store: Store) -> None:
    moved_three_times(store)
    with store.database.transaction() as connection:
        row = dict(connection.execute(select(MOVES).where(MOVES.c.sequence == 2)).mappings().one())
        connection.execute(delete(MOVES).where(MOVES.c.sequence == 2))
    with pytest.raises(CheckFailed, match="row 2 of the history is missing"):
        store.aliases.verify()
    with store.database.transaction() as connection:
        connection.execute(insert(MOVES), row)
        connection.execute(insert(MOVES), row | {"sequence": 4, "previous": "sha256:1", "hash": "sha256:2"})
    with pytest.raises(CheckFailed, match=r"row 4 of the history .* does not follow the row before it"):
        store.aliases.verify()


def test_a_cut_off_end_and_an_alias_moved_by_hand_are_found(store: Store) -> None:
    moved_three_times(store)
    with store.database.transaction() as connection:
        connection.execute(delete(MOVES).where(MOVES.c.sequence == 3))
    with pytest.raises(CheckFailed, match=r"@staging is version 1 .* but the history left it at unset"):
        store.aliases.verify()
    with store.database.transaction() as connection:
        connection.execute(delete(ALIASES).where(ALIASES.c.alias == "staging"))
        connection.execute(update(ALIASES).values(number=1))
    with pytest.raises(CheckFailed, match=r"@production is version 1 .* but the history left it at version 2"):
        store.aliases.verify()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["production", "staging"])), max_size=8))
def test_whatever_moves_the_history_verifies(store: Store, moves: list[tuple[int, str]]) -> None:
    for content, alias in moves:
        held = store.aliases.get("prompt", "answer", alias)
        target = add_version(store, {"n": content})
        move = move_alias(store, target, held.number if held else None, alias)
        assert store.aliases.verify() == move.hash
        alias_now = store.aliases.get("prompt", "answer", alias)
        assert alias_now is not None
        assert alias_now.number == target.number


MOVE = """
import sys
from pathlib import Path
from llmops.core.errors import Conflict
from llmops.storage.store import open_store
from tests.support.examples import add_version, move_alias
store = open_store(sys.argv[1], root=Path(sys.argv[2]))
done = 0
while done < int(sys.argv[4]):
    held = store.aliases.get("prompt", "answer", "production")
    version = add_version(store, {"by": sys.argv[3], "number": done})
    try:
        move_alias(store, version, held.number if held else None)
    except Conflict:
        continue
    done += 1
    print(done, flush=True)
store.close()
"""


def test_processes_moving_one_alias_make_one_chain(store: Store, store_url: str, tmp_path: Path) -> None:
    children = [start_child(MOVE, store_url, str(tmp_path), name, "15") for name in ("anna", "ben")]
    for child in children:
        finish_child(child)
    assert len(store.aliases.history()) == 30
    assert store.aliases.verify() == store.aliases.history()[-1].hash


def test_a_writer_killed_in_the_middle_leaves_a_whole_history(store: Store, store_url: str, tmp_path: Path) -> None:
    for attempt in range(2):
        child = start_child(MOVE, store_url, str(tmp_path), f"anna{attempt}", "100000")
        printed = kill_child_after(child, lines=20)
        assert printed[-1] == "20"
        assert len(store.aliases.history()) >= 20 * (attempt + 1)
        store.aliases.verify()
