"""numeric_diff, json_diff, list_match: what is read out of an output, and how near it is."""

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.values import JsonDiff, ListMatch, NumericDiff


def sample(output: str, answer: Json = None, **expectations: Json) -> Sample:
    return Sample(output=output, expectations=expectations if answer is None else {"answer": answer, **expectations})


@pytest.mark.parametrize(
    ("output", "answer", "value"),
    [("2", 1, 2 / 3), ("1", "1.0", 1.0), ("1,200", 1200, 1.0), ("-3", 3, 0.0), ("0", 0, 1.0), ("9", [1, 9], 1.0)],
)
def test_a_number_is_compared_by_its_relative_distance(output: str, answer: Json, value: float) -> None:
    assert NumericDiff().score(sample(output, answer)).value == pytest.approx(value)


def test_the_number_that_counts_is_the_one_asked_for() -> None:
    text = "3 boxes of 12 make 36."
    assert NumericDiff().score(sample(text, 36)) == Score(value=0.0, reason="the output is no number")
    assert NumericDiff(find="last").score(sample(text, 36)) == Score(value=1.0, reason="36")
    assert NumericDiff(find="first").score(sample(text, 3)).value == 1.0
    assert NumericDiff(find="last").score(sample("It costs 1,234.50 EUR", 1234.5)).value == 1.0
    assert NumericDiff(find="last").score(sample("none", 1)) == Score(value=0.0, reason="no number")


@pytest.mark.parametrize("answer", ["many", True, float("inf"), {"a": 1}])
def test_an_expected_number_that_is_none_is_refused(answer: Json) -> None:
    with pytest.raises(InputError, match=r"expectations\.answer has .*, which is no number") as caught:
        NumericDiff().score(sample("1", answer))
    assert caught.value.hint == "Write answer: 12.5."


def test_json_is_compared_key_by_key() -> None:
    assert JsonDiff().score(sample('{"a": 1}', json={"a": 2})).value == pytest.approx(0.66667, abs=1e-5)
    assert JsonDiff().score(sample('{"a": 1}', '{"a": 2}')).value == pytest.approx(0.66667, abs=1e-5)
    assert JsonDiff().score(sample("null", json=None)).value == 1.0
    assert JsonDiff().score(sample('"abc"', "axc")).value == pytest.approx(2 / 3)


def test_an_output_that_is_no_json_has_nothing_in_common() -> None:
    assert JsonDiff().score(sample("Sure: {}", json={})).value == 0.0
    assert JsonDiff().score(sample("NaN", json=1)) == Score(value=0.0, reason="no JSON: NaN is not in JSON")
    assert JsonDiff().score(sample("[" * 100_000, json=1)).reason == "no JSON: it is nested too deeply"


def test_a_list_is_a_json_list_or_lines() -> None:
    wanted = ["apple", "pear", "fig"]
    for output in (
        '["fig", "apple", "pear"]',
        "- fig\n- apple\n\n* pear",
        "1. pear\n2) fig\n3. apple",
        "fig\napple\npear",
    ):
        assert ListMatch().score(sample(output, wanted)).value == 1.0
    assert ListMatch(separator=",").score(sample("pear, apple,fig", wanted)).value == 1.0


def test_what_is_left_over_or_lacking_costs() -> None:
    assert ListMatch(by="exact").score(sample('["a", "b", "c"]', ["a", "b"])) == Score(
        value=2 / 3, reason="3 items, 2 expected"
    )
    assert ListMatch(by="exact").score(sample("a", items=["a", "b"])).value == 0.5
    assert ListMatch().score(sample("ab", ["ac"])).value == 0.5
    assert ListMatch().score(sample("", items=[])).value == 1.0
    assert ListMatch().score(sample("", ["a"])).value == 0.0


def test_a_long_list_is_missing_and_no_list_is_refused() -> None:
    assert ListMatch().score(sample("a\n" * 301, ["a"])) == Score.missing("a list of 301 items; at most 300 are paired")
    with pytest.raises(InputError, match=r"expectations\.answer is 'a', which is no list") as caught:
        ListMatch().score(sample("a", "a"))
    assert caught.value.hint == "Write answer: [first, second]."


@pytest.mark.parametrize("score", [NumericDiff().score, JsonDiff().score, ListMatch().score])
def test_without_an_expectation_it_is_not_applicable(score: object) -> None:
    assert callable(score)
    assert score(sample("1")).status == "not_applicable"
