"""Pairs of bars."""

import re

from llmops.presentation.shares import Share, shares


def test_each_word_has_a_bar_of_before_and_one_of_now() -> None:
    drawn = shares([Share("de", 0.5, 0.25, (50, 30)), Share("fr", 0.0, 0.5, (0, 60))], title="lang")
    widths = [float(width) for width in re.findall(r'<rect[^>]* width="([\d.]+)"', drawn)]
    assert [round(width / widths[0], 2) for width in widths] == [1.0, 0.5, round(1 / widths[0], 2), 1.0]
    assert "<title>de, before: 50.0%, 50</title>" in drawn
    assert "0.0% → 50.0%" in drawn


def test_hostile_words_stay_text_and_nothing_is_a_picture_too() -> None:
    assert "<script" not in shares([Share("<script>", 0.0, 0.0, (0, 0))], title="<script>")
    assert "<rect" not in shares([], title="nothing")
