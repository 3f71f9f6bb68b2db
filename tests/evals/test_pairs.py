"""Pairing cases of two runs."""

from llmops.evals.pairs import pair
from tests.support.eval_runs import observed, result


def test_cases_pair_by_id_whatever_their_order() -> None:
    one = observed([result("b", 1.0), result("a", 0.5), result("new", 1.0, cluster="k")]).scores("contains")
    two = observed([result("a", 0.25), result("gone", 1.0), result("b", 0.0)]).scores("contains")
    pairs = pair(one, two)
    assert pairs.ids == ("a", "b")
    assert pairs.candidate == (0.5, 1.0)
    assert pairs.baseline == (0.25, 0.0)
    assert (pairs.unpaired, pairs.unpaired_share, len(pairs)) == (1, 1 / 3, 2)


def test_no_cases_have_no_share() -> None:
    empty = observed([]).scores("contains")
    assert pair(empty, empty).unpaired_share == 0.0
