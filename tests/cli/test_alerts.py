"""alerts list, show, ack, close."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.workspace.workspace import open_workspace
from tests.support.alerts import an_alert, drifting
from tests.support.interactions import BEGAN, interaction
from tests.support.workspaces import llmops


@pytest.fixture
def alerted(workspace: Path) -> Path:
    """A workspace with an open alert and a closed one."""
    assert llmops("register").code == 0
    closed = an_alert(2, state="closed", closed_at=BEGAN)
    with open_workspace(workspace) as ws:
        ws.store.alerts.settle("docs", BEGAN, lambda known: [an_alert(), closed])
    return workspace


def test_list_shows_what_is_not_closed(alerted: Path) -> None:
    said = llmops("alerts", "list")
    assert said.code == 0
    assert "alr-1" in said.out
    assert "alr-2" not in said.out
    assert "alr-2" in llmops("alerts", "list", "--all").out
    (found,) = json.loads(llmops("alerts", "list", "--state", "closed", "--json").out)
    assert (found["id"], found["title"]) == ("alr-2", "docs: latency drifted")
    assert 'llmops_alerts{monitor="docs",state="closed"} 1' in llmops("alerts", "list", "--prometheus").out
    assert "No open alerts." in llmops("alerts", "list", "--monitor", "other").err
    wrong = llmops("alerts", "list", "--state", "opne")
    assert wrong.code == 2
    assert "'opne' is none of open, acknowledged, closed" in wrong.err


def test_an_alert_is_shown_acknowledged_and_closed(alerted: Path) -> None:
    assert "llmops alerts ack alr-1" in llmops("alerts", "show", "alr-1").out
    assert json.loads(llmops("alerts", "show", "alr-1", "--json").out)["streams"][0]["signal"] == "latency"
    assert (
        llmops("alerts", "ack", "alr-1", "--reason", "looking").err == "alr-1 is acknowledged: docs: latency drifted\n"
    )
    done = json.loads(llmops("alerts", "close", "alr-1", "--json").out)
    assert (done["state"], done["events"][-1]["actor"]["name"]) == ("closed", "ada@example.com")
    again = llmops("alerts", "close", "alr-1")
    assert again.code == 2
    assert "was closed by ada@example.com" in again.err


def test_the_log_lists_and_exports_what_an_alert_is_about(alerted: Path) -> None:
    found = [
        interaction(n, at=BEGAN + timedelta(minutes=n), metadata={"lang": "de" if n % 2 else "en"})
        for n in range(-2, 3)
    ]
    german = an_alert(3, cause="time:3", streams=(drifting(segment="metadata.lang=de"),))
    with open_workspace(alerted) as ws:
        ws.store.interactions.add(found)
        ws.store.alerts.settle("docs", BEGAN, lambda known: [german])
    listed = json.loads(llmops("log", "list", "--alert", "alr-1", "--json").out)
    assert [one["id"] for one in listed] == ["reply-2", "reply-1", "reply-0"]
    assert llmops("log", "export", "--alert", "alr-3", "--cases", "cases.jsonl").code == 0
    cases = [json.loads(line)["id"] for line in (alerted / "cases.jsonl").read_text().splitlines()]
    assert cases == ["reply-1"]
    assert "there is no alert 'nope'" in llmops("log", "list", "--alert", "nope").err


def test_an_unknown_alert_is_said(alerted: Path) -> None:
    said = llmops("alerts", "show", "nope")
    assert said.code == 2
    assert "there is no alert 'nope'" in said.err
