"""Where values stand on an axis."""

import math

from hypothesis import given
from hypothesis import strategies as st

from llmops.presentation.axes import Axis, Value, figure

VALUES = st.lists(st.none() | st.floats() | st.text(max_size=5), max_size=20)


def axis(*values: Value) -> Axis:
    found = Axis.of("lr", values)
    assert found is not None
    return found


def test_numbers_stand_straight_or_by_powers_of_ten() -> None:
    assert [axis(0.0, 10.0).place(value) for value in (0.0, 5.0, 10.0, 99.0)] == [0.0, 0.5, 1.0, 1.0]
    wide = axis(0.001, 0.1)
    assert math.isclose(wide.place(0.01) or 0, 0.5)
    assert [text for _, text in wide.ticks()] == ["0.001", "0.01", "0.1"]
    assert (wide.place(0.0), wide.place("x"), wide.place(math.nan), wide.place(None)) == (None,) * 4


def test_words_stand_side_by_side() -> None:
    assert [axis("sgd", "adam").place(word) for word in ("adam", "sgd", "other")] == [0.25, 0.75, None]
    assert axis("auto", 3.0).ticks() == [(0.25, "3"), (0.75, "auto")]
    assert Axis.of("name", [str(number) for number in range(13)]) is None


def test_nothing_has_no_axis_and_one_value_one_tick() -> None:
    assert Axis.of("loss", [None, math.nan]) is None
    assert axis(2.0, 2.0).ticks() == [(0.5, "2")]
    assert axis(2.0).place(2.0) == 0.5
    assert (figure(None), figure(-1234567.0)) == ("–", "−1.235e+06")


@given(VALUES)
def test_every_value_of_an_axis_stands_within_it(values: list[Value]) -> None:
    found = Axis.of("any", values)
    if found is not None:
        assert all(0 <= place <= 1 for value in values if (place := found.place(value)) is not None)
        assert all(0 <= place <= 1 for place, _ in found.ticks())
