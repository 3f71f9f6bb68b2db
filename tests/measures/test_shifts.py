"""A table then and now: the columns that changed first, with all columns in mind, and how."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from llmops.measures.shifts import Column

from llmops.measures.shifts import compare_columns

RNG = np.random.default_rng(12)


def test_columns_that_changed_come_first_and_say_how() -> None:
    languages = RNG.choice(["de", "en"], size=900, p=[0.5, 0.5]).tolist()
    then: dict[str, Column] = {
        "length": RNG.normal(100, 10, 900),
        "lang": languages,
        "cost": RNG.lognormal(size=900),
        "gone": [1.0],
    }
    now: dict[str, Column] = {
        "cost": RNG.lognormal(size=700),
        "length": RNG.normal(105, 10, 700),
        "lang": ["de"] * 500 + ["en"] * 200,
    }
    found = {shift.column: shift for shift in compare_columns(then, now)}
    assert list(found) == ["length", "lang", "cost"] or list(found) == ["lang", "length", "cost"]
    assert found["length"].tested.test == "chi-square"
    assert found["length"].adjusted_p < 0.01 < found["cost"].adjusted_p
    assert found["length"].moved is not None
    assert found["length"].moved.value == pytest.approx(5, abs=1.5)
    assert found["length"].means == pytest.approx((100, 105), abs=1)
    assert (found["lang"].moved, found["lang"].means, found["lang"].counts.labels) == (None, None, ("de", "en"))
    assert found["lang"].stability.low > 0.05
    assert found["cost"].stability.low == 0.0
    assert found["lang"].divergence > found["cost"].divergence


def test_missing_numbers_are_left_out_and_an_empty_column_is_refused() -> None:
    values = [1.0, 2.0, 3.0] * 10
    found = compare_columns({"a": [*values, float("nan")]}, {"a": values})
    assert (found[0].counts.labels, found[0].counts.reference) == (("1", "2", "3"), (10, 10, 10))
    assert found[0].tested.p == 1.0
    with pytest.raises(ValueError, match="at least one value in each window"):
        compare_columns({"a": [float("nan")]}, {"a": values})


def test_of_tables_without_a_change_one_in_twenty_has_an_alarm() -> None:
    alarms = 0
    for _ in range(30):
        tables = [{str(column): RNG.normal(size=120) for column in range(8)} for _ in range(2)]
        alarms += any(shift.adjusted_p <= 0.05 for shift in compare_columns(*tables))
    assert alarms / 30 <= 0.05 + 3 * (0.05 * 0.95 / 30) ** 0.5
