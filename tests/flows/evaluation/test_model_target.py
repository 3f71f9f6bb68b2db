"""A model as a target: asked by a suite, compared with the one in production, promoted on the evidence."""

import json
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import CheckFailed, InputError, InvalidFile, NotFound
from tests.support.models import safetensors_bytes
from tests.support.workspaces import llmops as command
from tests.support.workspaces import workspace as workspace

SUITE = """target: {model: churn, python: "serve:predict", parameters: {limit: 20}}
dataset: churn
scorers: [exact_match]
gates:
  - {scorer: exact_match, min: 0.5}
"""
SERVE = """
from pathlib import Path

def predict(model: str, months: int, limit: int) -> str:
    bias = len(Path(model).read_bytes()) % 7
    return "left" if months + bias < limit else "stayed"
"""
RULES = '[aliases.production."model/*"]\nrequire = ["churn"]\n[aliases.production."app/*"]\nrequire = ["churn"]\n'


@pytest.fixture
def churn(workspace: Path) -> Path:
    """A workspace with a suite about a model, a function that serves it, and the model."""
    data = workspace / "evals" / "data"
    data.mkdir(parents=True, exist_ok=True)
    rows = [
        {"id": f"c{n}", "inputs": {"months": n}, "expectations": {"answer": "left" if n < 20 else "stayed"}}
        for n in range(40)
    ]
    (data / "churn.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (workspace / "evals" / "churn.yaml").write_text(SUITE)
    (workspace / "serve.py").write_text(SERVE)
    (workspace / "llmops.toml").write_text(RULES)
    return workspace


def register(root: Path, size: int) -> None:
    (root / "weights.bin").write_bytes(bytes(size))
    with llmops.open() as ws:
        ws.register_model("churn", files=["weights.bin"])


def test_from_a_suite_to_production(churn: Path) -> None:
    with llmops.open() as ws:
        ws.register()
        with pytest.raises(NotFound, match="there is no model called 'churn'") as told:
            ws.eval("churn")
        assert "llmops model register FILE churn" in told.value.hint
        register(churn, 7)
        digest = ws.model("churn@1").digest
        with pytest.raises(CheckFailed, match="1 of 1 requirement is not met"):
            ws.promote("model/churn@1", to="production")
        report = ws.eval("churn", target="model/churn@1")
        assert report.scores[0].mean == 1
        (run,) = ws.store.runs.runs()
        assert run.refs["model"] == digest
        assert run.refs["target"].startswith("sha256:")
        ws.promote("model/churn@1", to="production")
        register(churn, 10)
        report = ws.eval("churn", target="churn@2", compare="production")
        assert report.comparison is not None
        assert ws.model("churn@production").number == 1


def test_a_suite_about_models_is_about_nothing_else(churn: Path) -> None:
    with llmops.open() as ws:
        ws.register()
        register(churn, 7)
    said = command("promote", "app/docs@1", "--to", "production", "--dry-run")
    assert "suite/churn evaluates models; require it for them alone" in said.out


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("{model: policy/chat}", "is of kind policy, and here stands a model"),
        ("{model: churn, python: serve}", "'serve' names no function"),
        (
            "{model: churn, http: {url: 'http://127.0.0.1'}}",
            "model goes with a target of app or prompt, not of http",
        ),
        ("{model: churn, filters: {a: b}}", "filters goes with a target of app or rag, not of model"),
    ],
)
def test_targets_that_are_none(churn: Path, target: str, problem: str) -> None:
    (churn / "evals" / "churn.yaml").write_text(SUITE.replace(SUITE.splitlines()[0], f"target: {target}"))
    with llmops.open() as ws, pytest.raises(InvalidFile, match=problem):
        ws.register()


def test_what_a_model_cannot_be_asked(churn: Path) -> None:
    with llmops.open() as ws:
        ws.register()
        register(churn, 7)
        with pytest.raises(InputError, match="is itself a model, and asks none like offline/echo") as told:
            ws.eval("churn", target="model/churn@1", model="offline/echo")
        assert "Leave --model out" in told.value.hint
        (churn / "weights.safetensors").write_bytes(safetensors_bytes())
        ws.register_model("tensors", files=["weights.safetensors"])
        (churn / "evals" / "churn.yaml").write_text(SUITE.replace(', python: "serve:predict"', ""))
        with pytest.raises(InputError, match="model/tensors@1 takes no parameter 'limit'"):
            ws.eval("churn", target="model/tensors@1")
        (churn / "evals" / "churn.yaml").write_text(SUITE.replace("{limit: 20}", "{model: x}"))
        with pytest.raises(InputError, match="parameters of model/churn cannot set 'model'"):
            ws.eval("churn")
