"""How draws become one score, and what is expected of a judge before it is asked."""

import asyncio
from math import fsum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.errors import ModelError
from llmops.domain.evaluation import Case, Judging, Score
from llmops.domain.ports import Sample
from llmops.evals.hearing import JudgingTally, add_up, combine, expected_calls, together
from llmops.evals.loading import load_scorer
from tests.support.eval_runs import GivenScorer, contexts
from tests.support.judges import ScorerSpec, judging, verdicts


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_several_draws_are_kept_and_the_score_is_their_mean(values: list[float]) -> None:
    score = combine([Score(value=value) for value in values])
    assert score.draws == tuple(values)
    assert score.value is not None
    assert min(values) - 1e-12 <= score.value <= max(values) + 1e-12


def test_one_draw_is_the_score() -> None:
    score = Score(value=0.5, reason="because")
    assert combine([score]) is score


def test_a_draw_without_a_score_is_never_left_out() -> None:
    score = combine([Score(value=1.0), Score.missing("unreadable"), Score(value=1.0)])
    assert score == Score.missing("1 of 3 draws have no score: unreadable")


def test_draws_that_agree_on_having_no_score_have_none() -> None:
    nothing = Score(status="missing", label="no_claims", reason="the output claims nothing")
    assert combine([nothing, nothing]) == nothing


def test_the_label_is_the_most_frequent_and_details_are_means() -> None:
    draws = [
        Score(value=0.0, label="loss", details={"flip": 0.0}),
        Score(value=1.0, label="win", details={"flip": 0.0}),
        Score(value=1.0, label="win", details={"flip": 1.0}),
    ]
    score = combine(draws)
    assert score.label == "win"
    assert score.details == {"flip": pytest.approx(1 / 3)}


def test_what_was_taken_adds_up_in_any_order() -> None:
    parts = [Judging(calls=1, tokens=3, cost=0.1), Judging(calls=2, cached=1, unpriced=2), Judging(cost=0.2)]
    total = add_up(parts)
    assert total == Judging(calls=3, cached=1, tokens=3, cost=fsum([0.1, 0.2]), unpriced=2)
    tally = JudgingTally()
    for part in reversed(parts):
        tally.add(part)
    assert (tally.calls, tally.cached, tally.tokens, tally.unpriced, tally.cost) == (3, 1, 3, 2, total.cost)


def test_a_failure_is_raised_when_all_have_been_heard() -> None:
    heard: list[str] = []

    async def good() -> str:
        await asyncio.sleep(0)
        heard.append("good")
        return "good"

    async def bad() -> str:
        raise ModelError("down")

    with pytest.raises(ModelError, match="down"):
        asyncio.run(together(bad(), good()))
    assert heard == ["good"]


def test_draws_are_calls_of_their_own_and_repeats_too(tmp_path: Path) -> None:
    """Two draws of two repeats: four times the same words, four different cache keys."""
    with judging(tmp_path) as bench:
        bench.program({"judge/statements": {"statements": ["a"]}, "judge/faithfulness": verdicts(1)})
        spec = ScorerSpec(scorer="faithfulness", label="faithfulness")
        scoring = bench.scoring(repeats=2, cached=True)
        loaded = load_scorer(spec, scoring)

        async def ask() -> list[Score]:
            samples = [Sample(output="a", contexts=contexts("a"), repeat=repeat) for repeat in (0, 1, 0)]
            scores = []
            for sample in samples:
                found = loaded.scorer.score(sample)
                scores.append(found if isinstance(found, Score) else await found)
            await bench.services.close()
            return scores

        first, second, again = asyncio.run(ask())
    assert first.draws == (1.0, 1.0)
    assert len(bench.asked) == 8
    assert [score.judging.cached if score.judging else None for score in (first, second, again)] == [0, 0, 4]


def test_calls_are_expected_by_draws(tmp_path: Path) -> None:
    case = Case(id="1", inputs={"question": "?"})
    assert expected_calls(GivenScorer(), case) == 0
    with judging(tmp_path) as bench:
        loaded = load_scorer(ScorerSpec(scorer="faithfulness", label="f"), bench.scoring(repeats=3))
        assert expected_calls(loaded.scorer, case) == 6
