import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.guard.checks.numbers import LONGEST, find_numbers, is_card, passes_luhn
from llmops.guard.checks.pii import Pii
from llmops.guard.normalise.reading import Reading
from llmops.guard.normalise.views import View

ALL = ("ip", "ssn", "credit_card", "phone")


def found(text: str, *regions: str) -> list[tuple[str, str]]:
    view = View(text.encode())
    return [
        (kind, view.text(start, end)) for kind, start, end in find_numbers(view, ALL, regions or ("US", "GB", "DE"))
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("4111 1111 1111 1111", "CREDIT_CARD"), ("4111-1111-1111-1111", "CREDIT_CARD"), ("4111111111111111", "CREDIT_CARD"),
        ("3782 822463 10005", "CREDIT_CARD"), ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "CREDIT_CARD"),
        ("078-05-1120", "SSN"), ("10.0.0.1", "IP"), ("+1 202-555-0173", "PHONE"), ("(202) 555-0173", "PHONE"),
        ("+49 30 901820", "PHONE"), ("0044 20 7946 0958", "PHONE"), ("+1 (202) 555-0173 x12", "PHONE"),
    ],
)  # fmt: skip
def test_numbers_are_told_apart(text: str, kind: str) -> None:
    assert found(f"see {text} ok") == [(kind, text)]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112", "2024-01-05 12:30", "05.01.2024", "order 12345678", "v1.2.3.4.5", "256.1.1.1", "000-12-3456",
        "666-12-3456", "900-12-3456", "a4111111111111111", "4111111111111111b", "3.14159265358979", "224 4966 Bond Street",
    ],
)  # fmt: skip
def test_other_numbers_are_left_alone(text: str) -> None:
    assert found(f"see {text} ok") == []


def test_a_bare_number_is_a_phone_number_where_the_text_says_so() -> None:
    assert found("order 2025550173") == []
    assert found("call me: 2025550173") == [("PHONE", "2025550173")]


def test_numbers_side_by_side_are_each_found() -> None:
    assert found("4111 1111 1111 1111 202-555-0173") == [
        ("CREDIT_CARD", "4111 1111 1111 1111"),
        ("PHONE", "202-555-0173"),
    ]


def test_a_run_that_nobody_can_judge_is_never_passed() -> None:
    assert found("1" * (LONGEST + 1)) == [("LONG_NUMBER", "1" * (LONGEST + 1))]


def test_the_tail_is_the_run_that_may_go_on() -> None:
    numbers = Pii(entities=("phone",))
    assert numbers.tail(Reading("call +1 202 ")) == 5
    assert numbers.tail(Reading("call +1 202 or ")) == 15


@given(st.text("0123456789", min_size=11, max_size=18))
def test_exactly_one_check_digit_passes_luhn(digits: str) -> None:
    assert sum(passes_luhn(f"{digits}{last}".encode()) for last in range(10)) == 1


def test_a_card_has_an_issuer() -> None:
    assert is_card(b"4111111111111111")
    assert not is_card(b"9111111111111110")


def test_luhn_agrees_with_stdnum() -> None:
    luhn = pytest.importorskip("stdnum.luhn")
    for number in ("4111111111111111", "79927398713", "79927398710", "0"):
        assert passes_luhn(number.encode()) == luhn.is_valid(number)
