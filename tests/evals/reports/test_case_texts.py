"""The texts of one answer."""

from llmops.domain.corpus import Context
from llmops.domain.evaluation import Score
from llmops.evals.reports.case_texts import (
    answer_text,
    first_text,
    place_of,
    score_text,
    score_tone,
    usage_text,
    value_text,
)
from tests.support.eval_runs import result


def test_an_answer_is_its_output_or_why_there_is_none() -> None:
    assert answer_text(result("a", 1.0, output="yes")) == "yes"
    assert answer_text(result("a", 1.0, output="")) == "(empty)"
    assert answer_text(result("a", error="time-out")) == "no answer: time-out"


def test_a_case_is_known_by_its_question_or_first_text() -> None:
    assert first_text({"lang": "en", "question": "why?"}) == "why?"
    assert first_text({"n": 1, "topic": "x"}) == "x"
    assert first_text({"months": 3.5, "tickets": 2}) == "months 3.5, tickets 2"


def test_values_that_are_no_texts_are_json() -> None:
    assert value_text("a\nb") == "a\nb"
    assert value_text({"k": ["é"]}) == '{\n  "k": [\n    "é"\n  ]\n}'


def test_a_context_says_its_place() -> None:
    assert place_of(Context(id="c", text="", metadata={"key": "a.md", "line": 3})) == "a.md:3"
    assert place_of(Context(id="c", text="", metadata={"key": "a.pdf", "page": 4})) == "a.pdf, page 4"
    assert place_of(Context(id="chunk\x1b[31m", text="")) == "chunk"


def test_scores_have_a_text_and_a_tone() -> None:
    assert (score_text(Score(value=0.5, passed=True)), score_tone(Score(value=0.5, passed=True))) == ("0.500", "good")
    assert score_tone(Score(value=0.5, passed=False)) == "bad"
    assert score_tone(Score(value=0.5)) == "quiet"
    assert (score_text(Score.missing("x")), score_tone(Score.missing("x"))) == ("missing", "open")
    assert score_text(Score.not_applicable("x")) == "n/a"
    assert score_text(Score(value=1.0, label="grounded")) == "1.000 grounded"
    assert score_text(Score(value=0.25), "s") == "250 ms"


def test_usage_names_model_time_tokens_and_cost() -> None:
    assert usage_text(result("a", 1.0)) == "openai/gpt-4o-mini · 250 ms · 15 tokens · $0.001"
    assert usage_text(result("a", 1.0, cached=True)).endswith("from the reply cache")
    assert usage_text(result("a", error="x")) == ""
