"""exact_match, contains, not_contains, contains_all, contains_any, starts_with."""

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.text import Contains, ContainsAll, ContainsAny, ExactMatch, NotContains, StartsWith


def sample(output: str, answer: Json = None) -> Sample:
    return Sample(output=output, expectations={} if answer is None else {"answer": answer})


@pytest.mark.parametrize(
    ("scorer", "output", "answer", "value"),
    [
        (ExactMatch(), "Paris", "Paris", 1.0),
        (ExactMatch(), "Paris", ["London", "Paris"], 1.0),
        (ExactMatch(), "paris", "Paris", 0.0),
        (ExactMatch(), "", "", 1.0),
        (ExactMatch(), "42", 42, 1.0),
        (ExactMatch(ignore_case=True), "STRASSE", "straße", 1.0),
        (ExactMatch(), "a  b\n", "a b", 0.0),
        (ExactMatch(ignore_whitespace=True), " a  b\n", "a b", 1.0),
        (ExactMatch(ignore_punctuation=True), "«Paris».", "Paris", 1.0),
        (ExactMatch(tolerance=0.01), "3.145", "3.14", 1.0),
        (ExactMatch(tolerance=0.01), "3.2", "3.14", 0.0),
        (ExactMatch(tolerance=0.01), "pi", "pi", 1.0),
        (ExactMatch(tolerance=0.01), "nan", "3.14", 0.0),
    ],
)
def test_exact_match(scorer: ExactMatch, output: str, answer: Json, value: float) -> None:
    score = scorer.score(sample(output, answer))
    assert (score.value, score.passed, score.status) == (value, value == 1.0, "scored")


def test_exact_match_says_when_it_was_near() -> None:
    assert ExactMatch().score(sample("paris. ", "Paris")).reason == "differs only in case, white space or punctuation"


@pytest.mark.parametrize(
    ("scorer", "output", "answer", "value"),
    [
        (Contains(), "It is Paris, of course", "Paris", 1.0),
        (Contains(), "It is Paris, of course", ["London", "Paris"], 1.0),
        (Contains(), "It is paris", "Paris", 0.0),
        (Contains(ignore_case=True), "It is paris", "PARIS", 1.0),
        (Contains(), "", "Paris", 0.0),
        (Contains(value="[1]"), "Paris [1]", "London", 1.0),
        (Contains(value=["x", "y"]), "Paris", "Paris", 0.0),
    ],
)
def test_contains(scorer: Contains, output: str, answer: Json, value: float) -> None:
    score = scorer.score(sample(output, answer))
    assert (score.value, score.passed) == (value, value == 1.0)


def test_contains_names_which_of_several_it_found() -> None:
    assert Contains().score(sample("It is Paris", ["London", "Paris"])).reason == "contains 'Paris'"


@pytest.mark.parametrize(
    ("scorer", "output", "value"),
    [
        (NotContains(value="sorry"), "Paris", 1.0),
        (NotContains(value=["sorry", "cannot"]), "I cannot say", 0.0),
        (NotContains(value="sorry"), "Sorry", 1.0),
        (NotContains(value="sorry", ignore_case=True), "Sorry", 0.0),
        (NotContains(value="sorry"), "", 1.0),
    ],
)
def test_not_contains(scorer: NotContains, output: str, value: float) -> None:
    score = scorer.score(sample(output))
    assert (score.value, score.passed) == (value, value == 1.0)


def test_not_contains_takes_the_cases_own_text() -> None:
    score = NotContains().score(sample("the secret is 7", "secret"))
    assert (score.value, score.reason) == (0.0, "contains 'secret'")


@pytest.mark.parametrize("scorer", [ExactMatch(), Contains(), NotContains()])
@pytest.mark.parametrize("answer", [None, []])
def test_a_case_without_an_answer_is_not_applicable(scorer: ExactMatch | Contains | NotContains, answer: Json) -> None:
    score = scorer.score(sample("anything", answer))
    assert (score.status, score.value) == ("not_applicable", None)
    assert "no expectations.answer" in score.reason


@pytest.mark.parametrize("scorer", [Contains(), NotContains(), Contains(value="")])
def test_the_empty_text_is_not_looked_for(scorer: Contains | NotContains) -> None:
    assert scorer.score(sample("anything", "")).status == "not_applicable"


def test_an_answer_that_is_no_text_is_an_error() -> None:
    with pytest.raises(InputError, match=r"expectations\.answer has \{'a': 1\}, which is no text"):
        Contains().score(sample("x", {"a": 1}))


def test_a_score_is_a_value() -> None:
    assert Contains().score(sample("ab", "a")) == Score(value=1.0, passed=True)


def test_contains_all_wants_every_text_and_names_what_is_lacking() -> None:
    scorer = ContainsAll(value=["tea", "Milk"])
    assert scorer.score(sample("tea with Milk")) == Score(value=1.0, passed=True)
    assert scorer.score(sample("tea")) == Score(value=0.0, passed=False, reason="lacks 'Milk'")
    assert ContainsAll(ignore_case=True).score(sample("TEA, MILK", ["tea", "milk"])).value == 1.0
    assert scorer.score(sample("")).value == 0.0


def test_contains_any_is_content_with_one_text() -> None:
    assert ContainsAny(value=["tea", "milk"]).score(sample("milk")) == Score(
        value=1.0, passed=True, reason="contains 'milk'"
    )
    assert ContainsAny().score(sample("TEA", ["tea"])) == Score(value=0.0, passed=False)
    assert ContainsAny(ignore_case=True).score(sample("TEA", ["tea"])).value == 1.0


def test_starts_with_reads_over_white_space() -> None:
    assert StartsWith(value="Dear").score(sample("\n Dear Ada")) == Score(value=1.0, passed=True)
    assert StartsWith(value="Dear").score(sample("Oh dear")) == Score(value=0.0, passed=False)
    assert StartsWith(ignore_case=True).score(sample("YES, it is", ["yes", "no"])).value == 1.0


@pytest.mark.parametrize(
    "scorer", [ContainsAll(), ContainsAny(), StartsWith(), ContainsAll(value=[]), StartsWith(value="")]
)
def test_nothing_to_look_for_is_not_applicable(scorer: ContainsAll | ContainsAny | StartsWith) -> None:
    assert scorer.score(sample("text")) == Score.not_applicable("no value, and no expectations.answer")
