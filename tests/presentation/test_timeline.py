"""Means in the order of time."""

import re

from llmops.presentation.timeline import Moment, timeline


def moments(*means: float, group: str = "app/docs@1") -> list[Moment]:
    return [Moment(mean, mean - 0.1, mean + 0.1, f"{mean}", group) for mean in means]


def test_each_moment_has_a_dot_a_whisker_and_a_title() -> None:
    drawn = timeline([*moments(0.2, 0.4), Moment(0.5, None, None, "no interval", "app/docs@2")], (0.0, 1.0), title="t")
    assert drawn.count("<circle") == 3
    assert drawn.count('class="whisker"') == 2
    assert "<title>no interval</title>" in drawn
    assert 'aria-label="t, 3 runs"' in drawn


def test_later_is_to_the_right_and_higher_is_above() -> None:
    drawn = timeline(moments(0.2, 0.9), (0.0, 1.0), title="t")
    dots = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn)]
    assert dots[0][0] < dots[1][0]
    assert dots[0][1] > dots[1][1]


def test_versions_are_named_where_they_begin() -> None:
    drawn = timeline([*moments(0.1, 0.2), *moments(0.3, group="app/docs@2")], (0.0, 1.0), title="t")
    assert drawn.count(">app/docs@1<") == 1
    assert drawn.count(">app/docs@2<") == 1


def test_one_moment_and_a_range_without_width_are_drawn() -> None:
    assert "<circle" in timeline(moments(0.5), (0.5, 0.5), title="t")
    assert "<circle" not in timeline([], (0.0, 1.0), title="t")


def test_hostile_names_stay_text() -> None:
    drawn = timeline(moments(0.5, group="<script>"), (0.0, 1.0), title="<script>")
    assert "<script" not in drawn


def test_marks_are_drawn_before_their_moment() -> None:
    drawn = timeline(moments(0.1, 0.2, 0.9), (0.0, 1.0), title="t", marks={2: "changed"}, noun="means")
    dots = [float(x) for x in re.findall(r'cx="([\d.]+)"', drawn)]
    (line,) = re.findall(r'class="mark" x1="([\d.]+)"', drawn)
    assert dots[1] < float(line) < dots[2]
    assert 'aria-label="t, 3 means"' in drawn
