"""Where sentences end, and where they do not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.text.sentences import sentences, split_sentences


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It costs 3.5 dollars. Buy it!", ["It costs 3.5 dollars.", "Buy it!"]),
        ("Dr. J. Smith came, e.g. for tea. He left.", ["Dr. J. Smith came, e.g. for tea.", "He left."]),
        ("He left at 5 p.m. Then it rained.", ["He left at 5 p.m.", "Then it rained."]),
        ("See fig. 3 and No. 7 there.", ["See fig. 3 and No. 7 there."]),
        ("Version 1.2.3 is out. Run `a.b()`.", ["Version 1.2.3 is out.", "Run `a.b()`."]),
        ('She asked "Why?" Nobody knew.', ['She asked "Why?"', "Nobody knew."]),
        ("Well... maybe. Or not", ["Well... maybe.", "Or not"]),
        ("A soft\nline break. Next\n\nNew block", ["A soft line break.", "Next", "New block"]),
        ("# Heading\nText here.", ["# Heading", "Text here."]),
        ("- one. Two\n- three\n1. four", ["- one.", "Two", "- three", "1. four"]),
        ("Before:\n```\nx = 1. Y = 2.\n```\nAfter.", ["Before:", "```", "x = 1. Y = 2.", "```", "After."]),
        ("| a. B | c |\n|---|---|\n", ["| a. B | c |", "|---|---|"]),
        ("今日は。元気？はい。", ["今日は。", "元気？", "はい。"]),
        ("Das gilt z.B. hier. Gut.", ["Das gilt z.B. hier.", "Gut."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences(text: str, wanted: list[str]) -> None:
    assert sentences(text) == wanted


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="aAb 1.\n!?-#`|\"'。)\t", max_size=80))
def test_spans_cover_all_but_white_space_in_order(text: str) -> None:
    spans = split_sentences(text)
    covered = [position for start, end in spans for position in range(start, end)]
    assert covered == sorted(set(covered))
    assert {i for i, char in enumerate(text) if not char.isspace()} <= set(covered)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
