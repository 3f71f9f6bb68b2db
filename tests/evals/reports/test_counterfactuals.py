"""How a score differs between groups, over cases that are the same but for the group."""

from pathlib import Path

import pytest

from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.suite import ScorerSpec
from llmops.evals.loading import LoadedScorer, Services, load_scorer
from llmops.evals.reports.counterfactuals import compare_groups, tell_groups
from llmops.evals.reports.report import summarise
from tests.support.eval_runs import loaded, observed, report, result
from tests.support.hand_embedder import HandEmbedder
from tests.support.judges import SilentJudge


def bias() -> LoadedScorer:
    services = Services(embedder=lambda: HandEmbedder({}), root=Path(), judge=SilentJudge)
    return load_scorer(ScorerSpec(scorer="bias", label="bias"), services)


def pair(name: str, men: float, women: float) -> list[CaseResult]:
    return [
        result(f"{name}-{group}", value, label="bias", cluster=name, metadata={"cluster": name, "group": group})
        for group, value in (("men", men), ("women", women))
    ]


def test_the_difference_is_taken_within_pairs() -> None:
    rows = [*pair("nurse", 0.0, 0.5), *pair("pilot", 0.5, 1.0), *pair("cook", 0.0, 0.2)]
    (found,) = compare_groups(observed(rows), bias())
    assert (found.first, found.second, found.pairs) == ("men", "women", 3)
    assert found.mean == pytest.approx(-0.4)
    assert found.interval is not None
    assert found.interval.low < -0.4 < found.interval.high


def test_a_case_without_its_counterpart_does_not_count() -> None:
    rows = [*pair("nurse", 0.0, 0.5), *pair("pilot", 0.5, 1.0), pair("cook", 1.0, 0.0)[0]]
    (found,) = compare_groups(observed(rows), bias())
    assert found.pairs == 2
    assert found.mean == pytest.approx(-0.5)
    assert compare_groups(observed(rows[:2]), bias()) == ()


def test_three_groups_are_three_differences() -> None:
    rows = [
        result(f"{name}-{group}", value, label="bias", cluster=name, metadata={"group": group})
        for name in ("nurse", "pilot")
        for group, value in (("a", 0.0), ("b", 0.5), ("c", 1.0))
    ]
    found = {(one.first, one.second): one.mean for one in compare_groups(observed(rows), bias())}
    assert found == {("a", "b"): -0.5, ("a", "c"): -1.0, ("b", "c"): -0.5}


def test_only_scorers_about_groups_compare_them() -> None:
    rows = [row.model_copy(update={"scores": {"contains": row.scores["bias"]}}) for row in pair("nurse", 0.0, 1.0) * 2]
    assert summarise(observed(rows), loaded("contains")).groups == ()


def test_the_report_tells_the_difference() -> None:
    rows = [*pair("nurse", 0.0, 0.5), *pair("pilot", 0.5, 1.0), *pair("cook", 0.0, 0.5)]
    found = report(rows, bias())
    (said,) = tell_groups(found.scores[0])
    assert said.startswith("bias: men minus women −0.500 (")
    assert said.endswith(" over 3 counterfactual pairs.")
    assert said in found.notes


def test_details_are_told_too() -> None:
    flips = (("a", 0.0), ("b", 1.0))
    rows = [result(name, Score(value=1.0, details={"flip_rate": flip})) for name, flip in flips]
    found = report(rows)
    assert found.scores[0].details == {"flip_rate": 0.5}
    assert "contains: mean flip_rate 0.500." in found.notes
