"""Overlap measures against the libraries' own results and published numbers."""

import importlib.util

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.errors import ExtraMissing
from llmops.measures.overlap import (
    bleu,
    bleu_signature,
    chrf,
    chrf_signature,
    levenshtein,
    require,
    rouge_l,
    rouge_signature,
    token_f1,
)
from tests.support.reference_values import reference

CAT = "The cat sat on the mat."


def test_levenshtein_is_autoevals_published_value() -> None:
    assert levenshtein("xabxcdxxefxgx", "1ab2cd34ef5g6") == pytest.approx(0.53846, abs=1e-5)
    assert levenshtein("", "") == 1.0
    assert levenshtein("abc", "") == 0.0
    assert levenshtein("kitten", "sitting") == pytest.approx(1 - 3 / 7)


@given(st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_levenshtein_is_symmetric_and_one_only_for_equal_texts(a: str, b: str) -> None:
    assert levenshtein(a, b) == levenshtein(b, a)
    assert (levenshtein(a, b) == 1.0) == (a == b)


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("The cat sat on the mat.", "a cat sat on a mat", 1.0),
        ("the cat sat", "cat sat on mat", 2 * (2 / 2) * (2 / 4) / (2 / 2 + 2 / 4)),
        ("yes yes", "yes", 2 / 3),
        ("Denver Broncos", "Carolina Panthers", 0.0),
        ("", "", 1.0),
        ("the", "", 1.0),
        ("", "cat", 0.0),
    ],
)
def test_token_f1_is_squads(text: str, answer: str, expected: float) -> None:
    assert token_f1(text, answer) == pytest.approx(expected)


def test_rouge_l_is_the_reference() -> None:
    for text, scores in reference("rouge").items():
        assert rouge_l(text, CAT) == pytest.approx(scores["rougeL"][2])


def test_rouge_l_is_rouge_155_on_its_own_example() -> None:
    """Lin (2004), section 3.1: S1 'police killed the gunman', S2 'police kill the gunman', S3 'the gunman kill police'."""
    assert rouge_l("police kill the gunman", "police killed the gunman") == pytest.approx(3 / 4)
    assert rouge_l("the gunman kill police", "police killed the gunman") == pytest.approx(1 / 2)


def test_rouge_names_the_library_it_depends_on() -> None:
    assert rouge_signature() == "rouge-score 0.1.2"


def test_bleu_and_chrf_are_the_reference() -> None:
    numbers = reference("bleu")
    for text, expected in numbers["sentence"].items():
        assert bleu(text, [CAT]) == pytest.approx(expected / 100)
    for text, expected in numbers["chrf"].items():
        assert chrf(text, [CAT]) == pytest.approx(expected / 100)


def test_bleu_takes_all_references_and_chrf_the_nearest() -> None:
    references = ["The dog sat.", CAT]
    assert bleu(CAT, references) == pytest.approx(1.0)
    nearest = max(chrf("The dog sat on the mat.", [text]) for text in references)
    assert chrf("The dog sat on the mat.", references) == pytest.approx(nearest)


def test_a_word_order_gives_chrf_plus_plus() -> None:
    from sacrebleu import sentence_chrf

    expected = sentence_chrf("The cat.", [CAT], word_order=2).score / 100
    assert chrf("The cat.", [CAT], word_order=2) == pytest.approx(expected)
    assert chrf("The cat.", [CAT], word_order=2) != chrf("The cat.", [CAT])


def test_signatures_say_what_a_number_depends_on() -> None:
    bleu(CAT, [CAT, CAT])
    assert bleu_signature() == "case:mixed|eff:yes|tok:13a|smooth:exp|version:2.6.0"
    assert bleu_signature("intl") == "case:mixed|eff:yes|tok:intl|smooth:exp|version:2.6.0"
    assert chrf_signature(2) == "case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0"


def test_a_missing_library_is_an_error_with_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    require("sacrebleu", needed_for="bleu")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match="bleu needs sacrebleu, which is not installed") as caught:
        require("sacrebleu", needed_for="bleu")
    assert caught.value.hint == 'pip install "llmops[scorers]"'
