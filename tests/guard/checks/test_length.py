import pytest

from llmops.core.errors import InputError
from llmops.guard.checks.length import Length, measure
from llmops.guard.normalise.reading import Reading
from llmops.guard.protocol import Subject


def notes(text: str, check: Length) -> list[tuple[str, str]]:
    return [(f.type, f.note) for f in check.inspect(Subject(Reading(text), "input"))]


def test_texts_that_are_too_long_or_too_short_are_found() -> None:
    assert notes("hello", Length(max=4)) == [("TOO_LONG", "5 characters, at most 4")]
    assert notes("hello you", Length(min=3, unit="words")) == [("TOO_SHORT", "2 words, at least 3")]
    assert notes("hello", Length(max=5, min=5)) == []


def test_tokens_are_estimated_without_a_tokenizer() -> None:
    prose = "The quick brown fox jumps over the lazy dog. " * 10
    assert 90 <= measure(prose, "tokens") <= 120  # 101 by cl100k_base


def test_a_check_without_a_limit_is_refused() -> None:
    with pytest.raises(InputError, match=r"there is no limit\nWrite length"):
        Length()
