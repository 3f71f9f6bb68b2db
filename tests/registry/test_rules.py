"""Rules of promotion: from llmops.toml into the store, under the rules in force."""

import pytest

from llmops.core.errors import Conflict
from llmops.core.settings import load_settings
from llmops.domain.artifact import Actor
from llmops.domain.promotion import PromotionRule, RuleKey
from llmops.registry.rules import apply_rules, differ_from_store, written_rules
from tests.support.registries import ADA, NOW, Desk

BOB = Actor(name="bob@example.com", source="LLMOPS_ACTOR")
FIRST = '[aliases.production]\napprovals = 1\n\n[aliases.production."app/docs"]\nfrom = "staging"\nrequire = ["docs"]\n'


def applied(desk: Desk, text: str, actor: Actor = ADA) -> str:
    desk.write("llmops.toml", text)
    return apply_rules(desk.store, load_settings(desk.root, {}), actor=lambda: actor, now=NOW)


def test_the_first_rules_take_effect_at_once(any_desk: Desk) -> None:
    assert applied(any_desk, FIRST).splitlines() == [
        "Rules of promotion now in force:",
        '  production app/docs from: not set → "staging"',
        '  production app/docs require: not set → ["docs"]',
        "  production approvals: not set → 1",
    ]
    assert any_desk.store.rules.in_force() == {
        RuleKey("production"): PromotionRule(approvals=1),
        RuleKey("production", "app/docs"): PromotionRule.model_validate({"from": "staging", "require": ["docs"]}),
    }
    [row] = any_desk.store.aliases.history()
    assert (row.action, row.alias, row.actor) == ("rule", "production", ADA)
    assert row.reason.startswith("llmops.toml: production app/docs from: not set → ")
    assert any_desk.store.aliases.verify() == row.hash


def test_the_same_rules_again_write_nothing(desk: Desk) -> None:
    applied(desk, FIRST)
    assert applied(desk, FIRST) == ""
    assert len(desk.store.aliases.history()) == 1


def test_a_change_waits_for_the_approvals_that_the_old_rules_ask_for(any_desk: Desk) -> None:
    applied(any_desk, FIRST)
    lower = FIRST.replace("approvals = 1", "approvals = 0")
    assert applied(any_desk, lower).splitlines() == [
        "These rules of promotion wait for 1 approval by someone other than ada@example.com: llmops approve --rules",
        "  production approvals: 1 → 0",
    ]
    assert applied(any_desk, lower).startswith("These rules of promotion still wait for 1 approval")
    assert any_desk.store.rules.in_force()[RuleKey("production")].approvals == 1
    waiting = any_desk.store.rules.pending()
    assert waiting is not None
    any_desk.store.rules.approve_pending(waiting.digest, actor=BOB, reason="", now=NOW)
    assert any_desk.store.rules.in_force()[RuleKey("production")].approvals == 0
    assert applied(any_desk, FIRST).startswith("Rules of promotion now in force:\n  production approvals: 0 → 1")


def test_nobody_lowers_a_rule_in_the_same_breath_by_leaving_it_out(desk: Desk) -> None:
    applied(desk, FIRST)
    assert applied(desk, "[aliases]\n").startswith("These rules of promotion wait for 1 approval")
    assert len(desk.store.rules.in_force()) == 2


def test_a_change_that_is_taken_back_no_longer_waits(desk: Desk) -> None:
    applied(desk, FIRST)
    applied(desk, "[aliases]\n")
    assert applied(desk, FIRST) == "The rules of promotion that waited for approval are withdrawn."
    assert desk.store.rules.pending() is None


def test_a_file_that_says_nothing_about_aliases_changes_nothing(desk: Desk) -> None:
    applied(desk, FIRST)
    assert applied(desk, "") == ""
    assert len(desk.store.rules.in_force()) == 2
    settings = load_settings(desk.root, {})
    assert written_rules(settings) is None
    assert not differ_from_store(desk.store, settings)


def test_a_difference_from_the_store_is_seen(desk: Desk) -> None:
    desk.write("llmops.toml", FIRST)
    assert differ_from_store(desk.store, load_settings(desk.root, {}))
    applied(desk, FIRST)
    assert not differ_from_store(desk.store, load_settings(desk.root, {}))


def test_two_who_register_the_same_rules_at_once_do_not_quarrel(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    applied(desk, FIRST)
    monkeypatch.setattr(desk.store.rules, "sequence", lambda: 0)
    assert applied(desk, FIRST) == ""
    with pytest.raises(Conflict, match="the rules of promotion were changed by somebody else meanwhile"):
        applied(desk, "[aliases.staging]\nmax_age = '1d'\n")
