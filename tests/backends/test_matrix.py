"""One moment of a store in memory."""

import numpy as np

from llmops.backends.matrix import Matrix, empty
from llmops.domain.filters import wanted
from llmops.domain.vector_batches import last_of_each
from llmops.testing.conformance import DIMENSION, names, unit_vectors


def matrix(count: int) -> Matrix:
    rows = [{"n": number % 3} for number in range(count)]
    return empty(DIMENSION).upserted(last_of_each(names(count), unit_vectors(count), rows, DIMENSION))


def test_changing_it_leaves_what_it_was() -> None:
    old = matrix(4)
    new = old.upserted(last_of_each(["c00001", "x"], unit_vectors(2, seed=4), None, DIMENSION))
    assert (old.ids, new.ids) == (names(4), [*names(4), "x"])
    np.testing.assert_array_equal(old.fetch(["c00001"])["c00001"], unit_vectors(4)[1])
    np.testing.assert_array_equal(new.fetch(["c00001"])["c00001"], unit_vectors(2, seed=4)[0])
    assert (old.tokens[1], new.tokens[1]) == (['["n",1]'], [])
    assert new.without(["c00000", "nobody"]).ids == ["c00001", "c00002", "c00003", "x"]
    assert new.without(["nobody"]) is new


def test_equals_at_the_end_of_the_list_are_chosen_by_id() -> None:
    vector = unit_vectors(1)
    ids = ["e", "c", "d", "b", "a"]
    one = empty(DIMENSION).upserted(last_of_each(ids, vector.repeat(5, axis=0), None, DIMENSION))
    assert [name for name, _ in one.nearest(vector[0], 2)] == ["a", "b"]


def test_a_filter_leaves_the_others_out() -> None:
    found = matrix(9).nearest(unit_vectors(1)[0], 9, wanted({"n": [0, 2, 7]}))
    assert sorted(name for name, _ in found) == [n for row, n in enumerate(names(9)) if row % 3 != 1]
    assert matrix(9).nearest(unit_vectors(1)[0], 9, wanted({"n": 7})) == []


def test_a_vector_of_length_zero_is_like_nothing() -> None:
    one = empty(2).upserted(last_of_each(["a"], np.zeros((1, 2), dtype=np.float32), None, 2))
    assert one.nearest(np.array([1, 0], dtype=np.float32), 1) == [("a", 0.0)]
