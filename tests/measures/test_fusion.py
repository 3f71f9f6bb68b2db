"""Fusing rankings, and making one diverse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.measures.fusion import marginal_relevance, reciprocal_rank_fusion

RANKINGS = st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), min_size=1, max_size=4)


def test_scores_are_sums_of_reciprocal_ranks() -> None:
    fused = reciprocal_rank_fusion([["a", "b", "c"], ["c", "a"]])
    assert list(fused) == ["a", "c", "b"]
    assert fused == pytest.approx({"a": 1 / 61 + 1 / 62, "c": 1 / 63 + 1 / 61, "b": 1 / 62})


def test_equal_scores_keep_the_order_of_the_first_ranking() -> None:
    assert list(reciprocal_rank_fusion([["a", "b"], ["b", "a"]])) == ["a", "b"]
    assert reciprocal_rank_fusion([["a", "a"]]) == {"a": 1 / 61}


@given(RANKINGS, st.randoms())
def test_the_order_of_rankings_changes_no_score(rankings: list[list[str]], random: "np.random.Generator") -> None:
    fused = reciprocal_rank_fusion(rankings)
    assert reciprocal_rank_fusion(rankings[::-1]) == pytest.approx(fused)
    assert set(fused) == {item for ranking in rankings for item in ranking}


VECTORS = {
    "near": np.array([1, 0], dtype=np.float32),
    "twin": np.array([1, 0], dtype=np.float32),
    "other": np.array([0, 1], dtype=np.float32),
}
RELEVANCE = {"near": 0.9, "twin": 0.89, "other": 0.6}


@pytest.mark.parametrize(
    ("weight", "chosen"), [(1.0, ["near", "twin", "other"]), (0.5, ["near", "other", "twin"]), (0.0, ["near", "other"])]
)
def test_what_is_like_the_chosen_waits(weight: float, chosen: list[str]) -> None:
    assert marginal_relevance(RELEVANCE, VECTORS, len(chosen), weight) == chosen


def test_without_a_vector_nothing_is_alike() -> None:
    assert marginal_relevance({"a": 0.5, "b": 0.4}, {}, 5, 0.3) == ["a", "b"]
    assert marginal_relevance({}, {}, 5, 0.3) == []
