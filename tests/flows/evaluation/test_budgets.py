"""Budgets: a run stops with what is done, and goes on with a larger one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import BudgetSpent, InputError, InvalidFile
from llmops.domain.spending import Budget
from llmops.flows.evaluation.budgets import larger
from llmops.flows.evaluation.options import EvalOptions
from tests.support.model_server import ModelServer, model_server
from tests.support.model_suites import model_suite
from tests.support.workspaces import llmops as command

GATES = "gates:\n  - {scorer: contains, min: 0.5}\n"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture
def root(server: ModelServer, tmp_path: Path) -> Path:
    return model_suite(tmp_path / "w", server.api_base, 30, extra=f"{GATES}budget: {{calls: 12}}\n")


def test_a_run_stops_before_its_budget_is_exceeded_and_goes_on_with_a_larger_one(
    root: Path, server: ModelServer
) -> None:
    with llmops.open(root) as ws:
        with pytest.raises(BudgetSpent, match="stopped: its budget of 12 calls is spent") as caught:
            ws.eval("slow")
        assert len(server.requests) == 12
        run = ws.store.runs.runs()[0]
        assert (run.status, run.summary["complete"]) == ("stopped", False)
        assert run.summary["spent"]["calls"] == 12
        assert [decision["outcome"] for decision in run.summary["decisions"]] == ["unknown"]
        assert "its budget of 12 calls is spent" in run.summary["decisions"][0]["reason"]
        assert (
            caught.value.hint
            == f"Stored: 12 of 30 answers. Go on with: llmops eval --resume {run.id} --budget calls=24"
        )
        assert list(ws.store.runs.finished(run.refs)) == []  # so that it is no evidence
        with pytest.raises(BudgetSpent, match="its budget of 24 calls is spent"):
            ws.evaluate("slow", EvalOptions(resume=run.id, budget=Budget(calls=24)))
        found = ws.evaluate("slow", EvalOptions(resume=run.id, budget=Budget(calls=40)))
        assert (found.cases, found.spent.calls, found.outcome) == (30, 30, "pass")
        assert len(server.requests) == 30


def test_replies_out_of_the_cache_cost_nothing(root: Path, server: ModelServer) -> None:
    with llmops.open(root) as ws:
        ws.evaluate("slow", EvalOptions(budget=Budget(calls=100)))
        assert ws.eval("slow").cached == 30


def test_the_command_line_says_what_to_type(root: Path) -> None:
    said = command("eval", "slow", "--budget", "calls=3", cwd=root)
    assert said.code == 1
    assert "its budget of 3 calls is spent" in said.err
    assert "--budget calls=6" in said.err


def test_a_budget_of_the_command_is_that_of_all_its_suites(root: Path, server: ModelServer) -> None:
    other = (root / "evals/slow.yaml").read_text().replace("slow/m", "slow/n").replace("calls: 12", "calls: 100")
    (root / "evals/slow.yaml").write_text(other.replace("slow/n", "slow/m"))
    (root / "evals/tardy.yaml").write_text(other)
    said = command("eval", "--budget", "calls=40", cwd=root)
    assert said.code == 1
    assert len(server.requests) == 40


def test_no_price_no_budget_in_dollars(root: Path, server: ModelServer) -> None:
    with llmops.open(root) as ws:
        with pytest.raises(InputError, match="no price is known for slow/m, so a budget in dollars") as caught:
            ws.evaluate("slow", EvalOptions(budget=Budget(usd=5)))
        assert caught.value.hint == "Limit tokens, calls or minutes in its place: --budget tokens=200000"
        assert server.requests == []
        assert ws.store.runs.runs() == []


def test_an_unknown_unit_is_found_with_its_line(root: Path) -> None:
    suite = root / "evals/slow.yaml"
    suite.write_text(suite.read_text().replace("calls: 12", "call: 12"))
    with (
        llmops.open(root) as ws,
        pytest.raises(InvalidFile, match=r"slow\.yaml:6: unknown key 'budget.call'") as caught,
    ):
        ws.eval("slow")
    assert "calls" in caught.value.hint


def test_twice_as_much_is_written_as_it_is_read() -> None:
    assert larger(Budget(usd=5)) == "10"
    assert larger(Budget(usd=0.5, tokens=3_000_000)) == "usd=1,tokens=6000000"
