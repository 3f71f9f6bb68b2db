"""The page of a report."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from llmops.flows.monitor_reports.gather import MonitorReport
from llmops.flows.monitor_reports.page import write_page
from tests.support.browser import Page, open_chromium
from tests.support.monitor_reports import HOSTILE


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    yield from open_chromium()


def test_the_page_has_its_sections_and_texts_stay_texts(gathered: MonitorReport) -> None:
    text = write_page(gathered)
    for title in ("Alerts", "Over time", "Before and now", "Who is served worse", "Map of answers", "Map of questions"):
        assert f">{title}</h2>" in text
    assert HOSTILE not in text
    assert "1 alert not closed" in text


def test_without_traffic_it_is_a_page_all_the_same(gathered: MonitorReport) -> None:
    empty = replace(
        gathered, interactions=(), signals=(), service=(), points=(), asked=(), alerts=(), statuses=(), split=None
    )
    assert "no alert that is not closed" in write_page(empty)


def test_it_opens_in_a_browser_and_fits_a_phone(gathered: MonitorReport, browser: Page, tmp_path: Path) -> None:
    path = tmp_path / "monitor.html"
    path.write_text(write_page(gathered), encoding="utf-8")
    browser.open(path)
    assert browser.console == []
    assert [url for url in browser.requests if not url.startswith(("file:", "data:"))] == []
    browser.resize(390, 844)
    assert browser.evaluate("document.documentElement.scrollWidth <= 390")
