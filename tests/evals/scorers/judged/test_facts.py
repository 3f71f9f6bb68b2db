"""Facts against an expected answer, and summaries against their text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.ports import Sample
from llmops.evals.scorers.judged.facts import f_beta
from tests.support.eval_runs import contexts
from tests.support.judges import Bench, verdicts

SAMPLE = Sample(output="what was said", inputs={"question": "Why?"}, expectations={"answer": "what was expected"})


def both_sides(said: int, expected: int, right: tuple[int, ...], covered: tuple[int, ...]) -> dict[str, Json]:
    """A judge that finds so many statements on both sides, and these of them on the other."""

    def split(shown: str) -> Json:
        count = expected if "what was expected" in shown else said
        return {"statements": [f"statement {number}" for number in range(count)]}

    def compare(shown: str) -> Json:
        return verdicts(*(right if "what was expected" in shown else covered))

    return {"judge/statements": split, "judge/correctness": compare}


def test_correctness_is_f_of_precision_and_recall(bench: Bench) -> None:
    bench.program(both_sides(2, 4, (1, 1), (1, 0, 0, 1)))
    score = bench.score("correctness", SAMPLE)
    assert score.value == pytest.approx(2 / 3)
    assert score.details == {"precision": 1.0, "recall": 0.5}
    assert len(bench.asked) == 4
    assert bench.score("correctness", SAMPLE, beta=2.0).value == pytest.approx(5 * 0.5 / (4 + 0.5))


def test_correctness_may_blend_the_cosine(bench: Bench) -> None:
    bench.program(both_sides(1, 1, (0,), (0,)))
    same = Sample(output="what was expected", expectations={"answer": "what was expected"})
    assert bench.score("correctness", same).value == 0.0
    assert bench.score("correctness", same, similarity=0.25).value == pytest.approx(0.25)


def test_an_answer_that_claims_nothing_is_not_correct(bench: Bench) -> None:
    bench.program(both_sides(0, 1, (), ()))
    score = bench.score("correctness", SAMPLE)
    assert (score.value, score.label) == (0.0, "no_claims")
    bench.program(both_sides(1, 0, (), ()))
    assert bench.score("correctness", SAMPLE).status == "not_applicable"
    assert bench.score("correctness", Sample(output="x")).status == "not_applicable"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 10))
def test_f_lies_between_precision_and_recall(precision: float, recall: float, beta: float) -> None:
    value = f_beta(precision, recall, beta)
    assert min(precision, recall) - 1e-9 <= value <= max(precision, recall) + 1e-9


@pytest.mark.parametrize(
    ("choice", "value"), [("subset", 0.4), ("superset", 0.6), ("same", 1), ("disagree", 0), ("immaterial", 1)]
)
def test_factuality_has_the_numbers_of_autoevals(bench: Bench, choice: str, value: float) -> None:
    bench.program({"judge/factuality": {"reason": "it says so", "choice": choice}})
    score = bench.score("factuality", SAMPLE)
    assert (score.value, score.label) == (value, choice)
    assert score.reason == (f"{choice} (subset 0.4, superset 0.6, same 1, disagree 0, immaterial 1): it says so")


def test_the_mapping_of_factuality_is_an_argument(bench: Bench) -> None:
    bench.program({"judge/factuality": {"reason": "", "choice": "subset"}})
    assert bench.score("factuality", SAMPLE, mapping={"subset": 0.9}).value == 0.9
    with pytest.raises(InputError, match="scorer 'factuality': mapping is") as caught:
        bench.score("factuality", SAMPLE, mapping={"part": 0.9})
    assert caught.value.hint == "See docs/scorers.md for factuality."


def test_a_choice_that_is_none_is_missing(bench: Bench) -> None:
    bench.program({"judge/factuality": {"reason": "", "choice": "(B)"}})
    score = bench.score("factuality", SAMPLE)
    assert score.status == "missing"
    assert "'(B)' is not one of" in score.reason


TEXT = {"text": "A long text."}


def test_a_summary_is_as_good_as_the_worse_of_alignment_and_coverage(bench: Bench) -> None:
    program: dict[str, Json] = {
        "judge/statements": {"statements": ["a", "b"]},
        "judge/faithfulness": verdicts(1, 1),
        "judge/questions": {"questions": ["1", "2", "3", "4", "5"]},
        "judge/answerable": verdicts(1, 0, 1, 0, 1),
    }
    bench.program(program)
    score = bench.score("summary_quality", Sample(output="A summary.", inputs=TEXT))
    assert score.value == pytest.approx(0.6)
    assert score.details == {"alignment": 1.0, "coverage": 0.6}
    bench.program({**program, "judge/faithfulness": verdicts(0, 0)})
    assert bench.score("summary_quality", Sample(output="A summary.", inputs=TEXT)).value == 0.0
    bench.program({**program, "judge/questions": {"questions": ["1"]}})
    assert "there are 1 questions, not 5" in bench.score("summary_quality", Sample(output="s", inputs=TEXT)).reason


def test_a_summary_needs_a_text(bench: Bench) -> None:
    bench.program({"judge/statements": {"statements": []}, "judge/questions": {"questions": ["1"]}})
    two = {"style": "short", "mail": "A long text."}
    assert bench.score("summary_quality", Sample(output="s", inputs=two)).status == "not_applicable"
    named = bench.score("summary_quality", Sample(output="s", inputs=two), source="mail", questions=1)
    assert (named.status, named.label) == ("missing", "no_claims")
    assert bench.score("summary_quality", Sample(output=" ", inputs=TEXT)).value == 0.0


def test_the_baseline_compares_facts_by_likeness(bench: Bench) -> None:
    text = "Returns take 30 days. Gifts are fine. Books may be old. Mail is slow. Shops are open."
    sample = Sample(output=text, inputs={"text": text}, expectations={"answer": text}, contexts=contexts(text))
    assert bench.score("correctness", sample, model="offline/support").value == 1.0
    assert bench.score("summary_quality", sample, model="offline/support").value == 1.0
    assert bench.score("factuality", sample, model="offline/support").status == "missing"
