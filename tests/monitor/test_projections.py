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


def test_vectors_have_places_along_the_directions_in_which_the_first_ones_differ() -> None:
    projection = Projection()
    for n in range(60):
        projection.put([1.0, 0.1 * (n % 3), 0.0])
    projection = projection_from_json(projection.to_json())  # evaluations end anywhere
    for n in range(FIRST - 60):
        projection.put([1.0, 0.1 * (n % 2), 0.0])
    assert (len(projection.axes), projection.rows) == (1, [])
    again = projection_from_json(projection.to_json())
    ((place, none, failed),) = again.along_axes([[1.0, 0.5, 0.2], None, ValueError("no")], [0.1, None, None])
    assert abs(place or 0.0) == pytest.approx(0.5)
    assert (none, failed) == (None, None)


def test_a_projection_of_before_there_were_directions_has_none() -> None:
    old = projection_from_json({"count": FIRST, "words": {}, "centre": [1.0, 0.0]})
    assert old.along_axes([[1.0, 0.0]], [0.0]) == []


def test_numbers_stay() -> None:
    assert (Projection().put(0.5), Projection().put(None)) == (0.5, None)
