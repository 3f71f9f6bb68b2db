"""Baselines that are asked beside a run: the same cases, no more of them, and each before its partner."""

from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from llmops.core.errors import ModelError
from llmops.flows.evaluation.options import EvalOptions
from tests.support.deciding import RELATIVE, RIGHT, WRONG, decide, opened, versions
from tests.support.model_server import Behaviour, ModelServer, model_server
from tests.support.model_suites import asked_texts, interrupt_after


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


def test_of_the_baseline_only_the_needed_cases_are_asked(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path, RELATIVE) as ws:
        versions(ws, WRONG, RIGHT)
        report = decide(ws, target="prompt/ask@2")
        assert report.outcome == "pass"
        assert report.betting is not None
        assert report.betting.baseline_answers == report.cases < 20
        texts = asked_texts(server.requests)
        assert sorted(text.replace("x", "q") for text in texts if text.startswith("x")) == sorted(
            text for text in texts if text.startswith("q")
        )
        beside = ws.store.runs.get(ws.store.runs.get(report.run_id).parameters["beside"]["production"])
        assert (beside.status, beside.parameters["beside"]) == ("interrupted", report.run_id)
        assert beside.parameters["target"] == "prompt/ask@1"


def test_a_stored_run_of_the_baseline_is_not_asked_again(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path, RELATIVE) as ws:
        versions(ws, WRONG, RIGHT)
        ws.evaluate("slow", EvalOptions(target="prompt/ask@1"))
        server.requests.clear()
        report = decide(ws, target="prompt/ask@2")
        assert report.outcome == "pass"
        assert len(server.requests) == report.cases < 20
        assert report.betting is not None
        assert report.betting.baseline_answers == 0


def test_an_interrupted_comparison_finds_the_partners_of_its_answers(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path, RELATIVE) as ws:
        versions(ws, WRONG, RIGHT, WRONG + "!")
        options = EvalOptions(until_decided=True, concurrency=2, target="prompt/ask@2", use_cache=False)
        with pytest.raises(CancelledError, match=r"^$"):
            ws.evaluate("slow", options, progress=interrupt_after(4))
        ws.promote("prompt/ask@3", to="production")  # the run goes on with what it began with
        run = ws.store.runs.runs()[0]
        run = run if "against" in run.parameters else ws.store.runs.runs()[1]
        report = ws.evaluate("slow", EvalOptions(resume=run.id, use_cache=False))
        assert report.outcome == "pass"
        texts = asked_texts(server.requests)
        assert len(texts) <= len(set(texts)) + 2
        ids = {result.case_id for result in ws.store.runs.results(report.run_id)}
        assert ids <= {result.case_id for result in ws.store.runs.results(run.parameters["beside"]["production"])}


def test_a_baseline_that_cannot_be_reached_ends_the_run(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path, RELATIVE) as ws:
        versions(ws, WRONG, RIGHT)
        server.behaviour = Behaviour(status=401)
        with pytest.raises(ModelError, match=r"401|key"):
            decide(ws, target="prompt/ask@2")
        assert len(server.requests) < 40
