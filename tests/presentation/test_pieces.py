"""Pieces of pages."""

from llmops.presentation.html import Html, element
from llmops.presentation.pieces import badge, figure, folded, label, notes, row, section, table

EVIL = "<script>alert(1)</script>"


def test_a_table_has_headings_rows_and_a_name() -> None:
    drawn = table([("a", ""), ("b", "num")], [row("x", ("1", ""), (EVIL, "num"))], label="Numbers")
    assert '<th class="num" scope="col">b</th>' in drawn
    assert '<th scope="row">x</th><td>1</td>' in drawn
    assert 'aria-label="Numbers"' in drawn
    assert "<script" not in drawn


def test_a_section_can_be_linked_to() -> None:
    told = section("costs", "Costs & more", "none")
    assert told == '<section id="costs"><h2 id="costs-title">Costs &amp; more</h2>none</section>'


def test_a_figure_has_a_caption() -> None:
    assert figure("t", EVIL, element("p", "x"), "wide").startswith('<figure class="wide"><figcaption>t<span')


def test_badges_labels_and_notes_are_escaped() -> None:
    assert badge(EVIL, "bad", "why") == (
        '<span class="badge bad" title="why">&lt;script&gt;alert(1)&lt;/script&gt;</span>'
    )
    assert "<script" not in label(EVIL)
    assert notes([EVIL]).startswith('<ul class="notes"><li>&lt;script')
    assert notes([]) == Html()


def test_a_folded_part_is_closed_unless_told() -> None:
    assert folded("more", "x") == '<details><summary>more</summary><div class="inside">x</div></details>'
    assert folded("more", "x", is_open=True).startswith("<details open>")
