"""The cells of a matrix: planned together, compared as one family."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError, NotFound
from llmops.core.names import parse_ref
from llmops.domain.matrix import Cell
from llmops.flows.evaluation.matrix import gather, plan_cells
from llmops.flows.evaluation.options import EvalOptions
from llmops.workspace.workspace import Workspace

SUITE = parse_ref("suite/matrix")
TEXT = """target: {prompt: [answer, prompt/short], model: [offline/echo, offline/extractive]}
dataset: docs
scorers: [contains, token_f1]
"""


@pytest.fixture
def prompts(ready: Path) -> Path:
    """A workspace with a second prompt, and a suite on both with two models."""
    (ready / "prompts" / "short.md").write_text("user:\n{{ question }}\n")
    (ready / "evals" / "matrix.yaml").write_text(TEXT)
    return ready


def names(ws: Workspace, *targets: str, models: tuple[str, ...] = ()) -> list[str]:
    return [cell.target for cell in plan_cells(ws.services, SUITE, EvalOptions(), targets=targets, models=models)]


def test_every_target_meets_every_model(prompts: Path) -> None:
    with llmops.open(prompts) as ws:
        assert names(ws) == [
            "prompt/answer with offline/echo",
            "prompt/answer with offline/extractive",
            "prompt/short with offline/echo",
            "prompt/short with offline/extractive",
        ]
        assert names(ws, "app/docs", models=("offline/echo", "offline/extractive")) == [
            "app/docs with offline/echo",
            "app/docs with offline/extractive",
        ]
        assert names(ws, "short", models=("offline/echo",)) == [""]  # one cell is no matrix


def test_what_is_wrong_with_a_cell_is_found_before_any_is_asked(prompts: Path) -> None:
    with llmops.open(prompts) as ws:
        with pytest.raises(NotFound, match="nothing"):
            names(ws, "app/docs", "app/nothing", models=("offline/echo",))
        with pytest.raises(InputError, match="prompt/short with offline/echo is asked for twice"):
            names(ws, "prompt/short", "prompt/short", models=("offline/echo",))
        with pytest.raises(InputError, match="this suite has 4 targets, and here is asked for one") as caught:
            ws.eval("matrix")
        assert "llmops eval SUITE" in caught.value.hint
        assert ws.store.runs.runs() == []


def test_cells_are_compared_with_the_first_as_one_family(prompts: Path) -> None:
    with llmops.open(prompts) as ws:
        planned = plan_cells(ws.services, SUITE, EvalOptions(), targets=(), models=())
        cells = [Cell(target=one.target, report=ws.evaluate("matrix", one.options)) for one in planned[:3]]
        matrix = gather(ws.services, SUITE, [*cells, Cell(target="gone", error="away")], planned[0].options)
        assert matrix.baseline == "prompt/answer with offline/echo"
        assert matrix.family == 4
        assert [cell.comparison is not None for cell in matrix.cells] == [False, True, True, False]
        assert gather(ws.services, SUITE, cells[:1], planned[0].options).family == 0


def test_cells_are_compared_with_what_compare_names(prompts: Path) -> None:
    with llmops.open(prompts) as ws:
        first = ws.eval("matrix", target="prompt/answer", model="offline/echo")
        planned = plan_cells(ws.services, SUITE, EvalOptions(compare=first.run_id), targets=(), models=())
        cells = [Cell(target=one.target, report=ws.evaluate("matrix", one.options)) for one in planned]
        matrix = gather(ws.services, SUITE, cells, planned[0].options)
        assert (matrix.baseline, matrix.family) == (first.run_id, 8)
