"""Going on with a run: nothing twice, nothing lost, and only on what it began with."""

import json
from collections.abc import Iterator
from concurrent.futures import CancelledError
from datetime import UTC, datetime
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import Conflict, InputError, NotFound
from llmops.core.hashing import Json
from llmops.domain.report import Report
from llmops.domain.run import Run
from llmops.flows.evaluation.options import EvalOptions
from llmops.workspace.workspace import Workspace
from tests.support.model_server import Behaviour, ModelServer, model_server
from tests.support.model_suites import asked_texts, interrupt_after, model_suite

GATES = "gates:\n  - {scorer: contains, min: 0.5}\n  - {error_rate: 0.5}\n"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture
def ws(server: ModelServer, tmp_path: Path) -> Iterator[Workspace]:
    root = model_suite(tmp_path / "w", server.api_base, 30, extra=GATES)
    with llmops.open(root) as opened:
        yield opened


def interrupted(ws: Workspace, after: int = 10, **options: Json) -> Run:
    with pytest.raises(CancelledError, match=r"^$"):
        ws.evaluate("slow", EvalOptions(concurrency=2, **options), progress=interrupt_after(after))
    return ws.store.runs.runs()[0]


def resume(ws: Workspace, run: Run, **options: Json) -> Report:
    return ws.evaluate("slow", EvalOptions(resume=run.id, **options))


def comparable(report: Report) -> Json:
    """What two reports on the same answers share."""
    return report.model_dump(
        exclude={
            "run_id",
            "started_at",
            "seconds",
            "latency",
            "oldest_reply",
            "cached",
            "notes",
            "fingerprints",
            "spent",
        }
    )


def test_the_report_is_that_of_a_run_which_was_never_interrupted(ws: Workspace, server: ModelServer) -> None:
    run = interrupted(ws)
    assert run.status == "interrupted"
    assert run.summary["complete"] is False
    report = resume(ws, run)
    assert report.run_id == run.id
    assert report.started_at == run.started_at
    assert report.complete
    assert comparable(report) == comparable(ws.eval("slow"))
    assert report.outcome == "pass"
    assert ws.store.runs.get(run.id).status == "finished"
    assert len(list(ws.store.runs.results(run.id))) == 30


def test_no_finished_answer_is_asked_again(ws: Workspace, server: ModelServer) -> None:
    run = interrupted(ws, use_cache=False)
    done = len(list(ws.store.runs.results(run.id)))
    assert done >= 10
    server.requests.clear()
    assert resume(ws, run, use_cache=False).cases == 30
    assert len(server.requests) == 30 - done


def test_what_a_run_was_asked_with_is_remembered(ws: Workspace, server: ModelServer) -> None:
    run = interrupted(ws, after=3, repeats=2, limit=4, model="slow/other")
    report = resume(ws, run)
    assert (report.cases, report.repeats, report.refs["model"]) == (4, 2, "slow/other")
    assert {request.body["model"] for request in server.requests} == {"other"}


def test_a_resumed_run_may_be_interrupted_again(ws: Workspace) -> None:
    run = interrupted(ws)
    with pytest.raises(CancelledError, match=r"^$"):
        ws.evaluate("slow", EvalOptions(resume=run.id, concurrency=2), progress=interrupt_after(20))
    assert ws.store.runs.get(run.id).status == "interrupted"
    assert resume(ws, run).cases == 30


def test_failed_answers_stay_unless_they_shall_be_asked_again(ws: Workspace, server: ModelServer) -> None:
    server.script(Behaviour(text="q"), Behaviour(status=400), Behaviour(status=400))
    run = interrupted(ws)
    with pytest.raises(CancelledError, match=r"^$"):
        ws.evaluate("slow", EvalOptions(resume=run.id, concurrency=2), progress=interrupt_after(15))
    assert ws.store.runs.get(run.id).summary["errors"] == 2
    server.requests.clear()
    report = resume(ws, run, retry_errors=True)
    assert (report.errors, report.cases) == (0, 30)
    assert {"q1", "q2"} & set(asked_texts(server.requests))
    assert "2 answers had failed and were asked for again, so the errors shown are too few." in report.notes
    contains, errors = report.decisions
    assert contains.outcome == "pass"
    assert errors.outcome == "unknown"
    assert "--retry-errors" in errors.reason


