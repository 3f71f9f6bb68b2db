"""Alerts in the store, on both databases."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from llmops.core.errors import InvalidRef, LlmopsError, NotFound
from llmops.domain.alert import Alert, AlertEvent, Change, Example
from llmops.storage.store import Store
from tests.support.alerts import MONITOR, an_alert
from tests.support.interactions import BEGAN


def keep(store: Store, *alerts: Alert) -> None:
    store.alerts.settle("docs", BEGAN, lambda known: alerts)


def test_what_is_kept_comes_back_whole(store: Store) -> None:
    alert = an_alert(
        ref="app/docs@production",
        move=3,
        changes=(Change(kind="alias", what="moved", at=BEGAN, sequence=3, share=0.5),),
        examples=(Example(interaction="reply-1", kind="typical now", value=0.5),),
        findings=("the traffic is the same",),
    )
    keep(store, alert)
    assert store.alerts.get("alr-1") == alert
    assert store.alerts.find() == [alert]


def test_a_change_appends_events_and_keeps_the_old_ones(store: Store) -> None:
    keep(store, an_alert())
    event = AlertEvent(at=BEGAN, what="updated", actor=MONITOR, reason="spread")
    done = store.alerts.change("alr", lambda alert: alert.model_copy(update={"events": (*alert.events, event)}))
    assert [item.what for item in store.alerts.get("alr-1").events] == ["opened", "updated"]
    assert done == store.alerts.get("alr-1")


def test_a_cause_has_one_alert_that_is_not_closed(store: Store) -> None:
    closed = an_alert(2, cause="move:3", state="closed", closed_at=BEGAN + timedelta(hours=3))
    keep(store, closed, an_alert(3, cause="move:3"))
    with pytest.raises((IntegrityError, LlmopsError), match=r"(?i)unique"):
        keep(store, an_alert(4, cause="move:3"))


def test_deciding_sees_what_is_open_or_was_closed_lately(store: Store) -> None:
    keep(store, *(an_alert(n, state="closed", closed_at=BEGAN + timedelta(hours=n)) for n in (1, 2)), an_alert(3))
    seen: list[str] = []

    def decide(known: list[Alert]) -> list[Alert]:
        seen.extend(alert.id for alert in known)
        return []

    assert store.alerts.settle("docs", BEGAN + timedelta(hours=2), decide) == []
    store.alerts.settle("other", BEGAN, decide)
    assert seen == ["alr-2", "alr-3"]


def test_two_who_decide_at_once_open_one(store: Store) -> None:
    def open_once(known: list[Alert]) -> list[Alert]:
        return [] if known else [an_alert()]

    threads = [threading.Thread(target=store.alerts.settle, args=("docs", BEGAN, open_once)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.alerts.find()) == 1


def test_lists_are_by_state_and_monitor_newest_first(store: Store) -> None:
    keep(store, an_alert(1), an_alert(2, state="acknowledged"), an_alert(3, monitor="other"))
    assert [alert.id for alert in store.alerts.find()] == ["alr-3", "alr-2", "alr-1"]
    assert [alert.id for alert in store.alerts.find(states=("open",), monitor="docs")] == ["alr-1"]
    assert store.alerts.count() == {("docs", "acknowledged"): 1, ("docs", "open"): 1, ("other", "open"): 1}


def test_ids_may_be_cut_short_but_not_ambiguous(store: Store) -> None:
    keep(store, an_alert(1), an_alert(12))
    assert store.alerts.get("alr-1").id == "alr-1"
    with pytest.raises(InvalidRef, match="'alr' is ambiguous: alr-1 and alr-12 begin so") as caught:
        store.alerts.get("alr")
    assert caught.value.hint == "Write more of the id."
    with pytest.raises(NotFound, match="there is no alert 'nope'") as missing:
        store.alerts.get("nope")
    assert missing.value.hint == "List them with: llmops alerts list --all"
