"""A first look at a new generation, in words and as a table."""

import pytest

from llmops.domain.smoke import Smoke, SmokeScore


def score(difference: float, low: float | None, high: float | None, *, is_better_higher: bool = True) -> SmokeScore:
    return SmokeScore(
        scorer="hit_rate", old=0.5, new=0.5 + difference, difference=difference, low=low, high=high, n=20,
        is_better_higher=is_better_higher,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "worse"),
    [
        (score(-0.3, -0.4, -0.2), True),
        (score(-0.3, -0.7, 0.1), False),
        (score(0.3, 0.2, 0.4), False),
        (score(0.3, 0.2, 0.4, is_better_higher=False), True),
        (score(-0.3, None, None), False),
    ],
)
def test_worse_is_only_what_the_interval_excludes(found: SmokeScore, worse: bool) -> None:
    assert found.is_worse == worse
    smoke = Smoke(new="new", old="old", suite="docs", cases=20, scores=(found,))
    assert smoke.in_words().endswith("; worse in hit_rate") == worse
    assert smoke.in_words().startswith("smoke-evaluated on 20 cases of suite docs, beside generation old")


def test_a_row_names_both_generations_and_the_interval() -> None:
    smoke = Smoke(
        new="new", old="old", suite="docs", cases=20, scores=(score(-0.3, -0.4, -0.2), score(0.1, None, None))
    )
    assert smoke.columns == ["scorer", "old old", "new new", "difference", "95 % interval", "cases"]
    assert smoke.rows() == [
        ["hit_rate", "0.500", "0.200", "-0.300", "-0.400 to -0.200", "20"],
        ["hit_rate", "0.500", "0.600", "+0.100", "–", "20"],
    ]


def test_why_there_is_none_is_said() -> None:
    assert Smoke(new="new", old="old", note="no suite").in_words() == "not smoke-evaluated: no suite"
