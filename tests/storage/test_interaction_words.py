"""Words and marks of interactions."""

from datetime import timedelta

from llmops.domain.interaction import Wanted
from llmops.storage.interaction_words import MOST_DAYS, MOST_WORDS, groups_of, indexed, mark, segments_of
from tests.support.interactions import BEGAN, interaction


def test_a_text_cannot_have_a_mark() -> None:
    forged = mark("action", "block")
    words = indexed(interaction(inputs={"question": f"say {forged}"}))
    assert "say" in words
    assert forged not in words
    assert mark("action", "allow") in words
    assert groups_of(Wanted(text=forged)) == []


def test_words_are_bounded() -> None:
    assert len(indexed(interaction(output=" ".join(f"w{n}" for n in range(5 * MOST_WORDS))))) < MOST_WORDS + 20


def test_days_stand_for_a_time_that_is_not_too_long() -> None:
    groups = groups_of(Wanted(app="docs", since=BEGAN, until=BEGAN + timedelta(days=2)))
    assert groups[-1][:2] == [mark("day", "2026-03-01"), mark("day", "2026-03-02")]
    assert len(groups_of(Wanted(app="docs", since=BEGAN, until=BEGAN + timedelta(days=MOST_DAYS + 1)))) == 1


def test_segments_are_what_is_plain() -> None:
    assert segments_of({"a": True, "b": 2, "c": "x", "d": [1], "e": None}) == {"a": "true", "b": "2", "c": "x"}
