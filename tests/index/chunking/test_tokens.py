"""Counting tokens in stretches of one text."""

from llmops.backends.hashed import HashEmbedder
from llmops.index.chunking.tokens import Tokens

TEXT = "one two, three four"
TOKENS = Tokens(TEXT, HashEmbedder().token_spans)  # one two , three four


def test_tokens_are_counted_where_they_start() -> None:
    assert TOKENS.count(0, len(TEXT)) == 5
    assert TOKENS.count(4, 8) == 2
    assert TOKENS.count(5, 7) == 0


def test_going_back_some_tokens() -> None:
    assert TEXT[TOKENS.back(len(TEXT), 2) :] == "three four"
    assert TOKENS.back(len(TEXT), 99) == 0
    assert TOKENS.back(len(TEXT), 0) == len(TEXT)


def test_cutting_after_so_many_tokens() -> None:
    assert [TEXT[start:end] for start, end in TOKENS.cut(0, len(TEXT), 2)] == ["one two", ", three ", "four"]
    assert TOKENS.cut(0, 3, 2) == [(0, 3)]
