"""monitor run, watch, status."""

import json
from datetime import timedelta
from pathlib import Path

from llmops.workspace.workspace import open_workspace
from tests.support.monitored import LATE, traffic, write_monitor
from tests.support.workspaces import llmops


def test_run_tells_a_drift_by_its_exit_code(workspace: Path) -> None:
    write_monitor(workspace)
    nothing = llmops("monitor", "run", "docs")
    assert nothing.code == 2
    assert "there is no store yet" in nothing.err
    assert llmops("register").code == 0
    assert "was never evaluated" in llmops("monitor", "status", "docs").err
    assert "No monitor was evaluated yet" in llmops("monitor", "status").err
    with open_workspace(workspace) as ws:
        ws.store.interactions.add([*traffic(600), *traffic(200, since=LATE, first=600)])
    calm = llmops("monitor", "run", "docs")
    assert (calm.code, "DRIFT" in calm.out) == (0, False)
    assert "monitor/docs: 800 interactions read, no drift." in calm.err
    with open_workspace(workspace) as ws:
        ws.store.interactions.add(list(traffic(300, since=LATE + timedelta(minutes=200), first=800, slow=1.0)))
    planned = llmops("monitor", "run", "docs", "--dry-run")
    assert planned.code == 1
    assert "an alert would be opened: docs: latency" in planned.err
    assert "300 interactions read" in planned.err
    assert planned.err.endswith("Nothing was written.\n")
    assert json.loads(llmops("monitor", "run", "docs", "--dry-run", "--json").out)["alerts"][0]["id"] is None
    drifted = llmops("monitor", "run", "docs", "--json")
    told = json.loads(drifted.out)
    assert (drifted.code, told["read"], told["monitor"]) == (1, 300, "docs")
    assert {s["signal"] for s in told["statuses"] if s["state"] == "drift"} == {"latency"}
    (alert,) = told["alerts"]
    assert (alert["what"], "latency" in alert["title"]) == ("opened", True)
    assert alert["id"] in llmops("alerts", "list").out
    shown = llmops("monitor", "status", "docs")
    assert shown.code == 0
    assert "DRIFT" in shown.out
    assert json.loads(llmops("monitor", "status", "--json").out)[0]["statuses"] == told["statuses"]


def test_watch_evaluates_again(workspace: Path) -> None:
    write_monitor(workspace)
    llmops("register")
    with open_workspace(workspace) as ws:
        ws.store.interactions.add(list(traffic(300)))
    said = llmops("monitor", "watch", "docs", "--every", "1ms", "--times", "2")
    assert said.code == 0
    assert "300 interactions read" in said.err
    assert "0 interactions read" in said.err
    assert llmops("monitor", "watch", "dogs", "--times", "1").code == 2
    assert "there is no monitor called 'dogs'" in llmops("monitor", "run", "dogs").err
