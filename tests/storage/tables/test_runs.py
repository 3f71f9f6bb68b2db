"""What the tables of runs refuse, and what goes with a run."""

import pytest
from sqlalchemy import delete, func, insert, select

from llmops.core.errors import StoreError
from llmops.storage.store import Store
from llmops.storage.tables.runs import RESULTS, RUNS, SCORES
from tests.support.examples import example_result, example_run


def test_results_and_scores_go_with_their_run(store: Store) -> None:
    store.runs.start(example_run())
    store.runs.add_results("run-1", [example_result("a"), example_result("b")])
    with store.database.transaction() as connection:
        connection.execute(delete(RUNS))
        assert connection.execute(select(func.count()).select_from(RESULTS)).scalar() == 0
        assert connection.execute(select(func.count()).select_from(SCORES)).scalar() == 0


def test_a_result_belongs_to_a_run(store: Store) -> None:
    row = {"run_id": "run-9", "ordinal": 0, "case_id": "a", "repeat": 0, "body": "{}"}
    with pytest.raises(StoreError, match=r"(?i)foreign key"), store.database.transaction() as connection:
        connection.execute(insert(RESULTS), row)
