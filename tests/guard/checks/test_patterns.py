import pytest

from llmops.guard.checks.patterns import Shape, compiled, find_shapes, shapes_tail
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
    assert shapes_tail([LETTERS], Reading("日本 one two")) == 7
    assert shapes_tail([LETTERS], Reading("one two ")) == 8
    assert shapes_tail([], Reading("one")) == 3


def test_a_pattern_that_is_none_is_refused() -> None:
    import re2

    with pytest.raises(re2.error, match="missing"):
        compiled("(a")
