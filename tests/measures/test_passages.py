"""Token recall, precision and IoU of passages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.measures.passages import Passage, best_precision, common, coverage, length

WANTED = [Passage("a", 10, 20), Passage("a", 30, 40)]


def test_what_is_wanted_counts_once_and_what_was_retrieved_as_often_as_it_was() -> None:
    found = coverage(WANTED, [Passage("a", 0, 20), Passage("a", 10, 30), Passage("b", 30, 40)])
    assert found.recall == 10 / 20
    assert found.precision == 10 / 50
    assert found.iou == 10 / (50 + 20 - 10)


def test_the_perfect_answer_and_none() -> None:
    assert coverage(WANTED, WANTED) == (1, 1, 1)
    assert coverage(WANTED, []) == (0, 0, 0)
    assert coverage(WANTED, [Passage("b", 10, 20)]) == (0, 0, 0)


def test_the_best_that_chunks_allow() -> None:
    chunks = [
        Passage("a", 0, 15),
        Passage("a", 15, 25),
        Passage("a", 25, 50),
        Passage("a", 50, 90),
        Passage("b", 0, 50),
    ]
    assert best_precision(WANTED, chunks) == 20 / 50
    assert best_precision(WANTED, [Passage("b", 0, 5)]) == 0


def test_references_that_overlap_are_wanted_once() -> None:
    assert length([Passage("a", 0, 10), Passage("a", 5, 12), Passage("a", 12, 13)]) == 13
    assert coverage([Passage("a", 0, 10), Passage("a", 5, 12)], [Passage("a", 0, 24)]) == (1, 0.5, 0.5)


PASSAGES = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.integers(1, 12)).map(
        lambda drawn: Passage(drawn[0], drawn[1], drawn[1] + drawn[2])
    ),
    min_size=1,
    max_size=6,
)


@given(PASSAGES, PASSAGES)
def test_lengths_are_those_of_sets_of_places(one: list[Passage], other: list[Passage]) -> None:
    left, right = ({(d, at) for d, start, end in passages for at in range(start, end)} for passages in (one, other))
    assert common(one, other) == len(left & right)
    assert length(one) == len(left)
    found = coverage(one, other)
    hit, given_back = len(left & right), sum(end - start for _, start, end in other)
    assert found == pytest.approx((hit / len(left), hit / given_back, hit / (given_back + len(left - right))))
