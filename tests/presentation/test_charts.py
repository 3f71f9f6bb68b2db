"""Charts as SVG that can be read, by eye and by screen reader."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.presentation.charts import Dot, Mark, bars, forest, histogram, interval
from llmops.presentation.html import Html

finite = st.floats(-1e6, 1e6, allow_nan=False)


def parsed(chart: Html) -> ElementTree.Element:
    return ElementTree.fromstring(chart)  # noqa: S314  # our own markup


def texts(chart: Html, tag: str = "text") -> list[str]:
    return [node.text or "" for node in parsed(chart).iter(tag)]


def test_a_histogram_counts_every_value_in_its_bin() -> None:
    chart = histogram([0.0, 0.01, 0.5, 1.0, 1.0, 1.0], (0.0, 1.0), title="contains", marks=[Mark("mean", 0.75)])
    assert texts(chart, "title") == ["contains", "0.000 to 0.050: 2", "0.500 to 0.550: 1", "0.950 to 1.000: 3"]
    assert texts(chart) == ["mean", "highest bar: 3", "0", "0.5", "1"]


def test_values_beyond_the_range_stand_in_its_last_bins() -> None:
    chart = histogram([-5.0, 99.0], (0.0, 1.0), title="t")
    assert [text.split(": ")[1] for text in texts(chart, "title")[1:]] == ["1", "1"]


def test_an_interval_is_told_in_words_too() -> None:
    chart = interval(Dot("contains", 0.5, 0.4, 0.6), (0.0, 1.0))
    assert parsed(chart).get("aria-label") == "contains: 0.500, 95 % interval 0.400 to 0.600. on a range of 0 to 1"
    assert parsed(chart).get("role") == "img"


def test_a_forest_has_zero_in_the_middle() -> None:
    chart = forest([Dot("a", 0.1, -0.1, 0.2, "▲ better"), Dot("b", -0.05)], title="differences")
    assert texts(chart)[-3:] == ["−0.216", "0", "0.216"]
    assert "▲ better" in texts(chart)


def test_bars_have_whiskers_and_a_reference() -> None:
    chart = bars(
        [Dot("index", 0.8, 0.7, 0.9, "0.800 · n = 20"), Dot("x" * 40, 0.2)], (0.0, 1.0), title="t", reference=0.5
    )
    assert chart.count('class="whisker"') == 3
    assert "x" * 17 + "…" in texts(chart)
    assert "all" in texts(chart)


def test_labels_are_text_whatever_they_say() -> None:
    chart = bars([Dot("</text><script>alert(1)</script>", 0.5)], (0.0, 1.0), title='"><script>')
    assert {node.tag for node in parsed(chart).iter()} == {"svg", "title", "desc", "text", "rect", "line"}


def test_no_chart_carries_styles_or_scripts() -> None:
    chart = histogram([0.5], (0.0, 1.0), title="t")
    assert " style=" not in chart
    assert "<script" not in chart


@settings(max_examples=60, deadline=None)
@given(st.lists(finite, max_size=20), st.tuples(finite, finite), finite)
def test_any_numbers_give_a_drawing_within_its_frame(
    values: list[float], span: tuple[float, float], mean: float
) -> None:
    low, high = sorted(span)
    charts = [
        histogram(values, (low, high), title="t", marks=[Mark("m", mean)]),
        interval(Dot("d", mean, low, high), (low, high)),
        forest([Dot("d", mean, low, high)], title="t"),
        bars([Dot("d", mean, low, high)], (low, high), title="t"),
    ]
    for chart in charts:
        root = parsed(chart)
        width = float(root.get("width", ""))
        for found in re.findall(r' (?:x|x1|x2|cx)="(-?[\d.]+)"', chart):
            assert -1 <= float(found) <= width + 1


@pytest.mark.parametrize("values", [[], [0.5]])
def test_few_values_are_no_problem(values: list[float]) -> None:
    assert parsed(histogram(values, (0.0, 0.0), title="t")) is not None
    assert parsed(forest([], title="t")) is not None
