"""Two runs, case by case."""

import random

import pytest

from llmops.domain.evaluation import CaseResult, Score
from llmops.evals.compare import compare_family, compare_runs, find_changes
from tests.support.eval_runs import baseline, binary, loaded, observed, report, result


def flipped(n: int, won: int, lost: int) -> tuple[list[CaseResult], list[CaseResult]]:
    """Candidate and baseline over n cases, of which so many were won and lost, the rest passed by both."""
    before = [result(f"c{i:04}", float(i >= won)) for i in range(n)]
    after = [result(f"c{i:04}", float(not won <= i < won + lost)) for i in range(n)]
    return after, before


def conclude(after: list[CaseResult], before: list[CaseResult]) -> str:
    return compare_runs(observed(after), baseline(before), [loaded()]).differences[0].conclusion


def test_wins_losses_and_the_exact_p_are_reported() -> None:
    after, before = flipped(60, 12, 2)
    found = compare_runs(observed(after), baseline(before), [loaded()])
    difference = found.differences[0]
    assert (found.baseline, found.baseline_run) == ("production", "run-before")
    assert (difference.n, difference.wins, difference.losses, difference.ties) == (60, 12, 2, 46)
    assert difference.mean == pytest.approx(10 / 60)
    assert difference.p == pytest.approx(0.012939, abs=1e-6)  # scipy.stats.binomtest(2, 14).pvalue
    assert difference.interval is not None
    assert 0 < difference.interval.low < difference.mean < difference.interval.high
    assert difference.conclusion == "better"


def test_worse_is_the_mirror_image_of_better() -> None:
    after, before = flipped(60, 12, 2)
    assert conclude(before, after) == "worse"


def test_much_alike_is_equivalent_and_little_alike_is_not_yet_known() -> None:
    assert conclude(*flipped(2000, 10, 10)) == "equivalent"
    after, before = flipped(40, 3, 3)
    difference = compare_runs(observed(after), baseline(before), [loaded()]).differences[0]
    assert difference.conclusion == "not yet known"
    assert difference.required_n is not None
    assert difference.required_n > 1000


def test_a_lower_score_is_better_where_the_scorer_says_so() -> None:
    after, before = flipped(60, 12, 2)
    scorer = loaded(direction="lower")
    difference = compare_runs(observed(after), baseline(before, scorer), [scorer]).differences[0]
    assert (difference.conclusion, difference.wins, difference.losses) == ("worse", 2, 12)
    assert difference.mean > 0


def test_holm_asks_more_of_each_where_there_are_many() -> None:
    def both(rows: list[CaseResult], k: int) -> list[CaseResult]:
        return [r.model_copy(update={"scores": {f"s{j}": r.scores["contains"] for j in range(k)}}) for r in rows]

    after, before = flipped(60, 9, 2)
    for k, conclusion in ((1, "better"), (10, "not yet known")):
        scorers = [loaded(f"s{j}") for j in range(k)]
        found = compare_runs(observed(both(after, k)), baseline(both(before, k), *scorers), scorers)
        assert {d.conclusion for d in found.differences} == {conclusion}
        assert found.differences[0].p == pytest.approx(min(1.0, k * 0.065430), abs=1e-5)  # binomtest(2, 11)


def test_two_equal_systems_are_rarely_told_apart() -> None:
    draw, told = random.Random(5), 0
    for _ in range(300):
        after, before = ([result(f"c{i:03}", float(draw.random() < 0.7)) for i in range(50)] for _ in range(2))
        told += conclude(after, before) in ("better", "worse")
    assert told / 300 <= 0.14  # one-sided 5 % for each direction, and three standard errors


def test_another_definition_of_a_scorer_is_noted_and_not_compared() -> None:
    rows = binary(9, 1)
    found = compare_runs(observed(rows), baseline(rows, loaded(identity="old")), [loaded(), loaded("new")])
    assert found.differences == ()
    assert found.notes == (
        "contains: not compared, production was scored with another definition of it",
        "new: not compared, production was not scored with it",
    )


def test_cases_that_the_baseline_lacks_are_left_out_and_counted() -> None:
    found = compare_runs(observed(binary(10, 0)), baseline(binary(6, 0)), [loaded()])
    assert found.differences[0].n == 6
    assert found.notes == ("contains: 4 cases left out, production has no score",)


def test_seconds_are_told_apart_by_permutation() -> None:
    scorer = loaded(span=None, direction="lower", unit="s")
    before = [result(f"c{i}", Score(value=2 + i % 3 / 10)) for i in range(30)]
    after = [result(f"c{i}", Score(value=1 + i % 4 / 10)) for i in range(30)]
    difference = compare_runs(observed(after), baseline(before, scorer), [scorer]).differences[0]
    assert (difference.conclusion, difference.wins) == ("better", 30)
    same = compare_runs(observed(before), baseline(before, scorer), [scorer]).differences[0]
    assert (same.conclusion, same.required_n) == ("not yet known", None)


def test_changes_are_listed_worst_first() -> None:
    before = [result("a", 1.0), result("b", 0.5), result("c", 0.2), result("d", 0.7)]
    after = [result("a", 0.9), result("b", 0.0), result("c", 0.8), result("d", 0.7)]
    changes = find_changes(observed(after), observed(before), report(after).scores)
    assert [(c.case_id, c.before, c.after) for c in changes] == [("b", 0.5, 0.0), ("a", 1.0, 0.9), ("c", 0.2, 0.8)]
    assert changes[0].gain == -0.5


def test_a_change_counts_in_units_of_the_range() -> None:
    scorer = loaded(span=(0.0, 100.0), direction="lower")
    before, after = [result("a", Score(value=10.0))], [result("a", Score(value=60.0))]
    changes = find_changes(observed(after), observed(before), report(after, scorer).scores)
    assert changes[0].gain == -0.5


def test_the_correction_is_over_all_runs_of_a_family() -> None:
    after, before = flipped(60, 12, 2)
    alone = compare_runs(observed(after), baseline(before), [loaded()]).differences[0]
    same = [(observed(after), baseline(before))]
    others = [(observed(before), baseline(before, name="itself"))] * 30
    family = compare_family([*same, *others], [loaded()])
    assert alone.p is not None
    assert family[0].differences[0].p == pytest.approx(31 * alone.p)
    assert family[0].differences[0].mean == alone.mean
    assert (alone.conclusion, family[0].differences[0].conclusion) == ("better", "not yet known")
    assert [comparison.baseline for comparison in family[:2]] == ["production", "itself"]
    assert compare_family([], [loaded()]) == []
