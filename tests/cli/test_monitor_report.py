"""monitor report."""

import json
from pathlib import Path

from tests.support.monitor_reports import watched_shop as watched_shop
from tests.support.workspaces import llmops

SINCE = ("--since", "2026-03-01")


def test_a_report_is_written_in_every_form(watched_shop: Path) -> None:
    for name, begins in (("m.html", "<!doctype html>"), ("m.md", "# monitor/docs"), ("m.json", "{")):
        said = llmops("monitor", "report", "docs", "-o", name, *SINCE, cwd=watched_shop)
        assert (said.code, said.out) == (0, "")
        assert said.err == f"Wrote {name}: 240 interactions, 1 alert.\n"
        assert (watched_shop / name).read_text().startswith(begins)
    assert llmops("monitor", "report", "docs", *SINCE, cwd=watched_shop).out.startswith("# monitor/docs")
    assert json.loads(llmops("monitor", "report", "docs", "--json", *SINCE, cwd=watched_shop).out)["monitor"] == "docs"


def test_other_files_and_monitors_that_are_not_there_are_said(watched_shop: Path) -> None:
    wrong = llmops("monitor", "report", "docs", "-o", "m.pdf", cwd=watched_shop)
    assert wrong.code == 2
    assert "m.pdf is no .html, .md or .json file" in wrong.err
    assert llmops("monitor", "report", "nope", cwd=watched_shop).code == 2
