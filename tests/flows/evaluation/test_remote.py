"""Cases in other processes: what goes there and back, tried with workers that live here."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import llmops
from llmops.backends.executors import EXECUTORS
from llmops.core.catalog import load
from llmops.core.errors import InputError, ModelError, NotFound
from llmops.core.settings import Settings
from llmops.domain.report import Report
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.remote import CaseWorker
from llmops.workspace.workspace import Workspace
from tests.support.model_server import Behaviour, ModelServer, model_server
from tests.support.model_suites import model_suite


class Neighbour:
    """A worker of this process, which opens the workspace anew as another process would."""

    spoil = False

    def __init__(self, opener: str, recipe: str) -> None:
        if Neighbour.spoil:
            told = json.loads(recipe)
            recipe = json.dumps({**told, "refs": {**told["refs"], "prompt": "sha256:other"}})
        self._worker: CaseWorker = load(opener)(recipe)  # type: ignore[operator]

    async def do(self, work: str) -> str:
        return await self._worker.do(work)

    async def close(self) -> None:
        await self._worker.close()


def open_neighbour(settings: Settings, *, opener: str, recipe: str, concurrency: int) -> Neighbour:
    return Neighbour(opener, recipe)


if "neighbour" not in EXECUTORS:
    EXECUTORS.register("neighbour")(open_neighbour)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture
def ws(server: ModelServer, tmp_path: Path) -> Iterator[Workspace]:
    gates = "gates:\n  - {scorer: contains, min: 0.5}\n"
    with llmops.open(model_suite(tmp_path / "w", server.api_base, 12, extra=gates)) as opened:
        yield opened


def evaluate(ws: Workspace, executor: str) -> Report:
    return ws.evaluate("slow", EvalOptions(executor=executor))


def test_the_report_is_that_of_this_process(ws: Workspace, server: ModelServer) -> None:
    away, here = evaluate(ws, "neighbour"), evaluate(ws, "local")
    assert len(server.requests) == 12
    unlike = {"run_id", "started_at", "seconds", "cached", "notes", "spent"}
    assert away.model_dump(exclude=unlike) == here.model_dump(exclude=unlike)


def test_failed_answers_come_back_as_results(ws: Workspace, server: ModelServer) -> None:
    server.script(*[Behaviour()] * 3, *[Behaviour(status=400)] * 2)
    report = evaluate(ws, "neighbour")
    assert (report.cases, report.errors) == (12, 2)


def test_a_model_that_refuses_ends_the_run_as_it_does_here(ws: Workspace, server: ModelServer) -> None:
    server.behaviour = Behaviour(status=401)
    with pytest.raises(ModelError, match="401") as away:
        evaluate(ws, "neighbour")
    with pytest.raises(ModelError, match="401") as here:
        evaluate(ws, "local")
    assert away.value.message == here.value.message
    assert away.value.exit_code == 3


def test_a_worker_that_sees_other_versions_refuses(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Neighbour, "spoil", True)
    with pytest.raises(InputError, match="a worker sees other versions than the run in") as refused:
        evaluate(ws, "neighbour")
    assert "docs/executors.md" in refused.value.hint


def test_an_unknown_executor_is_refused_before_anything_is_asked(ws: Workspace, server: ModelServer) -> None:
    with pytest.raises(NotFound, match="there is no executor called 'rey'") as unknown:
        evaluate(ws, "rey")
    assert unknown.value.hint == "Did you mean 'ray'?"
    assert server.requests == []
    assert ws.store.runs.runs() == []
