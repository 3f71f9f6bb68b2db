"""Approvals: who may give them, and what waits for nothing else."""

import pytest

from llmops.core.errors import CheckFailed, InputError
from llmops.core.names import Ref
from llmops.domain.artifact import Actor, Version
from llmops.flows.promotion.approve import Approval, approve, approve_rules, find_waiting
from tests.support.promotions import ADA, BOB, EVE, NOW, Stage


def given(stage: Stage, target: Version, actor: Actor = BOB) -> Approval:
    ref = Ref(target.kind, target.name, str(target.number))
    return approve(stage.services, ref, "production", actor=actor, reason="read it", now=NOW)


def waiting(stage: Stage) -> list[tuple[str, int, str, list[str]]]:
    return [
        (item.target.name, item.target.number, item.alias, list(item.given))
        for item in find_waiting(stage.services, NOW)
    ]


def test_an_approval_is_a_row_of_the_history(any_stage: Stage) -> None:
    any_stage.rule(approvals=2)
    done = given(any_stage, any_stage.app())
    assert (done.given, done.needed, done.missing) == (["bob@example.com"], 2, 1)
    assert (done.move.action, done.move.reason, done.move.actor) == ("approve", "read it", BOB)
    assert given(any_stage, any_stage.app(), EVE).missing == 0
    assert any_stage.store.aliases.verify()


def test_nobody_counts_twice(stage: Stage) -> None:
    stage.rule(approvals=2)
    given(stage, stage.app())
    assert given(stage, stage.app(), Actor(name="BOB@example.com", source="git e-mail")).given == ["bob@example.com"]


@pytest.mark.parametrize("name", ["ada@example.com", "Ada@Example.com "])
def test_the_author_cannot_approve(stage: Stage, name: str) -> None:
    stage.rule(approvals=1)
    with pytest.raises(
        CheckFailed, match="is the author of app/docs@1 and cannot approve it\nSomebody else types"
    ) as caught:
        given(stage, stage.app(), Actor(name=name, source="LLMOPS_ACTOR"))
    assert caught.value.exit_code == 1
    assert not stage.store.aliases.approvals(stage.app(), "production")


def test_what_needs_no_approval_gets_none(stage: Stage) -> None:
    with pytest.raises(
        InputError, match="production asks for no approvals of app/docs\nPromote it: llmops promote app/docs@1"
    ):
        given(stage, stage.app())


def test_what_waits_only_for_approval_is_found(stage: Stage) -> None:
    stage.rule(approvals=1, require=["docs"])
    stage.suite()
    app = stage.app()
    assert waiting(stage) == []
    stage.evaluate(app)
    assert waiting(stage) == [("docs", 1, "production", [])]
    given(stage, app)
    assert waiting(stage) == []


def test_what_comes_from_another_alias_waits_once_that_holds_it(stage: Stage) -> None:
    stage.rule(approvals=2, **{"from": "staging"})
    first = stage.app(2)
    assert waiting(stage) == []
    stage.hold(stage.app(1), "staging")
    given(stage, stage.app(1))
    assert waiting(stage) == [("docs", 1, "production", ["bob@example.com"])]
    stage.hold(first, "staging")
    assert waiting(stage) == [("docs", 2, "production", [])]


def test_what_nobody_has_begun_to_promote_does_not_wait(stage: Stage) -> None:
    stage.rule(approvals=1)
    stage.app(1)
    assert waiting(stage) == []
    stage.hold(stage.app(1))
    assert waiting(stage) == []
    stage.app(2)
    assert waiting(stage) == [("docs", 2, "production", [])]


def test_rules_wait_for_somebody_else_than_who_proposed_them(stage: Stage) -> None:
    stage.rule(approvals=1)
    with pytest.raises(InputError, match="no rules of promotion wait for approval"):
        approve_rules(stage.services, actor=BOB, reason="", now=NOW)
    stage.store.rules.change({}, actor=ADA, reason="", now=NOW, expected_sequence=stage.store.rules.sequence())
    with pytest.raises(InputError, match=r"ada@example\.com proposed these rules and cannot approve them"):
        approve_rules(stage.services, actor=ADA, reason="", now=NOW)
    assert stage.store.rules.in_force()
    assert approve_rules(stage.services, actor=BOB, reason="", now=NOW).action == "rule"
    assert not stage.store.rules.in_force()
