"""Evaluations: what is new is counted once, whatever happens in between."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from llmops.core.errors import Conflict, InputError
from llmops.core.names import parse_ref
from llmops.domain.artifact import Actor, Move
from llmops.domain.interaction import Feedback
from llmops.registry.aliases import move
from llmops.storage.leases import LeaseRepository
from llmops.storage.monitors import MONITOR_RUNS
from llmops.workspace.workspace import Workspace, open_workspace
from tests.support.children import kill_child_after, start_child
from tests.support.monitored import MONITOR, NOW, START, evaluated, states, traffic, write_monitor
from tests.support.workspaces import make_workspace

LATER = START + timedelta(days=4)  # after the reference


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    root = make_workspace(tmp_path / "shop")
    write_monitor(root)
    with open_workspace(root) as opened:
        opened.register()
        yield opened


def _move(ws: Workspace, now: datetime) -> Move:
    actor = Actor(name="ada@example.com", source="argument")
    return move(ws.registry, parse_ref("app/docs@1"), "production", actor=actor, reason="", now=now)


def test_only_what_is_new_is_read_and_a_drift_is_dated(ws: Workspace) -> None:
    log = ws.store.interactions
    log.add(list(traffic(600)))
    first = evaluated(ws)
    assert (first.read, first.drifts) == (600, False)
    log.add(list(traffic(300, since=LATER, first=600)))
    assert set(states(evaluated(ws)).values()) == {"ok"}
    log.add(list(traffic(300, since=LATER + timedelta(hours=5), first=900, slow=1.0, refs={"app": "sha256:9"})))
    third = evaluated(ws)
    assert third.read == 300
    assert {name for name, state in states(third).items() if state == "drift"} == {
        "latency", "latency metadata.lang=de", "latency metadata.lang=en",
    }  # fmt: skip
    status = third.statuses[0]
    assert (status.signal, status.observations, status.refs) == ("latency", 600, {"app": "sha256:9"})
    assert {version: count for version, (count, _) in status.versions.items()} == {"sha256:1": 900, "sha256:9": 300}
    assert status.since is not None
    assert abs(status.since - (LATER + timedelta(hours=5))) < timedelta(hours=1)
    again = evaluated(ws, now=NOW + timedelta(hours=1))
    assert (again.read, states(again)) == (0, states(third))
    assert ws.store.monitors.latest("docs")[1] == list(again.statuses)


def test_too_little_says_so(ws: Workspace) -> None:
    ws.store.interactions.add(list(traffic(150)))
    done = evaluated(ws)
    assert set(states(done).values()) == {"not_enough_data"}
    assert done.statuses[0].note == "150 of 200 values of the reference"


def test_a_process_that_is_killed_counts_nothing_twice(ws: Workspace) -> None:
    ws.store.interactions.add([*traffic(300), *traffic(2_500, since=LATER, first=300)])
    script = """
import sys
from pathlib import Path
from llmops.flows.watching import evaluate
from llmops.workspace.workspace import open_workspace
from tests.support.monitored import evaluated
evaluate.ROWS = 1_000
kept = evaluate._Work.save
def save(self, *rest):
    kept(self, *rest)
    print("saved", flush=True)
    sys.stdin.readline() if self.read == 2_000 else None
evaluate._Work.save = save
with open_workspace(Path(sys.argv[1])) as ws:
    evaluated(ws)
