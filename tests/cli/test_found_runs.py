"""Finding runs on the command line, trainings and evaluations alike."""

import json
from pathlib import Path

import pytest

import llmops as library
from tests.support.workspaces import llmops, make_workspace


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two trainings and an evaluation."""
    root = make_workspace(tmp_path_factory.mktemp("recorded") / "shop")
    assert llmops("register", cwd=root).code == 0
    assert llmops("index", "sync", "docs", cwd=root).code == 0
    assert llmops("eval", "docs", "--limit", "3", "--allow-unknown", cwd=root).code == 0
    with library.open(root) as ws:
        for name, auc in (("small", 0.8), ("large", 0.95)):
            with ws.run(name, experiment="churn", tags={"team": "x"}) as run:
                run.log_param("layers", 2)
                run.log_metric("auc", auc)
    return root


def names(root: Path, *arguments: str) -> list[str]:
    said = llmops("runs", "list", *arguments, "--json", cwd=root)
    assert said.code == 0, said.err
    return [found["run"]["name"] for found in json.loads(said.out)]


def test_keys_that_no_run_has_are_said(recorded: Path) -> None:
    said = llmops("runs", "list", "--filter", "metrics.acu > 0.9 and not params.layers = 1", cwd=recorded)
    assert "No such runs." in said.err
    assert "No run has metrics.acu. Did you mean 'auc'?" in said.err
    assert "layers" not in said.err


def test_a_filter_and_an_order(recorded: Path) -> None:
    assert names(recorded, "--filter", "metrics.auc > 0.9 and tags.team = 'x'") == ["large"]
    assert names(recorded, "--order-by", "metrics.auc") == ["small", "large", "docs"]
    assert names(recorded, "--type", "training", "--order-by", "metrics.auc desc") == ["large", "small"]
    assert names(recorded, "small", "--filter", "params.layers = 2") == ["small"]
    assert names(recorded, "--filter", "metrics.auc > 1") == []


def test_an_evaluation_is_a_run_with_metrics(recorded: Path) -> None:
    assert names(recorded, "--filter", "metrics.contains >= 0 and type = 'eval'") == ["docs"]


def test_the_table_shows_what_was_recorded(recorded: Path) -> None:
    said = llmops("runs", "list", "--type", "training", cwd=recorded).out
    assert all(word in said for word in ("experiment", "auc", "layers", "churn", "0.95", "finished"))


def test_what_cannot_be_read_is_told(recorded: Path) -> None:
    said = llmops("runs", "list", "--filter", "metrics.auc >", cwd=recorded)
    assert (said.code, "expected a value, found the end" in said.err) == (2, True)
    said = llmops("runs", "list", "--filter", "metrics.auc > 1", "--target", "app/docs", cwd=recorded)
    assert (said.code, "params.target like 'app/docs%'" in said.err) == (2, True)
