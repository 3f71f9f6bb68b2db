"""`--until-decided` on a model server: it asks no more than it must, and goes on where it stopped."""

from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from llmops.core.errors import InputError
from llmops.domain.report import Report
from llmops.flows.evaluation.options import EvalOptions
from tests.support.deciding import CASES, RIGHT, WRONG, bets, decide, opened, versions
from tests.support.model_server import ModelServer, model_server
from tests.support.model_suites import interrupt_after


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


def test_a_clear_candidate_is_decided_after_few_answers(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path) as ws:
        report = decide(ws)
        assert (report.outcome, report.complete) == ("pass", True)
        assert report.betting is not None
        assert report.betting.decided
        assert report.betting.cases < 10
        assert report.betting.answers == report.cases == len(server.requests) < report.betting.cases + 2 * 3
        run = ws.store.runs.get(report.run_id)
        assert run.status == "finished"
        assert run.parameters["seed"] == report.betting.seed
        assert len(list(ws.store.runs.results(run.id))) == report.cases


def test_an_interrupted_run_goes_on_with_the_same_capital(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path, "  - {scorer: contains, min: 0.5}\n  - {latency_p95: 60}\n") as ws:
        with pytest.raises(CancelledError, match=r"^$"):
            ws.evaluate("slow", EvalOptions(until_decided=True, concurrency=3), progress=interrupt_after(20))
        run = ws.store.runs.runs()[0]
        partial = Report.model_validate(run.summary)
        assert (run.status, partial.complete) == ("interrupted", False)
        assert [decision.outcome for decision in partial.decisions] == ["pass", "unknown"]
        stored = len(list(ws.store.runs.results(run.id)))
        server.requests.clear()
        report = decide(ws)
        assert report.run_id == run.id
        assert len(server.requests) <= report.cases - stored  # one under way may have reached the cache
        assert report.outcome == "pass"
        assert bets(report) == bets(decide(ws, use_cache=False))


def test_a_run_that_goes_on_by_its_id_bets_on_too(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path) as ws:
        with pytest.raises(CancelledError, match=r"^$"):
            ws.evaluate("slow", EvalOptions(until_decided=True, concurrency=2), progress=interrupt_after(3))
        run = ws.store.runs.runs()[0]
        report = ws.evaluate("slow", EvalOptions(resume=run.id))
        assert report.betting is not None
        assert report.betting.decided
        assert report.cases < 20


@pytest.mark.parametrize(("bodies", "conclusion"), [((WRONG, RIGHT), "better"), ((RIGHT, WRONG), "worse")])
def test_without_gates_a_comparison_is_decided(
    server: ModelServer, tmp_path: Path, bodies: tuple[str, str], conclusion: str
) -> None:
    with opened(server, tmp_path, "") as ws:
        versions(ws, *bodies)
        report = decide(ws, target="prompt/ask@2", compare="production")
        assert report.comparison is not None
        (difference,) = report.comparison.differences
        assert (difference.conclusion, difference.p) == (conclusion, None)
        assert report.cases < 20


def test_equals_stay_unknown_to_the_last_case(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path, "") as ws:
        versions(ws, RIGHT, "{{ question }}!")
        report = decide(ws, target="prompt/ask@2", compare="production")
        assert report.comparison is not None
        assert report.comparison.differences[0].conclusion == "not yet known"
        assert report.betting is not None
        assert (report.betting.decided, report.betting.cases) == (False, CASES)


def test_what_cannot_be_decided_is_refused_before_anything_is_asked(server: ModelServer, tmp_path: Path) -> None:
    with opened(server, tmp_path, "  - {cost_per_case: 0.1}\n") as ws:
        with pytest.raises(InputError, match="no gate of slow can be decided before all cases are asked") as only_cost:
            decide(ws)
        assert only_cost.value.hint.endswith("Ask all: llmops eval slow")
        with pytest.raises(InputError, match="--limit takes the first cases, --until-decided draws them") as limited:
            decide(ws, limit=3)
        assert limited.value.hint == "llmops eval slow --until-decided stops by itself."
        suite = ws.root / "evals/slow.yaml"
        suite.write_text(suite.read_text().split("gates")[0])
        with pytest.raises(InputError, match="slow has no gates, so there is nothing to decide") as gateless:
            decide(ws)
        assert gateless.value.hint.endswith("llmops eval slow --until-decided --compare production")
    assert server.requests == []
