"""Relevance of answers and contexts: the numbers that published definitions give."""

import pytest

from llmops.core.hashing import Json
from llmops.domain.ports import Sample
from tests.support.eval_runs import contexts
from tests.support.judges import Bench, verdicts

ASKED = {"question": "How long do returns take?"}


def useful(*yes: int) -> list[Json]:
    return [{"reason": "because", "verdict": "yes" if found else "no"} for found in yes]


def by_number(*yes: int) -> Json:
    """The verdict by the number that a context carries, as contexts are judged at once."""

    def reply(shown: str) -> Json:
        place = int(shown.split("context number ")[1].split()[0])
        return useful(*yes)[place]

    return reply


def ranked(count: int) -> Sample:
    texts = [f"context number {place} here" for place in range(count)]
    return Sample(output="30 days.", inputs=ASKED, expectations={"answer": "30 days."}, contexts=contexts(*texts))


@pytest.mark.parametrize(
    ("verdict", "value"), [((1, 0, 1), 5 / 6), ((1, 1, 0, 1), 11 / 12), ((0, 0), 0.0), ((0, 1), 0.5), ((1, 1), 1.0)]
)
@pytest.mark.parametrize("scorer", ["context_precision", "context_utilisation"])
def test_precision_weighs_ranks(bench: Bench, scorer: str, verdict: tuple[int, ...], value: float) -> None:
    bench.program({"judge/usefulness": by_number(*verdict)})
    score = bench.score(scorer, ranked(len(verdict)))
    assert score.value == pytest.approx(value)
    assert score.reason == f"useful: {sum(verdict)} of {len(verdict)} contexts"
    assert score.judging is not None
    assert score.judging.calls == len(verdict)


def test_precision_compares_with_the_expected_answer_and_utilisation_with_the_output(bench: Bench) -> None:
    bench.program({"judge/usefulness": useful(1)[0]})
    sample = Sample(output="what was said", expectations={"answer": "what was expected"}, contexts=contexts("a"))
    bench.score("context_precision", sample)
    bench.score("context_utilisation", sample)
    first, second = (received.body["messages"][1]["content"] for received in bench.server.requests)
    assert "what was expected" in first
    assert "what was said" not in first
    assert "what was said" in second


def test_without_contexts_or_answers(bench: Bench) -> None:
    bench.program({})
    assert bench.score("context_precision", Sample(output="x", contexts=contexts("a"))).status == "not_applicable"
    for scorer in ("context_precision", "context_recall"):
        assert bench.score(scorer, Sample(output="x", expectations={"answer": "y"})).value == 0.0
    assert bench.score("context_utilisation", Sample(output=" ", contexts=contexts("a"))).value == 0.0


def test_one_unreadable_verdict_makes_precision_missing(bench: Bench) -> None:
    def reply(shown: str) -> Json:
        return "no idea" if "context number 1 " in shown else useful(1)[0]

    bench.program({"judge/usefulness": reply})
    assert bench.score("context_precision", ranked(3)).status == "missing"


def test_context_recall_is_the_share_of_attributable_sentences(bench: Bench) -> None:
    bench.program({"judge/sentences": {"sentences": ["a", "b", "c"]}, "judge/context_recall": verdicts(1, 0, 1)})
    sample = Sample(output="x", expectations={"answer": "a. b. c."}, contexts=contexts("a c"))
    assert bench.score("context_recall", sample).value == pytest.approx(2 / 3)
    bench.program({"judge/sentences": {"sentences": ["a", "b", "c"]}, "judge/context_recall": verdicts(1, 0)})
    assert bench.score("context_recall", sample).status == "missing"


def test_entities_are_compared_after_normalisation(bench: Bench) -> None:
    def reply(shown: str) -> Json:
        return {
            "entities": ["ada lovelace", "London."] if "in the context" in shown else ["Ada  Lovelace", "the Thames"]
        }

    bench.program({"judge/entities": reply})
    sample = Sample(output="x", expectations={"answer": "Ada at the Thames."}, contexts=contexts("in the context"))
    score = bench.score("context_entity_recall", sample)
    assert (score.value, score.reason) == (0.5, "1 of 2 entities in the contexts; not: 'thames'")
    bench.program({"judge/entities": {"entities": []}})
    assert bench.score("context_entity_recall", sample).status == "not_applicable"


def question(text: str, *, noncommittal: bool = False) -> Json:
    return {"question": text, "noncommittal": noncommittal}


def test_answer_relevancy_asks_three_times_and_takes_the_mean_cosine(bench: Bench) -> None:
    written = [question("How long do returns take?"), question("How long do returns take?"), question("zebra")]
    bench.program({"judge/answer_relevancy": written})
    score = bench.score("answer_relevancy", Sample(output="30 days.", inputs=ASKED))
    assert bench.asked == ["judge/answer_relevancy"] * 3
    assert score.value == pytest.approx(2 / 3, abs=0.05)  # two cosines of 1, one near 0


def test_three_questions_are_three_calls_with_the_cache_too(bench: Bench) -> None:
    bench.program({"judge/answer_relevancy": question("How long?")})
    bench.score("answer_relevancy", Sample(output="30 days exactly.", inputs=ASKED), cached=True)
    assert len(bench.asked) == 3
    again = bench.score("answer_relevancy", Sample(output="30 days exactly.", inputs=ASKED), cached=True)
    assert again.judging is not None
    assert (again.judging.calls, again.judging.cached, len(bench.asked)) == (3, 3, 3)


def test_a_noncommittal_answer_is_not_relevant(bench: Bench) -> None:
    evasive = question("How long do returns take?", noncommittal=True)
    bench.program({"judge/answer_relevancy": evasive})
    score = bench.score("answer_relevancy", Sample(output="Hard to say.", inputs=ASKED))
    assert (score.value, score.label) == (0.0, "noncommittal")
    bench.program({"judge/answer_relevancy": [evasive, evasive, question("How long do returns take?")]})
    assert bench.score("answer_relevancy", Sample(output="Hard to say.", inputs=ASKED)).value == pytest.approx(1.0)


def test_relevancy_takes_a_question_and_an_answer(bench: Bench) -> None:
    bench.program({"judge/answer_relevancy": question(" ")})
    assert bench.score("answer_relevancy", Sample(output="x")).status == "not_applicable"
    assert bench.score("answer_relevancy", Sample(output=" ", inputs=ASKED)).value == 0.0
    assert "the question is blank" in bench.score("answer_relevancy", Sample(output="x", inputs=ASKED)).reason


def test_the_baseline_scores_relevance(bench: Bench) -> None:
    sample = Sample(
        output="Returns take 30 days.",
        inputs=ASKED,
        expectations={"answer": "Returns take 30 days in Paris."},
        contexts=contexts("Elephants dance.", "Returns take 30 days in Paris."),
    )
    found = {
        scorer: bench.score(scorer, sample, model="offline/support").value
        for scorer in ("context_precision", "context_utilisation", "context_recall", "context_entity_recall")
    }
    assert found == {
        "context_precision": 0.5,
        "context_utilisation": 0.5,
        "context_recall": 1.0,
        "context_entity_recall": 1.0,
    }
    relevancy = bench.score("answer_relevancy", sample, model="offline/support").value
    assert relevancy is not None
    assert 0 < relevancy < 1
