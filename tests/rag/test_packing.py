"""Contexts in a budget."""

from hypothesis import given
from hypothesis import strategies as st

from llmops.domain.corpus import Context
from llmops.rag.packing import Packer


def words(text: str) -> list[tuple[int, int]]:
    spans, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        spans.append((at, at + len(word)))
        at += len(word)
    return spans


def packed(budget: int, *texts: str) -> list[str]:
    contexts = [Context(id=str(n), text=text) for n, text in enumerate(texts)]
    return [context.text for context in Packer(budget, words)(contexts)]


def test_what_does_not_fit_is_passed_over() -> None:
    assert packed(5, "a b c", "d e f", "g h") == ["a b c", "g h"]


def test_a_text_is_given_once() -> None:
    assert packed(9, "a b", "a  b\n", "c") == ["a b", "c"]


def test_of_a_first_one_that_is_too_long_the_beginning_is_given() -> None:
    assert packed(2, "one two three", "four") == ["one two"]


@given(st.integers(1, 20), st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=9).map(" ".join), max_size=9))
def test_a_budget_is_kept_and_the_order_too(budget: int, texts: list[str]) -> None:
    found = packed(budget, *texts)
    assert sum(len(words(text)) for text in found) <= budget
    assert bool(found) == bool(texts)
    rest = iter(texts)
    assert all(any(text.startswith(kept) for text in rest) for kept in found)
