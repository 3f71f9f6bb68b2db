"""Gates can be decided again from what a report remembers of its scorers."""

import pytest

from llmops.core.errors import InputError
from llmops.domain.ports import Sample
from llmops.domain.suite import GateSpec
from llmops.evals.gates.decide import decide
from llmops.evals.remembered import remember_scorers
from tests.support.eval_runs import baseline, binary, loaded, observed, report


def test_decisions_are_the_same_with_remembered_scorers() -> None:
    scorers = [loaded("contains"), loaded("words", span=None, direction="lower", unit="words")]
    candidate, before = binary(95, 5), binary(90, 10)
    gates = [GateSpec(scorer="contains", min=0.8), GateSpec(scorer="contains", no_worse_than="production", margin=0.1)]
    remembered = remember_scorers(report(candidate, *scorers))
    assert [(one.label, one.identity, one.scorer.unit) for one in remembered] == [
        (one.label, one.identity, one.scorer.unit) for one in scorers
    ]
    known = {"production": baseline(before, *scorers)}
    assert decide(gates, observed(candidate), remembered, baselines=known) == decide(
        gates, observed(candidate), scorers, baselines=known
    )


def test_a_remembered_scorer_does_not_score() -> None:
    [remembered] = remember_scorers(report(binary(1, 0)))
    with pytest.raises(InputError, match="a remembered scorer scores nothing"):
        remembered.scorer.score(Sample(output="x"))
