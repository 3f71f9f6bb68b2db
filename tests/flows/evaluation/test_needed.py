"""A run is read with the run that it was compared with, as long as that is there."""

import json
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import NotFound
from llmops.flows.evaluation.needed import read_run
from llmops.workspace.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "evals/data").mkdir(parents=True)
    (tmp_path / "prompts/say.md").write_text("---\ninputs: {question: string}\n---\n{{ question }}\n")
    (tmp_path / "evals/say.yaml").write_text(
        "target: {prompt: say, model: offline/echo}\ndataset: evals/data/say.jsonl\nscorers: [contains]\n"
    )
    rows = [{"id": str(n), "inputs": {"question": f"q{n}"}, "expectations": {"answer": "q1"}} for n in range(12)]
    (tmp_path / "evals/data/say.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return llmops.open(tmp_path)


def test_a_run_is_read_with_its_baseline_while_that_is_there(ws: Workspace) -> None:
    with ws:
        first = ws.eval("say")
        second = ws.eval("say", compare=first.run_id)
        read = read_run(ws.store, second.run_id)
        assert len(read.observed.scores("contains")) == 12
        assert read.baseline is not None
        assert [score.label for score in read.scores] == ["contains"]
        assert read_run(ws.store, first.run_id).baseline is None
        ws.store.runs.remove(first.run_id)
        assert read_run(ws.store, second.run_id).baseline is None


def test_a_run_that_is_not_there_is_named(ws: Workspace) -> None:
    with ws, pytest.raises(NotFound, match="run-nothere"):
        read_run(ws.store, "run-nothere")
