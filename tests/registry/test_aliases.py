"""Aliases: moving, rolling back, and by whom."""

import getpass
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.errors import Conflict, InputError, InvalidRef, NotFound
from llmops.domain.artifact import Actor, Candidate, Move
from llmops.registry.aliases import find_actor, move
from llmops.registry.stands import earlier_stands
from tests.support.registries import ADA, NOW, Desk, ref


def test_an_alias_moves_with_a_row_of_history(any_desk: Desk) -> None:
    any_desk.versions(2)
    first, second = any_desk.move("prompt/answer@1"), any_desk.move("prompt/answer@2", minutes=1)
    assert (first.from_number, first.to_number, first.action, first.actor, first.reason) == (
        None,
        1,
        "move",
        ADA,
        "better",
    )
    assert (second.from_number, second.to_number, second.previous) == (1, 2, first.hash)
    assert any_desk.resolve("prompt/answer@production").number == 2
    assert any_desk.store.aliases.verify() == second.hash


def test_moving_to_where_it_is_writes_nothing(desk: Desk) -> None:
    desk.versions(1)
    assert desk.move("prompt/answer@1") == desk.move("prompt/answer@latest", minutes=5)
    assert len(desk.store.aliases.history()) == 1


def test_a_working_file_can_be_promoted_once_it_is_registered(desk: Desk) -> None:
    desk.versions(1)
    assert desk.move("prompt/answer").to_number == 1
    desk.write("prompts/answer.md", "Say nothing.")
    with pytest.raises(
        InputError, match=r"the working file of prompt/answer is not registered as it stands\nllmops register"
    ):
        desk.move("prompt/answer")


@pytest.mark.parametrize("alias", ["latest", "working", "3", "sha256:0123456789", "a b", ""])
def test_names_that_are_no_aliases(desk: Desk, alias: str) -> None:
    desk.versions(1)
    with pytest.raises(InvalidRef, match=r"cannot be an alias"):
        desk.move("prompt/answer@1", alias)


def test_rolling_back_goes_to_the_version_held_before(any_desk: Desk) -> None:
    any_desk.versions(3)
    for number in (1, 2, 3):
        any_desk.move(f"prompt/answer@{number}", minutes=number)
    back = any_desk.roll_back()
    assert (back.action, back.from_number, back.to_number, back.reason) == ("rollback", 3, 2, "worse")
    assert any_desk.resolve("prompt/answer@production").number == 2


def test_rolling_back_never_returns_to_what_was_rolled_back_from(desk: Desk) -> None:
    desk.versions(3)
    desk.move("prompt/answer@1")
    desk.move("prompt/answer@2", minutes=1)
    assert desk.roll_back().to_number == 1
    desk.move("prompt/answer@3", minutes=61)
    assert desk.roll_back().to_number == 1
    with pytest.raises(InputError, match=r"holds version 1, and there is no earlier version to go back to"):
        desk.roll_back()


def test_rolling_back_to_a_chosen_version(desk: Desk) -> None:
    desk.versions(4)
    for number in (1, 2, 3):
        desk.move(f"prompt/answer@{number}", minutes=number)
    with pytest.raises(
        InputError, match=r"cannot be rolled back to version 4\nEarlier holders .*: 2, 1\. .*promote prompt/answer@4"
    ):
        desk.roll_back(to=4)
    assert desk.roll_back(to=1).to_number == 1
    with pytest.raises(InputError, match=r"Earlier holders that were not rolled back from: none"):
        desk.roll_back(to=3)


def test_what_cannot_be_rolled_back(desk: Desk) -> None:
    desk.versions(1)
    desk.move("prompt/answer@1")
    with pytest.raises(InputError, match=r"prompt/answer@1 names no alias\nWrite for example prompt/answer@production"):
        desk.roll_back("prompt/answer@1")
    with pytest.raises(NotFound, match=r"prompt/answer has no alias 'prodction'\nDid you mean 'production'"):
        desk.roll_back("prompt/answer@prodction")


def try_out(desk: Desk, number: int) -> None:
    held = desk.store.aliases.get("prompt", "answer", "production")
    target = desk.store.versions.get("prompt", "answer", number)
    assert held is not None
    assert target is not None
    candidate = Candidate(number=number, digest=target.digest, weight=0.1, mode="canary")
    desk.store.aliases.set_candidate(held, candidate, actor=ADA, reason="", now=NOW)


def standing(desk: Desk) -> tuple[int, int | None]:
    """What production holds and tries out."""
    held = desk.store.aliases.get("prompt", "answer", "production")
    assert held is not None
    return held.number, held.candidate.number if held.candidate else None


