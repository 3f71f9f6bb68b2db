"""Reports of stored runs as files."""

import json
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import NotFound
from llmops.flows.evaluation.saving import save_run


def test_a_stored_run_is_written_in_the_formats_that_the_names_say(ready: Path) -> None:
    with llmops.open(ready) as ws:
        report = ws.eval("docs")
        save_run(ws.services, report.run_id, [Path("report.md"), Path("report.json")], junit=Path("junit.xml"))
    assert json.loads(Path("report.json").read_text())["run_id"] == report.run_id
    assert Path("report.md").read_text().startswith("#")
    assert "<testsuite" in Path("junit.xml").read_text()


def test_a_run_that_is_not_there_is_told(ready: Path) -> None:
    with llmops.open(ready) as ws, pytest.raises(NotFound, match="run-nothing"):
        save_run(ws.services, "run-nothing", [])
