"""Curves as pictures and as characters."""

import math

from llmops.presentation.axes import Axis
from llmops.presentation.curves import Curve, curves, sparkline


def test_a_curve_ends_where_a_value_is_no_number_and_goes_on_after_it() -> None:
    drawn = curves([Curve("small", [0, 1, 2, 3, 4], [1.0, 0.5, None, 0.25, 0.2])], title="loss")
    assert drawn.count("<polyline") == 2
    assert "small: 0.2 at step 4" in drawn
    assert 'aria-label="loss, 1 curves"' in drawn
    assert ">small<" in drawn


def test_a_single_point_is_a_dot_and_no_number_is_said() -> None:
    assert curves([Curve("one", [3], [0.5])], title="loss").count("<circle") == 1
    assert "No values that are numbers." in curves([Curve("none", [0], [None])], title="loss")
    assert "No values that are numbers." in curves([], title="loss")


def test_many_curves_are_named_by_pointing_at_them_only() -> None:
    drawn = curves([Curve(f"run {n}", [0, 1], [0.0, float(n)]) for n in range(7)], title="loss")
    assert drawn.count('class="curve many"') == 7
    assert "<title>run 6: 6 at step 1</title>" in drawn
    assert ">run 6<" not in drawn


def test_hostile_names_stay_text() -> None:
    assert "<script" not in curves([Curve("<script>", [0, 1], [0.0, 1.0])], title="<script>")


def test_a_line_of_characters_is_at_most_as_wide_as_wanted() -> None:
    axis = Axis("loss", 0.0, 7.0)
    assert sparkline([0.0, 3.0, None, 7.0, math.nan], axis) == "▁▄·█·"
    long = sparkline([float(n) for n in range(1000)], Axis("loss", 0.0, 999.0), width=10)
    assert (len(long), long[0], long[-1]) == (10, "▁", "█")
