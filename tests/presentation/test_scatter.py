"""Points on a plane."""

import re

from llmops.presentation.scatter import Point, scatter


def test_points_stand_where_they_belong_and_new_ones_look_different() -> None:
    drawn = scatter([Point(0, 0, "old", False), Point(2, 1, "<new>", True)], title="t", told="two")
    places = re.findall(r'class="(\w+)" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert places == [("whisker", "14.0", "446.0"), ("dot", "446.0", "14.0")]
    assert "&lt;new&gt;" in drawn


def test_one_point_and_none_are_drawn() -> None:
    assert scatter([Point(3, 3, "one", True)], title="t", told="").count("<circle") == 1
    assert "<circle" not in scatter([], title="t", told="")
