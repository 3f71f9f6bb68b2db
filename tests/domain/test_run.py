"""Runs."""

from datetime import UTC, datetime

from llmops.domain.run import Run


def test_a_run_reads_back_from_json() -> None:
    run = Run(id="run-1", name="docs", started_at=datetime(2026, 1, 1, tzinfo=UTC), refs={"suite": "sha256:0"})
    assert Run.model_validate_json(run.model_dump_json()) == run
    assert run.status == "running"
