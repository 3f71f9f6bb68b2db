"""model register and load-info; the general commands on models."""

import json
from pathlib import Path

import pytest

from tests.support.models import safetensors_bytes
from tests.support.workspaces import llmops


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace with a file."""
    (tmp_path / "llmops.toml").write_text("")
    (tmp_path / "w.safetensors").write_bytes(safetensors_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMOPS_ACTOR", "ada@example.com")
    return tmp_path


def test_from_a_file_to_production_and_back(desk: Path) -> None:
    (desk / "s.json").write_text('{"inputs": {"age": "int64"}, "outputs": {"": "float64"}}')
    (desk / "e.json").write_text('[{"age": 3}]')
    made = llmops(
        "model", "register", "w.safetensors", "churn", "--signature", "s.json", "--example", "e.json", "-m", "first"
    )
    assert (made.code, made.out) == (0, "model/churn@1\n")
    assert "Registered: sha256:" in made.err
    again = llmops(
        "model", "register", "w.safetensors", "churn", "--signature", "s.json", "--example", "e.json", "--json"
    )
    assert json.loads(again.out)["created"] is False
    (desk / "w.safetensors").write_bytes(safetensors_bytes().replace(b'"np"', b'"pt"'))
    assert llmops("model", "register", "w.safetensors", "churn").out == "model/churn@2\n"
    assert llmops("promote", "model/churn@1", "--to", "production").code == 0
    assert llmops("promote", "model/churn@2", "--to", "production").code == 0
    assert llmops("rollback", "model/churn@production").code == 0
    assert "production→1" in llmops("list", "models").out
    assert "age" in llmops("show", "model/churn@production").out
    assert "signature" in llmops("diff", "model/churn@1", "model/churn@2").out
    assert "rollback" in llmops("history", "model/churn@production").out
    assert llmops("tag", "model/churn@2", "team=growth").code == 0
    assert "model/churn" in llmops("list", "--tag", "team=growth").out
    assert llmops("delete", "model/churn", "--yes").code == 1
    assert llmops("db", "check").code == 0


def test_what_loading_would_need(desk: Path) -> None:
    llmops("model", "register", "w.safetensors", "churn")
    said = llmops("model", "load-info", "churn")
    assert said.code == 0
    assert "2 tensors of F16, F32" in said.out
    assert 'model = llmops.open().model("churn@1")' in said.out
    assert "model/churn@1  sha256:" in said.err
    told = json.loads(llmops("model", "load-info", "churn@latest", "--json").out)
    assert Path(told["files"][0]["cached"]).read_bytes() == safetensors_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["churn"], "a model needs at least one file"),
        (["w.safetensor", "churn"], "'w.safetensor' is no file here"),
        (["w.safetensors", "churn", "--run", "run-x"], "there is no run 'run-x'"),
    ],
)
def test_what_is_refused(desk: Path, arguments: list[str], said: str) -> None:
    refused = llmops("model", "register", *arguments)
    assert refused.code == 2
    assert said in refused.err


def test_a_folder_of_the_workspace_is_nothing_that_registers(desk: Path) -> None:
    refused = llmops("model", "load-info", "churn")
    assert refused.code == 2
    assert "type llmops model register FILE churn" in refused.err


def test_a_card(desk: Path) -> None:
    assert llmops("model", "register", "w.safetensors", "churn", "-m", "first").code == 0
    assert "# model/churn@" in llmops("model", "card", "churn").out
    assert json.loads(llmops("model", "card", "churn", "--json").out)["message"] == "first"
    assert llmops("model", "card", "churn", "-o", "card.html").err.endswith("Wrote card.html.\n")
    assert (desk / "card.html").read_text().startswith("<!doctype html>")
    refused = llmops("model", "card", "churn", "-o", "card.pdf")
    assert refused.code == 2
    assert "card.pdf is no .html or .md file" in refused.err
