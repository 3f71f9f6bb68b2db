"""Many things on several axes."""

import re

from llmops.presentation.axes import Axis
from llmops.presentation.spread import Item, parallel, scatter

AXES = [Axis("lr", 0.0, 1.0), Axis("optimizer", words=("adam", "sgd")), Axis("auc", 0.5, 1.0)]


def test_each_item_is_a_line_over_all_axes_and_its_shade_follows_the_last() -> None:
    items = [Item("small: auc 0.5", [0.0, "adam", 0.5]), Item("large: auc 1", [1.0, "sgd", 1.0])]
    drawn = parallel(AXES, items, title="t")
    assert drawn.count("<polyline") == 2
    assert 'class="ray r0"' in drawn
    assert 'class="ray r4"' in drawn
    assert "<title>large: auc 1</title>" in drawn
    assert 'aria-label="t. 2 lines over lr, optimizer, auc"' in drawn
    assert all(word in drawn for word in (">adam<", ">sgd<", ">optimizer<"))


def test_an_absent_value_ends_the_line() -> None:
    drawn = parallel(AXES, [Item("failed", [0.5, "adam", None])], title="t")
    (points,) = re.findall(r'points="([^"]*)"', drawn)
    assert len(points.split()) == 2
    assert 'class="ray none"' in drawn
    assert "<polyline" not in parallel(AXES, [Item("nothing", [None, "adam", None])], title="t")


def test_points_stand_where_their_values_are() -> None:
    items = [Item("a", (0.0, 0.5)), Item("b", (1.0, 1.0)), Item("c", (None, 1.0))]
    drawn = scatter(AXES[0], AXES[2], items, title="auc by lr")
    dots = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn)]
    assert len(dots) == 2
    assert dots[0][0] < dots[1][0]
    assert dots[0][1] > dots[1][1]
    assert "2 points, lr across, auc up" in drawn


def test_hostile_names_stay_text() -> None:
    item = Item("<script>", [0.1, "adam", 0.6])
    assert "<script" not in parallel([Axis("<script>"), *AXES[1:]], [item], title="<script>")
