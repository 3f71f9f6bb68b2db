"""What is asked of names, ids, vectors and metadata; the rest is in the conformance class of vector stores."""

import pytest

from llmops.core.errors import InputError
from llmops.domain.vector_batches import check_name, check_query, last_of_each
from llmops.testing.conformance import DIMENSION, unit_vectors


def test_the_last_vector_of_an_id_stays() -> None:
    vectors = unit_vectors(3)
    batch = last_of_each(["a", "b", "a"], vectors, [{"n": 1}, {"n": 2}, {"n": 3, "list": [1]}], DIMENSION)
    assert batch.ids == ["a", "b"]
    assert batch.vectors.tolist() == vectors[[2, 1]].tolist()
    assert batch.tokens == [['["n",3]'], ['["n",2]']]
    assert [part.ids for part in batch.parts(1)] == [["a"], ["b"]]


def test_a_query_may_come_as_a_row() -> None:
    assert check_query(unit_vectors(1), DIMENSION).shape == (DIMENSION,)


def test_a_name_may_have_parts_but_leads_nowhere_else() -> None:
    assert check_name("support/docs/3f2a") == "support/docs/3f2a"
    for name in ("a\0b", "a/..", "../a", "/a", "a/", ""):
        with pytest.raises(InputError, match=r"(?s)cannot name a generation.*Use letters"):
            check_name(name)
