"""Runs that must stay."""

import pytest

from llmops.core.errors import Conflict, NotFound
from llmops.core.hashing import Json
from llmops.flows.promotion.keeping import remove_run
from tests.support.promotions import Stage


def test_a_run_that_nothing_rests_on_is_deleted(stage: Stage) -> None:
    stage.suite()
    run = stage.evaluate(stage.app())
    remove_run(stage.services, run)
    with pytest.raises(NotFound, match="there is no run 'run-1'"):
        stage.store.runs.get(run.id)


def test_the_evidence_of_a_move_stays(stage: Stage) -> None:
    stage.rule(require=["docs"])
    stage.suite()
    run = stage.evaluate(stage.app())
    stage.promote(stage.app())
    stage.rule(require=[])
    with pytest.raises(Conflict, match="run-1 is the evidence of app/docs@production in the history\nllmops history"):
        remove_run(stage.services, run)


def test_a_report_that_decides_cannot_be_deleted_for_a_second_try(stage: Stage) -> None:
    stage.rule(pattern="app/*", require=["docs"])
    stage.suite()
    run = stage.evaluate(stage.app(), 60, 40)
    with pytest.raises(Conflict, match="run-1 stays, because production requires a report of docs"):
        remove_run(stage.services, run)
    assert stage.store.runs.get(run.id) == run


@pytest.mark.parametrize(
    "run",
    [
        {"status": "interrupted"},
        {"status": "failed"},
        {"parameters": {"limit": 100}},
        {"parameters": {"target": "prompt/answer@1 with openai/b"}},
        {"parameters": {"target": ""}},
    ],
)
def test_what_decides_nothing_can_be_deleted(stage: Stage, run: dict[str, Json]) -> None:
    stage.rule(require=["docs"])
    stage.suite()
    remove_run(stage.services, stage.evaluate(stage.app(), **run))
