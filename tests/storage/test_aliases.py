"""Aliases: moved in one transaction, with a history that nobody can rewrite unseen."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from llmops.core.errors import CheckFailed, Conflict, InputError, StoreError
from llmops.domain.artifact import Actor, Alias, Candidate, Move, MoveRecord, Version
from llmops.storage.history import GENESIS
from llmops.storage.store import Store
from llmops.storage.tables.registry import ALIASES, MOVES, VERSIONS
from tests.support.children import finish_child, kill_child_after, start_child
from tests.support.examples import ANNA, NOW, add_version, move_alias

BEN: Final = Actor(name="ben@example.org", source="LLMOPS_ACTOR")


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


def tried(store: Store, weight: float = 0.1, mode: Literal["canary", "shadow"] = "canary") -> Move:
    """Let production, which holds version 1, try out version 2."""
    second = add_version(store, {"body": "2"})
    return try_out(store, held_now(store), second, weight, mode)


def held_now(store: Store) -> Alias:
    held = store.aliases.get("prompt", "answer", "production")
    assert held is not None
    return held


def try_out(
    store: Store, held: Alias, target: Version, weight: float, mode: Literal["canary", "shadow"] = "canary"
) -> Move:
    candidate = Candidate(number=target.number, digest=target.digest, weight=weight, mode=mode)
    return store.aliases.set_candidate(
        held, candidate, actor=BEN, reason="careful", now=NOW, record=MoveRecord(evidence=("run-1",))
    )


def drop(store: Store) -> Move:
    return store.aliases.drop_candidate("prompt", "answer", "production", actor=BEN, reason="slow", now=NOW)


@pytest.fixture
def versions(store: Store) -> list[Version]:
    """Three versions, of which production holds the first."""
    made = [add_version(store, {"body": str(number)}) for number in (1, 2, 3)]
    move_alias(store, made[0], None)
    return made


def test_an_alias_tries_a_version_out_beside_the_one_it_holds(store: Store, versions: list[Version]) -> None:
    row = tried(store)
    assert (row.action, row.from_number, row.to_number, row.to_digest) == ("canary", 1, 2, versions[1].digest)
    assert (row.weight, row.evidence, row.actor, row.reason) == (0.1, ("run-1",), BEN, "careful")
    held = held_now(store)
    assert (held.number, held.epoch, held.moved_at) == (1, 2, NOW)
    assert held.candidate == Candidate(number=2, digest=versions[1].digest, weight=0.1, mode="canary")
    assert store.aliases.of("prompt", "answer") == [held]
    assert store.aliases.verify() == row.hash


def test_a_trial_is_widened_and_completed(store: Store, versions: list[Version]) -> None:
    tried(store)
    assert tried(store, 0.5).weight == 0.5
    assert tried(store, 1, "shadow").action == "shadow"
    row = move_alias(store, versions[1], 1)
    assert (row.action, row.from_number, row.to_number, row.weight) == ("move", 1, 2, None)
    assert (held_now(store).number, held_now(store).candidate, held_now(store).epoch) == (2, None, 5)
    assert store.aliases.verify() == row.hash


def test_a_trial_is_abandoned(store: Store, versions: list[Version]) -> None:
    tried(store)
    row = drop(store)
    assert (row.action, row.from_number, row.to_number, row.to_digest) == ("abandon", 2, 1, versions[0].digest)
    assert (held_now(store).number, held_now(store).candidate) == (1, None)
    with pytest.raises(InputError, match="prompt/answer@production tries out no version"):
        drop(store)
    assert store.aliases.verify() == row.hash


def test_one_trial_at_a_time(store: Store, versions: list[Version]) -> None:
    tried(store)
    third = versions[2]
    attempts: list[Callable[[], Move]] = [
        lambda: try_out(store, held_now(store), third, 0.5),
        lambda: move_alias(store, third, 1),
    ]
    for attempt in attempts:
        with pytest.raises(
            Conflict,
            match="prompt/answer@production tries out version 2 as canary for 10 %\nComplete that: llmops promote "
            "prompt/answer@2 --to production; or drop it: llmops rollback prompt/answer@production",
        ):
            attempt()
    assert held_now(store).number == 1
    assert len(store.aliases.history()) == 2


def test_there_is_nothing_to_try_out_of_what_it_holds(store: Store, versions: list[Version]) -> None:
    with pytest.raises(InputError, match="@production holds version 1 already, so there is nothing to try out"):
        try_out(store, held_now(store), versions[0], 0.5)


def test_a_trial_compared_with_what_no_longer_holds_does_not_begin(store: Store, versions: list[Version]) -> None:
    seen = held_now(store)
    move_alias(store, versions[2], 1)
    with pytest.raises(Conflict, match="expected to be version 1 after 1 moves but is version 3 after 2 moves by now"):
        try_out(store, seen, versions[1], 0.1)
    seen = held_now(store)
    tried(store)
    with pytest.raises(Conflict, match="is version 3, trying version 2 as canary for 10 %, after 3 moves by now"):
        try_out(store, seen, versions[1], 0.2)


def test_a_rollback_drops_the_trial_first(store: Store, versions: list[Version]) -> None:
    move_alias(store, versions[2], 1)
    tried(store)
    row = store.aliases.roll_back(versions[0], "production", expected=3, actor=BEN, reason="wrong", now=NOW)
    assert (row.action, row.from_number, row.to_number) == ("rollback", 3, 1)
    assert [move.action for move in store.aliases.history()] == ["move", "move", "canary", "abandon", "rollback"]
    assert (held_now(store).number, held_now(store).candidate) == (1, None)
    assert store.aliases.verify() == row.hash
    with pytest.raises(Conflict, match="@production was expected to be version 3 but is version 1 by now"):
        store.aliases.roll_back(versions[0], "production", expected=3, actor=BEN, reason="wrong", now=NOW)


@pytest.mark.parametrize(
    "values",
    [{"candidate_weight": 0.9}, {"candidate_mode": "shadow"}, {"candidate_number": 3}, {"candidate_number": None}],
)
def test_a_trial_changed_by_hand_is_found(store: Store, versions: list[Version], values: dict[str, object]) -> None:
    tried(store)
    with store.database.transaction() as connection:
        connection.execute(update(ALIASES).values(values))
    with pytest.raises(CheckFailed, match=r"but the history left it at .* trying version 2 as canary for 10 %"):
        store.aliases.verify()


def test_what_an_alias_tries_out_cannot_be_deleted(store: Store, versions: list[Version]) -> None:
    tried(store)
    with pytest.raises(StoreError, match=r"(?i)foreign key"), store.database.transaction() as connection:
        connection.execute(delete(VERSIONS).where(VERSIONS.c.number == 2))


def approve(store: Store, target: Version, actor: Actor = ANNA, alias: str = "production") -> Move:
    return store.aliases.approve(target, alias, actor=actor, reason="read it", now=NOW)


def test_approvals_are_rows_of_the_history_one_a_person(store: Store, versions: list[Version]) -> None:
    first = approve(store, versions[1])
    assert (first.action, first.from_number, first.to_number) == ("approve", None, 2)
    assert approve(store, versions[1]) == first
    assert approve(store, versions[1], Actor(name="ANNA@example.org", source="argument")) == first
    second = approve(store, versions[1], BEN)
    assert store.aliases.approvals(versions[1], "production") == [first, second]
    assert store.aliases.approvals(versions[1], "staging") == []
    assert store.aliases.approvals(versions[2], "production") == []
    assert held_now(store).epoch == 1
    assert store.aliases.verify() == second.hash


def test_approvals_do_not_outlive_a_rollback(store: Store, versions: list[Version]) -> None:
    approve(store, versions[1])
    approve(store, versions[2])
    move_alias(store, versions[1], 1)
    store.aliases.roll_back(versions[0], "production", expected=2, actor=BEN, reason="wrong", now=NOW)
    assert store.aliases.approvals(versions[1], "production") == []
    assert len(store.aliases.approvals(versions[2], "production")) == 1
    again = approve(store, versions[1])
    assert store.aliases.approvals(versions[1], "production") == [again]
    tried(store)
    drop(store)
    assert store.aliases.approvals(versions[1], "production") == []


def test_an_approval_is_for_a_content_not_for_a_number(store: Store) -> None:
    old = add_version(store, {"body": "old"})
    approve(store, old)
    store.versions.remove("prompt", "answer")
    new = add_version(store, {"body": "new"})
    assert new.number == old.number
    assert store.aliases.approvals(new, "production") == []


def test_what_an_alias_held_at_a_moment(store: Store, versions: list[Version]) -> None:
    for minutes, number in ((10, 2), (20, 3)):
        store.aliases.move(
            versions[number - 1], "production", expected=number - 1, actor=ANNA, reason="", now=after(minutes)
        )
    tried(store)
    approve(store, versions[1])

    def at(minutes: float) -> int | None:
        found = store.aliases.at("prompt", "answer", "production", after(minutes))
        return found.to_number if found else None

    assert [at(minutes) for minutes in (-1, 0, 9.99, 10, 15, 20, 99)] == [None, 1, 1, 2, 2, 3, 3]
    assert store.aliases.at("prompt", "answer", "staging", after(99)) is None


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_what_a_move_rests_on_is_kept(store: Store) -> None:
    record = MoveRecord(evidence=("run-1", "run-2"), forced=True, details={"requirements": [{"name": "docs"}]})
    version = add_version(store, {"body": "1"})
    store.aliases.move(version, "production", expected=None, actor=ANNA, reason="now", now=NOW, record=record)
    (row,) = store.aliases.history()
    assert (row.evidence, row.forced, row.details) == (record.evidence, True, record.details)
    store.aliases.roll_back(version, "production", expected=1, actor=ANNA, reason="", now=NOW)
    assert store.aliases.history()[-1].forced is False


STEPS = st.lists(st.tuples(st.sampled_from(["move", "roll back", "try", "drop", "approve"]), st.integers(1, 4)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_tried_the_history_tells_where_aliases_stand(store: Store, steps: list[tuple[str, int]]) -> None:
    targets = [add_version(store, {"n": number}) for number in range(4)]
    for step, number in steps:
        target = targets[number - 1]
        held = store.aliases.get("prompt", "answer", "production")
        expected = held.number if held else None
        refused = False
        try:
            if step == "move":
                move_alias(store, target, expected)
            elif step == "roll back":
                store.aliases.roll_back(target, "production", expected=expected, actor=ANNA, reason="", now=NOW)
            elif step == "try" and held is not None:
                try_out(store, held, target, number / 4)
            elif step == "drop":
                drop(store)
            elif step == "approve":
                approve(store, target)
        except (Conflict, InputError):
            refused = True
        store.aliases.verify()
        if step in ("move", "roll back") and not refused:
            assert (held_now(store).number, held_now(store).candidate) == (target.number, None)


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


TRY = """
import sys
from pathlib import Path
from llmops.core.errors import Conflict, InputError
from llmops.domain.artifact import Actor, Candidate
from llmops.storage.store import open_store
from tests.support.examples import ANNA, NOW, add_version
store = open_store(sys.argv[1], root=Path(sys.argv[2]))
version = add_version(store, {"by": sys.argv[3]})
done, who = 0, Actor(name=sys.argv[3], source="argument")
while done < int(sys.argv[4]):
    held = store.aliases.get("prompt", "answer", "production")
    try:
        if held.candidate is None:
            trial = Candidate(number=version.number, digest=version.digest, weight=0.5, mode="canary")
            store.aliases.set_candidate(held, trial, actor=who, reason="", now=NOW)
        elif held.candidate.number == version.number:
            store.aliases.drop_candidate("prompt", "answer", "production", actor=who, reason="", now=NOW)
        store.aliases.approve(version, "production", actor=who, reason="", now=NOW)
    except Conflict:
        continue
    done += 1
    print(done, flush=True)
