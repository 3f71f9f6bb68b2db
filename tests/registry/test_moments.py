"""What a ref meant at a moment of the past."""

from datetime import datetime, timedelta

import pytest

from llmops.core.errors import NotFound
from llmops.domain.artifact import Actor, Candidate
from llmops.registry.moments import approvals_of, trial_at, version_at
from tests.support.registries import ADA, NOW, Desk, ref


def meant(desk: Desk, text: str, minutes: float) -> int:
    return version_at(desk.registry, ref(text), NOW + timedelta(minutes=minutes))[0].number


def test_an_alias_of_the_past(any_desk: Desk) -> None:
    any_desk.versions(2)
    any_desk.move("prompt/answer@1", minutes=10)
    second = any_desk.move("prompt/answer@2", minutes=20)
    back = any_desk.roll_back()
    moments = [10, 19, 20, 59, 60, 600]
    assert [meant(any_desk, "prompt/answer@production", at) for at in moments] == [1, 1, 2, 2, 1, 1]
    assert version_at(any_desk.registry, ref("prompt/answer@production"), NOW + timedelta(minutes=30))[1] == second
    assert version_at(any_desk.registry, ref("prompt/answer@production"), NOW + timedelta(minutes=90))[1] == back


def test_before_there_was_one(desk: Desk) -> None:
    desk.versions(1)
    desk.move("prompt/answer@1", minutes=10)
    with pytest.raises(
        NotFound,
        match=r"prompt/answer@production did not exist at 2026-03-01 12:05:00 UTC\nIt is there since 2026-03-01 12:10:00",
    ):
        meant(desk, "prompt/answer@production", 5)
    with pytest.raises(NotFound, match=r"prompt/answer has no alias 'staging'"):
        meant(desk, "prompt/answer@staging", 5)
    for text in ("prompt/answer", "prompt/answer@latest", "prompt/answer@1"):
        with pytest.raises(NotFound, match=rf"{text} did not exist at 2026-03-01 11:59:00 UTC"):
            meant(desk, text, -1)


def test_versions_of_the_past(desk: Desk) -> None:
    desk.write("prompts/answer.md", "One.")
    desk.register()
    desk.write("prompts/answer.md", "Two.")
    desk.registry.register(None, message="", now=NOW + timedelta(minutes=10))
    assert [meant(desk, "prompt/answer", at) for at in (0, 9, 10)] == [1, 1, 2]
    assert meant(desk, "prompt/answer@1", 30) == 1
    with pytest.raises(NotFound, match=r"prompt/answer@2 did not exist at"):
        meant(desk, "prompt/answer@2", 9)


def test_a_moment_in_another_time_zone(desk: Desk) -> None:
    desk.versions(1)
    desk.move("prompt/answer@1", minutes=10)
    moment = datetime.fromisoformat("2026-03-01T17:40:01+05:30")
    assert version_at(desk.registry, ref("prompt/answer@production"), moment)[0].number == 1


def test_a_trial_of_the_past(any_desk: Desk) -> None:
    any_desk.versions(2)
    any_desk.move("prompt/answer@1", minutes=0)
    aliases, place = any_desk.store.aliases, ref("prompt/answer@production")
    second = any_desk.store.versions.get("prompt", "answer", 2)
    assert second is not None
    tenth = Candidate(number=2, digest=second.digest, weight=0.1, mode="canary")
    half = tenth.model_copy(update={"weight": 0.5})
    for minutes, candidate in ((10, tenth), (20, half)):
        held = aliases.get("prompt", "answer", "production")
        assert held is not None
        aliases.set_candidate(held, candidate, actor=ADA, reason="", now=NOW + timedelta(minutes=minutes))
    any_desk.move("prompt/answer@2", minutes=30)
    at = {minutes: trial_at(any_desk.registry, place, NOW + timedelta(minutes=minutes)) for minutes in (9, 10, 20, 30)}
    assert at == {9: None, 10: tenth, 20: half, 30: None}
    assert meant(any_desk, "prompt/answer@production", 25) == 1


def test_who_had_approved_it(any_desk: Desk) -> None:
    any_desk.versions(2)
    first, second = any_desk.registry.history(ref("prompt/answer"))
    bob, eve = Actor(name="bob", source="argument"), Actor(name="eve", source="argument")

    def approve(actor: Actor, minutes: int) -> None:
        now = NOW + timedelta(minutes=minutes)
        any_desk.store.aliases.approve(second, "production", actor=actor, reason="", now=now)

    any_desk.store.aliases.approve(first, "production", actor=eve, reason="", now=NOW)
    any_desk.move("prompt/answer@1", minutes=1)
    approve(bob, 2)
    moved = any_desk.move("prompt/answer@2", minutes=3)
    any_desk.roll_back()
    approve(eve, 70)
    again = any_desk.move("prompt/answer@2", minutes=80)
    assert [row.actor.name for row in approvals_of(any_desk.registry, moved)] == ["bob"]
    assert [row.actor.name for row in approvals_of(any_desk.registry, again)] == ["eve"]
