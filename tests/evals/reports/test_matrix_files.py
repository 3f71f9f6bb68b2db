"""A matrix as files."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

import pytest

from llmops.core.errors import InputError
from llmops.domain.matrix import Matrix
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.matrix_files import (
    save_matrix,
    save_matrix_junit,
    write_matrix_csv,
    write_matrix_html,
    write_matrix_json,
    write_matrix_junit,
    write_matrix_markdown,
)
from tests.evals.reports.test_matrix_table import matrix
from tests.support.eval_runs import binary


def dossiers(found: Matrix) -> list[Dossier | None]:
    results = [binary(10, 30), binary(40, 0)]
    return [
        Dossier(cell.report, lambda i=i: iter(results[i])) if cell.report else None  # type: ignore[misc]  # a default
        for i, cell in enumerate(found.cells)
    ]


def written(write: Callable[..., None], found: Matrix) -> str:
    stream: TextIO = io.StringIO()
    write(found, dossiers(found), stream)
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_the_page_leads_from_the_overview_to_each_cell() -> None:
    found = matrix(error=True)
    text = written(write_matrix_html, found)
    for number, cell in enumerate(found.cells, 1):
        assert f'<a href="#cell-{number}">{cell.target}</a>' in text
        assert f'id="cell-{number}"' in text
    assert "▲ +0.750" in text
    assert "Holm" in text
    assert "There is no report: the model was not reached" in text
    assert "llmops runs export run-2 -o report.html" in text


def test_markdown_for_a_pull_request() -> None:
    text = written(write_matrix_markdown, matrix(error=True))
    assert text.startswith("## docs\n\n**UNKNOWN: of 3 cells 2 passed, 1 without a report**\n")
    assert "| target | contains | gates | cost |" in text
    assert "app/docs@3: the model was not reached" in text


def test_a_table_has_a_row_for_each_scorer_of_each_cell() -> None:
    rows = list(csv.DictReader(io.StringIO(written(write_matrix_csv, matrix(error=True)))))
    assert [(row["target"], row["mean"], row["conclusion"]) for row in rows] == [
        ("app/docs@1", "0.25", ""),
        ("app/docs@2", "1.0", "better"),
    ]


def test_json_holds_all_reports() -> None:
    data = json.loads(written(write_matrix_json, matrix()))
    assert (data["suite"], data["outcome"], data["family"]) == ("docs", "pass", 1)
    assert data["cells"][1]["comparison"]["differences"][0]["conclusion"] == "better"


def test_junit_is_over_all_cells() -> None:
    root = ElementTree.fromstring(written(write_matrix_junit, matrix(error=True)))  # noqa: S314  # written here
    assert [suite.get("name") for suite in root] == [
        "docs on app/docs@1 gates",
        "docs on app/docs@1 cases",
        "docs on app/docs@2 gates",
        "docs on app/docs@2 cases",
        "docs on app/docs@3",
    ]
    (error,) = root.iter("error")
    assert error.get("message") == "the model was not reached"


def test_files_are_saved_by_their_endings(tmp_path: Path) -> None:
    found = matrix()
    for name in ("m.html", "m.md", "m.csv", "m.json"):
        save_matrix(found, dossiers(found), tmp_path / name)
        assert (tmp_path / name).stat().st_size > 100
    save_matrix_junit(found, dossiers(found), tmp_path / "m.xml", allow_unknown=True)
    assert (tmp_path / "m.xml").read_text().startswith("<?xml")
    with pytest.raises(InputError, match="names no report format"):
        save_matrix(found, dossiers(found), tmp_path / "m.doc")
