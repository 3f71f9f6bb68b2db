"""Paths: higher is more, by factors, and the picture says in words what it shows."""

from xml.etree import ElementTree

from llmops.presentation.paths import BLOCKS, Path, draw_paths, spark


def test_a_spark_goes_from_one_over_the_goal_to_the_goal() -> None:
    assert spark([1 / 20, 1, 20], 20) == BLOCKS[0] + BLOCKS[4] + BLOCKS[-1]
    assert spark([1e-30, 1e30], 20) == BLOCKS[0] + BLOCKS[-1]
    assert spark([0.0], 20) == BLOCKS[0]
    assert spark([], 20) == ""


def test_a_long_spark_keeps_its_end() -> None:
    drawn = spark([1.0] * 100 + [20.0], 20)
    assert len(drawn) <= 33
    assert drawn[-1] == BLOCKS[-1]


def test_a_picture_has_its_lines_and_says_where_they_end() -> None:
    paths = [Path("for it", [1, 2, 3], [2.0, 5.0, 25.0], "for"), Path("against it", [1, 2, 3], [0.5, 0.0, 1e-9])]
    drawn = ElementTree.XML(draw_paths(paths, [20, 60], title="The capital"))  # our own output
    lines = [line.get("points") or "" for line in drawn.iter("polyline")]
    assert [len(points.split()) for points in lines] == [4, 4]
    heights = [float(point.split(",")[1]) for point in lines[0].split()]
    assert heights == sorted(heights, reverse=True)
    assert all(0 <= float(point.split(",")[1]) <= 150 for line in lines for point in line.split())
    assert [text.text for text in drawn.iter("text")] == ["1", "20", "60", "0", "3"]
    assert drawn.findtext("desc") == "for it ends at 25; against it ends at 1e-09"


def test_nothing_yet_is_drawn_as_an_empty_picture() -> None:
    drawn = ElementTree.XML(draw_paths([Path("for it", [], [])], [20], title="The capital"))  # our own output
    assert [(line.get("points") or "").count(",") for line in drawn.iter("polyline")] == [1]
