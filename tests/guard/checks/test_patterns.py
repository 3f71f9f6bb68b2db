from llmops.guard.checks.patterns import Shape, ShapeSet, last_word
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
    assert list(Shape("A", r"a+@", marks=(b"@",)).find(View(b"b" * 99 + b"aa@" + b"b" * 99 + b"a@"))) == [
        (99, 102), (201, 203),
    ]  # fmt: skip


def test_findings_are_told_in_characters_of_the_text() -> None:
    (finding,) = ShapeSet([LETTERS]).find(Reading("日本 aｂc"))
    assert (finding.start, finding.end) == (3, 6)


def test_the_tail_is_the_last_word() -> None:
    shapes = ShapeSet([LETTERS])
    assert shapes.tail(Reading("日本 one two")) == 7
    assert shapes.tail(Reading("one two ")) == 8
    assert ShapeSet([]).tail(Reading("one")) == 0
    assert last_word(b"one two") == 4


def test_shapes_without_marks_are_searched_for_where_the_text_has_what_they_need() -> None:
    shapes = ShapeSet([Shape("N", "[0-9]+", digits=True), Shape("T", "[a-z]{20}", is_token=True)])
    assert [f.type for f in shapes.find(Reading("1 2 3"))] == []
    assert [f.type for f in shapes.find(Reading("1234"))] == ["N"]
    assert [f.type for f in shapes.find(Reading("a" * 20))] == ["T"]
