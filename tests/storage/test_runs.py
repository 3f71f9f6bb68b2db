"""Runs and their results: batches in, a stream out, nothing twice and nothing lost."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from llmops.core.errors import Conflict, InvalidRef, NotFound
from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.interaction import Usage
from llmops.storage.store import Store
from llmops.storage.tables.runs import SCORES
from tests.storage.test_versions import JSON, TEXT
from tests.support.children import kill_child_after, start_child
from tests.support.examples import NOW, example_result, example_run

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCORE = st.builds(
    Score, value=st.none() | FLOATS, label=st.none() | TEXT, reason=TEXT, passed=st.none() | st.booleans()
) | st.builds(Score.missing, TEXT)
RESULTS = st.builds(
    CaseResult,
    case_id=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20),
    repeat=st.integers(0, 3),
    cluster=TEXT,
    inputs=st.dictionaries(TEXT, JSON, max_size=3),
    metadata=st.dictionaries(TEXT, JSON, max_size=3),
    output=st.none() | TEXT,
    error=st.none() | TEXT,
    contexts=st.lists(st.builds(Context, id=TEXT, text=TEXT, score=FLOATS), max_size=2).map(tuple),
    usage=st.builds(Usage, prompt_tokens=st.integers(0, 10**9), cost=st.none() | st.floats(0, 1e6)),
    scores=st.dictionaries(st.sampled_from(["contains", "token_f1"]), SCORE, max_size=2),
)


def test_a_run_is_started_and_finished(store: Store) -> None:
    run = example_run()
    store.runs.start(run)
    assert store.runs.get("run-1") == run
    ended = NOW + timedelta(seconds=3)
    store.runs.finish("run-1", "finished", {"scores": [{"mean": 0.5}]}, ended)
    found = store.runs.get("run-1")
    assert (found.status, found.ended_at, found.summary) == ("finished", ended, {"scores": [{"mean": 0.5}]})
    assert found.refs == {"app": "sha256:ab"}


def test_an_id_may_be_shortened_until_it_is_ambiguous(store: Store) -> None:
    for run_id in ("run-06a1", "run-06b2", "run-06b"):
        store.runs.start(example_run(run_id))
    assert store.runs.get("run-06a").id == "run-06a1"
    assert store.runs.get("run-06b").id == "run-06b"
    with pytest.raises(InvalidRef, match="run 'run-06' is ambiguous: run-06a1 and run-06b begin so"):
        store.runs.get("run-06")
    for unknown in ("run-07", "run_06a", "%", "", "RUN-06a1"):
        with pytest.raises(NotFound, match="there is no run") as caught:
            store.runs.get(unknown)
        assert caught.value.hint == "List them with: llmops runs list"


def test_an_id_is_used_once(store: Store) -> None:
    store.runs.start(example_run())
    with pytest.raises(Conflict, match="there is already a run run-1"):
        store.runs.start(example_run())


def test_what_is_done_to_an_unknown_run_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="there is no run 'run-9'"):
        store.runs.finish("run-9", "failed", None, NOW)
    with pytest.raises(NotFound, match="there is no run 'run-9'"):
        store.runs.add_results("run-9", [example_result("a")])
    with pytest.raises(NotFound, match="there is no run 'run-9'"):
        store.runs.results("run-9")
    with pytest.raises(NotFound, match="there is no run 'run-9'"):
        store.runs.remove("run-9")


def test_runs_are_listed_newest_first(store: Store) -> None:
    for number, name in enumerate(["docs", "chat", "docs"]):
        store.runs.start(example_run(f"run-{number}", name, NOW + timedelta(minutes=number)))
    assert [run.id for run in store.runs.runs()] == ["run-2", "run-1", "run-0"]
    assert [run.id for run in store.runs.runs(name="docs", limit=1)] == ["run-2"]
    assert [run.id for run in store.runs.runs("eval", "chat")] == ["run-1"]


def test_runs_are_chosen_by_status_target_and_time(store: Store) -> None:
    for number, target in enumerate(["app/docs", "app/docs@3", "app/docs with x/y", "app/docs_2", "app/docs@31"]):
        run = example_run(f"run-{number}", started_at=NOW + timedelta(hours=number))
        store.runs.start(run.model_copy(update={"parameters": {"target": target, "cases": 3}}))
    store.runs.finish("run-1", "finished", None, NOW)

    def chosen(**wanted: Json) -> list[str]:
        return [run.id for run in store.runs.runs(**wanted)]

    assert chosen(target="app/docs") == ["run-4", "run-2", "run-1", "run-0"]
    assert chosen(target="app/docs@3") == ["run-1"]
    assert chosen(target="app/d%") == []
    assert chosen(status="finished") == ["run-1"]
    assert chosen(status="running", since=NOW + timedelta(hours=3)) == ["run-4", "run-3"]


def test_finished_runs_are_found_by_what_they_ran_on(store: Store) -> None:
    refs = {"app": "sha256:ab", "model": 'odd/"%_\\'}
    for number, (status, ended) in enumerate([("finished", 5), ("finished", 2), ("failed", 1), ("finished", 9)]):
        run = example_run(f"run-{number}").model_copy(update={"refs": refs if number < 3 else {"app": "sha256:AB"}})
        store.runs.start(run)
        store.runs.finish(run.id, status, None, NOW + timedelta(seconds=ended))  # type: ignore[arg-type]

    def found(wanted: dict[str, str], **narrowed: Json) -> list[str]:
        return [run.id for run in store.runs.finished(wanted, **narrowed)]

    assert found(refs) == found({"app": "sha256:ab"}) == ["run-1", "run-0"]
    assert found({"app": "sha256:AB"}) == ["run-3"]
    assert found({"app": "sha256:a"}) == []
    assert found({}, after=NOW + timedelta(seconds=2)) == ["run-0", "run-3"]
    assert found(refs, name="other") == []


def test_results_come_back_in_order_over_many_pages(store: Store) -> None:
    store.runs.start(example_run())
    added = [example_result(f"case-{number:04d}") for number in reversed(range(450))]
    for start in range(0, len(added), 64):
        store.runs.add_results("run-1", added[start : start + 64])
    assert list(store.runs.results("run-1")) == added


def test_a_result_is_kept_once(store: Store) -> None:
    store.runs.start(example_run())
    store.runs.add_results("run-1", [example_result("a"), example_result("a", value=0.0), example_result("b")])
    store.runs.add_results("run-1", [example_result("b", value=0.0), example_result("b", repeat=1)])
    store.runs.add_results("run-1", [])
    found = [(r.case_id, r.repeat, r.scores["contains"].value) for r in store.runs.results("run-1")]
    assert found == [("a", 0, 1.0), ("b", 0, 1.0), ("b", 1, 1.0)]


def test_scores_are_numbers_in_a_table_of_their_own(store: Store) -> None:
    store.runs.start(example_run())
    store.runs.add_results("run-1", [example_result("a", value=0.25), example_result("b", value=None)])
    with store.database.read() as connection:
        rows = connection.execute(select(SCORES).order_by(SCORES.c.ordinal)).all()
    assert [(row.label, row.ordinal, row.status, row.value, row.passed) for row in rows] == [
        ("contains", 0, "scored", 0.25, False),
        ("contains", 1, "missing", None, None),
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=st.lists(RESULTS, max_size=4, unique_by=lambda result: (result.case_id, result.repeat)))
def test_any_result_comes_back_as_it_was(store: Store, results: list[CaseResult]) -> None:
    store.runs.start(example_run())
    store.runs.add_results("run-1", results)
    found = list(store.runs.results("run-1"))
    store.runs.remove("run-1")
    assert found == results


def test_half_a_character_does_not_stop_a_run(store: Store) -> None:
    store.runs.start(example_run())
    result = example_result("a").model_copy(update={"inputs": {"question": "half \ud83d"}})
    store.runs.add_results("run-1", [result])
    assert next(store.runs.results("run-1")).inputs == {"question": "half ���"}


def test_threads_may_add_results_of_one_run(store: Store) -> None:
    store.runs.start(example_run())

    def add(worker: int) -> None:
        for number in range(5):
            store.runs.add_results("run-1", [example_result(f"{worker}-{number}")])

    threads = [threading.Thread(target=add, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({result.case_id for result in store.runs.results("run-1")}) == 20


def test_removing_a_run_takes_its_results(store: Store) -> None:
    store.runs.start(example_run())
    store.runs.start(example_run("run-2"))
    store.runs.add_results("run-1", [example_result("a")])
    store.runs.add_results("run-2", [example_result("a")])
    store.runs.remove("run-1")
    assert [run.id for run in store.runs.runs()] == ["run-2"]
    assert len(list(store.runs.results("run-2"))) == 1


WRITE = """
import sys
from pathlib import Path
from llmops.storage.store import open_store
from tests.support.examples import example_result, example_run
store = open_store(sys.argv[1], root=Path(sys.argv[2]))
store.runs.start(example_run())
for batch in range(100000):
    store.runs.add_results("run-1", [example_result(f"{batch}-{number}") for number in range(8)])
    print(batch, flush=True)
