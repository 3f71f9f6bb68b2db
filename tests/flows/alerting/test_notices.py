"""Notices of alerts: stored first, held back when that is wanted, tried again by the next run."""

import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from llmops.flows.alerting.notices import deliver, queue, text_of
from llmops.flows.courier import Clock
from llmops.flows.services import Services
from tests.support.alerts import MONITOR, an_alert, drifting
from tests.support.interactions import BEGAN
from tests.support.promotions import Stage
from tests.support.receiver import receiver

HOUR = timedelta(hours=1)


def configured(stage: Stage, toml: str) -> Services:
    (stage.root / "llmops.toml").write_text(toml)
    return stage.services


def tell(services: Services, number: int = 1, now: datetime = BEGAN) -> None:
    queue(services, ["oncall"], (an_alert(number), "opened"), actor=MONITOR, now=now)


def states(services: Services) -> list[tuple[str, int]]:
    return [(one.state, one.attempts) for one in services.store.deliveries.latest(hook="notify:oncall")]


def test_a_notice_waits_while_its_receiver_is_down_and_goes_with_a_later_run(
    any_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONCALL_SECRET", "s3cr3t")
    with receiver() as there:
        services = configured(
            any_stage,
            f'[connections.oncall]\nurl = "{there.url}/x"\nsecret_env = "ONCALL_SECRET"\nallow_private = true\n',
        )
        there.script(503)
        tell(services)
        assert [one.error for one in deliver(services, clock=Clock(lambda: BEGAN, lambda: 0.5))] == [
            f"{there.url} answered 503"
        ]
        assert deliver(services, clock=Clock(lambda: BEGAN + timedelta(seconds=1), lambda: 0.5)) == []
        (done,) = deliver(services, clock=Clock(lambda: BEGAN + HOUR, lambda: 0.5))
        assert (done.state, done.attempts) == ("delivered", 2)
        assert there.posted[1].body["subject"]["title"] == "docs: latency drifted"
        assert there.posted[0].headers["X-Llmops-Event"] == "alert"


def test_a_connection_that_cannot_be_opened_keeps_its_notices(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    services = configured(stage, "")
    tell(services)
    assert deliver(services, clock=Clock(lambda: BEGAN)) == []
    assert "notices to oncall wait: there is no connection 'oncall'" in caplog.text
    assert states(services) == [("pending", 0)]
    with caplog.at_level(logging.WARNING, "llmops.alerts"):
        deliver(configured(stage, '[connections.oncall]\nnotifier = "log"\n'), clock=Clock(lambda: BEGAN))
    assert "docs: latency drifted\nopened, since 2026-03-01 12:00 UTC" in caplog.text
    assert states(services) == [("delivered", 1)]


def test_nobody_is_told_in_quiet_hours_but_afterwards(stage: Stage) -> None:
    services = configured(stage, '[connections.oncall]\nnotifier = "log"\nquiet = "11:00-15:00"\n')
    tell(services)
    assert deliver(services, clock=Clock(lambda: BEGAN + 2 * HOUR)) == []
    assert [one.state for one in deliver(services, clock=Clock(lambda: BEGAN + 3 * HOUR))] == ["delivered"]


def test_more_than_is_wanted_is_put_off_and_not_dropped(stage: Stage) -> None:
    services = configured(stage, '[connections.oncall]\nnotifier = "log"\nat_most = "2/1h"\n')
    for number in range(1, 6):
        tell(services, number)
    went: list[int] = []
    clock = Clock(lambda: BEGAN + len(went) * HOUR)
    while len(went) < 4:
        went.append(len(deliver(services, clock=clock)))
    assert went == [2, 2, 1, 0]


def test_the_same_thing_is_queued_once(stage: Stage, tmp_path: Path) -> None:
    services = configured(stage, '[connections.oncall]\nnotifier = "log"\n')
    tell(services)
    tell(services)
    assert states(services) == [("pending", 0)]


def test_a_notice_says_what_drifted_and_what_to_type_without_escapes() -> None:
    alert = an_alert(streams=(drifting("a\x1b[31m", reference=0.5, current=0.9),), ref="app/docs@production", move=3)
    assert text_of(alert, "opened").splitlines() == [
        "opened, since 2026-03-01 12:00 UTC",
        "- a: 0.9, before 0.5",
        "llmops alerts show alr-1",
        'llmops rollback app/docs@production --reason "alr-1"',
    ]
