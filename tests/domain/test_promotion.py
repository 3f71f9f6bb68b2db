"""Rules of promotion: merged key by key, the most specific first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from llmops.core.hashing import Json
from llmops.domain.promotion import PromotionRule, RuleKey, digest_rules, merge_rules, read_rules, write_rules

WRITTEN = st.fixed_dictionaries(
    {},
    optional={
        "from": st.sampled_from(["staging", "development"]),
        "require": st.lists(st.sampled_from(["docs", "safety"]), max_size=2),
        "max_age": st.sampled_from(["14d", "1h"]),
        "approvals": st.integers(0, 3),
    },
)
KEYS = st.builds(
    RuleKey, st.sampled_from(["production", "staging"]), st.sampled_from(["", "app/*", "app/docs", "app/docs/*"])
)


def rule(**written: Json) -> PromotionRule:
    return PromotionRule.model_validate({key.replace("source", "from"): value for key, value in written.items()})


def test_the_most_specific_pattern_wins_key_by_key() -> None:
    rules = {
        RuleKey("production"): rule(source="staging", approvals=1, max_age="14d"),
        RuleKey("production", "app/*"): rule(require=["safety"], approvals=2),
        RuleKey("production", "app/support/*"): rule(max_age="7d"),
        RuleKey("production", "app/docs"): rule(require=["docs"], approvals=0),
        RuleKey("staging"): rule(approvals=9),
    }
    assert merge_rules(rules, "production", "app", "docs") == rule(source="staging", require=["docs"], max_age="14d")
    assert merge_rules(rules, "production", "app", "support/chat") == rule(
        source="staging", require=["safety"], max_age="7d", approvals=2
    )
    assert merge_rules(rules, "production", "prompt", "docs") == rule(source="staging", max_age="14d", approvals=1)
    assert merge_rules(rules, "development", "app", "docs") == PromotionRule()


def test_a_key_set_to_nothing_is_not_inherited() -> None:
    rules = {RuleKey("production"): rule(require=["docs"]), RuleKey("production", "app/docs"): rule(require=[])}
    assert merge_rules(rules, "production", "app", "docs").require == ()


@pytest.mark.parametrize(
    ("pattern", "full"),
    [("app/*", "prompt/docs"), ("app/docs", "app/docs2"), ("app/docs", "app/docs/new"), ("app/docs/*", "app/docs")],
)
def test_patterns_that_do_not_match(pattern: str, full: str) -> None:
    kind, _, name = full.partition("/")
    assert not RuleKey("production", pattern).matches("prompt" if kind == "prompt" else "app", name)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, WRITTEN))
def test_rules_come_back_from_their_json_and_merge_the_same(tables: dict[RuleKey, Json]) -> None:
    rules = {key: PromotionRule.model_validate(table) for key, table in tables.items()}
    again = read_rules(write_rules(rules))
    assert digest_rules(again) == digest_rules(rules)
    for name in ("docs", "docs/new", "other"):
        assert merge_rules(again, "production", "app", name) == merge_rules(rules, "production", "app", name)


def test_rules_that_say_the_same_have_one_digest() -> None:
    one = {RuleKey("production"): rule(approvals=1, source="staging"), RuleKey("staging"): rule()}
    two = {RuleKey("production"): PromotionRule(source="staging", approvals=1)}
    assert digest_rules(one) == digest_rules(two)
    assert digest_rules(one) != digest_rules({RuleKey("production"): rule(approvals=1)})
    assert write_rules(two) == {"production": {"": {"from": "staging", "approvals": 1}}}


def test_what_is_no_rule() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        rule(approvals=-1)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        rule(metric=[])
