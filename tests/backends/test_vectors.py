"""What is asked of ids, vectors and folders; the rest is in the conformance class of vector stores."""

from pathlib import Path

import pytest

from llmops.backends.vectors import check_query, last_of_each, open_folder
from llmops.core.errors import InputError
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


def test_a_folder_is_made_once_and_found_again(tmp_path: Path) -> None:
    assert (
        open_folder(tmp_path / "deep", "gen-1")
        == open_folder(tmp_path / "deep", "gen-1")
        == tmp_path / "deep" / "gen-1"
    )
    with pytest.raises(InputError, match="cannot name a generation"):
        open_folder(tmp_path, "a\0b")
