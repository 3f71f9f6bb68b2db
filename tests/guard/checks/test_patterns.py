import pytest

from llmops.guard.checks.patterns import Openings, Shape, compiled, find_shapes
from llmops.guard.normalise.reading import Reading
from llmops.guard.normalise.views import View

LETTERS = Shape("LETTERS", r"a[a-z]{1,3}", marks=(b"a",))


def test_a_candidate_that_is_refused_consumes_nothing() -> None:
    def ends_with_z(view: View, start: int, end: int) -> tuple[int, int] | None:
        return (start, end) if view.text(start, end).endswith("z") else None

    shape = Shape("Z", r"a[a-z]{2}", judge=ends_with_z)
    assert list(shape.find(View(b"aabz"))) == [(1, 4)]


def test_nothing_is_searched_for_without_its_mark() -> None:
    assert not list(Shape("A", r"a+", marks=(b"@",)).find(View(b"aaa")))


def test_findings_are_told_in_characters_of_the_text() -> None:
    (finding,) = find_shapes([LETTERS], Reading("日本 aｂc"))
    assert (finding.start, finding.end) == (3, 6)


def test_the_tail_is_the_last_word() -> None:
    assert Openings.of([LETTERS]).tail(Reading("日本 one two")) == 7
    assert Openings.of([LETTERS]).tail(Reading("one two ")) == 8
    assert Openings.of([]).tail(Reading("one")) == 0
    assert Openings.of([], r"on[e ]+\z", reach=16).tail(Reading("two one ")) == 4


def test_a_pattern_that_is_none_is_refused() -> None:
    import re2

    with pytest.raises(re2.error, match="missing"):
        compiled("(a")
