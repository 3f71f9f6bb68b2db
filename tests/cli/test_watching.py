"""From logged answers to the rollback that follows an alert, by the commands that docs/alerts.md tells."""

import json
from pathlib import Path

import pytest

from llmops.workspace.workspace import open_workspace
from tests.support.workspaces import llmops

MONITOR = """\
target: {app: docs}
signals: [length, refusal, support]
reference: {alias: production, last: 14d}
false_alarms: {mean_run_length: 10000}
on_alert: [{notify: oncall}, {rollback: app/docs@production, within: 1h, false_action: 0.01}]
"""
ONCALL = '[connections.oncall]\ncommand = ["sh", "-c", "cat >> told.jsonl; echo >> told.jsonl"]\n'
QUESTIONS = ("How long can I return a book?", "Who pays for the return?", "When do I get my money back?")


@pytest.fixture
def shop(ready: Path) -> Path:
    """The workspace with a monitor, its app in production."""
    (ready / "monitors").mkdir()
    (ready / "monitors" / "docs.yaml").write_text(MONITOR)
    with (ready / "llmops.toml").open("a") as file:
        file.write(ONCALL)
    assert llmops("register").code == 0
    assert llmops("promote", "app/docs@1", "--to", "production").code == 0
    return ready


def ask(root: Path, count: int) -> None:
    """Users ask the app that is in production."""
    with open_workspace(root) as ws:
        app = ws.app("docs@production")
        for number in range(count):
            app.ask(QUESTIONS[number % 3])


@pytest.mark.slow
def test_a_bad_release_is_found_told_and_undone(shop: Path) -> None:
    ask(shop, 210)
    assert llmops("monitor", "run", "docs").code == 0
    ask(shop, 60)
    calm = llmops("monitor", "run", "docs")
    assert (calm.code, "60 interactions read, no drift" in calm.err) == (0, True)
    assert llmops("alerts", "list").err == "No open alerts.\n"

    app = shop / "apps" / "docs.yaml"
    app.write_text(app.read_text().replace("min_similarity: 0.0", "min_similarity: 0.99"))
    assert llmops("register").code == 0
    assert llmops("promote", "app/docs@2", "--to", "production").code == 0
    ask(shop, 60)
    planned = llmops("monitor", "run", "docs", "--dry-run")
    assert "app/docs@production would be rolled back" in planned.err
    found = llmops("monitor", "run", "docs")
    assert found.code == 1
    assert "app/docs@production is back at version 1 (was 2)" in found.err

    (alert,) = json.loads(llmops("alerts", "list", "--json").out)
    shown = llmops("alerts", "show", alert["id"]).out
    for said in (
        "drifted after app/docs@production moved",
        "is at most 0.01 (false_action)",
        "app/docs@production: move, version 1 → 2, by ada@example.com",
        "Examples, most shifted",
        "rolled back by monitor docs: app/docs@production is back at version 1 (was 2)",
        f"llmops log export --alert {alert['id']} --cases evals/data/{alert['id']}.jsonl",
    ):
        assert said in shown
    told = [json.loads(line)["subject"]["what"] for line in (shop / "told.jsonl").read_text().splitlines()]
    assert told == ["opened", "rolled back"]
    last = json.loads(llmops("history", "app/docs@production", "--json").out)["moves"][-1]
    assert (last["action"], last["to_number"], last["actor"]["name"]) == ("rollback", 1, "monitor docs")
    assert llmops("log", "export", "--alert", alert["id"], "--cases", "evals/data/drift.jsonl").code == 0
    assert len((shop / "evals" / "data" / "drift.jsonl").read_text().splitlines()) >= 55

    ask(shop, 30)
    after = llmops("monitor", "run", "docs")
    assert "rolled back" not in after.err
    assert json.loads(llmops("log", "list", "--json").out)[0]["refs"]["app"] == last["to_digest"]
    assert llmops("alerts", "close", alert["id"], "--reason", "version 1 answers again").code == 0
    assert llmops("alerts", "list").err == "No open alerts.\n"
    assert llmops("db", "check").code == 0
