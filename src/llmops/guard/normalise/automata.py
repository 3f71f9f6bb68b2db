"""Builds automata that find thousands of texts in one pass (Aho and Corasick 1975)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

_LARGE: Final = 500_000  # bytes of texts from which on the smaller, slower automaton is built


def automaton(texts: Sequence[bytes]) -> "BytesAhoCorasick":
    """An automaton that finds all of these texts, also where they overlap."""
    from ahocorasick_rs import BytesAhoCorasick, Implementation

    is_large = sum(map(len, texts)) > _LARGE
    return BytesAhoCorasick(
        list(texts), implementation=Implementation.ContiguousNFA if is_large else Implementation.DFA
    )
