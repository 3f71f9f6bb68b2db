"""Promotion on evidence: what is refused, with what words, and what the history keeps."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from llmops.core.errors import Conflict, InputError
from llmops.core.hashing import Json
from llmops.core.names import Ref
from llmops.domain.artifact import Candidate
from llmops.domain.requirement import Requirement
from llmops.flows.promotion.promote import PromoteOptions, Refused, apps_that_stay, promote
from tests.support.promotions import ADA, BOB, NOW, Stage


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen between the look at the requirements and the move."""

    def look(*_: object) -> list[Requirement]:
        happens()
        return []

    monkeypatch.setattr("llmops.flows.promotion.promote.check", look)


def test_a_promotion_moves_the_alias_and_records_what_it_rests_on(any_stage: Stage) -> None:
    any_stage.rule(require=["docs"], approvals=1, **{"from": "staging"})
    any_stage.suite()
    app = any_stage.app()
    run = any_stage.evaluate(app)
    any_stage.promote(app, "staging")
    any_stage.store.aliases.approve(app, "production", actor=BOB, reason="", now=NOW)
    done = any_stage.promote(app, reason="better")
    assert done.changed
    assert done.move is not None
    move = done.move
    assert (move.action, move.to_number, move.reason, move.evidence, move.forced) == (
        "move",
        1,
        "better",
        (run.id,),
        False,
    )
    assert [(item["name"], item["state"]) for item in move.details["requirements"]] == [
        ("from staging", "met"),
        ("suite docs", "met"),
        ("approvals", "met"),
    ]
    assert any_stage.store.aliases.verify() == move.hash


def test_a_refusal_is_a_table_with_what_to_type(stage: Stage) -> None:
    stage.rule(require=["docs"], approvals=1, **{"from": "staging"})
    stage.suite()
    with pytest.raises(Refused, match="cannot be promoted") as caught:
        stage.promote(stage.app())
    assert caught.value.exit_code == 1
    assert caught.value.message.splitlines() == [
        "app/docs@1 cannot be promoted to production: 3 of 3 requirements are not met",
        "requirement   state    because                                                                       type",
        "from staging  not met  nothing holds app/docs@staging, and production takes only what staging holds  "
        "llmops promote app/docs@1 --to staging",
        "suite docs    not met  no report that counts on app/docs@1 with suite/docs@1                         "
        "llmops eval docs@1 --target app/docs@1",
        "approvals     not met  0 of 1; not by its author, ada@example.com                                    "
        "llmops approve app/docs@1 --for production",
    ]
    assert caught.value.hint == "Type what the last column says, then promote again."
    assert stage.store.aliases.get("app", "docs", "production") is None


def test_an_unknown_gate_refuses_too(stage: Stage) -> None:
    stage.rule(require=["docs"])
    stage.suite()
    stage.evaluate(stage.app(), 17, 3)
    with pytest.raises(Refused, match=r"1 of 1 requirement is not met\n.*\nsuite docs   unknown  run-1 of 2026-03-01"):
        stage.promote(stage.app())


def test_a_dry_run_finds_the_same_and_changes_nothing(stage: Stage) -> None:
    stage.rule(approvals=1)
    app = stage.app()
    rows = len(stage.store.aliases.history())
    found = stage.promote(app, dry_run=True)
    with pytest.raises(Refused, match="0 of 1") as caught:
        stage.promote(app)
    assert found.requirements == caught.value.promotion.requirements
    assert (found.move, found.changed) == (None, False)
    stage.store.aliases.approve(app, "production", actor=BOB, reason="", now=NOW)
    assert stage.promote(app, dry_run=True).unmet == []
    assert len(stage.store.aliases.history()) == rows + 1
    assert stage.store.aliases.get("app", "docs", "production") is None


def test_force_needs_a_reason(stage: Stage) -> None:
    with pytest.raises(InputError, match=r'--force needs a reason, .*\nAdd --reason "why it cannot wait"'):
        stage.promote(stage.app(), force=True, reason=" ")


def test_force_is_recorded_with_what_was_not_met(stage: Stage) -> None:
    stage.rule(approvals=1)
    done = stage.promote(stage.app(), force=True, reason="the old one leaks")
    assert done.move is not None
    assert (done.move.forced, done.move.reason) == (True, "the old one leaks")
    assert done.move.details["requirements"][0]["state"] == "not met"


def test_nothing_is_forced_where_everything_is_met(stage: Stage) -> None:
    done = stage.promote(stage.app(), force=True, reason="sure")
    assert done.move is not None
    assert not done.move.forced


def test_where_the_alias_is_already_nothing_is_written_or_asked(stage: Stage) -> None:
    first = stage.promote(stage.app())
    stage.rule(approvals=1)
    again = stage.promote(stage.app())
    assert (again.move, again.changed, list(again.requirements)) == (first.move, False, [])


