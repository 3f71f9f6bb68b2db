"""Pages of HTML in which text stays text."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.presentation.html import Html, element, join, page


class Outline(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_children_are_text_unless_they_are_markup() -> None:
    inner = element("b", "1 < 2")
    assert element("p", "a & ", inner) == "<p>a &amp; <b>1 &lt; 2</b></p>"


def test_formatted_markup_is_text_again() -> None:
    assert element("p", f"{element('b', 'x')}") == "<p>&lt;b&gt;x&lt;/b&gt;</p>"


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("<>\"'&/=`;!-script"), max_size=40))
def test_no_text_becomes_an_element_or_an_attribute(text: str) -> None:
    outline = Outline()
    outline.feed(element("p", text, title=text))
    outline.close()
    assert outline.tags == ["p"]
    assert outline.text == text


def test_attributes_are_spelled_as_html_spells_them() -> None:
    assert (
        element("details", class_="a", aria_label="x", open="", lang=None)
        == '<details class="a" aria-label="x" open></details>'
    )
    assert element("meta", name="x") == '<meta name="x"/>'


@pytest.mark.parametrize("name", ["style", "onclick", "onload"])
def test_attributes_that_run_or_draw_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"attribute {name} is not allowed"):
        element("p", "x", **{name: "alert(1)"})


def test_control_characters_do_not_reach_the_page() -> None:
    assert join(["a\x00\x1b[31mb\ud800"]) == "a�b�"


def test_a_page_allows_its_own_style_sheet_and_nothing_else() -> None:
    text = page("A & B", element("main", "x"), style=" p{color:red} ")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    sheet = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy is not None
    assert sheet is not None
    digest = base64.b64encode(hashlib.sha256(sheet[1].encode()).digest()).decode()
    assert "default-src &#x27;none&#x27;" in policy[1]
    assert f"style-src &#x27;sha256-{digest}&#x27;" in policy[1]
    assert "unsafe" not in policy[1]
    assert "<title>A &amp; B</title>" in text
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert isinstance(text, Html)


def test_a_page_runs_its_own_script_and_no_other() -> None:
    text = page("t", element("p", "x"), style="p{}", script="'use strict'")
    digest = base64.b64encode(hashlib.sha256(b"'use strict'").digest()).decode()
    assert f"script-src &#x27;sha256-{digest}&#x27;; require-trusted-types-for &#x27;script&#x27;" in text
    assert text.endswith("<script>'use strict'</script></body></html>\n")
    assert "script-src" not in page("t", element("p", "x"), style="p{}")
