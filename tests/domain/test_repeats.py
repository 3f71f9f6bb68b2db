"""Nouns about repeats."""

import pytest

from llmops.domain.repeats import Variance


def test_shares_add_up_and_name_what_is_largest() -> None:
    found = Variance(case=0.02, generation=0.12, judge=0.08, repeats=3.0, draws=2.0)
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert found.shares["answers"] == pytest.approx(0.04 / (0.02 + 0.04 + 0.08 / 6))
    assert found.dominant == "answers"


def test_what_was_not_repeated_has_no_share() -> None:
    assert set(Variance(case=0.1, generation=None, judge=None, repeats=1, draws=1).shares) == {"cases"}


def test_where_nothing_varies_nothing_dominates() -> None:
    assert Variance(case=0.0, generation=0.0, judge=None, repeats=2, draws=1).dominant is None
