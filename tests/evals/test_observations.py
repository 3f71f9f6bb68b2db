"""The numbers of a run, whatever order its results come in."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.interaction import Usage
from llmops.evals.observations import Observations
from tests.support.eval_runs import observed, result

scores = st.one_of(
    st.floats(0, 1),
    st.none(),
    st.just(Score.not_applicable("no answer expected")),
)


def test_repeats_are_averaged_for_each_case_first() -> None:
    found = observed([result("a", 1.0), result("a", 0.0, repeat=1), result("a", 0.0, repeat=2), result("b", 1.0)])
    series = found.scores("contains")
    assert series.ids == ("a", "b")
    assert series.values == (1 / 3, 1.0)
    assert (found.cases, found.repeats, found.results) == (2, 3, 4)


def test_missing_counts_nowhere_unless_a_value_is_given_for_it() -> None:
    found = observed([result("a", 1.0), result("b", None), result("b", 0.5, repeat=1), result("c", None)])
    assert found.scores("contains").values == (1.0, 0.5)
    assert found.scores("contains", missing_as=0.0).values == (1.0, 0.25, 0.0)
    column = found.column("contains")
    assert (column.missing, column.missing_share, column.main_reason) == (2, 0.5, "judge unreadable")


def test_what_does_not_apply_is_neither_missing_nor_scored() -> None:
    found = observed([result("a", 1.0), result("b", Score.not_applicable("no expectations.answer"))])
    column = found.column("contains")
    assert (column.not_applicable, column.missing, column.missing_share) == (1, 0, 0.0)
    assert found.scores("contains", missing_as=0.0).ids == ("a",)


def test_a_scorer_never_asked_has_no_numbers() -> None:
    assert len(observed([result("a", 1.0)]).scores("other")) == 0


def test_time_money_and_errors_are_counted() -> None:
    fast = Usage(prompt_tokens=1, completion_tokens=2, cost=0.5, latency=0.1)
    found = observed(
        [
            result("a", 1.0, usage=fast, cached=True),
            result("b", 1.0, usage=Usage(latency=3.0)),
            result("c", error="time-out"),
        ]
    )
    assert (found.errors, found.cached, found.tokens, found.cost, found.unpriced) == (1, 1, 3, 0.5, 1)
    assert sorted(found.latencies) == [0.1, 3.0]
    assert found.shares_within(1.0).values == (1.0, 0.0, 0.0)
    assert found.error_shares().values == (0.0, 0.0, 1.0)
    assert found.costs().ids == ("a",)


def test_cost_is_unknown_where_no_price_is() -> None:
    assert observed([result("a", 1.0, usage=Usage())]).cost is None


def test_metadata_with_few_values_makes_segments() -> None:
    rows = [
        result(f"c{i}", 1.0, metadata={"topic": "ab"[i % 2], "row": i, "cluster": "x", "hard": i > 9, "tags": ["t"]})
        for i in range(20)
    ]
    found = observed(rows)
    assert found.keys == ["hard", "topic"]
    hard, topic = found.segment_of("hard"), found.segment_of("topic")
    assert hard is not None
    assert topic is not None
    assert set(hard.values()) == {"true", "false"}
    assert sum(value == "a" for value in topic.values()) == 10


def test_a_key_of_many_values_is_kept_for_gates_until_it_is_an_id() -> None:
    rows = [result(f"c{i:03}", 1.0, metadata={"store": i % 40, "row": i}) for i in range(80)]
    found = observed(rows)
    assert found.keys == []
    assert len(found.segment_of("store") or {}) == 80
    assert found.segment_of("row") is None
    assert found.segment_of("nothing") == {}


def test_asked_for_segments_are_the_only_ones() -> None:
    rows = [result(f"c{i}", 1.0, metadata={"topic": "ab"[i % 2], "row": i}) for i in range(20)]
    found = Observations.of(rows, segments=["metadata.row"])
    assert found.keys == ["row"]
    assert len(found.segment_of("row") or {}) == 20


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), scores, st.floats(0, 10)), max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_results_changes_nothing(
    rows: list[tuple[int, float | Score | None, float]], order: random.Random
) -> None:
    results: list[CaseResult] = [
        result(f"c{case}", score, repeat=repeat, usage=Usage(cost=latency / 3, latency=latency))
        for repeat, (case, score, latency) in enumerate(rows)
    ]
    shuffled = results.copy()
    order.shuffle(shuffled)
    one, two = observed(results), observed(shuffled)
    assert one.scores("contains") == two.scores("contains")
    assert one.scores("contains", missing_as=0.0) == two.scores("contains", missing_as=0.0)
    assert one.costs() == two.costs()
    assert one.shares_within(1.0) == two.shares_within(1.0)
    assert (one.cost, one.tokens, sorted(one.latencies)) == (two.cost, two.tokens, sorted(two.latencies))
    assert one.column("contains").main_reason == two.column("contains").main_reason
