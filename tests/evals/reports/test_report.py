"""Reports: what they say, and that order changes nothing."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.interaction import Usage
from llmops.evals.reports.report import summarise
from tests.support.eval_runs import STARTED, binary, loaded, observed, report, result


def test_a_binary_score_has_wilsons_interval() -> None:
    score = report(binary(45, 15)).scores[0]
    assert (score.label, score.n, score.clusters, score.mean, score.pass_rate) == ("contains", 60, 60, 0.75, 0.75)
    assert score.interval is not None
    assert score.interval.method == "Wilson"
    assert score.interval.low == pytest.approx(
        0.62766, abs=1e-4
    )  # statsmodels proportion_confint(45, 60, method="wilson")
    assert score.interval.high == pytest.approx(0.84223, abs=1e-4)
    assert score.detectable == pytest.approx(2.8016 * (0.75 * 0.25 / 59) ** 0.5, rel=1e-3)


def test_no_time_is_below_zero() -> None:
    rows = [result(f"c{i}", 30.0 if i == 0 else 0.1, label="latency") for i in range(12)]
    score = summarise(observed(rows), loaded("latency", span=None, unit="s"))
    assert score.interval is not None
    assert score.interval.low == 0.0


def test_dependent_cases_widen_the_interval() -> None:
    rows = [result(f"c{i}", float(i < 30), cluster=f"doc{i // 10}") for i in range(60)]
    score = report(rows).scores[0]
    alone = report(binary(30, 30)).scores[0]
    assert score.interval is not None
    assert alone.interval is not None
    assert (score.n, score.clusters) == (60, 6)
    assert score.interval.high - score.interval.low > 2 * (alone.interval.high - alone.interval.low)


def test_missing_scores_are_bounded_and_never_zero() -> None:
    found = report([*binary(8, 0), result("x", None), result("y", None)])
    score = found.scores[0]
    assert (score.mean, score.n, score.missing) == (1.0, 8, 2)
    assert score.bounds == (0.8, 1.0)
    assert "contains: 2 of 10 (20.0 %) scores are missing, most often because: judge unreadable" in found.notes


def test_a_run_without_any_score_has_no_mean() -> None:
    score = report([result("x", None), result("y", None)]).scores[0]
    assert (score.mean, score.interval, score.n, score.missing) == (None, None, 0, 2)
    assert score.bounds == (0.0, 1.0)


def test_an_empty_run_is_a_report_too() -> None:
    found = report([])
    assert (found.cases, found.latency, found.cost, found.scores[0].mean) == (0, {}, None, None)


def test_repeats_do_not_count_as_cases() -> None:
    rows = [result("a", 1.0), result("a", 0.0, repeat=1), result("b", 1.0), result("b", 1.0, repeat=1)]
    found = report(rows)
    assert (found.cases, found.repeats, found.scores[0].n, found.scores[0].mean) == (2, 2, 2, 0.75)


def test_latency_cost_tokens_and_errors_are_summed() -> None:
    rows = [result(f"c{i}", 1.0, usage=Usage(prompt_tokens=2, cost=0.25, latency=float(i))) for i in range(1, 101)]
    found = report([*rows, result("z", error="time-out")])
    assert found.latency == pytest.approx({"p50": 50.5, "p95": 95.05, "p99": 99.01})  # numpy.percentile
    assert (found.cost, found.tokens, found.errors, found.cases) == (25.0, 200, 1, 101)
    assert "1 of 101 (1.0 %) answers failed, most often with: time-out" in found.notes


def test_segments_have_their_own_intervals_and_small_ones_are_counted() -> None:
    rows = [result(f"c{i:02}", float(i % 2), metadata={"topic": "index" if i < 10 else "app"}) for i in range(20)]
    rows += [result(f"d{i}", 1.0, metadata={"topic": "rare"}) for i in range(3)]
    found = report(rows)
    assert [(s.segment, s.value, s.n, s.mean) for s in found.scores[0].segments] == [
        ("metadata.topic", "app", 10, 0.5),
        ("metadata.topic", "index", 10, 0.5),
    ]
    assert all(s.interval is not None for s in found.scores[0].segments)
    assert "Segments with fewer than 5 cases are not shown (1 of them)." in found.notes


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"model": "offline/extractive"}, "offline/extractive is no language model"),
        ({"model": "offline/echo"}, "offline/echo is no language model: it returns its input."),
        ({"cached": True}, "12 of 12 (100.0 %) answers came from the reply cache"),
        ({"fallback": True}, "12 of 12 (100.0 %) answers came from a fallback model: this report says little about"),
    ],
)
def test_what_needs_saying_is_said(fields: dict[str, str | bool], note: str) -> None:
    assert [text for text in report(binary(12, 0, **fields)).notes if text.startswith(note)]


def test_it_knows_its_oldest_reply_its_fallbacks_and_fingerprints() -> None:
    later = STARTED + timedelta(days=1)
    rows = [
        result("a", 1.0, at=later, fingerprint="fp_2"),
        result("b", 1.0, at=STARTED, fingerprint="fp_1", cached=True),
        result("c", 1.0, at=later, model="openai/other", fallback=True, fingerprint="fp_1"),
        result("d", error="x"),
    ]
    found = report(rows)
    assert (found.oldest_reply, found.fallbacks) == (STARTED, 1)
    assert [(one.model, one.mark, one.seen_at) for one in found.fingerprints] == [
        ("openai/gpt-4o-mini", "fp_1", STARTED),
        ("openai/gpt-4o-mini", "fp_2", later),
        ("openai/other", "fp_1", later),
    ]
    assert any("the original call, the oldest of 2026-01-02 03:04 UTC." in note for note in found.notes)


def test_it_knows_the_contents_that_its_contexts_came_from() -> None:
    rows = [result(f"c{n}", 1.0, generation="abc", sequence=n) for n in (3, 5, 4)]
    rows += [result("one", 1.0, generation="def", sequence=7), result("own", 1.0, generation="pkg:find;3")]
    found = report([*rows, result("none", 1.0), result("failed", error="x")])
    assert [(one.generation, one.first, one.last) for one in found.contents] == [
        ("abc", 3, 5), ("def", 7, 7), ("pkg:find;3", 0, 0),
    ]  # fmt: skip
    assert [note for note in found.notes if note.startswith("Contexts")] == [
        "Contexts came from generation abc of the index at sequences 3 to 5, since the index changed meanwhile.",
        "Contexts came from generation def of the index at sequence 7.",
        "Contexts came from pkg:find;3.",
    ]


def test_one_reply_without_its_time_leaves_the_oldest_unknown() -> None:
    assert report([result("a", 1.0, at=STARTED), result("b", 1.0)]).oldest_reply is None


def test_the_offline_model_is_named_even_if_no_case_was_answered() -> None:
    found = report([result("a", error="x")], refs={"model": "offline/extractive"})
    assert found.notes[0].startswith("offline/extractive is no language model")


def test_few_clusters_are_said_to_be_few() -> None:
    assert "Fewer than 10 clusters (9): the intervals are wide and rough." in report(binary(9, 0)).notes
    assert not [note for note in report(binary(10, 0)).notes if "clusters" in note]


def test_a_failed_answer_is_not_told_once_for_each_scorer() -> None:
    failed = result("x", Score.missing("no answer: time-out"), error="time-out")
    assert report([*binary(12, 0), failed]).notes == ("1 of 13 (7.7 %) answers failed, most often with: time-out",)


def test_partly_known_prices_are_said_to_be() -> None:
    rows = [*binary(10, 0), result("x", 1.0, usage=Usage(latency=1.0))]
    assert "No price is known for 1 of 11 (9.1 %) answers; the cost leaves them out." in report(rows).notes


def test_an_interrupted_run_says_so() -> None:
    found = report(binary(10, 0), unfinished="The run was interrupted")
    assert not found.complete
    assert found.notes[0].startswith("The run was interrupted")
    assert found.started_at == STARTED


def test_a_score_without_range_has_no_bounds() -> None:
    rows = [result(f"c{i}", Score(value=float(i)), label="latency") for i in range(12)]
    rows.append(result("x", None, label="latency"))
    summary = summarise(observed(rows), loaded("latency", span=None, direction="lower", unit="s"))
    assert (summary.bounds, summary.range, summary.unit, summary.direction) == (None, None, "s", "lower")
    assert summary.mean == 5.5


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.floats(0, 1)), st.sampled_from(["a", "b"]), st.integers(0, 3)),
        min_size=1,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
def test_the_report_does_not_depend_on_who_answered_first(
    rows: list[tuple[float | None, str, int]], order: random.Random
) -> None:
    results: list[CaseResult] = [
        result(
            f"c{case:02}", rows[2 * case + repeat][0], repeat=repeat, cluster=f"k{cluster}", metadata={"topic": topic}
        )
        for case, (_, topic, cluster) in enumerate(rows[: len(rows) // 2])
        for repeat in range(2)
    ]
    shuffled = results.copy()
    order.shuffle(shuffled)
    assert report(results) == report(shuffled)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(0, 10))
def test_missing_scores_never_move_the_mean(values: list[float], missing: int) -> None:
    scored = [result(f"c{i}", value) for i, value in enumerate(values)]
    with_missing = report([*scored, *(result(f"m{i}", None) for i in range(missing))]).scores[0]
    assert with_missing.mean == report(scored).scores[0].mean
    assert with_missing.missing == missing
    if with_missing.bounds is not None and with_missing.mean is not None:
        low, high = with_missing.bounds
        assert low - 1e-9 <= with_missing.mean <= high + 1e-9
