"""Acknowledging and closing alerts."""

from datetime import timedelta

import pytest

from llmops.core.errors import InputError
from llmops.flows.alerting.lifecycle import acknowledge, close
from llmops.storage.store import Store
from tests.support.alerts import an_alert
from tests.support.examples import ANNA
from tests.support.interactions import BEGAN

LATER = BEGAN + timedelta(days=1)


def test_acknowledged_and_closed_with_who_and_why(sqlite_store: Store) -> None:
    sqlite_store.alerts.settle("docs", BEGAN, lambda known: [an_alert()])
    acknowledge(sqlite_store, "alr-1", actor=ANNA, reason="looking", now=LATER)
    again = acknowledge(sqlite_store, "alr-1", actor=ANNA, reason="again", now=LATER)
    assert [event.what for event in again.events] == ["opened", "acknowledged"]
    done = close(sqlite_store, "alr-1", actor=ANNA, reason="rolled back", now=LATER)
    assert (done.state, done.closed_at, done.events[-1].reason) == ("closed", LATER, "rolled back")
    for change in (acknowledge, close):
        with pytest.raises(InputError, match=r"alr-1 was closed by anna@example.org at 2026-03-02 12:00 UTC") as caught:
            change(sqlite_store, "alr-1", actor=ANNA, reason="", now=LATER)
        assert caught.value.hint == "What is open: llmops alerts list"
