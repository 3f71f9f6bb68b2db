"""Suites, gates, scores and reports."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from llmops.core.hashing import Json
from llmops.domain.evaluation import Case, Decision, GateSpec, Outcome, Report, Score, TargetSpec


@pytest.mark.parametrize(
    "gate",
    [
        {"scorer": "contains", "min": 0.9},
        {"scorer": "latency", "max": 2},
        {"scorer": "contains", "no_worse_than": "production", "margin": 0.02},
        {"latency_p95": 2.0},
        {"cost_per_case": 0},
        {"error_rate": 0.02},
    ],
)
def test_gates_have_one_form(gate: dict[str, Json]) -> None:
    assert GateSpec.model_validate(gate).model_dump(exclude_none=True) == gate


@pytest.mark.parametrize(
    "gate",
    [
        {"scorer": "contains"},
        {"scorer": "contains", "min": 0.9, "max": 1},
        {"min": 0.9},
        {"latency_p95": 2.0, "error_rate": 0.1},
        {"scorer": "contains", "min": 0.9, "latency_p95": 2},
        {"scorer": "contains", "min": 0.9, "margin": 0.1},
    ],
)
def test_a_gate_of_two_forms_or_none_is_refused(gate: dict[str, Json]) -> None:
    with pytest.raises(ValidationError, match=r"a gate is|a scorer gate takes|margin goes with"):
        GateSpec.model_validate(gate)


def test_a_target_is_an_app_or_a_prompt() -> None:
    with pytest.raises(ValidationError, match="a target is either"):
        TargetSpec.model_validate({"app": "a", "prompt": "b"})


def test_a_case_is_its_own_cluster_unless_told() -> None:
    assert Case(id="a", inputs={}).cluster == "a"
    assert Case(id="a", inputs={}, metadata={"cluster": 7}).cluster == "7"


def test_missing_is_not_zero() -> None:
    assert Score.missing("timed out").value is None
    assert Score.not_applicable("no answer expected").status == "not_applicable"


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [((), "pass"), (("pass", "unknown"), "unknown"), (("unknown", "fail"), "fail"), (("pass", "pass"), "pass")],
)
def test_a_report_passes_when_every_gate_passes(outcomes: tuple[Outcome, ...], expected: str) -> None:
    report = Report(
        run_id="run-1",
        suite="s",
        target="app/docs",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=1,
        refs={},
        cases=1,
        clusters=1,
        repeats=1,
        errors=0,
        scores=(),
        decisions=tuple(Decision(gate="g", outcome=o, reason="") for o in outcomes),
    )
    assert report.outcome == expected
