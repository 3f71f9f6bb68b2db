"""Single cases in the HTML report."""

from llmops.domain.evaluation import Score
from llmops.evals.reports.html_cases import case_card, score_badge
from tests.support.eval_runs import contexts, result


def test_a_card_shows_input_output_expectation_and_contexts() -> None:
    card = case_card(result("a", 0.0, contexts=contexts("first text", "second text")), {}, is_open=True)
    assert card.startswith("<details open>")
    for text in (
        "about a?",
        "an answer",
        "Expected: answer",
        "the answer",
        "first text",
        "[1] docs/a.md:3 · score 0.900",
    ):
        assert text in card
    assert "openai/gpt-4o-mini · 250 ms · 15 tokens · $0.001" in card


def test_long_texts_are_cut_and_many_contexts_counted() -> None:
    card = case_card(result("a", 0.0, output="x" * 9000, contexts=contexts(*("t" * 5000 for _ in range(12)))), {})
    assert "(5,000 more characters)" in card
    assert "4 more" in card
    assert len(card) < 30_000


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    evil = "</pre></details><script>alert(1)</script><img src=x onerror=alert(1)>"
    card = case_card(
        result(evil, Score.missing(evil), output=evil, expectations={evil: evil}, contexts=contexts(evil)), {}
    )
    assert "<script" not in card
    assert "<img" not in card
    assert "&lt;script&gt;" in card


def test_a_failed_answer_says_so() -> None:
    card = case_card(result("a", error="time-out"), {})
    assert "✗ no answer" in card
    assert "no answer: time-out" in card
    assert " tokens" not in card


def test_badges_say_in_words_what_their_colour_says() -> None:
    assert ">✗ contains 0.000<" in score_badge("contains", Score(value=0.0, passed=False))
    assert ">✓ contains 1.000<" in score_badge("contains", Score(value=1.0, passed=True))
    assert ">latency 250 ms<" in score_badge("latency", Score(value=0.25), "s")
    assert ">? judge missing<" in score_badge("judge", Score.missing("unreadable"))
    assert 'title="unreadable"' in score_badge("judge", Score.missing("unreadable"))
    assert ">contains n/a<" in score_badge("contains", Score.not_applicable("no answer"))
