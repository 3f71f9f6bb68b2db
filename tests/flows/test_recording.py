"""Recording from a workspace, as its user does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import llmops
from llmops.storage import engine
from llmops.storage.upgrade import upgrade
from tests.support.children import kill_child_after, start_child
from tests.support.postgres import PostgresServer
from tests.support.workspaces import llmops as said


def test_a_run_is_recorded_in_the_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with llmops.open(tmp_path) as ws:
        with ws.run("baseline", experiment="churn", tags={"team": "x"}) as run:
            run.log_metric("auc", 0.91, step=3)
            with ws.run("fold-1", parent=run) as fold:
                fold.log_metric("auc", 0.9)
        assert "Created sqlite:///" in capsys.readouterr().err
        inner, outer = ws.store.tracking.records(ws.store.runs.runs())
    assert (inner.run.parent, inner.run.experiment) == (outer.run.id, "churn")
    assert (outer.metrics["auc"].value, outer.metrics["auc"].step, outer.tags) == (0.91, 3, {"team": "x"})
    assert outer.run.status == inner.run.status == "finished"


def test_an_experiment_is_called_like_the_run_where_none_is_named(tmp_path: Path) -> None:
    with llmops.open(tmp_path) as ws:
        with ws.run("baseline"):
            pass
        assert ws.store.runs.runs()[0].experiment == "baseline"


def test_the_command_line_shows_what_was_recorded(tmp_path: Path) -> None:
    with llmops.open(tmp_path) as ws, ws.run("baseline") as run:
        run.log_metric("auc", 0.91)
        run_id = run.id
    assert run_id in said("runs", "list", "--type", "training", cwd=tmp_path).out
    assert "value: 0.91" in said("runs", "show", run_id, cwd=tmp_path).out
    assert '"value": 0.91' in said("runs", "show", run_id, "--json", cwd=tmp_path).out


RECORD = """
import sys, llmops
from llmops.storage import engine
engine.BUSY_SECONDS = 0.01
with llmops.open(sys.argv[1]) as ws, ws.run("killed") as run:
    run.log_metric("loss", 0.0)
    run.flush()
    print(run.id, flush=True)
    sys.stdin.readline()
    run.log_metric("loss", 1.0)
    run.flush()
    print("waits", flush=True)
    sys.stdin.read()
"""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let another process hold the store of a folder, as a backup or a long transaction does."""
    with closing(sqlite3.connect(folder / ".llmops" / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_run_that_ends_while_the_store_is_locked_is_brought_in_by_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.01)
    with llmops.open(tmp_path) as ws:
        with ws.run("baseline") as run:
            run.log_metric("auc", 0.9)
            run.flush()
            with locked(tmp_path):
                run.log_metric("auc", 0.91)
                run.log_params({"lr": 0.1})
                run.end()
        assert "is locked by another process; what a run records waits in" in capsys.readouterr().err
        assert ws.store.runs.runs()[0].status == "running"
        assert "What runs recorded waits in 1 files: llmops runs recover" in said("runs", "list", cwd=tmp_path).err
        assert "Brought in 1 batches." in said("runs", "recover", cwd=tmp_path).err
        assert "Nothing waits." in said("runs", "recover", cwd=tmp_path).err
        (record,) = ws.store.tracking.records(ws.store.runs.runs())
    assert (record.run.status, record.params, record.metrics["auc"].count) == ("finished", {"lr": "0.1"}, 2)


def test_what_a_killed_process_left_waiting_is_brought_in_by_the_next_run(tmp_path: Path) -> None:
    with llmops.open(tmp_path) as ws, ws.run("first"):
        pass
    child = start_child(RECORD, str(tmp_path))
    assert child.stdin is not None
    assert child.stdout is not None
    run_id = child.stdout.readline().strip()
    with locked(tmp_path):
        child.stdin.write("\n")
        child.stdin.flush()
        kill_child_after(child, 1)
    with llmops.open(tmp_path) as ws:
        assert [point.value for point in ws.store.tracking.history(run_id, "loss")] == [0.0]
        with ws.run("killed", run_id=run_id) as run:
            run.log_metric("loss", 2.0)
        assert [(point.step, point.value) for point in ws.store.tracking.history(run_id, "loss")] == [
            (0, 0.0),
            (1, 1.0),
            (2, 2.0),
        ]
        assert ws.store.runs.get(run_id).status == "finished"


def test_a_server_that_is_gone_at_the_end_gets_the_rest_when_it_is_back(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with postgres_server.database() as url:
        upgrade(url, root=tmp_path)
        with llmops.open(url) as ws, ws.run("baseline") as run:
            run.log_metric("auc", 0.9)
            run.flush()
            with postgres_server.refusing(url):
                run.log_metric("auc", 0.91)
                run.end("failed", error="out of memory")
        with llmops.open(url) as ws:
            with ws.run("next"):
                pass
            newest, brought = ws.store.tracking.records(ws.store.runs.runs())
    assert (newest.run.name, newest.run.status) == ("next", "finished")
    assert (brought.run.status, brought.tags, brought.metrics["auc"].count) == ("failed", {"error": "out of memory"}, 2)
