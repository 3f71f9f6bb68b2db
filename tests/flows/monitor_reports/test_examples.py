"""The browser of examples, as a reader's browser shows it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.flows.monitor_reports.examples import examples_section
from llmops.flows.monitor_reports.gather import MonitorReport
from llmops.flows.monitor_reports.page import write_page
from tests.support.browser import Page, open_chromium
from tests.support.monitor_reports import HOSTILE


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    yield from open_chromium()


def test_examples_are_searched_and_filtered_and_their_texts_stay_texts(
    mixed: MonitorReport, browser: Page, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.html"
    path.write_text(write_page(mixed), encoding="utf-8")
    browser.open(path)
    browser.wait_for("document.getElementById('browser').dataset.ready")
    status = "document.querySelector('[data-part=status]').textContent"
    assert browser.evaluate(status) == "11 of 11 texts"
    assert HOSTILE in browser.evaluate("document.querySelector('[data-part=detail] pre').textContent")
    detail = browser.evaluate("document.querySelector('[data-part=detail]').textContent")
    assert "answers that show most of what is new" in detail
    assert "score" not in detail
    assert "No check" not in detail
    browser.evaluate("""{
        const search = document.querySelector('[data-part=search]');
        search.value = 'refund';
        search.dispatchEvent(new Event('input')); }""")
    browser.wait_for(f"{status} === '3 of 11 texts'")
    assert browser.console == []
    assert [url for url in browser.requests if not url.startswith(("file:", "data:"))] == []
    browser.resize(390, 844)
    assert browser.evaluate("document.documentElement.scrollWidth <= 390")


def test_without_a_script_they_are_listed(mixed: MonitorReport) -> None:
    text = examples_section(mixed.examples)
    assert text.count("<pre>") == 11
    assert HOSTILE not in text
    assert examples_section([]) == ""
