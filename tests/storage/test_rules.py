"""Rules of promotion in the store: changed under the approvals that the rules in force ask for."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import update

from llmops.core.errors import CheckFailed, Conflict, InputError
from llmops.core.hashing import Json
from llmops.domain.artifact import Actor, Move
from llmops.domain.promotion import PendingRules, PromotionRule, RuleKey, Rules, digest_rules
from llmops.storage.rules import approvals_for_change
from llmops.storage.store import Store
from llmops.storage.tables.registry import MOVES
from tests.support.children import finish_child, start_child
from tests.support.examples import ANNA, NOW

BEN: Final = Actor(name="ben@example.org", source="git e-mail")
CLARA: Final = Actor(name="clara@example.org", source="LLMOPS_ACTOR")


def rules(pattern: str = "", alias: str = "production", **written: Json) -> dict[RuleKey, PromotionRule]:
    return {RuleKey(alias, pattern): PromotionRule.model_validate(written)}


STRICT: Final = rules(approvals=2, require=["docs"])
LAX: Final = rules(approvals=0)


def change(store: Store, wanted: Rules, actor: Actor = ANNA) -> Move | None:
    return store.rules.change(wanted, actor=actor, reason="why not", now=NOW, expected_sequence=store.rules.sequence())


def approve(store: Store, actor: Actor, digest: str = "") -> Move:
    return store.rules.approve_pending(
        digest or waiting(store).digest, actor=actor, reason="fine", now=NOW + timedelta(hours=1)
    )


def waiting(store: Store) -> PendingRules:
    found = store.rules.pending()
    assert found is not None
    return found


def test_the_first_rules_hold_at_once(store: Store) -> None:
    assert (store.rules.in_force(), store.rules.sequence(), store.rules.pending()) == ({}, 0, None)
    row = change(store, STRICT)
    assert row is not None
    assert (row.action, row.kind, row.name, row.alias) == ("rule", "", "", "production")
    assert (row.from_number, row.to_number, row.to_digest) == (None, None, digest_rules(STRICT))
    assert row.details == {"before": {}, "after": {"production": {"": {"approvals": 2, "require": ["docs"]}}}}
    assert store.rules.in_force() == STRICT
    assert store.rules.sequence() == row.sequence == 1
    assert store.aliases.verify() == row.hash


def test_rules_without_approvals_give_way_at_once(store: Store) -> None:
    change(store, LAX)
    row = change(store, rules("app/*", "staging", max_age="1h"), BEN)
    assert row is not None
    assert (row.action, row.alias, row.actor) == ("rule", "production, staging", BEN)
    assert row.details["before"] == {"production": {"": {"approvals": 0}}}
    assert store.rules.in_force() == rules("app/*", "staging", max_age="1h")


def test_the_same_rules_again_write_nothing(store: Store) -> None:
    change(store, STRICT)
    assert change(store, dict(STRICT), BEN) is None
    assert len(store.aliases.history()) == 1


def test_rules_that_ask_for_approvals_hold_until_others_are_approved(store: Store) -> None:
    change(store, STRICT)
    row = change(store, LAX)
    assert row is not None
    assert (row.action, row.alias) == ("propose", "production")
    assert store.rules.in_force() == STRICT
    found = waiting(store)
    assert (found.rules, found.before, found.proposer, found.reason) == (LAX, STRICT, ANNA, "why not")
    assert (found.needed, found.missing, found.approvals) == (2, 2, ())

    first = approve(store, BEN)
    assert (first.action, first.to_digest, first.alias) == ("approve", digest_rules(LAX), "production")
    assert store.rules.in_force() == STRICT
    assert waiting(store).missing == 1

    last = approve(store, CLARA)
    assert (last.action, last.actor, last.reason) == ("rule", ANNA, "why not")
    assert last.details["approved_by"] == ["ben@example.org", "clara@example.org"]
    assert store.rules.in_force() == LAX
    assert store.rules.pending() is None
    assert [move.action for move in store.aliases.history()] == ["rule", "propose", "approve", "approve", "rule"]
    assert store.aliases.verify() == last.hash


def test_whoever_proposes_cannot_approve(store: Store) -> None:
    change(store, STRICT)
    change(store, LAX)
    with pytest.raises(InputError, match=r"ANNA@example.org proposed these rules and cannot approve them"):
        approve(store, Actor(name="ANNA@example.org", source="LLMOPS_ACTOR"))
    assert waiting(store).approvals == ()


def test_approving_twice_counts_once(store: Store) -> None:
    change(store, STRICT)
    change(store, LAX)
    assert approve(store, BEN) == approve(store, Actor(name="Ben@Example.org", source="LLMOPS_ACTOR"))
    assert waiting(store).missing == 1


def test_an_approval_is_for_one_proposal(store: Store) -> None:
    change(store, STRICT)
    change(store, LAX)
    seen = waiting(store).digest
    approve(store, BEN)
    change(store, {})
    assert waiting(store).approvals == ()
    with pytest.raises(Conflict, match=r"other rules wait for approval by now\nLook at what waits: llmops approve"):
        approve(store, CLARA, seen)
    change(store, LAX)
    assert waiting(store).approvals == ()


def test_proposing_again_keeps_proposer_and_approvals(store: Store) -> None:
    change(store, STRICT)
    change(store, LAX)
    approve(store, BEN)
    assert change(store, LAX, CLARA) is None
    assert (waiting(store).proposer, waiting(store).missing) == (ANNA, 1)


def test_the_rules_in_force_withdraw_what_waits(store: Store) -> None:
    change(store, STRICT)
    change(store, LAX)
    seen = waiting(store).digest
    row = change(store, STRICT, BEN)
    assert row is not None
    assert row.action == "propose"
    assert store.rules.pending() is None
    with pytest.raises(Conflict, match="no rules wait for approval by now"):
        approve(store, CLARA, seen)
    assert store.rules.in_force() == STRICT


def test_no_rules_at_all_is_a_change_like_any_other(store: Store) -> None:
    change(store, STRICT)
    change(store, {})
    assert store.rules.in_force() == STRICT
    approve(store, BEN)
    approve(store, CLARA)
    assert store.rules.in_force() == {}
    row = change(store, LAX)
    assert row is not None
    assert row.action == "rule"


def test_the_most_that_any_rule_asks_for_decides() -> None:
    assert approvals_for_change({}) == 0
    assert approvals_for_change({**rules(approvals=1), **rules("app/*", "staging", approvals=3)}) == 3


def test_whoever_looked_before_the_last_change_is_told(store: Store) -> None:
    change(store, LAX)
    with pytest.raises(Conflict, match="the rules of promotion were changed by somebody else meanwhile"):
        store.rules.change(STRICT, actor=ANNA, reason="", now=NOW, expected_sequence=0)
    assert store.rules.in_force() == LAX


def test_rules_cannot_be_changed_behind_the_history(store: Store) -> None:
    change(store, STRICT)
    with store.database.transaction() as connection:
        connection.execute(update(MOVES).values(details='{"after":{},"before":{}}'))
    with pytest.raises(CheckFailed, match=r"row 1 of the history \(the rules of production\) was changed"):
        store.aliases.verify()


APPROVE = """
import sys
from pathlib import Path
from llmops.core.errors import Conflict
from llmops.domain.artifact import Actor
from llmops.storage.store import open_store
from tests.support.examples import NOW
store = open_store(sys.argv[1], root=Path(sys.argv[2]))
for _ in range(20):
    try:
        row = store.rules.approve_pending(
            sys.argv[3], actor=Actor(name=sys.argv[4], source="argument"), reason="", now=NOW
        )
    except Conflict:
        break
    print(row.action)
store.close()
"""


def test_processes_that_approve_at_once_count_each_person_once(store: Store, store_url: str, tmp_path: Path) -> None:
    change(store, rules(approvals=3))
    change(store, LAX)
    digest = waiting(store).digest
    people = ["ben", "ben", "clara", "clara", "dora"]
    children = [start_child(APPROVE, store_url, str(tmp_path), digest, name) for name in people]
    printed = [finish_child(child) for child in children]
    assert sum("rule" in text for text in printed) == 1
    actions = [move.action for move in store.aliases.history()]
    assert actions == ["rule", "propose", "approve", "approve", "approve", "rule"]
    assert sorted(store.aliases.history()[-1].details["approved_by"]) == ["ben", "clara", "dora"]
    assert store.rules.in_force() == LAX
    store.aliases.verify()
