"""One run of a plan: what is in the store when it has ended."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import ModelError


def test_a_run_records_what_it_ran_on(ready: Path) -> None:
    with llmops.open(ready) as ws:
        report = ws.eval("docs")
        run = ws.store.runs.get(report.run_id)
        for kind in ("suite", "dataset", "app"):
            assert run.refs[kind] == ws.store.versions.latest(kind, "docs").digest  # type: ignore[union-attr]
        assert run.status == "finished"
        assert len(list(ws.store.runs.results(run.id))) == 12
        assert run.summary["run_id"] == run.id


def test_the_oldest_reply_is_as_old_as_the_cache_says(ready: Path) -> None:
    with llmops.open(ready) as ws:
        first = ws.eval("docs")
        assert first.oldest_reply is not None
        assert first.oldest_reply >= first.started_at
    with sqlite3.connect(ready / ".llmops" / "store.db") as database:
        database.execute("UPDATE replies SET reply = json_set(reply, '$.at', '2026-01-02T03:04:05Z')")
    database.close()
    with llmops.open(ready) as ws:
        again = ws.eval("docs")
        assert again.cached == 12
        assert again.oldest_reply == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_limited_run_decides_no_gate(ready: Path) -> None:
    with llmops.open(ready) as ws:
        report = ws.eval("docs", limit=3)
        assert report.cases == 3
        assert {decision.outcome for decision in report.decisions} == {"unknown"}


def test_an_unreachable_model_fails_the_run(ready: Path) -> None:
    settings = ready / "llmops.toml"
    settings.write_text(settings.read_text() + '\n[connections.gone]\napi_base = "http://127.0.0.1:9/v1"\n')
    with llmops.open(ready) as ws:
        with pytest.raises(ModelError, match=r"127\.0\.0\.1:9"):
            ws.eval("docs", model="gone/m", limit=1)
        assert ws.store.runs.runs()[0].status == "failed"
