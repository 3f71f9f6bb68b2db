import pytest

from llmops.core.errors import InputError
from llmops.guard.checks.regex import Regex
from llmops.guard.normalise.reading import Reading


def found(text: str, check: Regex) -> list[tuple[str, str]]:
    return [(f.type, text[f.start : f.end]) for f in check.find(Reading(text))]


def test_a_pattern_is_found_under_its_own_type() -> None:
    assert found("see ACME-12 and ACME-3", Regex(pattern=r"ACME-\d{1,8}", type="TICKET")) == [
        ("TICKET", "ACME-12"), ("TICKET", "ACME-3"),
    ]  # fmt: skip
    assert found("acme-12", Regex(pattern="ACME", ignore_case=True)) == [("PATTERN", "acme")]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"a(?=b)", "uses look-ahead"), (r"(?<!a)b", "uses look-behind"), (r"(a)\1", "back-references cannot be matched"),
        (r"(a", "cannot be used: missing"), ("a" * 10_001, "too long"),
    ],
)  # fmt: skip
def test_patterns_without_a_bound_on_time_are_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Regex(pattern=pattern)


def test_longer_matches_than_declared_are_no_findings() -> None:
    check = Regex(pattern="<a[^>]*>", max_length=10)
    assert found("<a b>" + "<a bbbbbbbbbb>", check) == [("PATTERN", "<a b>")]


def test_a_pattern_that_only_matches_too_much_is_an_error() -> None:
    with pytest.raises(ValueError, match="longer than max_length 10"):
        found("a" * 100, Regex(pattern="a+", max_length=10))


def test_backtracking_costs_nothing() -> None:
    assert found("a" * 60_000 + "!", Regex(pattern=r"(a|a){1,2}b")) == []