"""


def test_a_killed_evaluation_loses_no_batch_that_was_saved(store: Store, store_url: str, tmp_path: Path) -> None:
    printed = kill_child_after(start_child(WRITE, store_url, str(tmp_path)), lines=10)
    assert printed[-1] == "9"
    results = list(store.runs.results("run-1"))
    assert len(results) >= 80
    assert len(results) % 8 == 0
    assert store.runs.get("run-1").status == "running"


def test_a_run_that_goes_on_keeps_its_results_and_loses_its_end(store: Store) -> None:
    store.runs.start(example_run())
    store.runs.add_results("run-1", [example_result("c1"), example_result("c2")])
    store.runs.finish("run-1", "interrupted", {"cases": 2}, NOW)
    store.runs.reopen("run-1", {"retried": 1})
    found = store.runs.get("run-1")
    assert (found.status, found.summary, found.ended_at) == ("running", None, None)
    assert found.parameters == {"retried": 1}
    assert [result.case_id for result in store.runs.results("run-1")] == ["c1", "c2"]
    with pytest.raises(NotFound, match="there is no run 'run-9'"):
        store.runs.reopen("run-9", {})


def test_a_forgotten_result_can_be_added_anew(store: Store) -> None:
    store.runs.start(example_run())
    first = example_result("c1").model_copy(update={"output": None, "error": "503"})
    store.runs.add_results("run-1", [first, example_result("c2")])
    store.runs.forget("run-1", [("c1", 0), ("c9", 0)])
    store.runs.add_results("run-1", [example_result("c1"), example_result("c2")])
    assert [(found.case_id, found.error) for found in store.runs.results("run-1")] == [("c2", None), ("c1", None)]
    with store.database.read() as connection:
        assert len(connection.execute(select(SCORES)).all()) == 2 * len(example_result("c1").scores)
