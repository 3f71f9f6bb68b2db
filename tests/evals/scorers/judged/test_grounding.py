"""What the answer claims, against what the contexts say."""

import pytest

from llmops.domain.ports import Sample
from tests.support.eval_runs import contexts
from tests.support.judges import Bench, verdicts

TWO = {"statements": ["Returns take 30 days.", "Refunds are instant."]}
SAMPLE = Sample(
    output="Within 30 days. Refunds are instant.",
    inputs={"question": "How long?"},
    contexts=contexts("Returns are accepted within 30 days."),
)


def test_faithfulness_is_the_share_of_supported_statements(bench: Bench) -> None:
    bench.program({"judge/statements": TWO, "judge/faithfulness": verdicts(1, 0)})
    score = bench.score("faithfulness", SAMPLE)
    assert (score.value, score.reason) == (0.5, "1 of 2 statements supported; not: 'Refunds are instant.'")
    assert bench.asked == ["judge/statements", "judge/faithfulness"]
    shown = bench.server.requests[1].body["messages"][1]["content"]
    assert "1. Returns are accepted within 30 days." in shown
    assert "2. Refunds are instant." in shown


def test_an_answer_without_statements_is_missing_unless_the_suite_gives_it_a_value(bench: Bench) -> None:
    bench.program({"judge/statements": {"statements": []}})
    refusal = Sample(output="I do not know.", contexts=SAMPLE.contexts)
    score = bench.score("faithfulness", refusal)
    assert (score.status, score.label, score.value) == ("missing", "no_claims", None)
    assert bench.score("faithfulness", refusal, no_claims=1.0).value == 1.0
    blank = bench.score("faithfulness", Sample(output=" ", contexts=SAMPLE.contexts))
    assert (blank.label, blank.judging.calls if blank.judging else None) == ("no_claims", 0)


def test_nothing_follows_from_no_contexts(bench: Bench) -> None:
    bench.program({"judge/statements": TWO})
    assert bench.score("faithfulness", Sample(output="Something.")).value == 0.0
    assert bench.score("hallucination", Sample(output="Something.")).value == 0.0


def test_hallucination_is_the_share_of_contradicted_statements(bench: Bench) -> None:
    bench.program({"judge/statements": TWO, "judge/hallucination": verdicts(0, 1)})
    score = bench.score("hallucination", SAMPLE)
    assert (score.value, score.reason) == (0.5, "1 of 2 statements contradicted: 'Refunds are instant.'")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (verdicts(1), "there are 1 verdicts for 2 items"),
        (verdicts(1, 1, 1), "there are 3 verdicts for 2 items"),
        ({"verdicts": list(reversed(verdicts(1, 1)["verdicts"]))}, "the verdicts are numbered [2, 1], not [1, 2]"),
        ("I think that both are fine.", "it is no JSON"),
        ({"verdicts": [{"number": 1, "reason": "", "verdict": "maybe"}] * 2}, "'maybe' is not one of ['yes', 'no']"),
        ({"verdicts": []}, "there are 0 verdicts for 2 items"),
    ],
)
def test_a_verdict_that_is_not_whole_is_a_missing_score(bench: Bench, said: object, reason: str) -> None:
    bench.program({"judge/statements": TWO, "judge/faithfulness": said})
    score = bench.score("faithfulness", SAMPLE)
    assert (score.status, score.value) == ("missing", None)
    assert score.reason.startswith("the judge exam/judge gave no verdict on judge/faithfulness, twice: ")
    assert reason in score.reason
    assert bench.asked == ["judge/statements", "judge/faithfulness", "judge/faithfulness"]
    assert score.judging is not None
    assert score.judging.calls == 3


def test_a_second_try_counts(bench: Bench) -> None:
    bench.program({"judge/statements": TWO, "judge/faithfulness": ["no JSON", verdicts(1, 1)]})
    score = bench.score("faithfulness", SAMPLE)
    assert score.value == 1.0
    again = bench.server.requests[-1].body["messages"][-1]["content"]
    assert again.startswith("Your answer could not be used: it is no JSON.")


def test_the_baseline_judges_by_likeness(bench: Bench) -> None:
    like = Sample(output="Returns are accepted within 30 days.", contexts=SAMPLE.contexts)
    assert bench.score("faithfulness", like, model="offline/support").value == 1.0
    unlike = Sample(output="Elephants dance on Sundays.", contexts=SAMPLE.contexts)
    assert bench.score("faithfulness", unlike, model="offline/support").value == 0.0
    score = bench.score("hallucination", like, model="offline/support")
    assert score.status == "missing"
    assert score.reason == (
        "offline/support cannot judge this: it compares sentences, and hallucination takes more than likeness"
    )


def noise(bench: Bench, mode: str) -> float | None:
    """Three statements: the first right; the second wrong and from the relevant context; the third from the other only."""
    told = {"statements": ["right", "wrong, from relevant", "wrong, from noise"]}
    by_context = {"relevant": {"expected": [1], "wrong": [1, 0]}, "noise": {"expected": [0], "wrong": [0, 1]}}

    def support(shown: str) -> object:
        items = shown.split("<<< statements")[1]
        if "the expected answer" in shown:
            return verdicts(1, 0, 0)
        context = by_context["relevant" if "relevant context" in shown else "noise"]
        return verdicts(*context["expected" if "what is expected" in items else "wrong"])

    def split(shown: str) -> object:
        return {"statements": ["what is expected"]} if "the expected answer" in shown else told

    bench.program({"judge/statements": split, "judge/faithfulness": support})
    sample = Sample(
        output="What was said.",
        expectations={"answer": "the expected answer"},
        contexts=contexts("a relevant context", "a noisy text"),
    )
    return bench.score("noise_sensitivity", sample, mode=mode).value


def test_noise_sensitivity_tells_where_wrong_statements_come_from(bench: Bench) -> None:
    assert noise(bench, "relevant") == pytest.approx(1 / 3)
    assert len(bench.asked) == 3 + 2 * 2
    assert noise(bench, "irrelevant") == pytest.approx(1 / 3)


def test_without_a_wrong_statement_there_is_no_noise(bench: Bench) -> None:
    bench.program({"judge/statements": TWO, "judge/faithfulness": verdicts(1, 1)})
    sample = Sample(output="Fine.", expectations={"answer": "Fine."}, contexts=SAMPLE.contexts)
    assert bench.score("noise_sensitivity", sample).value == 0.0
    assert len(bench.asked) == 3
    assert bench.score("noise_sensitivity", SAMPLE).status == "not_applicable"
    assert bench.score("noise_sensitivity", Sample(output="Fine.", expectations={"answer": "x"})).value == 0.0
    bench.program({"judge/statements": {"statements": []}})
    assert bench.score("noise_sensitivity", sample).label == "no_claims"
