"""Numbers as people read them."""

import pytest

from llmops.presentation.figures import count, dollars, listed, number, percent, seconds, size


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.9, "", "0.900"),
        (None, "", "–"),
        (-0.25, "", "-0.250"),
        (12345.6, "", "12,346"),
        (0.0021, "$", "$0.0021"),
        (1.5, "s", "1.5 s"),
        (0.025, "%", "2.5 %"),
        (3.14159, "chars", "3.14 chars"),
    ],
)
def test_a_score_is_written_in_its_unit(value: float | None, unit: str, written: str) -> None:
    assert number(value, unit) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "$0.00"),
        (1234.5, "$1,234.50"),
        (0.1, "$0.10"),
        (0.0125, "$0.0125"),
        (0.00021, "$0.00021"),
        (2.1e-5, "$0.000021"),
    ],
)
def test_small_amounts_keep_two_digits(value: float, written: str) -> None:
    assert dollars(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0 s"),
        (0.00005, "50 µs"),
        (0.0124, "12.4 ms"),
        (1.237, "1.24 s"),
        (200, "3 min 20 s"),
        (1e-12, "1.00e-06 µs"),
    ],
)
def test_a_duration_has_the_unit_that_fits(value: float, written: str) -> None:
    assert seconds(value) == written


def test_shares_and_counts() -> None:
    assert percent(0.925) == "92.5 %"
    assert percent(None) == "–"
    assert count(1, "case") == "1 case"
    assert count(1200, "case") == "1,200 cases"
    assert count(2, "entry", "entries") == "2 entries"


def test_names_are_listed_as_one_says_them() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("bytes_", "written"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (3 * 10**9, "3.0 GB")],
)
def test_bytes_are_written_in_the_unit_that_fits(bytes_: int, written: str) -> None:
    assert size(bytes_) == written
