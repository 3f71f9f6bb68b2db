"""Where the history leaves aliases."""

from collections.abc import Sequence

import pytest

from llmops.core.errors import CheckFailed
from llmops.domain.artifact import Alias, Candidate, Move
from llmops.storage.replay import Place, Standing, compare, replay
from tests.support.examples import ANNA, NOW

PLACE: Place = ("app", "docs", "production")


def step(action: str, number: int | None, weight: float | None = None) -> Move:
    return Move.model_validate({
        "sequence": 1, "kind": "app", "name": "docs", "alias": "production", "action": action, "from_number": None,
        "to_number": number, "to_digest": f"sha256:{number}", "actor": ANNA, "reason": "", "at": NOW, "weight": weight,
        "previous": "", "hash": "",
    })  # fmt: skip


def stands(*steps: Move) -> dict[Place, Standing]:
    found: dict[Place, Standing] = {}
    for move in steps:
        replay(found, move)
    return found


def test_a_trial_begins_widens_and_is_completed() -> None:
    begun = stands(step("move", 1), step("canary", 2, 0.1))[PLACE]
    assert begun == Standing(1, "sha256:1", Candidate(number=2, digest="sha256:2", weight=0.1, mode="canary"), 2)
    wider = stands(step("move", 1), step("canary", 2, 0.1), step("canary", 2, 0.5))[PLACE]
    assert str(wider) == "version 1 (sha256:1), trying version 2 as canary for 50 %, after 3 moves"
    assert stands(step("move", 1), step("shadow", 2, 0.1), step("move", 2))[PLACE] == Standing(2, "sha256:2", None, 3)


def test_a_trial_is_abandoned() -> None:
    assert stands(step("move", 1), step("canary", 2, 0.1), step("abandon", 1))[PLACE] == Standing(
        1, "sha256:1", None, 3
    )


@pytest.mark.parametrize("action", ["approve", "propose", "rule"])
def test_what_moves_nothing(action: str) -> None:
    assert stands(step("move", 1), step(action, 2)) == stands(step("move", 1))
    assert stands(step(action, 2)) == {}


def alias(number: int, epoch: int, candidate: Candidate | None = None) -> Alias:
    return Alias(
        kind="app", name="docs", alias="production", number=number, digest=f"sha256:{number}", epoch=epoch,
        moved_at=NOW, candidate=candidate,
    )  # fmt: skip


TRIAL = Candidate(number=2, digest="sha256:2", weight=0.1, mode="canary")


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ([], "is unset, but the history left it at version 1"),
        ([alias(2, 2)], r"is version 2 \(sha256:2\) after 2 moves, but"),
        ([alias(1, 3)], "after 3 moves, but the history left it at .* after 2 moves"),
        ([alias(1, 2)], "but the history left it at version 1 .* trying version 2 as canary for 10 %"),
        ([alias(1, 2, TRIAL.model_copy(update={"weight": 0.9}))], "trying version 2 as canary for 90 %, after"),
        ([alias(1, 2, TRIAL.model_copy(update={"mode": "shadow"}))], "trying version 2 as shadow for 10 %, after"),
        ([alias(1, 2, TRIAL.model_copy(update={"digest": "sha256:9"}))], "app/docs@production is version 1"),
    ],
)
def test_an_alias_that_was_moved_behind_its_back(found: Sequence[Alias], problem: str) -> None:
    told = stands(step("move", 1), step("canary", 2, 0.1))
    compare(told, [alias(1, 2, TRIAL)])
    with pytest.raises(CheckFailed, match=problem) as caught:
        compare(told, found)
    assert caught.value.hint == "Somebody changed the database without llmops; compare with a copy."
