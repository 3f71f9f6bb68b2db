"""Plain prose is told at a glance, and what looks like more than that is left to those who read closely."""

import pytest
from hypothesis import given

from llmops.guard.normalise.prose import plain_prose
from llmops.guard.normalise.reading import Reading
from tests.support.detectors import PROSE


@pytest.mark.parametrize(
    ("text", "edge"),
    [
        ("The quick brown Fox (jumps) over 12 lazy dogs, does", 47),
        ("It is a ", 6),
        ("wait for 12 ", 9),
        ("call 12 3 ext", 5),
        ("one\ntwo", 4),
        ("", 0),
    ],
)
def test_prose_is_told_with_the_beginning_of_what_reaches_its_end(text: str, edge: int) -> None:
    prose = plain_prose(text)
    assert prose is not None
    assert (prose.edge, prose.text, prose.small) == (edge, text, text.lower().replace("\n", " ").encode())


@pytest.mark.parametrize(
    "text",
    [
        "a naïve word", "write to a@b.com", "2024 was", "12 3-4", "b o m b", "was i a", "two  blanks", "a **mark**", "100%",
        "a-very-long-token", "abcdefghijklmnop", "is de89", "tab\t\tbed", "no\x00thing",
    ],
)  # fmt: skip
def test_what_may_be_more_than_prose_is_none(text: str) -> None:
    assert plain_prose(text) is None


@given(PROSE)
def test_prose_hides_nothing(text: str) -> None:
    prose = plain_prose(text)
    if prose is None:
        return
    reading = Reading(text)
    assert reading.small.data == prose.small
    assert (reading.layers, reading.joined, reading.mended, reading.closing) == ((reading,), (), (), ())
    assert prose.edge <= min(reading.tail, reading.spaced_tail)
