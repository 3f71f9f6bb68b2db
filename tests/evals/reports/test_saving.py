"""Reports as files."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from llmops.core.errors import InputError, OutsideError
from llmops.evals.reports.saving import check_format, save_junit, save_report
from tests.support.eval_runs import binary, dossier, result


@pytest.mark.parametrize(
    ("name", "begins"),
    [("r.html", "<!doctype html>"), ("r.md", "# docs on app/docs"), ("r.csv", "case,repeat,"), ("R.JSON", "{\n")],
)
def test_the_name_says_the_format(tmp_path: Path, name: str, begins: str) -> None:
    path = tmp_path / "new" / "folder" / name
    save_report(dossier(binary(3, 1)), path)
    assert path.read_text(encoding="utf-8").startswith(begins)
    assert [p.name for p in path.parent.iterdir()] == [name]


def test_junit_is_saved_too(tmp_path: Path) -> None:
    save_junit(dossier(binary(3, 1)), tmp_path / "j.xml")
    assert ElementTree.parse(tmp_path / "j.xml").getroot().tag == "testsuites"  # noqa: S314  # our own output


@pytest.mark.parametrize(("name", "said"), [("r.pdf", "ends in '.pdf'"), ("report", "has no ending")])
def test_another_name_is_refused_beforehand(name: str, said: str) -> None:
    with pytest.raises(
        InputError, match=f"{name} {said}, which names no report format\nUse one of .html, .md, .csv, .json"
    ):
        check_format(Path(name))


def test_a_file_that_cannot_be_written_says_so_and_leaves_the_old_one(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(OutsideError, match=r"r\.html could not be written: (Not a directory|File exists)"):
        save_report(dossier(binary(1, 0)), blocked / "r.html")
    assert blocked.read_text() == "in the way"


def test_a_report_that_breaks_midway_leaves_nothing(tmp_path: Path) -> None:
    class Gone(OSError):
        pass

    found = dossier(binary(1, 0))

    def lost():  # type: ignore[no-untyped-def]
        raise Gone(28, os.strerror(28))

    with pytest.raises(OutsideError, match="No space left on device"):
        save_report(type(found)(found.report, lost), tmp_path / "r.json")
    assert list(tmp_path.iterdir()) == []


def test_half_a_surrogate_pair_is_spelled_out(tmp_path: Path) -> None:
    save_report(dossier([result("a", 1.0, output="\ud83d")]), tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text())["results"][0]["output"] == "\ud83d"
