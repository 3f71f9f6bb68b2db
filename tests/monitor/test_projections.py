"""Words and vectors as numbers."""

import pytest

from llmops.monitor.projections import FIRST, Projection, projection_from_json


def fixed(words: str) -> Projection:
    projection = Projection()
    assert [projection.put(words[n % len(words)]) for n in range(FIRST)] == [None] * FIRST
    return projection


def test_words_become_ranks_that_later_words_do_not_change() -> None:
    projection = fixed("aab")
    assert [projection.put(word) for word in "abzz"] == [0, 1, 2, 2]
    again = projection_from_json(projection.to_json())
    assert [again.put(word) for word in "abz"] == [0, 1, 2]


def test_vectors_become_distances_from_the_centre() -> None:
    projection = Projection()
    for n in range(FIRST):
        assert projection.put([1.0, 0.1 * (-1) ** n]) is None
    assert projection.put([2.0, 0.0]) == pytest.approx(0)
    assert projection.put([0.0, 1.0]) == pytest.approx(1)
    assert projection.put([0.0, 0.0]) == 1
    assert projection_from_json(projection.to_json()).put([1.0, 0.0]) == pytest.approx(0)
    with pytest.raises(ValueError, match="a vector of 3 numbers, where those before have 2"):
        projection.put([1.0, 0.0, 0.0])


def test_numbers_stay() -> None:
    assert (Projection().put(0.5), Projection().put(None)) == (0.5, None)
