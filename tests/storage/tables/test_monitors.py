"""The tables of monitors: streams and points go with their monitor."""

from sqlalchemy import delete, func, select

from llmops.storage.monitors import MonitorState
from llmops.storage.store import Store
from llmops.storage.tables.monitors import MONITOR_STREAMS, MONITORS
from tests.support.interactions import BEGAN


def test_streams_go_with_their_monitor(store: Store) -> None:
    store.monitors.save("docs", MonitorState("b", {}, {("length", ""): {"n": 1}}, BEGAN))
    with store.database.transaction() as connection:
        connection.execute(delete(MONITORS))
        assert connection.scalar(select(func.count()).select_from(MONITOR_STREAMS)) == 0
