"""The case browser's frame, style and script."""

import re

import pytest

from llmops.presentation.browser import frame, script, style, text_frame, text_script


@pytest.mark.parametrize("text", [script(), text_script()], ids=["cases", "texts"])
def test_the_scripts_make_no_markup_and_load_nothing(text: str) -> None:
    banned = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|fetch\(|XMLHttp|import\(|srcdoc"
    )
    assert not re.search(banned, text)
    assert "</script" not in text
    assert "<!--" not in text


def test_the_style_loads_nothing() -> None:
    assert not re.search(r"url\(|@import|</", style())


@pytest.mark.parametrize(("text", "code"), [(frame(), script()), (text_frame(), text_script())], ids=["cases", "texts"])
def test_the_frame_is_hidden_and_everything_in_it_has_a_name(text: str, code: str) -> None:
    assert re.search(r'<div id="browser" class="browser" hidden>', text)
    parts = set(re.findall(r'data-part="(\w+)"', text))
    assert parts == set(re.findall(r'find\("(\w+)"\)', code))
    for tag in re.findall(r"<(?:input|select)[^>]*>", text):
        assert "aria-label" in tag
