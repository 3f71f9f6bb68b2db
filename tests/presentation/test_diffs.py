"""Two contents side by side."""

import re

from hypothesis import given
from hypothesis import strategies as st

from llmops.presentation.diffs import ContentChange, FieldChange, change_lines, diff_page, side_by_side

EVIL = "</td><script>alert(1)</script>\x1b[31m"


def change(before: str | None, after: str | None) -> ContentChange:
    return ContentChange("prompt/answer@1", "prompt/answer@2", (FieldChange("body", before, after),))


def test_words_that_changed_are_marked_on_both_sides() -> None:
    drawn = side_by_side(change("Answer in one sentence.", "Answer in two sentences."))
    assert '<td class="gone">Answer in <del>one</del> <del>sentence</del>.</td>' in drawn
    assert '<td class="new">Answer in <ins>two</ins> <ins>sentences</ins>.</td>' in drawn
    assert '<th scope="col">prompt/answer@1</th>' in drawn


def test_lines_far_from_a_change_are_left_out() -> None:
    lines = [f"line {number}" for number in range(40)]
    drawn = side_by_side(change("\n".join(lines), "\n".join([*lines[:20], "new", *lines[20:]])))
    assert drawn.count('class="skip"') == 2
    assert "<td>line 17</td><td>line 17</td>" in drawn
    assert "line 16" not in drawn
    assert '<td></td><td class="new"><ins>new</ins></td>' in drawn


def test_a_field_of_one_side_stands_on_that_side() -> None:
    drawn = side_by_side(change(None, "0.2"))
    assert '<td></td><td class="new"><ins>0.2</ins></td>' in drawn
    assert side_by_side(change("x", None)).count("<del>x</del>") == 1


def test_a_change_without_fields_says_why() -> None:
    assert "Nothing differs." in side_by_side(ContentChange("a", "b"))
    assert "never registered" in side_by_side(ContentChange("a", "b", note="never registered"))


def test_hostile_texts_stay_text() -> None:
    drawn = diff_page(ContentChange(EVIL, EVIL, (FieldChange(EVIL, EVIL, EVIL + "x"),)))
    assert "<script" not in drawn
    assert "\x1b" not in drawn
    assert "1 field differs" in drawn


def test_long_texts_are_cut() -> None:
    drawn = side_by_side(change("x\n" * 3000, "y" * 100_000))
    assert "more lines" in drawn
    assert "(98,000 more characters)" in drawn


def test_changes_in_words() -> None:
    assert change_lines(FieldChange("t", "0", "0.2")) == ["- 0", "+ 0.2"]
    assert change_lines(FieldChange("t", None, "0.2")) == ["+ 0.2"]
    assert change_lines(FieldChange("t", "a\nb", "a\nc")) == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]


TEXTS = st.text(st.sampled_from("ab \n"), max_size=40)


@given(TEXTS, TEXTS)
def test_either_side_can_be_read_off(before: str, after: str) -> None:
    drawn = side_by_side(change(before, after))
    cells = re.findall(r"<td(?: class=\"(?:gone|new)\")?>(.*?)</td>", drawn, re.DOTALL)
    for side, text in ((0, before), (1, after)):
        shown = [re.sub(r"<[^>]+>", "", cell) for cell in cells[side::2]]
        wanted = text.split("\n")
        assert all(line in wanted for line in shown if line)
