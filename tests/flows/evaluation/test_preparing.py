"""The steps of a rubric: written once, the same in every run, and told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import ModelError
from llmops.flows.evaluation.options import EvalOptions
from tests.support.judges import Bench, judging
from tests.support.model_server import Behaviour

SUITE = """\
target: {app: docs}
dataset: evals/data/docs.jsonl
judge: exam/judge
scorers:
  - rubric: {name: tone, criteria: Polite}
"""


@pytest.fixture
def bench(ready: Path) -> Iterator[Bench]:
    with judging(ready) as found:
        settings = (ready / "llmops.toml").read_text()
        (ready / "llmops.toml").write_text(settings + '\n[vectors]\nkind = "exact"\n')
        (ready / "evals" / "judged.yaml").write_text(SUITE)
        yield found


def test_steps_are_written_once_and_told(bench: Bench, ready: Path) -> None:
    bench.program(
        {
            "judge/rubric_steps": [{"steps": ["Look.", "Grade."]}, {"steps": ["Other."]}],
            "judge/rubric": {"reason": "", "score": 5},
        }
    )
    with llmops.open(ready) as ws:
        first = ws.eval("judged")
        again = ws.evaluate("judged", EvalOptions(use_cache=False))
    assert bench.asked.count("judge/rubric_steps") == 1
    assert first.scores[0].identity == again.scores[0].identity
    told = 'tone: the judge wrote what the suite leaves out; put it there to keep it: steps: ["Look.", "Grade."]'
    assert told in first.notes
    assert first.scores[0].details == {"grade": 5.0}
    (ready / "evals" / "judged.yaml").write_text(SUITE.replace("Polite}", 'Polite, steps: ["Look.", "Grade."]}'))
    with llmops.open(ready) as ws:
        kept = ws.eval("judged")
    assert kept.scores[0].identity == first.scores[0].identity
    assert told not in kept.notes


def test_a_judge_that_writes_no_steps_ends_the_run(bench: Bench, ready: Path) -> None:
    bench.server.behaviour = Behaviour(status=401)
    with llmops.open(ready) as ws, pytest.raises(ModelError, match="401"):
        ws.eval("judged")
    with llmops.open(ready) as ws:
        assert ws.store.runs.runs() == []
