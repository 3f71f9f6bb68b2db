"""Scores as numbers, on SQLite and PostgreSQL."""

from llmops.domain.evaluation import CaseResult, Direction, Score
from llmops.storage.store import Store
from tests.support.eval_runs import result
from tests.support.examples import example_run

RANGES: dict[str, tuple[tuple[float, float], Direction]] = {"contains": ((0.0, 1.0), "higher")}


def filled(store: Store, *results: CaseResult) -> Store:
    store.runs.start(example_run())
    store.runs.add_results("run-1", results)
    return store


def test_values_come_with_their_cases(store: Store) -> None:
    filled(
        store, result("a", 1.0), result("b", None), result("c", Score.not_applicable("n")), result("a", 0.5, repeat=1)
    )
    assert store.scores.case_ids("run-1") == {0: "a", 1: "b", 2: "c", 3: "a"}
    assert sorted(store.scores.values("run-1", "contains")) == [(0, 1.0), (3, 0.5)]
    assert store.scores.values("run-1", "other") == []
    assert store.scores.case_ids("run-2") == {}


def test_clusters_are_read_from_the_results(store: Store) -> None:
    filled(store, result("a", 1.0, cluster="one"), result("b", 1.0, cluster='t"w\\o é'))
    assert store.scores.clusters("run-1") == {0: "one", 1: 't"w\\o é'}


def test_the_worst_are_lost_answers_then_failed_scores_then_low_ones(store: Store) -> None:
    low = result("low", Score(value=0.2))
    filled(store, result("fine", 1.0), low, result("failed", 0.0), result("lost", error="x"), result("best", 1.0))
    assert [found.case_id for found in store.scores.worst("run-1", RANGES, 5)] == ["lost", "failed", "low"]
    assert store.scores.worst("run-1", RANGES, 1)[0].error == "x"
    assert [found.case_id for found in store.scores.worst("run-1", {}, 5)] == ["lost", "failed"]


def test_where_lower_is_better_the_highest_are_the_worst(store: Store) -> None:
    filled(store, result("good", Score(value=0.0)), result("bad", Score(value=0.9)), result("so", Score(value=0.3)))
    ranges: dict[str, tuple[tuple[float, float], Direction]] = {"contains": ((0.0, 1.0), "lower")}
    assert [found.case_id for found in store.scores.worst("run-1", ranges, 5)] == ["bad", "so"]


def test_all_answers_to_a_case_are_found(store: Store) -> None:
    filled(store, result("a", 1.0, repeat=1, output="second"), result("b", 1.0), result("a", 0.0, output="first"))
    assert [found.output for found in store.scores.of_case("run-1", "a")] == ["first", "second"]
    assert store.scores.of_case("run-1", "nobody") == []