store.close()
"""


def test_processes_that_begin_and_end_trials_never_have_two(
    store: Store, store_url: str, tmp_path: Path, versions: list[Version]
) -> None:
    children = [start_child(TRY, store_url, str(tmp_path), name, "15") for name in ("anna", "ben")]
    for child in children:
        finish_child(child)
    trying: int | None = None
    for row in store.aliases.history():
        if row.action == "canary":
            assert trying is None
            trying = row.to_number
        elif row.action == "abandon":
            assert trying == row.from_number
            trying = None
    store.aliases.verify()


APPROVE = """
import sys
from pathlib import Path
from llmops.domain.artifact import Actor, Alias, Candidate, Move, MoveRecord, Version
from llmops.storage.store import open_store
from tests.support.examples import NOW
store = open_store(sys.argv[1], root=Path(sys.argv[2]))
version = store.versions.get("prompt", "answer", 1)
for _ in range(20):
    store.aliases.approve(version, "production", actor=Actor(name=sys.argv[3], source="x"), reason="", now=NOW)
store.close()
"""


def test_processes_that_approve_at_once_count_each_person_once(store: Store, store_url: str, tmp_path: Path) -> None:
    version = add_version(store, {"body": "1"})
    children = [start_child(APPROVE, store_url, str(tmp_path), name) for name in ("ben", "ben", "clara")]
    for child in children:
        finish_child(child)
    given = store.aliases.approvals(version, "production")
    assert sorted(row.actor.name for row in given) == ["ben", "clara"]
    assert len(store.aliases.history()) == 2


def test_a_writer_killed_while_it_tries_out_leaves_a_whole_history(
    store: Store, store_url: str, tmp_path: Path, versions: list[Version]
) -> None:
    child = start_child(TRY, store_url, str(tmp_path), "anna", "100000")
    assert kill_child_after(child, lines=20)[-1] == "20"
    store.aliases.verify()


def test_a_writer_killed_in_the_middle_leaves_a_whole_history(store: Store, store_url: str, tmp_path: Path) -> None:
    for attempt in range(2):
        child = start_child(MOVE, store_url, str(tmp_path), f"anna{attempt}", "100000")
        printed = kill_child_after(child, lines=20)
        assert printed[-1] == "20"
        assert len(store.aliases.history()) >= 20 * (attempt + 1)
        store.aliases.verify()
