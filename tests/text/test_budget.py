"""Budgets: what counts and when it is spent."""

import pytest

from llmops.core.hashing import Json
from llmops.text.budget import (
    MAX_MADE,
    MAX_STEPS,
    MAX_TEXT,
    Budget,
    LimitExceeded,
    allow_items,
    allow_text,
    as_text,
    spend,
    weigh,
)


def test_steps_run_out() -> None:
    with Budget():
        spend(MAX_STEPS)
        with pytest.raises(LimitExceeded, match=r"takes more than 200,000 steps"):
            spend()


def test_a_text_too_long_and_texts_too_many() -> None:
    with Budget(), pytest.raises(LimitExceeded, match=r"a text of 4,000,001 characters"):
        allow_text(MAX_TEXT + 1)
    with Budget():
        for _ in range(MAX_MADE // MAX_TEXT):
            allow_text(MAX_TEXT)
        with pytest.raises(LimitExceeded, match=r"more than 20,000,000 characters on the way"):
            allow_text(1)


def test_a_negative_size_gives_nothing_back() -> None:
    with Budget() as budget:
        allow_items(-1000)
        assert budget.steps < MAX_STEPS


def test_shared_parts_weigh_as_often_as_they_appear() -> None:
    part = ["ab", {"k": None}]
    assert weigh([part, part]) == (9, 6)


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (None, ""), (True, "True"), (1.5, "1.5"), ([1, "a"], "[1, 'a']")]
)
def test_texts(value: Json, text: str) -> None:
    assert as_text(value) == text


def test_what_has_no_text() -> None:
    with pytest.raises(TypeError, match=r"a range is no text"):
        as_text(range(3))
