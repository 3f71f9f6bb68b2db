"""Phrases of refusal, and sentences in the negative."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.text import refusals
from llmops.text.refusals import find_refusal, speaks_of_itself_in_the_negative
from tests.support.refusals import ANSWERS, REFUSALS


@pytest.mark.parametrize(
    ("text", "negative"),
    [("I do not do this.", True), ("It's not here.", False), ("I do this.", False), ("We don’t do this.", True)],
)
def test_what_speaks_of_itself_in_the_negative(text: str, negative: bool) -> None:
    assert speaks_of_itself_in_the_negative(text) == negative


@pytest.mark.parametrize("text", ANSWERS)
def test_no_answer_has_a_phrase_of_refusal(text: str) -> None:
    assert find_refusal(text) == ""


def test_phrases_alone_find_most_refusals() -> None:
    assert sum(bool(find_refusal(text)) for text in REFUSALS) == 53


@settings(max_examples=50, deadline=None)
@given(st.from_regex(refusals._PHRASES))
def test_the_words_that_are_looked_for_first_miss_no_phrase(text: str) -> None:
    plain = " ".join(text.lower().split())
    assert bool(find_refusal(text)) == bool(refusals._PHRASES.search(plain))
