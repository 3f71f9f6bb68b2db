"""From the statuses of an evaluation to alerts, notices and a rollback."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from llmops.core.names import parse_ref
from llmops.domain.artifact import Move
from llmops.flows.alerting.settle import Settled, Watched, settle
from llmops.flows.alerting.undoing import RollbackRule
from llmops.registry.aliases import roll_back
from llmops.storage.store import Store
from tests.support.alerts import SeenStatus
from tests.support.examples import ANNA
from tests.support.interactions import interaction
from tests.support.promotions import NOW, Stage

LATER = NOW + timedelta(minutes=30)
RULE = RollbackRule("app/docs@production", timedelta(hours=1), 0.01)
WATCHED = Watched("docs", "docs", rollbacks=[RULE])
SURE = SeenStatus(promise="pfa", statistic=150.0, threshold=100.0, since=NOW)


@pytest.fixture
def promoted(any_stage: Stage) -> Stage:
    """app/docs@production moved from version 1 to version 2 at NOW."""
    stage = any_stage
    first, second = stage.app(1), stage.app(2)
    stage.store.aliases.move(first, "production", expected=None, actor=ANNA, reason="", now=NOW - timedelta(days=9))
    stage.store.aliases.move(second, "production", expected=1, actor=ANNA, reason="bold", now=NOW)
    return stage


def run(
    stage: Stage, *statuses: SeenStatus, watched: Watched = WATCHED, now: datetime = LATER, dry_run: bool = False
) -> Settled:
    return settle(stage.services, watched, list(statuses), now=now, dry_run=dry_run)


def holds(stage: Stage) -> int:
    held = stage.store.aliases.get("app", "docs", "production")
    assert held is not None
    return held.number


def moves(store: Store) -> list[Move]:
    return store.aliases.history("app", "docs", "production")


def said(settled: Settled) -> list[str]:
    return [undone.said for undone in settled.undone]


def test_an_alert_after_a_move_rolls_it_back_with_the_evidence_in_the_history(promoted: Stage) -> None:
    done = run(promoted, SURE, SeenStatus("length", since=NOW))
    assert [word for _, word in done.told] == ["opened"]
    assert said(done) == ["app/docs@production is back at version 1 (was 2)"]
    assert holds(promoted) == 1
    row = moves(promoted.store)[-1]
    (alert,) = promoted.store.alerts.find()
    assert (row.action, row.actor.name) == ("rollback", "monitor docs")
    assert row.reason == f"{alert.id}: latency drifted, 150 against 100 for a false_action of 0.01"
    evidence = {key: row.details["alert"][key] for key in ("id", "undoes", "statistic", "promise", "observations")}
    assert evidence == {"id": alert.id, "undoes": 2, "statistic": 150.0, "promise": "pfa", "observations": 900}
    assert [event.what for event in alert.events] == ["opened", "rolled back"]
    assert not [command for command in alert.commands if "rollback" in command]
    promoted.store.aliases.verify()


def test_it_acts_once_and_never_on_a_rollback(promoted: Stage) -> None:
    run(promoted, SURE)
    again = run(promoted, SURE, now=LATER + timedelta(minutes=5))
    assert said(again) == []
    after = SURE.but(signal="length", since=LATER + timedelta(minutes=1))
    third = run(promoted, SURE, after, now=LATER + timedelta(minutes=10))
    assert len(moves(promoted.store)) == 3
    assert "what it follows is a rollback already (row 3 of the history)" in said(third)[-1]
    told = {alert.cause: [event.what for event in alert.events] for alert in promoted.store.alerts.find()}
    assert told == {"move:2": ["opened", "rolled back"], "move:3": ["opened", "not rolled back"]}


@pytest.mark.parametrize(
    "status",
    [
        SURE.but(statistic=99.0),
        SURE.but(promise="arl", statistic=1e9),
        SURE.but(threshold=20.0),
        SURE.but(threshold=1800.0),
        SURE.but(state="ok"),
        SURE.but(since=NOW - timedelta(hours=2)),
    ],
)
def test_without_the_promise_or_a_move_before_nothing_is_done(promoted: Stage, status: SeenStatus) -> None:
    assert said(run(promoted, status)) == []
    assert holds(promoted) == 2


def test_it_does_not_act_later_than_within(promoted: Stage) -> None:
    late = run(promoted, SURE, now=NOW + timedelta(hours=2))
    assert said(late) == [
        "app/docs@production is not rolled back: app/docs@production moved at 2026-03-01 12:00 UTC, longer ago than an hour"
    ]
    assert holds(promoted) == 2
    run(promoted, SURE, now=NOW + timedelta(hours=3))
    (alert,) = promoted.store.alerts.find()
    assert [event.what for event in alert.events] == ["opened", "not rolled back"]
    assert alert.commands[0].startswith("llmops rollback app/docs@production")


def test_who_rolls_back_by_hand_meanwhile_is_not_overruled(promoted: Stage) -> None:
    ref = parse_ref("app/docs@production")
    roll_back(promoted.services.registry, ref, actor=ANNA, now=NOW + timedelta(minutes=20))
    assert "has moved since, to version 1" in said(run(promoted, SURE))[0]
    assert [row.actor for row in moves(promoted.store)[-1:]] == [ANNA]


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(promoted: Stage) -> None:
    done = run(promoted, SURE, dry_run=True)
    assert [word for _, word in done.told] == ["opened"]
    assert "would be rolled back" in said(done)[0]
    assert (holds(promoted), promoted.store.alerts.find(), promoted.store.deliveries.latest()) == (2, [], [])


def test_people_are_told_once_of_each_thing_by_every_connection_and_hook(promoted: Stage) -> None:
    (promoted.root / "llmops.toml").write_text(
        '[connections.oncall]\ncommand = ["sh", "-c", "cat >> told.jsonl; echo >> told.jsonl"]\n'
        '[connections.logbook]\nnotifier = "log"\n[hooks.all]\non = ["alert"]\ncommand = ["true"]\nwait = "30s"\n'
    )
    watched = replace(WATCHED, notify=["oncall", "logbook"])
    services = promoted.services
    for minute in (0, 1, 2):
        settle(services, watched, [SURE], now=LATER + timedelta(minutes=minute))
    told = [json.loads(line) for line in (promoted.root / "told.jsonl").read_text().splitlines()]
    assert [(one["event"], one["subject"]["what"]) for one in told] == [
        ("alert", "opened"),
        ("alert", "rolled back"),
    ]
    assert "llmops alerts show" in told[0]["subject"]["text"]
    assert promoted.store.deliveries.count("delivered")["notify:logbook"] == 2
    import asyncio

    asyncio.run(services.close())
    assert len(promoted.store.deliveries.latest(hook="all")) == 2


def test_the_causes_of_traffic_are_in_the_alert(promoted: Stage) -> None:
    old = [interaction(n, at=NOW - timedelta(minutes=n), refs={"app": "sha256:1"}) for n in range(1, 31)]
    new = [interaction(n, at=NOW + timedelta(seconds=n), refs={"app": "sha256:2"}) for n in range(40, 80)]
    promoted.store.interactions.add([*reversed(old), *new])
    run(promoted, SeenStatus("latency", since=NOW))
    (alert,) = promoted.store.alerts.find()
    kinds: Sequence[str] = [change.kind for change in alert.changes]
    assert kinds == ["alias", "version"]
    assert alert.changes[0].sequence == 2
