"""Text of models cannot drive a terminal."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.presentation.cleaning import clean, excerpt, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – text\twith\nlines", "plain – text\twith\nlines"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;a new title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1bPdevice control\x1b\\after", "after"),
        ("overwrite\rthis", "overwrite�this"),
        ("bell\x07 and nul\x00", "bell� and nul�"),
        ("user\u202etxt.exe", "user�txt.exe"),
        ("half \ud83d a pair", "half � a pair"),
        ("win\r\nlines\u2028more", "win\nlines\nmore"),
        ("\x1b", ""),
    ],
)
def test_escapes_go_and_controls_are_shown_as_such(text: str, shown: str) -> None:
    assert clean(text) == shown


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec=None, categories=None), max_size=60))
def test_nothing_that_is_left_can_move_a_cursor(text: str) -> None:
    left = clean(text)
    assert not [c for c in left if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    left.encode("utf-8")
    assert clean(left) == left


def test_one_line_joins_and_shortens() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert one_line("abcdef", 4) == "abc…"


def test_excerpt_says_how_much_it_left_out() -> None:
    assert excerpt("a" * 10, 4) == "aaaa … (6 more characters)"
    assert excerpt("short", 10) == "short"
