"""Markdown from which text cannot break out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.presentation.markdown import bullets, escape, fence, fold, table


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("semantic-similarity", "semantic-similarity"),
        ("token_f1 | x", r"token\_f1 \| x"),
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("[click](javascript:alert(1))", r"\[click\](javascript:alert(1))"),
        ("![x](https://evil/x.png)", "!\\[x\\](https:\u200b//evil/x.png)"),
        ("# heading", r"\# heading"),
        ("1. list", r"1\. list"),
        ("- item", r"\- item"),
        ("@everyone", "@\u200beveryone"),
        ("two\nlines", "two lines"),
    ],
)
def test_text_stays_text(text: str, written: str) -> None:
    assert escape(text) == written


def test_a_table_keeps_its_columns() -> None:
    assert table(["a", "b"], [("x|y", "1\n2")], right=(1,)) == "| a | b |\n| --- | ---: |\n| x\\|y | 1 2 |"


@settings(max_examples=100, deadline=None)
@given(st.text("`~\n ab", max_size=40))
def test_a_fence_is_longer_than_any_in_the_text(text: str) -> None:
    first, *inside, last = fence(text).split("\n")
    assert first == last + "text"
    assert not any(line.strip().startswith(last) for line in inside)


def test_bullets_escape_each_item() -> None:
    assert bullets(["a", "- b"]) == "- a\n- \\- b"


def test_a_fold_escapes_its_summary() -> None:
    assert fold("</summary><b> @all", "x") == (
        "<details><summary>&lt;/summary&gt;&lt;b&gt; @\u200ball</summary>\n\nx\n\n</details>"
    )
