import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.guard.normalise import facts
from llmops.guard.normalise.facts import DONE, facts_of

PIECES = ("a", "Z", " ", "\n", "\x0b", "\x1d", "1", "@", "-", "_", "+/", "*", "!", "|", "é", "日", "\0", "x" * 5, "ab")


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_all_questions_are_answered_in_one_pass(text: str) -> None:
    data = text.encode()
    told = {which for which, pattern in facts._PATTERNS.items() if re.search(pattern.encode(), data, re.DOTALL)}
    assert set(facts_of(data)) == told


def test_what_could_not_be_told_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    class OutOfMemory:
        def Match(self, text: bytes) -> None:  # noqa: N802
            return None

    monkeypatch.setattr(facts, "_questions", OutOfMemory)
    assert set(facts_of(b"hello")) == set(range(DONE))