"""
    assert kill_child_after(start_child(script, str(ws.root)), 2) == ["saved", "saved"]
    done = evaluated(ws)
    assert done.read == 800
    whole = evaluated(ws, begin_anew=True)
    assert whole.read == 2_800
    assert [s.observations for s in done.statuses] == [s.observations for s in whole.statuses]
    assert [s.statistic for s in done.statuses] == pytest.approx([s.statistic for s in whole.statuses])


def test_one_process_at_a_time(ws: Workspace) -> None:
    LeaseRepository(ws.store.database, MONITOR_RUNS).acquire("docs", "process 1 on elsewhere", NOW)
    with pytest.raises(
        Conflict, match=r"monitor 'docs' is being evaluated by process 1 on elsewhere[\s\S]+monitor status docs"
    ):
        evaluated(ws)


def test_versions_that_the_alias_never_held_do_not_count(ws: Workspace) -> None:
    write_monitor(ws.root, MONITOR.replace("{until:", "{alias: production, until:"))
    with pytest.raises(
        InputError, match=r"app/docs has no alias 'production'[\s\S]+llmops promote app/docs --to production"
    ):
        evaluated(ws)
    digest = _move(ws, NOW).to_digest
    ws.store.interactions.add([*traffic(250, refs={"app": digest}), *traffic(50, first=250)])
    assert evaluated(ws).read == 250


def test_feedback_counts_when_it_comes(ws: Workspace) -> None:
    write_monitor(ws.root, "target: {app: docs}\nsignals: [feedback, errors]\nreference: {last: 30d, minimum: 100}\n")
    ws.store.interactions.add(list(traffic(300)))
    evaluated(ws)
    for n in range(150):
        ws.store.interactions.add_feedback(Feedback(interaction_id=f"reply-{n}", at=NOW, score=n % 2))
    done = evaluated(ws, now=NOW + timedelta(days=1))
    assert [(s.signal, s.observations, s.reference) for s in done.statuses] == [
        ("feedback", 50, 0.5),
        ("errors", 0, 0.0),
    ]


def test_a_move_of_the_alias_restarts_only_what_rollbacks_rest_on(ws: Workspace) -> None:
    action = "on_alert: [{rollback: app/docs@production, within: 1h, false_action: 0.01}]\n"
    write_monitor(ws.root, MONITOR + action)
    ws.store.interactions.add([*traffic(600), *traffic(200, since=LATER, first=600, slow=1.0)])
    assert {states(evaluated(ws))[name] for name in ("latency", "latency!")} == {"drift"}
    moved = NOW + timedelta(days=1)
    _move(ws, moved)
    ws.store.interactions.add(list(traffic(20, since=moved + timedelta(minutes=1), first=800)))
    done = evaluated(ws, now=moved + timedelta(hours=1))
    found = {(s.signal, s.promise): s for s in done.statuses if not s.segment}
    assert (found["latency", "pfa"].state, found["latency", "arl"].state) == ("ok", "drift")


def test_rows_of_a_classic_model(ws: Workspace) -> None:
    write_monitor(
        ws.root,
        "target: {model: churn, file: rows.jsonl}\n"
        "signals: [column: {of: metadata.age}, column: {name: region, of: metadata.region, type: category}]\n",
        "churn",
    )
    ws.register()

    def rows(count: int, age: int, region: str) -> str:
        return "".join(
            json.dumps({"age": age + n % 20, "region": region[n % len(region)]}) + "\n" for n in range(count)
        )

    path = ws.root / "rows.jsonl"
    path.write_text(rows(600, 30, "nnns"))
    assert evaluated(ws, "churn").read == 600
    path.write_text(path.read_text() + rows(600, 45, "sssn"))
    done = evaluated(ws, "churn")
    assert (done.read, states(done)) == (600, {"column": "drift", "region": "drift"})
    write_monitor(ws.root, "target: {model: churn, file: ../rows.jsonl}\nsignals: [errors]\n", "outside")
    with pytest.raises(InputError, match=r"\.\./rows\.jsonl lies outside of the workspace\nPut it below"):
        evaluated(ws, "outside")
    (ws.root / "rows.jsonl").unlink()
    with pytest.raises(InputError, match=r"there is no file rows.jsonl\nmonitor/churn reads its rows from there"):
        evaluated(ws, "churn")


def test_a_changed_reference_begins_anew_and_says_so(ws: Workspace) -> None:
    ws.store.interactions.add(list(traffic(300)))
    evaluated(ws)
    write_monitor(ws.root, MONITOR.replace("03-05", "03-04"))
    done = evaluated(ws)
    assert (done.read, list(done.notes)) == (300, ["monitor/docs begins anew with a new reference: it was changed"])


def test_a_signal_of_ones_own_that_fails_is_told(ws: Workspace) -> None:
    (ws.root / "own_signals_2.py").write_text("def bad(interaction):\n    return 1 / 0\n")
    write_monitor(ws.root, "target: {app: docs}\nsignals: ['own_signals_2:bad', errors]\nreference: {last: 30d}\n")
    ws.store.interactions.add(list(traffic(300)))
    done = evaluated(ws)
    assert (done.statuses[0].state, done.statuses[1].state) == ("could_not_read", "ok")
    assert "300 values could not be read: ZeroDivisionError: division by zero" in done.statuses[0].note
