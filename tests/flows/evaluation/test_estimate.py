"""Estimates: calls, tokens and money before anything is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import llmops
from llmops.core.bridge import run_sync
from llmops.core.hashing import Json
from llmops.core.names import parse_ref
from llmops.domain.estimate import Estimate
from llmops.flows.evaluation.estimate import SAMPLE, estimate
from llmops.flows.evaluation.options import EvalOptions
from llmops.workspace.workspace import Workspace
from tests.support.model_server import ModelServer, model_server
from tests.support.model_suites import model_suite


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


def opened(tmp_path: Path, server: ModelServer, cases: int = 30, extra: str = "") -> Workspace:
    return llmops.open(model_suite(tmp_path / "w", server.api_base, cases, extra=extra))


def estimated(ws: Workspace, suite: str = "slow", **options: Json) -> Estimate:
    return run_sync(estimate(ws.services, parse_ref(suite, "suite"), EvalOptions(**options)))


def test_every_call_is_counted_and_none_is_made(tmp_path: Path, server: ModelServer) -> None:
    with opened(tmp_path, server) as ws:
        found = estimated(ws, repeats=3)
        (part,) = found.parts
        assert (part.role, part.model, part.calls, part.cached) == ("target", "slow/m", 90, 0)
        assert 45 <= part.prompt_tokens <= 70  # questions of two or three characters
        assert part.completion_tokens == 90 * 200
        assert part.cost is None
        assert found.cost is None
        assert server.requests == []
        assert ws.store.runs.runs() == []


def test_replies_in_the_cache_are_not_paid_for(tmp_path: Path, server: ModelServer) -> None:
    with opened(tmp_path, server) as ws:
        ws.eval("slow", limit=10)
        (part,) = estimated(ws).parts
        assert (part.calls, part.cached) == (30, 10)
        (anew,) = estimated(ws, use_cache=False).parts
        assert anew.cached == 0


def test_answers_are_as_long_as_in_the_latest_run(tmp_path: Path, server: ModelServer) -> None:
    with opened(tmp_path, server) as ws:
        report = ws.eval("slow")
        found = estimated(ws, model="openai/gpt-4o-mini")
        (part,) = found.parts
        said = sum(result.usage.completion_tokens for result in ws.store.runs.results(report.run_id))
        assert part.completion_tokens == said
        assert f"Lengths of answers are those of {report.run_id}." in found.notes


def test_money_is_tokens_times_the_list_price(tmp_path: Path, server: ModelServer) -> None:
    with opened(tmp_path, server) as ws:
        found = estimated(ws, model="openai/gpt-4o-mini")
        (part,) = found.parts
        assert part.cost == pytest.approx(part.prompt_tokens * 0.15e-6 + part.completion_tokens * 0.6e-6, rel=0.05)
        assert found.cost == part.cost


def test_a_large_suite_is_sampled(tmp_path: Path, server: ModelServer) -> None:
    with opened(tmp_path, server, cases=SAMPLE + 100) as ws:
        found = estimated(ws)
        assert found.parts[0].calls == SAMPLE + 100
        assert f"Prompts and cache were looked at for {SAMPLE} answers of {SAMPLE + 100}." in found.notes


def test_a_prompt_that_does_not_render_is_no_call(tmp_path: Path, server: ModelServer) -> None:
    with opened(tmp_path, server) as ws:
        prompt = ws.root / "prompts/ask.md"
        prompt.write_text(prompt.read_text().replace("question: string", "question: string\n  tone: string"))
        found = estimated(ws)
        assert found.parts[0].calls == 0
        assert any(note.startswith("30 prompts of the sample would not be asked: ") for note in found.notes)


def test_judges_are_counted_by_what_their_scorers_say(tmp_path: Path, server: ModelServer) -> None:
    judged = "judge: {model: openai/gpt-4o-mini, repeats: 2}\n"
    with opened(tmp_path, server, extra=judged) as ws:
        suite = ws.root / "evals/slow.yaml"
        suite.write_text(suite.read_text().replace("[contains]", "[contains, faithfulness]"))
        target, judge = estimated(ws).parts
        assert (judge.role, judge.model) == ("judge", "openai/gpt-4o-mini")
        assert judge.calls == 30 * 2 * 2  # faithfulness asks twice a draw
        assert judge.prompt_tokens > target.prompt_tokens
        assert judge.cost is not None


def test_a_function_is_asked_for_what_nobody_knows(ready: Path) -> None:
    (ready / "my_service.py").write_text("def answer(question):\n    return question\n")
    with llmops.open(ready) as ws:
        found = estimated(ws, "docs", target="python:my_service:answer")
        assert found.parts == ()
        assert any("what it asks is not known" in note for note in found.notes)


def test_retrieval_goes_into_the_prompt(ready: Path) -> None:
    with llmops.open(ready) as ws:
        (part,) = estimated(ws, "docs").parts
        assert part.prompt_tokens > part.calls * 100
        assert part.cost == 0.0
