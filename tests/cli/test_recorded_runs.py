"""Comparing and plotting recorded runs on the command line."""

import json
from pathlib import Path

import pytest

import llmops as library
from tests.support.workspaces import llmops


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three trainings."""
    root = tmp_path_factory.mktemp("trained")
    (root / "llmops.toml").touch()
    with library.open(root) as ws:
        for name, lr in (("small", 0.1), ("large", 0.01), ("large", 0.001)):
            with ws.run(name, experiment="churn") as run:
                run.log_params({"lr": lr, "epochs": 3})
                for step in range(3):
                    run.log_metrics({"loss": lr / (step + 1), "auc": 1 - lr})
    return root


def test_runs_are_compared_by_id_and_by_filter(trained: Path) -> None:
    found = json.loads(llmops("runs", "list", "--type", "training", "--json", cwd=trained).out)
    ids = [record["run"]["id"] for record in found]
    said = llmops("runs", "compare", *ids, cwd=trained)
    assert (said.code, "params.lr" in said.out, "Alike in all: epochs=3" in said.out) == (0, True, True)
    order = ("--filter", "experiment = 'churn'", "--order-by", "metrics.auc desc")
    given = json.loads(llmops("runs", "compare", *order, "--json", cwd=trained).out)
    assert given["params"]["varied"] == {"lr": ["0.001", "0.01", "0.1"]}
    assert llmops("runs", "compare", *order, "-o", "page.html", cwd=trained).code == 0
    assert "What goes with auc" in (trained / "page.html").read_text()


def test_curves_are_plotted_by_name_and_experiment(trained: Path) -> None:
    assert llmops("runs", "plot", "churn", cwd=trained).out.count("small ") == 2
    given = json.loads(llmops("runs", "plot", "large", "--metric", "loss", "--json", cwd=trained).out)
    assert [run["name"] for run in given] == ["large", "large"]
    assert [point["step"] for point in given[0]["curves"]["loss"]] == [0, 1, 2]
    assert llmops("runs", "plot", "--metric", "loss", "-o", "curves.html", cwd=trained).code == 0
    assert "loss, 3 curves" in (trained / "curves.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["compare"], "name runs to compare, or a filter", "runs compare --filter"),
        (["compare", "run-z"], "run-z", "llmops runs list"),
        (["compare", "--filter", "metrics.auc > 9"], "no run meets this", "llmops runs list --type training"),
        (["compare", "--filter", "params.lr = 0.1"], "a comparison needs two runs", "BASELINE CANDIDATE"),
        (["plot", "--metric", "los"], "none of these runs has a metric 'los'", "loss"),
        (["plot", "churn", "--scorer", "x"], "--scorer and --target are for evaluations", "llmops runs plot SUITE"),
        (["plot", "churn", "-o", "page.md"], "page.md does not end in .html", "-o page.html"),
        (["plot", "nothing"], "suite 'nothing' has no finished run", "llmops eval nothing"),
    ],
)
def test_what_cannot_be_done_is_told(trained: Path, arguments: list[str], message: str, hint: str) -> None:
    said = llmops("runs", *arguments, cwd=trained)
    assert said.code == 2
    assert message in said.err
    assert hint in said.err
