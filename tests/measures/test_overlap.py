"""Overlap measures against the libraries' own results and published numbers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.measures.overlap import (
    RougeKind,
    bleu,
    bleu_signature,
    chrf,
    chrf_signature,
    levenshtein,
    rouge,
    rouge_signature,
    ter,
    ter_signature,
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


def test_rouge_is_the_reference() -> None:
    for text, scores in reference("rouge").items():
        assert rouge("rouge1", text, CAT) == pytest.approx(scores["rouge1"][2])
        assert rouge("rouge2", text, CAT) == pytest.approx(scores["rouge2"][2])
        assert rouge("rougeL", text, CAT) == pytest.approx(scores["rougeL"][2])


def test_rouge_l_is_rouge_155_on_its_own_example() -> None:
    """Lin (2004), section 3.1: S1 'police killed the gunman', S2 'police kill the gunman', S3 'the gunman kill police'."""
    assert rouge("rougeL", "police kill the gunman", "police killed the gunman") == pytest.approx(3 / 4)
    assert rouge("rougeL", "the gunman kill police", "police killed the gunman") == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    ("kind", "text", "answer", "expected"),
    [
        ("rouge1", "testing", "testing one two", 1 / 2),
        ("rouge2", "testing one", "testing one two", 2 / 3),
        ("rouge1", "text first", "first text", 1.0),
        ("rouge2", "text first", "first text", 0.0),
        ("rougeL", "testing one", "testing one two", 4 / 5),
        ("rougeL", "testing two", "testing one two", 4 / 5),
        ("rougeLsum", "Second sentence.\nFirst Sentence.", "First sentence.\nSecond Sentence.", 1.0),
        ("rougeLsum", "w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5", 8 / 15),
    ],
)
def test_rouge_is_rouge_scores_own_tests(kind: RougeKind, text: str, answer: str, expected: float) -> None:
    """The last one is Lin (2004), section 3.2: the union of the subsequences w1 w2 and w1 w3 w5 has 4 of 5 words."""
    assert rouge(kind, text, answer) == pytest.approx(expected)


def test_rouge_names_the_library_it_depends_on() -> None:
    assert rouge_signature() == "rouge-score 0.1.2"


def test_bleu_and_chrf_are_the_reference() -> None:
    numbers = reference("bleu")
    for text, expected in numbers["sentence"].items():
        assert bleu(text, [CAT]) == pytest.approx(expected / 100)
    for text, expected in numbers["chrf"].items():
        assert chrf(text, [CAT]) == pytest.approx(expected / 100)
    for text, expected in numbers["ter"].items():
        assert ter(text, [CAT]) == pytest.approx(expected / 100)


def test_the_installed_sacrebleu_has_the_published_numbers() -> None:
    """The corpus of sacrebleu's README, in two tokenisations, as its tests publish it."""
    from sacrebleu import corpus_bleu

    system = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
    references = [
        ["The dog bit the man.", "It was not unexpected.", "The man bit him first."],
        ["The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."],
    ]
    assert corpus_bleu(system, references).score == pytest.approx(48.530827, abs=1e-6)
    assert corpus_bleu(system, references, tokenize="intl").score == pytest.approx(43.91623493, abs=1e-8)


def test_chrf_has_the_value_that_sacrebleus_own_tests_publish() -> None:
    text = "Co nás nejvíc trápí, protože lékaři si vybírají, kdo bude žít a kdo zemře."
    answer = "Nejvíce smutní jsme z toho, že musíme rozhodovat o tom, kdo bude žít a kdo zemře."
    assert chrf(text, [answer]) == pytest.approx(0.3914078509, abs=1e-6)  # within the tolerance of those tests


def test_a_phrase_that_moves_is_one_edit() -> None:
    assert ter("on the mat the cat sat", ["the cat sat on the mat"]) == pytest.approx(1 / 6)
    assert ter("a b c d", ["x"]) == pytest.approx(4.0)
    assert ter_signature() == "case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0"


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
