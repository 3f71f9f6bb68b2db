"""levenshtein, token_f1, the scorers of ROUGE, bleu, chrf, ter: against their references, and one rule for what is empty."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.overlap import Bleu, Chrf, Levenshtein, Rouge1, Rouge2, RougeL, RougeLsum, Ter, TokenF1

CAT = "The cat sat on the mat."
ALL: list[Callable[[Sample], Score]] = [
    Levenshtein().score,
    TokenF1().score,
    Rouge1().score,
    Rouge2().score,
    RougeL().score,
    RougeLsum().score,
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


def test_a_summary_is_compared_sentence_by_sentence() -> None:
    answer, output = "It rains. The cat sat.", "The cat sat. It rains."
    assert RougeL().score(sample(output, answer)).value == pytest.approx(0.6)
    assert RougeLsum().score(sample(output, answer)).value == pytest.approx(0.6)
    assert RougeLsum(split="sentences").score(sample(output, answer)).value == pytest.approx(1.0)


def test_ter_counts_edits_a_word() -> None:
    assert Ter().score(sample("The dog sat on the mat.", CAT)).value == pytest.approx(1 / 6)
    assert Ter().score(sample(CAT, ["Something else", CAT])).value == 0.0
    assert Ter().score(sample("a b c d", "x")).value == pytest.approx(4.0)
    assert (Ter().direction, Ter().range) == ("lower", None)


@pytest.mark.parametrize(("output", "answer", "value"), [("", "", 0.0), (" ", ["", CAT], 0.0), ("", CAT, 1.0)])
def test_ter_of_an_empty_output(output: str, answer: Json, value: float) -> None:
    assert Ter().score(sample(output, answer)).value == value


def test_ter_against_nothing_is_missing() -> None:
    assert Ter().score(sample(CAT, "")).status == "missing"
    assert Ter().score(sample(CAT)) == Score.not_applicable("no expectations.answer")