def test_rolling_back_drops_an_open_trial_first(any_desk: Desk) -> None:
    any_desk.versions(3)
    any_desk.move("prompt/answer@1")
    any_desk.move("prompt/answer@2", minutes=1)
    try_out(any_desk, 3)
    dropped = any_desk.roll_back()
    assert (dropped.action, dropped.from_number, dropped.to_number) == ("abandon", 3, 2)
    assert standing(any_desk) == (2, None)
    back = any_desk.roll_back()
    assert (back.action, back.from_number, back.to_number) == ("rollback", 2, 1)
    assert standing(any_desk) == (1, None)


def test_rolling_back_to_a_chosen_version_drops_an_open_trial_on_the_way(any_desk: Desk) -> None:
    any_desk.versions(3)
    any_desk.move("prompt/answer@1")
    any_desk.move("prompt/answer@2", minutes=1)
    try_out(any_desk, 3)
    assert any_desk.roll_back(to=1).action == "rollback"
    assert standing(any_desk) == (1, None)
    actions = [row.action for row in any_desk.store.aliases.history("prompt", "answer")]
    assert actions == ["move", "move", "canary", "abandon", "rollback"]


def test_a_trial_can_be_dropped_where_there_is_nothing_to_go_back_to(desk: Desk) -> None:
    desk.versions(2)
    desk.move("prompt/answer@1")
    try_out(desk, 2)
    assert desk.roll_back(to=1).action == "abandon"
    assert standing(desk) == (1, None)


def test_trials_and_approvals_are_no_holders_to_go_back_to(desk: Desk) -> None:
    desk.versions(3)
    desk.move("prompt/answer@1")
    try_out(desk, 2)
    desk.roll_back()
    target = desk.store.versions.get("prompt", "answer", 3)
    assert target is not None
    desk.store.aliases.approve(target, "production", actor=ADA, reason="", now=NOW)
    assert earlier_stands(desk.store.aliases.history("prompt", "answer", "production")) == []
    assert desk.move("prompt/answer@1", minutes=9).sequence == 1


def test_completing_a_trial_is_a_move_that_can_be_undone(desk: Desk) -> None:
    desk.versions(2)
    desk.move("prompt/answer@1")
    try_out(desk, 2)
    assert desk.move("prompt/answer@2", minutes=9).action == "move"
    assert standing(desk) == (2, None)
    assert desk.roll_back().to_number == 1


def test_one_app_alias_moves_all_its_parts(desk: Desk) -> None:
    desk.write_all()
    desk.register()
    desk.move("app/docs@1")
    desk.write("prompts/answer.md", "Changed. {{ question }}")
    desk.register()
    desk.move("app/docs@2", minutes=1)
    app = desk.registry.load_app(desk.resolve("app/docs@production"))
    assert app.prompt.number == 2
    desk.roll_back("app/docs@production")
    assert desk.registry.load_app(desk.resolve("app/docs@production")).prompt.number == 1


def test_whoever_is_slower_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.versions(3)
    desk.move("prompt/answer@1")
    slow = desk.registry
    held = slow.store.aliases.get("prompt", "answer", "production")
    desk.move("prompt/answer@2")
    monkeypatch.setattr(slow.store.aliases, "get", lambda *_: held)
    with pytest.raises(Conflict, match=r"was expected to be version 1 but is version 2 by now"):
        move(slow, ref("prompt/answer@3"), "production", actor=ADA, now=NOW)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=12))
def test_no_history_ever_leads_back_to_a_version_rolled_back_from(steps: list[tuple[bool, int]]) -> None:
    history: list[Move] = []
    out: set[int] = set()
    for is_rollback, number in steps:
        current = history[-1].to_number if history else None
        choices = [stand.number for stand in earlier_stands(history)]
        assert not out & set(choices)
        assert current not in choices
        if is_rollback and choices and current is not None:
            out.add(current)
            history.append(_step(len(history), "rollback", current, choices[0]))
        elif not is_rollback:
            history.append(_step(len(history), "move", current, number))


def _step(sequence: int, action: str, before: int | None, after: int) -> Move:
    return Move.model_validate({
        "sequence": sequence, "kind": "prompt", "name": "a", "alias": "p", "action": action, "from_number": before,
        "to_number": after, "to_digest": "", "actor": ADA, "reason": "", "at": NOW + timedelta(minutes=sequence),
        "previous": "", "hash": "",
    })  # fmt: skip


def test_the_actor_is_named_with_what_the_claim_rests_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "nowhere"))
    assert find_actor({"LLMOPS_ACTOR": " ci@example.com "}, tmp_path) == Actor(
        name="ci@example.com", source="LLMOPS_ACTOR"
    )
    assert find_actor({"LLMOPS_ACTOR": ""}, tmp_path) == Actor(name=getpass.getuser(), source="OS user")
    subprocess.run(["git", "-C", str(tmp_path), "init", "-q"], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "config", "user.email", "eve@x"], check=True)
    assert find_actor({}, tmp_path) == Actor(name="eve@x", source="git e-mail")