def test_of_two_promotions_at_once_one_wins_and_the_other_is_told(
    any_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (any_stage.app(number) for number in (1, 2, 3))
    any_stage.promote(first)
    meanwhile(monkeypatch, lambda: any_stage.hold(second))
    with pytest.raises(Conflict, match="production was expected to be version 1 but is version 2 by now") as caught:
        any_stage.promote(third)
    assert caught.value.exit_code == 1
    held = any_stage.store.aliases.get("app", "docs", "production")
    assert held is not None
    assert held.number == 2


def test_rules_that_change_meanwhile_are_a_conflict(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    app = stage.app()
    meanwhile(monkeypatch, lambda: stage.rule(approvals=1))
    with pytest.raises(Conflict, match="rules or aliases changed while app/docs@1 was being promoted to production"):
        stage.promote(app)


def test_a_source_that_moves_on_meanwhile_is_a_conflict(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.rule(**{"from": "staging"})
    first, second = stage.app(1), stage.app(2)
    stage.hold(first, "staging")
    meanwhile(monkeypatch, lambda: stage.hold(second, "staging"))
    with pytest.raises(Conflict, match="rules or aliases changed"):
        stage.promote(first)


def test_a_canary_widens_and_completes(any_stage: Stage) -> None:
    first, second = any_stage.app(1), any_stage.app(2)
    any_stage.promote(first)
    begun = any_stage.promote(second, canary=0.1, reason="try")
    assert begun.move is not None
    assert (begun.move.action, begun.move.from_number, begun.move.to_number, begun.move.weight) == ("canary", 1, 2, 0.1)
    held = any_stage.store.aliases.get("app", "docs", "production")
    assert held is not None
    assert (held.number, held.candidate) == (1, Candidate(number=2, digest=second.digest, weight=0.1, mode="canary"))
    any_stage.promote(second, canary=0.5)
    done = any_stage.promote(second)
    assert done.move is not None
    assert (done.move.action, done.move.from_number, done.move.to_number) == ("move", 1, 2)
    held = any_stage.store.aliases.get("app", "docs", "production")
    assert held is not None
    assert (held.number, held.candidate) == (2, None)
    assert [move.action for move in any_stage.store.aliases.history()] == ["move", "canary", "canary", "move"]
    assert any_stage.store.aliases.verify()


def test_a_shadow_is_a_trial_too(stage: Stage) -> None:
    stage.promote(stage.app(1))
    done = stage.promote(stage.app(2), shadow=1.0)
    assert done.move is not None
    assert (done.move.action, done.move.weight) == ("shadow", 1.0)


def test_a_trial_asks_for_the_same_as_a_move(stage: Stage) -> None:
    stage.promote(stage.app(1))
    stage.rule(approvals=1)
    with pytest.raises(Refused, match="approvals    not met"):
        stage.promote(stage.app(2), canary=0.1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"canary": 0.1, "shadow": 0.1}, "as canary or as shadow, not as both"),
        ({"canary": 1.0}, "--canary takes a share between 0 and 100 %, not 100 %"),
        ({"canary": 0.0}, "not 0 %\nFor all of the traffic, promote without --canary"),
        ({"shadow": 1.5}, "--shadow takes a share of at most 100 %, not 150 %"),
    ],
)
def test_shares_that_are_none(stage: Stage, options: dict[str, Json], said: str) -> None:
    with pytest.raises(InputError, match=said):
        stage.promote(stage.app(), **options)


def test_a_trial_needs_something_beside_it(stage: Stage) -> None:
    with pytest.raises(InputError, match="nothing holds app/docs@production yet, so app/docs@1 cannot be tried out"):
        stage.promote(stage.app(), canary=0.1)
    stage.promote(stage.app())
    with pytest.raises(InputError, match="holds version 1 already, so there is nothing to try out"):
        stage.promote(stage.app(), canary=0.1)


def test_a_third_version_waits_for_the_end_of_a_trial(stage: Stage) -> None:
    stage.promote(stage.app(1))
    stage.promote(stage.app(2), canary=0.1)
    with pytest.raises(Conflict, match="tries out version 2 as canary for 10 %"):
        stage.promote(stage.app(3))


def test_promoting_a_prompt_lists_the_apps_that_stay(stage: Stage) -> None:
    old, new = stage.prompt(1), stage.prompt(2)
    for name, prompt in (("a", old), ("b", new), ("c", old)):
        stage.add("app", name, {"prompt": {"name": "answer", "digest": prompt.digest}, "model": "offline/echo"})
    held = stage.store.versions.get("app", "a", 1)
    assert held is not None
    stage.hold(held)
    assert apps_that_stay(stage.services, new, "production") == ["app/a@production", "app/c@1"]
    assert list(stage.promote(new).notes) == [
        "app/a@production stays with its own prompt/answer.",
        "app/c@1 stays with its own prompt/answer.",
    ]


def test_rules_in_the_file_that_are_not_in_force_are_pointed_out(stage: Stage) -> None:
    (stage.root / "llmops.toml").write_text("[aliases.production]\napprovals = 3\n")
    done = stage.promote(stage.app())
    assert done.move is not None
    [note] = done.notes
    assert note == "llmops.toml has other rules of promotion than those in force; llmops register applies them."


def test_a_working_file_must_be_registered(stage: Stage) -> None:
    (stage.root / "prompts").mkdir()
    (stage.root / "prompts" / "answer.md").write_text("Say nothing.\n")
    with pytest.raises(InputError, match="is not registered as it stands\nllmops register, then promote it"):
        promote(stage.services, Ref("prompt", "answer"), "production", options=PromoteOptions(), actor=ADA, now=NOW)


def test_a_promotion_knows_what_stands_in_its_way(stage: Stage) -> None:
    stage.rule(approvals=1)
    found = stage.promote(stage.app(), dry_run=True)
    assert found.unmet == list(found.requirements)
    assert replace(found, requirements=()).unmet == []
