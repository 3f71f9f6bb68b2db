"""What charts are drawn of."""

from xml.etree import ElementTree

from llmops.presentation.shapes import box, circle, line, picture, words

SHAPES = [
    line(0, 1, 2.04, 3, "axis"),
    box(1, 2, 3, 4, "bar", "3 to 4: 7"),
    circle(5, 6),
    circle(5, 6, "a & b", kind="point", radius="2"),
    words(7, 8, "two\nlines <b>", anchor="end"),
]


def test_a_picture_tells_what_it_shows_and_escapes_what_it_is_given() -> None:
    drawn = picture(40, 20, "Costs <all>", "five shapes", SHAPES)
    root = ElementTree.fromstring(drawn)  # noqa: S314  # our own
    assert root.attrib["viewBox"] == "0 0 40 20"
    assert (root.attrib["role"], root.attrib["aria-label"]) == ("img", "Costs <all>. five shapes")
    assert [child.tag for child in root] == ["title", "desc", "line", "rect", "circle", "circle", "text"]
    assert root[2].attrib == {"class": "axis", "x1": "0.0", "y1": "1.0", "x2": "2.0", "y2": "3.0"}
    assert [shape.findtext("title") for shape in root[3:6]] == ["3 to 4: 7", None, "a & b"]
    assert (root[6].text, root[6].attrib["text-anchor"]) == ("two lines <b>", "end")
    assert "class" not in root[6].attrib


def test_screen_readers_may_be_told_less() -> None:
    assert 'aria-label="Costs, 5 shapes"' in picture(40, 20, "Costs", "…", SHAPES, label="Costs, 5 shapes")
