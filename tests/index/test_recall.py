"""Recall of a vector store, against exact search and on its own vectors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llmops.backends.matrix import Matrix
from llmops.domain.ports import Filters
from llmops.index.recall import RecallProbe

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


class Forgetful:
    """Finds all but a share of the ids, as a torn graph would."""

    def __init__(self, ids: Sequence[str], vectors: "Vectors", *, without: int) -> None:
        kept = [row for row in range(len(ids)) if not without or row % without]
        self._matrix = Matrix([ids[row] for row in kept], vectors[kept], [[] for _ in kept])

    def search(self, vector: "Vectors", k: int, filters: Filters | None = None) -> list[tuple[str, float]]:
        return self._matrix.nearest(vector, k)


def vectors(count: int) -> "tuple[list[str], Vectors]":
    matrix = np.random.default_rng(7).normal(size=(count, 16)).astype(np.float32)
    return [f"{row:04}" for row in range(count)], matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def measure(count: int, *, without: int, part: int = 64) -> tuple[float, float, float, bool] | None:
    ids, matrix = vectors(count)
    probe = RecallProbe((ids[1 :: max(1, count // 50)], matrix[1 :: max(1, count // 50)]))
    for start in range(0, count, part):
        probe.see(ids[start : start + part], matrix[start : start + part])
    found = probe.measure(Forgetful(ids, matrix, without=without))  # type: ignore[arg-type]  # only asked
    return None if found is None else (found.share, found.low, found.high, found.is_poor)


def test_a_store_that_finds_all_has_a_recall_of_one_and_an_honest_interval() -> None:
    share, low, high, poor = measure(500, without=0) or pytest.fail("not measured")
    assert (share, high, poor) == (1.0, 1.0, False)
    assert 0.9 < low < 0.95  # of 50 queries nobody knows more


@pytest.mark.parametrize(("without", "share"), [(2, 0.5), (4, 0.75)])
def test_what_a_store_lost_shows_in_its_recall(without: int, share: float) -> None:
    found, low, high, poor = measure(500, without=without) or pytest.fail("not measured")
    assert found == pytest.approx(share, abs=0.08)
    assert low < share < high < 0.9
    assert poor


def test_few_vectors_have_fewer_neighbours_and_one_has_none() -> None:
    assert (measure(4, without=0) or pytest.fail("not measured"))[0] == 1.0
    assert measure(1, without=0) is None


def test_equal_vectors_may_come_in_any_order() -> None:
    ids = [f"{row}" for row in range(40)]
    same = np.full((40, 4), 0.5, dtype=np.float32)
    probe = RecallProbe((ids[:5], same[:5]))
    probe.see(ids, same)
    found = probe.measure(Forgetful(ids[::-1], same, without=0))  # type: ignore[arg-type]
    assert found is not None
    assert found.share == 1.0
