"""Several judges for one score."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case
from llmops.domain.ports import Sample
from llmops.domain.suite import ScorerSpec
from llmops.evals.hearing import expected_calls
from llmops.evals.loading import load_scorer
from llmops.evals.scorers.judged.panel import Panel, agreement, majority
from tests.support.judges import Bench
from tests.support.model_server import Behaviour

THREE: dict[str, Json] = {"judges": ["exam/a", "exam/b", "exam/c"], "scorer": "factuality"}
SAMPLE = Sample(output="x", expectations={"answer": "y"})


def choose(bench: Bench, **choices: str) -> None:
    """Let each model choose."""
    bench.server.behaviour = Behaviour(
        reply=lambda body: f'{{"reason": "", "choice": "{choices[body["model"]]}"}}'  # the name without its provider
    )


def test_a_panel_takes_the_mean_and_tells_how_far_it_agrees(bench: Bench) -> None:
    choose(bench, a="same", b="disagree", c="same")
    score = bench.score("panel", SAMPLE, **THREE)
    assert score.value == pytest.approx(2 / 3)
    assert score.reason == "exam/a 1, exam/b 0, exam/c 1"
    assert score.details == {"agreement": pytest.approx(1 / 3)}
    assert score.judging is not None
    assert score.judging.calls == 3


def test_a_panel_takes_the_majority(bench: Bench) -> None:
    choose(bench, a="same", b="disagree", c="superset")
    assert bench.score("panel", SAMPLE, **THREE, vote="majority").value == 1.0
    assert bench.score("panel", SAMPLE, **THREE, vote="majority", threshold=0.7).value == 0.0


def test_one_judge_without_a_verdict_makes_the_score_missing(bench: Bench) -> None:
    choose(bench, a="same", b="perhaps", c="same")
    score = bench.score("panel", SAMPLE, **THREE)
    assert score.status == "missing"
    assert score.reason.startswith("1 of 3 judges gave no score; exam/b: the judge exam/b gave no verdict")
    assert bench.score("panel", Sample(output="x"), **THREE).status == "not_applicable"


def test_a_panel_is_directed_and_known_as_its_members_are(bench: Bench) -> None:
    spec = ScorerSpec(scorer="panel", label="p", arguments={**THREE, "scorer": "toxicity"})
    panel = load_scorer(spec, bench.scoring(repeats=2)).scorer
    assert isinstance(panel, Panel)
    assert panel.direction == "lower"
    assert panel.prompts == ("judge/opinions", "judge/toxicity")
    assert [judge.model for judge in panel.asked()] == THREE["judges"]
    assert expected_calls(panel, Case(id="1", inputs={})) == 2 * 2 * 3
    other = ScorerSpec(scorer="panel", label="p", arguments={**THREE, "judges": ["exam/a", "exam/b"]})
    assert load_scorer(other, bench.scoring()).scorer.identity != panel.identity


def test_the_steps_of_a_panel_come_from_the_suites_judge(bench: Bench) -> None:
    arguments: dict[str, Json] = {**THREE, "scorer": "rubric", "arguments": {"criteria": "Polite"}}
    bench.program({"judge/rubric_steps": {"steps": ["Look."]}})
    panel = load_scorer(ScorerSpec(scorer="panel", label="p", arguments=arguments), bench.scoring()).scorer
    assert isinstance(panel, Panel)

    async def prepare() -> Json:
        found = await panel.prepare()
        await bench.services.close()
        return found

    assert asyncio.run(prepare()) == {"arguments": {"criteria": "Polite", "steps": ("Look.",)}}
    assert [received.body["model"] for received in bench.server.requests] == ["judge"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"judges": ["exam/a"]}, "scorer 'panel': judges is"),
        ({"judges": ["exam/a", "exam/a"]}, "a judge sits twice on the panel"),
        ({"scorer": "contains"}, "'contains' asks no judge"),
        ({"scorer": "faithfullness"}, "there is no scorer called 'faithfullness'"),
        ({"arguments": {"beta": 2}}, "scorer 'factuality' takes no argument 'beta'"),
    ],
)
def test_a_panel_that_cannot_sit(bench: Bench, wrong: dict[str, Json], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        bench.score("panel", SAMPLE, **{**THREE, **wrong})
    assert caught.value.hint


@given(st.lists(st.floats(0, 1), min_size=2, max_size=7))
def test_agreement_is_a_share(values: list[float]) -> None:
    assert -1e-9 <= agreement(values) <= 1 + 1e-9
    assert agreement([values[0]] * len(values)) == 1.0


def test_the_majority_is_more_than_half() -> None:
    assert [majority(values, 0.5) for values in ([1, 1, 0], [1, 0, 0], [1, 0])] == [1.0, 0.0, 0.5]
