"""levenshtein, token_f1, rouge_l, bleu, chrf: against their references, and one rule for what is empty."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.overlap import Bleu, Chrf, Levenshtein, RougeL, TokenF1

CAT = "The cat sat on the mat."
ALL: list[Callable[[Sample], Score]] = [
    Levenshtein().score,
    TokenF1().score,
    RougeL().score,
    Bleu().score,
    Chrf().score,
    Chrf(word_order=2).score,
]


def sample(output: str, answer: Json = None) -> Sample:
    return Sample(output=output, expectations={} if answer is None else {"answer": answer})


def test_the_numbers_are_the_libraries_own() -> None:
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu import sentence_bleu, sentence_chrf

    text = "The dog sat on the mat."
    assert Bleu().score(sample(text, CAT)).value == pytest.approx(sentence_bleu(text, [CAT]).score / 100)
    assert Bleu().score(sample(text, CAT)).value == pytest.approx(0.6434588841607616)
    assert Chrf().score(sample(text, CAT)).value == pytest.approx(sentence_chrf(text, [CAT]).score / 100)
    assert Chrf().score(sample(text, CAT)).value == pytest.approx(0.665904887596064)
    rouge = RougeScorer(["rougeL"]).score(CAT, text)["rougeL"].fmeasure
    assert RougeL().score(sample(text, CAT)).value == pytest.approx(rouge)
    assert TokenF1().score(sample(text, CAT)).value == pytest.approx(0.75)
    assert Levenshtein().score(sample("xabxcdxxefxgx", "1ab2cd34ef5g6")).value == pytest.approx(0.53846, abs=1e-5)


@pytest.mark.parametrize("score", ALL)
def test_the_nearest_of_several_answers_counts(score: Callable[[Sample], Score]) -> None:
    assert score(sample(CAT, ["Something else", CAT])).value == pytest.approx(1.0)


@pytest.mark.parametrize("score", ALL)
@pytest.mark.parametrize(
    ("output", "answer", "value"), [("", "", 1.0), (" \n", "", 1.0), ("", CAT, 0.0), (CAT, "", 0.0)]
)
def test_what_is_empty_matches_only_what_is_empty(
    score: Callable[[Sample], Score], output: str, answer: str, value: float
) -> None:
    assert score(sample(output, answer)).value == value


@pytest.mark.parametrize("score", ALL)
def test_a_case_without_an_answer_is_not_applicable(score: Callable[[Sample], Score]) -> None:
    assert score(sample(CAT)) == Score.not_applicable("no expectations.answer")


@given(output=st.text(max_size=60), answer=st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_every_value_lies_in_the_range(output: str, answer: str) -> None:
    for score in ALL:
        found = score(sample(output, answer))
        assert found.status == "missing" or (found.value is not None and 0.0 <= found.value <= 1.0)


def test_rouge_is_missing_for_a_script_it_cannot_read() -> None:
    score = RougeL().score(sample("東京です", "東京"))
    assert score.status == "missing"
    assert score.reason == "ROUGE reads only words in a-z and 0-9, and '東京' has none"
    assert Bleu(tokenize="char").score(sample("東京", "東京")).value == pytest.approx(1.0)
