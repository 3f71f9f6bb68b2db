"""Long texts, window by window."""

import re
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.guard.normalise import windows
from llmops.guard.normalise.decoding import TooMuchEncoded, find_hidden
from llmops.guard.normalise.folding import PLAIN
from llmops.guard.normalise.reading import SPACED_RUN

T = TypeVar("T")
PIECES = (
    "%41", "%", "&amp;", "&#97;", "aGVsbG8gd29ybGQ", "deadbeef", "0x", "61:62:", "\\u0041", "\\ud83d\\ude00",
    " s e s a m e ", "=", "é",
)  # fmt: skip
texts = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from([1, 1, 2, 40]))).map(
    lambda found: "".join(piece * times for piece, times in found)
)


def in_windows_of(size: int, look: Callable[[], T]) -> T:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "WINDOW", size)
        return look()


@given(texts)
def test_what_is_hidden_is_found_over_the_ends_of_windows(text: str) -> None:
    def hidden() -> object:
        try:
            return find_hidden(text, None)
        except TooMuchEncoded as error:
            return str(error)

    assert in_windows_of(80, hidden) == in_windows_of(1_000_000, hidden)


@given(texts)
def test_letters_one_by_one_are_found_over_the_ends_of_windows(text: str) -> None:
    data = text.lower().encode()
    found = in_windows_of(80, lambda: [m.span() for m in windows.finditer(SPACED_RUN, data)])
    assert found == [m.span() for m in SPACED_RUN.finditer(data)]


def test_a_match_longer_than_a_window_is_one() -> None:
    found = in_windows_of(80, lambda: [m.span() for m in windows.finditer(re.compile("a+"), "b" + "a" * 1_000 + "b")])
    assert found == [(1, 1_001)]


@given(texts)
def test_translates_like_one_call(text: str) -> None:
    assert in_windows_of(80, lambda: windows.translate(text, PLAIN)) == text.translate(PLAIN)