@pytest.mark.parametrize(
    ("path", "before", "after", "named"),
    [
        ("evals/slow.yaml", "min: 0.5", "min: 0.6", "the suite is not"),
        ("evals/data/slow.jsonl", '"q3"', '"q3!"', "the dataset and the suite are not"),
        ("prompts/ask.md", "{{ question }}", "{{ question }}?", "the prompt is not"),
        ("evals/slow.yaml", "slow/m", "slow/n", "the model and the suite are not"),
    ],
)
def test_a_run_goes_on_only_on_what_it_began_with(
    ws: Workspace, path: str, before: str, after: str, named: str
) -> None:
    run = interrupted(ws)
    file = ws.root / path
    file.write_text(file.read_text().replace(before, after))
    with pytest.raises(InputError, match=rf"{run.id} cannot go on: {named} what it began with") as caught:
        resume(ws, run)
    assert caught.value.hint.startswith("Put it back, or start anew: llmops eval slow.")


def test_a_changed_scorer_is_named(ws: Workspace) -> None:
    run = interrupted(ws)
    scorers = {**run.parameters["scorers"], "contains": "sha256:another"}
    ws.store.runs.reopen(run.id, {**run.parameters, "scorers": scorers})
    with pytest.raises(InputError, match="the scorer contains is not what it began with"):
        resume(ws, run)


def test_a_finished_run_has_nothing_left_to_do(ws: Workspace) -> None:
    report = ws.eval("slow")
    with pytest.raises(InputError, match="is finished, there is nothing left to do") as caught:
        resume(ws, ws.store.runs.get(report.run_id))
    assert caught.value.hint == f"llmops runs show {report.run_id}"


def test_an_unknown_run_is_no_run(ws: Workspace) -> None:
    with pytest.raises(NotFound, match="there is no run 'run-none'"):
        ws.evaluate("slow", EvalOptions(resume="run-none"))


def test_a_run_of_another_suite_is_another_run(ws: Workspace) -> None:
    run = interrupted(ws)
    with pytest.raises(InputError, match=f"{run.id} is a run of slow, not of quick") as caught:
        ws.evaluate("quick", EvalOptions(resume=run.id))
    assert caught.value.hint == f"llmops eval --resume {run.id}"


def test_what_a_run_is_cannot_be_changed(ws: Workspace) -> None:
    run = interrupted(ws)
    with pytest.raises(InputError, match="so --repeats cannot be given") as caught:
        resume(ws, run, repeats=3)
    assert caught.value.hint == f"llmops eval --resume {run.id}"


def test_a_run_of_an_older_version_cannot_go_on(ws: Workspace) -> None:
    ws.register()
    ws.store.runs.start(Run(id="run-old", name="slow", started_at=datetime(2026, 1, 2, tzinfo=UTC)))
    with pytest.raises(InputError, match="a version of llmops that did not store how") as caught:
        ws.evaluate("slow", EvalOptions(resume="run-old"))
    assert caught.value.hint.startswith("Start anew: llmops eval slow.")


def test_a_run_that_another_process_carries_out_is_left_to_it(ws: Workspace) -> None:
    run = interrupted(ws)
    ws.store.runs.leases.acquire(run.id, "process 7 on elsewhere", datetime.now(UTC))
    with pytest.raises(Conflict, match=f"run '{run.id}' is being carried out by process 7 on elsewhere") as caught:
        resume(ws, run)
    assert f"llmops runs show {run.id}" in caught.value.hint


def test_a_run_that_was_taken_over_writes_nothing_more(ws: Workspace, server: ModelServer) -> None:
    server.behaviour = Behaviour(delay=0.01)

    def take_over(done: int, total: int | None, what: str) -> None:
        if done == 5:
            lease = ws.store.runs.leases.held(ws.store.runs.runs()[0].id, datetime.now(UTC))
            assert lease is not None
            ws.store.runs.leases.release(lease)
            ws.store.runs.leases.acquire(lease.index, "process 7 on elsewhere", datetime.now(UTC))

    with pytest.raises(Conflict, match="was taken over"):
        ws.evaluate("slow", EvalOptions(concurrency=1), progress=take_over)


def test_the_baseline_is_the_one_that_the_run_began_with(ws: Workspace) -> None:
    ws.register()
    ws.promote("prompt/ask@1", to="production")
    first = ws.eval("slow", compare="production")
    assert first.comparison is not None
    run = interrupted(ws, compare="production")
    (ws.root / "prompts/other.md").write_text("Another prompt.\n")
    assert json.loads(json.dumps(run.parameters["baselines"])) == {"production": first.comparison.baseline_run}
    report = resume(ws, run)
    assert report.comparison is not None
    assert report.comparison.baseline_run == first.comparison.baseline_run
