"""Reports: what all gates come to."""

from datetime import UTC, datetime

import pytest

from llmops.domain.report import Decision, Outcome, Report


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
