"""The classic model: from a training to production, past a gate that refuses, to a canary and back."""

import json
import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.workspaces import llmops

EXAMPLE = Path(__file__).parents[2] / "examples" / "classic_model"
TEMPLATE = Path(__file__).parents[2] / "src" / "llmops" / "templates" / "classic"


Script = Callable[..., str]


@pytest.fixture
def python(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Script:
    """Runs a script as `python` would and returns its output; in this process, which imports scikit-learn once."""

    def run(script: str, *arguments: str) -> str:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", [script, *arguments])
        runpy.run_path(script, run_name="__main__")
        return capsys.readouterr().out

    return run


@pytest.mark.slow
def test_from_a_training_to_production_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: Script
) -> None:
    pytest.importorskip("skops")
    pytest.importorskip("sklearn")
    monkeypatch.setenv("LLMOPS_ACTOR", "ada@example.com")
    desk = tmp_path / "classic"
    shutil.copytree(EXAMPLE, desk)
    monkeypatch.chdir(desk)
    assert python("train.py") == "model/churn@1\n"
    assert llmops("register").code == 0
    assert llmops("eval", "churn", "--target", "model/churn@1").code == 0
    assert llmops("promote", "model/churn@1", "--to", "production").code == 0

    assert python("train.py", "--rows", "12") == "model/churn@2\n"
    assert llmops("eval", "churn", "--target", "model/churn@2").code == 1
    refused = llmops("promote", "model/churn@2", "--to", "production")
    assert refused.code == 1
    assert "metric auc   not met" in refused.err
    forced = llmops(
        "promote", "model/churn@2", "--to", "production", "--canary", "50%", "--force", "--reason", "try", cwd=desk
    )
    assert forced.code == 0

    customers = [json.dumps({"customer": f"c{n}", "months": 2, "tickets": 7, "price": 30}) for n in range(12)]
    scored = [json.loads(line) for line in python("score.py", *customers).splitlines()]
    assert {one["model"] for one in scored} == {"model/churn@1", "model/churn@2"}
    assert scored[0]["prediction"] == "left"
    assert llmops("rollback", "model/churn@production").code == 0
    (only,) = {json.loads(line)["model"] for line in python("score.py", *customers).splitlines()}
    assert only == "model/churn@1"


def test_the_template_trains_the_same_model() -> None:
    assert (TEMPLATE / "train.py.template").read_text() == (EXAMPLE / "train.py").read_text()
    for name in ("llmops.toml", "evals/churn.yaml", "evals/data/churn.jsonl"):
        assert (TEMPLATE / name).read_text() == (EXAMPLE / name).read_text()


def test_the_template_is_written(tmp_path: Path) -> None:
    made = llmops("init", "desk", "--template", "classic", cwd=tmp_path)
    assert made.code == 0
    assert "python train.py" in made.err
    assert sorted(path.name for path in (tmp_path / "desk").iterdir()) == ["evals", "llmops.toml", "train.py"]
    assert llmops("register", cwd=tmp_path / "desk").code == 0
