"""What goes with a run that is removed."""

from sqlalchemy import delete, func, insert, select

from llmops.storage.store import Store
from llmops.storage.tables.runs import RUNS
from llmops.storage.tables.tracking import METRIC_POINTS, RUN_FILES, RUN_METRICS, RUN_VALUES
from tests.support.examples import example_run


def test_what_a_run_recorded_goes_with_it(store: Store) -> None:
    store.runs.start(example_run())
    with store.database.transaction() as connection:
        value = {"run_id": "run-1", "noun": "param", "key": "lr", "value": "0.1", "head": "0.1", "number": 0.1}
        connection.execute(insert(RUN_VALUES), value)
        metric = {"run_id": "run-1", "key": "auc", "last": 0.5, "step": 0, "at": 0.0, "count": 1}
        (metric_id,) = connection.execute(insert(RUN_METRICS), metric).inserted_primary_key or (0,)
        point = {"metric_id": metric_id, "ordinal": 0, "step": 0, "at": 0.0, "value": 0.5}
        connection.execute(insert(METRIC_POINTS), point)
        connection.execute(insert(RUN_FILES), {"run_id": "run-1", "path": "a", "digest": "sha256:ab", "size": 1})
        connection.execute(delete(RUNS))
        for table in (RUN_VALUES, RUN_METRICS, METRIC_POINTS, RUN_FILES):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0
