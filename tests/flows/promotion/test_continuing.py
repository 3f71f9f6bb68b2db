"""Runs that stopped when they were decided as evidence: they count, and count on only where they are continued."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.flows.promotion.promote import Refused
from llmops.workspace.workspace import Workspace
from tests.support.deciding import MIN, RELATIVE, RIGHT, WRONG, decide, opened, versions
from tests.support.model_server import Behaviour, ModelServer, model_server


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture
def ws(server: ModelServer, tmp_path: Path) -> Iterator[Workspace]:
    """Production requires the suite and holds a wrong prompt; two right ones are registered."""
    config = '[aliases.production]\nrequire = ["slow"]\n'
    with opened(server, tmp_path, MIN + RELATIVE, config=config) as found:
        versions(found, WRONG, RIGHT, RIGHT + "!")
        yield found


def test_a_run_that_stopped_when_it_was_decided_is_evidence(ws: Workspace) -> None:
    report = decide(ws, target="prompt/ask@2")
    move = ws.promote("prompt/ask@2", to="production")
    (requirement,) = move.details["requirements"]
    assert (requirement["state"], requirement["evidence"]) == ("met", report.run_id)
    assert report.cases < 30


def test_against_another_holder_its_bets_are_made_again_and_more_answers_continue_them(ws: Workspace) -> None:
    decide(ws, target="prompt/ask@2")
    first = decide(ws, target="prompt/ask@3")
    ws.promote("prompt/ask@2", to="production")
    # How far both were asked is a matter of which answers came first: too few cases, or none of the holder's to pair with.
    with pytest.raises(Refused, match=r"no worse than production .* cannot decide") as refused:
        ws.promote("prompt/ask@3", to="production")
    assert first.run_id in refused.value.message
    second = decide(ws, target="prompt/ask@3")
    assert (second.outcome, second.run_id != first.run_id) == ("pass", True)
    assert second.cases > 60  # as good as the holder: a margin of 0.05 takes its time
    move = ws.promote("prompt/ask@3", to="production")
    (requirement,) = move.details["requirements"]
    assert requirement["evidence"] == second.run_id
    assert f"(goes on with {first.run_id}, the first of 2 finished runs)" in requirement["detail"]


def test_fresh_answers_are_a_second_try_and_the_first_run_decides(ws: Workspace, server: ModelServer) -> None:
    server.behaviour = Behaviour(text="no")
    failed = decide(ws, target="prompt/ask@2")
    assert failed.outcome == "fail"
    server.behaviour = Behaviour()
    assert decide(ws, target="prompt/ask@2", use_cache=False).outcome == "pass"
    with pytest.raises(Refused, match="the first of 2 finished runs decides") as refused:
        ws.promote("prompt/ask@2", to="production")
    assert failed.run_id in refused.value.message
