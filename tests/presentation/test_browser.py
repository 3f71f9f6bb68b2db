"""The case browser's frame, style and script."""

import re

from llmops.presentation.browser import frame, script, style


def test_the_script_makes_no_markup_and_loads_nothing() -> None:
    text = script()
    banned = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|fetch\(|XMLHttp|import\(|srcdoc"
    )
    assert not re.search(banned, text)
    assert "</script" not in text
    assert "<!--" not in text


def test_the_style_loads_nothing() -> None:
    assert not re.search(r"url\(|@import|</", style())


def test_the_frame_is_hidden_and_everything_in_it_has_a_name() -> None:
    text = frame()
    assert re.search(r'<div id="browser" class="browser" hidden>', text)
    parts = set(re.findall(r'data-part="(\w+)"', text))
    assert parts == set(re.findall(r'find\("(\w+)"\)', script()))
    for tag in re.findall(r"<(?:input|select)[^>]*>", text):
        assert "aria-label" in tag
