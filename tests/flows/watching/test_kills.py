"""`kill -9` before and after every commit of a run that alerts and rolls back: one alert, nothing lost, one rollback at most."""

import json
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.names import parse_ref
from llmops.domain.artifact import Actor
from llmops.flows.watching.run import run_monitor
from llmops.registry.aliases import move
from llmops.workspace.workspace import Workspace, open_workspace
from tests.support.children import finish_child, start_child
from tests.support.monitored import LATE, START, traffic, write_monitor
from tests.support.workspaces import make_workspace

REF = parse_ref("monitor/docs")
MOVED = LATE + timedelta(minutes=200)
THEN = MOVED + timedelta(hours=3)
MONITOR = """\
target: {app: docs}
signals: [latency, errors]
reference: {until: 2026-03-05 00:00}
false_alarms: {mean_run_length: 10000}
on_alert: [{notify: oncall}, {rollback: app/docs@production, within: 6h, false_action: 0.01}]
"""
ONCALL = '[connections.oncall]\ncommand = ["sh", "-c", "cat >> told.jsonl; echo >> told.jsonl"]\n'

# Runs the monitor of one workspace after the other, each in a fork that kills itself before so many commits; prints whether
# it was killed.
RUN = """
import os, signal, sys
import numpy  # once, and not in every fork
from datetime import datetime
from pathlib import Path
from sqlalchemy import Engine, event
from llmops.core.names import parse_ref
from llmops.flows.watching.run import run_monitor
from llmops.workspace.workspace import open_workspace

def run(root, fatal):
    left = [fatal]
    @event.listens_for(Engine, "commit")
    def count(connection):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    with open_workspace(Path(root)) as ws:
        run_monitor(ws.services, parse_ref("monitor/docs"), now=datetime.fromisoformat(sys.argv[1]))

for number, root in enumerate(sys.argv[2:], 1):
    child = os.fork()
    if not child:
        run(root, number)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), status
    print("killed" if status else "ended", flush=True)
"""


def hold(ws: Workspace, number: int) -> None:
    """Promote a version of the app."""
    actor = Actor(name="ada@example.com", source="argument")
    now = START if number == 1 else MOVED
    move(ws.registry, parse_ref(f"app/docs@{number}"), "production", actor=actor, reason="", now=now)


@pytest.fixture
def drifting(tmp_path: Path) -> Path:
    """A workspace whose next run finds a drift after a move that it may undo."""
    root = make_workspace(tmp_path / "shop")
    write_monitor(root, MONITOR)
    (root / "llmops.toml").write_text((root / "llmops.toml").read_text() + ONCALL)
    with open_workspace(root) as ws:
        ws.register()
        hold(ws, 1)
        app = root / "apps" / "docs.yaml"
        app.write_text(app.read_text().replace("description: ", "description: slower, ", 1))
        ws.register()
        ws.store.interactions.add([*traffic(210), *traffic(60, since=LATE, first=210)])
        run_monitor(ws.services, REF, now=MOVED)
        hold(ws, 2)
        ws.store.interactions.add(list(traffic(60, since=MOVED + timedelta(minutes=1), first=270, slow=1.6)))
    return root


@pytest.mark.slow
def test_a_run_that_is_killed_anywhere_leaves_the_rest_to_the_next(drifting: Path, tmp_path: Path) -> None:
    roots = [shutil.copytree(drifting, tmp_path / f"killed-{number}") for number in range(1, 21)]
    ends = finish_child(start_child(RUN, THEN.isoformat(), *map(str, roots))).split()
    killed = ends.count("killed")
    assert 5 <= killed < len(roots)
    assert ends == ["killed"] * killed + ["ended"] * (len(roots) - killed)
    for number, root in enumerate(roots[: killed + 1]):
        with open_workspace(root) as ws:
            run_monitor(ws.services, REF, now=THEN + timedelta(minutes=10 * (number < killed)))
            _has_come_out_right(ws)


def _has_come_out_right(ws: Workspace) -> None:
    (alert,) = ws.store.alerts.find(states=(), limit=None)
    words = Counter(event.what for event in alert.events)
    assert words == {"opened": 1, "rolled back": 1}
    history = [row.action for row in ws.store.aliases.history("app", "docs", "production")]
    assert history == ["move", "move", "rollback"]
    held = ws.store.aliases.get("app", "docs", "production")
    assert held is not None
    assert held.number == 1
    told = [json.loads(line) for line in (ws.root / "told.jsonl").read_text().splitlines() if line]
    assert {one["subject"]["what"] for one in told} == {"opened", "rolled back"}
    assert len({one["id"] for one in told}) == 2
    assert ws.store.deliveries.count("pending") == {}
    _, statuses = ws.store.monitors.latest("docs")
    assert {s.observations for s in statuses if s.signal == "errors" and not s.segment and s.promise == "arl"} == {120}
