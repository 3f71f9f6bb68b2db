"""The tables of alerts: events go with their alert."""

from sqlalchemy import delete, func, select

from llmops.storage.store import Store
from llmops.storage.tables.alerts import ALERT_EVENTS, ALERTS
from tests.support.alerts import an_alert
from tests.support.interactions import BEGAN


def test_events_go_with_their_alert(store: Store) -> None:
    store.alerts.settle("docs", BEGAN, lambda known: [an_alert()])
    with store.database.transaction() as connection:
        connection.execute(delete(ALERTS))
        assert connection.scalar(select(func.count()).select_from(ALERT_EVENTS)) == 0
