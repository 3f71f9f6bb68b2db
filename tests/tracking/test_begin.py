"""How runs begin, go on and are joined."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.errors import InputError, NotFound
from llmops.domain.run import Run
from llmops.storage.store import Store
from llmops.tracking.begin import is_lost
from tests.support.children import finish_child, kill_child_after, start_child
from tests.support.examples import NOW, example_run
from tests.support.recording import make_recorder

RECORD = """
import sys
from pathlib import Path
from llmops.storage.store import open_store
from tests.support.recording import make_recorder
store = open_store(sys.argv[1], root=Path(sys.argv[2]))
run = make_recorder(store, run_id=sys.argv[3] if len(sys.argv) > 3 else "")
with run:
    run.log_param("lr", 0.1)
    run.log_metric("loss", 1.0)
    run.flush()
    run.log_metric("loss", 2.0)
    print(run.id, flush=True)
    if len(sys.argv) < 4:
        sys.stdin.read()
"""


def test_a_killed_run_is_lost_and_goes_on_where_it_was(sqlite_store: Store, tmp_path: Path) -> None:
    child = start_child(RECORD, sqlite_store.url, str(tmp_path))
    (run_id,) = kill_child_after(child, 1)
    stood = sqlite_store.runs.get(run_id)
    assert (stood.status, is_lost(stood, NOW)) == ("running", True)
    assert [point.value for point in sqlite_store.tracking.history(run_id, "loss")] == [1.0]
    with make_recorder(sqlite_store, run_id=run_id) as run:
        run.log_metric("loss", 3.0)
    assert [point.step for point in sqlite_store.tracking.history(run_id, "loss")] == [0, 1]
    assert sqlite_store.runs.get(run_id).status == "finished"


def test_a_program_that_ends_without_ending_its_run_leaves_what_it_logged(sqlite_store: Store, tmp_path: Path) -> None:
    script = RECORD.replace("with run:", "run.start()\nif True:").replace("sys.stdin.read()", "pass")
    run_id = finish_child(start_child(script, sqlite_store.url, str(tmp_path))).strip()
    assert [point.value for point in sqlite_store.tracking.history(run_id, "loss")] == [1.0, 2.0]
    assert is_lost(sqlite_store.runs.get(run_id), NOW)


def test_another_process_joins_and_leaves_the_end_to_who_began(sqlite_store: Store, tmp_path: Path) -> None:
    with make_recorder(sqlite_store) as run:
        run.log_metric("loss", 0.0)
        run.flush()
        finish_child(start_child(RECORD, sqlite_store.url, str(tmp_path), run.id))
        assert sqlite_store.runs.get(run.id).status == "running"
        run_id = run.id
    assert [point.value for point in sqlite_store.tracking.history(run_id, "loss")] == [0.0, 1.0, 2.0]
    assert sqlite_store.runs.get(run_id).status == "finished"


def test_a_nested_run_belongs_to_its_parent(store: Store) -> None:
    with make_recorder(store, "search") as above, make_recorder(store, "try-1", parent=above.id) as below:
        inner, outer = store.runs.get(below.id), store.runs.get(above.id)
    assert (inner.parent, inner.experiment, outer.parent) == (outer.id, outer.experiment, "")
    with pytest.raises(NotFound, match="there is no run 'run-x'"):
        make_recorder(store, parent="run-x").start()


def test_what_cannot_be_gone_on_with(sqlite_store: Store) -> None:
    sqlite_store.runs.start(example_run())
    with pytest.raises(InputError, match="run-1 is an evaluation") as caught:
        make_recorder(sqlite_store, run_id="run-1").start()
    assert "llmops eval docs --resume run-1" in (caught.value.hint or "")
    with make_recorder(sqlite_store) as run:
        run_id = run.id
    with pytest.raises(InputError, match="is called 'baseline', not 'other'"):
        make_recorder(sqlite_store, "other", run_id=run_id).start()


def test_what_it_ran_in_is_kept_once(sqlite_store: Store) -> None:
    digests = []
    for _ in range(2):
        with make_recorder(sqlite_store) as run:
            digests.append(sqlite_store.runs.get(run.id).refs["environment"])
    assert digests[0] == digests[1]
    kept = json.loads(sqlite_store.blobs.get(digests[0]))
    assert kept["packages"]["sqlalchemy"]


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({}, False),
        ({"holder": "process 1 on elsewhere", "seen_at": NOW}, False),
        ({"holder": "process 1 on elsewhere", "seen_at": NOW - timedelta(minutes=6)}, True),
        ({"status": "finished", "holder": "process 1 on elsewhere", "seen_at": NOW - timedelta(days=1)}, False),
    ],
)
def test_which_runs_are_lost(changes: dict[str, object], lost: bool) -> None:
    assert is_lost(Run.model_validate(example_run().model_dump() | changes), NOW) == lost
