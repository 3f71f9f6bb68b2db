import pytest

from llmops.guard.checks.invisible import Invisible
from llmops.guard.normalise.reading import Reading


def found(text: str, check: Invisible | None = None) -> list[tuple[str, str]]:
    return [(f.type, text[f.start : f.end]) for f in (check or Invisible()).find(Reading(text))]


def test_what_nobody_sees_is_found() -> None:
    assert found("pay\u200bpal") == [("INVISIBLE", "\u200b")]
    assert found("hi" + chr(0xE0041)) == [("INVISIBLE", chr(0xE0041))]
    assert found("so\u00adft") == [("INVISIBLE", "\u00ad")]


def test_turned_reading_order_is_found() -> None:
    assert found("a\u202eb") == [("BIDI_CONTROL", "\u202e")]


def test_words_of_mixed_scripts_are_found() -> None:
    assert found("visit pаypal now") == [("CONFUSABLE", "pаypal")]


@pytest.mark.parametrize(
    "text", ["plain", "naïve café", "Привет мир", "日本語です", "👩\u200d🚀 ❤\ufe0f", "می\u200cخواهم", "Ω-3", "µm"]
)
def test_ordinary_writing_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_only_the_kinds_that_are_asked_for_are_found() -> None:
    assert found("pа\u200b\u202e", Invisible(kinds=("bidi",))) == [("BIDI_CONTROL", "\u202e")]
