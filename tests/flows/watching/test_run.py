"""From an evaluation to an alert, and to a rollback that keeps its promise."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from llmops.core.names import parse_ref
from llmops.domain.artifact import Actor
from llmops.flows.watching.opening import open_monitor
from llmops.flows.watching.run import run_monitor, watched
from llmops.registry.aliases import move
from llmops.workspace.workspace import Workspace, open_workspace
from tests.support.monitored import LATE, MONITOR, START, traffic, write_monitor
from tests.support.workspaces import make_workspace

REF = parse_ref("monitor/docs")
ACTS = "on_alert: [{notify: oncall}, {rollback: app/docs@production, within: 6h, false_action: 0.01}]\n"


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    root = make_workspace(tmp_path / "shop")
    write_monitor(root, MONITOR + ACTS)
    with open_workspace(root) as opened:
        opened.register()
        yield opened


def hold(ws: Workspace, ref: str, now: datetime) -> None:
    actor = Actor(name="ada@example.com", source="argument")
    move(ws.registry, parse_ref(ref), "production", actor=actor, reason="", now=now)


def test_what_alerts_depend_on(ws: Workspace) -> None:
    found = watched(open_monitor(ws.services, REF))
    assert (found.monitor, found.app, found.notify) == ("docs", "docs", ["oncall"])
    (rule,) = found.rollbacks
    assert (rule.ref, rule.within, rule.false_action) == ("app/docs@production", timedelta(hours=6), 0.01)


def test_a_bad_move_is_rolled_back_and_one_alert_says_why(ws: Workspace) -> None:
    hold(ws, "app/docs@1", START)
    app = ws.root / "apps" / "docs.yaml"
    app.write_text(app.read_text().replace("description: ", "description: slower, ", 1))
    ws.register()
    ws.store.interactions.add([*traffic(600), *traffic(200, since=LATE, first=600)])
    moved = LATE + timedelta(minutes=200)
    calm = run_monitor(ws.services, REF, now=moved)
    assert (calm.evaluation.drifts, calm.settled.told) == (False, [])
    hold(ws, "app/docs@2", moved)
    ws.store.interactions.add(list(traffic(150, since=moved + timedelta(minutes=1), first=800, slow=1.2)))
    later, before = moved + timedelta(hours=3), ws.store.monitors.load("docs")
    planned = run_monitor(ws.services, REF, now=later, dry_run=True)
    assert [word for _, word in planned.settled.told] == ["opened"]
    assert "app/docs@production would be rolled back" in planned.settled.undone[0].said
    assert (ws.store.monitors.load("docs"), ws.store.alerts.find()) == (before, [])
    assert ws.store.deliveries.count("pending") == {}
    done = run_monitor(ws.services, REF, now=later)
    assert done.evaluation.statuses == planned.evaluation.statuses
    ((alert, word), *_) = done.settled.told
    assert (word, alert.ref) == ("opened", "app/docs@production")
    assert len(ws.store.alerts.find()) == 1
    assert [one.move is not None for one in done.settled.undone] == [True]
    held = ws.store.aliases.get("app", "docs", "production")
    assert held is not None
    assert held.number == 1
    history = ws.store.aliases.history("app", "docs", "production")[-1]
    assert "for a false_action of 0.01" in history.reason
    words = {stream.promise: stream.words for stream in ws.store.alerts.get(alert.id).streams}
    assert "is at most 0.01 (false_action); for that, each must reach 1,800" in words["pfa"]
    assert "once in 10,000 interactions or less often (mean_run_length)" in words["arl"]


def test_a_drift_of_embeddings_shows_what_is_new(ws: Workspace) -> None:
    write_monitor(ws.root, MONITOR.replace("[latency, errors, length]", "[embedding: {of: output}]"))
    ws.store.interactions.add([*traffic(330), *traffic(60, since=LATE, first=330)])
    changed = LATE + timedelta(minutes=60)
    new = "a riddle about foreign harbours and ships"
    ws.store.interactions.add(list(traffic(80, since=changed, first=390, output=new)))
    ((alert, word), *_) = run_monitor(ws.services, REF, now=changed + timedelta(hours=2)).settled.told
    shifted = [one for one in alert.examples if one.kind == "most shifted"]
    assert (word, len(shifted)) == ("opened", 5)
    assert {ws.store.interactions.get(one.interaction).output for one in shifted} == {new}
